import { messageResultSchema } from "../messages/schema";
import type { ChatCompletionResult } from "./completion";

const { cost, warnings, requestId, rateLimit, attempts, json } = messageResultSchema.properties;

/** JSON Schema of ChatCompletionResult, for the designer. */
export const chatCompletionSchema = {
  type: "object",
  properties: {
    id: { type: "string", description: "ID of the message" },
    object: { type: "string", description: "Always chat.completion" },
    created: { type: "integer", description: "Time of the reply, in seconds since 1970" },
    model: { type: "string", description: "The model that replied" },
    choices: {
      type: "array",
      description: "The reply, always one",
      items: {
        type: "object",
        properties: {
          index: { type: "integer" },
          message: {
            type: "object",
            properties: {
              role: { type: "string" },
              content: { type: ["string", "null"] },
              refusal: { type: ["string", "null"] },
              tool_calls: { type: "array", items: { type: "object" } },
            },
            required: ["role", "content"],
          },
          finish_reason: { type: "string" },
          logprobs: { type: "null" },
        },
        required: ["index", "message", "finish_reason"],
      },
    },
    usage: {
      type: "object",
      description: "Token counts as OpenAI reports them: the prompt includes cached tokens",
      properties: {
        prompt_tokens: { type: "integer" },
        completion_tokens: { type: "integer" },
        total_tokens: { type: "integer" },
      },
      required: ["prompt_tokens", "completion_tokens", "total_tokens"],
    },
    json: {
      ...json,
      description:
        "The reply as data if response_format is json_schema. Null otherwise, or if the reply does not match",
    },
    cost,
    warnings,
    requestId,
    rateLimit,
    attempts,
  },
  required: ["id", "object", "created", "model", "choices", "usage", "warnings"],
};

/** A ChatCompletionResult as a short chat yields it. */
export const chatCompletionExample: ChatCompletionResult = {
  id: "msg_01XFDUDYJgAACzvnptvVoYEL",
  object: "chat.completion",
  created: 1_795_253_400,
  model: "claude-sonnet-5-5",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: "Bent once, holds the world.", refusal: null },
      finish_reason: "stop",
      logprobs: null,
    },
  ],
  usage: {
    prompt_tokens: 17,
    completion_tokens: 9,
    total_tokens: 26,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  },
  json: null,
  cost: { input: 0.000034, output: 0.00009, total: 0.000124, currency: "USD" },
  warnings: [],
  requestId: "req_011CSHoEeqs5C35K2UUqR7Fy",
  rateLimit: {
    requests: { limit: 4000, remaining: 3999, reset: "2026-11-21T09:30:00Z" },
  },
  attempts: 1,
};
