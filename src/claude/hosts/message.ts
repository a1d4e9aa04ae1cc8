import type { Message } from "@anthropic-ai/sdk/resources/messages";
import { asText, isObject } from "../../client/values";
import { asCount, asObject, asObjects, normalizeMembers, type Reader } from "./values";

/*
 * Normalizes a Message of a host that only resembles Anthropic's API. Behind this door, the SDK's
 * types hold, except that `usage` may be missing. docs/hosts.md lists what hosts send.
 */

const ofMessage: Record<string, Reader> = {
  id: asText,
  model: asText,
  stop_reason: asText,
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
};

const ofUsageDetails = {
  ephemeral_1h_input_tokens: asCount,
  web_search_requests: asCount,
  thinking_tokens: asCount,
};

const ofText = { text: asText, citations: asObjects };

const ofThinking = { thinking: asText, signature: asText };

const ofToolUse = { id: asText, name: asText };

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
  const { cache_creation, server_tool_use, output_tokens_details } = message.usage ?? {};
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
    switch (block.type) {
      case "text":
        normalizeMembers(block, ofText);
        block.text ??= "";
        break;
      case "thinking":
        normalizeMembers(block, ofThinking);
        block.thinking ??= "";
        break;
      case "tool_use":
      case "server_tool_use":
        normalizeMembers(block, ofToolUse);
        // Some hosts omit the input of a tool without parameters.
        block.input ??= {};
        // A call without a name becomes a call of an unknown tool.
        block.name ??= "" as never;
        break;
    }
  }
  return before - message.content.length;
};

/** Normalizes a whole Message, in place. Returns how many items of its content were dropped. */
export const normalizeMessage = (message: Message): number => {
  normalizeEnvelope(message);
  return normalizeContent(message);
};
