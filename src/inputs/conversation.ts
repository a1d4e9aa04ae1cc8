import type {
  ContentBlockParam,
  MessageParam,
  TextBlockParam,
  ToolResultBlockParam,
} from "@anthropic-ai/sdk/resources/messages";
import { input } from "@prismatic-io/spectral";
import { InputError } from "./InputError";
import { isBlank, optionalJson } from "./read";

const label = "Conversation";

/** What came before, ready to go on from. */
export interface Conversation {
  turns: Turn[];
  /** What system turns hold, which the API takes apart from the others. */
  system?: string | TextBlockParam[];
  /** What was left out. */
  warnings: string[];
}

interface Turn {
  role: "user" | "assistant";
  content: string | ContentBlockParam[];
}

/**
 * Reads a conversation: what an earlier Chat returned, or a list of `{role, content}` made by hand,
 * as it is or as JSON text. Content stays to the letter, but for empty texts, which the API refuses.
 *
 * @throws InputError for what is no conversation.
 * @see https://platform.claude.com/docs/en/build-with-claude/working-with-messages
 */
export const readConversation = (value: unknown): Conversation => {
  const turns: Turn[] = [];
  const system: ContentBlockParam[] = [];
  const warnings: string[] = [];
  for (const [index, turn] of listOf(value).entries()) {
    const where = `turn ${index + 1}`;
    const { role, content } = (turn ?? {}) as { role?: unknown; content?: unknown };
    const all = blocksOf(content, where);
    const blocks = all.filter((block) => block.type !== "text" || !isBlank(block.text));
    if (blocks.length < Math.max(all.length, 1)) {
      warnings.push(
        `Conversation, ${where}: ${blocks.length === 0 ? "left out, it has no content" : "empty texts were left out"}.`,
      );
    }
    if (role === "system" || role === "developer") {
      if (!blocks.every((block) => block.type === "text")) {
        throw new InputError(label, `has a system turn with more than text in ${where}.`);
      }
      system.push(...blocks);
    } else if (role === "user" || role === "assistant") {
      if (blocks.length === 0) continue;
      turns.push({ role, content: typeof content === "string" ? content : blocks });
    } else {
      throw new InputError(
        label,
        `has a role that is none in ${where}: it takes user, assistant and system.`,
      );
    }
  }
  return { turns, system: systemOf(system as TextBlockParam[]), warnings };
};

export const conversation = input({
  label,
  type: "data",
  required: false,
  comments:
    "What was said before: the conversation that an earlier Chat returned, or a list of turns with role and content as JSON.",
  placeholder: "Reference the conversation of an earlier Chat",
  example: '[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]',
  clean: readConversation,
});

/** What the user says next. */
export interface NextTurn {
  toolResults: readonly ToolResultBlockParam[];
  attachments: readonly ContentBlockParam[];
  message: string | undefined;
}

/**
 * The messages to send: the conversation, and what the user says next. Results of tools come first,
 * as the API has it, the message after what it is about.
 *
 * @throws InputError when there is nothing to answer, and for tool calls and results without the other.
 */
export const continueConversation = (
  { turns }: Conversation,
  { toolResults, attachments, message }: NextTurn,
): MessageParam[] => {
  const before = [...toolResults, ...attachments];
  const said = message === undefined ? [] : asBlocks(message);
  const next: Turn = {
    role: "user",
    content: before.length === 0 && message !== undefined ? message : [...before, ...said],
  };
  const all = merged(next.content.length > 0 ? [...turns, next] : turns);
  if (all.at(-1)?.role !== "user") {
    throw new InputError("Message", "is required. Enter a text or reference an earlier step.");
  }
  checkTools(all, toolResults);
  return all;
};

/** Turns of one role in a row as one, as the API itself reads them: not every host does. */
const merged = (turns: readonly Turn[]): Turn[] => {
  const groups: { role: Turn["role"]; contents: Turn["content"][] }[] = [];
  for (const { role, content } of turns) {
    const last = groups.at(-1);
    if (last?.role === role) last.contents.push(content);
    else groups.push({ role, contents: [content] });
  }
  return groups.map(({ role, contents: [first = "", ...others] }) => ({
    role,
    content: others.length === 0 ? first : [first, ...others].flatMap(asBlocks),
  }));
};

const asBlocks = (content: Turn["content"]): ContentBlockParam[] =>
  typeof content === "string" ? [{ type: "text", text: content }] : content;

const listOf = (value: unknown): unknown[] => {
  const data = optionalJson(label)(value);
  if (data === undefined) return [];
  // The whole output of a Chat is as clear as its conversation.
  const { conversation: list = data } = data as { conversation?: unknown };
  if (Array.isArray(list)) return list;
  throw new InputError(
    label,
    "takes the conversation that an earlier Chat returned, or a list of turns as JSON; this is no list.",
  );
};

const blocksOf = (content: unknown, where: string): ContentBlockParam[] => {
  if (typeof content === "string") return asBlocks(content);
  const isBlock = (block: unknown) => {
    const { type, text } = (block ?? {}) as { type?: unknown; text?: unknown };
    return typeof type === "string" && (type !== "text" || typeof text === "string");
  };
  if (Array.isArray(content) && content.every(isBlock)) return content;
  throw new InputError(label, `has no content in ${where}: it takes text, or a list of blocks.`);
};

/** One text, or the blocks where they hold more than text, such as a mark for the cache. */
const systemOf = (blocks: TextBlockParam[]): Conversation["system"] => {
  if (blocks.length === 0) return undefined;
  return blocks.every((block) => Object.keys(block).length === 2)
    ? blocks.map(({ text }) => text).join("\n\n")
    : blocks;
};

/** The API refuses a tool call without a result in the next turn, and a result without a call before. */
const checkTools = (turns: readonly Turn[], given: readonly ToolResultBlockParam[]): void => {
  if (turns.every(({ content }) => typeof content === "string")) return;
  const ids = turns.map(({ content }) => {
    const blocks = asBlocks(content);
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
        `has a call of the tool ${name} (${id}) that no result follows. Give its result in Tool Results, with ${id} as key.`,
      );
    }
    for (const id of results) {
      if (ids[index - 1]?.calls.has(id)) continue;
      throw new InputError(
        own.has(id) ? "Tool Results" : label,
        `has a result for the tool call ${id}, which the turn before does not make.`,
      );
    }
  }
  if (own.size < given.length) {
    const id = given.find(
      ({ tool_use_id }, index) =>
        given.findIndex((other) => other.tool_use_id === tool_use_id) < index,
    );
    throw new InputError("Tool Results", `has two results for ${id?.tool_use_id}.`);
  }
};
