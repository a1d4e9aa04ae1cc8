import { readHtml } from "../claude/documents/html";
import { type FileSource, isFile, readFileValue } from "../claude/files/fileValue";
import { isRecord } from "../client/values";
import { keyValueList } from "./define";
import { asInput, InputError } from "./InputError";
import { isBlank, parsedIfJson, type Reader, rowsIn, toJsonText } from "./read";

export interface Attachment {
  name: string;
  source: FileSource;
}

/** Reads a file, a URL, a file ID, or a text. Other data is a text: its JSON. */
export const readAttachment =
  (name: string): Reader<FileSource> =>
  (label) =>
  (value) => {
    if (isBlank(value)) {
      throw new InputError(
        label,
        "is empty. Reference a file of an earlier step, or remove the row.",
      );
    }
    if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") {
      throw new InputError(label, "must be a file, a URL, a file ID or a text.");
    }
    return (
      asInput(label, () => readFileValue(value, name)) ?? { text: toJsonText(label, value, 2) }
    );
  };

/** A value as a list of files, undefined if it is something else. */
const asFiles = (value: unknown): unknown[] | undefined => {
  const given = parsedIfJson(value);
  if (isFile(given)) return [given];
  // One that cannot be read is an error of its own.
  return Array.isArray(given) && given.some(isFile) && !given.some(isRow) ? given : undefined;
};

const isRow = (value: unknown): boolean => isRecord(value) && "key" in value;

interface Row {
  key: string;
  value: unknown;
}

/**
 * The files that a field of an item has: one or several in any form, none if it is blank.
 *
 * @param label Of the field and its row, for errors.
 * @param fallback A name for files that have none.
 */
export const readFiles = (label: string, value: unknown, fallback: string): Attachment[] => {
  if (isBlank(value)) return [];
  const given = parsedIfJson(value);
  const files = asFiles(value) ?? (Array.isArray(given) ? given : [value]);
  return files.map((file, index) => {
    const source = readAttachment("")(files.length > 1 ? `${label}, file ${index + 1},` : label)(
      file,
    );
    const number = files.length > 1 ? ` ${index + 1}` : "";
    return { name: source.name ?? `${fallback}${number}`, source };
  });
};

/** One row for each file. Files may be given whole in place of the rows, or as the value of a row. */
const rowsOfFiles = (label: string, value: unknown): Row[] => {
  const whole = asFiles(value) ?? (isSingleText(value) ? [value] : undefined);
  if (whole) return whole.map((file) => ({ key: "", value: file }));
  return rowsIn(label, value, { isKeyRequired: false }).flatMap(({ key, value }): Row[] => {
    const mail = asMail(value);
    if (mail) {
      const files = mail.files.map((file) => ({ key: "", value: file }));
      return [{ key, value: mail.rest }, ...files];
    }
    const files = Array.isArray(parsedIfJson(value)) ? asFiles(value) : undefined;
    if (!files || files.length < 2) return [{ key, value: files?.[0] ?? value }];
    return files.map((file) => ({ key: "", value: file }));
  });
};

/**
 * An e-mail as a record, with its files in `attachments`: they are attached on their own, and pages in
 * the rest are reduced to their text. Undefined for anything else.
 */
const asMail = (value: unknown): { rest: unknown; files: unknown[] } | undefined => {
  const given = parsedIfJson(value);
  if (!isRecord(given) || isFile(given)) return undefined;
  const name = ["attachments", "Attachments"].find((key) => asFiles(given[key]));
  if (!name) return undefined;
  const { [name]: files, ...rest } = given;
  return { rest: withoutMarkup(rest), files: asFiles(files) ?? [] };
};

const withoutMarkup = (record: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(record).map(([name, member]) => {
      // The body of Microsoft Graph is in its member content.
      if (name === "body" && isRecord(member)) return [name, withoutMarkup(member)];
      const isPage =
        typeof member === "string" && /^\s*<(!doctype|html|head|body|div|p)\b/i.test(member);
      return [name, isPage ? readHtml(member).text : member];
    }),
  );

/** A URL, a file ID or base64 in place of the rows. */
const isSingleText = (value: unknown): boolean =>
  typeof value === "string" && !isBlank(value) && typeof parsedIfJson(value) === "string";

const label = "Attachments";

export const attachments = {
  ...keyValueList(label, () => () => undefined, {
    keyLabel: "File Name",
    comments:
      "Files for Claude to read: images, PDFs, Office documents, e-mails and text. Key: the name of the file. Value: the file of an earlier step, its URL, or the ID of a file uploaded to Claude. To attach a list of files, such as the attachments of an e-mail, reference the list as the value of one row.",
    placeholder: "Reference a file, or enter a URL or a file ID",
    example: "invoice.pdf: the file of an earlier step",
  }),
  clean: (value: unknown): Attachment[] =>
    rowsOfFiles(label, value).map(({ key, value: file }, index) => {
      const given = key.trim();
      const source = readAttachment(given)(`${label} "${given || index + 1}"`)(file);
      return { name: given || source.name || `Attachment ${index + 1}`, source };
    }),
};
