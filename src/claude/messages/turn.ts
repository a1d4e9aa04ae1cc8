import type {
  Message,
  MessageParam,
  ServerToolUseBlock,
  ToolUseBlock,
} from "@anthropic-ai/sdk/resources/messages";
import { isRecord } from "../../client/values";
import type { Notice } from "../notice";

type Block = Message["content"][number];

/** Whether the API ended a reply before its end. */
export const isTruncated = ({ stop_reason: reason }: Pick<Message, "stop_reason">): boolean =>
  reason === "max_tokens" || reason === "model_context_window_exceeded";

/** Whether a block is a call of a tool: by the flow, the API or an MCP server. */
const isCall = (block: Block): block is ToolUseBlock | ServerToolUseBlock =>
  block.type.endsWith("tool_use");

/** Whether a block is a tool call whose input is not exactly one JSON object. */
export const isCallWithoutInput = (block: Block): block is ToolUseBlock | ServerToolUseBlock =>
  isCall(block) && !isRecord(block.input);

/**
 * The blocks of a reply that are complete: half a tool call would do half of what is meant, and the
 * API does not accept thinking without its signature.
 *
 * @param isCut Whether the reply was interrupted, so that its last block may be incomplete.
 */
export const completeBlocks = (
  content: readonly Block[],
  isCut: boolean,
): { blocks: readonly Block[]; dropped: Notice[] } => {
  const last = isCut ? content.at(-1) : undefined;
  const dropped: Notice[] = [];
  const blocks = content.filter((block) => {
    if (isCallWithoutInput(block) || (block === last && isCall(block))) {
      dropped.push({ code: "tool_call_dropped", tool: block.name });
      return false;
    }
    if (block === last && block.type === "thinking" && !block.signature) {
      dropped.push({ code: "thinking_dropped" });
      return false;
    }
    return true;
  });
  return { blocks, dropped };
};

/**
 * A reply as a turn of a conversation: unchanged, thinking blocks, signatures and line breaks
 * between blocks included, but without empty texts, which the API refuses. No turn if nothing but
 * blank texts is left.
 */
export const asTurn = (reply: readonly Block[]): MessageParam[] => {
  const content = reply.filter((block) => block.type !== "text" || block.text !== "");
  return content.some((block) => block.type !== "text" || /\S/.test(block.text))
    ? [{ role: "assistant", content }]
    : [];
};
