import { fillIn, placeholders } from "../claude/messages/template";
import { fileText } from "./binary";
import { didYouMean, nearest } from "../wording/suggest";
import { keyValueList } from "./define";
import { InputError } from "./InputError";
import { type Reader, toJsonText } from "./read";

/** Text, or other values as JSON. Undefined if there is no value. */
const readValue: Reader<string | undefined> = (label) => (value) => {
  if (value === undefined || value === null) return undefined;
  return fileText(label, value) ?? (typeof value === "string" ? value : toJsonText(label, value));
};

export const variables = keyValueList("Variables", readValue, {
  keyLabel: "Variable",
  comments:
    "Values for placeholders in Message and System Prompt: each {{NAME}} is replaced by the value of NAME. Objects and lists are inserted as JSON.",
  placeholder: "Enter or reference a value",
  example: "NAME: the output of an earlier step",
});

const maxListed = 10;

const inBraces = (name: string): string => `{{${name}}}`;

/**
 * Fills the placeholders of texts. Without variables, texts stay unchanged: the braces may be meant.
 *
 * @returns The texts in order, and a warning for each variable that no text uses.
 * @throws InputError that lists the placeholders without a value.
 */
export const fillInVariables = <T extends (string | undefined)[]>(
  rows: { key: string; value: string | undefined }[],
  ...texts: T
): { texts: T; warnings: string[] } => {
  if (rows.length === 0) return { texts, warnings: [] };
  const values = new Map<string, string>();
  for (const { key, value } of rows) if (value !== undefined) values.set(key.trim(), value);
  const names = placeholders(texts.filter((text) => text !== undefined));
  const missing = names.filter((name) => !values.has(name));
  if (missing.length > 0) {
    const listed = missing.slice(0, maxListed).map(inBraces);
    const others = missing.length - listed.length;
    const near = missing.length > 1 ? [] : nearest(missing[0], [...values.keys()]).map(inBraces);
    throw new InputError(
      variables.label.value,
      `has no value for ${listed.join(", ")}${others > 0 ? ` and ${others} more` : ""}.${didYouMean(near)}`,
    );
  }
  const unused = rows.map(({ key }) => key.trim()).filter((key) => !names.includes(key));
  return {
    texts: texts.map((text) => text && fillIn(text, (name) => values.get(name))) as T,
    warnings: unused.map((name) => `Variable ${name} is not used: no text contains {{${name}}}.`),
  };
};
