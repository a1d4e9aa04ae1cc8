import type {
  Message,
  MessageCreateParamsNonStreaming,
  RawMessageStreamEvent,
  Usage,
} from "@anthropic-ai/sdk/resources/messages";
import { beginning, jsonBody, type ResponseBody, readJson, unusable } from "../../client/body";
import type { ApiResponse, Client } from "../../client/client";
import { readEvents } from "../../client/events";
import { Failure, failureFromEvent } from "../../client/failure";
import { isObject } from "../../client/values";
import { fromChatCompletion, isChatCompletion } from "../openai/answer";
import { MessageFold } from "./fold";
import { isContent, soundMessage } from "./sound";
import type { AnyTool, McpServer } from "./tools";

/** The SDK's parameters, and those that only some API versions, models and betas take. */
export type MessageRequest = Omit<MessageCreateParamsNonStreaming, "tools"> & {
  /** 0 to 1. */
  temperature?: number;
  /** 0 to 1. */
  top_p?: number;
  tools?: AnyTool[];
  mcp_servers?: McpServer[];
};

export interface Answer {
  message: Message;
  /** The step ran out of time: the message is what had come by then. */
  cutOff: boolean;
  /** The counts of each request that the message took. */
  usages: Usage[];
  /** How many parts of the content were left out, since they are no blocks. */
  leftOut: number;
  /** Why the message is paused before its end, where it is. */
  paused?: string;
}

/** Names of beta features as the header that turns them on. */
export const betaHeader = (betas: readonly string[]): Record<string, string> =>
  betas.length > 0 ? { "anthropic-beta": [...new Set(betas)].join(",") } : {};

/**
 * Sends a Message. Streams inside, whatever the length: nothing on the way takes a long answer for
 * a dead connection, and what has come when the time is up is not lost.
 *
 * @throws ApiError or ConnectionError, see Client.
 * @see https://platform.claude.com/docs/en/api/messages/create
 */
export const sendMessage = (
  client: Client,
  request: MessageRequest,
  betas: readonly string[] = [],
): Promise<ApiResponse<Answer>> =>
  client.send({
    method: "POST",
    path: "/v1/messages",
    headers: betaHeader(betas),
    body: jsonBody({ ...request, stream: true }),
    streamed: true,
    read: readAnswer,
  });

const readAnswer = async (body: ResponseBody): Promise<Answer> => {
  // Some gateways do not stream and answer with the whole Message.
  if (body.headers["content-type"]?.includes("application/json")) {
    return whole(readMessage(body, await readJson(body)));
  }
  const fold = new MessageFold();
  const outOfTime = () => (body.signal.reason as Failure | undefined)?.type === "deadline_exceeded";
  try {
    await readEvents(body, (data) => {
      // How OpenAI's streams end, and those of hosts that think in its terms.
      if (data === "[DONE]") fold.complete ||= fold.ended;
      else fold.add(parseEvent(body, data));
      if (fold.complete) body.endSoon();
    });
  } catch (error) {
    // What is whole stays whole when the line breaks after it.
    if (!fold.ended && !(fold.message && outOfTime())) throw error;
  }
  fold.complete ||= fold.ended;
  fold.end();
  if (fold.message && (fold.complete || outOfTime())) {
    return { ...whole(fold.message), cutOff: !fold.complete };
  }
  const contentType = body.headers["content-type"] || "of no known type";
  throw contentType.includes("text/event-stream")
    ? new Failure("The answer broke off before its end.", { type: "broken_answer" })
    : unusable(body, "invalid_response", `The answer is no Message but ${contentType}.`);
};

const readMessage = (body: ResponseBody, answer: unknown): Message => {
  // Some gateways answer 200 and put the error into the body.
  if (isObject(answer) && answer.error && !answer.content) {
    throw failureFromEvent(answer, body.headers);
  }
  if (isChatCompletion(answer)) return fromChatCompletion(answer);
  const message = answer as Message | null;
  if (!message || !isContent(message.content)) {
    throw unusable(body, "invalid_response", "The answer is JSON, but no Message with content.");
  }
  return message;
};

/** A message that has come to its end. */
const whole = (message: Message): Answer => {
  const leftOut = soundMessage(message);
  return { message, cutOff: false, usages: [message.usage], leftOut };
};

/**
 * A piece of text without escapes, as the API writes it. Long answers consist of these: to cut the
 * text out takes an eighth of the time that parsing takes.
 */
const plainText =
  /^{"type":"content_block_delta","index":(\d+),"delta":{"type":"text_delta","text":"([^"\\]*)"}\s*}$/;

const parseEvent = (body: ResponseBody, data: string): RawMessageStreamEvent => {
  const [, index, text] = plainText.exec(data) ?? [];
  if (text !== undefined) {
    const delta = { type: "text_delta", text } as const;
    return { type: "content_block_delta", index: Number(index), delta };
  }
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch {
    // What is no object is told of below.
  }
  if (!isObject(event)) {
    throw new Failure(
      `The answer holds an event that is no JSON object: ${beginning(body, data)}.`,
      {
        type: "broken_answer",
      },
    );
  }
  if (event.type === "error" || (event.error && !event.type)) {
    throw failureFromEvent(event, body.headers);
  }
  if (event.object === "chat.completion.chunk") {
    throw unusable(
      body,
      "invalid_response",
      "The host streams in OpenAI's format, not in that of Claude's Messages API.",
    );
  }
  return event as unknown as RawMessageStreamEvent;
};
