import type {
  DeletedMessageBatch,
  MessageBatch,
} from "@anthropic-ai/sdk/resources/messages/batches";
import type { Page } from "../../client/pages";
import { messageResultExample, messageResultSchema } from "../messages/schema";
import { nullable } from "../nullable";
import type { BatchResults } from "./results";
import type { TruncatedId } from "./rows";

/** JSON Schema of a batch, for the designer. Members that the API adds later are allowed. */
export const batchSchema = {
  type: "object",
  properties: {
    id: { type: "string", description: "ID of the batch" },
    type: { type: "string", description: "Always message_batch" },
    processing_status: { type: "string", description: "in_progress, canceling or ended" },
    request_counts: {
      type: "object",
      description: "Number of requests by status. All are processing until the batch ends",
      properties: {
        processing: { type: "integer" },
        succeeded: { type: "integer" },
        errored: { type: "integer" },
        canceled: { type: "integer" },
        expired: { type: "integer" },
      },
    },
    created_at: { type: "string", description: "When the batch was created" },
    expires_at: { type: "string", description: "When requests that are not finished expire" },
    ended_at: nullable("string", "When the batch ended"),
    cancel_initiated_at: nullable("string", "When it was canceled"),
    archived_at: nullable("string", "When its results were removed"),
    results_url: nullable("string", "URL of the results, after the batch has ended"),
  },
  required: ["id", "processing_status"],
};

export const createdBatchSchema = {
  ...batchSchema,
  properties: {
    ...batchSchema.properties,
    submitted: { type: "integer", description: "Number of requests submitted" },
    truncatedIds: {
      type: "array",
      description: "Values of ID Field that are longer than IDs can be, by custom ID",
      items: {
        type: "object",
        properties: {
          customId: { type: "string", description: "ID of the request at the API" },
          id: { type: "string", description: "Value of ID Field" },
        },
        required: ["customId", "id"],
      },
    },
    warnings: {
      type: "array",
      description: "Adjustments, dropped values and unknown figures",
      items: { type: "string" },
    },
    requestId: nullable("string", "Request ID, for Anthropic's support"),
    schema: messageResultSchema.properties.schema,
  },
  required: [...batchSchema.required, "submitted", "truncatedIds", "warnings", "requestId"],
};

export const batchesPageSchema = {
  type: "object",
  properties: {
    data: { type: "array", description: "The batches, newest first", items: batchSchema },
    has_more: { type: "boolean", description: "Whether there is a next page" },
    first_id: nullable("string", "ID of the first batch, to get the previous page"),
    last_id: nullable("string", "ID of the last batch, to get the next page"),
  },
  required: ["data", "has_more", "first_id", "last_id"],
};

export const deletedBatchSchema = {
  type: "object",
  properties: {
    id: { type: "string", description: "ID of the deleted batch" },
    type: { type: "string", description: "Always message_batch_deleted" },
  },
  required: ["id"],
};

const ofSeparateRequests = ["attempts", "conversation", "rateLimit", "requestId"];

const { required, properties } = messageResultSchema;

const resultSchema = {
  type: "object",
  properties: {
    id: {
      type: "string",
      description:
        "Identifies the request: the value of its ID field, truncated if it is very long, else its custom ID",
    },
    customId: { type: "string", description: "ID of the request at the API" },
    row: nullable("integer", "The row it was made of, from 1. Null if it was not made of a row"),
    status: { type: "string", description: "succeeded, errored, canceled or expired" },
    reason: nullable("string", "Why there is no reply"),
    result: {
      ...messageResultSchema,
      type: ["object", "null"],
      description: "The reply, as Chat returns it. Null if there is none",
      properties: Object.fromEntries(
        Object.entries(properties).filter(([name]) => !ofSeparateRequests.includes(name)),
      ),
      required: required.filter((name) => !ofSeparateRequests.includes(name)),
    },
  },
  required: ["id", "customId", "row", "status", "reason", "result"],
};

