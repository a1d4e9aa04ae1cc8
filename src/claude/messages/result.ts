import type { Message, MessageParam, Usage } from "@anthropic-ai/sdk/resources/messages";
import type { ApiResponse } from "../../client/client";
import { type Cost, messageCost, promptTokens } from "./cost";
import { type RateLimits, rateLimits } from "./rateLimits";
import type { Answer, MessageRequest } from "./send";
import type { AnswerSchema } from "./structured";
import { asTurn } from "./turn";

/** What every action that yields a Message returns: the API's Message, and beside it what a flow needs of it. */
export interface MessageResult extends Message {
  /** All text of the answer, joined. */
  text: string;
  /** The answer as data, where a JSON Schema was given, else null. */
  json: unknown;
  /** What the model shows of its thinking, empty when it shows none. */
  thinking: string;
  /** Tools that the model asks for. */
  toolCalls: { id: string; name: string; input: unknown }[];
  /** What the answer cites. */
  sources: Source[];
  /** Files that tools of the API made, by their id. */
  files: { fileId: string }[];
  /** The answer was cut off: by Max Tokens, by the context window, or by the end of the run. */
  truncated: boolean;
  /** The model declined to answer. `stop_details` says why. */
  refused: boolean;
  /** The API paused a long turn. */
  paused: boolean;
  usage: Usage & { total_tokens: number };
  /** At list price, null where the price is not known. */
  cost: Cost | null;
  /** What was adjusted, dropped or could not be determined. */
  warnings: string[];
  requestId: string | null;
  /** What is left of the rate limits, null where the host does not tell. */
  rateLimit: RateLimits | null;
  /** The messages so far, this answer included and unchanged: what the next Chat goes on from. */
  conversation: MessageParam[];
  /** How often the request was sent. */
  attempts: number;
}

export interface Source {
  url: string | null;
  title: string | null;
  citedText: string;
}

/** What else is known of an answer. */
interface Surroundings {
  /** What was adjusted before sending. */
  warnings?: readonly string[];
  /** What the answer is to be read by. What does not match it is null, with a warning. */
  schema?: AnswerSchema;
  /** System turns that the conversation began with: it keeps them. */
  system?: MessageParam["content"];
  /** What a person can do about an answer that is declined or cut off, where not what Chat offers. */
  advice?: { refused: string; cutOff: string };
}

/** What Chat offers. */
const chatAdvice = {
  refused: "Change Message, or add Fallback Models.",
  cutOff: "Raise Max Tokens.",
};

/**
 * Shapes an answer into the one result of all message actions.
 *
 * @param request What was sent: the conversation goes on from its messages.
 * @returns The result, in which way it falls short of a whole answer, if it does, and why it is not
 *   the data that was asked for, where that is so.
 */
export const toResult = (
  { data, headers, requestId, attempts }: ApiResponse<Answer>,
  request: Pick<MessageRequest, "messages" | "max_tokens">,
  { warnings = [], schema, system, advice = chatAdvice }: Surroundings = {},
): { result: MessageResult; shortfall?: string; problem?: string } => {
  const { message, cutOff, usages, leftOut } = data;
  const { content, stop_reason, usage } = message;
  const { cost, warning } = cutOff
    ? {
        cost: null,
        warning: "The output tokens of an answer cut off by time are not known: cost is null.",
      }
    : messageCost(message.model, usages);
  const truncated =
    cutOff || stop_reason === "max_tokens" || stop_reason === "model_context_window_exceeded";
  const { blocks, dropped } = truncated ? withoutUnfinished(content) : { blocks: content };
  const text = textOf(content);
  const toolCalls = ofType(blocks, "tool_use").map(({ id, name, input }) => ({ id, name, input }));
  const isAnswer =
    toolCalls.length === 0 && stop_reason !== "refusal" && stop_reason !== "pause_turn";
  const { json, problem } = schema && isAnswer ? readJson(schema, content) : { json: null };
  const cut = truncated ? whyTruncated(data, request.max_tokens, advice.cutOff) : undefined;
  const pause = data.paused && `The answer is paused before its end: ${data.paused}`;
  const result: Omit<MessageResult, Exclude<keyof Message, "usage">> = {
    text,
    json,
    thinking: ofType(content, "thinking")
      .map(({ thinking }) => thinking)
      .join(""),
    toolCalls,
    sources: sources(message),
    files: fileIds(content).map((fileId) => ({ fileId })),
    truncated,
    refused: stop_reason === "refusal",
    paused: stop_reason === "pause_turn",
    cost,
    warnings: [
      ...warnings,
      pause,
      cut,
      dropped,
      leftOut > 0
        ? `The answer holds ${leftOut} ${leftOut === 1 ? "part that is no block of content: it was" : "parts that are no blocks of content: they were"} left out.`
        : undefined,
      problem && `${problem}: json is null.`,
      warning,
    ].filter((warning) => warning !== undefined),
    requestId,
    rateLimit: rateLimits(headers),
    conversation: [
      ...(system ? [{ role: "system" as const, content: system }] : []),
      ...request.messages,
      ...asTurn(blocks),
    ] as MessageParam[],
    attempts,
    usage: { ...usage, total_tokens: promptTokens(usage).total + (usage?.output_tokens ?? 0) },
  };
  return {
    // What people look for comes first, and no field that a host adds to its messages displaces it.
    result: Object.assign({}, result, message, result),
    problem: problem && `${problem}.`,
    shortfall: result.refused
      ? whyRefused(message, advice.refused)
      : (cut ?? pause ?? (problem && `${problem}. Change JSON Schema or Message.`)),
  };
};

