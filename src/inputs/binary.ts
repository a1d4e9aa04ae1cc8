import { InputError } from "../client/errors";

/** Bytes and what they are, where that is known. */
export interface Binary {
  bytes: Buffer;
  contentType?: string;
}

/**
 * Reads a file as the platform hands it on: `{data, contentType}` from an earlier step, a Buffer,
 * a Buffer that became JSON on the way, a Uint8Array. Undefined for everything else.
 */
export const asBinary = (value: unknown): Binary | undefined => {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value) };
  if (typeof value !== "object" || value === null) return undefined;
  const { data, contentType, type } = value as {
    data?: unknown;
    contentType?: unknown;
    type?: unknown;
  };
  if (type === "Buffer" && Array.isArray(data)) return { bytes: Buffer.from(data) };
  const inner = asBinary(data);
  return inner && typeof contentType === "string" ? { ...inner, contentType } : inner;
};

/** The content of a file: binary, or the text it consists of. */
export const fileContent =
  (label: string) =>
  (value: unknown): Binary => {
    const binary = asBinary(value);
    if (binary) return binary;
    if (typeof value === "string") return { bytes: Buffer.from(value) };
    throw new InputError(label, "takes a file from an earlier step, or text.");
  };
