import { action, outputSchema } from "@prismatic-io/spectral";
import { type Field, fieldsSchema, toRecord, withEmptyFields } from "../../claude/messages/fields";
import { jsonIn } from "../../claude/messages/replyJson";
import { replySchema, toApiSchema } from "../../claude/messages/replySchema";
import { extractionExample, extractionSchema } from "../../claude/messages/schema";
import { isRecord } from "../../client/values";
import { attachments } from "../../parameters/attachments";
import { connection } from "../../parameters/connection";
import { flag, json } from "../../parameters/define";
import { fields, readFields } from "../../parameters/fields";
import { asInput, InputError } from "../../parameters/InputError";
import { model } from "../../parameters/model";
import { requestOptions } from "../../parameters/requestOptions";
import { stepClient } from "../../steps/client";
import { IncompleteResponseError } from "../../steps/messageResult";
import { dataDraft, instructions, requestData, text } from "../../steps/requestData";
import { labelsOf } from "../../wording/labels";
import { describeMismatch } from "../../wording/notices";

const jsonSchema = json("JSON Schema", {
  comments: "The structure of a record as a JSON Schema, instead of Fields.",
  placeholder: "Enter a JSON Schema",
  example: '{"type": "object", "properties": {"total": {"type": "number"}}}',
});

const multiple = flag("Multiple", {
  comments: "If on, json is a list of all records in the text. If off, json is one record.",
});

const inputs = {
  connection,
  model,
  text,
  attachments,
  fields: fields.input,
  jsonSchema,
  instructions,
  multiple,
  requestOptions: requestOptions.inputFor("other"),
};
const allLabels = labelsOf(inputs, { message: `${text.label} or ${instructions.label}` });

const task =
  "Extract what the fields ask for from the user's text and files. Take values only from there and make nothing up: a field that is not in it is empty or null. Write dates in ISO 8601.";

/** @see https://platform.claude.com/docs/en/build-with-claude/structured-outputs */
export const extractData = action({
  display: {
    label: "Extract Data",
    description: "Extract structured data from text, documents and images",
    important: true,
  },
  inputs,
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const rows = readFields(params.fields);
    // The structure comes from one of two inputs.
    const label = rows.length > 0 ? (fields.input.label as string) : jsonSchema.label;
    const labels = { ...allLabels, jsonSchema: label };
    const schema = schemaOf(rows, params.jsonSchema, params.multiple);
    const system = [task, params.instructions].filter(Boolean).join("\n\n");
    const draft = dataDraft(params, system, schema, labels);
    const client = stepClient(context, params, labels);
    const { result, json, mismatch, correctionError, shortfall } = await requestData(
      client,
      draft,
      schema,
      params.model,
      labels,
    );
    if (json !== null) return { data: { ...result, ...shaped(rows, json as Found) } };
    const problem = mismatch && describeMismatch(mismatch, labels);
    const why =
      problem &&
      `${problem}. ${correctionError ? `It was not corrected: ${correctionError}` : "The second response did not correct this."}`;
    throw new ExtractionError(why ?? shortfall ?? "The response has no data.", result);
  },
  examplePerform: async (_context, params) => ({
    data: { ...extractionExample, ...exampleOf(readFields(params.fields), params.multiple) },
  }),
  examplePayload: { data: extractionExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: extractionSchema }),
});

/** The data in a reply. A tool returns an object, so a record is inside of one. */
type Found = { record: Record<string, unknown> } | { records: Record<string, unknown>[] };

const schemaOf = (rows: Field[], given: Record<string, unknown> | undefined, multiple: boolean) => {
  if (rows.length > 0 && given) {
    throw new InputError(jsonSchema.label, "cannot be combined with Fields. Remove one of them.");
  }
  if (rows.length === 0 && !given) {
    throw new InputError(
      fields.input.label as string,
      "is required. Add a row for each field to extract.",
    );
  }
  const prefix = multiple ? "/records" : "/record";
  if (given) {
    return asInput(jsonSchema.label, () => {
      // Locations of faults are those in the given schema.
      toApiSchema(given);
      return replySchema(inObject(given, multiple), { normalize: withParsedRecords, prefix });
    });
  }
  return asInput(fields.input.label as string, () =>
    replySchema(inObject(fieldsSchema(rows), multiple), {
      name: "fields",
      normalize: (json) => normalizeRecords(rows, json),
      prefix,
    }),
  );
};

const normalizeRecords = (rows: Field[], given: unknown): unknown => {
  const json = withParsedRecords(given);
  const { record, records } = (json ?? {}) as { record?: unknown; records?: unknown };
  if (Array.isArray(records)) return { records: records.map((one) => withEmptyFields(rows, one)) };
  return record ? { record: withEmptyFields(rows, record) } : json;
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
  { $schema, $id, $defs, definitions, ...record }: Record<string, unknown>,
  multiple: boolean,
): Record<string, unknown> => {
  const [name, shape] = multiple
    ? (["records", { type: "array", items: record }] as const)
    : (["record", record] as const);
  return {
    ...($schema ? { $schema } : {}),
    ...($defs ? { $defs } : {}),
    ...(definitions ? { definitions } : {}),
    type: "object",
    properties: { [name]: shape },
    required: [name],
    additionalProperties: false,
  };
};

/** The records by the names of their fields. Those of a JSON Schema are unchanged. */
const shaped = (rows: Field[], found: Found): { json: unknown; missing: string[] } => {
  if (rows.length === 0)
    return { json: "records" in found ? found.records : found.record, missing: [] };
  if ("record" in found) {
    const { record, missing } = toRecord(rows, found.record);
    return { json: record, missing };
  }
  const all = found.records.map((record) => toRecord(rows, record));
  return {
    json: all.map(({ record }) => record),
    missing: all.flatMap(({ missing }, index) =>
      missing.map((name) => `record ${index + 1}: ${name}`),
    ),
  };
};

/** A record of the given fields, which the designer shows before the first run. */
const exampleOf = (rows: Field[], multiple: boolean) => {
  if (rows.length === 0) return multiple ? { json: [extractionExample.json] } : {};
  const record = Object.fromEntries(
    rows.map(({ name, type, list, choices }) => {
      const value = { ...exampleValues, oneOf: choices[0] ?? "" }[type];
      return [name, list ? [value] : value];
    }),
  );
  const json = multiple ? [record] : record;
  return { json, missing: [], text: JSON.stringify(multiple ? { records: json } : { record }) };
};

const exampleValues = {
  text: "text",
  number: 1.5,
  integer: 1,
  boolean: true,
  date: "2026-11-21",
  dateTime: "2026-11-21T09:30:00Z",
};

/** No data: the response was refused, truncated, or did not match twice. */
class ExtractionError extends IncompleteResponseError {
  override name = "ExtractionError";
}
