/* References between steps, as the designer writes them: `chat.results.text`. */
import camelCase from "camelcase";
import { isFile } from "./files";

/** The name of a step in references. */
export const nameOf = (label: string): string => camelCase(label);

const reference = /^([A-Za-z]\w*)\.results((?:\.[\w-]+|\[\d+\]|\["[^"]+"\])*)$/;

/**
 * Values in which each reference is replaced by what it refers to.
 *
 * @param results The outputs of earlier steps, by name.
 * @throws Error if a step that is referred to has not run.
 */
export const resolved = (value: unknown, results: Record<string, unknown>): unknown => {
  if (Array.isArray(value)) return value.map((part) => resolved(part, results));
  if (isFile(value)) return value;
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => [key, resolved(part, results)]),
    );
  }
  const [, step = "", path = ""] =
    (typeof value === "string" && reference.exec(value.trim())) || [];
  if (!step) return value;
  if (!Object.hasOwn(results, step)) throw new Error(`The step ${step} has not run yet.`);
  const keys = [...path.matchAll(/\.([\w-]+)|\[(\d+)\]|\["([^"]+)"\]/g)];
  return keys.reduce<unknown>(
    (member, [, name, index, quoted]) =>
      (member as Record<string, unknown> | null | undefined)?.[name ?? index ?? quoted ?? ""],
    results[step],
  );
};
