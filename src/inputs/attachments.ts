import { isUtf8 } from "node:buffer";
import type { FileMetadata } from "@anthropic-ai/sdk/resources/files";
import { input } from "@prismatic-io/spectral";
import { retrieveFile } from "../claude/files/files";
import {
  type AttachmentBlock,
  bytesBlock,
  fileBlock,
  fromDataUrl,
  isBase64,
  isDataUrl,
  isImage,
  isTextual,
  mediaType,
  textBlock,
  urlBlock,
} from "../claude/messages/attachment";
import { isPdf } from "../claude/messages/pdf";
import type { Client } from "../client/client";
import { isText } from "../client/values";
import { asBinary, checkedType } from "./binary";
import { asInput, InputError } from "./InputError";
import { asJson, isBlank, keyValues } from "./read";

const label = "Attachments";

/** Where an attachment's content is to be found. */
type Source =
  | { bytes: Buffer; contentType?: string }
  | { text: string }
  | { url: string }
  | { fileId: string; mimeType?: string };

export interface Attachment {
  name: string;
  source: Source;
}

/** Finds out what a value is: a file, a text, an address, the id of a file. */
export const readSource =
  (label: string) =>
  (value: unknown): Source => {
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
      throw new InputError(label, "takes a file, an address, a file id or a text.");
    }
    const { type, id, mime_type, data, contentType } = value as Partial<FileMetadata> & {
      data?: unknown;
      contentType?: unknown;
    };
    if (type === "file" && typeof id === "string") return { fileId: id, mimeType: mime_type };
    // A file with its name and size beside it, as e-mails and forms have them.
    const said = typeof contentType === "string" ? checkedType(label, contentType) : undefined;
    const inner = asBinary(label)(data);
    if (inner) return { bytes: inner.bytes, contentType: said ?? inner.contentType };
    if (typeof data === "string" && said !== undefined) {
      const encoded = data.trim();
      // What is no text can only be encoded.
      const bytes =
        !isTextual(said) && isBase64(encoded) ? Buffer.from(encoded, "base64") : base64(encoded);
      return bytes ? { bytes, contentType: said } : { text: data };
    }
    // What an earlier step returned as data is read as the JSON that it is.
    return { text: asJson(label, value, 2) };
  };

const sourceOfText = (label: string, value: string): Source => {
  const text = value.trim();
  if (/^https?:\/\/\S+$/i.test(text)) {
    if (!URL.canParse(text)) throw new InputError(label, `is no address: ${text.slice(0, 60)}.`);
    return { url: text };
  }
  if (/^file_[\w-]+$/.test(text)) return { fileId: text };
  if (isDataUrl(text)) return asInput(label, () => fromDataUrl(text));
  const bytes = base64(text);
  return bytes ? { bytes } : { text: value };
};

/** Shorter texts are words more likely than files. */
const shortestBase64 = 16;

/**
 * The bytes of a text that is a file in base64. A text that only happens to look like base64 decodes
 * to bytes that are nothing: undefined.
 */
const base64 = (text: string): Buffer | undefined => {
  if (text.length < shortestBase64 || !isBase64(text)) return undefined;
  const bytes = Buffer.from(text, "base64");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const isPlain = isUtf8(bytes) && !/[\0-\x08\x0e-\x1f\x7f]/.test(bytes.toString());
  return isImage(bytes) || isPdf(bytes) || isPlain ? bytes : undefined;
};

export const attachments = input({
  label,
  type: "string",
  collection: "keyvaluelist",
  required: false,
  comments:
    "Images, PDFs and texts (CSV, JSON, Markdown, …) for Claude to read. Key: the name of the file. Value: the file from an earlier step, its web address, or the id of a file uploaded to Claude.",
  placeholder: "Reference a file, or enter an address or a file id",
  example: "invoice.pdf: the file of an earlier step",
  clean: (value: unknown): Attachment[] =>
    keyValues(
      label,
      readSource,
    )(value).map(({ key, value }) => ({ name: key.trim(), source: value })),
});

/**
 * Attachments as content blocks.
 *
 * @param forCode Code Execution is on: files that only code can read are handed to it.
 * @throws InputError that names the attachment and what is wrong with it.
 */
export const attachmentBlocks = async (
  client: Client,
  rows: readonly Attachment[],
  forCode: boolean,
): Promise<(AttachmentBlock & { name: string })[]> =>
  Promise.all(
    rows.map(async ({ name, source }) => {
      const mimeType = "fileId" in source ? await typeOfFile(client, name, source) : undefined;
      const block = asInput(`${label} "${name}"`, (): AttachmentBlock => {
        if ("bytes" in source) return bytesBlock(name, source.bytes, source.contentType);
        if ("text" in source) return { block: textBlock(name, source.text) };
        if ("url" in source) return urlBlock(name, source.url);
        return fileBlock(name, source.fileId, mimeType, forCode);
      });
      return { name, ...block };
    }),
  );

/** A look-up that fails or drags on must not hold up the message: the name may tell as well. */
const lookUpLimits = { timeoutMs: 5_000, maxRetries: 0 };

/** What the Files API says a file is, unless that is known or its name tells. */
const typeOfFile = async (
  client: Client,
  name: string,
  { fileId, mimeType }: { fileId: string; mimeType?: string },
): Promise<string | undefined> => {
  if (mimeType || mediaType(name)) return mimeType;
  const file = await retrieveFile(client, fileId, lookUpLimits).catch(() => undefined);
  const type = file?.data.mime_type;
  return isText(type) ? type : undefined;
};
