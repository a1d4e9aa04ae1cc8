import {
  type Schema,
  type SchemaDraft,
  type ValidationResult,
  Validator,
} from "@cfworker/json-schema";
import { isRecord } from "../../client/values";
import type { Mismatch, Notice } from "../notice";
import { InvalidInput } from "../problem";
import { withGivenNames, withValidNames } from "./propertyNames";
import { jsonIn, parseJson } from "./replyJson";
import { readSchema } from "./schemaOfExample";
import { withTimeLimit } from "./withTimeLimit";

type Json = Record<string, unknown>;

/** A JSON Schema for replies: what is sent of it, and how a reply is validated against all of it. */
export interface ReplySchema {
  /** All of it, as a reply is validated. */
  whole: Json;
  /** The example that it was made of, if it was. */
  example?: Json;
  /** The part that the API accepts. The rest is in the descriptions, for the model to read. */
  sent: Json;
  /** Whether the API refuses it for its size or its recursion, so that it is sent as text. */
  isTooComplex: boolean;
  /** The given name of each property that is sent under another. */
  names: Record<string, string>;
  notices: Notice[];
  /** What Claude is told that a reply does not match. */
  name: string;
  /** Reads a reply. With a mismatch, `json` is null. */
  read(text: string): ReplyData;
}

/** The data in a reply. */
export interface ReplyData {
  /** Null if there is a mismatch. */
  json: unknown;
  mismatch?: Mismatch;
  /** What was accepted although it is not quite what was asked for. */
  notices?: Notice[];
}

interface SchemaOptions {
  /** What Claude is told that a reply does not match. @default "JSON Schema" */
  name?: string;
  /** Normalizes a reply before it is validated. */
  normalize?: (json: unknown) => unknown;
  /** Path that is removed from the start of fault locations, if the given schema is nested in another. */
  prefix?: string;
}

/**
 * Prepares a JSON Schema for replies.
 *
 * @param given A JSON Schema, or an example of a reply.
 * @throws InvalidInput for what is not a valid JSON Schema, or is never supported by the API.
 * @see https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
 */
export const replySchema = (
  given: Json,
  { name = "JSON Schema", normalize = (json) => json, prefix = "" }: SchemaOptions = {},
): ReplySchema => {
  const { schema: read, example, notices: aboutExample } = readSchema(given);
  const schema = withNull(read) as Json;
  const { sent: accepted, notices: aboutSchema, isTooComplex } = toApiSchema(schema);
  const notices = [...aboutExample, ...aboutSchema];
  const { schema: sent, names } = withValidNames(accepted);
  const normalized = (json: unknown) => normalize(withGivenNames(json, names));
  const validate = createValidator(schema);
  const readOne = (text: string): ReplyData => {
    const { json: parsed, hasLargeIntegers } = parseJson(text);
    // As numbers, because the schema is about numbers.
    const json = normalized(hasLargeIntegers ? JSON.parse(text) : parsed);
    const notices: Notice[] = hasLargeIntegers ? [{ code: "large_integers_as_text" }] : [];
    const { valid, errors } = validate(json);
    if (!valid) {
      const faults = formatFaults(errors, prefix);
      const withZone = withZones(json);
      if (withZone === json || !validate(withZone).valid) {
        return { json: null, mismatch: { code: "schema_not_matched", faults } };
      }
      notices.push({ code: "time_without_zone" });
    }
    return { json: hasLargeIntegers ? normalized(parsed) : json, notices };
  };
  return {
    whole: schema,
    example,
    sent,
    isTooComplex,
    names,
    notices,
    name,
    read: (text) => {
      const [first, ...others] = jsonIn(text);
      if (first === undefined) {
        return { json: null, mismatch: { code: "reply_not_json", cause: syntaxFault(text) } };
      }
      const read = readOne(first);
      return read.mismatch ? (others.map(readOne).find(({ mismatch }) => !mismatch) ?? read) : read;
    },
  };
};

const syntaxFault = (text: string): string => {
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
};

/** A date and time as ISO 8601 has it, but without a time zone and possibly without seconds. */
const timeWithoutZone = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d(\.\d+)?)?$/;

