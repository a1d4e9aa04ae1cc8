/** The official SDK makes the same of a schema, where it can. */
import { transformJSONSchema } from "@anthropic-ai/sdk/lib/transform-json-schema";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answerSchema, apiSchema } from "../../../src/claude/messages/structured";
import { runs } from "../../support/runs";

const sdk = (schema: object) => transformJSONSchema(schema as never);

const schemas: Record<string, Record<string, unknown>> = {
  "every limit of a value": {
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
  "values to choose from": {
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
  "one of": { oneOf: [{ type: "string", minLength: 1 }, { type: "null" }] },
  "all of": {
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

test.each(Object.entries(schemas))("%s", (_, schema) => {
  const before = structuredClone(schema);
  expect(apiSchema(schema).sent).toEqual(sdk(schema));
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
      // Last, where the SDK puts it among what the API does not take.
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

test("thousands of generated schemas", () => {
  fc.assert(
    fc.property(generated, (schema) => {
      let ours: unknown;
      try {
        ours = apiSchema(schema).sent;
      } catch (error) {
        // Too many fields for the API: the SDK leaves that to the API.
        expect((error as Error).message).toContain("; the API takes");
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

test("an answer that matches is read to the letter, any other has a problem in words", () => {
  fc.assert(
    fc.property(matching, fc.oneof(fc.json(), fc.string()), ({ schema, value }, other) => {
      let read: ReturnType<typeof answerSchema>["read"];
      try {
        ({ read } = answerSchema(schema));
      } catch (error) {
        expect((error as Error).message).toContain("; the API takes");
        return;
      }
      expect(read(JSON.stringify(value))).toEqual({ json: JSON.parse(JSON.stringify(value)) });
      const { json, problem } = read(other);
      if (problem === undefined) expect(json).toEqual(JSON.parse(other));
      else expect([json, problem]).toEqual([null, expect.stringMatching(/^The answer .+\)$/s)]);
      expect(problem ?? "").not.toMatch(/\[object |undefined/);
    }),
    runs(300),
  );
});

describe("beyond the SDK", () => {
  test("types in a list keep what belongs to each", () => {
    const schema = {
      type: ["object", "null"],
      properties: { a: { type: ["string", "null"], format: "date" } },
    };
    expect(apiSchema(schema).sent).toEqual({
      ...schema,
      additionalProperties: false,
    });
  });

  test("a type that JSON has no form for is told by what it is", () => {
    expect(() => apiSchema({ type: () => 1 })).toThrow(
      "has a type that is none at its root: function.",
    );
  });

  test("a type is left out where nothing else can be meant", () => {
    expect(apiSchema({ properties: { a: { items: { type: "string" } } } }).sent).toEqual({
      type: "object",
      properties: { a: { type: "array", items: { type: "string" } } },
      additionalProperties: false,
    });
  });

  test("alternatives of several kinds are not lost", () => {
    const allOf = [{ type: "string", minLength: 2 }];
    expect(apiSchema({ anyOf: [{ type: "string" }], allOf }).sent).toEqual({
      anyOf: [{ type: "string" }],
      description: `{allOf: ${JSON.stringify(allOf)}}`,
    });
  });

  test("objects that are maps are told of: the API closes them", () => {
    const schema = { type: "object", additionalProperties: { type: "number" } };
    expect(apiSchema({ type: "array", items: schema }).warnings).toEqual([
      "JSON Schema: objects hold only the properties that the schema names, so none comes at /items beyond those.",
    ]);
  });

  test("older drafts keep their definitions", () => {
    const schema = {
      type: "array",
      items: { $ref: "#/definitions/a" },
      definitions: { a: { type: "string", minLength: 1 } },
    };
    expect(apiSchema(schema).sent).toEqual({
      ...schema,
      definitions: { a: { type: "string", description: "{minLength: 1}" } },
    });
  });
});

test.each<[Record<string, unknown>, string]>([
  [{ $ref: 5 }, "takes a text for $ref at its root."],
  [{ anyOf: [{ type: "string" }, { type: "x" }] }, "has a type that is none at /anyOf/1: "],
  [{ $defs: { a: { type: "x" } }, $ref: "#/$defs/a" }, "has a type that is none at /$defs/a: "],
  [
    { definitions: { a: { type: "x" } }, $ref: "#/definitions/a" },
    "has a type that is none at /definitions/a: ",
  ],
  [{ type: "string", pattern: "\\-" }, "has a pattern that is no regular expression at its root."],
])("%j is refused, with its place", (schema, message) => {
  expect(() => apiSchema(schema)).toThrow(message);
});

test("values that the API takes none of stand in the description", () => {
  expect(apiSchema({ type: "object", enum: [1, { a: 1 }] }).sent).toMatchObject({
    type: "object",
    description: '{enum: [1,{"a":1}]}',
  });
  expect(apiSchema({ type: "object", const: { a: 1 } }).sent).toMatchObject({
    type: "object",
    description: '{const: {"a":1}}',
  });
});

test("a reference finds a name with a tilde", () => {
  const schema = { $ref: "#/$defs/a~0b", $defs: { "a~b": { type: "string" } } };
  expect(answerSchema(schema).read('"x"')).toEqual({ json: "x" });
});

test("what only shows once an answer is held against a schema is a problem of that answer", () => {
  const schema = { type: "object", patternProperties: { "(": { type: "string" } } };
  const { problem } = answerSchema(schema).read('{"a": 1}');
  expect(problem).toMatch(
    /^The answer does not match the JSON Schema \(at \/: Invalid regular expression/,
  );
});
