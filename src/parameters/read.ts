import { isBase64 } from "../claude/files/encoding";
import { isBinaryFormat } from "../claude/files/format";
import { isRecord } from "../client/values";
import { didYouMean, nearest } from "../wording/suggest";
import { fileText } from "./binary";
import { InputError } from "./InputError";
import { jsonFault } from "./jsonFault";
import { fits, numeralAdvice, type Range, readNumeral } from "./numeral";

/*
 * Readers of input values, for an input's `clean`. By hand: spectral's own converters turn an empty
 * number into 0, "off" into true and an object into "[object Object]".
 *
 * Blank values (empty text, null, undefined) count as not given: an untouched input arrives in any
 * of these forms.
 */

/** Makes the reader of an input, which names the input by its label in errors. */
export type Reader<T> = (label: string) => (value: unknown) => T;

export const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === "string" && value.trim() === "");

/** A short form of a value for error messages. */
export const shown = (value: unknown): string => {
  if (typeof value === "string") {
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  }
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : String(value);
};

/** Text, unchanged, also of a text file. Numbers and booleans are converted. */
export const optionalText: Reader<string | undefined> = (label) => (value) => {
  const given = fileText(label, value) ?? value;
  if (isBlank(given)) return undefined;
  if (typeof given === "string") return given;
  if (["number", "boolean", "bigint"].includes(typeof given)) return String(given);
  throw new InputError(label, `must be text, but was ${shown(given)}. ${adviceFor(given)}`);
};

/** Which part of a list or an object is the text. */
const adviceFor = (value: unknown): string => {
  if (Array.isArray(value)) return "Reference one of its entries.";
  const names = isRecord(value) ? Object.keys(value) : [];
  if (names.includes("text")) return "Reference its field text.";
  return names.length === 0
    ? "Reference a text."
    : `Reference one of its fields: ${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}.`;
};

export const requiredText =
  (advice = "Enter a text or reference an earlier step."): Reader<string> =>
  (label) =>
  (value) => {
    const text = optionalText(label)(value);
    if (text === undefined) throw new InputError(label, `is required. ${advice}`);
    return text;
  };

const rangeText = ({ min, max }: Range): string =>
  max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;

const numberReader =
  (kind: "number" | "whole number") =>
  (range: Range): Reader<number | undefined> =>
  (label) =>
  (value) => {
    if (isBlank(value)) return undefined;
    const isWhole = kind === "whole number";
    const isText = typeof value === "string";
    const read = isText ? readNumeral(value, isWhole, range) : value;
    if (typeof read !== "number" || !fits(read, isWhole, range)) {
      throw new InputError(
        label,
        `must be a ${kind} ${rangeText(range)}, but was ${shown(value)}.${isText ? numeralAdvice(value, isWhole, range) : ""}`,
      );
    }
    return read;
  };

/** A number in a range, both ends included. */
export const optionalNumber = numberReader("number");

/** A whole number in a range, both ends included. */
export const optionalInteger = numberReader("whole number");

/** A word in lower case, undefined for anything else. */
const word = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "boolean"
    ? String(value).trim().toLowerCase()
    : undefined;

/** A switch, off if it is blank. The platform passes true and false as booleans or as text. */
export const flag: Reader<boolean> = (label) => (value) => {
  if (isBlank(value) || word(value) === "false") return false;
  if (word(value) === "true") return true;
  throw new InputError(label, `must be true or false, but was ${shown(value)}.`);
};

/** One of a few values, not case-sensitive. */
export const oneOf =
  <const T extends string>(label: string, choices: readonly T[]) =>
  (value: unknown): T | undefined => {
    if (isBlank(value)) return undefined;
    const choice = choices.find((candidate) => candidate.toLowerCase() === word(value));
    if (choice === undefined) {
      throw new InputError(
        label,
        `must be one of ${choices.join(", ")}, but was ${shown(value)}.${didYouMean(nearest(value, choices))}`,
      );
    }
    return choice;
  };

/** A list of texts, without blank ones. A single text is a list of one. */
export const texts: Reader<string[]> = (label) => (value) => {
  const items = Array.isArray(value) ? value : [value];
  return items.map(optionalText(label)).filter((text) => text !== undefined);
};

/** Refuses functions and symbols, which only code can pass. */
export const refuseCode = (label: string, value: unknown): void => {
  if (typeof value !== "function" && typeof value !== "symbol") return;
  throw new InputError(label, `must be a JSON value, but was a ${typeof value}.`);
};

/** Data, as data, as JSON text, or as a file with JSON. It may contain values that JSON does not support. */
export const optionalData: Reader<unknown> = (label) => (value) => {
  const given = fileText(label, value) ?? value;
  if (isBlank(given)) return undefined;
  refuseCode(label, given);
  const data = typeof given === "string" ? parseJson(label, given) : given;
  if (isDeeperThan(maxDepth, data)) throw tooDeep(label);
  return data ?? undefined;
};

