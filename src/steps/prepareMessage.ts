import { checkTogether, countAttachments, imagesInTurns } from "../claude/messages/attachment";
import type { MessageClient, MessageRequest } from "../claude/messages/send";
import type { Notice } from "../claude/notice";
import { attachments as attachmentsInput } from "../parameters/attachments";
import { continueConversation } from "../parameters/conversation";
import { asInput } from "../parameters/InputError";
import type { Labels } from "../wording/labels";
import { describeNotice } from "../wording/notices";
import {
  attachmentBlock,
  type NamedBlock,
  typesOfFiles,
  withDocumentAsText,
  withFileType,
} from "./attachmentBlocks";
import { refuseUnsearchable } from "./privacy";
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

/**
 * Prepares a message once, for every model that it is sent to: uploads large attachments, looks up
 * files, makes content blocks and joins the conversation.
 *
 * @throws InputError for attachments that the API does not accept.
 */
export const prepareMessage = async (
  client: MessageClient,
  draft: MessageDraft,
  labels: Labels,
): Promise<PreparedMessage> => {
  const { attachments, warnings } = await uploadAttachments(client, draft, labels);
  const hasCodeExecution = draft.tools.serverTools.includes("codeExecution");
  const types = await typesOfFiles(client, attachments);
  const blocks = attachments.flatMap((given) => {
    const label = `${attachmentsInput.label.value} "${given.name}"`;
    const read = withDocumentAsText(withFileType(given, types), label, labels);
    for (const { name, notice } of read.notices)
      warnings.push(aboutAttachment(name, notice, labels));
    return read.attachments.map((attachment) =>
      attachmentBlock(attachment, label, { hasCodeExecution, labels }),
    );
  });
  const earlier = imagesInTurns(draft.conversation.turns, countAttachments(blocks).images);
  const all = [...earlier, ...blocks];
  const filesLabel =
    blocks.length > 0
      ? attachmentsInput.label.value
      : (labels.conversation ?? attachmentsInput.label.value);
  asInput(filesLabel, () => checkTogether(all), labels);
  const { images, pages } = countAttachments(all);
  for (const { name, notice } of blocks) {
    if (notice) warnings.push(aboutAttachment(name, notice, labels));
  }
  const messages = continueConversation(draft.conversation, {
    toolResults: draft.tools.results,
    attachments: blocks.map(({ block }) => block),
    message: draft.message,
    systemMessage: draft.systemMessage,
  });
  refuseUnsearchable(client, messages, filesLabel);
  return {
    draft,
    messages,
    blocks: all,
    filesLabel,
    imagesOrPages: Math.max(images, pages),
    warnings: [...draft.warnings, ...warnings],
  };
};

const aboutAttachment = (name: string, notice: Notice, labels: Labels): string =>
  `Attachment "${name}": ${describeNotice(notice, labels)}`;
