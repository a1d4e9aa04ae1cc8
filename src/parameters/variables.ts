import { fillIn, placeholders } from "../claude/messages/template";
import { didYouMean, nearest } from "../wording/suggest";
import { fileText } from "./binary";
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
    "Values for placeholders in Message and System Prompt: each {{NAME}} is replaced by the value of NAME, and {{{{NAME}}}} by {{NAME}} itself. Objects and lists are inserted as JSON.",
  placeholder: "Enter or reference a value",
  example: "NAME: the output of an earlier step",
});

const maxListed = 10;

/** A text may have a whole paragraph between braces. */
const inBraces = (name: string): string => `{{${name.slice(0, 60)}}}`;

/** The first of several names. */
const listed = (names: readonly string[]): string => {
  const others = names.length - maxListed;
  const first = names.slice(0, maxListed).map(inBraces).join(", ");
  return others > 0 ? `${first} and ${others} more` : first;
};

/**
 * A warning for each text that is sent with what was probably meant to be replaced.
 *
 * @param texts With the labels of their inputs.
 * @param lacksVariables Whether the step has Variables, and they are empty.
 */
export const unfilledWarnings = (
  texts: readonly [label: string | undefined, text: string | undefined][],
  lacksVariables: boolean,
): string[] =>
  texts.flatMap(([label, text = ""]) => {
    const names = lacksVariables ? placeholders([text]) : [];
    return [
      names.length > 0 &&
        `${label} contains ${listed(names)}, but ${variables.label.value} is empty: it was sent as it is.`,
      text.includes("[object Object]") &&
        `${label} contains [object Object], an object inserted as text. Reference one of its fields instead.`,
    ].filter((warning) => warning !== false);
  });

/**
 * Fills the placeholders of texts. Without variables, texts stay unchanged: the braces may be meant.
 *
 * @param isData Whether values are marked as data.
 * @returns The texts in order, and a warning for each variable that no text uses.
 * @throws InputError that lists the placeholders without a value.
 */
export const fillInVariables = <T extends (string | undefined)[]>(
  rows: { key: string; value: string | undefined }[],
  isData: boolean,
  ...texts: T
): { texts: T; warnings: string[] } => {
  if (rows.length === 0) return { texts, warnings: [] };
  const values = new Map<string, string>();
  for (const { key, value } of rows) if (value !== undefined) values.set(key.trim(), value);
  const names = placeholders(texts.filter((text) => text !== undefined));
  const missing = names.filter((name) => !values.has(name));
  if (missing.length > 0) {
    const near = missing.length > 1 ? [] : nearest(missing[0], [...values.keys()]).map(inBraces);
    throw new InputError(
      variables.label.value,
      `has no value for ${listed(missing)}.${didYouMean(near)}`,
    );
  }
  const used = new Set(names);
  const unused = rows.map(({ key }) => key.trim()).filter((key) => !used.has(key));
  return {
    texts: texts.map((text) => text && fillIn(text, (name) => values.get(name), isData)) as T,
    warnings: unused.map((name) => `Variable ${name} is not used: no text contains {{${name}}}.`),
  };
};
