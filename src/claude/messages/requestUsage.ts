/* What one Messages request used, for records and budgets. It has no content. */
import type { Message } from "@anthropic-ai/sdk/resources/messages";
import type { ApiResponse } from "../../client/client";
import { type ErrorCode, errorCodes } from "../../client/errorCode";
import type { CallFacts } from "../../client/errors";
import { mayHaveBeenProcessed } from "../../client/retry";
import { normalizeMessage } from "../hosts/message";
import { messageCost, type Tokens, tokensOf } from "./cost";
import type { MessageRequest, Reply } from "./send";
import { isTruncated } from "./turn";

export interface RequestUsage {
  model: string;
  /** 0 if they are not known. */
  tokens: Tokens;
  /** In US dollars at list price, null if it is not known. */
  cost: number | null;
  outcome: "ok" | ErrorCode;
  /** How often the request was sent. */
  attempts: number;
  requestId: string | null;
}

export const usageOfReply = (
  { model }: Pick<MessageRequest, "model">,
  { data, attempts, requestId }: ApiResponse<Reply>,
): RequestUsage => {
  const { message, usages, isOutOfTime } = data;
  return {
    model: message.model || model,
    tokens: tokensOf(message.usage),
    cost: isOutOfTime ? null : (messageCost(message, usages).cost?.total ?? null),
    outcome: isOutOfTime
      ? "out_of_time"
      : message.stop_reason === "refusal"
        ? "refused"
        : isTruncated(message)
          ? "truncated"
          : "ok",
    attempts,
    requestId,
  };
};

/** @param received The message of the last attempt that was interrupted, as far as it came. */
export const usageOfFailure = (
  { model }: Pick<MessageRequest, "model">,
  error: unknown,
  received: Message | undefined,
): RequestUsage => {
  const {
    code = "internal",
    status = null,
    mayHaveArrived = true,
    attempts = 0,
    requestId = null,
  } = error as Partial<CallFacts>;
  if (received) normalizeMessage(received);
  return {
    model,
    tokens: tokensOf(received?.usage),
    // An error response is free. A response that was lost is not, and its cost is not known.
    cost: received || mayHaveBeenProcessed({ status, mayHaveArrived }) ? null : 0,
    outcome: Object.hasOwn(errorCodes, code) ? code : "internal",
    attempts,
    requestId,
  };
};
