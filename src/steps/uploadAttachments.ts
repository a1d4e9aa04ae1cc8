import { uploadFile } from "../claude/files/files";
import { checkReadable } from "../claude/messages/attachment";
import { isPdf } from "../claude/messages/pdf";
import type { Client } from "../client/client";
import { type Attachment, attachments as attachmentsInput } from "../parameters/attachments";
import { namedFile, validName } from "../parameters/file";
import { asInput } from "../parameters/InputError";
import type { Labels } from "../wording/labels";
import type { MessageDraft } from "./readMessage";

/** From this size, an attachment is uploaded if that is asked for. In bytes. */
const minSize = 5_000_000;

/** How long uploaded attachments are kept, in hours. */
const expiryHours = { day: 24, month: 30 * 24, keep: undefined };

/**
 * Uploads the large attachments of a message, if that is asked for, to reference them by ID.
 *
 * @throws InputError for files that the API would not read.
 */
export const uploadAttachments = async (
  client: Client,
  { attachments, uploadAttachments: option }: MessageDraft,
  labels: Labels,
): Promise<{ attachments: Attachment[]; warnings: string[] }> => {
  const warnings: string[] = [];
  if (option === "off") return { attachments, warnings };
  const uploaded = await Promise.all(
    attachments.map(async (attachment): Promise<Attachment> => {
      const { name, source } = attachment;
      if (!("bytes" in source) || source.bytes.length < minSize) return attachment;
      const label = `${attachmentsInput.label.value} "${name}"`;
      if (isPdf(source.bytes)) asInput(label, () => checkReadable(source.bytes), labels);
      const file = namedFile(label, name, source);
      const { data } = await uploadFile(client, {
        ...file,
        name: validName(name),
        expiresInHours: expiryHours[option],
      });
      warnings.push(`Attachment "${name}" was uploaded as ${data.id}.`);
      return { name, source: { fileId: data.id, mimeType: file.contentType } };
    }),
  );
  return { attachments: uploaded, warnings };
};
