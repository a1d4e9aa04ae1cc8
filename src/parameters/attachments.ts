import { isUtf8 } from "node:buffer";
import type { FileMetadata } from "@anthropic-ai/sdk/resources/files";
import {
  fromDataUrl,
  isBase64,
  isDataUrl,
  isImage,
  isTextual,
} from "../claude/messages/attachment";
import { isPdf } from "../claude/messages/pdf";
import { asBinary, checkedType } from "./binary";
import { keyValueList } from "./define";
import { asInput, InputError } from "./InputError";
import { isBlank, type Reader, toJsonText } from "./read";

/** Where the content of a file is. */
export type FileSource =
  | { bytes: Buffer; contentType?: string }
  | { text: string }
  | { url: string }
  | { fileId: string; mimeType?: string };

export interface Attachment {
  name: string;
  source: FileSource;
}

/** Detects what a value is: a file, a text, a URL, a file ID. */
export const readFileSource: Reader<FileSource> = (label) => (value) => {
  if (isBlank(value)) {
    throw new InputError(
      label,
      "is empty. Reference a file of an earlier step, or remove the row.",
    );
  }
  if (typeof value === "string") return sourceOfText(label, value);
  const binary = asBinary(label)(value);
  if (binary) return binary;
  if (typeof value !== "object") {
    throw new InputError(label, "must be a file, a URL, a file ID or a text.");
  }
  const { type, id, mime_type, data, contentType } = value as Partial<FileMetadata> & {
    data?: unknown;
    contentType?: unknown;
  };
  if (type === "file" && typeof id === "string") return { fileId: id, mimeType: mime_type };
  // A file with its name and size, as e-mails and forms have them.
  const stated = typeof contentType === "string" ? checkedType(label, contentType) : undefined;
  const inner = asBinary(label)(data);
  if (inner) return { bytes: inner.bytes, contentType: stated ?? inner.contentType };
  if (typeof data === "string" && stated !== undefined) {
    const encoded = data.trim();
    // A file that is not text can only be base64.
    const bytes =
      !isTextual(stated) && isBase64(encoded)
        ? Buffer.from(encoded, "base64")
        : decodeBase64(encoded);
    return bytes ? { bytes, contentType: stated } : { text: data };
  }
  // The output of an earlier step is attached as JSON.
  return { text: toJsonText(label, value, 2) };
};

const sourceOfText = (label: string, value: string): FileSource => {
  const text = value.trim();
  if (/^https?:\/\/\S+$/i.test(text)) {
    if (!URL.canParse(text)) {
      throw new InputError(label, `is not a valid URL: ${text.slice(0, 60)}.`);
    }
    return { url: text };
  }
  if (/^file_[\w-]+$/.test(text)) return { fileId: text };
  if (isDataUrl(text)) return asInput(label, () => fromDataUrl(text));
  const bytes = decodeBase64(text);
  return bytes ? { bytes } : { text: value };
};

/** A shorter text is more likely a word than a file. */
const minBase64Length = 16;

/**
 * The bytes of a text that is a file in base64. Undefined for a text that only looks like base64:
 * its bytes are no known format.
 */
const decodeBase64 = (text: string): Buffer | undefined => {
  if (text.length < minBase64Length || !isBase64(text)) return undefined;
  const bytes = Buffer.from(text, "base64");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const isText = isUtf8(bytes) && !/[\0-\x08\x0e-\x1f\x7f]/.test(bytes.toString());
  return isImage(bytes) || isPdf(bytes) || isText ? bytes : undefined;
};

const rows = keyValueList("Attachments", readFileSource, {
  comments:
    "Images, PDFs and text files (CSV, JSON, Markdown, …) for Claude to read. Key: the name of the file. Value: the file from an earlier step, its URL, or the ID of a file uploaded to Claude.",
  placeholder: "Reference a file, or enter a URL or a file ID",
  example: "invoice.pdf: the file of an earlier step",
});

export const attachments = {
  ...rows,
  clean: (value: unknown): Attachment[] =>
    rows.clean(value).map(({ key, value: source }) => ({ name: key.trim(), source })),
};
