import { InputError } from "./InputError";

/** Bytes and what they are, where that is known. */
export interface Binary {
  bytes: Buffer;
  contentType?: string;
}

/**
 * Reads a file as the platform hands it on: `{data, contentType}` from an earlier step, a Buffer,
 * a Buffer that became JSON on the way, a Uint8Array, an ArrayBuffer. Undefined for everything else.
 */
export const asBinary =
  (label: string) =>
  (value: unknown): Binary | undefined => {
    const bytes = asBytes(value);
    if (bytes) return { bytes };
    if (typeof value !== "object" || value === null) return undefined;
    const { data, contentType, ...rest } = value as { data?: unknown; contentType?: unknown };
    const inner = asBytes(data);
    // An object that happens to have a file among its fields is no file.
    if (!inner || (typeof contentType !== "string" && Object.keys(rest).length > 0)) {
      return undefined;
    }
    if (typeof contentType !== "string") return { bytes: inner };
    return { bytes: inner, contentType: checkedType(label, contentType) };
  };

/** A content type goes into a header: no line breaks. */
export const checkedType = (label: string, contentType: string): string => {
  if (/^[\x20-\x7e]+$/.test(contentType)) return contentType;
  throw new InputError(
    label,
    `has a content type that is none: ${JSON.stringify(contentType.slice(0, 60))}.`,
  );
};

/** Bytes in any form that the platform gives them, undefined for everything else. */
export const asBytes = (value: unknown): Buffer | undefined => {
  if (Buffer.isBuffer(value)) return value;
  // The same bytes, not a copy of them.
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

/** The content of a file: binary, or the text it consists of. */
export const fileContent =
  (label: string) =>
  (value: unknown): Binary => {
    const binary = asBinary(label)(value);
    if (binary) return binary;
    if (typeof value === "string") return { bytes: Buffer.from(value) };
    throw new InputError(label, "takes a file from an earlier step, or text.");
  };
