import { retrieveFile } from "../claude/files/files";
import { mediaType } from "../claude/files/format";
import {
  type AttachmentBlock,
  bytesBlock,
  checkTogether,
  countAttachments,
  fileBlock,
  imagesInTurns,
  textBlock,
  urlBlock,
} from "../claude/messages/attachment";
import type { MessageRequest } from "../claude/messages/send";
import type { Notice } from "../claude/notice";
import type { Client } from "../client/client";
import { isText } from "../client/values";
import { type Attachment, attachments as attachmentsInput } from "../parameters/attachments";
import { continueConversation } from "../parameters/conversation";
import { asInput } from "../parameters/InputError";
import type { Labels } from "../wording/labels";
import { describeNotice } from "../wording/notices";
import type { MessageDraft } from "./readMessage";
import { uploadAttachments } from "./uploadAttachments";

/** A draft whose messages are ready to send to any model. */
export interface PreparedMessage {
  draft: MessageDraft;
  messages: MessageRequest["messages"];
  /** Files of the whole request: of its attachments, and the images in its conversation. */
  blocks: NamedBlock[];
  /** The input that they come from, for errors. */
  filesLabel: string;
  /** The larger of the numbers of images and of PDF pages. */
  imagesOrPages: number;
  warnings: string[];
}

type NamedBlock = AttachmentBlock & { name: string };

/**
 * Prepares a message once, for every model that it is sent to: uploads large attachments, looks up
 * files, makes content blocks and joins the conversation.
 *
 * @throws InputError for attachments that the API does not accept.
 */
export const prepareMessage = async (
  client: Client,
  draft: MessageDraft,
  labels: Labels,
): Promise<PreparedMessage> => {
  const { attachments, warnings } = await uploadAttachments(client, draft, labels);
  const hasCodeExecution = draft.tools.serverTools.includes("codeExecution");
  const blocks = await Promise.all(
    attachments.map((attachment) => toBlock(client, attachment, { hasCodeExecution, labels })),
  );
  const earlier = imagesInTurns(draft.conversation.turns, countAttachments(blocks).images);
  const all = [...earlier, ...blocks];
  const filesLabel =
    blocks.length > 0
      ? attachmentsInput.label.value
      : (labels.conversation ?? attachmentsInput.label.value);
  asInput(filesLabel, () => checkTogether(all), labels);
  const { images, pages } = countAttachments(all);
  for (const { name, notice } of blocks) {
    if (notice) warnings.push(`Attachment "${name}": ${describeNotice(notice, labels)}`);
  }
  return {
    draft,
    messages: continueConversation(draft.conversation, {
      toolResults: draft.tools.results,
      attachments: blocks.map(({ block }) => block),
      message: draft.message,
      systemMessage: draft.systemMessage,
    }),
    blocks: all,
    filesLabel,
    imagesOrPages: Math.max(images, pages),
    warnings: [...draft.warnings, ...warnings],
  };
};

const toBlock = async (
  client: Client,
  { name, source }: Attachment,
  { hasCodeExecution, labels }: { hasCodeExecution: boolean; labels: Labels },
): Promise<NamedBlock> => {
  const mimeType = "fileId" in source ? await findMimeType(client, source) : undefined;
  // A text of another system may look like one of these: a name with an ending shows the intention.
  const isExpected = mediaType(name) !== undefined;
  const read = (): AttachmentBlock => {
    if ("bytes" in source) return bytesBlock(name, source.bytes, source.contentType);
    if ("text" in source) return { block: textBlock(name, source.text) };
    if ("url" in source) {
      const notice: Notice | undefined = isExpected ? undefined : { code: "read_as_url" };
      return { notice, ...urlBlock(name, source.url) };
    }
    const notice: Notice | undefined =
      isExpected || source.mimeType ? undefined : { code: "read_as_file_id" };
    return { notice, ...fileBlock(name, source.fileId, mimeType, hasCodeExecution) };
  };
  return { name, ...asInput(`${attachmentsInput.label.value} "${name}"`, read, labels) };
};

/** The type of an uploaded file. Undefined if the host cannot say it: the name may say it then. */
const findMimeType = async (
  client: Client,
  { fileId, mimeType }: { fileId: string; mimeType?: string },
): Promise<string | undefined> => {
  if (mimeType) return mimeType;
  const file = await retrieveFile(client, fileId, { isQuickLookup: true }).catch(() => undefined);
  const type = file?.data.mime_type;
  return isText(type) ? type : undefined;
};
