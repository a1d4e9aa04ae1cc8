import { input } from "@prismatic-io/spectral";
import { fillIn, placeholders } from "../claude/messages/template";
import { InputError } from "./InputError";
import { asJson, keyValues } from "./read";

const label = "Variables";

/** Text as it is, everything else as JSON. Undefined for what is not there. */
const readValue = (label: string) => (value: unknown) => {
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : asJson(label, value);
};

export const variables = input({
  label,
  type: "string",
  collection: "keyvaluelist",
  required: false,
  comments:
    "Values for placeholders in Message and System Prompt: the value of NAME takes the place of {{NAME}}. Objects and lists go in as JSON.",
  placeholder: "Enter or reference a value",
  example: "NAME: the output of an earlier step",
  clean: keyValues(label, readValue),
});

/**
 * Fills the placeholders of texts. Without variables, texts stay as they are: braces may be meant.
 *
 * @returns The texts in their order, and a warning about variables that no text uses.
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
    const shown = missing.slice(0, 10).map((name) => `{{${name}}}`);
    const more = missing.length > shown.length ? ` and ${missing.length - shown.length} more` : "";
    throw new InputError(label, `has no value for ${shown.join(", ")}${more}.`);
  }
  const unused = rows.map(({ key }) => key.trim()).filter((key) => !names.includes(key));
  return {
    texts: texts.map((text) => text && fillIn(text, (name) => values.get(name))) as T,
    warnings: unused.map((name) => `Variable ${name} is not used: no text holds {{${name}}}.`),
  };
};
