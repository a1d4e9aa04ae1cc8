import type {
  ContentBlockParam,
  MessageParam,
  ToolResultBlockParam,
} from "@anthropic-ai/sdk/resources/messages";
import { input } from "@prismatic-io/spectral";
import { InputError } from "./InputError";
import { isBlank } from "./read";

const label = "Conversation";

/** What came before, ready to go on from. */
export interface Conversation {
  turns: Turn[];
  /** The text of system turns, which the API takes apart from the others. */
  system?: string;
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
 * @throws InputError for what is no conversation, and for tool calls and results without the other.
 * @see https://platform.claude.com/docs/en/build-with-claude/working-with-messages
 */
export const readConversation = (value: unknown): Conversation => {
  const turns: Turn[] = [];
  const system: string[] = [];
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
    const kept = typeof content === "string" && blocks.length > 0 ? content : blocks;
    if (role === "system" || role === "developer") system.push(textOf(blocks));
    else if (role === "user" || role === "assistant") addTurn(turns, { role, content: kept });
    else {
      throw new InputError(
        label,
        `has a role that is none in ${where}: it takes user, assistant and system.`,
      );
    }
  }
  return { turns, system: system.filter(Boolean).join("\n\n") || undefined, warnings };
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
  const all = [...turns];
  const before = [...toolResults, ...attachments];
  const said: ContentBlockParam[] = message === undefined ? [] : asBlocks(message);
  addTurn(all, {
    role: "user",
    content: before.length === 0 && message !== undefined ? message : [...before, ...said],
  });
  if (all.at(-1)?.role !== "user") {
    throw new InputError("Message", "is required. Enter a text or reference an earlier step.");
  }
  checkTools(all, toolResults);
  return all;
};

/**
 * The system prompt: the input of that name, or the system turns of the conversation.
 *
 * @throws InputError where there are both.
 */
export const systemOf = (
  { system }: Conversation,
  systemPrompt: string | undefined,
): string | undefined => {
  if (systemPrompt && system) {
    throw new InputError(
      "System Prompt",
      "cannot go together with a system turn in Conversation: there is one system prompt.",
    );
  }
  return systemPrompt ?? system;
};

/** Adds a turn. Two of one role in a row become one, as the API itself reads them: not every host does. */
const addTurn = (turns: Turn[], { role, content }: Turn): void => {
  if (content.length === 0) return;
  const last = turns.at(-1);
  if (last?.role !== role) turns.push({ role, content });
  else
    turns[turns.length - 1] = { role, content: [...asBlocks(last.content), ...asBlocks(content)] };
};

const asBlocks = (content: Turn["content"]): ContentBlockParam[] =>
  typeof content === "string" ? [{ type: "text", text: content }] : content;

const listOf = (value: unknown): unknown[] => {
  if (isBlank(value)) return [];
  const advice = "takes the conversation that an earlier Chat returned, or a list of turns as JSON";
  let list = value;
  if (typeof value === "string") {
    try {
      list = JSON.parse(value);
    } catch (error) {
      throw new InputError(label, `${advice}; this is not JSON: ${(error as Error).message}.`);
    }
  }
  if (!Array.isArray(list)) throw new InputError(label, `${advice}; this is no list.`);
  return list;
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

const textOf = (blocks: ContentBlockParam[]): string =>
  blocks.map((block) => (block.type === "text" ? block.text : "")).join("");

/** The API refuses a tool call without a result in the next turn, and a result without a call before. */
const checkTools = (turns: readonly Turn[], given: readonly ToolResultBlockParam[]): void => {
  for (const [index, { content }] of turns.entries()) {
    const next = asBlocks(turns[index + 1]?.content ?? []);
    const previous = asBlocks(turns[index - 1]?.content ?? []);
    for (const block of asBlocks(content)) {
      if (
        block.type === "tool_use" &&
        !next.some((other) => other.type === "tool_result" && other.tool_use_id === block.id)
      ) {
        throw new InputError(
          label,
          `has a call of the tool ${block.name} (${block.id}) that no result follows. Give its result in Tool Results, with ${block.id} as key.`,
        );
      }
      if (
        block.type === "tool_result" &&
        !previous.some((other) => other.type === "tool_use" && other.id === block.tool_use_id)
      ) {
        throw new InputError(
          given.includes(block) ? "Tool Results" : label,
          `has a result for the tool call ${block.tool_use_id}, which the turn before does not make.`,
        );
      }
    }
  }
  const ids = given.map(({ tool_use_id }) => tool_use_id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new InputError("Tool Results", `has two results for ${twice}.`);
};
