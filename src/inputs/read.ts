import { isRecord } from "../client/values";
import { InputError } from "./InputError";

/*
 * Readers of input values, for an input's `clean`. By hand: spectral's own converters turn an empty
 * number into 0, "off" into true and an object into "[object Object]".
 *
 * Each takes the input's label for its errors, and understands an empty text, null and undefined
 * as not given: an untouched input comes in any of these forms.
 */

export const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === "string" && value.trim() === "");

/** A value for an error message: what came in, short. */
const shown = (value: unknown): string => {
  if (typeof value === "string") {
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  }
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : String(value);
};

/** Text, exactly as it is. Numbers and booleans count as their text. */
export const optionalText =
  (label: string) =>
  (value: unknown): string | undefined => {
    if (isBlank(value)) return undefined;
    if (typeof value === "string") return value;
    if (["number", "boolean", "bigint"].includes(typeof value)) return String(value);
    throw new InputError(
      label,
      `takes text, but ${shown(value)} was given. Reference one of its fields instead.`,
    );
  };

export const requiredText =
  (label: string, advice = "Enter a text or reference an earlier step.") =>
  (value: unknown): string => {
    const text = optionalText(label)(value);
    if (text === undefined) throw new InputError(label, `is required. ${advice}`);
    return text;
  };

interface Range {
  min: number;
  max?: number;
}

const inWords = ({ min, max }: Range): string =>
  max === undefined ? `of ${min} or more` : `from ${min} to ${max}`;

const number =
  (label: string, kind: "number" | "whole number", range: Range) =>
  (value: unknown): number | undefined => {
    if (isBlank(value)) return undefined;
    const isNumeral = typeof value === "string" && /^\s*-?(\d+\.?\d*|\.\d+)\s*$/.test(value);
    const read = typeof value === "number" || isNumeral ? Number(value) : Number.NaN;
    if (
      !(read >= range.min && read <= (range.max ?? Number.MAX_SAFE_INTEGER)) ||
      (kind === "whole number" && !Number.isInteger(read))
    ) {
      throw new InputError(
        label,
        `takes a ${kind} ${inWords(range)}, but ${shown(value)} was given.`,
      );
    }
    return read;
  };

/** A number within a range, both ends included. */
export const optionalNumber = (label: string, range: Range) => number(label, "number", range);

/** A whole number within a range, both ends included. */
export const optionalInteger = (label: string, range: Range) =>
  number(label, "whole number", range);

/** A word in lower case, undefined for what is no word. */
const word = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "boolean"
    ? String(value).trim().toLowerCase()
    : undefined;

/** A switch, off when not given. The platform passes true and false as they are or as text. */
export const flag =
  (label: string) =>
  (value: unknown): boolean => {
    if (isBlank(value) || word(value) === "false") return false;
    if (word(value) === "true") return true;
    throw new InputError(label, `takes true or false, but ${shown(value)} was given.`);
  };

/** One of a few values. Upper and lower case count as the same. */
export const oneOf =
  <const T extends string>(label: string, choices: readonly T[]) =>
  (value: unknown): T | undefined => {
    if (isBlank(value)) return undefined;
    const choice = choices.find((candidate) => candidate.toLowerCase() === word(value));
    if (choice === undefined) {
      throw new InputError(label, `takes ${choices.join(", ")}, but ${shown(value)} was given.`);
    }
    return choice;
  };

/** A list of texts. Blank entries do not count; a single text is a list of one. */
export const texts =
  (label: string) =>
  (value: unknown): string[] => {
    const read = optionalText(label);
    const list = Array.isArray(value) ? value : [value];
    return list.map(read).filter((text) => text !== undefined);
  };

/** What only code can hand over, and JSON says nothing of. */
export const refuseCode = (label: string, value: unknown): void => {
  if (typeof value !== "function" && typeof value !== "symbol") return;
  throw new InputError(label, `takes what can be written as JSON, which no ${typeof value} can.`);
};

/** Data, as it is or as JSON text. It may hold what JSON has no form for. */
export const optionalData =
  (label: string) =>
  (value: unknown): unknown => {
    if (isBlank(value)) return undefined;
    refuseCode(label, value);
    const data = typeof value === "string" ? parsed(label, value) : value;
    if (isDeeper(data, deepest)) throw tooDeep(label);
    return data ?? undefined;
  };

/** Data that can be sent as JSON, as it is or as JSON text. */
export const optionalJson =
  (label: string) =>
  (value: unknown): unknown => {
    const data = optionalData(label)(value);
    if (holdsBigInt(data)) {
      throw new InputError(label, "holds a BigInt, which JSON has no form for. Make it text.");
    }
    return data;
  };

