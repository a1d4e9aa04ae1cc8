import { asBytes, checkedType, readFileValue } from "../claude/files/fileValue";
import { isBinaryFormat } from "../claude/files/format";
import { decodeText } from "../claude/files/text";
import { isObject, isRecord } from "../client/values";
import { asInput, InputError } from "./InputError";
import type { Reader } from "./read";

/** Bytes and their content type, if it is known. */
export interface Binary {
  bytes: Buffer;
  contentType?: string;
}

/**
 * Reads a binary in the forms of the platform: `{data, contentType}` from an earlier step, a Buffer,
 * a Buffer converted to JSON, a Uint8Array, an ArrayBuffer. Undefined for anything else, also for
 * files in the forms of other services: those may be meant as data.
 */
export const asBinary: Reader<Binary | undefined> = (label) => (value) => {
  const bytes = asBytes(value);
  if (bytes) return { bytes };
  if (!isRecord(value)) return undefined;
  const { data, contentType, ...rest } = value;
  const inner = asBytes(data);
  // An object that has a file among other members is not a file.
  if (!inner || (typeof contentType !== "string" && Object.keys(rest).length > 0)) {
    return undefined;
  }
  if (typeof contentType !== "string") return { bytes: inner };
  return { bytes: inner, contentType: asInput(label, () => checkedType(contentType)) };
};

/** The content of a file, or text. */
export const fileContent: Reader<Binary> = (label) => (value) => {
  const file = asInput(label, () => readFileValue(value));
  if (file && "bytes" in file) return { bytes: file.bytes, contentType: file.contentType };
  if (typeof value === "string") return { bytes: Buffer.from(value) };
  if (file && "text" in file)
    return { bytes: Buffer.from(file.text), contentType: file.contentType };
  throw new InputError(label, "must be a file from an earlier step, or text.");
};

/** How bytes start that were converted to JSON text. */
const bytesAsJson = /^\s*\{"(type":"Buffer","data":\[|data":\{"type":"Buffer")/;

/**
 * The text of a file of an earlier step. Undefined if the value is not a file.
 *
 * @throws InputError for a file that is not text.
 */
export const fileText = (label: string, value: unknown): string | undefined => {
  const canBeFile = typeof value === "string" ? bytesAsJson.test(value) : isObject(value);
  if (!canBeFile || Array.isArray(value)) return undefined;
  const file = asInput(label, () => readFileValue(value));
  if (!file || !("bytes" in file || "text" in file)) return undefined;
  const text =
    "text" in file ? file.text : isBinaryFormat(file.bytes) ? undefined : decodeText(file.bytes);
  if (text !== undefined) return text;
  throw new InputError(
    label,
    "must be text, but was a file that is not text in UTF-8. Attach files as Attachments, and save texts as UTF-8.",
  );
};
