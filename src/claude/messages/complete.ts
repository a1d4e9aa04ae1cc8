import type { BetaUsage } from "@anthropic-ai/sdk/resources/beta/messages";
import type { Usage } from "@anthropic-ai/sdk/resources/messages";
import type { ApiResponse, Client } from "../../client/client";
import { isObject } from "../../client/values";
import type { PauseCause } from "../notice";
import { type MessageRequest, type Reply, sendMessage } from "./send";
import { sendAccepted } from "./sendAccepted";
import { asTurn } from "./turn";

/** The API pauses after about ten uses of server tools: this many pauses are a long turn. */
export const maxContinuations = 10;

/**
 * Sends a Message request and lets Claude finish its turn: a turn that the API pauses is continued.
 * The parts are joined to one Message, with the usage of all.
 *
 * @returns The reply as far as it was received; `pauseCause` says why a pause was not continued.
 * @throws ApiError or ConnectionError, see Client, if the first part fails.
 * @see https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons#pause-turn
 */
export const completeMessage = async (
  client: Client,
  given: MessageRequest,
  betas: readonly string[],
): Promise<ApiResponse<Reply>> => {
  const accepted = await sendAccepted(client, given, betas);
  const { request, betas: acceptedBetas } = accepted;
  let { response } = accepted;
  for (let count = 0; response.data.message.stop_reason === "pause_turn"; count++) {
    const { message } = response.data;
    const paused = (pauseCause: PauseCause) => ({
      ...response,
      data: { ...response.data, pauseCause },
    });
    const turn = asTurn(message.content);
    if (count === maxContinuations) return paused({ code: "continued_too_often", count });
    if (turn.length === 0) return paused({ code: "nothing_to_continue" });
    try {
      const next = await sendMessage(
        client,
        {
          ...request,
          messages: [...request.messages, ...turn],
          ...(message.container ? { container: sameContainer(request, message.container.id) } : {}),
        },
        acceptedBetas,
      );
      response = joinParts(response, next);
    } catch (error) {
      return paused({ code: "continuation_failed", message: (error as Error).message });
    }
  }
  return response;
};

/** The container that code ran in before, with the skills of the request. */
export const sameContainer = (
  { container }: Pick<MessageRequest, "container">,
  id: string,
): MessageRequest["container"] => (isObject(container) ? { ...container, id } : id);

/** The second of two responses, with the usage of both. */
export const withUsageOf = (
  first: ApiResponse<Reply>,
  next: ApiResponse<Reply>,
): ApiResponse<Reply> => ({
  ...next,
  attempts: first.attempts + next.attempts,
  data: {
    ...next.data,
    messages: next.data.messages ?? first.data.messages,
    notices: [...(first.data.notices ?? []), ...(next.data.notices ?? [])],
    usages: [...first.data.usages, ...next.data.usages],
    message: {
      ...next.data.message,
      usage: sumUsages(first.data.message.usage, next.data.message.usage),
    },
  },
});

const joinParts = (first: ApiResponse<Reply>, next: ApiResponse<Reply>): ApiResponse<Reply> => {
  const joined = withUsageOf(first, next);
  const content = [...first.data.message.content, ...next.data.message.content];
  const droppedBlocks = first.data.droppedBlocks + next.data.droppedBlocks;
  const container = next.data.message.container ?? first.data.message.container;
  const message = { ...joined.data.message, content, container };
  return { ...joined, data: { ...joined.data, message, droppedBlocks } };
};

/**
 * The usage of two requests. If one has iterations, the other becomes one, because all tokens are
 * then counted from these.
 */
export const sumUsages = (a: Usage, b: Usage): Usage => {
  const hasIterations = [a, b].some((usage) => (usage as BetaUsage | null)?.iterations?.length);
  const listed = (usage: Usage | undefined) =>
    !usage || (usage as BetaUsage).iterations?.length
      ? usage
      : { ...usage, iterations: [{ type: "message", ...usage }] };
  return (hasIterations ? sum(listed(a), listed(b)) : sum(a, b)) as Usage;
};

/** Counts added up at any depth, arrays joined. For other values, the later one. */
export const sum = (a: unknown, b: unknown): unknown => {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  if (!isObject(a) || !isObject(b)) return b ?? a;
  // Every object inherits names such as toString.
  const own = (value: Record<string, unknown>, key: string) =>
    Object.hasOwn(value, key) ? value[key] : undefined;
  return Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((key) => [
      key,
      sum(own(a, key), own(b, key)),
    ]),
  );
};