/** The value with a zone at each time that has none. The same value if there is no such time. */
const withZones = (value: unknown): unknown => {
  if (typeof value === "string") {
    return value.replace(
      timeWithoutZone,
      (_, date, minutes, seconds) => `${date}T${minutes}${seconds ?? ":00"}Z`,
    );
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => [name, withZones(member)] as const);
  if (entries.every(([name, member]) => member === (value as Json)[name])) return value;
  return Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries);
};

/** A mismatch as it is told to Claude. */
export const mismatchForClaude = (mismatch: Mismatch, name: string): string => {
  switch (mismatch.code) {
    case "reply_not_json":
      return `The answer is not JSON (${mismatch.cause})`;
    case "schema_not_matched":
      return `The answer does not match the ${name} (${mismatch.faults})`;
  }
};

type Validate = (json: unknown) => Pick<ValidationResult, "valid" | "errors">;

const createValidator = (schema: Json): Validate => {
  let validator: Validator;
  try {
    validator = new Validator(schema as Schema, schemaDraft(schema), false);
  } catch (error) {
    throw new InvalidInput({ code: "schema_rejected", cause: (error as Error).message });
  }
  const hasPattern = /"pattern(Properties)?":/.test(JSON.stringify(schema));
  return (json) => {
    const run = () => validator.validate(json);
    try {
      return hasPattern ? withTimeLimit(run) : run();
    } catch (error) {
      // Some invalid schemas are only found when a value is validated.
      const { code, message } = error as NodeJS.ErrnoException;
      const isTooSlow = code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
      const fault = isTooSlow ? "A pattern of the schema takes too long." : message;
      const location = { keyword: "", keywordLocation: "", instanceLocation: "#" };
      return { valid: false, errors: [{ ...location, error: fault }] };
    }
  };
};

/** OpenAPI's `nullable: true` as JSON Schema has it: null is one of the types. */
const withNull = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(withNull);
  if (!isRecord(schema)) return schema;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(schema).map(([name, member]) => [
      name,
      ["enum", "const", "default", "examples"].includes(name) ? member : withNull(member),
    ]),
  );
  if (nullable !== true) return nullable === undefined ? rest : { ...rest, nullable };
  return typeof rest.type === "string" && !("enum" in rest) && !("const" in rest)
    ? { ...rest, type: [rest.type, "null"] }
    : { anyOf: [rest, { type: "null" }] };
};

/**
 * A function that returns what is wrong with a value, undefined if it matches the schema.
 *
 * @throws InvalidInput for what is not a valid JSON Schema.
 */
export const schemaValidator = (schema: Json): ((value: unknown) => string | undefined) => {
  const validate = createValidator(withNull(schema) as Json);
  return (value) => {
    const { valid, errors } = validate(value);
    return valid ? undefined : formatFaults(errors);
  };
};

/** The first faults with their locations. */
const formatFaults = (errors: ValidationResult["errors"], prefix = ""): string => {
  // The validator also reports what contains a fault, before the fault itself.
  const faults = errors.filter(({ keyword }) => !containers.has(keyword));
  return (faults.length > 0 ? faults : errors)
    .slice(0, 3)
    .map(({ instanceLocation, error }) => {
      const location = decodeURIComponent(instanceLocation).slice(1).replace(prefix, "");
      return `at ${location || "/"}: ${error}`;
    })
    .join(" ");
};

const containers = new Set(["properties", "items", "$ref", "allOf", "additionalProperties"]);

/** @see https://json-schema.org/draft-06/json-schema-release-notes for the boolean limits of draft 4. */
const schemaDraft = ({ $schema, ...schema }: Json): SchemaDraft => {
  if (/"exclusiveM(in|ax)imum":(true|false)/.test(JSON.stringify(schema))) return "4";
  const [version] = /draft-0?[47]|2019-09/.exec(String($schema)) ?? [];
  if (version === "2019-09") return version;
  return version?.endsWith("4") ? "4" : version?.endsWith("7") ? "7" : "2020-12";
};

/** @see https://platform.claude.com/docs/en/build-with-claude/structured-outputs#schema-complexity-limits */
const complexityLimits = { optional: 24, unions: 16 };

const typeNames = ["object", "array", "string", "number", "integer", "boolean", "null"];

