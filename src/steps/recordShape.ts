/* The structure of a record, from Fields or from a JSON Schema, and records as the output has them. */
import { exampleOfSchema } from "../claude/messages/exampleOfSchema";
import { type Field, fieldsSchema, toRecord, withEmptyFields } from "../claude/messages/fields";
import { jsonIn } from "../claude/messages/replyJson";
import { type ReplySchema, replySchema, toApiSchema } from "../claude/messages/replySchema";
import { type ReadSchema, readSchema } from "../claude/messages/schemaOfExample";
import { isRecord } from "../client/values";
import { json } from "../parameters/define";
import { fields, readFields } from "../parameters/fields";
import { asInput, InputError } from "../parameters/InputError";

type Json = Record<string, unknown>;

export const fieldsLabel = fields.input.label as string;

export const jsonSchema = json("JSON Schema", {
  comments: "The structure of a record as a JSON Schema or an example record, instead of Fields.",
  placeholder: "Enter a JSON Schema or an example",
  example: '{"number": "INV-1042", "total": 118.5, "lines": [{"text": "Paper", "amount": 18.5}]}',
});

/** The structure of one record, or of a list of records. */
export interface RecordShape {
  /** The label of the input that it comes from. */
  label: string;
  schema: ReplySchema;
  /** The structure of one record, which is not in an object with others. */
  record: ReplySchema;
  /** The JSON Schema that was made of an example record. */
  made?: Json;
  /** The records of a reply as the output has them. */
  output(found: unknown): { json: unknown; missing: string[] };
  /** Records with all fields, for the designer. */
  example(): { json: unknown; missing: string[]; text: string };
}

/** What is asked for in addition to the record, as a member of the reply. */
export type Addition = { name: string; schema: Json };

interface ShapeInputs {
  fields: unknown;
  jsonSchema: Json | undefined;
}

/**
 * Reads the structure of records.
 *
 * @returns Undefined if neither input is given.
 * @throws InputError for both, and for fields or a schema that are not valid.
 */
export const readShape = (
  { fields: given, jsonSchema: structure }: ShapeInputs,
  { multiple = false, addition }: { multiple?: boolean; addition?: Addition } = {},
): RecordShape | undefined => {
  const rows = readFields(given);
  if (rows.length > 0 && structure) {
    throw new InputError(jsonSchema.label, "cannot be combined with Fields. Remove one of them.");
  }
  const name = multiple ? "records" : "record";
  const wrap = (schema: Json) => inObject(schema, name, multiple, addition);
  if (structure) {
    const { label } = jsonSchema;
    const read = asInput(label, () => readSchema(structure));
    const schema = asInput(label, () => {
      // Locations of faults are those in the given schema.
      toApiSchema(read.schema);
      const options = { normalize: withParsedRecords, prefix: `/${name}` };
      return replySchema(wrap(read.schema), options);
    });
    const notices = [...read.notices, ...schema.notices];
    return ofSchema(label, { ...schema, notices }, read, name);
  }
  if (rows.length === 0) return undefined;
  const schema = asInput(fieldsLabel, () =>
    replySchema(wrap(fieldsSchema(rows)), {
      name: "fields",
      normalize: (json) => normalizeRecords(rows, json, addition?.name),
      prefix: `/${name}`,
    }),
  );
  return ofFields(rows, schema, name);
};

const ofSchema = (
  label: string,
  schema: ReplySchema,
  { schema: whole, example }: ReadSchema,
  name: string,
): RecordShape => ({
  label,
  schema,
  record: replySchema(whole),
  ...(example ? { made: whole } : {}),
  output: (found) => ({ json: (found as Json)[name], missing: [] }),
  example: () => exampleOf(name, example ?? exampleOfSchema(whole)),
});

const ofFields = (rows: Field[], schema: ReplySchema, name: string): RecordShape => ({
  label: fieldsLabel,
  schema,
  record: replySchema(fieldsSchema(rows)),
  output: (found) => {
    const given = (found as Json)[name];
    if (!Array.isArray(given)) {
      const { record, missing } = toRecord(rows, given as Json);
      return { json: record, missing };
    }
    const all = given.map((record) => toRecord(rows, record));
    return {
      json: all.map(({ record }) => record),
      missing: all.flatMap(({ missing }, index) =>
        missing.map((field) => `record ${index + 1}: ${field}`),
      ),
    };
  },
  example: () =>
    exampleOf(
      name,
      Object.fromEntries(
        rows.map(({ name, type, list, choices }) => {
          const value = { ...exampleValues, oneOf: choices[0] ?? "" }[type];
          return [name, list ? [value] : value];
        }),
      ),
    ),
});

const exampleOf = (name: string, record: unknown) => {
  const json = name === "records" ? [record] : record;
  return { json, missing: [], text: JSON.stringify({ [name]: json }) };
};

const exampleValues = {
  text: "text",
  number: 1.5,
  integer: 1,
  boolean: true,
  date: "2026-11-21",
  dateTime: "2026-11-21T09:30:00Z",
};

/** What was not asked for is left out. */
const normalizeRecords = (rows: Field[], given: unknown, addition = ""): unknown => {
  const json = withParsedRecords(given);
  if (!isRecord(json)) return json;
  const { record, records, [addition]: added } = json;
  const rest = added === undefined ? {} : { [addition]: added };
  if (Array.isArray(records)) {
    return { records: records.map((one) => withEmptyFields(rows, one)), ...rest };
  }
  return record ? { record: withEmptyFields(rows, record), ...rest } : json;
};

/** Some models write the record, or the list of them, as JSON into a text. */
const withParsedRecords = (json: unknown): unknown =>
  isRecord(json)
    ? Object.fromEntries(
        Object.entries(json).map(([name, value]) => {
          const [text] = typeof value === "string" ? jsonIn(value) : [];
          return [name, text === undefined ? value : JSON.parse(text)];
        }),
      )
    : json;

/** The schema of an object with one record or all records. References stay valid. */
const inObject = (
  { $schema, $id, $defs, definitions, ...record }: Json,
  name: string,
  multiple: boolean,
  addition: Addition | undefined,
): Json => ({
  ...($schema ? { $schema } : {}),
  ...($defs ? { $defs } : {}),
  ...(definitions ? { definitions } : {}),
  type: "object",
  properties: {
    [name]: multiple ? { type: "array", items: record } : record,
    ...(addition ? { [addition.name]: addition.schema } : {}),
  },
  required: [name, ...(addition ? [addition.name] : [])],
  additionalProperties: false,
});
