import { isRecord, type Schema } from "./request";

/** @see https://platform.claude.com/docs/en/build-with-claude/structured-outputs#schema-complexity-limits */
const limits = { optional: 24, unions: 16 };

/** Constraints that structured output does not support, by the type that they are for. */
const unsupported: Record<string, string[]> = {
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  integer: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  string: ["minLength", "maxLength"],
  array: ["maxItems", "uniqueItems", "contains", "prefixItems"],
  object: ["minProperties", "maxProperties", "patternProperties", "propertyNames"],
};

/**
 * Why the API refuses a schema for structured output, undefined if it accepts it.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
 */
export const checkSchema = (root: Schema, path: string): string | undefined => {
  const count = { optional: 0, unions: 0 };
  const fault = checkOne(root, count) ?? checkRecursion(root);
  if (fault) return `${path}: ${fault}`;
  return count.optional > limits.optional || count.unions > limits.unions
    ? "Schema is too complex for compilation. Reduce the number of optional parameters and unions."
    : undefined;
};

const checkOne = (schema: unknown, count: typeof limits): string | undefined => {
  if (!isRecord(schema)) return undefined;
  const types = [schema.type].flat().map(String);
  if (types.length > 1 || schema.anyOf) count.unions += 1;
  if (schema.oneOf || schema.not) return `'${schema.oneOf ? "oneOf" : "not"}' is not supported`;
  if (types.includes("object")) {
    if (schema.additionalProperties !== false) {
      return "For 'object' type, 'additionalProperties' must be explicitly set to false";
    }
    const required = Array.isArray(schema.required) ? schema.required : [];
    const names = Object.keys(isRecord(schema.properties) ? schema.properties : {});
    count.optional += names.filter((name) => !required.includes(name)).length;
  }
  for (const type of types) {
    const found = (unsupported[type] ?? []).filter((keyword) => keyword in schema);
    if (type === "array" && Number(schema.minItems ?? 0) > 1) {
      return "For 'array' type, 'minItems' values other than 0 or 1 are not supported";
    }
    if (found.length > 0) {
      return `For '${type}' type, properties ${found.join(", ")} are not supported`;
    }
  }
  const members = [schema.properties, schema.$defs, schema.definitions].flatMap((named) =>
    isRecord(named) ? Object.values(named) : [],
  );
  const lists = [schema.anyOf, schema.allOf].flatMap((list) => (Array.isArray(list) ? list : []));
  for (const member of [...members, ...lists, schema.items]) {
    const fault = checkOne(member, count);
    if (fault) return fault;
  }
  return undefined;
};

/** Whether a definition contains a reference to itself. */
const checkRecursion = (root: Schema): string | undefined => {
  const done = new Set<string>();
  const visit = (value: unknown, open: readonly string[]): string | undefined => {
    if (typeof value !== "object" || value === null) return undefined;
    const { $ref } = value as Schema;
    if (typeof $ref === "string" && !done.has($ref)) {
      if (open.includes($ref)) return `Circular reference detected in schema definitions: ${$ref}`;
      let target: unknown = root;
      for (const key of $ref.split("/").slice(1))
        target = isRecord(target) ? target[key] : undefined;
      const fault = visit(target, [...open, $ref]);
      if (fault) return fault;
      done.add($ref);
    }
    for (const member of Object.values(value)) {
      const fault = visit(member, open);
      if (fault) return fault;
    }
    return undefined;
  };
  return visit(root, ["#"]);
};