const formats = [
  "date-time",
  "time",
  "date",
  "duration",
  "email",
  "hostname",
  "uri",
  "ipv4",
  "ipv6",
  "uuid",
];

/**
 * The schema as the API accepts it: objects closed, constraints on values moved to the descriptions.
 * By hand: the SDK does it too, but without lists of types, and without the location of faults.
 */
export const toApiSchema = (
  root: Json,
): { sent: Json; notices: Notice[]; isTooComplex: boolean } => {
  const notices: Notice[] = [];
  const count = { optional: 0, unions: 0 };
  const memberInvalid = (
    at: string,
    expected: Extract<InvalidInput["problem"], { code: "schema_member_invalid" }>["expected"],
  ) => new InvalidInput({ code: "schema_member_invalid", at: at || "/", expected });

  const each = (schemas: unknown, path: string): Json => {
    if (!isRecord(schemas)) throw memberInvalid(path, "schemas by name");
    return Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [name, convert(schema, `${path}/${name}`)]),
    );
  };
  const all = (schemas: unknown, path: string): Json[] => {
    if (!Array.isArray(schemas) || schemas.length === 0) throw memberInvalid(path, "schemas");
    return schemas.map((schema, index) => convert(schema, `${path}/${index}`));
  };

  const convert = (schema: unknown, path: string): Json => {
    const at = path || "/";
    if (!isRecord(schema)) throw memberInvalid(at, "schema");
    const { $schema, $id, $comment, $defs, definitions, $ref, description, title, ...rest } =
      schema;
    const sent: Json = {};
    if ($defs !== undefined) sent.$defs = each($defs, `${path}/$defs`);
    if (definitions !== undefined) sent.definitions = each(definitions, `${path}/definitions`);
    const { allOf: conjunction, ...around } = rest;
    const [only, ...more] = Array.isArray(conjunction) ? conjunction : [];
    const isApart = (key: string) => isRecord(only) && !(key in only) && !/Of$/.test(key);
    if (isRecord(only) && more.length === 0 && Object.keys(around).every(isApart)) {
      // Generators write a reference that has a description as the only one of allOf.
      const described = { ...(description ? { description } : {}), ...(title ? { title } : {}) };
      return { ...sent, ...convert({ ...only, ...around, ...described }, `${path}/allOf/0`) };
    }
    if ($ref !== undefined) {
      if (typeof $ref !== "string") throw memberInvalid(`${path}/$ref`, "text");
      return { ...sent, $ref };
    }
    const { enum: values, const: constant, type, anyOf, oneOf, allOf, ...constraints } = rest;

    const types = typesOf(type, constraints, at);
    if (values !== undefined && (!Array.isArray(values) || values.length === 0)) {
      throw memberInvalid(`${path}/enum`, "values");
    }
    // What remains here goes to the description.
    const remaining: Json = constraints;
    if (Array.isArray(values)) {
      if (values.every(isScalar)) sent.enum = values;
      else remaining.enum = values;
    }
    if (constant !== undefined) {
      if (isScalar(constant)) sent.const = constant;
      else remaining.const = constant;
    }
    const literal = "enum" in sent || "const" in sent;
    const [[kind, key, alternatives] = [], ...others] = (
      [
        ["anyOf", "anyOf", anyOf],
        ["oneOf", "anyOf", oneOf],
        ["allOf", "allOf", allOf],
      ] as const
    ).filter(([, , schemas]) => schemas !== undefined);
    // The API accepts one of them; the others go to the description.
    for (const [name, , schemas] of others) remaining[name] = schemas;
    if (key) sent[key] = all(alternatives, `${path}/${kind}`);
    else if (!literal) {
      if (types.length === 0) throw new InvalidInput({ code: "schema_type_missing", at });
      sent.type = types.length === 1 ? types[0] : types;
    }
    if (sent.anyOf || types.length > 1) count.unions++;
    if (description !== undefined) sent.description = description;
    if (title !== undefined) sent.title = title;
    if (!literal && types.includes("object")) Object.assign(sent, object(remaining, path));
    if (!literal && types.includes("array")) Object.assign(sent, list(remaining, path));
    if (!literal && types.includes("string") && formats.includes(remaining.format as string)) {
      sent.format = remaining.format;
      delete remaining.format;
    }
    if (Object.keys(remaining).length > 0) {
      const listed = Object.entries(remaining).map(
        ([key, value]) => `${key}: ${JSON.stringify(value)}`,
      );
      sent.description = [description, `{${listed.join(", ")}}`].filter(Boolean).join("\n\n");
    }
    return sent;
  };

  /** Moves what the API accepts of an object out of `remaining`. */
  const object = (remaining: Json, path: string): Json => {
    const { properties = {}, required = [], additionalProperties } = remaining;
    if (!Array.isArray(required) || !required.every((name) => typeof name === "string")) {
      throw memberInvalid(`${path}/required`, "names");
    }
    const sent = {
      properties: each(properties, `${path}/properties`),
      additionalProperties: false,
      ...("required" in remaining ? { required } : {}),
    };
    const isRequired = new Set(required);
    count.optional += Object.keys(sent.properties).filter((name) => !isRequired.has(name)).length;
    if (isRecord(additionalProperties) || "patternProperties" in remaining) {
      notices.push({ code: "schema_properties_closed", at: path || "/" });
    }
    for (const key of ["properties", "required", "additionalProperties"]) delete remaining[key];
    return sent;
  };

  /** Moves what the API accepts of an array out of `remaining`. */
  const list = (remaining: Json, path: string): Json => {
    const sent: Json = {};
    if (remaining.items !== undefined) {
      sent.items = convert(remaining.items, `${path}/items`);
      delete remaining.items;
    }
    if (remaining.minItems === 0 || remaining.minItems === 1) {
      sent.minItems = remaining.minItems;
      delete remaining.minItems;
    }
    return sent;
  };

  const sent = convert(root, "");
  const isRecursive = checkReferences(root);
  const isTooComplex =
    isRecursive ||
    count.optional > complexityLimits.optional ||
    count.unions > complexityLimits.unions;
  return { sent, notices, isTooComplex };
};

