import { isObject } from "../client/values";

/** Reads a value of an answer as what it should be, undefined for what cannot be that. */
export type Reader = (value: unknown) => unknown;

/** Counts come as text too. */
export const asCount = (value: unknown): number | undefined => {
  const count = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return typeof count === "number" && count >= 0 ? count : undefined;
};

export const asObject: Reader = (value) => (isObject(value) ? value : undefined);

export const asList: Reader = (value) => (Array.isArray(value) ? value : undefined);

/** Gives the fields of an object their types. What cannot be of its type counts as left out. */
export const withTypes = (
  object: object | null | undefined,
  readers: Record<string, Reader>,
): void => {
  if (!object) return;
  const fields = object as Record<string, unknown>;
  // Not Object.entries: it would make lists for each of 100,000 results.
  for (const name in readers) {
    const value = fields[name];
    if (value === undefined || value === null) continue;
    const read = readers[name]?.(value);
    if (read === undefined) delete fields[name];
    else if (read !== value) fields[name] = read;
  }
};
