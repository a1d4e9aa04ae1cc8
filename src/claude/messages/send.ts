import { Readable } from "node:stream";
import type {
  BetaContentBlock,
  BetaMCPToolset,
  BetaRequestMCPServerURLDefinition,
} from "@anthropic-ai/sdk/resources/beta/messages";
import type {
  Message,
  MessageCreateParamsNonStreaming,
  RawMessageStreamEvent,
  ToolUnion,
  Usage,
} from "@anthropic-ai/sdk/resources/messages";
import {
  invalidResponse,
  jsonBody,
  parseResponse,
  type ResponseBody,
  readText,
  startOf,
} from "../../client/body";
import type { ApiResponse, Client } from "../../client/client";
import { readEvents } from "../../client/events";
import { Failure, failureFromEvent } from "../../client/failure";
import { betaHeader } from "../../client/headers";
import { asText, isObject } from "../../client/values";
import { fromChatCompletion, isChatCompletion } from "../hosts/chatCompletion";
import { isContent, normalizeMessage } from "../hosts/message";
import { normalizeStream } from "../hosts/stream";
import type { Notice, PauseCause } from "../notice";
import type { Masker } from "../privacy/masker";
import { MessageAccumulator } from "./accumulate";
import { type RequestUsage, usageOfFailure, usageOfReply } from "./requestUsage";
import { isCallWithoutInput, isTruncated } from "./turn";

/** A tool of the Messages API, or all tools of an MCP server. */
export type AnyTool = ToolUnion | BetaMCPToolset;

export type McpServer = BetaRequestMCPServerURLDefinition;

/** The SDK's parameters, and those that only some API versions, models and betas accept. */
export type MessageRequest = Omit<MessageCreateParamsNonStreaming, "tools"> & {
  /** 0 to 1. */
  temperature?: number;
  /** 0 to 1. */
  top_p?: number;
  tools?: AnyTool[];
  mcp_servers?: McpServer[];
};

/** Claude's reply to a request. */
export interface Reply {
  message: Message;
  /** The step ran out of time: the message is what was received by then. */
  isOutOfTime: boolean;
  /** The usage of each request that the message took. */
  usages: Usage[];
  /** How many items of the content were dropped because they are not content blocks. */
  droppedBlocks: number;
  /** What was changed so that the host accepts the request. */
  notices?: Notice[];
  /** The messages that were sent, if they are not those of the request. */
  messages?: MessageRequest["messages"];
  /** Why a turn that the API paused was not continued to its end. */
  pauseCause?: PauseCause;
}

/** A client that may hide data in what it sends, limit what it spends, and record what it uses. */
export interface MessageClient extends Client {
  masker?: Masker;
  /** Called before each request. Throws if it must not be sent. */
  checkBudget?(): void;
  /** Called after each request, retries included, whether it succeeded or not. */
  record?(usage: RequestUsage & { durationMs: number }): void;
}

/**
 * Sends a Message request. Always streams: nothing on the way mistakes a long response for a dead
 * connection, and what was received when the time is up is not lost.
 *
 * @throws ApiError or ConnectionError, see Client.
 * @see https://platform.claude.com/docs/en/api/messages/create
 */
export const sendMessage = async (
  client: MessageClient,
  request: MessageRequest,
  betas: readonly string[] = [],
): Promise<ApiResponse<Reply>> => {
  client.checkBudget?.();
  const masked = client.masker?.mask(request);
  const body = jsonBody({ ...(masked?.request ?? request), stream: true });
  const received: Received = {};
  const startedAt = Date.now();
  const sent = client.send({
    method: "POST",
    path: "/v1/messages",
    headers: betaHeader(betas),
    body,
    streamed: true,
    read: (body) => readReply(body, received),
  });
  const usage = await sent.then(
    (response) => usageOfReply(request, response),
    (error) => usageOfFailure(request, error, received.message),
  );
  client.record?.({ ...usage, durationMs: Date.now() - startedAt });
  const response = await sent;
  if (!masked) return response;
  const message = masked.restore(response.data.message);
  return { ...response, data: { ...response.data, message } };
};

/** The message of an attempt as far as it was received, for one that is interrupted. */
interface Received {
  message?: Message;
}