type Block = Message["content"][number];

const ofType = <T extends Block["type"]>(content: readonly Block[], type: T) =>
  content.filter((block) => block.type === type) as Extract<Block, { type: T }>[];

const textOf = (content: readonly Block[]): string =>
  ofType(content, "text")
    .map(({ text }) => text)
    .join("");

/** Beside tools of the API, the answer is what stands after the last of them. */
const readJson = (schema: AnswerSchema, content: readonly Block[]) => {
  const read = schema.read(textOf(content));
  const last = content.findLastIndex(({ type }) => type !== "text");
  return read.problem && last > 0 ? schema.read(textOf(content.slice(last + 1))) : read;
};

/**
 * The blocks of an answer that is cut off, without a last one that is not whole: half a call would
 * do half of what is meant, and the API takes no thinking back without its signature.
 */
export const withoutUnfinished = (
  content: readonly Block[],
): { blocks: readonly Block[]; dropped?: string } => {
  const last = content.at(-1);
  const blocks = content.slice(0, -1);
  if (last?.type === "tool_use" || last?.type === "server_tool_use") {
    const dropped = `The call of the tool ${last.name} is cut off: toolCalls and conversation leave it out.`;
    return { blocks, dropped };
  }
  if (last?.type === "thinking" && !last.signature) {
    return { blocks, dropped: "The thinking is cut off: conversation leaves it out." };
  }
  return { blocks: content };
};

/** Why an answer is cut off, and what to do about it. */
const whyTruncated = ({ message, cutOff }: Answer, maxTokens: number, advice: string): string => {
  if (cutOff) {
    return "The answer is cut off: the run's time was nearly used up. Ask for less in one step.";
  }
  if (message.stop_reason === "model_context_window_exceeded") {
    return "The answer is cut off: the context window of the model is full. Send less.";
  }
  const thinking = message.usage?.output_tokens_details?.thinking_tokens;
  return `The answer is cut off at Max Tokens (${maxTokens})${thinking ? `; ${thinking} of them went to thinking` : ""}. ${advice}`;
};

const whyRefused = ({ stop_details }: Message, advice: string): string => {
  const { category, explanation } = stop_details ?? {};
  const why = [category, explanation].filter(Boolean).join(": ");
  return `Claude declined to answer${why && ` (${why})`}. ${advice}`;
};

/** Each cited passage once, in the order of the text. */
const sources = ({ content }: Message): Source[] => {
  const found = new Map<string, Source>();
  for (const block of content) {
    if (block.type !== "text") continue;
    for (const citation of Array.isArray(block.citations) ? block.citations : []) {
      if (typeof citation !== "object" || citation === null) continue;
      const source = {
        url: "url" in citation ? citation.url : "source" in citation ? citation.source : null,
        title: "document_title" in citation ? citation.document_title : citation.title,
        citedText: citation.cited_text,
      };
      found.set(JSON.stringify(source), source);
    }
  }
  return [...found.values()];
};

/** Ids of files anywhere in the blocks that report what code did. */
const fileIds = (content: Message["content"]): string[] => {
  const ids = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { file_id: fileId } = value as { file_id?: unknown };
    if (typeof fileId === "string") ids.add(fileId);
    for (const inner of Object.values(value)) visit(inner);
  };
  for (const block of content) {
    if (/^container_upload$|code_execution_tool_result$/.test(block.type)) visit(block);
  }
  return [...ids];
};
