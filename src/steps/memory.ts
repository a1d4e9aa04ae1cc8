/* Conversations that the platform stores between executions. */
import type { MessageParam } from "@anthropic-ai/sdk/resources/messages";
import { isMessages, keepTurns, type MemoryOutput } from "../claude/messages/memory";
import { isRecord } from "../client/values";
import { type Conversation, conversation as conversationInput } from "../parameters/conversation";
import { InputError } from "../parameters/InputError";
import { type MemoryOptions, memory } from "../parameters/memory";
import { maxEntryBytes, type StateContext } from "./sharedState";

/** Each key has an entry of its own in the shared state. */
const prefix = "claude-memory:";

/** Of all keys together, in bytes. Those that were unused for longest leave first. */
export const maxTotalBytes = 16_000_000;

const dayMs = 86_400_000;

interface Entry {
  messages: MessageParam[];
  /** RFC 3339. */
  usedAt: string;
  bytes: number;
}

/**
 * The conversation of a key. Without a key, the given one.
 *
 * @throws InputError if both are given.
 */
export const recall = (
  { crossFlowState }: StateContext,
  options: MemoryOptions | undefined,
  given: Conversation,
): Conversation => {
  if (!options) return given;
  const { key, forget } = options;
  if (given.turns.length > 0 || given.system) {
    const { label } = memory.parameters.key.input;
    throw new InputError(
      label,
      `cannot be combined with ${conversationInput.label}. Remove one of them.`,
    );
  }
  const entry = crossFlowState?.[prefix + key];
  if (forget || !isRecord(entry)) return given;
  const { messages } = entry;
  if (!isMessages(messages)) {
    return { ...given, warnings: ["The memory of this key cannot be read. It starts anew."] };
  }
  return { ...given, turns: messages as Conversation["turns"] };
};

/**
 * What to store of a conversation.
 *
 * @returns The changed entries of the state, for the result of the step, and what the output says.
 */
export const remember = (
  { crossFlowState }: StateContext,
  options: MemoryOptions | undefined,
  messages: readonly MessageParam[],
): { state: { crossFlowState?: Record<string, unknown> }; memory: MemoryOutput | null } => {
  if (!options) return { state: {}, memory: null };
  const { key, turnsKept, daysKept } = options;
  const { messages: kept, ...counts } = keepTurns(messages, {
    maxTurns: turnsKept,
    maxBytes: maxEntryBytes,
  });
  const now = Date.now();
  const bytes = Buffer.byteLength(JSON.stringify(kept));
  const entry: Entry = { messages: kept, usedAt: new Date(now).toISOString(), bytes };
  const changed: Record<string, unknown> = { [prefix + key]: kept.length > 0 ? entry : null };

  let total = bytes;
  const others = Object.entries({ ...crossFlowState })
    .filter(([name, value]) => name.startsWith(prefix) && name !== prefix + key && isRecord(value))
    .map(([name, value]) => ({ name, ...(value as Partial<Entry>) }))
    .sort((a, b) => Date.parse(b.usedAt ?? "") - Date.parse(a.usedAt ?? ""));
  for (const { name, usedAt = "", bytes = 0 } of others) {
    total += bytes;
    const isUsed = now - Date.parse(usedAt) <= daysKept * dayMs;
    if (!isUsed || total > maxTotalBytes) changed[name] = null;
  }
  return { state: { crossFlowState: changed }, memory: { key, ...counts } };
};
