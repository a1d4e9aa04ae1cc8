import { type ConvertedDocument, convertDocument } from "../claude/documents/convert";
import { listFilesPage, retrieveFile } from "../claude/files/files";
import { isImage, mediaType } from "../claude/files/format";
import {
  type AttachmentBlock,
  bytesBlock,
  fileBlock,
  textBlock,
  urlBlock,
} from "../claude/messages/attachment";
import { isPdf } from "../claude/messages/pdf";
import type { Notice } from "../claude/notice";
import { InvalidInput } from "../claude/problem";
import type { Client } from "../client/client";
import { isText } from "../client/values";
import type { Attachment } from "../parameters/attachments";
import { asInput } from "../parameters/InputError";
import type { Labels } from "../wording/labels";

export type NamedBlock = AttachmentBlock & { name: string };

/** Attachments as they are sent, and what was adjusted in each. */
export interface ReadAttachments {
  attachments: Attachment[];
  notices: { name: string; notice: Notice }[];
}

/** E-mails that are attached to each other are read up to this depth. */
const maxMails = 5;

/**
 * An attachment as text if it is a document that Claude does not read itself. The attachments of an
 * e-mail follow as attachments of their own; one that Claude cannot read is left out, with a notice.
 *
 * @param label Of the input and its row, for errors.
 * @throws InputError for a document that cannot be read.
 */
export const withDocumentAsText = (
  attachment: Attachment,
  label: string,
  labels: Labels,
): ReadAttachments => {
  const all: ReadAttachments = { attachments: [], notices: [] };
  asInput(label, () => addDocument(attachment, all, 0), labels);
  return all;
};

const addDocument = ({ name, source }: Attachment, all: ReadAttachments, mails: number): void => {
  const document = mails < maxMails ? asDocument(name, source) : undefined;
  if (!document) {
    all.attachments.push({ name, source });
    return;
  }
  all.attachments.push({ name, source: { text: document.text } });
  all.notices.push({ name, notice: document.notice });
  for (const { name: attached, bytes, contentType } of document.attachments) {
    try {
      const source = { bytes, contentType };
      // Throws for what Claude does not read.
      bytesBlock(attached, bytes, contentType);
      addDocument({ name: attached, source }, all, mails + 1);
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      const { problem } = error;
      all.notices.push({
        name,
        notice: { code: "mail_attachment_left_out", name: attached, problem },
      });
    }
  }
};

const asDocument = (name: string, source: Attachment["source"]): ConvertedDocument | undefined => {
  if ("bytes" in source) {
    const { bytes, contentType } = source;
    return isImage(bytes) || isPdf(bytes) ? undefined : convertDocument(name, bytes, contentType);
  }
  // A page, or the body of an e-mail, as text.
  return "text" in source && /^\s*<(!doctype|html|head|body)\b/i.test(source.text)
    ? convertDocument(name, Buffer.from(source.text), "text/html")
    : undefined;
};

/**
 * An attachment as a content block.
 *
 * @param label Of the input and its row, for errors.
 * @param hasCodeExecution Code may open files that Claude itself does not read.
 * @throws InputError for what the API does not accept.
 */
export const attachmentBlock = (
  { name, source }: Attachment,
  label: string,
  { hasCodeExecution, labels }: { hasCodeExecution: boolean; labels: Labels },
): NamedBlock => {
  // A text of another system may look like one of these: a name with an ending shows the intention.
  const isExpected = mediaType(name) !== undefined;
  const read = (): AttachmentBlock => {
    if ("bytes" in source) return bytesBlock(name, source.bytes, source.contentType);
    if ("text" in source) return { block: textBlock(name, source.text) };
    if ("url" in source) {
      const notice: Notice | undefined = isExpected ? undefined : { code: "read_as_url" };
      return { notice, ...urlBlock(name, source.url) };
    }
    const { fileId, mimeType, isLookedUp } = source;
    const notice: Notice | undefined =
      isExpected || (mimeType && !isLookedUp) ? undefined : { code: "read_as_file_id" };
    return { notice, ...fileBlock(name, fileId, mimeType, hasCodeExecution) };
  };
  return { name, ...asInput(label, read, labels) };
};

/** From this number, the types of files are looked up together. */
const manyFiles = 10;

/** Types of uploaded files, by ID. */
type Types = Map<string, string>;

/**
 * Looks up the types of the file IDs in attachments. A type stays unknown if the host cannot say it:
 * the name may say it then.
 */
export const typesOfFiles = (
  client: Client,
  attachments: readonly Attachment[],
): Promise<Types> => {
  const ids = new Set(
    attachments.flatMap(({ source }) =>
      "fileId" in source && !source.mimeType ? source.fileId : [],
    ),
  );
  return ids.size < manyFiles ? typesOfFew(client, [...ids]) : typesOfMany(client, [...ids]);
};

export const withFileType = (attachment: Attachment, types: Types): Attachment => {
  const { source } = attachment;
  if (!("fileId" in source) || source.mimeType) return attachment;
  const mimeType = types.get(source.fileId);
  return { ...attachment, source: { ...source, mimeType, isLookedUp: true } };
};

const typesOfFew = async (client: Client, ids: readonly string[]): Promise<Types> => {
  const types: Types = new Map();
  await Promise.all(
    ids.map(async (id) => {
      const file = await retrieveFile(client, id, { isQuickLookup: true }).catch(() => undefined);
      const type = file?.data.mime_type;
      if (isText(type)) types.set(id, type);
    }),
  );
  return types;
};

/** The API looks up this many IDs in one request. */
const idsInRequest = 100;

const typesOfMany = async (client: Client, ids: readonly string[]): Promise<Types> => {
  const types: Types = new Map();
  for (let start = 0; start < ids.length; start += idsInRequest) {
    const query = ids
      .slice(start, start + idsInRequest)
      .map((id): [string, string] => ["ids[]", id]);
    const page = await listFilesPage(client, [...query, ["limit", String(idsInRequest)]]).catch(
      () => undefined,
    );
    for (const { id, mime_type: type } of page?.data ?? []) if (isText(type)) types.set(id, type);
  }
  return types;
};
