/* Requests for data of a given shape, from texts and files. */
import type { ReplySchema } from "../claude/messages/replySchema";
import type { MessageResult } from "../claude/messages/result";
import type { MessageRequest } from "../claude/messages/send";
import { requestData as send } from "../claude/messages/structuredData";
import type { Mismatch } from "../claude/notice";
import type { Client } from "../client/client";
import type { Attachment } from "../parameters/attachments";
import { emptyConversation } from "../parameters/conversation";
import { text as defineText } from "../parameters/define";
import { InputError } from "../parameters/InputError";
import { isBlank } from "../parameters/read";
import { noTools } from "../parameters/tools";
import type { Labels } from "../wording/labels";
import { describeMismatch, describeNotice } from "../wording/notices";
import { adaptToModel } from "./adaptToModel";
import { type Incomplete, messageResult } from "./messageResult";
import { prepareMessage } from "./prepareMessage";
import type { MessageDraft } from "./readMessage";

export const text = defineText("Text", {
  comments: "The text to read. Optional if Attachments are provided.",
  placeholder: "Enter a text or reference an earlier step",
  example: "Paid 18.50 EUR for 200 paper clips on November 20.",
});

export const instructions = defineText("Instructions", {
  comments: "Background on the text, and what to pay attention to.",
  placeholder: "Enter instructions",
  example: "Amounts are in euros unless the text says otherwise.",
});

/** Room for records and for thinking: only tokens that are used are paid for. */
export const maxTokens = 16_000;

/** @throws InputError if there is nothing to read. */
export const dataDraft = (
  { text: given, attachments }: { text: string | undefined; attachments: Attachment[] },
  system: string,
  schema: ReplySchema,
  labels: Labels,
  limit = maxTokens,
): MessageDraft => {
  if (isBlank(given) && attachments.length === 0) {
    throw new InputError(text.label, "is required if there are no Attachments.");
  }
  return {
    message: given ?? "Read the attached files.",
    system,
    conversation: emptyConversation,
    attachments,
    uploadAttachments: "off",
    maxTokens: limit,
    sampling: {},
    reasoning: { thinking: "default", showThinking: false },
    schema,
    tools: noTools,
    body: {},
    betas: [],
    secrets: [],
    warnings: schema.notices.map((notice) => describeNotice(notice, labels)),
  };
};

/** The data that Claude returned, and the result of the step. */
export interface DataResult {
  result: MessageResult;
  /** Null if there is none. */
  json: unknown;
  /** Why there is none, if Claude got it wrong twice. */
  mismatch?: Mismatch;
  /** Why the first reply could not be corrected. */
  correctionError?: string;
  /** Why the reply is not a whole answer, undefined if it is one. */
  shortfall?: Incomplete;
  /** What was sent. */
  messages: MessageRequest["messages"];
}

/** @throws ApiError or ConnectionError, see Client, and InputError for what cannot be sent. */
export const requestData = async (
  client: Client,
  draft: MessageDraft,
  schema: ReplySchema,
  model: string,
  labels: Labels,
): Promise<DataResult> => {
  const prepared = await prepareMessage(client, draft, labels);
  const { request, betas, warnings } = await adaptToModel(client, prepared, model, labels);
  const { response, notices = [], ...data } = await send(client, request, betas, schema);
  const aboutData = notices.map((notice) => describeNotice(notice, labels));
  const all = [...prepared.warnings, ...warnings, ...aboutData];
  return {
    ...data,
    messages: request.messages,
    ...messageResult(response, request, labels, { warnings: all, keptAttachments: "none" }),
  };
};

/** Why a reply has no data, and what to change. */
export const incomplete = (
  { mismatch, correctionError, shortfall }: Omit<DataResult, "json" | "result" | "messages">,
  labels: Labels,
): Incomplete => {
  if (!mismatch) {
    return shortfall ?? { code: "invalid_output", message: "The response has no data." };
  }
  const correction = correctionError
    ? `It was not corrected: ${correctionError}`
    : "The second response did not correct this.";
  return {
    code: "invalid_output",
    message: `${describeMismatch(mismatch, labels)}. ${correction}`,
  };
};
