import {
  type Schema,
  type SchemaDraft,
  type ValidationResult,
  Validator,
} from "@cfworker/json-schema";
import { isRecord } from "../../client/values";
import { InvalidInput } from "../InvalidInput";

type Json = Record<string, unknown>;

/** A JSON Schema for answers: what is sent of it, and how an answer is held against all of it. */
export interface AnswerSchema {
  /** The part that the API takes. The rest stands in the descriptions, for the model to read. */
  sent: Json;
  /** What the API does not hold to and no description makes up for. */
  warnings: string[];
  /** Reads an answer. With a problem, there is no value. */
  read(text: string): { json: unknown; problem?: string };
}

interface AnswerOptions {
  /** Takes out of an answer what means nothing, before it is held against the schema. */
  tidy?: (json: unknown) => unknown;
  /** What the answer is held against, in the words of the person who gave it. */
  what?: string;
  /** The place of what the person gave, where it stands inside another: left out of faults. */
  within?: string;
}

/**
 * Makes a person's JSON Schema ready for an answer.
 *
 * @throws InvalidInput for what is no JSON Schema, or asks for what the API never takes.
 * @see https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
 */
export const answerSchema = (
  schema: Json,
  { tidy = (json) => json, what = "JSON Schema", within = "" }: AnswerOptions = {},
): AnswerSchema => {
  const { sent, warnings } = apiSchema(schema);
  const validator = validatorOf(schema);
  return {
    sent,
    warnings,
    read: (text) => {
      let json: unknown;
      try {
        json = tidy(JSON.parse(text));
      } catch (error) {
        return { json: null, problem: `The answer is no JSON (${(error as Error).message})` };
      }
      const { valid, errors } = validate(validator, json);
      if (valid) return { json };
      return {
        json: null,
        problem: `The answer does not match the ${what} (${inWords(errors, within)})`,
      };
    },
  };
};

const validatorOf = (schema: Json): Validator => {
  try {
    return new Validator(schema as Schema, draft(schema), false);
  } catch (error) {
    throw new InvalidInput(`cannot be used: ${(error as Error).message}.`);
  }
};

/**
 * What is wrong with a value, undefined where it matches.
 *
 * @throws InvalidInput for what is no JSON Schema.
 */
export const faultFinder = (schema: Json): ((value: unknown) => string | undefined) => {
  const validator = validatorOf(schema);
  return (value) => {
    const { valid, errors } = validate(validator, value);
    return valid ? undefined : inWords(errors);
  };
};

/** The first faults with their places. */
const inWords = (errors: ValidationResult["errors"], within = ""): string => {
  // What contains a fault is reported too, before the fault itself.
  const faults = errors.filter(({ keyword }) => !containers.has(keyword));
  return (faults.length > 0 ? faults : errors)
    .slice(0, 3)
    .map(({ instanceLocation, error }) => {
      const place = instanceLocation.slice(1).replace(within, "");
      return `at ${place || "/"}: ${error}`;
    })
    .join(" ");
};

/** A schema may hold what only shows once an answer is held against it. */
const validate = (
  validator: Validator,
  json: unknown,
): Pick<ValidationResult, "valid" | "errors"> => {
  try {
    return validator.validate(json);
  } catch (error) {
    const { message } = error as Error;
    const fault = { keyword: "", keywordLocation: "", instanceLocation: "#", error: message };
    return { valid: false, errors: [fault] };
  }
};

const containers = new Set(["properties", "items", "$ref", "allOf", "additionalProperties"]);

const draft = ({ $schema }: Json): SchemaDraft => {
  const [version] = /draft-0?[47]|2019-09/.exec(String($schema)) ?? [];
  if (version === "2019-09") return version;
  return version?.endsWith("4") ? "4" : version?.endsWith("7") ? "7" : "2020-12";
};

/** @see https://platform.claude.com/docs/en/build-with-claude/structured-outputs#schema-complexity-limits */
const limits = { optional: 24, unions: 16 };

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
 * The schema as the API takes it: objects closed, limits of values moved into the descriptions. By
 * hand, as the SDK does it, and beyond: types in a list, and faults named by their place.
 */
