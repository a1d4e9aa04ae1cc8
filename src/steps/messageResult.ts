import type { MessageParam } from "@anthropic-ai/sdk/resources/messages";
import { SpectralError } from "@prismatic-io/spectral";
import type { ReplySchema } from "../claude/messages/replySchema";
import { type MessageResult, readReply, toMessageResult } from "../claude/messages/result";
import type { MessageRequest, Reply } from "../claude/messages/send";
import { type KeptAttachments, withoutAttachments } from "../claude/messages/storedAttachments";
import type { ToolNames } from "../claude/messages/tools";
import type { ApiResponse } from "../client/client";
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
): { result: MessageResult; shortfall?: string } => {
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
    result: { ...result, conversation: stored.messages },
    shortfall: read.shortfall && describeShortfall(read.shortfall, labels),
  };
};

/** A response that is not a whole answer, if the step is set to fail then. */
export class IncompleteResponseError extends SpectralError {
  readonly stopReason: string | null;
  readonly requestId: string | null;

  /** @param shortfall Why it is not a whole answer, and what to change. */
  constructor(shortfall: string, { stop_reason, requestId }: MessageResult) {
    super(`${shortfall}${requestId ? ` (request ID ${requestId})` : ""}`);
    this.name = "IncompleteResponseError";
    this.stopReason = stop_reason;
    this.requestId = requestId;
  }
}
