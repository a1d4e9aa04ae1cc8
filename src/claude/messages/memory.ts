import type {
  MessageParam,
  ToolResultBlockParam,
  ToolUseBlockParam,
} from "@anthropic-ai/sdk/resources/messages";
import { isRecord } from "../../client/values";
import { withoutThinking } from "./preservedThinking";
import { withNotes } from "./storedAttachments";

/** What is kept of a conversation, and what is not. */
export interface KeptTurns {
  messages: MessageParam[];
  /** Number of turns kept. A turn is a message and the reply to it, with the tool calls between. */
  turns: number;
  /** Number of turns that left. */
  turnsLeft: number;
  /** Number of attachments that a note replaces. */
  attachmentsLeft: number;
}

/**
 * The end of a conversation, to store and to continue from: whole turns, so that no tool call is
 * without its result. Attachments are replaced by a note. Thinking is left out, except before a tool
 * call that waits for its result, which the API requires it for.
 *
 * @param maxTurns Number of turns to keep.
 * @param maxBytes Size as JSON. A last turn that is larger is not kept either.
 */
export const keepTurns = (
  conversation: readonly MessageParam[],
  { maxTurns, maxBytes }: { maxTurns: number; maxBytes: number },
): KeptTurns => {
  const { messages, replaced } = withNotes(conversation, 0);
  const all = turnsOf(messages)
    .map((turn, index, turns) =>
      index === turns.length - 1 && openCalls(turn).length > 0 ? turn : withoutThinking(turn),
    )
    // A turn without a reply cannot be continued with another message.
    .filter((turn) => turn.some(({ role }) => role === "assistant"));
  const kept = maxTurns === 0 ? [] : all.slice(-maxTurns);
  const sizes = kept.map((turn) => Buffer.byteLength(JSON.stringify(turn)));
  let bytes = sizes.reduce((sum, size) => sum + size, 0);
  while (bytes > maxBytes) {
    kept.shift();
    bytes -= sizes.shift() ?? 0;
  }
  return {
    messages: kept.flat(),
    turns: kept.length,
    turnsLeft: all.length - kept.length,
    attachmentsLeft: replaced.length,
  };
};

/** The turns of a conversation. Messages before the first of the user belong to none. */
const turnsOf = (messages: readonly MessageParam[]): MessageParam[][] => {
  const turns: MessageParam[][] = [];
  for (const message of messages) {
    if (startsTurn(message)) turns.push([message]);
    else turns.at(-1)?.push(message);
  }
  return turns;
};

const startsTurn = ({ role, content }: MessageParam): boolean =>
  role === "user" &&
  (typeof content === "string" || !content.some(({ type }) => type === "tool_result"));

/** The tool calls of the last message, which wait for their results. */
export const openCalls = (messages: readonly MessageParam[]): ToolUseBlockParam[] => {
  const last = messages.at(-1);
  return last?.role === "assistant" && Array.isArray(last.content)
    ? last.content.filter((block) => block.type === "tool_use")
    : [];
};

/** Results for calls that were never answered, so that a conversation can go on with a message. */
export const unansweredResults = (
  messages: readonly MessageParam[],
  given: readonly { tool_use_id: string }[],
): ToolResultBlockParam[] => {
  const known = new Set(given.map(({ tool_use_id: id }) => id));
  return openCalls(messages)
    .filter(({ id }) => !known.has(id))
    .map(({ id }) => ({
      type: "tool_result",
      tool_use_id: id,
      content: "This call has no result.",
      is_error: true,
    }));
};

/** Whether a stored value is a list of messages. */
export const isMessages = (value: unknown): value is MessageParam[] =>
  Array.isArray(value) &&
  value.every(
    (turn) =>
      isRecord(turn) &&
      typeof turn.role === "string" &&
      (typeof turn.content === "string" || Array.isArray(turn.content)),
  );

/** What the output says about the memory. */
export interface MemoryOutput {
  key: string;
  /** Number of turns that the next execution starts with. */
  turns: number;
  /** Number of turns that left with this execution. */
  turnsLeft: number;
  /** Number of attachments that a note replaces. */
  attachmentsLeft: number;
}

/** JSON Schema of MemoryOutput, for the designer. */
export const memorySchema = {
  type: ["object", "null"],
  description: "The memory after this step. Null without a Memory Key",
  properties: {
    key: { type: "string", description: "The key" },
    turns: { type: "integer", description: "Turns that the next execution starts with" },
    turnsLeft: { type: "integer", description: "Turns that left with this execution" },
    attachmentsLeft: { type: "integer", description: "Attachments that a note replaces" },
  },
  required: ["key", "turns", "turnsLeft", "attachmentsLeft"],
};

export const memoryExample: MemoryOutput = {
  key: "user-1042",
  turns: 3,
  turnsLeft: 0,
  attachmentsLeft: 0,
};