/** Data that can be sent as JSON, as data or as JSON text. */
export const optionalJson: Reader<unknown> = (label) => (value) => {
  const data = optionalData(label)(value);
  if (containsBigInt(data)) {
    throw new InputError(
      label,
      "contains a BigInt, which JSON does not support. Convert it to text.",
    );
  }
  return data;
};

const containsBigInt = (value: unknown): boolean =>
  typeof value === "bigint" ||
  (typeof value === "object" &&
    value !== null &&
    !(value instanceof Uint8Array) &&
    // Converts itself to JSON.
    !("toJSON" in value) &&
    Object.values(value).some(containsBigInt));

const parseJson = (label: string, text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new InputError(label, `must be valid JSON${jsonFault(text)}`);
  }
};

/** Real data is never this deep, and code that reads it would overflow the stack. */
const maxDepth = 500;

const tooDeep = (label: string): InputError =>
  new InputError(label, `is nested more than ${maxDepth} levels deep, or contains itself.`);

const isDeeperThan = (levels: number, value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  !(value instanceof Uint8Array) &&
  (levels === 0 || Object.values(value).some((member) => isDeeperThan(levels - 1, member)));

/** A value as JSON text. Files are refused: as JSON they would be lists of numbers, or base64. */
export const toJsonText = (label: string, value: unknown, indent?: number): string => {
  try {
    const file = findFile(label, value);
    if (file !== undefined) {
      throw new InputError(
        label,
        `contains a file${file && ` in ${file}`}. Reference the file itself.`,
      );
    }
    return JSON.stringify(value, null, indent) ?? "null";
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(label, `cannot be written as JSON: ${(error as Error).message}.`);
  }
};

/** Whether a text is the base64 of a file. A shorter one may be an icon. */
const isEncodedFile = (text: string): boolean =>
  text.length > 2_000 &&
  isBase64(text) &&
  isBinaryFormat(Buffer.from(text.slice(0, 2_000), "base64"));

/**
 * The path of the first file in a value.
 *
 * @throws InputError for a value that is nested too deeply.
 */
const findFile = (
  label: string,
  value: unknown,
  path = "",
  levels = maxDepth,
): string | undefined => {
  if (typeof value === "string") return isEncodedFile(value) ? path : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  const { type, data } = value as { type?: unknown; data?: unknown };
  if (value instanceof Uint8Array || (type === "Buffer" && Array.isArray(data))) return path;
  if (levels === 0) throw tooDeep(label);
  for (const [key, member] of Object.entries(value)) {
    const file = findFile(label, member, path ? `${path}.${key}` : key, levels - 1);
    if (file !== undefined) return file;
  }
  return undefined;
};

/** A JSON object, as data or as JSON text. */
export const optionalObject: Reader<Record<string, unknown> | undefined> = (label) => (value) => {
  const object = optionalJson(label)(value);
  if (object === undefined) return undefined;
  if (isRecord(object)) return object;
  throw new InputError(label, `must be a JSON object, but was ${shown(object)}.`);
};

/** JSON text of an object or a list as data. Anything else unchanged. */
export const parsedIfJson = (value: unknown): unknown => {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};

/**
 * The rows of a key-value list, without blank ones: a list of rows, one row, an object, or one of
 * them as JSON text.
 *
 * @throws InputError for anything else, and for a row without a key if keys are required.
 */
export const rowsIn = (
  label: string,
  value: unknown,
  { isKeyRequired = true } = {},
): { key: string; value: unknown }[] => {
  if (isBlank(value)) return [];
  const given = parsedIfJson(value);
  const rows = Array.isArray(given) ? given : isRecord(given) ? rowsOfObject(given) : undefined;
  if (!rows || given instanceof Uint8Array) {
    throw new InputError(label, `must be a list of keys and values, but was ${shown(given)}.`);
  }
  return rows.flatMap((row: unknown, index) => {
    if (isBlank(row)) return [];
    const { key, value, ...others } = isRecord(row) ? row : { value: row };
    if (typeof key === "string" && !isBlank(key)) return [{ key, value }];
    if (isBlank(key) && Object.keys(others).length === 0) {
      if (isBlank(value)) return [];
      if (!isKeyRequired && isRecord(row)) return [{ key: "", value }];
    }
    const names = Object.keys(others).slice(0, 5).join(", ");
    throw new InputError(
      label,
      `has a row without a key: row ${index + 1}${names && `, which has ${names}`}. A row has a key and a value.`,
    );
  });
};

const rowsOfObject = (object: Record<string, unknown>): unknown[] =>
  "key" in object && Object.keys(object).every((name) => name === "key" || name === "value")
    ? [object]
    : Object.entries(object).map(([key, value]) => ({ key, value }));

/** The rows of a key-value list, with their values read. See rowsIn. */
export const keyValues =
  <T>(label: string, readValue: Reader<T>) =>
  (value: unknown): { key: string; value: T }[] =>
    rowsIn(label, value).map(({ key, value }) => ({
      key,
      value: readValue(`${label} "${key}"`)(value),
    }));
