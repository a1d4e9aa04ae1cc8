import type {
  ContentBlockParam,
  MessageParam,
  TextBlockParam,
  ToolResultBlockParam,
} from "@anthropic-ai/sdk/resources/messages";
import type { Labels } from "../wording/labels";
import { custom, text } from "./define";
import { InputError } from "./InputError";
import { isBlank, optionalJson, type Reader } from "./read";
import { toolResults as toolResultsInput } from "./toolResults";

/** The turns before the next one. */
export interface Conversation {
  turns: Turn[];
  /** The content of the system turns at the start: the system prompt. Later ones are turns. */
  system?: string | TextBlockParam[];
  /** What was left out. */
  warnings: string[];
}

export const emptyConversation: Conversation = { turns: [], warnings: [] };

interface Turn {
  role: "user" | "assistant" | "system";
  content: string | ContentBlockParam[];
}

/**
 * Reads a conversation: what an earlier Chat returned, or a list of `{role, content}`, as data or as
 * JSON text. Content stays unchanged, except for blank texts, which the API refuses.
 *
 * @throws InputError for anything else.
 * @see https://platform.claude.com/docs/en/build-with-claude/working-with-messages
 */
export const readConversation: Reader<Conversation> = (label) => (value) => {
  const turns: Turn[] = [];
  const system: ContentBlockParam[] = [];
  const warnings: string[] = [];
  for (const [index, turn] of listOf(label, value).entries()) {
    const where = `turn ${index + 1}`;
    const { role, content } = (turn ?? {}) as { role?: unknown; content?: unknown };
    const all = blocksOf(label, content, where);
    const texts = all.filter((block) => block.type !== "text" || !isBlank(block.text));
    // Line breaks between the blocks of a reply belong to it.
    const blocks =
      role === "assistant" && texts.length > 0
        ? all.filter((block) => block.type !== "text" || block.text !== "")
        : texts;
    if (blocks.length < Math.max(all.length, 1)) {
      warnings.push(
        `${label}, ${where}: ${blocks.length === 0 ? "ignored, because it has no content" : "blank texts were ignored"}.`,
      );
    }
    if (role === "system" || role === "developer") {
      if (turns.length === 0 && blocks.every((block) => block.type === "text")) {
        system.push(...blocks);
      } else if (blocks.length > 0) {
        turns.push({ role: "system", content: typeof content === "string" ? content : blocks });
      }
    } else if (role === "user" || role === "assistant") {
      if (blocks.length === 0) continue;
      turns.push({ role, content: typeof content === "string" ? content : blocks });
    } else {
      throw new InputError(
        label,
        `has an invalid role in ${where}: it must be user, assistant or system.`,
      );
    }
  }
  // The conversation may come from outside, and a system prompt instructs Claude.
  if (system.length > 0) {
    warnings.push(`${label} starts with a system turn, which was sent as the system prompt.`);
  }
  return { turns, system: systemOf(system as TextBlockParam[]), warnings };
};

export const conversation = custom("Conversation", "data", readConversation, {
  comments:
    "The earlier turns: the conversation that an earlier Chat returned, or a list of turns with role and content as JSON.",
  placeholder: "Reference the conversation of an earlier Chat",
  example: '[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]',
});

export const systemMessage = text("System Message", {
  comments:
    "Instructions that apply from this message on. Sent as a system turn after Message, so that System Prompt stays the same: thinking and the prompt cache of Conversation are kept.",
  placeholder: "Enter instructions",
  example: "From now on, answer in Spanish.",
});

/** What the user sends next. */
export interface NextTurn {
  toolResults: readonly ToolResultBlockParam[];
  attachments: readonly ContentBlockParam[];
  message: string | undefined;
  /** Instructions that follow. */
  systemMessage?: string;
}

/**
 * The messages to send: the conversation and the next turn. Tool results come first, as the API
 * requires, and the message after the attachments that it is about.
 *
 * @see checkConversation
 */
export const continueConversation = (
  { turns }: Conversation,
  { toolResults, attachments, message, systemMessage }: NextTurn,
): MessageParam[] => {
  const before = [...toolResults, ...attachments];
  const after = message === undefined ? [] : asBlocks(message);
  const next: Turn = {
    role: "user",
    content: before.length === 0 && message !== undefined ? message : [...before, ...after],
  };
  const last: Turn[] = systemMessage ? [{ role: "system", content: systemMessage }] : [];
  const all = next.content.length > 0 ? [...turns, next, ...last] : [...turns, ...last];
  return mergeTurns(all) as MessageParam[];
};

/**
 * Checks a conversation with its next turn before anything is sent.
 *
 * @param hasAttachments Whether the next turn has any.
 * @param labels Of the step.
 * @throws InputError if there is nothing to reply to, and for a tool call or result without the other.
 */
