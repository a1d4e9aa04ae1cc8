import { listFilesPage, retrieveFile } from "../claude/files/files";
import { mediaType } from "../claude/files/format";
import {
  type AttachmentBlock,
  bytesBlock,
  fileBlock,
  textBlock,
  urlBlock,
} from "../claude/messages/attachment";
import type { Notice } from "../claude/notice";
import type { Client } from "../client/client";
import { isText } from "../client/values";
import type { Attachment } from "../parameters/attachments";
import { asInput } from "../parameters/InputError";
import type { Labels } from "../wording/labels";

export type NamedBlock = AttachmentBlock & { name: string };

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