/** JSON Schema of BatchResults, for the designer. */
export const batchResultsSchema = {
  type: "object",
  properties: {
    results: {
      type: "array",
      description:
        "The outcome of each request, in the order of the rows. Requests without a row are sorted by ID",
      items: resultSchema,
    },
    counts: {
      type: "object",
      description: "Number of requests by status",
      properties: {
        total: { type: "integer" },
        succeeded: { type: "integer" },
        errored: { type: "integer" },
        canceled: { type: "integer" },
        expired: { type: "integer" },
      },
      required: ["total", "succeeded", "errored", "canceled", "expired"],
    },
    usage: {
      type: "object",
      description: "Token counts of all replies together",
      properties: {
        input_tokens: { type: "integer" },
        output_tokens: { type: "integer" },
        cache_creation_input_tokens: { type: "integer" },
        cache_read_input_tokens: { type: "integer" },
      },
    },
    cost: {
      ...properties.cost,
      description:
        "Cost of all replies together, at half the list price. Null if a price is not known",
    },
    hasMore: { type: "boolean", description: "Whether there are more results" },
    nextOffset: nullable("integer", "Offset of the next results"),
    warnings: {
      type: "array",
      description: "Dropped results and unknown figures",
      items: { type: "string" },
    },
  },
  required: ["results", "counts", "usage", "cost", "hasMore", "nextOffset", "warnings"],
};

const at = (hour: string) => `2026-11-20T${hour}:00Z`;

export const batchExample: MessageBatch = {
  id: "msgbatch_01HkcTjaV5uDC8jWR4ZsDV8d",
  type: "message_batch",
  processing_status: "ended",
  request_counts: { processing: 0, succeeded: 1, errored: 1, canceled: 0, expired: 0 },
  created_at: at("22:00"),
  expires_at: "2026-11-21T22:00:00Z",
  ended_at: at("22:41"),
  cancel_initiated_at: null,
  archived_at: null,
  results_url:
    "https://api.anthropic.com/v1/messages/batches/msgbatch_01HkcTjaV5uDC8jWR4ZsDV8d/results",
};

/** A batch in progress. */
export const runningBatchExample: MessageBatch = {
  ...batchExample,
  processing_status: "in_progress",
  request_counts: { processing: 2, succeeded: 0, errored: 0, canceled: 0, expired: 0 },
  ended_at: null,
  results_url: null,
};

/** What Create Batch returns. */
export interface CreatedBatch extends MessageBatch {
  /** Number of requests submitted. */
  submitted: number;
  truncatedIds: TruncatedId[];
  /** What was adjusted, dropped or could not be determined. */
  warnings: string[];
  requestId: string | null;
  /** The JSON Schema of the replies, if it was made of an example. */
  schema?: Record<string, unknown>;
}

export const createdBatchExample: CreatedBatch = {
  ...runningBatchExample,
  submitted: 2,
  truncatedIds: [],
  warnings: [],
  requestId: "req_011CSHoEeqs5C35K2UUqR7Fy",
};

export const batchesPageExample: Page<MessageBatch> = {
  data: [batchExample],
  has_more: false,
  first_id: batchExample.id,
  last_id: batchExample.id,
};

export const deletedBatchExample: DeletedMessageBatch = {
  id: batchExample.id,
  type: "message_batch_deleted",
};

const { attempts, conversation, rateLimit, requestId, ...reply } = messageResultExample;

export const batchResultsExample: BatchResults = {
  results: [
    {
      id: "A-1042",
      customId: "row-000001_A-1042",
      row: 1,
      status: "succeeded",
      reason: null,
      result: {
        ...reply,
        usage: { ...reply.usage, service_tier: "batch" },
        cost: { input: 0.000017, output: 0.000045, total: 0.000062, currency: "USD" },
      },
    },
    {
      id: "A-1043",
      customId: "row-000002_A-1043",
      row: 2,
      status: "errored",
      reason: "invalid_request_error: messages.0.content: Input should be a valid list",
      result: null,
    },
  ],
  counts: { total: 2, succeeded: 1, errored: 1, canceled: 0, expired: 0 },
  usage: {
    input_tokens: 17,
    output_tokens: 9,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
  },
  cost: { input: 0.000017, output: 0.000045, total: 0.000062, currency: "USD" },
  hasMore: false,
  nextOffset: null,
  warnings: [],
};