/** The types that a schema names, or that its other keywords imply. */
const typesOf = (type: unknown, { properties, items, pattern }: Json, at: string): string[] => {
  if (pattern !== undefined) checkPattern(pattern, at);
  if (type === undefined) return properties ? ["object"] : items ? ["array"] : [];
  const types = [type].flat();
  const invalid = types.find((name) => !typeNames.includes(name as string));
  if (invalid !== undefined || types.length === 0) {
    const shown = JSON.stringify(invalid ?? type) ?? typeof invalid;
    throw new InvalidInput({ code: "schema_type_invalid", at, type: shown, types: typeNames });
  }
  return types as string[];
};

const checkPattern = (pattern: unknown, at: string): void => {
  try {
    new RegExp(pattern as string, "u");
  } catch {
    throw new InvalidInput({ code: "schema_pattern_invalid", at });
  }
};

/**
 * Whether a schema is recursive.
 *
 * @throws InvalidInput for a reference that does not point into the schema.
 */
const checkReferences = (root: Json): boolean => {
  let isRecursive = false;
  const done = new Set<string>();
  /** @param direct The references that led here, without a member between them. */
  const visit = (value: unknown, open: readonly string[], direct: readonly string[]): void => {
    if (typeof value !== "object" || value === null) return;
    const { $ref } = value as Json;
    if (typeof $ref === "string" && !done.has($ref)) {
      if (direct.includes($ref)) {
        throw new InvalidInput({ code: "schema_reference_circular", reference: $ref });
      }
      if (open.includes($ref)) {
        isRecursive = true;
        return;
      }
      visit(resolve(root, $ref), [...open, $ref], [...direct, $ref]);
      done.add($ref);
    }
    for (const member of Object.values(value)) visit(member, open, []);
  };
  visit(root, [], []);
  return isRecursive;
};

const resolve = (root: Json, reference: string): unknown => {
  const keys = reference.split("/").map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (keys.shift() !== "#") {
    throw new InvalidInput({ code: "schema_reference_invalid", reference });
  }
  let target: unknown = root;
  for (const key of keys) {
    target = isRecord(target) && Object.hasOwn(target, key) ? target[key] : undefined;
  }
  if (target === undefined) throw new InvalidInput({ code: "schema_reference_missing", reference });
  return target;
};

const isScalar = (value: unknown): boolean => value === null || typeof value !== "object";
