import { action, input, outputSchema } from "@prismatic-io/spectral";
import { askForData } from "../../claude/messages/data";
import {
  type Field,
  fieldsSchema,
  toRecord,
  withFieldNames,
  withoutNulls,
} from "../../claude/messages/fields";
import { toResult } from "../../claude/messages/result";
import { extractionExample, extractionSchema } from "../../claude/messages/schema";
import { answerSchema, apiSchema } from "../../claude/messages/structured";
import { attachments } from "../../inputs/attachments";
import { connection } from "../../inputs/connection";
import { dataAdvice, dataDraft, instructions, text } from "../../inputs/dataRequest";
import { fields, readFields } from "../../inputs/fields";
import { asInput, InputError } from "../../inputs/InputError";
import { messageRequest } from "../../inputs/messageRequest";
import { model } from "../../inputs/model";
import { IncompleteAnswerError } from "../../inputs/output";
import { flag, optionalObject } from "../../inputs/read";
import { requestOptions, stepClient } from "../../inputs/requestOptions";

const jsonSchema = input({
  label: "JSON Schema",
  type: "code",
  language: "json",
  required: false,
  comments: "The shape of a record as a JSON Schema, in place of Fields.",
  placeholder: "Enter a JSON Schema",
  example: '{"type": "object", "properties": {"total": {"type": "number"}}}',
  clean: optionalObject("JSON Schema"),
});

const multiple = input({
  label: "Multiple",
  type: "boolean",
  required: false,
  default: "false",
  comments: "On: json is a list of all records that the text holds. Off: json is one record.",
  clean: flag("Multiple"),
});

const task =
  "Extract what the fields ask for from the user's text and files. Take values only from there and make nothing up: leave out a field that is not in it. Write dates in ISO 8601.";

/** @see https://platform.claude.com/docs/en/build-with-claude/structured-outputs */
export const extractData = action({
  display: {
    label: "Extract Data",
    description: "Read records of given fields from text, images and PDFs",
    important: true,
  },
  inputs: {
    connection,
    model,
    text,
    attachments,
    fields,
    jsonSchema,
    instructions,
    multiple,
    requestOptions,
  },
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const rows = readFields(params.fields);
    const schema = schemaOf(rows, params.jsonSchema, params.multiple);
    const system = [task, params.instructions].filter(Boolean).join("\n\n");
    const draft = dataDraft(params, system, schema);
    const client = stepClient(context, params);
    const { request, betas, warnings } = await messageRequest(client, draft, params.model);
    const { answer, json, problem } = await askForData(client, request, betas, schema);
    const { result, shortfall } = toResult(answer, request, {
      warnings: [...draft.warnings, ...warnings],
      advice: dataAdvice,
    });
    if (json === null) {
      const twice = problem && `${withFieldNames(rows, problem)}, and so did the answer before it.`;
      throw new ExtractionError(twice ?? shortfall ?? "The answer holds no data.", result);
    }
    return { data: { ...result, ...shaped(rows, json as Found) } };
  },
  examplePerform: async (_context, params) => ({
    data: { ...extractionExample, ...exampleOf(readFields(params.fields), params.multiple) },
  }),
  examplePayload: { data: extractionExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: extractionSchema }),
});

/** What the answer holds: tools take only objects, so a record stands in one. */
type Found = { record: Record<string, unknown> } | { records: Record<string, unknown>[] };

const schemaOf = (rows: Field[], given: Record<string, unknown> | undefined, multiple: boolean) => {
  if (rows.length > 0 && given) {
    throw new InputError("JSON Schema", "cannot go together with Fields. Remove one of them.");
  }
  if (rows.length === 0 && !given) {
    throw new InputError("Fields", "is required: add a row for each field to extract.");
  }
  return asInput(given ? "JSON Schema" : "Fields", () => {
    const within = multiple ? "/records" : "/record";
    if (given) {
      // Faults of the schema are told by the person's own places.
      apiSchema(given);
      return answerSchema(inObject(given, multiple), { within });
    }
    return answerSchema(inObject(fieldsSchema(rows), multiple), {
      tidy: (json) => tidy(rows, json),
      what: "fields",
      within,
    });
  });
};

const tidy = (rows: Field[], json: unknown): unknown => {
  const { record, records } = (json ?? {}) as { record?: unknown; records?: unknown };
  if (Array.isArray(records)) return { records: records.map((one) => withoutNulls(rows, one)) };
  return record ? { record: withoutNulls(rows, record) } : json;
};

/** The schema of an object that holds a record or the records. References stay what they are. */
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

/** The records under the names of their fields. Those of a JSON Schema are as they are. */
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

/** A record of the given fields, for the designer to show before the first run. */
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

/** No data: the answer was declined, cut off, or twice not of the shape asked for. */
class ExtractionError extends IncompleteAnswerError {
  override name = "ExtractionError";
}
