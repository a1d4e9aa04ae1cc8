import { isRecord } from "../../client/values";
import type { Notice } from "../notice";
import { maxNullable } from "./fields";

type Json = Record<string, unknown>;

const typeNames = ["object", "array", "string", "number", "integer", "boolean", "null"];

/** Keywords of JSON Schema that stand beside `type`. */
const keywords =
  /^([$x].*|type|title|description|default|examples?|enum|const|format|pattern|properties|patternProperties|additionalProperties|required|items|prefixItems|(min|max)[A-Z]\w*|(exclusiveM|m)(in|ax)imum|multipleOf|uniqueItems|nullable|(any|one|all)Of|not|definitions|readOnly|writeOnly|deprecated|propertyNames)$/;

const isTypeName = (type: unknown): boolean =>
  Array.isArray(type)
    ? type.length > 0 && type.every((name) => typeNames.includes(name))
    : typeNames.includes(type as string);

/**
 * Whether an object is a JSON Schema, and not an example of what it could describe. An object with a
 * field `type` is an example if its value is no type of JSON Schema, or if it has other fields.
 */
export const isSchema = (value: unknown): boolean => {
  if (!isRecord(value)) return false;
  const keys = Object.keys(value);
  const { type, properties, items, enum: values, $ref, $schema, $defs } = value;
  // Nothing, or a misspelled type, is an error of a schema.
  if (keys.length === 0 || (keys.length === 1 && "type" in value)) return true;
  const isPlain = keys.every((key) => keywords.test(key));
  const lists = [values, value.anyOf, value.oneOf, value.allOf].filter(Array.isArray);
  return (
    (isPlain && (isTypeName(type) || lists.length > 0)) ||
    (isRecord(properties) && Object.values(properties).some(isSchema)) ||
    [items, value.additionalProperties].some(isSchema) ||
    lists.flat().some(isSchema) ||
    [$ref, $schema].some((text) => typeof text === "string") ||
    isRecord($defs)
  );
};

/** A JSON Schema, and the example that it was made of, if one was given in its place. */
export interface ReadSchema {
  schema: Json;
  example?: Json;
  notices: Notice[];
}

/** A given JSON Schema, or the one that describes a given example. */
export const readSchema = (given: Json): ReadSchema =>
  isSchema(given) ? { schema: given, notices: [] } : { ...schemaOfExample(given), example: given };

/**
 * The JSON Schema of an example: each field is required, and null if it is not known. In an example
 * with more values than the API lets be null, texts and lists are empty instead.
 *
 * @returns A notice for each value that says nothing about its type.
 */
const schemaOfExample = (example: Json): { schema: Json; notices: Notice[] } => {
  const notices: Notice[] = [];
  const whole = merge([shapeOf(example)]);
  const isMany = countNullable(whole) - 1 > maxNullable;
  const schema = toSchema(whole, { path: "", isMany, isNullable: false, notices });
  return { schema, notices };
};

/** What is known of a value from one or several examples of it. */
interface Shape {
  types: Set<"object" | "array" | "string" | "number" | "boolean">;
  /** Whether all texts are dates, or dates with a time. */
  format?: "date" | "date-time" | "none";
  members: Map<string, Shape>;
  /** Of the entries of a list. */
  entry?: Shape;
}

const formatOf = (text: string): Shape["format"] => {
  if (Number.isNaN(Date.parse(text))) return "none";
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return "date";
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
  return time.test(text) ? "date-time" : "none";
};

const shapeOf = (value: unknown): Shape => {
  const shape: Shape = { types: new Set(), members: new Map() };
  if (Array.isArray(value)) {
    shape.types.add("array");
    shape.entry = merge(Array.from(value, shapeOf));
  } else if (isRecord(value)) {
    shape.types.add("object");
    for (const [name, member] of Object.entries(value)) shape.members.set(name, shapeOf(member));
  } else if (typeof value === "string") {
    shape.types.add("string");
    shape.format = formatOf(value);
  } else if (typeof value === "boolean" || typeof value === "number") {
    shape.types.add(typeof value as "boolean" | "number");
  }
  return shape;
};

/** Several examples of one value. */
const merge = (shapes: readonly Shape[]): Shape => {
  const whole: Shape = { types: new Set(), members: new Map() };
  for (const { types, format, members, entry } of shapes) {
    for (const type of types) whole.types.add(type);
    if (format) whole.format = (whole.format ?? format) === format ? format : "none";
    if (entry) whole.entry = whole.entry ? merge([whole.entry, entry]) : entry;
    for (const [name, member] of members) {
      const known = whole.members.get(name);
      whole.members.set(name, known ? merge([known, member]) : member);
    }
  }
  return whole;
};

const countNullable = ({ members, entry }: Shape): number =>
  1 +
  [...members.values()].reduce((sum, member) => sum + countNullable(member), 0) +
  (entry ? countNullable(entry) - 1 : 0);

const toSchema = (
  { types, format, members, entry }: Shape,
  {
    path,
    isMany,
    isNullable,
    notices,
  }: { path: string; isMany: boolean; isNullable: boolean; notices: Notice[] },
): Json => {
  if (types.size === 0) {
    notices.push({ code: "example_without_type", at: path });
    types.add("string");
  }
  const names = [...types];
  const mayBeEmpty =
    names.every((type) => type === "string" || type === "array") && !hasFormat(format);
  const isEmptyInstead = isMany && mayBeEmpty;
  const type = isNullable && !isEmptyInstead ? [...names, "null"] : names;
  const sent: Json = { type: type.length === 1 ? type[0] : type };
  if (isNullable) sent.description = isEmptyInstead ? "Empty if not known" : "Null if not known";
  if (types.has("object")) {
    sent.properties = Object.fromEntries(
      [...members].map(([name, member]) => [
        name,
        toSchema(member, { path: `${path}/${name}`, isMany, isNullable: true, notices }),
      ]),
    );
    sent.required = [...members.keys()];
    sent.additionalProperties = false;
  }
  if (types.has("array")) {
    if (entry && entry.types.size === 0 && entry.members.size === 0) {
      notices.push({ code: "example_list_empty", at: path });
      sent.items = { type: "string" };
    } else if (entry) {
      const options = { path: `${path}/0`, isMany, isNullable: false, notices };
      sent.items = toSchema(entry, options);
    }
  }
  if (!hasFormat(format) || !types.has("string") || types.size > 1) return sent;
  // The API accepts a format only of a text, not of a list of types.
  const { description } = sent;
  const text = { type: "string", format };
  return isNullable ? { anyOf: [text, { type: "null" }], description } : text;
};

const hasFormat = (format: Shape["format"]): boolean => format === "date" || format === "date-time";
