import type {
  DeletedMessageBatch,
  MessageBatch,
} from "@anthropic-ai/sdk/resources/messages/batches";
import type { Page } from "../../client/pages";
import { messageResultExample, messageResultSchema } from "../messages/schema";
import { nullable } from "../nullable";
import type { BatchResults } from "./results";

/** JSON Schema of a batch, for the designer. Fields that the API adds later are let through. */
export const batchSchema = {
  type: "object",
  properties: {
    id: { type: "string", description: "Id of the batch" },
    type: { type: "string", description: "Always message_batch" },
    processing_status: { type: "string", description: "in_progress, canceling or ended" },
    request_counts: {
      type: "object",
      description: "How many requests there are in each state. All are processing until the end",
      properties: {
        processing: { type: "integer" },
        succeeded: { type: "integer" },
        errored: { type: "integer" },
        canceled: { type: "integer" },
        expired: { type: "integer" },
      },
    },
    created_at: { type: "string", description: "When the batch was created" },
    expires_at: { type: "string", description: "When what is not done expires" },
    ended_at: nullable("string", "When the batch ended"),
    cancel_initiated_at: nullable("string", "When it was canceled"),
    archived_at: nullable("string", "When its results were removed"),
    results_url: nullable("string", "Where the API has the results, once the batch has ended"),
  },
  required: ["id", "processing_status"],
};

export const createdBatchSchema = {
  ...batchSchema,
  properties: {
    ...batchSchema.properties,
    submitted: { type: "integer", description: "How many requests went in" },
    warnings: {
      type: "array",
      description: "What was adjusted, dropped or could not be determined",
      items: { type: "string" },
    },
    requestId: nullable("string", "The id to quote to Anthropic's support"),
  },
  required: [...batchSchema.required, "submitted", "warnings", "requestId"],
};

export const batchesPageSchema = {
  type: "object",
  properties: {
    data: { type: "array", description: "The batches, newest first", items: batchSchema },
    has_more: { type: "boolean", description: "Whether there is a page after this one" },
    first_id: nullable("string", "Id of the first batch, for Before ID"),
    last_id: nullable("string", "Id of the last batch, for After ID"),
  },
  required: ["data", "has_more", "first_id", "last_id"],
};

export const deletedBatchSchema = {
  type: "object",
  properties: {
    id: { type: "string", description: "Id of the deleted batch" },
    type: { type: "string", description: "Always message_batch_deleted" },
  },
  required: ["id"],
};

const ofRequests = ["attempts", "conversation", "rateLimit", "requestId"];

const { required, properties } = messageResultSchema;

const resultSchema = {
  type: "object",
  properties: {
    id: {
      type: "string",
      description:
        "What tells the request apart: the value of its ID Field, with - for what ids do not take, else its custom id",
    },
    customId: { type: "string", description: "The id that the request has at the API" },
    row: nullable("integer", "The row it was made of, from 1. Null where it was made of none"),
    status: { type: "string", description: "succeeded, errored, canceled or expired" },
    reason: nullable("string", "Why there is no answer"),
    result: {
      ...messageResultSchema,
      type: ["object", "null"],
      description: "The answer as Chat returns one, null where there is none",
      properties: Object.fromEntries(
        Object.entries(properties).filter(([name]) => !ofRequests.includes(name)),
      ),
      required: required.filter((name) => !ofRequests.includes(name)),
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
        "What came of each request, in the order of the rows. Requests given as such are sorted by their id",
      items: resultSchema,
    },
    counts: {
      type: "object",
      description: "How many requests came to which end",
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
      description: "Token counts of all answers together",
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
        "Cost of all answers together, at half the list price. Null where a price is not known",
    },
    hasMore: { type: "boolean", description: "Whether there are results after these" },
    nextOffset: nullable("integer", "The Offset to go on from"),
    warnings: {
      type: "array",
      description: "What was left out or could not be determined",
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

/** A batch that is still at work. */
export const runningBatchExample: MessageBatch = {
  ...batchExample,
  processing_status: "in_progress",
  request_counts: { processing: 2, succeeded: 0, errored: 0, canceled: 0, expired: 0 },
  ended_at: null,
  results_url: null,
};

/** What Create Batch returns. */
export interface CreatedBatch extends MessageBatch {
  /** How many requests went in. */
  submitted: number;
  /** What was adjusted, dropped or could not be determined. */
  warnings: string[];
  requestId: string | null;
}

export const createdBatchExample: CreatedBatch = {
  ...runningBatchExample,
  submitted: 2,
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

const { attempts, conversation, rateLimit, requestId, ...answer } = messageResultExample;

export const batchResultsExample: BatchResults = {
  results: [
    {
      id: "A-1042",
      customId: "row-000001_A-1042",
      row: 1,
      status: "succeeded",
      reason: null,
      result: {
        ...answer,
        usage: { ...answer.usage, service_tier: "batch" },
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