export const apiSchema = (root: Json): { sent: Json; warnings: string[] } => {
  const warnings: string[] = [];
  const count = { optional: 0, unions: 0 };

  const each = (schemas: unknown, path: string): Json => {
    if (!isRecord(schemas)) throw new InvalidInput(`takes an object of schemas at ${path}.`);
    return Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [name, convert(schema, `${path}/${name}`)]),
    );
  };
  const all = (schemas: unknown, path: string): Json[] => {
    if (!Array.isArray(schemas) || schemas.length === 0) {
      throw new InvalidInput(`takes a list of schemas at ${path}.`);
    }
    return schemas.map((schema, index) => convert(schema, `${path}/${index}`));
  };

  const convert = (schema: unknown, path: string): Json => {
    const at = path || "its root";
    if (!isRecord(schema)) throw new InvalidInput(`holds no schema at ${at}.`);
    const { $schema, $id, $comment, $defs, definitions, $ref, description, title, ...rest } =
      schema;
    const sent: Json = {};
    if ($defs !== undefined) sent.$defs = each($defs, `${path}/$defs`);
    if (definitions !== undefined) sent.definitions = each(definitions, `${path}/definitions`);
    if ($ref !== undefined) {
      if (typeof $ref !== "string") throw new InvalidInput(`takes a text for $ref at ${at}.`);
      return { ...sent, $ref };
    }
    const { enum: values, const: constant, type, anyOf, oneOf, allOf, ...limitsOfValues } = rest;

    const types = typesOf(type, limitsOfValues, at);
    if (values !== undefined && (!Array.isArray(values) || values.length === 0)) {
      throw new InvalidInput(`takes a list of values for enum at ${at}.`);
    }
    const left: Json = limitsOfValues;
    if (Array.isArray(values)) {
      if (values.every(isPlain)) sent.enum = values;
      else left.enum = values;
    }
    if (constant !== undefined) {
      if (isPlain(constant)) sent.const = constant;
      else left.const = constant;
    }
    const literal = "enum" in sent || "const" in sent;
    const [[kind, key, alternatives] = [], ...others] = (
      [
        ["anyOf", "anyOf", anyOf],
        ["oneOf", "anyOf", oneOf],
        ["allOf", "allOf", allOf],
      ] as const
    ).filter(([, , schemas]) => schemas !== undefined);
    // The API takes one of them; the others stand in the description.
    for (const [name, , schemas] of others) left[name] = schemas;
    if (key) sent[key] = all(alternatives, `${path}/${kind}`);
    else if (!literal) {
      if (types.length === 0) throw new InvalidInput(`has no type at ${at}: the API needs one.`);
      sent.type = types.length === 1 ? types[0] : types;
    }
    if (sent.anyOf || types.length > 1) count.unions++;
    if (description !== undefined) sent.description = description;
    if (title !== undefined) sent.title = title;
    if (!literal && types.includes("object")) Object.assign(sent, object(left, path));
    if (!literal && types.includes("array")) Object.assign(sent, list(left, path));
    if (!literal && types.includes("string") && formats.includes(left.format as string)) {
      sent.format = left.format;
      delete left.format;
    }
    if (Object.keys(left).length > 0) {
      const told = Object.entries(left).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
      sent.description = [description, `{${told.join(", ")}}`].filter(Boolean).join("\n\n");
    }
    return sent;
  };

  /** Takes from `left` what the API takes of an object. */
  const object = (left: Json, path: string): Json => {
    const { properties = {}, required = [], additionalProperties } = left;
    if (!Array.isArray(required) || !required.every((name) => typeof name === "string")) {
      throw new InvalidInput(`takes a list of names at ${path}/required.`);
    }
    const sent = {
      properties: each(properties, `${path}/properties`),
      additionalProperties: false,
      ...("required" in left ? { required } : {}),
    };
    count.optional += Object.keys(sent.properties).filter(
      (name) => !required.includes(name),
    ).length;
    if (isRecord(additionalProperties) || "patternProperties" in left) {
      warnings.push(
        `JSON Schema: objects hold only the properties that the schema names, so none comes at ${path || "its root"} beyond those.`,
      );
    }
    for (const key of ["properties", "required", "additionalProperties"]) delete left[key];
    return sent;
  };

  /** Takes from `left` what the API takes of a list. */
  const list = (left: Json, path: string): Json => {
    const sent: Json = {};
    if (left.items !== undefined) {
      sent.items = convert(left.items, `${path}/items`);
      delete left.items;
    }
    if (left.minItems === 0 || left.minItems === 1) {
      sent.minItems = left.minItems;
      delete left.minItems;
    }
    return sent;
  };

  const sent = convert(root, "");
  checkReferences(root);
  for (const [what, limit, advice] of [
    ["optional", limits.optional, "fields that are not required"],
    ["unions", limits.unions, "fields of several types"],
  ] as const) {
    if (count[what] <= limit) continue;
    throw new InvalidInput(
      `has ${count[what]} ${advice}; the API takes ${limit}. Make fields required, give each one type, or ask in two steps.`,
    );
  }
  return { sent, warnings };
};

/** The types that a schema names, or that its other keywords leave no doubt about. */
const typesOf = (type: unknown, { properties, items, pattern }: Json, at: string): string[] => {
  if (pattern !== undefined) checkPattern(pattern, at);
  if (type === undefined) return properties ? ["object"] : items ? ["array"] : [];
  const types = [type].flat();
  const odd = types.find((name) => !typeNames.includes(name as string));
  if (odd !== undefined || types.length === 0) {
    throw new InvalidInput(
      `has a type that is none at ${at}: ${JSON.stringify(odd ?? type) ?? typeof odd}. Types are ${typeNames.join(", ")}.`,
    );
  }
  return types as string[];
};

const checkPattern = (pattern: unknown, at: string): void => {
  try {
    new RegExp(pattern as string, "u");
  } catch {
    throw new InvalidInput(`has a pattern that is no regular expression at ${at}.`);
  }
};

/** References lead to a place in the schema, and never back to where they came from. */
const checkReferences = (root: Json): void => {
  const done = new Set<string>();
  const visit = (value: unknown, open: readonly string[]): void => {
    if (typeof value !== "object" || value === null) return;
    const { $ref } = value as Json;
    if (typeof $ref === "string" && !done.has($ref)) {
      if (open.includes($ref)) {
        throw new InvalidInput(`refers to itself at ${$ref}; the API takes no recursion.`);
      }
      visit(resolve(root, $ref), [...open, $ref]);
      done.add($ref);
    }
    for (const part of Object.values(value)) visit(part, open);
  };
  visit(root, []);
};

const resolve = (root: Json, reference: string): unknown => {
  const keys = reference.split("/").map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (keys.shift() !== "#") {
    throw new InvalidInput(`refers to ${reference}; references begin with #/$defs/.`);
  }
  let place: unknown = root;
  for (const key of keys) {
    place = isRecord(place) && Object.hasOwn(place, key) ? place[key] : undefined;
  }
  if (place === undefined) {
    throw new InvalidInput(`refers to ${reference}, which it does not hold.`);
  }
  return place;
};

const isPlain = (value: unknown): boolean => value === null || typeof value !== "object";
