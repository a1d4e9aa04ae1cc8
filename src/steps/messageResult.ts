import type { MessageParam } from "@anthropic-ai/sdk/resources/messages";
import { SpectralError } from "@prismatic-io/spectral";
import type { ReplySchema } from "../claude/messages/replySchema";
import { type MessageResult, readReply, toMessageResult } from "../claude/messages/result";
import type { MessageRequest, Reply } from "../claude/messages/send";
import { type KeptAttachments, withoutAttachments } from "../claude/messages/storedAttachments";
import type { ToolNames } from "../claude/messages/tools";
import type { Shortfall } from "../claude/notice";
import type { ApiResponse } from "../client/client";
import { type CodedError, coded, type ErrorCode } from "../client/errorCode";
import type { Labels } from "../wording/labels";
import { describeNotice, describeShortfall } from "../wording/notices";

/**
 * The result of a step that sends a message, in the words of the step.
 *
 * @param request What was sent: the conversation continues from its messages.
 * @param warnings What was adjusted before sending.
 * @param system System turns that the conversation started with.
 * @returns The result, and why it is not a whole answer, if it is not.
 */
export const messageResult = (
  response: ApiResponse<Reply>,
  request: MessageRequest,
  labels: Labels,
  {
    warnings,
    schema,
    names,
    system,
    keptAttachments = "all",
  }: {
    warnings: readonly string[];
    schema?: ReplySchema;
    names?: ToolNames;
    system?: MessageParam["content"];
    keptAttachments?: KeptAttachments;
  },
): { result: MessageResult; shortfall?: Incomplete } => {
  const read = readReply(response.data, { maxTokens: request.max_tokens, schema, names });
  const all = [...warnings, ...read.notices.map((notice) => describeNotice(notice, labels))];
  const result = toMessageResult(
    read,
    response,
    { messages: response.data.messages ?? request.messages },
    { warnings: all, system },
  );
  // A turn that goes on still needs its attachments.
  const isComplete = result.toolCalls.length === 0 && !result.paused;
  const stored = withoutAttachments(result.conversation, isComplete ? keptAttachments : "all");
  all.push(...stored.notices.map((notice) => describeNotice(notice, labels)));
  return {
    result: {
      ...result,
      conversation: stored.messages,
      ...(schema?.example ? { schema: schema.whole } : {}),
    },
    shortfall: read.shortfall && {
      code: codeByShortfall[read.shortfall.code],
      message: describeShortfall(read.shortfall, labels),
    },
  };
};

/** Why a response is not a whole answer. */
export interface Incomplete {
  code: ErrorCode;
  message: string;
}

export const codeByShortfall: Record<Shortfall["code"], ErrorCode> = {
  refused: "refused",
  truncated_by_max_tokens: "truncated",
  truncated_by_context_window: "too_large",
  truncated_out_of_time: "out_of_time",
  paused: "paused",
  mismatch: "invalid_output",
};

/** A response that is not a whole answer, if the step is set to fail then. */
export class IncompleteResponseError extends SpectralError implements CodedError {
  readonly code!: ErrorCode;
  readonly retryable!: boolean;
  readonly stopReason: string | null;
  readonly requestId: string | null;

  /** Not a member: what is logged of an error must not contain the response. */
  readonly #result: MessageResult;

  /** @param shortfall Why it is not a whole answer, and what to change. */
  constructor({ code, message }: Incomplete, result: MessageResult) {
    const { stop_reason, requestId } = result;
    super(`${message}${requestId ? ` (request ID ${requestId})` : ""}`);
    this.name = "IncompleteResponseError";
    this.stopReason = stop_reason;
    this.requestId = requestId;
    this.#result = result;
    Object.assign(this, coded(code));
  }

  /** What was received, and paid for. */
  get result(): MessageResult {
    return this.#result;
  }
}
