/** toApiSchema converts schemas like the official SDK, and covers more than it. */
import { transformJSONSchema } from "@anthropic-ai/sdk/lib/transform-json-schema";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonIn, parseJson } from "../../../src/claude/messages/replyJson";
import {
  mismatchForClaude,
  replySchema,
  toApiSchema,
} from "../../../src/claude/messages/replySchema";
import { InvalidInput, type Problem } from "../../../src/claude/problem";
import { runs } from "../../support/propertyRuns";

/** What src/claude finds wrong with a schema. */
const problemOf = (error: unknown): Problem | undefined =>
  error instanceof InvalidInput ? error.problem : undefined;

const findProblem = (schema: Record<string, unknown>): Problem | undefined => {
  try {
    toApiSchema(schema);
    return undefined;
  } catch (error) {
    return problemOf(error);
  }
};

const sdk = (schema: object) => transformJSONSchema(schema as never);

const schemas: Record<string, Record<string, unknown>> = {
  "every constraint of a value": {
    type: "object",
    properties: {
      name: { type: "string", minLength: 1, maxLength: 80, pattern: "^[A-Z]", description: "Name" },
      age: { type: "integer", minimum: 0, exclusiveMaximum: 150, multipleOf: 1, default: 5 },
      when: { type: "string", format: "date-time" },
      plate: { type: "string", format: "licence-plate" },
      tags: {
        type: "array",
        items: { type: "string" },
        minItems: 1,
        maxItems: 3,
        uniqueItems: true,
      },
      pairs: { type: "array", items: { type: "number" }, minItems: 2 },
      open: { type: "object", additionalProperties: true, minProperties: 1 },
      none: { type: "null" },
      yes: { type: "boolean", title: "Yes" },
    },
    required: ["name"],
  },
  "enum and const": {
    type: "object",
    properties: {
      size: { type: "string", enum: ["S", "M", 1, null] },
      kind: { const: "a" },
      deep: { type: "object", enum: [{ a: 1 }] },
    },
  },
  alternatives: {
    anyOf: [{ type: "string" }, { type: "object", properties: { a: { type: "integer" } } }],
    description: "One of two",
  },
  oneOf: { oneOf: [{ type: "string", minLength: 1 }, { type: "null" }] },
  allOf: {
    allOf: [
      { type: "object", properties: { a: { type: "string" } } },
      { type: "object", properties: { b: { type: "string" } } },
    ],
  },
  references: {
    $defs: { item: { type: "object", properties: { price: { type: "number", minimum: 0 } } } },
    type: "array",
    items: { $ref: "#/$defs/item" },
  },
  "a reference at the root": {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $defs: { a: { type: "string", maxLength: 3 } },
    $ref: "#/$defs/a",
  },
};

test.each(Object.entries(schemas))("toApiSchema matches the SDK: %s", (_, schema) => {
  const before = structuredClone(schema);
  expect(toApiSchema(schema).sent).toEqual(sdk(schema));
  expect(schema).toEqual(before);
});

const leaf = fc.oneof(
  fc.record(
    {
      type: fc.constantFrom("string", "number", "integer", "boolean", "null"),
      description: fc.string(),
      title: fc.string(),
      minimum: fc.integer(),
      maxLength: fc.nat(),
      default: fc.jsonValue(),
      // Last, as in the SDK's order of unsupported keywords.
      format: fc.constantFrom("date", "uuid", "regex"),
    },
    { requiredKeys: ["type"] },
  ),
  fc.record({ enum: fc.array(fc.oneof(fc.string(), fc.integer()), { minLength: 1 }) }),
);

