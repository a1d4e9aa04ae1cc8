import { nullable } from "../nullable";
import type { TokenEstimate } from "./countTokens";
import type { EvidenceByPath } from "./evidence";
import type { MessageResult } from "./result";

/** JSON Schema of MessageResult, for the designer. Members that the API adds later are allowed. */
export const messageResultSchema = {
  type: "object",
  properties: {
    text: { type: "string", description: "All text of the reply" },
    json: {
      description:
        "The reply as data if a JSON Schema is given. Null otherwise, or if the reply does not match",
    },
    schema: nullable("object", "The JSON Schema of json, if it was made of an example"),
    thinking: {
      type: "string",
      description: "The thinking that the model shows, empty if it shows none",
    },
    toolCalls: {
      type: "array",
      description: "Tool calls that Claude makes",
      items: {
        type: "object",
        properties: { id: { type: "string" }, name: { type: "string" }, input: {} },
        required: ["id", "name", "input"],
      },
    },
    sources: {
      type: "array",
      description: "Sources that the reply cites",
      items: {
        type: "object",
        properties: {
          url: { type: ["string", "null"] },
          title: { type: ["string", "null"] },
          citedText: { type: "string" },
          page: nullable("integer", "Page of a PDF, from 1"),
          documentIndex: nullable("integer", "Which document of the request it is, from 0"),
        },
        required: ["url", "title", "citedText", "page", "documentIndex"],
      },
    },
    files: {
      type: "array",
      description: "Files that server tools created",
      items: {
        type: "object",
        properties: { fileId: { type: "string" } },
        required: ["fileId"],
      },
    },
    truncated: {
      type: "boolean",
      description:
        "Whether the reply is truncated: by its token limit, the context window or the end of the execution",
    },
    refused: { type: "boolean", description: "Whether Claude refused" },
    paused: { type: "boolean", description: "Whether the API paused a long turn" },
    usage: {
      type: "object",
      description: "Token counts as the API reports them, and their total",
      properties: {
        input_tokens: { type: "integer", description: "Prompt tokens outside the cache" },
        output_tokens: { type: "integer", description: "Tokens of the reply, thinking included" },
        cache_creation_input_tokens: nullable("integer", "Tokens written to the prompt cache"),
        cache_read_input_tokens: nullable("integer", "Tokens read from the prompt cache"),
        total_tokens: { type: "integer", description: "All tokens, input and output" },
      },
      required: ["total_tokens"],
    },
    cost: {
      type: ["object", "null"],
      description: "Cost at list price, null if the price is not known",
      properties: {
        input: { type: "number" },
        output: { type: "number" },
        total: { type: "number" },
        currency: { type: "string" },
      },
      required: ["input", "output", "total", "currency"],
    },
    warnings: {
      type: "array",
      description: "Adjustments, dropped values and unknown figures",
      items: { type: "string" },
    },
    requestId: nullable("string", "Request ID, for Anthropic's support"),
    rateLimit: {
      type: ["object", "null"],
      description: "Rate limits, and the remaining capacity",
      additionalProperties: {
        type: "object",
        properties: {
          limit: { type: "integer" },
          remaining: { type: "integer" },
          reset: { type: "string" },
        },
      },
    },
    conversation: {
      type: "array",
      description: "All messages including this reply, for the next Chat",
      items: {
        type: "object",
        properties: { role: { type: "string" }, content: {} },
        required: ["role", "content"],
      },
    },
    attempts: { type: "integer", description: "How often the request was sent" },
    id: { type: "string", description: "ID of the message" },
    type: { type: "string", description: "Always message" },
    role: { type: "string", description: "Always assistant" },
    model: { type: "string", description: "The model that replied" },
    content: {
      type: "array",
      description: "The content blocks of the reply as the API sends them",
      items: {
        type: "object",
        properties: { type: { type: "string" }, text: { type: "string" } },
        required: ["type"],
      },
    },
    stop_reason: nullable("string", "Why the reply ends: end_turn, max_tokens, refusal, …"),
    stop_sequence: nullable("string", "The stop sequence that ended the reply"),
    stop_details: nullable("object", "Why Claude refused"),
    container: nullable("object", "The container that code ran in"),
    diagnostics: nullable("object", "Why the prompt cache missed, if that was requested"),
  },
  required: [
    "text",
    "json",
    "thinking",
    "toolCalls",
    "sources",
    "files",
    "truncated",
    "refused",
    "paused",
    "usage",
    "cost",
    "warnings",
    "requestId",
    "rateLimit",
    "conversation",
    "attempts",
    "content",
    "model",
    "stop_reason",
  ],
};

const reply = [{ type: "text" as const, text: "Bent once, holds the world.", citations: null }];

