/* The inputs of a step, as lines for a person. */
import type { builtComponent } from "../component";
import { inlineJson } from "../screen";

export type Definition = (typeof builtComponent.actions)[string]["inputs"][number];

const maxLength = 80;

/** A word that is shown in part, such as a key, fits in a line of a small terminal. */
const maxWord = 36;

/** The lines that describe an input: one for each field of a group, one for a list. */
export const describeInput = (
  definition: Definition | undefined,
  name: string,
  value: unknown,
): [label: string, text: string][] => {
  const label = definition?.label ?? name;
  if (definition?.collection && Array.isArray(value) && definition.inputs) {
    const rows = value.map(({ name, type, flow }) => flow ?? `${name} (${type})`);
    return [[label, rows.join(", ")]];
  }
  if (definition?.inputs && typeof value === "object" && value !== null) {
    const fields = definition.inputs;
    return Object.entries(value).map(([key, part]) => [
      fields.find((field) => field.key === key)?.label ?? key,
      summarize(part),
    ]);
  }
  if (name === "conversation")
    return [[label, `the ${(value as unknown[])?.length} earlier turns`]];
  return [[label, summarize(value)]];
};

/** A value on one line: rows by key, files by size, long data truncated. */
const summarize = (value: unknown): string => {
  if (typeof value !== "object" || value === null) return truncate(String(value));
  if (Array.isArray(value) && value.every((row) => row?.key !== undefined)) {
    return value.map(({ key, value }) => `${key}: ${summarize(value)}`).join(", ");
  }
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) {
    return truncate(value.join(", "));
  }
  const { data, contentType } = value as { data?: unknown; contentType?: unknown };
  if (Buffer.isBuffer(data)) return `${contentType}, ${(data.length / 1000).toFixed(1)} kB`;
  return truncate(inlineJson(value));
};

/** Ends after a whole word, unless there is none. */
const truncate = (text: string): string => {
  const line = text.replace(/\s+/g, " ").trim();
  if (line.length <= maxLength) return line;
  const words = line.slice(0, maxLength + 1).replace(/\s\S*$/, "");
  return words.length <= maxLength ? `${words} …` : `${line.slice(0, maxWord)}…`;
};
