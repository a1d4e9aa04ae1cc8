import type { ContentBlockParam, Message } from "@anthropic-ai/sdk/resources/messages";
import type { ApiResponse, Client } from "../../client/client";
import { isRecord } from "../../client/values";
import { completeMessage, withCountsOf } from "./complete";
import type { Answer, MessageRequest } from "./send";
import type { AnswerSchema } from "./structured";
import { asTurn } from "./turn";

/** An answer and the data in it. */
export interface DataAnswer {
  answer: ApiResponse<Answer>;
  /** The data, null where there is none. */
  json: unknown;
  /** Why there is none: what the answer got wrong twice. Undefined for one that is declined or cut off. */
  problem?: string;
}

/**
 * Asks for data of a shape, as structured output or by a tool, whichever the request holds. An
 * answer that does not match is sent back once with what is wrong with it; its counts are part of
 * the second one's.
 *
 * @throws ApiError or ConnectionError, see Client.
 * @see https://platform.claude.com/docs/en/build-with-claude/structured-outputs
 */
export const askForData = async (
  client: Client,
  request: MessageRequest,
  betas: readonly string[],
  schema: AnswerSchema,
): Promise<DataAnswer> => {
  const first = await completeMessage(client, request, betas);
  const { message } = first.data;
  const read = readData(first, schema);
  if (read.problem === undefined) return { answer: first, json: read.json };
  const messages = [...request.messages, ...repairTurns(message, read.problem)];
  try {
    const second = await completeMessage(client, { ...request, messages }, betas);
    return { answer: withCountsOf(first, second), ...readData(second, schema) };
  } catch (error) {
    // The first answer stands, with what is wrong with it.
    const why = (error as Error).message;
    return { answer: first, json: null, problem: `${read.problem}; it was not corrected: ${why}` };
  }
};

/** Reasons for an end that leave no whole answer. Hosts have reasons of their own for a whole one. */
const incomplete = ["refusal", "max_tokens", "model_context_window_exceeded", "pause_turn"];

const readData = (
  { data: { message, cutOff } }: ApiResponse<Answer>,
  schema: AnswerSchema,
): { json: unknown; problem?: string } => {
  if (cutOff || incomplete.includes(message.stop_reason ?? "")) return { json: null };
  const calls = message.content.filter((block) => block.type === "tool_use");
  if (calls.length > 1) {
    return { json: null, problem: "The answer comes in several parts instead of one" };
  }
  const [call] = calls;
  const texts = message.content.flatMap((block) => (block.type === "text" ? block.text : []));
  return schema.read(call ? JSON.stringify(call.input) : texts.join(""));
};

/**
 * The answer, and what is wrong with it, in the form that the answer has. An answer that the API
 * would not take back is left out: one without text, or a tool's input that is no object.
 */
const repairTurns = ({ content }: Message, problem: string): MessageRequest["messages"] => {
  const complaint = `${problem}. Correct this and give the whole answer again.`;
  const calls = content.filter((block) => block.type === "tool_use");
  const turn = asTurn(content);
  const last = (turn[0]?.content as Message["content"] | undefined)?.at(-1)?.type;
  const isUsable =
    calls.every(({ input }) => isRecord(input)) && !/thinking/.test(last ?? "thinking");
  if (!isUsable) return [{ role: "user", content: complaint }];
  const results = calls.map(
    ({ id }): ContentBlockParam => ({
      type: "tool_result",
      tool_use_id: id,
      content: complaint,
      is_error: true,
    }),
  );
  return [...turn, { role: "user", content: results.length > 0 ? results : complaint }];
};
