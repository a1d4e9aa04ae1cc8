/* What a value of an answer is. */

/** A text that says something. */
export const isText = (value: unknown): value is string =>
  typeof value === "string" && value !== "";

/** An object or a list. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** An object that is no list. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  isObject(value) && !Array.isArray(value);

/** A text, undefined for what is none. Ids and cursors come as numbers too. */
export const asText = (value: unknown): string | undefined =>
  typeof value === "number" ? String(value) : typeof value === "string" ? value : undefined;
