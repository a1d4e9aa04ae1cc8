import type { Message, MessageParam, Usage } from "@anthropic-ai/sdk/resources/messages";
import type { ApiResponse } from "../../client/client";
import { type Cost, messageCost, promptTokens } from "./cost";
import { type RateLimits, rateLimits } from "./rateLimits";
import type { Answer, MessageRequest } from "./send";
import type { AnswerSchema } from "./structured";

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

/**
 * Shapes an answer into the one result of all message actions.
 *
 * @param request What was sent: the conversation goes on from its messages.
 * @param warnings What was adjusted before sending.
 * @param schema What the answer is to be read by. What does not match it is null, with a warning.
 */
export const toResult = (
  { data: { message, cutOff, usages }, headers, requestId, attempts }: ApiResponse<Answer>,
  request: Pick<MessageRequest, "messages" | "max_tokens">,
  warnings: readonly string[] = [],
  schema?: AnswerSchema,
): MessageResult => {
  const { content, stop_reason, usage } = message;
  const { cost, warning } = cutOff ? cutOffCost : messageCost(message.model, usages);
  const blocks = <T extends Message["content"][number]["type"]>(type: T) =>
    content.filter((block) => block.type === type) as Extract<
      Message["content"][number],
      { type: T }
    >[];
  const text = blocks("text")
    .map(({ text }) => text)
    .join("");
  const answered = !["refusal", "pause_turn", "tool_use"].includes(stop_reason ?? "");
  const { json, problem } = schema && answered ? schema.read(text) : { json: null };
  const result: Omit<MessageResult, Exclude<keyof Message, "usage">> = {
    text,
    json,
    thinking: blocks("thinking")
      .map(({ thinking }) => thinking)
      .join(""),
    toolCalls: blocks("tool_use").map(({ id, name, input }) => ({ id, name, input })),
    sources: sources(message),
    files: fileIds(content).map((fileId) => ({ fileId })),
    truncated:
      cutOff || stop_reason === "max_tokens" || stop_reason === "model_context_window_exceeded",
    refused: stop_reason === "refusal",
    paused: stop_reason === "pause_turn",
    cost,
    warnings: [
      ...warnings,
      shortfall(message, request.max_tokens),
      problem && `${problem}: json is null.`,
      warning,
    ].filter((warning) => warning !== undefined),
    requestId,
    rateLimit: rateLimits(headers),
    conversation: [...request.messages, ...turn(content)],
    attempts,
    usage: { ...usage, total_tokens: promptTokens(usage).total + (usage?.output_tokens ?? 0) },
  };
  // What people look for comes first, and no field that a host adds to its messages displaces it.
  return Object.assign({}, result, message, result);
};

/** Why an answer is cut off, as far as a person can do something about it. */
const shortfall = ({ stop_reason, usage }: Message, maxTokens: number): string | undefined => {
  if (stop_reason === "model_context_window_exceeded") {
    return "The answer is cut off: the context window of the model is full. Send less.";
  }
  if (stop_reason !== "max_tokens") return undefined;
  const thinking = usage?.output_tokens_details?.thinking_tokens;
  return `The answer is cut off at Max Tokens (${maxTokens})${thinking ? `; ${thinking} of them went to thinking` : ""}. Raise Max Tokens.`;
};

/** The counts of a stream come with its end: a cost from those at its beginning would be wrong. */
const cutOffCost = {
  cost: null,
  warning:
    "The run's time was nearly used up: the answer ends where it had come by then. Its output tokens are not known: cost is null.",
};

/** The answer as a turn, unchanged but for what the API would refuse: empty texts, and no content. */
const turn = (answer: Message["content"]): MessageParam[] => {
  const content = answer.filter((block) => block.type !== "text" || block.text !== "");
  return content.length > 0 ? [{ role: "assistant", content }] : [];
};

/** Each cited passage once, in the order of the text. */
const sources = ({ content }: Message): Source[] => {
  const found = new Map<string, Source>();
  for (const block of content) {
    if (block.type !== "text") continue;
    for (const citation of block.citations ?? []) {
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
