import type { ContentBlockParam, Message } from "@anthropic-ai/sdk/resources/messages";
import type { ApiResponse, Client } from "../../client/client";
import { isRecord } from "../../client/values";
import type { Mismatch } from "../notice";
import { completeMessage, withUsageOf } from "./complete";
import { mismatchForClaude, type ReplyData, type ReplySchema } from "./replySchema";
import type { MessageRequest, Reply } from "./send";
import { asTurn } from "./turn";

/** A response and the data in it. */
export interface DataResponse extends ReplyData {
  response: ApiResponse<Reply>;
  /** Why the first reply could not be corrected. */
  correctionError?: string;
}

/**
 * Requests data of a given shape, as structured output or by a tool, whichever the request has. A
 * reply that does not match is sent back once with what is wrong; the usage of both is added up.
 *
 * @throws ApiError or ConnectionError, see Client.
 * @see https://platform.claude.com/docs/en/build-with-claude/structured-outputs
 */
export const requestData = async (
  client: Client,
  request: MessageRequest,
  betas: readonly string[],
  schema: ReplySchema,
): Promise<DataResponse> => {
  const first = await completeMessage(client, request, betas);
  const read = readData(first.data, schema);
  if (read.mismatch === undefined) return { response: first, ...read };
  const messages = [
    ...request.messages,
    ...correctionTurns(first.data.message, read.mismatch, schema),
  ];
  try {
    const second = await completeMessage(client, { ...request, messages }, betas);
    return { response: withUsageOf(first, second), ...readData(second.data, schema) };
  } catch (error) {
    const correctionError = (error as Error).message;
    return { response: first, json: null, mismatch: read.mismatch, correctionError };
  }
};

/** Stop reasons of a reply that is not whole. Hosts have stop reasons of their own for a whole one. */
const incomplete = ["refusal", "max_tokens", "model_context_window_exceeded", "pause_turn"];

const readData = ({ message, isOutOfTime }: Reply, schema: ReplySchema): ReplyData => {
  if (isOutOfTime || incomplete.includes(message.stop_reason ?? "")) return { json: null };
  const calls = message.content.filter((block) => block.type === "tool_use");
  if (calls.length > 1) return { json: null, mismatch: { code: "several_tool_calls" } };
  const [call] = calls;
  const texts = message.content.flatMap((block) => (block.type === "text" ? block.text : []));
  return schema.read(call ? JSON.stringify(call.input) : texts.join(""));
};

/**
 * The reply, and what is wrong with it. A reply that the API would not accept back is left out: one
 * without text, or with a tool input that is not an object.
 */
const correctionTurns = (
  { content }: Message,
  mismatch: Mismatch,
  { name }: ReplySchema,
): MessageRequest["messages"] => {
  const correction = `${mismatchForClaude(mismatch, name)}. Correct this and give the whole answer again.`;
  const calls = content.filter((block) => block.type === "tool_use");
  const turn = asTurn(content);
  const last = (turn[0]?.content as Message["content"] | undefined)?.at(-1)?.type;
  const isAccepted =
    calls.every(({ input }) => isRecord(input)) && !/thinking/.test(last ?? "thinking");
  if (!isAccepted) return [{ role: "user", content: correction }];
  const results = calls.map(
    ({ id }): ContentBlockParam => ({
      type: "tool_result",
      tool_use_id: id,
      content: correction,
      is_error: true,
    }),
  );
  return [...turn, { role: "user", content: results.length > 0 ? results : correction }];
};
