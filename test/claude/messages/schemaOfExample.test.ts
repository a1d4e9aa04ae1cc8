import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exampleOfSchema } from "../../../src/claude/messages/exampleOfSchema";
import { isSchema, readSchema } from "../../../src/claude/messages/schemaOfExample";
import { runs } from "../../support/propertyRuns";

type Json = Record<string, unknown>;

const isDate = (text: string) =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$|^\d{4}-\d\d-\d\d$/.test(text);
const ajv = new Ajv({ strict: false, formats: { date: isDate, "date-time": isDate } });

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

describe("an example", () => {
  test("becomes a schema with the types of its values", () => {
    const example = {
      number: "INV-1042",
      date: "2026-11-20",
      sentAt: "2026-11-20T09:30:00Z",
      total: 118.5,
      isPaid: true,
      customer: { name: "Paper Clip Works" },
      lines: [
        { text: "Paper", amount: 18.5 },
        { text: "Clips", color: "blue" },
      ],
      tags: ["a"],
    };
    const nullable = (type: string) => ({ type: [type, "null"], description: "Null if not known" });
    const date = (format: string) => ({
      anyOf: [{ type: "string", format }, { type: "null" }],
      description: "Null if not known",
    });
    expect(readSchema(example)).toEqual({
      example,
      notices: [],
      schema: {
        type: "object",
        properties: {
          number: nullable("string"),
          date: date("date"),
          sentAt: date("date-time"),
          total: nullable("number"),
          isPaid: nullable("boolean"),
          customer: {
            ...nullable("object"),
            properties: { name: nullable("string") },
            required: ["name"],
            additionalProperties: false,
          },
          lines: {
            ...nullable("array"),
            items: {
              type: "object",
              properties: {
                text: nullable("string"),
                amount: nullable("number"),
                color: nullable("string"),
              },
              required: ["text", "amount", "color"],
              additionalProperties: false,
            },
          },
          tags: { ...nullable("array"), items: { type: "string" } },
        },
        required: Object.keys(example),
        additionalProperties: false,
      },
    });
  });

  test("has a notice for each value that says nothing about its type", () => {
    const { notices } = readSchema({ a: null, b: { c: [] }, d: [null] });
    expect(notices).toEqual([
      { code: "example_without_type", at: "/a" },
      { code: "example_list_empty", at: "/b/c" },
      { code: "example_list_empty", at: "/d" },
    ]);
  });

  test("may have a field that is called as a keyword", () => {
    expect(isSchema({ type: "invoice", total: 1 })).toBe(false);
    expect(isSchema({ title: "A", description: "B" })).toBe(false);
    expect(isSchema({ items: [{ a: 1 }], total: 3 })).toBe(false);
    expect(isSchema({ type: "object" })).toBe(true);
    expect(isSchema({ properties: { a: { type: "string" } } })).toBe(true);
    expect(isSchema({ $ref: "#/$defs/a", $defs: { a: { type: "object" } } })).toBe(true);
    expect(isSchema({ anyOf: [{ type: "string" }, { type: "null" }] })).toBe(true);
  });

  const name = fc.stringMatching(/^[a-z]{1,8}$/).map((name) => `f_${name}`);
  const { value: anyValue } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.string(),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constantFrom("2026-11-20", "2026-11-20T09:30:00Z"),
      fc.constant(null),
      fc.array(
        tie("value").filter((entry) => entry !== null),
        // Entries with different members are tested above: all are required of each.
        { maxLength: 1 },
      ),
      fc.dictionary(name, tie("value"), { maxKeys: 4 }),
    ),
  }));
  const anyExample = fc.dictionary(name, anyValue, { minKeys: 1, maxKeys: 6 });

  /** The same with null, or with empty texts and lists, for each member. */
  const emptied = (value: unknown, isNull: boolean): unknown => {
    if (isObject(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([key, member]) => {
          // A value without a type becomes a text.
          const isTextOrList = member === null || (typeof member === "string" && !isDate(member));
          if (Array.isArray(member)) return [key, isNull ? null : []];
          return [key, isTextOrList && !isNull ? "" : null];
        }),
      );
    }
    return value;
  };

  test("of any form has a schema that is valid and accepts it", () => {
    fc.assert(
      fc.property(anyExample, (given) => {
        const example = JSON.parse(JSON.stringify(given)) as Json;
        const { schema, notices } = readSchema(example);
        const validate = ajv.compile(schema);
        if (notices.length === 0)
          expect(validate(example), ajv.errorsText(validate.errors)).toBe(true);
        expect(schema.required).toEqual(Object.keys(example));
        const isMany = JSON.stringify(schema).includes("Empty if not known");
        expect(validate(emptied(example, !isMany)), ajv.errorsText(validate.errors)).toBe(true);
        expect(schema.additionalProperties).toBe(false);
      }),
      runs(500),
    );
  });

  test("has the members of the value that the designer shows", () => {
    const namesIn = (value: unknown): unknown =>
      isObject(value)
        ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, namesIn(member)]))
        : "";
    const withoutLists = (value: unknown): unknown =>
      Array.isArray(value)
        ? "list"
        : isObject(value)
          ? Object.fromEntries(
              Object.entries(value).map(([key, member]) => [key, withoutLists(member)]),
            )
          : value;
    fc.assert(
      fc.property(anyExample, (given) => {
        const example = withoutLists(JSON.parse(JSON.stringify(given))) as Json;
        expect(namesIn(exampleOfSchema(readSchema(example).schema))).toEqual(namesIn(example));
      }),
      runs(300),
    );
  });
});

describe("the example of a schema", () => {
  test.each<[schema: Json, example: unknown]>([
    [{ type: "string", enum: ["a", "b"] }, "a"],
    [{ const: 7 }, 7],
    [{ type: "number", default: 3 }, 3],
    [{ type: "string", examples: ["x"] }, "x"],
    [{ type: ["null", "integer"] }, 1],
    [{ anyOf: [{ type: "null" }, { type: "boolean" }] }, true],
    [
      {
        allOf: [
          { properties: { a: { type: "string" } } },
          { properties: { b: { type: "integer" } } },
        ],
      },
      { a: "text", b: 1 },
    ],
    [{ type: "array", items: { type: "string", format: "date" } }, ["2026-11-21"]],
    [{ $ref: "#/$defs/a", $defs: { a: { type: "number" } } }, 1.5],
    [{ $ref: "#/missing" }, null],
  ])("%j", (schema, example) => {
    expect(exampleOfSchema(schema)).toEqual(example);
  });

  test("that contains itself ends", () => {
    const schema = {
      $ref: "#/$defs/node",
      $defs: { node: { type: "object", properties: { next: { $ref: "#/$defs/node" } } } },
    };
    expect(JSON.stringify(exampleOfSchema(schema)).length).toBeLessThan(200);
  });
});
