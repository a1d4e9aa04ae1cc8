/* The values of options, as the designer would pass them. */
import { readFileSync } from "node:fs";
import { isCancel, password, select, text } from "@clack/prompts";
import { lookup } from "mrmime";
import { jsonFault } from "../../src/parameters/jsonFault";
import { didYouMean, fold, nearest } from "../../src/wording/suggest";
import { UsageError } from "../failure";
import { isRows, rowsExample, type StepOption } from "./options";
import type { Input } from "./steps";

/** The file that an argument names with `@`, undefined for another argument. */
const fileOf = (typed: string): string | undefined =>
  typed.startsWith("@") ? typed.slice(1) : undefined;

const readFile = (option: string, file: string): Buffer => {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const cause =
      code === "ENOENT"
        ? "does not exist"
        : code === "EISDIR"
          ? "is a folder"
          : `cannot be read (${code})`;
    throw new UsageError(
      `--${option}: the file ${file} ${cause}. A value that starts with @ is the name of a file.`,
    );
  }
};

/** The value of an argument. `@file` is replaced with the text of the file. */
export const textFrom = (option: string, typed: string): string => {
  const file = fileOf(typed);
  return file === undefined ? typed : readFile(option, file).toString();
};

/** The value of an argument. `@file` is replaced with the file, as binary data. */
const fileFrom = (option: string, typed: string): unknown => {
  const file = fileOf(typed);
  if (file === undefined) return typed;
  const contentType = lookup(file) ?? "application/octet-stream";
  return { data: readFile(option, file), contentType };
};

/** For a data input: `@file` is read as text if its name says so, as binary data otherwise. */
const dataFrom = (option: string, typed: string): unknown =>
  /^(text\/|application\/json)/.test(lookup(typed) ?? "")
    ? textFrom(option, typed)
    : fileFrom(option, typed);

const keyAndValue = (option: string, typed: string) => {
  const at = typed.indexOf("=");
  if (at < 1) throw new UsageError(`--${option} must be key=value, but was ${typed}.`);
  return { key: typed.slice(0, at), value: fileFrom(option, typed.slice(at + 1)) };
};

/** Rows as JSON, with the keys or labels of their fields. */
const rowsFrom = (option: string, input: Input, typed: string): unknown => {
  const shape = `It must be a list of rows, such as ${rowsExample(input)}.`;
  const json = textFrom(option, typed);
  let rows: unknown;
  try {
    rows = JSON.parse(json);
  } catch {
    throw new UsageError(
      `--${option} is not valid JSON${jsonFault(json).replace(/\.?$/, ".")} ${shape}`,
    );
  }
  const isRow = (row: unknown) => typeof row === "object" && row !== null && !Array.isArray(row);
  if (!Array.isArray(rows) || !rows.every(isRow)) {
    throw new UsageError(`--${option} is not a list of rows. ${shape}`);
  }
  const fields = input.inputs ?? [];
  return rows.map((row: object, index) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => {
        const field = fields.find(({ key, label }) => [key, label].map(fold).includes(fold(name)));
        if (field) return [field.key, value];
        const near = nearest(
          name,
          fields.map(({ key }) => key),
        );
        throw new UsageError(
          `--${option} has an unknown field ${name} in row ${index + 1}.${didYouMean(near)} ${shape}`,
        );
      }),
    ),
  );
};

/** The value of a choice, which may be typed as its label. */
const choiceFrom = (option: string, choices: { label: string; value: string }[], typed: string) => {
  const given = fold(typed);
  const choice = choices.find(({ label, value }) => [value, label].map(fold).includes(given));
  if (choice) return choice.value;
  const values = choices.map(({ value }) => value);
  throw new UsageError(
    `--${option} must be one of ${values.join(", ")}, but was ${typed}.${didYouMean(nearest(typed, values))}`,
  );
};

const readOne = ({ name, input }: StepOption, typed: string): unknown => {
  if (input.collection === "keyvaluelist") return keyAndValue(name, typed);
  if (isRows(input)) return rowsFrom(name, input, typed);
  if (input.type === "data") return dataFrom(name, typed);
  if (input.model) return choiceFrom(name, input.model, textFrom(name, typed));
  return textFrom(name, typed);
};

/** The value of an option, as commander returns it. */
export const readValue = (option: StepOption, typed: string | string[] | true): unknown =>
  typed === true
    ? "true"
    : Array.isArray(typed)
      ? typed.map((one) => readOne(option, one))
      : readOne(option, typed);

/** Asks for the value of an option on the terminal. */
export const ask = async ({ name, input }: StepOption): Promise<string> => {
  if (!process.stdin.isTTY) {
    const values = input.model
      ? ` One of ${input.model.map(({ value }) => value).join(", ")}.`
      : "";
    throw new UsageError(
      `--${name} is required: ${(input.comments ?? input.label).replace(/\.?$/, ".")}${values}`,
    );
  }
  const message = `${input.label} (${input.comments})`;
  const validate = (value: string | undefined) =>
    value?.trim() ? undefined : `${input.label} is required.`;
  const value = input.model
    ? await select({ message: input.label, options: input.model })
    : input.type === "password"
      ? await password({ message, validate })
      : await text({ message, validate });
  // Ctrl-C.
  if (isCancel(value)) process.exit(130);
  return value;
};
