/* The file that Upload File, or Chat for a large attachment, uploads. */
import { imageDimensionsFromData } from "image-dimensions";
import { decodeBase64 } from "../claude/files/encoding";
import { fileLimits } from "../claude/files/files";
import { isImage, isTextual, mediaType, unknownType } from "../claude/files/format";
import { isPdf } from "../claude/messages/pdf";
import { inMB } from "../wording/sentence";
import { readAttachment } from "./attachments";
import { InputError } from "./InputError";
import type { Reader } from "./read";

/** A file that was given: bytes, or a text. */
export type GivenFile = { bytes: Buffer; contentType?: string } | { text: string };

/**
 * Reads a file in the forms that steps return it, or text.
 *
 * @throws InputError for anything else.
 */
export const readFile: Reader<GivenFile> = (label) => (value) => {
  if (typeof value === "number" || typeof value === "boolean") {
    throw new InputError(label, "must be a file from an earlier step, or text.");
  }
  const source = readAttachment("")(label)(value);
  if ("url" in source) {
    throw new InputError(label, "is a URL. Fetch it in an earlier step and reference the result.");
  }
  if ("fileId" in source) {
    throw new InputError(label, `is the ID of a file that is already uploaded: ${source.fileId}.`);
  }
  return source;
};

/**
 * A file with its content type: detected from its bytes, else as the earlier step says, else from
 * its name. Text with the name of a binary file is base64.
 *
 * @throws InputError for a file that is empty or too large.
 */
export const namedFile = (
  label: string,
  name: string,
  file: GivenFile,
): { bytes: Buffer; contentType: string } => {
  const typeOfName = mediaType(name);
  const bytes =
    "bytes" in file
      ? file.bytes
      : typeOfName && !isTextual(typeOfName)
        ? decodeBase64(file.text, true)
        : undefined;
  if (bytes === undefined) {
    if (typeOfName && typeOfName !== unknownType && !isTextual(typeOfName)) {
      throw new InputError(
        label,
        `is text, but ${name} is not the name of a text file. Reference binary data of the earlier step, or change the name.`,
      );
    }
    const text = Buffer.from("text" in file ? file.text : "");
    checkSize(label, text);
    return {
      bytes: text,
      contentType: typeOfName && isTextual(typeOfName) ? typeOfName : "text/plain",
    };
  }
  checkSize(label, bytes);
  const stated = "bytes" in file ? file.contentType : undefined;
  const isVague = stated === undefined || [unknownType, "text/plain"].includes(stated);
  const contentType =
    contentTypeOfBytes(bytes) ?? (isVague ? typeOfName : undefined) ?? stated ?? unknownType;
  return { bytes, contentType };
};

/** Undefined if the bytes have no known signature. */
const contentTypeOfBytes = (bytes: Buffer): string | undefined => {
  if (isPdf(bytes)) return "application/pdf";
  const image = isImage(bytes) ? imageDimensionsFromData(bytes)?.type : undefined;
  return image && `image/${image}`;
};

const checkSize = (label: string, { length }: Buffer): void => {
  if (length === 0) throw new InputError(label, "is empty.");
  if (length > fileLimits.bytes) {
    throw new InputError(
      label,
      `has ${inMB(length)}, but the API accepts at most ${inMB(fileLimits.bytes)}. Split it or make it smaller.`,
    );
  }
};

/** A name as the API accepts it. */
export const validName = (name: string): string => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const valid = name.replace(/[<>:"|?*\\/\0-\x1f\x7f]/g, "_").trim();
  const extension = /\.[^.]{1,20}$/.exec(valid)?.[0] ?? "";
  if (valid.length <= fileLimits.nameLength) return valid;
  const truncated = valid.slice(0, fileLimits.nameLength - extension.length);
  // No half emoji at the end.
  return truncated.replace(/[\ud800-\udbff]$/, "") + extension;
};
