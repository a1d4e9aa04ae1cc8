/* Calls of the tools that the flow runs, and the reply when their results are there. */
import { fillSchema } from "./fillSchema";
import { readerOf } from "./reader";
import {
  type Block,
  blocksOf,
  lastQuestion,
  type MessagesBody,
  type Tool,
  textOf,
} from "./request";
import { related, sentencesOf, startOf, stemsOf } from "./words";

export interface ToolCall {
  name: string;
  input: unknown;
}

/** A call of the current turn, with its result. */
interface Called extends ToolCall {
  result: string;
  isError: boolean;
}

const isClientTool = ({ type }: Tool): boolean => type === undefined || type === "custom";

/** The calls since the last question, so that no tool is called twice for it. */
const calledIn = (body: MessagesBody): Called[] => {
  const turns = body.messages.slice(lastQuestion(body) + 1);
  const blocks = turns.flatMap(({ content }) => blocksOf(content));
  const results = new Map(
    blocks.flatMap((block) => (block.type === "tool_result" ? [[block.tool_use_id, block]] : [])),
  );
  return blocks.flatMap((block) => {
    if (block.type !== "tool_use") return [];
    const result = results.get(block.id);
    return {
      name: String(block.name),
      input: block.input,
      result: result ? resultText(result) : "",
      isError: result?.is_error === true,
    };
  });
};

const resultText = ({ content }: Block): string =>
  typeof content === "string" ? content : textOf(content);

/**
 * The tool calls that the message asks for: by `tool_choice`, or by words of the tool in it. After a
 * result, another tool is called if the message or the system prompt names it, and if what they say
 * after "if" is in the results.
 *
 * @param isAsked Whether any tool is called, even if the message names none.
 */
export const toolCallsFor = (
  body: MessagesBody,
  question: string,
  isAsked: boolean,
): ToolCall[] => {
  const { tool_choice: choice } = body;
  const tools = (body.tools ?? []).filter(isClientTool);
  if (tools.length === 0 || choice?.type === "none") return [];
  const called = calledIn(body);
  const open = tools.filter(({ name }) => called.every((call) => call.name !== name));
  const tool =
    called.length === 0
      ? firstTool(open, question, choice, isAsked)
      : nextTool(open, tools, called, question, textOf(body.system));
  return tool ? [{ name: tool.name, input: inputFor(tool, question, called) }] : [];
};

const firstTool = (
  tools: readonly Tool[],
  question: string,
  choice: MessagesBody["tool_choice"],
  isAsked: boolean,
): Tool | undefined => {
  if (choice?.type === "tool") return tools.find(({ name }) => name === choice.name);
  const words = stemsOf(question.slice(0, 20_000));
  const groups = new Set([...words].map(related));
  groups.delete(undefined);
  const rated = tools
    .map((tool) => {
      const own = toolWords(tool);
      const exact = [...own].filter((word) => words.has(word)).length;
      const near = [...own].some((word) => groups.has(related(word))) ? 0.5 : 0;
      const reads = /get|find|look|list|search|read|check|fetch|show/i.test(tool.name) ? 0.1 : 0;
      const score = exact + near;
      return { tool, score: score > 0 ? score + reads : 0 };
    })
    .sort((a, b) => b.score - a.score);
  const [best] = rated;
  return best && (best.score > 0 || isAsked || choice?.type === "any") ? best.tool : undefined;
};

const toolWords = ({ name, description }: Tool): Set<string> =>
  stemsOf(`${name} ${typeof description === "string" ? description.slice(0, 2_000) : ""}`);

const nextTool = (
  open: readonly Tool[],
  tools: readonly Tool[],
  called: readonly Called[],
  question: string,
  system: string,
): Tool | undefined => {
  const known = new Set(
    tools
      .filter(({ name }) => called.some((call) => call.name === name))
      .flatMap((tool) => [...toolWords(tool)]),
  );
  const results = stemsOf(called.map(({ result }) => result.slice(0, 20_000)).join(" "));
  return open.find((tool) => {
    const own = [...toolWords(tool)].filter((word) => !known.has(word));
    const isNamedIn = (sentence: string, needsCondition: boolean) => {
      const [action = "", condition] = sentence.split(/\b(?:only )?if\b/i);
      const words = stemsOf(action);
      if (!own.some((word) => words.has(word))) return false;
      if (condition === undefined) return !needsCondition;
      return [...stemsOf(condition)].some((word) => results.has(word) && !known.has(word));
    };
    return (
      sentencesOf(question.slice(0, 5_000), 50).some((sentence) => isNamedIn(sentence, false)) ||
      sentencesOf(system.slice(0, 5_000), 50).some((sentence) => isNamedIn(sentence, true))
    );
  });
};

/** An input that fits the schema of the tool, with values of the message and of earlier results. */
const inputFor = ({ input_schema: schema }: Tool, question: string, called: readonly Called[]) => {
  if (!schema) return {};
  const texts = [question, ...called.map(({ result }) => asLines(result))];
  const reader = readerOf(texts.map((text) => ({ text, page: 0 })));
  const input = fillSchema(schema, { reader, prompt: "" }) as Record<string, unknown> | null;
  return Object.fromEntries(
    Object.entries(input ?? {}).map(([name, value]) => [
      name,
      value === "" ? startOf(question, 500) : value,
    ]),
  );
};

/** JSON as lines of names and values. */
const asLines = (result: string): string => {
  const json = parsed(result);
  return typeof json === "object" && json !== null ? membersOf(json).join("\n") : result;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const membersOf = (value: object): string[] =>
  Object.entries(value).flatMap(([name, member]) =>
    typeof member === "object" && member !== null ? membersOf(member) : `${name}: ${member}`,
  );

/** What the tools of the current turn returned, as sentences. Undefined if none was called. */
export const resultsAsText = (body: MessagesBody): string | undefined => {
  const called = calledIn(body);
  if (called.length === 0) return undefined;
  return called.map(sentenceOf).join(" ");
};

const sentenceOf = ({ name, input, result, isError }: Called): string => {
  const words = name.replace(/(?<=[a-z])(?=[A-Z])|[_-]+/g, " ");
  const tool = words.charAt(0).toUpperCase() + words.slice(1);
  const inputs = Object.values(input ?? {}).filter((value) => typeof value !== "object");
  const about =
    inputs.length > 0 ? ` for ${inputs.map((value) => startOf(String(value), 60)).join(", ")}` : "";
  const json = parsed(result);
  const shown =
    typeof json === "object" && json !== null
      ? membersOf(json)
          .map((line) => line.replace(": ", " "))
          .join(", ")
      : result;
  const what = startOf(shown, 400).replace(/[.\s]+$/, "") || "nothing";
  return isError ? `${tool}${about} failed: ${what}.` : `${tool}${about} returned ${what}.`;
};