const readReply = async (body: ResponseBody, received: Received): Promise<Reply> => {
  if (!body.headers["content-type"]?.includes("application/json")) {
    return readStream(body, received);
  }
  // Some gateways do not stream and return the whole Message. Others label a stream as JSON.
  const text = await readText(body);
  if (/^\s*(event|data|id|:)/.test(text)) {
    return readStream({ ...body, chunks: Readable.from([Buffer.from(text)]) }, received);
  }
  received.message = readMessage(body, parseResponse(body, text));
  return asReply(received.message);
};

const readStream = async (body: ResponseBody, received: Received): Promise<Reply> => {
  const accumulator = new MessageAccumulator();
  const next = normalizeStream((event) => accumulator.add(event));
  const isOutOfTime = () =>
    (body.signal.reason as Failure | undefined)?.type === "deadline_exceeded";
  try {
    await readEvents(body, (data) => {
      // The end of OpenAI's streams, and of hosts modelled on them.
      if (data === "[DONE]") accumulator.isStopped ||= accumulator.isWhole;
      else {
        const event = parseEvent(body, data);
        if (event) next(event);
      }
      if (accumulator.isStopped) body.closeSoon();
    });
  } catch (error) {
    // A message that is whole stays valid if the connection breaks after it.
    if (!accumulator.isWhole && !(accumulator.message && isOutOfTime())) throw error;
  } finally {
    received.message = accumulator.message;
  }
  accumulator.end();
  const { message, isWhole } = accumulator;
  if (message && (isWhole || isOutOfTime())) return asReply(message, !isWhole);
  const contentType = body.headers["content-type"] ?? "";
  throw contentType.includes("text/event-stream")
    ? new Failure({ code: "stream_ended_early" }, { type: "broken_response" })
    : invalidResponse(body, { code: "not_a_message", contentType });
};

const readMessage = (body: ResponseBody, response: unknown): Message => {
  if (isChatCompletion(response)) return fromChatCompletion(response);
  if (isObject(response) && response.object === "response") {
    throw invalidResponse(body, { code: "openai_response" });
  }
  const message = response as Message | null;
  if (!message || !isContent(message.content)) {
    throw invalidResponse(body, {
      code: "unexpected_response",
      expected: "a Message with content",
    });
  }
  return message;
};

/** The model that replied after a fallback on the server, which the message names in its content. */
const fallbackModel = ({ content }: Message): string | undefined => {
  const fallback = (content as BetaContentBlock[]).findLast(({ type }) => type === "fallback");
  return fallback?.type === "fallback" ? asText(fallback.to?.model) : undefined;
};

/**
 * The reply that a message is.
 *
 * @throws Failure if the message ends in an error or has a tool call without a whole input, which
 *   only an interrupted message may have.
 */
const asReply = (message: Message, isOutOfTime = false): Reply => {
  const droppedBlocks = normalizeMessage(message);
  message.model = fallbackModel(message) ?? message.model;
  const { content, stop_reason: stopReason, usage } = message;
  if ((stopReason as string) === "error") {
    throw new Failure({ code: "stopped_by_error" }, { type: "broken_response" });
  }
  const isCut = isOutOfTime || isTruncated(message) || stopReason === "refusal";
  const call = isCut ? undefined : content.find(isCallWithoutInput);
  if (call) {
    throw new Failure({ code: "input_not_whole", tool: call.name }, { type: "broken_response" });
  }
  return { message, isOutOfTime, usages: [usage], droppedBlocks };
};

/**
 * A text delta without escapes, as the API writes it. Long replies consist of these: extracting the
 * text takes an eighth of the time that parsing takes.
 */
const plainTextDelta =
  /^{"type":"content_block_delta","index":(\d+),"delta":{"type":"text_delta","text":"([^"\\]*)"}\s*}$/;

/** Undefined for an event without data, by which hosts keep a connection alive. */
const parseEvent = (body: ResponseBody, data: string): RawMessageStreamEvent | undefined => {
  const [, index, text] = plainTextDelta.exec(data) ?? [];
  if (text !== undefined) {
    const delta = { type: "text_delta", text } as const;
    return { type: "content_block_delta", index: Number(index), delta };
  }
  if (data.trim() === "") return undefined;
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch {
    throw new Failure(
      { code: "event_not_json", start: startOf(body, data) },
      { type: "broken_response" },
    );
  }
  if (!isObject(event)) return undefined;
  if (event.type === "error" || (event.error && !event.type)) {
    throw failureFromEvent(event, body.headers);
  }
  if (event.object === "chat.completion.chunk") {
    throw invalidResponse(body, { code: "openai_stream" });
  }
  return event as unknown as RawMessageStreamEvent;
};