/** A MessageResult as a short chat yields it. */
export const messageResultExample: MessageResult = {
  text: "Bent once, holds the world.",
  json: null,
  thinking: "",
  toolCalls: [],
  sources: [],
  files: [],
  truncated: false,
  refused: false,
  paused: false,
  usage: {
    input_tokens: 17,
    output_tokens: 9,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens_details: null,
    server_tool_use: null,
    service_tier: "standard",
    inference_geo: "global",
    speed: null,
    total_tokens: 26,
  },
  cost: { input: 0.000034, output: 0.00009, total: 0.000124, currency: "USD" },
  warnings: [],
  requestId: "req_011CSHoEeqs5C35K2UUqR7Fy",
  rateLimit: {
    requests: { limit: 4000, remaining: 3999, reset: "2026-11-21T09:30:00Z" },
    inputTokens: { limit: 2000000, remaining: 1999983, reset: "2026-11-21T09:30:00Z" },
  },
  conversation: [
    { role: "user", content: "Write a haiku's last line about a paper clip." },
    { role: "assistant", content: reply },
  ],
  attempts: 1,
  id: "msg_01XFDUDYJgAACzvnptvVoYEL",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-5-5",
  content: reply,
  stop_reason: "end_turn",
  stop_sequence: null,
  stop_details: null,
  container: null,
  diagnostics: null,
};

/** JSON Schema of what Extract Data returns, for the designer. */
export const extractionSchema = {
  ...messageResultSchema,
  properties: {
    json: { description: "The record, or the list of records" },
    missing: {
      type: "array",
      description: "Required fields that were not found",
      items: { type: "string" },
    },
    evidence: {
      type: ["object", "array", "null"],
      description:
        "The quote and the page of each value by its path, and whether it was found in the text that was sent: exact, close, no, or null if that cannot be checked. A list if Multiple is on, null if Evidence is off",
    },
    review: {
      type: "array",
      description: "Fields that are missing, or whose evidence was not found, if Evidence is on",
      items: { type: "string" },
    },
    ...Object.fromEntries(
      Object.entries(messageResultSchema.properties).filter(([name]) => name !== "json"),
    ),
  },
  required: [...messageResultSchema.required, "missing", "evidence", "review"],
};

/** What Extract Data returns. */
export interface Extraction extends MessageResult {
  /** Required fields that were not found. */
  missing: string[];
  /** One for each record if there are several. Null if it was not asked for. */
  evidence: EvidenceByPath | EvidenceByPath[] | null;
  /** What a person must look at. */
  review: string[];
}

/** What Extract Data yields for three fields, one of them not found. */
export const extractionExample: Extraction = {
  ...messageResultExample,
  json: { number: "1042", total: 118.5, dueDate: null },
  missing: ["dueDate"],
  evidence: null,
  review: [],
  text: '{"record":{"number":"1042","total":118.5}}',
};

/** JSON Schema of what Classify and Branch returns, for the designer. */
export const classificationSchema = {
  ...messageResultSchema,
  properties: {
    branch: { type: "string", description: "The branch that was taken" },
    reason: { type: "string", description: "Why, in one sentence" },
    confidence: nullable("number", "How sure Claude is, from 0 to 1. Null if it did not choose"),
    ...messageResultSchema.properties,
  },
  required: [...messageResultSchema.required, "branch", "reason", "confidence"],
};

export interface Classification {
  branch: string;
  reason: string;
  confidence: number | null;
}

/** What Classify and Branch yields for a message about an invoice. */
export const classificationExample: MessageResult & Classification = {
  branch: "Billing",
  reason: "The message asks about an amount on an invoice.",
  confidence: 0.94,
  ...messageResultExample,
  json: {
    branch: "Billing",
    reason: "The message asks about an amount on an invoice.",
    confidence: 0.94,
  },
};

/** What Count Tokens returns. */
export type TokenCount = Omit<TokenEstimate, "notices"> & { warnings: string[] };

/** JSON Schema of TokenCount, for the designer. */
export const tokenCountSchema = {
  type: "object",
  properties: {
    input_tokens: { type: "integer", description: "Prompt tokens, an estimate" },
    fits: nullable(
      "boolean",
      "Whether the prompt and the longest reply fit the context window. Null if that is not known",
    ),
    contextWindow: nullable("integer", "Context window of the model, in tokens"),
    cost: {
      ...messageResultSchema.properties.cost,
      description:
        "Maximum cost at list price: nothing is read from the cache, and the reply is as long as its token limit allows",
    },
    warnings: messageResultSchema.properties.warnings,
    requestId: messageResultSchema.properties.requestId,
  },
  required: ["input_tokens", "fits", "contextWindow", "cost", "warnings", "requestId"],
};

export const tokenCountExample: TokenCount = {
  input_tokens: 17,
  fits: true,
  contextWindow: 1_000_000,
  cost: { input: 0.000034, output: 0.04096, total: 0.040994, currency: "USD" },
  warnings: [],
  requestId: "req_011CSHoEeqs5C35K2UUqR7Fy",
};
