import type { BetaStopReason } from "@anthropic-ai/sdk/resources/beta/messages";
import type {
  Message,
  MessageParam,
  Usage,
  WebFetchBlock,
} from "@anthropic-ai/sdk/resources/messages";
import type { ApiResponse } from "../../client/client";
import { type RateLimits, rateLimits } from "../../client/rateLimits";
import { isKnownStopReason } from "../hosts/message";
import type { Mismatch, Notice, Shortfall } from "../notice";
import { type Cost, messageCost, totalTokens } from "./cost";
import { withGivenNames } from "./propertyNames";
import type { ReplyData, ReplySchema } from "./replySchema";
import type { MessageRequest, Reply } from "./send";
import type { ToolNames } from "./tools";
import { asTurn, completeBlocks } from "./turn";

/** What every action that yields a Message returns: the API's Message, and what a flow needs of it. */
export interface MessageResult extends Message {
  /** All text blocks joined. */
  text: string;
  /** The reply as data if a JSON Schema was given, else null. */
  json: unknown;
  /** The JSON Schema of json, if it was made of an example. */
  schema?: Record<string, unknown>;
  /** The thinking that the model shows, empty if it shows none. */
  thinking: string;
  /** Tool calls that Claude makes. */
  toolCalls: { id: string; name: string; input: unknown }[];
  /** What the reply cites. */
  sources: Source[];
  /** Files that server tools created, by their ID. */
  files: { fileId: string }[];
  /** Whether the reply is truncated: by max_tokens, the context window or the end of the execution. */
  truncated: boolean;
  /** Whether Claude refused. `stop_details` says why. */
  refused: boolean;
  /** Whether the API paused a long turn. */
  paused: boolean;
  usage: Usage & { total_tokens: number };
  /** At list price, null if the price is not known. */
  cost: Cost | null;
  /** What was adjusted, dropped or could not be determined. */
  warnings: string[];
  requestId: string | null;
  /** What remains of the rate limits, null if the host does not say. */
  rateLimit: RateLimits | null;
  /** All messages including this reply, unchanged: the input of the next Chat. */
  conversation: MessageParam[];
  /** How often the request was sent. */
  attempts: number;
}

export interface Source {
  /** Of a web page. */
  url: string | null;
  /** Of the page, or the name of the attachment. */
  title: string | null;
  citedText: string;
  /** The page of a PDF on which the cited text starts, from 1. */
  page: number | null;
  /** Which document of the request it is, from 0. */
  documentIndex: number | null;
}

/** What the Message itself says. */
export type MessageContent = Pick<
  MessageResult,
  | "text"
  | "json"
  | "thinking"
  | "toolCalls"
  | "sources"
  | "files"
  | "truncated"
  | "refused"
  | "paused"
  | "cost"
  | "usage"
>;

/** A reply as a flow needs it, and in which way it is not what was asked for. */
export interface ReadReply {
  message: Message;
  content: MessageContent;
  /** The blocks to continue from: without those that are incomplete. */
  blocks: readonly Block[];
  notices: Notice[];
  /** Why the reply is not a whole answer, undefined if it is one. */
  shortfall?: Shortfall;
  /** Why the reply is not the data that was asked for. */
  mismatch?: Mismatch;
}

/**
 * Reads a reply: its text, data, tool calls, sources, files, cost.
 *
 * @param maxTokens The limit of the request, for the notice about a truncated reply.
 * @param schema Reads the reply as data. If it does not match, `json` is null, with a notice.
 * @param names Properties of tools that were sent under other names: tool calls have the given ones.
 */
export const readReply = (
  reply: Reply,
  { maxTokens, schema, names = {} }: { maxTokens: number; schema?: ReplySchema; names?: ToolNames },
): ReadReply => {
  const { message, isOutOfTime, usages, droppedBlocks } = reply;
  const { content, stop_reason, usage } = message;
  const { cost, notice: aboutCost } = isOutOfTime
    ? { cost: null, notice: { code: "cost_unknown_out_of_time" } as const }
    : messageCost(message, usages);
  const truncation = truncationOf(reply, maxTokens);
  const { blocks, dropped } = completeBlocks(content, truncation !== undefined);
  const toolCalls = ofType(blocks, "tool_use").map(({ id, name, input }) => ({
    id,
    name,
    input: Object.hasOwn(names, name) ? withGivenNames(input, names[name] ?? {}) : input,
  }));
  const isRefused = stop_reason === "refusal";
  const isPaused = stop_reason === "pause_turn";
  const hasAnswer = toolCalls.length === 0 && !isRefused && !isPaused;
  const {
    json,
    mismatch,
    notices: aboutJson = [],
  }: ReplyData = schema && hasAnswer ? readJson(schema, content) : { json: null };
  const pause: Shortfall | undefined = reply.pauseCause && {
    code: "paused",
    cause: reply.pauseCause,
  };
  const wrongData: Shortfall | undefined = mismatch && { code: "mismatch", mismatch };
  return {
    message,
    content: {
      text: textOf(content),
      json,
      thinking: ofType(content, "thinking")
        .map(({ thinking }) => thinking)
        .join(""),
      toolCalls,
      sources: sourcesOf(content),
      files: fileIds(content).map((fileId) => ({ fileId })),
      truncated: truncation !== undefined,
      refused: isRefused,
      paused: isPaused,
      cost,
      usage: { ...usage, total_tokens: totalTokens(usage) },
    },
    blocks,
    notices: [
      ...(reply.notices ?? []),
      pause,
      truncation,
      ...dropped,
      ...aboutStopReason(message),
      droppedBlocks > 0 ? ({ code: "blocks_dropped", count: droppedBlocks } as const) : undefined,
      wrongData,
      ...aboutJson,
      aboutCost,
    ].filter((notice) => notice !== undefined),
    shortfall: isRefused ? refusalOf(message) : (truncation ?? pause ?? wrongData),
    mismatch,
  };
};

