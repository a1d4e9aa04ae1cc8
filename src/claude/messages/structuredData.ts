import type { Message } from "@anthropic-ai/sdk/resources/messages";
import type { ApiResponse, Client } from "../../client/client";
import type { Mismatch } from "../notice";
import { completeMessage, withUsageOf } from "./complete";
import { mismatchForClaude, type ReplyData, type ReplySchema } from "./replySchema";
import { withSchemaAsText } from "./schemaAsText";
import type { MessageRequest, Reply } from "./send";
import { asTurn } from "./turn";

/** A response and the data in it. */
export interface DataResponse extends ReplyData {
  response: ApiResponse<Reply>;
  /** Why the first reply could not be corrected. */
  correctionError?: string;
}

/**
 * Requests data of a given shape, as structured output or with the schema in the system prompt. A
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
    const corrected = { ...request, messages };
    // A host that ignores structured output has not seen the schema.
    const isIgnored = read.mismatch.code === "reply_not_json";
    const asText = isIgnored ? withSchemaAsText(corrected) : undefined;
    const second = await completeMessage(client, asText ?? corrected, betas);
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
  const texts = message.content.flatMap((block) => (block.type === "text" ? block.text : []));
  // Some gateways implement structured output with a tool, and return its call.
  const calls = message.content.flatMap((block) =>
    block.type === "tool_use" ? [block.input] : [],
  );
  const data = texts.length === 0 && calls.length === 1 ? JSON.stringify(calls[0]) : undefined;
  return schema.read(data ?? texts.join(""));
};

/** The reply, and what is wrong with it. A reply without text is left out: the API refuses it. */
const correctionTurns = (
  { content }: Message,
  mismatch: Mismatch,
  { name }: ReplySchema,
): MessageRequest["messages"] => {
  const correction = `${mismatchForClaude(mismatch, name)}. Correct this and give the whole answer again.`;
  const hasText = content.some((block) => block.type === "text" && block.text !== "");
  return [...(hasText ? asTurn(content) : []), { role: "user", content: correction }];
};
