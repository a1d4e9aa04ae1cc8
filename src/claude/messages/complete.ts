import type { Usage } from "@anthropic-ai/sdk/resources/messages";
import type { ApiResponse, Client } from "../../client/client";
import { isObject } from "../../client/values";
import { type Answer, type MessageRequest, sendMessage } from "./send";
import { asTurn } from "./turn";

/** Each pause comes after some ten uses of server tools: this many are a long turn. */
const mostContinuations = 10;

/**
 * Sends a Message and lets the model finish its turn: where the API pauses a long one, it goes on
 * from there. The parts make one Message, as if it had come at once, with the counts of all.
 *
 * @returns The message as far as it came, with the reason, where a pause could not be ended.
 * @throws ApiError or ConnectionError, see Client, when the first part fails.
 * @see https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons#pause-turn
 */
export const completeMessage = async (
  client: Client,
  request: MessageRequest,
  betas: readonly string[],
): Promise<ApiResponse<Answer>> => {
  let answer = await sendMessage(client, request, betas);
  for (let count = 0; answer.data.message.stop_reason === "pause_turn"; count++) {
    const { message } = answer.data;
    const paused = (why: string) => ({ ...answer, data: { ...answer.data, paused: why } });
    const turn = asTurn(message.content);
    if (count === mostContinuations) {
      return paused(`it was continued ${count} times. Hand its conversation to another Chat.`);
    }
    if (turn.length === 0) return paused("there is nothing to go on from.");
    try {
      const next = await sendMessage(
        client,
        {
          ...request,
          messages: [...request.messages, ...turn],
          ...(message.container ? { container: sameContainer(request, message.container.id) } : {}),
        },
        betas,
      );
      answer = joined(answer, next);
    } catch (error) {
      return paused((error as Error).message);
    }
  }
  return answer;
};

/** The container that code ran in before, with the skills that were asked for. */
export const sameContainer = (
  { container }: Pick<MessageRequest, "container">,
  id: string,
): MessageRequest["container"] => (isObject(container) ? { ...container, id } : id);

/** Two answers as one: the counts of both. */
export const withCountsOf = (
  first: ApiResponse<Answer>,
  next: ApiResponse<Answer>,
): ApiResponse<Answer> => ({
  ...next,
  attempts: first.attempts + next.attempts,
  data: {
    ...next.data,
    usages: [...first.data.usages, ...next.data.usages],
    message: {
      ...next.data.message,
      usage: sum(first.data.message.usage, next.data.message.usage) as Usage,
    },
  },
});

const joined = (first: ApiResponse<Answer>, next: ApiResponse<Answer>): ApiResponse<Answer> => {
  const both = withCountsOf(first, next);
  const content = [...first.data.message.content, ...next.data.message.content];
  const leftOut = first.data.leftOut + next.data.leftOut;
  const container = next.data.message.container ?? first.data.message.container;
  const message = { ...both.data.message, content, container };
  return { ...both, data: { ...both.data, message, leftOut } };
};

/** Counts added up, however deep they stand, lists joined. What is no count is the later one's. */
export const sum = (a: unknown, b: unknown): unknown => {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  if (!isObject(a) || !isObject(b)) return b ?? a;
  // Names such as toString stand in every object.
  const own = (value: Record<string, unknown>, key: string) =>
    Object.hasOwn(value, key) ? value[key] : undefined;
  return Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((key) => [
      key,
      sum(own(a, key), own(b, key)),
    ]),
  );
};
