import type { Message } from "@anthropic-ai/sdk/resources/messages";
import { asText, isObject } from "../../client/values";
import { asCount, asList, asObject, type Reader, withTypes } from "../types";

/** The types of what this code reads of an answer. */
const ofMessage: Record<string, Reader> = {
  id: asText,
  model: asText,
  stop_reason: asText,
  stop_details: asObject,
  container: (value) => (isObject(value) && asText(value.id) !== undefined ? value : undefined),
  usage: asObject,
};

const ofDetails = { category: asText, explanation: asText };

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

const ofCounts = {
  ephemeral_1h_input_tokens: asCount,
  web_search_requests: asCount,
  thinking_tokens: asCount,
};

const ofBlock = new Map<string, Record<string, Reader>>([
  ["text", { text: asText, citations: asList }],
  ["thinking", { thinking: asText, signature: asText }],
]);

const ofCall = { id: asText, name: asText };

/** Whether a value is a block of content, of whatever type. */
const isBlock = (value: unknown): boolean => {
  if (!isObject(value) || typeof value.type !== "string") return false;
  // Without its text, the block would say nothing, and nobody would know.
  return value.type !== "text" || value.text == null || asText(value.text) !== undefined;
};

/** Whether a value is the content of a Message: not everything in it may be a block. */
export const isContent = (value: unknown): boolean =>
  Array.isArray(value) && (value.length === 0 || value.some(isBlock));

/**
 * Everything of a Message but its content, of which the rest of the code may take the types for
 * granted then. Hosts that only resemble Anthropic's send all kinds of things.
 *
 * @param message Is changed in place.
 */
export const soundFrame = (message: Message): void => {
  withTypes(message, ofMessage);
  withTypes(message.stop_details, ofDetails);
  withTypes(message.container, ofContainer);
  withTypes(message.usage, ofUsage);
  const { cache_creation, server_tool_use, output_tokens_details } = message.usage ?? {};
  for (const counts of [cache_creation, server_tool_use, output_tokens_details]) {
    withTypes(counts, ofCounts);
  }
};

/**
 * The same for its content.
 *
 * @param message Its content is a list. It is changed in place.
 * @returns How many parts of the content are left out, since they are no blocks.
 */
export const soundContent = (message: Message): number => {
  const all = message.content.length;
  if (!message.content.every(isBlock)) message.content = message.content.filter(isBlock);
  for (const block of message.content) {
    withTypes(block, ofBlock.get(block.type) ?? {});
    if (block.type !== "tool_use" && block.type !== "server_tool_use") continue;
    withTypes(block, ofCall);
    // Some hosts leave out the input of a tool that takes none.
    block.input ??= {};
    // A call without a name is one of a tool that there is not.
    block.name ??= "" as never;
  }
  return all - message.content.length;
};

/** Both. Returns how many parts of the content are left out. */
export const soundMessage = (message: Message): number => {
  soundFrame(message);
  return soundContent(message);
};
