import type { Message } from "@anthropic-ai/sdk/resources/messages";
import { isObject } from "../../client/failure";
import { type Check, isCount, isString, leaveOut } from "../sound";

/** The types of what this code reads of an answer. */
const ofMessage: Record<string, Check> = {
  id: isString,
  model: isString,
  stop_reason: isString,
  stop_details: isObject,
  container: (value) => isObject(value) && isString(value.id),
  usage: isObject,
};

const ofDetails = { category: isString, explanation: isString };

const ofUsage: Record<string, Check> = {
  input_tokens: isCount,
  output_tokens: isCount,
  cache_creation_input_tokens: isCount,
  cache_read_input_tokens: isCount,
  cache_creation: isObject,
  server_tool_use: isObject,
  output_tokens_details: isObject,
};

const ofCounts = {
  ephemeral_1h_input_tokens: isCount,
  web_search_requests: isCount,
  thinking_tokens: isCount,
};

const ofBlock = new Map<string, Record<string, Check>>([
  ["text", { citations: Array.isArray }],
  ["thinking", { thinking: isString, signature: isString }],
]);

const ofCall = { id: isString, name: isString };

/**
 * Whether a value is a block of content, of whatever type. A text that is none makes no block: left
 * out, the answer would be lost without a word.
 */
export const isBlock = (value: unknown): boolean =>
  isObject(value) && isString(value.type) && (value.type !== "text" || isString(value.text ?? ""));

/**
 * A Message of which the rest of the code may take the types for granted. Hosts that only resemble
 * Anthropic's send all kinds of things: what is of another type counts as left out.
 *
 * @param message Its content is a list of blocks. It is changed in place.
 */
export const soundMessage = (message: Message): Message => {
  const { content } = message;
  leaveOut(message, ofMessage);
  leaveOut(message.stop_details, ofDetails);
  leaveOut(message.container, { expires_at: isString });
  leaveOut(message.usage, ofUsage);
  const { cache_creation, server_tool_use, output_tokens_details } = message.usage ?? {};
  for (const counts of [cache_creation, server_tool_use, output_tokens_details]) {
    leaveOut(counts, ofCounts);
  }
  for (const block of content) {
    leaveOut(block, ofBlock.get(block.type) ?? {});
    if (block.type !== "tool_use" && block.type !== "server_tool_use") continue;
    leaveOut(block, ofCall);
    // Some hosts leave out the input of a tool that takes none.
    block.input ??= {};
    // A call without a name is one of a tool that there is not.
    block.name ??= "" as never;
  }
  return message;
};
