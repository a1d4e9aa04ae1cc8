import type { BetaThinkingConfigParam } from "@anthropic-ai/sdk/resources/beta/messages";
import type { MessageParam } from "@anthropic-ai/sdk/resources/messages";
import { isRecord } from "../../client/values";
import { thinksByDefault } from "../models/modelInfo";
import type { Notice } from "../notice";
import type { MessageRequest } from "./send";

/*
 * The API binds a thinking block to the model, the account, and all that came before the block. Flows
 * change these between executions: with another System Prompt, other tools or a trimmed conversation.
 */

/** The beta by which the API drops thinking that does not fit any more, instead of refusing it. */
const beta = "thinking-binding-controls-2026-08-01";

/**
 * A request whose old thinking the API drops if the conversation before it has changed. Unchanged
 * if it has no thinking, or if its model does not compare.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/preserved-thinking/prefix-checks
 */
export const withDroppableThinking = (
  request: MessageRequest,
  betas: readonly string[],
): { request: MessageRequest; betas: readonly string[] } => {
  const { model, messages } = request;
  // What these models do without the parameter.
  const thinking = (request.thinking ?? { type: "adaptive" }) as BetaThinkingConfigParam;
  const canDrop = thinking.type === "adaptive" || thinking.type === "enabled";
  if (!canDrop || thinking.block_binding || !thinksByDefault(model) || !hasThinking(messages)) {
    return { request, betas };
  }
  const dropping: BetaThinkingConfigParam = {
    ...thinking,
    block_binding: { prefix_mismatch_behavior: "drop_block" },
  };
  return {
    request: { ...request, thinking: dropping as MessageRequest["thinking"] },
    betas: betas.includes(beta) ? betas : [...betas, beta],
  };
};

const isThinking = (block: unknown): boolean =>
  isRecord(block) && (block.type === "thinking" || block.type === "redacted_thinking");

const hasThinking = (messages: readonly MessageParam[]): boolean =>
  messages.some(({ content }) => Array.isArray(content) && content.some(isThinking));

/**
 * Why the API dropped thinking of the latest reply. Older thinking that it drops was dropped before:
 * the conversation keeps it, because the thinking after it is bound to it.
 */
export const droppedThinking = (
  { messages }: Pick<MessageRequest, "messages">,
  transformations: unknown,
): Notice[] => {
  if (!Array.isArray(transformations)) return [];
  const last = messages.findLastIndex((turn) => hasThinking([turn]));
  const dropped = transformations.find(
    (entry) =>
      isRecord(entry) &&
      entry.type === "thinking_dropped" &&
      String(entry.path).startsWith(`messages.${last}.`),
  );
  if (!dropped) return [];
  const [reason] = String(dropped.reason).split("_");
  return [
    {
      code: "old_thinking_dropped",
      cause: reason === "model" ? "model" : reason === "prefix" ? "conversation" : "account",
    },
  ];
};

/**
 * The messages without the thinking of earlier turns, or of all turns if there is none in these.
 * Undefined if there is no thinking.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/preserved-thinking/fix-bound-to-a-different-conversation
 */
export const withoutOldThinking = (
  messages: readonly MessageParam[],
): MessageParam[] | undefined => {
  const lastPrompt = messages.findLastIndex(
    ({ role, content }) =>
      role === "user" &&
      (typeof content === "string" || !content.some(({ type }) => type === "tool_result")),
  );
  const earlier = messages.slice(0, lastPrompt + 1);
  const until = hasThinking(earlier) ? earlier.length : messages.length;
  if (!hasThinking(messages)) return undefined;
  return [...withoutThinking(messages.slice(0, until)), ...messages.slice(until)];
};

/** The messages without thinking. A turn of thinking only is left out. */
export const withoutThinking = (messages: readonly MessageParam[]): MessageParam[] =>
  messages.flatMap((turn) => {
    if (!hasThinking([turn])) return turn;
    const content = (turn.content as object[]).filter((block) => !isThinking(block));
    return content.length > 0 ? ({ ...turn, content } as MessageParam) : [];
  });
