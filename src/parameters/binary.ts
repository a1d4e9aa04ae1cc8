import { InputError } from "./InputError";
import type { Reader } from "./read";

/** Bytes and their content type, if it is known. */
export interface Binary {
  bytes: Buffer;
  contentType?: string;
}

/**
 * Reads a file in the forms that the platform passes: `{data, contentType}` from an earlier step, a
 * Buffer, a Buffer converted to JSON, a Uint8Array, an ArrayBuffer. Undefined for anything else.
 */
export const asBinary: Reader<Binary | undefined> = (label) => (value) => {
  const bytes = asBytes(value);
  if (bytes) return { bytes };
  if (typeof value !== "object" || value === null) return undefined;
  const { data, contentType, ...rest } = value as { data?: unknown; contentType?: unknown };
  const inner = asBytes(data);
  // An object that has a file among other members is not a file.
  if (!inner || (typeof contentType !== "string" && Object.keys(rest).length > 0)) {
    return undefined;
  }
  if (typeof contentType !== "string") return { bytes: inner };
  return { bytes: inner, contentType: checkedType(label, contentType) };
};

/** A content type is sent in a header: no line breaks. */
export const checkedType = (label: string, contentType: string): string => {
  if (/^[\x20-\x7e]+$/.test(contentType)) return contentType;
  throw new InputError(
    label,
    `has an invalid content type: ${JSON.stringify(contentType.slice(0, 60))}.`,
  );
};

/** Bytes in the forms that the platform passes, undefined for anything else. */
export const asBytes = (value: unknown): Buffer | undefined => {
  if (Buffer.isBuffer(value)) return value;
  // A view, not a copy.
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  const { type, data } = (value ?? {}) as { type?: unknown; data?: unknown };
  return type === "Buffer" && Array.isArray(data) && data.every(isByte)
    ? Buffer.from(data)
    : undefined;
};

const isByte = (value: unknown): boolean =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 255;

/** The content of a file: binary, or text. */
export const fileContent: Reader<Binary> = (label) => (value) => {
  const binary = asBinary(label)(value);
  if (binary) return binary;
  if (typeof value === "string") return { bytes: Buffer.from(value) };
  throw new InputError(label, "must be a file from an earlier step, or text.");
};
