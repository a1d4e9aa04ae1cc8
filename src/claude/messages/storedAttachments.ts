import type { MessageParam } from "@anthropic-ai/sdk/resources/messages";
import { isRecord } from "../../client/values";
import type { Notice } from "../notice";
import { withoutThinking } from "./preservedThinking";

/** Which attachments a conversation keeps once a reply to them is complete. */
export type KeptAttachments = "small" | "all" | "none";

/** A larger attachment is not kept as `small`. In characters, as it is sent. */
export const smallLength = 1_000_000;

/**
 * A conversation to store, without large attachments: a flow stores it, hands it on and sends it
 * again with each message. A note stands in their place. Files that are referenced by ID or URL stay.
 *
 * @returns The same messages if all attachments are kept.
 */
export const withoutAttachments = (
  messages: readonly MessageParam[],
  kept: KeptAttachments,
): { messages: MessageParam[]; notices: Notice[] } => {
  const limit = { all: Number.POSITIVE_INFINITY, small: smallLength, none: 0 }[kept];
  const { messages: lean, replaced } = withNotes(messages, limit);
  const [name] = replaced;
  if (name === undefined) return { messages: [...messages], notices: [] };
  const notice: Notice = { code: "attachments_not_stored", count: replaced.length, name };
  // Thinking is bound to what came before it.
  return { messages: withoutThinking(lean), notices: kept === "none" ? [] : [notice] };
};

/**
 * The messages with a note in place of each attachment above a limit.
 *
 * @param limit In characters, as it is sent.
 * @returns The names of those that were replaced.
 */
export const withNotes = (
  messages: readonly MessageParam[],
  limit: number,
): { messages: MessageParam[]; replaced: string[] } => {
  const replaced: string[] = [];
  const lean = messages.map((turn): MessageParam => {
    const content = leanContent(turn.content, limit, replaced);
    return content === turn.content ? turn : ({ ...turn, content } as MessageParam);
  });
  return { messages: lean, replaced };
};

/** The content with notes for large attachments, those in tool results too. */
const leanContent = (content: unknown, limit: number, replaced: string[]): unknown => {
  if (!Array.isArray(content)) return content;
  const blocks = content.map((block: unknown) => {
    if (!isRecord(block)) return block;
    if (block.type === "tool_result") {
      const inner = leanContent(block.content, limit, replaced);
      return inner === block.content ? block : { ...block, content: inner };
    }
    const { data } = isRecord(block.source) ? block.source : {};
    const isAttachment = block.type === "image" || block.type === "document";
    if (!isAttachment || typeof data !== "string" || data.length <= limit) return block;
    const name = typeof block.title === "string" ? block.title : String(block.type);
    replaced.push(name);
    return { type: "text", text: `[Attachment "${name}" is not part of the stored conversation.]` };
  });
  return blocks.some((block, index) => block !== content[index]) ? blocks : content;
};
