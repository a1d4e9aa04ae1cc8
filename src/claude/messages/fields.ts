import { InvalidInput } from "../InvalidInput";

/** What a field may hold. */
export const fieldTypes = [
  "text",
  "number",
  "integer",
  "boolean",
  "date",
  "dateTime",
  "oneOf",
] as const;

/** A field of a record. */
export interface Field {
  name: string;
  type: (typeof fieldTypes)[number];
  description?: string;
  required: boolean;
  list: boolean;
  /** For `oneOf`. */
  choices: string[];
}

/** How many fields may be left out, and how many may be null: the API limits each. */
const limits = { optional: 24, nullable: 16 };

type Json = Record<string, unknown>;

/**
 * The JSON Schema of a record. No field is forced on the model: a value that a text does not hold
 * would be made up. Fields may be left out, and beyond what the API lets be left out, be null.
 *
 * @throws InvalidInput for fields that no record can have.
 */
export const fieldsSchema = (fields: readonly Field[]): Json => {
  if (fields.length > limits.optional + limits.nullable) {
    throw new InvalidInput(
      `holds ${fields.length} fields; the API takes ${limits.optional + limits.nullable}. Extract in two steps.`,
    );
  }
  const names = fields.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new InvalidInput(`holds two fields with the name ${twice}.`);
  const keys = keysOf(fields);
  return {
    type: "object",
    properties: Object.fromEntries(
      fields.map((field, index) => [keys[index], schemaOf(field, index >= limits.optional)]),
    ),
    required: keys.slice(limits.optional),
    additionalProperties: false,
  };
};

/** A record as the schema has it: models write null for what they might as well leave out. */
export const withoutNulls = (fields: readonly Field[], record: unknown): unknown => {
  if (typeof record !== "object" || record === null || Array.isArray(record)) return record;
  const optional = keysOf(fields).slice(0, limits.optional);
  return Object.fromEntries(
    Object.entries(record).filter(([key, value]) => value !== null || !optional.includes(key)),
  );
};

/** The keys that stand for fields: their names, where the API takes them as keys. */
const keysOf = (fields: readonly Field[]): string[] =>
  fields.map(({ name }, index) => {
    if (/^[\w.-]{1,64}$/.test(name)) return name;
    let key = `field_${index + 1}`;
    while (fields.some((field) => field.name === key)) key += "_";
    return key;
  });

const schemaOf = ({ name, type, description, list, choices }: Field, nullable: boolean): Json => {
  const value = valueSchemas[type](choices);
  const told = [name, description].filter(Boolean).join(": ");
  const schema = list ? { type: "array", items: value } : value;
  return nullable
    ? { anyOf: [schema, { type: "null" }], description: told }
    : { ...schema, description: told };
};

const valueSchemas: Record<Field["type"], (choices: string[]) => Json> = {
  text: () => ({ type: "string" }),
  number: () => ({ type: "number" }),
  integer: () => ({ type: "integer" }),
  boolean: () => ({ type: "boolean" }),
  date: () => ({ type: "string", format: "date" }),
  dateTime: () => ({ type: "string", format: "date-time" }),
  oneOf: (choices) => ({ type: "string", enum: choices }),
};

/** A record under the names of its fields, null for what it does not hold, and the required ones among those. */
export const toRecord = (
  fields: readonly Field[],
  found: Json,
): { record: Json; missing: string[] } => {
  const keys = keysOf(fields);
  const values = keys.map((key) => (Object.hasOwn(found, key) ? (found[key] ?? null) : null));
  const record: Json = Object.fromEntries(fields.map(({ name }, index) => [name, values[index]]));
  const missing = fields.filter(({ required }, index) => required && values[index] === null);
  return { record, missing: missing.map(({ name }) => name) };
};

/** A text about fields, in the names that the person gave, not in the keys that stand for them. */
export const withFieldNames = (fields: readonly Field[], text: string): string => {
  const names = new Map(keysOf(fields).map((key, index) => [key, fields[index]?.name]));
  return text.replace(/\bfield_\d+_*/g, (key) => names.get(key) ?? key);
};
