import { nullable } from "../nullable";
import type { TokenCount } from "./countTokens";
import type { MessageResult } from "./result";

/** JSON Schema of MessageResult, for the designer. Fields that the API adds later are let through. */
export const messageResultSchema = {
  type: "object",
  properties: {
    text: { type: "string", description: "All text of the answer, joined" },
    json: {
      description:
        "The answer as data where JSON Schema is given, null where it is not or the answer does not match",
    },
    thinking: {
      type: "string",
      description: "What the model shows of its thinking, empty when it shows none",
    },
    toolCalls: {
      type: "array",
      description: "Tools that the model asks for",
      items: {
        type: "object",
        properties: { id: { type: "string" }, name: { type: "string" }, input: {} },
        required: ["id", "name", "input"],
      },
    },
    sources: {
      type: "array",
      description: "What the answer cites",
      items: {
        type: "object",
        properties: {
          url: { type: ["string", "null"] },
          title: { type: ["string", "null"] },
          citedText: { type: "string" },
        },
        required: ["url", "title", "citedText"],
      },
    },
    files: {
      type: "array",
      description: "Files that tools of the API made",
      items: {
        type: "object",
        properties: { fileId: { type: "string" } },
        required: ["fileId"],
      },
    },
    truncated: {
      type: "boolean",
      description:
        "The answer was cut off: by Max Tokens, the context window or the end of the run",
    },
    refused: { type: "boolean", description: "The model declined to answer" },
    paused: { type: "boolean", description: "The API paused a long turn" },
    usage: {
      type: "object",
      description: "Token counts as the API reports them, and their total",
      properties: {
        input_tokens: { type: "integer", description: "Tokens of the prompt outside the cache" },
        output_tokens: { type: "integer", description: "Tokens of the answer, thinking included" },
        cache_creation_input_tokens: nullable("integer", "Tokens written to the prompt cache"),
        cache_read_input_tokens: nullable("integer", "Tokens read from the prompt cache"),
        total_tokens: { type: "integer", description: "All tokens, in and out" },
      },
      required: ["total_tokens"],
    },
    cost: {
      type: ["object", "null"],
      description: "Cost at list price, null where the price is not known",
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
      description: "What was adjusted, dropped or could not be determined",
      items: { type: "string" },
    },
    requestId: nullable("string", "The id to quote to Anthropic's support"),
    rateLimit: {
      type: ["object", "null"],
      description: "What is left of the rate limits",
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
      description: "The messages so far, this answer included",
      items: {
        type: "object",
        properties: { role: { type: "string" }, content: {} },
        required: ["role", "content"],
      },
    },
    attempts: { type: "integer", description: "How often the request was sent" },
    id: { type: "string", description: "Id of the message" },
    type: { type: "string", description: "Always message" },
    role: { type: "string", description: "Always assistant" },
    model: { type: "string", description: "The model that answered" },
    content: {
      type: "array",
      description: "The blocks of the answer as the API sends them",
      items: {
        type: "object",
        properties: { type: { type: "string" }, text: { type: "string" } },
        required: ["type"],
      },
    },
    stop_reason: nullable("string", "Why the answer ends: end_turn, max_tokens, refusal, …"),
    stop_sequence: nullable("string", "The stop sequence that ended the answer"),
    stop_details: nullable("object", "Why the model declined, where it did"),
    container: nullable("object", "The container that code ran in, where any did"),
    diagnostics: nullable("object", "Why the prompt cache missed, where that was asked"),
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

const answer = [{ type: "text" as const, text: "Bent once, holds the world.", citations: null }];

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
    { role: "assistant", content: answer },
  ],
  attempts: 1,
  id: "msg_01XFDUDYJgAACzvnptvVoYEL",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-5-5",
  content: answer,
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
    json: { description: "The record, or the list of records where Multiple is on" },
    missing: {
      type: "array",
      description: "Required fields that were not found",
      items: { type: "string" },
    },
    ...Object.fromEntries(
      Object.entries(messageResultSchema.properties).filter(([name]) => name !== "json"),
    ),
  },
  required: [...messageResultSchema.required, "missing"],
};

/** What Extract Data yields for three fields, one of them not found. */
export const extractionExample: MessageResult & { missing: string[] } = {
  ...messageResultExample,
  json: { number: "1042", total: 118.5, dueDate: null },
  missing: ["dueDate"],
  text: '{"record":{"number":"1042","total":118.5}}',
};

/** JSON Schema of what Classify and Branch returns, for the designer. */
export const classificationSchema = {
  ...messageResultSchema,
  properties: {
    branch: { type: "string", description: "The branch that was taken" },
    reason: { type: "string", description: "Why, in a sentence" },
    confidence: nullable("number", "How sure Claude is, from 0 to 1, null where it gave no answer"),
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

/** JSON Schema of TokenCount, for the designer. */
export const tokenCountSchema = {
  type: "object",
  properties: {
    input_tokens: { type: "integer", description: "Tokens of the prompt, an estimate" },
    fits: nullable(
      "boolean",
      "Whether prompt and longest answer fit into the context window, null where it is not known",
    ),
    contextWindow: nullable("integer", "Most tokens that the model holds"),
    cost: {
      ...messageResultSchema.properties.cost,
      description:
        "Cost at most, at list price: nothing comes from the cache, the answer is as long as Max Tokens allows",
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