/**
 * The result of an action: what the Message says, and what the call adds.
 *
 * @param request What was sent: the conversation continues from its messages.
 * @param system System turns that the conversation started with: it keeps them.
 */
export const toMessageResult = (
  { message, content, blocks }: ReadReply,
  { headers, requestId, attempts }: Pick<ApiResponse<Reply>, "headers" | "requestId" | "attempts">,
  request: Pick<MessageRequest, "messages">,
  { warnings, system }: { warnings: string[]; system?: MessageParam["content"] },
): MessageResult => {
  const { cost, usage, ...rest } = content;
  const added = {
    ...rest,
    cost,
    warnings,
    requestId,
    rateLimit: rateLimits(headers),
    conversation: [
      ...(system ? [{ role: "system" as const, content: system }] : []),
      ...request.messages,
      ...asTurn(blocks),
    ] as MessageParam[],
    attempts,
    usage,
  };
  return withMessage(added, message);
};

/** Members that a flow looks for come first, and no member of a host's message replaces them. */
export const withMessage = <T extends object>(added: T, message: Message): T & Message =>
  Object.assign({}, added, message, added);

type Block = Message["content"][number];

const ofType = <T extends Block["type"]>(content: readonly Block[], type: T) =>
  content.filter((block) => block.type === type) as Extract<Block, { type: T }>[];

const textOf = (content: readonly Block[]): string =>
  ofType(content, "text")
    .map(({ text }) => text)
    .join("");

/** If server tools were used, the answer is the text after the last of them. */
const readJson = (schema: ReplySchema, content: readonly Block[]) => {
  const read = schema.read(textOf(content));
  const last = content.findLastIndex(({ type }) => type !== "text");
  return read.mismatch && last > 0 ? schema.read(textOf(content.slice(last + 1))) : read;
};

/** Why a reply is truncated, undefined if it is not. */
const truncationOf = (
  { message, isOutOfTime }: Reply,
  maxTokens: number,
): Shortfall | undefined => {
  if (isOutOfTime) return { code: "truncated_out_of_time" };
  if (message.stop_reason === "model_context_window_exceeded") {
    return { code: "truncated_by_context_window" };
  }
  if (message.stop_reason !== "max_tokens") return undefined;
  const thinkingTokens = message.usage?.output_tokens_details?.thinking_tokens;
  return { code: "truncated_by_max_tokens", maxTokens, thinkingTokens };
};

/** What a stop reason leaves open: one that is not known, or a pause after a compaction. */
export const aboutStopReason = ({ stop_reason: reason }: Message): Notice[] => {
  if (reason === null || reason === undefined) return [];
  if ((reason as BetaStopReason) === "compaction") return [{ code: "stopped_after_compaction" }];
  return isKnownStopReason(reason) ? [] : [{ code: "stop_reason_unknown", reason }];
};

/** Why Claude refused. */
export const refusalOf = ({ stop_details }: Message): Extract<Shortfall, { code: "refused" }> => ({
  code: "refused",
  category: stop_details?.category ?? undefined,
  explanation: stop_details?.explanation ?? undefined,
});

/** Each cited passage once, in the order of the text. */
const sourcesOf = (content: readonly Block[]): Source[] => {
  const fetched = ofType(content, "web_fetch_tool_result").flatMap(({ content: page }) =>
    page?.type === "web_fetch_result" ? page : [],
  );
  const found = new Map<string, Source>();
  for (const block of content) {
    if (block.type !== "text") continue;
    for (const citation of block.citations ?? []) {
      const title = "document_title" in citation ? citation.document_title : citation.title;
      const source: Source = {
        url:
          "url" in citation
            ? citation.url
            : "source" in citation
              ? citation.source
              : urlOf(fetched, title),
        title,
        citedText: citation.cited_text,
        page: "start_page_number" in citation ? citation.start_page_number : null,
        documentIndex: "document_index" in citation ? citation.document_index : null,
      };
      found.set(JSON.stringify(source), source);
    }
  }
  return [...found.values()];
};

/** The address of a page that Web Fetch read: its citations only have its title. */
const urlOf = (pages: readonly WebFetchBlock[], title: string | null): string | null => {
  const [page, ...others] = pages.filter(({ content }) => (content?.title ?? null) === title);
  return page && others.every(({ url }) => url === page.url) ? page.url : null;
};

/** IDs of files anywhere in the blocks that report what code did. */
const fileIds = (content: readonly Block[]): string[] => {
  const ids = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { file_id: fileId } = value as { file_id?: unknown };
    if (typeof fileId === "string") ids.add(fileId);
    for (const member of Object.values(value)) visit(member);
  };
  for (const block of content) {
    if (/^container_upload$|code_execution_tool_result$/.test(block.type)) visit(block);
  }
  return [...ids];
};
