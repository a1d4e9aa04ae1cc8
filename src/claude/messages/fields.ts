import { findRepeated } from "../../client/values";
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

/** Maximum number of fields that may be null: the API limits unions. */
export const maxNullable = 16;

type Json = Record<string, unknown>;

/**
 * The JSON Schema of a record. The model would invent a value for a required field that is not in the
 * text, so each field may be without one: texts and lists may be empty, others null. Fields above
 * the number that the API lets be null may be omitted.
 *
 * @throws InvalidInput for two fields with one name.
 */
export const fieldsSchema = (fields: readonly Field[]): Json => {
  const names = fields.map(({ name }) => name);
  const repeated = findRepeated(names);
  if (repeated !== undefined) throw new InvalidInput({ code: "field_repeated", name: repeated });
  const optional = optionalNames(fields);
  return {
    type: "object",
    properties: Object.fromEntries(
      fields.map((field) => [field.name, schemaOf(field, optional.has(field.name))]),
    ),
    required: names.filter((name) => !optional.has(name)),
    additionalProperties: false,
  };
};

/** The names of the fields that may be omitted. */
const optionalNames = (fields: readonly Field[]): ReadonlySet<string> =>
  new Set(
    fields
      .filter((field) => emptyOf(field) === null)
      .slice(maxNullable)
      .map(({ name }) => name),
  );

/** The value of a field that is not in the text. */
const emptyOf = ({ type, list }: Field): [] | "" | null => {
  if (list) return [];
  return type === "text" || type === "oneOf" ? "" : null;
};

/** A record that has each field as the schema wants it: models omit what is not in the text. */
export const withEmptyFields = (fields: readonly Field[], record: unknown): unknown => {
  if (typeof record !== "object" || record === null || Array.isArray(record)) return record;
  const given = Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== null && value !== ""),
  );
  const optional = optionalNames(fields);
  const empty = fields
    .filter(({ name }) => !optional.has(name))
    .map((field) => [field.name, emptyOf(field)]);
  return { ...Object.fromEntries(empty), ...given };
};

const schemaOf = (field: Field, isOptional: boolean): Json => {
  const { name, type, description, list, choices } = field;
  const empty = emptyOf(field);
  const value = valueSchemas[type](empty === "" ? [...choices, ""] : choices);
  const ifMissing = isOptional
    ? ""
    : `${empty === null ? "Null" : "Empty"} if it is not in the text.`;
  const about = [[name, description].filter(Boolean).join(": "), ifMissing]
    .filter(Boolean)
    .join(". ");
  if (list) return { type: "array", items: value, description: about };
  if (empty !== null || isOptional) return { ...value, description: about };
  return "format" in value
    ? { anyOf: [value, { type: "null" }], description: about }
    : { type: [value.type, "null"], description: about };
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

/**
 * A record by the names of its fields, and the required fields that were not found. Not found are
 * empty lists, and null.
 */
export const toRecord = (
  fields: readonly Field[],
  found: Json,
): { record: Json; missing: string[] } => {
  const values = fields.map((field) => {
    const { name } = field;
    const value = Object.hasOwn(found, name) ? found[name] : undefined;
    return value === undefined || value === "" ? emptyOf(field) || null : value;
  });
  const isMissing = (value: unknown) =>
    value === null || (Array.isArray(value) && value.length === 0);
  return {
    record: Object.fromEntries(fields.map(({ name }, index) => [name, values[index]])),
    missing: fields
      .filter(({ required }, index) => required && isMissing(values[index]))
      .map(({ name }) => name),
  };
};
