import type { Cost } from "../messages/cost";
import type { MessageResult } from "../messages/result";
import { messageResultSchema } from "../messages/schema";
import { nullable } from "../nullable";
import type { AgentRun, PendingCall, Progress } from "./agent";

/** What Run Agent and Resume Agent return. */
export interface AgentOutput
  extends Pick<
      MessageResult,
      | "text"
      | "json"
      | "refused"
      | "thinking"
      | "sources"
      | "files"
      | "model"
      | "stop_reason"
      | "content"
      | "requestId"
      | "rateLimit"
      | "conversation"
      | "warnings"
    >,
    Pick<AgentRun, "status" | "reason">,
    Pick<Progress, "steps" | "turns"> {
  pending: PendingCall[];
  /** Of all answers together, null where the price of one is not known. */
  cost: Cost | null;
  /** What Resume Agent goes on from, null once there is nothing to go on from. */
  state: string | null;
  /** Of all answers together. */
  usage: Partial<MessageResult["usage"]> & { total_tokens: number };
}

const { properties } = messageResultSchema;

/** JSON Schema of AgentOutput, for the designer. */
export const agentOutputSchema = {
  type: "object",
  properties: {
    status: {
      type: "string",
      description:
        "done, waiting (a person decides), limit, deadline (the run's time is used up), refused or error",
    },
    reason: nullable("string", "Why it stopped before it was done"),
    text: { type: "string", description: "What Claude said last" },
    json: { description: "The answer as data, where Output Schema is given" },
    pending: {
      type: "array",
      description: "Calls that a person decides on",
      items: {
        type: "object",
        properties: { id: { type: "string" }, tool: { type: "string" }, input: {} },
        required: ["id", "tool", "input"],
      },
    },
    state: nullable(
      "string",
      "What Resume Agent goes on from. Null once there is nothing to go on from",
    ),
    steps: {
      type: "array",
      description: "The calls so far, in their order",
      items: {
        type: "object",
        properties: {
          tool: { type: "string" },
          input: {},
          output: {},
          error: { type: ["string", "null"] },
          durationMs: { type: "integer" },
        },
        required: ["tool", "input", "output", "error", "durationMs"],
      },
    },
    turns: { type: "integer", description: "How often Claude was asked" },
    usage: { ...properties.usage, description: "Token counts of all requests together" },
    cost: {
      ...properties.cost,
      description: "Cost of all requests together at list price, null where a price is not known",
    },
    warnings: properties.warnings,
    refused: properties.refused,
    thinking: properties.thinking,
    sources: properties.sources,
    files: properties.files,
    conversation: properties.conversation,
    model: properties.model,
    stop_reason: properties.stop_reason,
    content: properties.content,
    requestId: properties.requestId,
    rateLimit: properties.rateLimit,
  },
  required: [
    "status",
    "reason",
    "text",
    "json",
    "pending",
    "state",
    "steps",
    "turns",
    "usage",
    "cost",
    "warnings",
  ],
};

const call = {
  type: "tool_use" as const,
  id: "toolu_01A09q90qw90lq917835lq9",
  name: "Find_Order",
  input: { order: "A-1042" },
};

const answer = [
  { type: "text" as const, text: "Order A-1042 was sent on November 20.", citations: null },
];

export const agentOutputExample: AgentOutput = {
  status: "done",
  reason: null,
  text: "Order A-1042 was sent on November 20.",
  json: null,
  pending: [],
  state: null,
  steps: [
    {
      tool: "Find_Order",
      input: { order: "A-1042" },
      output: { order: "A-1042", sent: "2026-11-20" },
      error: null,
      durationMs: 412,
    },
  ],
  turns: 2,
  usage: { input_tokens: 1_210, output_tokens: 84, total_tokens: 1_294 },
  cost: { input: 0.00242, output: 0.00084, total: 0.00326, currency: "USD" },
  warnings: [],
  refused: false,
  thinking: "",
  sources: [],
  files: [],
  conversation: [
    { role: "user", content: "Where is order A-1042?" },
    { role: "assistant", content: [call] },
    {
      role: "user",
      content: [
        {
          type: "tool_result",
          tool_use_id: call.id,
          content: '{"order":"A-1042","sent":"2026-11-20"}',
        },
      ],
    },
    { role: "assistant", content: answer },
  ],
  model: "claude-sonnet-5-5",
  stop_reason: "end_turn",
  content: answer,
  requestId: "req_011CSHoEeqs5C35K2UUqR7Fy",
  rateLimit: null,
};