export const checkConversation = (
  conversation: Conversation,
  {
    toolResults,
    message,
    hasAttachments,
  }: Omit<NextTurn, "attachments"> & { hasAttachments: boolean },
  labels: Labels,
): void => {
  const turns = continueConversation(conversation, { toolResults, attachments: [], message });
  // A system turn may follow the user's.
  const last = turns.findLast(({ role }) => role !== "system");
  // A reply that the API paused goes on as it is.
  const isPaused =
    last?.role === "assistant" &&
    typeof last.content !== "string" &&
    /^(server|mcp)_tool_use$/.test(last.content.at(-1)?.type ?? "");
  if (last?.role !== "user" && !isPaused && !hasAttachments) {
    throw new InputError(
      labels.message ?? "Message",
      last
        ? `is required. ${labels.conversation ?? "The conversation"} ends with a turn of Claude, which current models do not continue. Enter a text. For replies of a fixed form, use ${labels.jsonSchema ?? labels.systemPrompt ?? "the system prompt"}.`
        : "is required. Enter a text or reference an earlier step.",
    );
  }
  checkTools(
    turns.filter(({ role }) => role !== "system"),
    toolResults,
    labels,
  );
};

/** Consecutive turns of one role as one. The API merges them itself, but not every host does. */
const mergeTurns = (turns: readonly Turn[]): Turn[] => {
  const groups: { role: Turn["role"]; contents: Turn["content"][] }[] = [];
  for (const { role, content } of turns) {
    const last = groups.at(-1);
    if (last?.role === role && role !== "system") last.contents.push(content);
    else groups.push({ role, contents: [content] });
  }
  return groups.map(({ role, contents: [first = "", ...others] }) => ({
    role,
    content: others.length === 0 ? first : [first, ...others].flatMap(asBlocks),
  }));
};

const asBlocks = (content: Turn["content"]): ContentBlockParam[] =>
  typeof content === "string" ? [{ type: "text", text: content }] : content;

const listOf = (label: string, value: unknown): unknown[] => {
  const data = optionalJson(label)(value);
  if (data === undefined) return [];
  // The whole output of a Chat works too.
  const { conversation: list = data } = data as { conversation?: unknown };
  if (Array.isArray(list)) return list;
  throw new InputError(
    label,
    "must be the conversation that an earlier Chat returned, or a list of turns as JSON.",
  );
};

const blocksOf = (label: string, content: unknown, where: string): ContentBlockParam[] => {
  if (typeof content === "string") return asBlocks(content);
  const isBlock = (block: unknown) => {
    const { type, text } = (block ?? {}) as { type?: unknown; text?: unknown };
    return typeof type === "string" && (type !== "text" || typeof text === "string");
  };
  if (Array.isArray(content) && content.every(isBlock)) return content;
  throw new InputError(
    label,
    `has no valid content in ${where}: it must be text or a list of content blocks.`,
  );
};

/** One text, or blocks if one has more than text, such as a cache breakpoint. */
const systemOf = (blocks: TextBlockParam[]): Conversation["system"] => {
  if (blocks.length === 0) return undefined;
  return blocks.every((block) => Object.keys(block).length === 2)
    ? blocks.map(({ text }) => text).join("\n\n")
    : blocks;
};

/** The API refuses a tool call without a result in the next turn, and a result without a call before. */
const checkTools = (
  turns: readonly MessageParam[],
  given: readonly ToolResultBlockParam[],
  labels: Labels,
): void => {
  const label = labels.conversation ?? "Conversation";
  if (turns.every(({ content }) => typeof content === "string")) return;
  const ids = turns.map(({ content }) => {
    const blocks = asBlocks(content as Turn["content"]);
    return {
      calls: new Map(
        blocks.flatMap((block) => (block.type === "tool_use" ? [[block.id, block.name]] : [])),
      ),
      results: new Set(
        blocks.flatMap((block) => (block.type === "tool_result" ? [block.tool_use_id] : [])),
      ),
    };
  });
  const own = new Set(given.map(({ tool_use_id }) => tool_use_id));
  for (const [index, { calls, results }] of ids.entries()) {
    for (const [id, name] of calls) {
      if (ids[index + 1]?.results.has(id)) continue;
      throw new InputError(
        label,
        `has a call to tool ${name} (${id}) without a result. ${labels.toolResults && index >= ids.length - 2 ? `Add its result to ${labels.toolResults}, with the key ${id}.` : "Add its result to the next turn."}`,
      );
    }
    for (const id of results) {
      if (ids[index - 1]?.calls.has(id)) continue;
      throw new InputError(
        own.has(id) ? toolResultsInput.label.value : label,
        `has a result for the tool call ${id}, which the previous turn does not make.`,
      );
    }
  }
  if (own.size < given.length) {
    const id = given.find(
      ({ tool_use_id }, index) =>
        given.findIndex((other) => other.tool_use_id === tool_use_id) < index,
    );
    throw new InputError(toolResultsInput.label.value, `has two results for ${id?.tool_use_id}.`);
  }
};
