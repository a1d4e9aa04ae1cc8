import { isObject, isRecord } from "../../client/values";

/** Converts a value of a response to its documented type, undefined if that is not possible. */
export type Reader = (value: unknown) => unknown;

/** A count. Some hosts send numbers as text. A number that is too large for a count is not one. */
export const asCount = (value: unknown): number | undefined => {
  const count = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(count) && Number(count) >= 0 ? Number(count) : undefined;
};

export const asObject: Reader = (value) => (isObject(value) ? value : undefined);

/** An array of objects. */
export const asObjects: Reader = (value) =>
  Array.isArray(value) ? (value.every(isObject) ? value : value.filter(isObject)) : undefined;

/**
 * The input of a tool call. Some hosts send it as JSON text, or `[]` for one without members. What
 * is not exactly one JSON object stays as it is: it is no input, see isToolCall.
 */
export const asToolInput: Reader = (value) => {
  if (typeof value !== "string") return Array.isArray(value) && value.length === 0 ? {} : value;
  if (value.trim() === "") return {};
  try {
    const parsed: unknown = JSON.parse(value);
    return isRecord(parsed) ? parsed : value;
  } catch {
    return value;
  }
};

/** Gives the members of an object their types, in place. A value of another type is removed. */
export const normalizeMembers = (
  object: object | null | undefined,
  readers: Record<string, Reader>,
): void => {
  if (!object) return;
  const members = object as Record<string, unknown>;
  // Not Object.entries: it would allocate lists for each of 100,000 results.
  for (const name in readers) {
    const value = members[name];
    if (value === undefined || value === null) continue;
    const read = readers[name]?.(value);
    if (read === undefined) delete members[name];
    else if (read !== value) members[name] = read;
  }
};
