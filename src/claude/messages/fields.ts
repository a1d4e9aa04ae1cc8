import { InvalidInput } from "../problem";

/** The types of a field. */
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

/** Maximum number of fields that may be omitted, and that may be null: the API limits each. */
const fieldLimits = { optional: 24, nullable: 16 };

type Json = Record<string, unknown>;

/**
 * The JSON Schema of a record. No field is required: the model would invent a value that is not in
 * the text. Fields may be omitted, or be null above the number that the API lets be omitted.
 *
 * @throws InvalidInput for too many fields, or two with one name.
 */
export const fieldsSchema = (fields: readonly Field[]): Json => {
  const limit = fieldLimits.optional + fieldLimits.nullable;
  if (fields.length > limit) {
    throw new InvalidInput({ code: "fields_too_many", count: fields.length, limit });
  }
  const names = fields.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new InvalidInput({ code: "field_repeated", name: repeated });
  const keys = keysOf(fields);
  return {
    type: "object",
    properties: Object.fromEntries(
      fields.map((field, index) => [keys[index], schemaOf(field, index >= fieldLimits.optional)]),
    ),
    required: keys.slice(fieldLimits.optional),
    additionalProperties: false,
  };
};

/** A record without nulls for fields that may be omitted: models write null instead. */
export const withoutNulls = (fields: readonly Field[], record: unknown): unknown => {
  if (typeof record !== "object" || record === null || Array.isArray(record)) return record;
  const optional = keysOf(fields).slice(0, fieldLimits.optional);
  return Object.fromEntries(
    Object.entries(record).filter(([key, value]) => value !== null || !optional.includes(key)),
  );
};

/** The keys of fields in the schema: their names, if the API accepts them as keys. */
const keysOf = (fields: readonly Field[]): string[] =>
  fields.map(({ name }, index) => {
    if (/^[\w.-]{1,64}$/.test(name)) return name;
    let key = `field_${index + 1}`;
    while (fields.some((field) => field.name === key)) key += "_";
    return key;
  });

const schemaOf = ({ name, type, description, list, choices }: Field, nullable: boolean): Json => {
  const value = valueSchemas[type](choices);
  const about = [name, description].filter(Boolean).join(": ");
  const schema = list ? { type: "array", items: value } : value;
  return nullable
    ? { anyOf: [schema, { type: "null" }], description: about }
    : { ...schema, description: about };
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

/** A record by the names of its fields, null for those not found, and the required fields not found. */
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

/** A text about fields with their names instead of their keys. */
export const withFieldNames = (fields: readonly Field[], text: string): string => {
  const names = new Map(keysOf(fields).map((key, index) => [key, fields[index]?.name]));
  return text.replace(/\bfield_\d+_*/g, (key) => names.get(key) ?? key);
};