const { schema: generated } = fc.letrec<{ schema: Record<string, unknown> }>((tie) => ({
  schema: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.record(
      {
        type: fc.constant("object"),
        properties: fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tie("schema"), { maxKeys: 3 }),
        additionalProperties: fc.boolean(),
        maxProperties: fc.nat(),
      },
      { requiredKeys: ["type"] },
    ),
    fc.record(
      { type: fc.constant("array"), items: tie("schema"), minItems: fc.nat(3) },
      { requiredKeys: ["type", "items"] },
    ),
    fc.record({ anyOf: fc.array(tie("schema"), { minLength: 1, maxLength: 2 }) }),
  ) as fc.Arbitrary<Record<string, unknown>>,
}));

test("toApiSchema matches the SDK for generated schemas", () => {
  fc.assert(
    fc.property(generated, (schema) => {
      let ours: unknown;
      try {
        ours = toApiSchema(schema).sent;
      } catch (error) {
        // Too many fields for the API. The SDK does not check this.
        expect(problemOf(error)).toMatchObject({ code: "schema_too_complex" });
        return;
      }
      expect(ours).toEqual(sdk(schema));
    }),
    { numRuns: 3_000 },
  );
});

/** A schema and a value that matches it. */
const { matching } = fc.letrec<{ matching: { schema: Record<string, unknown>; value: unknown } }>(
  (tie) => ({
    matching: fc.oneof(
      { depthSize: "small" },
      fc.string().map((value) => ({ schema: { type: "string" }, value })),
      fc.integer().map((value) => ({ schema: { type: "integer" }, value })),
      fc.constant({ schema: { type: ["boolean", "null"] }, value: null }),
      fc.tuple(fc.array(fc.string(), { minLength: 1 }), fc.nat()).map(([choices, at]) => ({
        schema: { enum: choices },
        value: choices[at % choices.length],
      })),
      fc.tuple(tie("matching"), fc.nat(3)).map(([{ schema, value }, times]) => ({
        schema: { type: "array", items: schema },
        value: Array(times).fill(value),
      })),
      fc.dictionary(fc.string(), tie("matching"), { maxKeys: 3 }).map((fields) => {
        const parts = Object.entries(fields);
        const properties = Object.fromEntries(parts.map(([name, { schema }]) => [name, schema]));
        const value = Object.fromEntries(parts.map(([name, { value }]) => [name, value]));
        return { schema: { type: "object", properties, required: Object.keys(value) }, value };
      }),
    ),
  }),
);

test("replySchema reads matching JSON unchanged and reports the mismatch of any other text", () => {
  fc.assert(
    fc.property(matching, fc.oneof(fc.json(), fc.string()), ({ schema, value }, other) => {
      let read: ReturnType<typeof replySchema>["read"];
      try {
        ({ read } = replySchema(schema));
      } catch (error) {
        expect(problemOf(error)).toMatchObject({ code: "schema_too_complex" });
        return;
      }
      expect(read(JSON.stringify(value))).toEqual({
        json: JSON.parse(JSON.stringify(value)),
        notices: [],
      });
      const { json, mismatch } = read(other);
      if (mismatch === undefined) {
        expect(jsonIn(other).map((text) => parseJson(text).json)).toContainEqual(json);
        return;
      }
      const text = mismatchForClaude(mismatch, "JSON Schema");
      expect([json, text]).toEqual([null, expect.stringMatching(/^The answer .+\)$/s)]);
      expect(text).not.toMatch(/\[object |undefined/);
    }),
    runs(300),
  );
});

