import type { Message, MessageParam } from "@anthropic-ai/sdk/resources/messages";

/**
 * An answer as a turn to go on from: unchanged, thinking blocks and signatures included, but for
 * texts without content, which the API refuses to take back. No turn where nothing is left.
 */
export const asTurn = (answer: readonly Message["content"][number][]): MessageParam[] => {
  const content = answer.filter((block) => block.type !== "text" || /\S/.test(block.text ?? ""));
  return content.length > 0 ? [{ role: "assistant", content }] : [];
};
