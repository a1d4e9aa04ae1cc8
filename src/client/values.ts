/* What a value of an answer is. */

/** A text that says something. */
export const isText = (value: unknown): value is string =>
  typeof value === "string" && value !== "";

/** An object or a list. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