describe("toApiSchema beyond the SDK", () => {
  test("a list of types keeps the keywords of each type", () => {
    const schema = {
      type: ["object", "null"],
      properties: { a: { type: ["string", "null"], format: "date" } },
    };
    expect(toApiSchema(schema).sent).toEqual({
      ...schema,
      additionalProperties: false,
    });
  });

  test("a function as a type is reported in the error", () => {
    expect(findProblem({ type: () => 1 })).toMatchObject({
      code: "schema_type_invalid",
      at: "/",
      type: "function",
    });
  });

  test("a missing type is inferred from properties and items", () => {
    expect(toApiSchema({ properties: { a: { items: { type: "string" } } } }).sent).toEqual({
      type: "object",
      properties: { a: { type: "array", items: { type: "string" } } },
      additionalProperties: false,
    });
  });

  test("allOf next to anyOf is kept in the description", () => {
    const allOf = [{ type: "string", minLength: 2 }];
    expect(toApiSchema({ anyOf: [{ type: "string" }], allOf }).sent).toEqual({
      anyOf: [{ type: "string" }],
      description: `{allOf: ${JSON.stringify(allOf)}}`,
    });
  });

  test("additionalProperties with a schema gives a notice", () => {
    const schema = { type: "object", additionalProperties: { type: "number" } };
    expect(toApiSchema({ type: "array", items: schema }).notices).toEqual([
      { code: "schema_properties_closed", at: "/items" },
    ]);
  });

  test("definitions of older drafts are kept", () => {
    const schema = {
      type: "array",
      items: { $ref: "#/definitions/a" },
      definitions: { a: { type: "string", minLength: 1 } },
    };
    expect(toApiSchema(schema).sent).toEqual({
      ...schema,
      definitions: { a: { type: "string", description: "{minLength: 1}" } },
    });
  });
});

const typeInvalid = (at: string) => ({ code: "schema_type_invalid", at, type: '"x"' });
const invalid: [schema: Record<string, unknown>, problem: object][] = [
  [{ $ref: 5 }, { code: "schema_member_invalid", at: "/$ref", expected: "text" }],
  [{ anyOf: [{ type: "string" }, { type: "x" }] }, typeInvalid("/anyOf/1")],
  [{ $defs: { a: { type: "x" } }, $ref: "#/$defs/a" }, typeInvalid("/$defs/a")],
  [{ definitions: { a: { type: "x" } }, $ref: "#/definitions/a" }, typeInvalid("/definitions/a")],
  [
    { type: "string", pattern: "\\-" },
    { code: "schema_pattern_invalid", at: "/" },
  ],
];
test("toApiSchema reports the location of an invalid keyword", () => {
  for (const [schema, problem] of invalid) {
    expect.soft(findProblem(schema)).toMatchObject(problem);
  }
});

test("unsupported enum and const values are kept in the description", () => {
  expect(toApiSchema({ type: "object", enum: [1, { a: 1 }] }).sent).toMatchObject({
    type: "object",
    description: '{enum: [1,{"a":1}]}',
  });
  expect(toApiSchema({ type: "object", const: { a: 1 } }).sent).toMatchObject({
    type: "object",
    description: '{const: {"a":1}}',
  });
});

test("references resolve names with a tilde", () => {
  const schema = { $ref: "#/$defs/a~0b", $defs: { "a~b": { type: "string" } } };
  expect(replySchema(schema).read('"x"')).toEqual({ json: "x", notices: [] });
});

test("an invalid regular expression in patternProperties is reported when a reply is checked", () => {
  const schema = { type: "object", patternProperties: { "(": { type: "string" } } };
  const { mismatch } = replySchema(schema).read('{"a": 1}');
  expect(mismatch).toEqual({
    code: "schema_not_matched",
    faults: expect.stringMatching(/^at \/: Invalid regular expression/),
  });
});

test("the only schema of allOf takes its place", () => {
  const $defs = { A: { type: "object", properties: { n: { type: "integer" } } } };
  const properties = { a: { allOf: [{ $ref: "#/$defs/A" }], description: "An A" } };
  const schema = replySchema({ type: "object", properties, $defs });
  expect(schema.sent.properties).toEqual({ a: { $ref: "#/$defs/A" } });
  expect(schema.read('{"a":{"n":1}}').mismatch).toBeUndefined();
  expect(schema.read('{"a":{"n":"1"}}').mismatch).toBeDefined();
  const described = {
    type: "object",
    properties: { b: { allOf: [{ type: "string" }], description: "A b" } },
  };
  expect(replySchema(described).sent.properties).toEqual({
    b: { type: "string", description: "A b" },
  });
});
