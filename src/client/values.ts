/* Type checks for values of a response. */

/** A text that is not empty. */
export const isText = (value: unknown): value is string =>
  typeof value === "string" && value !== "";

/** An object or an array. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** An object that is not an array. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  isObject(value) && !Array.isArray(value);

/** A text, undefined for anything else. IDs and cursors may be numbers. */
export const asText = (value: unknown): string | undefined =>
  typeof value === "number" ? String(value) : typeof value === "string" ? value : undefined;

/** The first text that occurs twice. Undefined entries do not count. */
export const findRepeated = (texts: readonly (string | undefined)[]): string | undefined => {
  const seen = new Set<string>();
  return texts.find((text) => text !== undefined && seen.size === seen.add(text).size);
};
