import type { Message, MessageParam } from "@anthropic-ai/sdk/resources/messages";

/**
 * A reply as a turn of a conversation: unchanged, thinking blocks and signatures included, but
 * without blank text blocks, which the API refuses. No turn if nothing is left.
 */
export const asTurn = (reply: readonly Message["content"][number][]): MessageParam[] => {
  const content = reply.filter((block) => block.type !== "text" || /\S/.test(block.text));
  return content.length > 0 ? [{ role: "assistant", content }] : [];
};
