import type { BetaStopReason, BetaUsage } from "@anthropic-ai/sdk/resources/beta/messages";
import type { Message, ToolUseBlock } from "@anthropic-ai/sdk/resources/messages";
import { asText, isObject } from "../../client/values";
import { asCount, asObject, asObjects, asToolInput, normalizeMembers, type Reader } from "./values";

/*
 * Normalizes a Message of a host that only resembles Anthropic's API. Behind this door, the SDK's
 * types hold, except that `usage` may be missing. docs/hosts.md lists what hosts send.
 */

const knownStopReasons: Record<BetaStopReason, true> = {
  end_turn: true,
  max_tokens: true,
  stop_sequence: true,
  tool_use: true,
  pause_turn: true,
  compaction: true,
  refusal: true,
  model_context_window_exceeded: true,
};

export const isKnownStopReason = (value: unknown): boolean =>
  typeof value === "string" && Object.hasOwn(knownStopReasons, value);

/** OpenAI's stop reasons, which hosts also send in Anthropic's format. */
const stopReasonOf = new Map<string, BetaStopReason>([
  ["stop", "end_turn"],
  ["length", "max_tokens"],
  ["tool_calls", "tool_use"],
  ["function_call", "tool_use"],
  ["content_filter", "refusal"],
]);

/** A stop reason under Anthropic's name. Null for none: some hosts send an empty text. */
export const asStopReason = (value: unknown): string | null => {
  const reason = asText(value) || null;
  return stopReasonOf.get(reason ?? "") ?? reason;
};

const ofMessage: Record<string, Reader> = {
  id: asText,
  model: asText,
  stop_reason: asStopReason,
  stop_details: asObject,
  container: (value) => (isObject(value) && asText(value.id) !== undefined ? value : undefined),
  usage: asObject,
};

const ofStopDetails = { category: asText, explanation: asText };

const ofContainer = { id: asText, expires_at: asText };

const ofUsage: Record<string, Reader> = {
  input_tokens: asCount,
  output_tokens: asCount,
  cache_creation_input_tokens: asCount,
  cache_read_input_tokens: asCount,
  cache_creation: asObject,
  server_tool_use: asObject,
  output_tokens_details: asObject,
  iterations: asObjects,
};

const ofIteration: Record<string, Reader> = { ...ofUsage, type: asText, model: asText };

const ofUsageDetails = {
  ephemeral_5m_input_tokens: asCount,
  ephemeral_1h_input_tokens: asCount,
  web_search_requests: asCount,
  thinking_tokens: asCount,
};

const ofText = { text: asText, citations: asObjects };

const ofThinking = { thinking: asText, signature: asText };

const ofToolUse = { id: asText, name: asText, input: asToolInput };

/** Whether a value is a content block of any type. */
const isBlock = (value: unknown): boolean => {
  if (!isObject(value) || typeof value.type !== "string") return false;
  // A text block without text would be lost without notice.
  return value.type !== "text" || value.text == null || asText(value.text) !== undefined;
};

/** Whether a value is the content of a Message: an array of which at least one item is a block. */
export const isContent = (value: unknown): boolean =>
  Array.isArray(value) && (value.length === 0 || value.some(isBlock));

/** Normalizes everything of a Message but its content, in place. */
export const normalizeEnvelope = (message: Message): void => {
  normalizeMembers(message, ofMessage);
  normalizeMembers(message.stop_details, ofStopDetails);
  normalizeMembers(message.container, ofContainer);
  normalizeMembers(message.usage, ofUsage);
  const { cache_creation, server_tool_use, output_tokens_details, iterations } = (message.usage ??
    {}) as Partial<BetaUsage>;
  for (const iteration of iterations ?? []) {
    normalizeMembers(iteration, ofIteration);
    normalizeMembers(iteration.cache_creation, ofUsageDetails);
  }
  for (const details of [cache_creation, server_tool_use, output_tokens_details]) {
    normalizeMembers(details, ofUsageDetails);
  }
};

/**
 * Normalizes the content of a Message, in place.
 *
 * @returns How many items were dropped because they are not content blocks.
 */
export const normalizeContent = (message: Message): number => {
  const before = message.content.length;
  if (!message.content.every(isBlock)) message.content = message.content.filter(isBlock);
  for (const block of message.content) {
    if (block.type === "text") {
      normalizeMembers(block, ofText);
      block.text ??= "";
    } else if (block.type === "thinking") {
      normalizeMembers(block, ofThinking);
      block.thinking ??= "";
    } else if (block.type.endsWith("tool_use")) {
      const call = block as ToolUseBlock;
      normalizeMembers(call, ofToolUse);
      // Some hosts omit the input of a tool without parameters.
      call.input ??= {};
      // A call without a name becomes a call of an unknown tool.
      call.name ??= "";
    }
  }
  return before - message.content.length;
};

/** Normalizes a whole Message, in place. Returns how many items of its content were dropped. */
export const normalizeMessage = (message: Message): number => {
  normalizeEnvelope(message);
  return normalizeContent(message);
};
