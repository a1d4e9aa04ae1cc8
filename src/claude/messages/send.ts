import type {
  Message,
  MessageCreateParamsNonStreaming,
  RawMessageStreamEvent,
} from "@anthropic-ai/sdk/resources/messages";
import { beginning, jsonBody, type ResponseBody, readJson, unusable } from "../../client/body";
import type { ApiResponse, Client } from "../../client/client";
import { readEvents } from "../../client/events";
import { Failure, failureFromEvent, isObject } from "../../client/failure";
import { MessageFold } from "./fold";

/** The SDK's parameters, and the one that older API versions and models still take. */
export type MessageRequest = MessageCreateParamsNonStreaming & {
  /** 0 to 1. */
  temperature?: number;
};

export interface Answer {
  message: Message;
  /** The step ran out of time: the message is what had come by then. */
  cutOff: boolean;
}

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
): Promise<ApiResponse<Answer>> =>
  client.send({
    method: "POST",
    path: "/v1/messages",
    body: jsonBody({ ...request, stream: true }),
    streamed: true,
    read: readAnswer,
  });

const readAnswer = async (body: ResponseBody): Promise<Answer> => {
  // Some gateways do not stream and answer with the whole Message.
  if (body.headers["content-type"]?.includes("application/json")) {
    const message = await readJson<Message | null>(body);
    if (!Array.isArray(message?.content) || !message.content.every(isObject)) {
      throw unusable(body, "invalid_response", "The answer is JSON, but no Message with content.");
    }
    return { message, cutOff: false };
  }
  const fold = new MessageFold();
  const outOfTime = () => (body.signal.reason as Failure | undefined)?.type === "deadline_exceeded";
  try {
    await readEvents(body, (data) => {
      fold.add(parseEvent(body, data));
      if (fold.complete) body.endSoon();
    });
  } catch (error) {
    // What is whole stays whole when the line breaks after it.
    if (!fold.complete && !(fold.message && outOfTime())) throw error;
  }
  fold.end();
  if (fold.message && (fold.complete || outOfTime())) {
    return { message: fold.message, cutOff: !fold.complete };
  }
  const contentType = body.headers["content-type"] || "of no known type";
  throw contentType.includes("text/event-stream")
    ? new Failure("The answer broke off before its end.", { type: "broken_answer" })
    : unusable(body, "invalid_response", `The answer is no Message but ${contentType}.`);
};

const parseEvent = (body: ResponseBody, data: string): RawMessageStreamEvent => {
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
  if (event.type === "error") throw failureFromEvent(event, body.headers);
  return event as unknown as RawMessageStreamEvent;
};
