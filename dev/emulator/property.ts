/* A property of a schema: its words, and which values it can have. */
import { labelWords } from "./labels";
import { isRecord, type Schema } from "./request";
import { wordsOf } from "./words";

export interface Property {
  type: string;
  format: string | undefined;
  options: unknown[] | undefined;
  isNullable: boolean;
  description: string;
  /** The words of its name. */
  own: ReadonlySet<string>;
  /** The words that a label must have: those that say more than the type of the value. */
  required: ReadonlySet<string>;
  /** The words at the start of its description. */
  described: ReadonlySet<string>;
  range: { min: number; max: number };
}

/** Words that say which type a value has, and little else. */
const typeWords = new Set(
  ["number", "date", "time", "name", "value", "text", "field"].flatMap((word) => [
    ...labelWords(word),
  ]),
);

/** Words for the document itself: its date may be called `invoiceDate`, and be labelled only Date. */
export const documentWords = new Set(
  ["invoice", "receipt", "order", "document", "bill"].flatMap((word) => [...labelWords(word)]),
);

const specific = (words: ReadonlySet<string>) =>
  new Set([...words].filter((word) => !typeWords.has(word)));

/** A schema without references: those into `$defs` are replaced by what they refer to. */
export const resolved = (schema: Schema, root: Schema): Schema => {
  let current = schema;
  for (let depth = 0; typeof current.$ref === "string" && depth < 20; depth++) {
    let target: unknown = root;
    for (const key of current.$ref.split("/").slice(1)) {
      const name = key.replaceAll("~1", "/").replaceAll("~0", "~");
      target = isRecord(target) ? target[name] : undefined;
    }
    current = isRecord(target) ? target : {};
  }
  return current;
};

/** The alternatives of a schema that are not null. */
export const alternatives = (schema: Schema): Schema[] => {
  const given = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  return Array.isArray(given) ? given.filter((one) => isRecord(one) && one.type !== "null") : [];
};

/** Whether a schema accepts null. */
export const isNullable = (schema: Schema): boolean => {
  const { type, anyOf, oneOf, enum: options } = schema;
  const isNull = (one: unknown) => isRecord(one) && one.type === "null";
  return (
    [type].flat().includes("null") ||
    [anyOf, oneOf].some((list) => Array.isArray(list) && list.some(isNull)) ||
    (Array.isArray(options) && options.includes(null))
  );
};

/** @param names The names of the property and of what contains it, outermost first. */
export const propertyOf = (schema: Schema, names: readonly string[], about = ""): Property => {
  const types = [schema.type].flat().filter((type) => type !== "null");
  const description = String(schema.description ?? about);
  const own = labelWords(names.at(-1) ?? "");
  const outer = labelWords(
    names
      .slice(0, -1)
      .filter((name) => name !== "record")
      .at(-1) ?? "",
  );
  // A name such as `number` says too little: that of the object does, as in `order.number`.
  const required = [specific(own), specific(outer), own].find((words) => words.size > 0) ?? own;
  const [, min] =
    /\bminimum: (-?[\d.]+)/.exec(description) ?? /\bfrom (\d+) to \d+/.exec(description) ?? [];
  const [, max] =
    /\bmaximum: (-?[\d.]+)/.exec(description) ?? /\bfrom \d+ to (\d+)/.exec(description) ?? [];
  return {
    type: String(types[0] ?? (Array.isArray(schema.enum) ? "string" : "")),
    format: typeof schema.format === "string" ? schema.format : undefined,
    options: Array.isArray(schema.enum)
      ? schema.enum
      : "const" in schema
        ? [schema.const]
        : undefined,
    isNullable: isNullable(schema),
    description,
    own,
    required,
    described: specific(labelWords(descriptionStart(description, names.at(-1) ?? ""))),
    range: { min: Number(min ?? 1), max: Number(max ?? 5) },
  };
};

/** The first clause of a description, without the name in front of it that Fields writes. */
const descriptionStart = (description: string, name: string): string => {
  const text = description.startsWith(name) ? description.slice(name.length) : description;
  const [clause = ""] = text.replace(/^[:.\s]+/, "").split(/[.,;:({\n]/);
  return /^(null|empty) if/i.test(clause) ? "" : wordsOf(clause).slice(0, 8).join(" ");
};
