/* The reply to a request: its content and why it ends. */
import { citedReply } from "./citations";
import { resultsAsText, toolCallsFor } from "./clientTools";
import { fillSchema } from "./fillSchema";
import type { Passage } from "./labels";
import { type Outcome, withoutOutcomeMarks } from "./marks";
import type { Material, Materials } from "./material";
import { proseReply } from "./prose";
import { readerOf } from "./reader";
import {
  type Block,
  blocksOf,
  lastQuestion,
  type MessagesBody,
  questionOf,
  type Schema,
  textOf,
} from "./request";
import { newId } from "./response";
import { type ServerToolTurn, serverToolTurn } from "./serverTools";
import { estimate } from "./tokens";

export interface Reply {
  content: Block[];
  stop_reason: string;
  stop_sequence: string | null;
  /** Why Claude refused. */
  stop_details?: object;
  /** How often server tools were used, null if they were not. */
  server_tool_use: ServerToolTurn["usage"] | null;
}

interface ReplyOptions {
  materials: Materials;
  outcome: Outcome | undefined;
  /** A file that code could have created. */
  fileId: string | undefined;
}

/** The reply to a request that has passed the checks, without thinking. */
export const replyTo = (body: MessagesBody, options: ReplyOptions): Reply => {
  const { outcome } = options;
  const whole = { stop_sequence: null, server_tool_use: null };
  if (outcome === "refused") {
    const explanation = "The emulator was asked to refuse this message.";
    const stop_details = { type: "refusal", category: null, explanation };
    return { ...whole, content: [], stop_reason: "refusal", stop_details };
  }
  if (outcome === "paused") {
    const content = [{ type: "text", text: "The turn is paused. " }];
    return { ...whole, content, stop_reason: "pause_turn" };
  }
  const { blocks, usage } = contentFor(body, options);
  const reason = blocks.some(({ type }) => type === "tool_use") ? "tool_use" : "end_turn";
  const reply = { ...whole, content: blocks, stop_reason: reason, server_tool_use: usage ?? null };
  const stopped = withStopSequences(reply, body.stop_sequences ?? []);
  const isTruncated = outcome === "truncated";
  const limit = isTruncated
    ? Math.floor(outputTokens(stopped.content) / 2)
    : (body.max_tokens ?? Infinity);
  return withLimit(stopped, limit);
};

const contentFor = (
  body: MessagesBody,
  { materials, outcome, fileId }: ReplyOptions,
): { blocks: Block[]; usage?: ServerToolTurn["usage"] } => {
  const question = withoutOutcomeMarks(questionOf(body)).trim();
  const calls = toolCallsFor(body, question, outcome === "toolCalls");
  if (calls.length > 0) {
    return { blocks: calls.map((call) => ({ type: "tool_use", id: newId("toolu"), ...call })) };
  }
  const schema = schemaOf(body);
  if (schema) {
    const reader = readerOf(passagesOf(body, materials));
    const json = fillSchema(schema, { reader, prompt: textOf(body.system) });
    return text(JSON.stringify(json));
  }
  const results = resultsAsText(body);
  if (results !== undefined) return text(results);
  const isAsked = outcome === "sources";
  const cited = citedReply(materials, question);
  if (cited) return { blocks: cited };
  const turn = serverToolTurn(body, question, { isAsked, fileId });
  if (turn) return turn;
  const last = lastQuestion(body);
  const before = body.messages.slice(0, last);
  return text(
    proseReply({
      question,
      system: textOf(body.system),
      materials: materialsOf(body.messages[last]?.content, materials),
      earlier: textOf(before.findLast(({ role }) => role === "assistant")?.content),
      said: before.flatMap(({ role, content }) => (role === "user" ? textOf(content) : [])),
    }),
  );
};

const text = (value: string) => ({ blocks: [{ type: "text", text: value }] });

const materialsOf = (content: unknown, materials: Materials): Material[] =>
  blocksOf(content).flatMap((block) => materials.get(block) ?? []);

/** The schema that the reply must match, as structured output or in the system prompt. */
const schemaOf = ({ output_config, output_format, system }: MessagesBody): Schema | undefined => {
  const format = output_config?.format ?? output_format;
  if (format?.type === "json_schema") return format.schema;
  const instructions = textOf(system);
  const start = instructions.indexOf("JSON Schema: {");
  if (start < 0) return undefined;
  const [json = ""] = instructions.slice(start + "JSON Schema: ".length).split("\n\n");
  try {
    return JSON.parse(json) as Schema;
  } catch {
    return undefined;
  }
};

/** The texts that data is taken from: of the last message, or of all if that has none. */
const passagesOf = (body: MessagesBody, materials: Materials): Passage[] => {
  const turns = body.messages.filter(({ role }) => role === "user");
  const last = body.messages[lastQuestion(body)];
  const ofTurn = ({ content }: { content: unknown }): Passage[] =>
    blocksOf(content).flatMap((block): Passage[] => {
      if (block.type === "tool_result") return ofTurn({ content: block.content });
      const material = materials.get(block);
      if (material) {
        const isPaged = material.form === "pdf";
        return material.texts.map((text, index) => ({ text, page: isPaged ? index + 1 : 0 }));
      }
      return typeof block.text === "string"
        ? [{ text: withoutOutcomeMarks(block.text), page: 0 }]
        : [];
    });
  // The message of a correction says what was wrong with the reply.
  const isCorrection =
    last !== undefined && /^The answer (is not JSON|does not match)/.test(textOf(last.content));
  const found = last && !isCorrection ? ofTurn(last) : turns.flatMap(ofTurn);
  return found.filter(({ text }) => !isOnlyTask.test(text));
};

/** A message about its attachments, which is not itself a text to read. */
const isOnlyTask = /^\s*Read (the attached files|this \w+)\.\s*$/;

/** The tokens of a reply. */
export const outputTokens = (content: readonly Block[]): number =>
  content.reduce((sum, block) => sum + estimate(outputOf(block)), 0);

const outputOf = ({ type, text, name, input }: Block): string =>
  type === "text"
    ? String(text)
    : /tool_use$/.test(type)
      ? String(name) + JSON.stringify(input)
      : "";

const withStopSequences = (reply: Reply, sequences: readonly string[]): Reply => {
  for (const [index, block] of reply.content.entries()) {
    if (block.type !== "text") continue;
    const value = String(block.text);
    const [first] = sequences
      .flatMap((sequence) => {
        const at = sequence === "" ? -1 : value.indexOf(sequence);
        return at < 0 ? [] : { sequence, at };
      })
      .sort((a, b) => a.at - b.at);
    if (!first) continue;
    const content = [
      ...reply.content.slice(0, index),
      { ...block, text: value.slice(0, first.at) },
    ];
    return { ...reply, content, stop_reason: "stop_sequence", stop_sequence: first.sequence };
  }
  return reply;
};

/** The reply as far as a number of tokens goes. A tool call is either whole or left out. */
const withLimit = (reply: Reply, maxTokens: number): Reply => {
  if (outputTokens(reply.content) <= maxTokens) return reply;
  const content: Block[] = [];
  let left = maxTokens;
  for (const block of reply.content) {
    const tokens = outputTokens([block]);
    if (tokens <= left) content.push(block);
    else {
      const start = String(block.text ?? "")
        .slice(0, 4 * left)
        .replace(/[\uD800-\uDBFF]$/, "");
      if (block.type === "text" && start) content.push({ ...block, text: start });
      break;
    }
    left -= tokens;
  }
  return { ...reply, content, stop_reason: "max_tokens", stop_sequence: null };
};