const holdsBigInt = (value: unknown): boolean =>
  typeof value === "bigint" ||
  (typeof value === "object" &&
    value !== null &&
    !(value instanceof Uint8Array) &&
    // What says itself how it is written.
    !("toJSON" in value) &&
    Object.values(value).some(holdsBigInt));

const parsed = (label: string, text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(
      label,
      `takes JSON, but this is none: ${(error as Error).message.replace(/\.$/, "")}.`,
    );
  }
};

/** No data of this depth is meant, and what reads it would run out of stack. */
const deepest = 500;

const tooDeep = (label: string): InputError =>
  new InputError(label, `is nested more than ${deepest} levels deep, or holds itself.`);

const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === "object" &&
  value !== null &&
  !(value instanceof Uint8Array) &&
  (levels === 0 || Object.values(value).some((part) => isDeeper(part, levels - 1)));

/** A value as JSON text. Files have a place of their own: as JSON they would be lists of numbers. */
export const asJson = (label: string, value: unknown, indent?: number): string => {
  try {
    const file = fileIn(label, value);
    if (file !== undefined) {
      throw new InputError(
        label,
        `holds a file${file && ` in ${file}`}. Reference the file itself.`,
      );
    }
    return JSON.stringify(value, null, indent) ?? "null";
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(label, `cannot be written as JSON: ${(error as Error).message}.`);
  }
};

/**
 * The path to the first file in a value.
 *
 * @throws InputError for a value that is nested too deeply.
 */
const fileIn = (label: string, value: unknown, path = "", levels = deepest): string | undefined => {
  if (typeof value !== "object" || value === null) return undefined;
  const { type, data } = value as { type?: unknown; data?: unknown };
  if (value instanceof Uint8Array || (type === "Buffer" && Array.isArray(data))) return path;
  if (levels === 0) throw tooDeep(label);
  for (const [key, part] of Object.entries(value)) {
    const file = fileIn(label, part, path ? `${path}.${key}` : key, levels - 1);
    if (file !== undefined) return file;
  }
  return undefined;
};

/** An object, as it is or as JSON text. */
export const optionalObject =
  (label: string) =>
  (value: unknown): Record<string, unknown> | undefined => {
    const object = optionalJson(label)(value);
    if (object === undefined) return undefined;
    if (isRecord(object)) return object;
    throw new InputError(label, `takes a JSON object, but ${shown(object)} was given.`);
  };

type Fields = Record<string, { clean?: (value: unknown) => unknown }>;

/** What the fields of a group hold once they are read. */
export type Values<F extends Fields> = {
  [K in keyof F]: F[K] extends { clean: (value: never) => infer T } ? T : unknown;
};

/**
 * The reader of a group of inputs as it comes: untouched (undefined or an empty text), half filled,
 * or whole. Where it is an object, the platform has read its fields already.
 */
export const group = <F extends Fields>({
  label,
  inputs,
}: {
  label: string;
  inputs: F;
}): ((value: unknown) => Values<F>) => {
  let untouched: Values<F> | undefined;
  return (value) => {
    if (isRecord(value)) {
      return value as Values<F>;
    }
    if (!isBlank(value)) {
      throw new InputError(label, `takes its fields, but ${shown(value)} was given.`);
    }
    // Most groups of most steps are: the fields are read once.
    untouched ??= Object.fromEntries(
      Object.entries(inputs).map(([key, { clean }]) => [key, clean?.(undefined)]),
    ) as Values<F>;
    return untouched;
  };
};

const isRow = (row: unknown): boolean => typeof row === "object" && !Array.isArray(row);

/** A key-value list: rows with a key and whatever value the reader turns it into. Blank rows do not count. */
export const keyValues =
  <T>(label: string, readValue: (label: string) => (value: unknown) => T) =>
  (value: unknown): { key: string; value: T }[] => {
    if (isBlank(value)) return [];
    if (!Array.isArray(value)) {
      throw new InputError(
        label,
        `takes a list of keys and values, but ${shown(value)} was given.`,
      );
    }
    return value
      .filter((row) => !isBlank(row) && !(isBlank(row.key) && isBlank(row.value) && isRow(row)))
      .map((row) => {
        if (typeof row.key !== "string" || isBlank(row.key)) {
          throw new InputError(label, "holds a row without a key.");
        }
        return { key: row.key, value: readValue(`${label} "${row.key}"`)(row.value) };
      });
  };
