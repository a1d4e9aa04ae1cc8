import { uploadFile } from "../claude/files/files";
import { isOffice } from "../claude/files/format";
import { checkReadable } from "../claude/messages/attachment";
import { isPdf } from "../claude/messages/pdf";
import type { MessageClient } from "../claude/messages/send";
import { type Attachment, attachments as attachmentsInput } from "../parameters/attachments";
import { namedFile, validName } from "../parameters/file";
import { asInput } from "../parameters/InputError";
import type { Labels } from "../wording/labels";
import type { MessageDraft } from "./readMessage";

/** From this size, an attachment is uploaded if that is asked for. In bytes. */
export const minSize = 5_000_000;

/** How long uploaded attachments are kept, in hours. */
const expiryHours = { day: 24, month: 30 * 24, keep: undefined };

/**
 * Uploads the large attachments of a message, if that is asked for, to reference them by ID. Office
 * documents are uploaded for Code Execution, which opens them whole.
 *
 * @throws InputError for files that the API would not read.
 */
export const uploadAttachments = async (
  client: MessageClient,
  { attachments, tools, uploadAttachments: option }: MessageDraft,
  labels: Labels,
): Promise<{ attachments: Attachment[]; warnings: string[] }> => {
  const warnings: string[] = [];
  const hasCodeExecution = tools.serverTools.includes("codeExecution");
  const uploaded = await Promise.all(
    attachments.map(async (attachment): Promise<Attachment> => {
      const { name, source } = attachment;
      if (!("bytes" in source)) return attachment;
      // Data is hidden in texts of a message, not in files.
      const canUpload = !client.masker || (client.masker.sendsFiles && isPdf(source.bytes));
      const isForCode = hasCodeExecution && isOffice(source.bytes) && !client.masker;
      const isLarge = option !== "off" && source.bytes.length >= minSize && canUpload;
      if (!isForCode && !isLarge) return attachment;
      const label = `${attachmentsInput.label.value} "${name}"`;
      if (isPdf(source.bytes)) asInput(label, () => checkReadable(source.bytes), labels);
      const file = namedFile(label, name, source);
      const { data } = await uploadFile(client, {
        ...file,
        name: validName(name),
        expiresInHours: expiryHours[option === "off" ? "day" : option],
      });
      const why = isForCode && option === "off" ? " for Code Execution, and is kept for 1 day" : "";
      warnings.push(`Attachment "${name}" was uploaded as ${data.id}${why}.`);
      return { name, source: { fileId: data.id, mimeType: file.contentType } };
    }),
  );
  return { attachments: uploaded, warnings };
};
