import type { ContentBlockParam, Message } from "@anthropic-ai/sdk/resources/messages";
import type { ApiResponse, Client } from "../../client/client";
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
  const second = await completeMessage(
    client,
    { ...request, messages: [...request.messages, ...repairTurns(message, read.problem)] },
    betas,
  );
  const answer = withCountsOf(first, second);
  return { answer, ...readData(second, schema) };
};

const readData = (
  { data: { message, cutOff } }: ApiResponse<Answer>,
  schema: AnswerSchema,
): { json: unknown; problem?: string } => {
  const isWhole =
    !cutOff &&
    ["end_turn", "tool_use", "stop_sequence"].includes(message.stop_reason ?? "end_turn");
  if (!isWhole) return { json: null };
  const call = message.content.find((block) => block.type === "tool_use");
  const texts = message.content.flatMap((block) => (block.type === "text" ? block.text : []));
  return schema.read(call ? JSON.stringify(call.input) : texts.join(""));
};

/** The answer, and what is wrong with it, in the form that the answer has. */
const repairTurns = ({ content }: Message, problem: string): MessageRequest["messages"] => {
  const complaint = `${problem}. Correct this and give the whole answer again.`;
  const results = content.flatMap((block): ContentBlockParam[] =>
    block.type === "tool_use"
      ? [{ type: "tool_result", tool_use_id: block.id, content: complaint, is_error: true }]
      : [],
  );
  return [...asTurn(content), { role: "user", content: results.length > 0 ? results : complaint }];
};
