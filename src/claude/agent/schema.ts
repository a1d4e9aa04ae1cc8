import type { Cost } from "../messages/cost";
import { type MemoryOutput, memorySchema } from "../messages/memory";
import type { MessageResult } from "../messages/result";
import { messageResultSchema } from "../messages/schema";
import { nullable } from "../nullable";
import { hiddenSchema } from "../privacy/schema";
import type { AgentStatus, PendingCall, Progress } from "./agent";

/** What Run Agent and Resume Agent return. */
export interface AgentOutput
  extends Pick<
      MessageResult,
      | "text"
      | "json"
      | "schema"
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
    Pick<Progress, "steps" | "turns"> {
  status: AgentStatus;
  /** Why it stopped before it was done, null if it is done or waiting. */
  reason: string | null;
  pending: PendingCall[];
  /** Links to decide, if the run waits and has a flow for decisions. */
  approval?: { approveUrl: string; denyUrl: string; markdown: string; expiresAt: string };
  /** Of all replies together, null if the price of one is not known. */
  cost: Cost | null;
  /** The state to resume from, null if the run cannot be continued. */
  state: string | null;
  memory: MemoryOutput | null;
  /** How many values Privacy hid, by kind. */
  hidden?: Record<string, number>;
  /** Of all replies together. */
  usage: Partial<MessageResult["usage"]> & { total_tokens: number };
}

const { properties } = messageResultSchema;

const text = { type: "string" };

/** JSON Schema of AgentOutput, for the designer. */
export const agentOutputSchema = {
  type: "object",
  properties: {
    status: {
      type: "string",
      description:
        "done, waiting (for approval), limit, deadline (the execution ran out of time), refused or error",
    },
    reason: nullable("string", "Why it stopped before it was done"),
    text: { type: "string", description: "Claude's last message" },
    json: { description: "The reply as data, if a JSON Schema is given" },
    schema: properties.schema,
    pending: {
      type: "array",
      description: "Calls that need a decision",
      items: {
        type: "object",
        properties: { id: { type: "string" }, tool: { type: "string" }, input: {} },
        required: ["id", "tool", "input"],
      },
    },
    approval: {
      type: "object",
      description: "Links to decide on the pending calls, with Approval Flow. markdown has both",
      properties: { approveUrl: text, denyUrl: text, markdown: text, expiresAt: text },
    },
    state: nullable("string", "State for Resume Agent. Null if there is nothing to resume"),
    steps: {
      type: "array",
      description: "The calls so far, in order",
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
    turns: { type: "integer", description: "Number of replies of Claude" },
    usage: { ...properties.usage, description: "Token counts of all requests together" },
    cost: {
      ...properties.cost,
      description: "Cost of all requests together at list price, null if a price is not known",
    },
    warnings: properties.warnings,
    memory: memorySchema,
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
    hidden: hiddenSchema,
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
    "memory",
  ],
};

const call = {
  type: "tool_use" as const,
  id: "toolu_01A09q90qw90lq917835lq9",
  name: "Find_Order",
  input: { order: "A-1042" },
};

const reply = [
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
  memory: null,
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
    { role: "assistant", content: reply },
  ],
  model: "claude-sonnet-5-5",
  stop_reason: "end_turn",
  content: reply,
  requestId: "req_011CSHoEeqs5C35K2UUqR7Fy",
  rateLimit: null,
};
