/** A JSON Schema from an example, and an example from a JSON Schema. */
import Ajv from "ajv";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exampleOfSchema } from "../../../src/claude/messages/exampleOfSchema";
import { schemaValidator, toApiSchema } from "../../../src/claude/messages/replySchema";
import { isSchema, readSchema } from "../../../src/claude/messages/schemaOfExample";
import { runs } from "../../support/propertyRuns";

type Json = Record<string, unknown>;

/** A part of a schema that is made of an example. */
interface Part {
  type?: string | string[];
  description?: string;
  properties?: Record<string, Part>;
  required?: string[];
  additionalProperties?: boolean;
  items?: Part;
  anyOf?: Part[];
  format?: string;
}

const schemaOf = (example: Json) => readSchema(example).schema as Part;

const notKnown = "Null if not known";

const orNull = (type: string, rest: object = {}) => ({
  type: [type, "null"],
  description: notKnown,
  ...rest,
});

const formatOrNull = (format: string) => ({
  anyOf: [{ type: "string", format }, { type: "null" }],
  description: notKnown,
});

const closed = (properties: Record<string, object>) => ({
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

describe("readSchema of an example", () => {
  test.each<[string, unknown, object]>([
    ["a text", "INV-1042", orNull("string")],
    ["an empty text", "", orNull("string")],
    ["a number", 118.5, orNull("number")],
    // A whole number in one example may be a fraction in another record.
    ["a whole number", 3, orNull("number")],
    ["a boolean", false, orNull("boolean")],
    ["a date", "2026-11-21", formatOrNull("date")],
    ["a date and time in UTC", "2026-11-21T09:30:00Z", formatOrNull("date-time")],
    [
      "a date and time with an offset and milliseconds",
      "2026-11-21T09:30:00.250+01:00",
      formatOrNull("date-time"),
    ],
    ["a date in another form", "21.11.2026", orNull("string")],
    ["a day that does not exist", "2026-13-21", orNull("string")],
    ["an hour that does not exist", "2026-11-21T25:30:00Z", orNull("string")],
    ["a date and time without a zone", "2026-11-21T09:30:00", orNull("string")],
    ["a date and time without seconds", "2026-11-21T09:30Z", orNull("string")],
    ["a text that contains a date", "on 2026-11-21", orNull("string")],
    ["a list of texts", ["a", "b"], orNull("array", { items: { type: "string" } })],
    [
      "a list of dates",
      ["2026-11-21", "2026-11-22"],
      orNull("array", { items: { type: "string", format: "date" } }),
    ],
    [
      "a list of dates and other texts",
      ["2026-11-21", "soon", "2026-11-22"],
      orNull("array", { items: { type: "string" } }),
    ],
    [
      "a list of dates and times of day",
      ["2026-11-21", "2026-11-21T09:30:00Z"],
      orNull("array", { items: { type: "string" } }),
    ],
    [
      "a list of numbers and texts",
      [1, "a"],
      orNull("array", { items: { type: ["number", "string"] } }),
    ],
    [
      "a list of numbers and dates",
      [1, "2026-11-21"],
      orNull("array", { items: { type: ["number", "string"] } }),
    ],
    [
      "a list of lists",
      [[1], [2]],
      orNull("array", { items: { type: "array", items: { type: "number" } } }),
    ],
    [
      "an object",
      { street: "Main St", number: 5 },
      orNull("object", closed({ street: orNull("string"), number: orNull("number") })),
    ],
    ["an object without members", {}, orNull("object", closed({}))],
  ])("infers the type of %s", (_, value, expected) => {
    expect(readSchema({ value })).toEqual({
      schema: { type: "object", ...closed({ value: expected }) },
      example: { value },
      notices: [],
    });
  });

  test("merges the members of the objects in a list, each of them required", () => {
    const lines = [
      { text: "Paper", amount: 18.5 },
      { amount: 2, due: "2026-11-21" },
      { due: "2026-11-22", text: 5 },
    ];
    const line = closed({
      text: orNull("string", { type: ["string", "number", "null"] }),
      amount: orNull("number"),
      due: formatOrNull("date"),
    });
    expect(schemaOf({ lines }).properties?.lines).toEqual(
      orNull("array", { items: { type: "object", ...line } }),
    );
  });

  test("merges objects and lists within the objects of a list", () => {
    const lines = [
      { tax: { rate: 7 }, tags: [] },
      { tax: { name: "VAT" }, tags: ["a"] },
    ];
    expect(readSchema({ lines }).notices).toEqual([]);
    expect(schemaOf({ lines }).properties?.lines?.items?.properties).toEqual({
      tax: orNull("object", closed({ rate: orNull("number"), name: orNull("string") })),
      tags: orNull("array", { items: { type: "string" } }),
    });
  });

  test("gives a notice with the location for null and for an empty list, whose types become text", () => {
    const { schema, notices } = readSchema({ a: null, b: { c: [] }, d: [{ e: null, f: [[]] }] });
    expect(notices).toEqual([
      { code: "example_without_type", at: "/a" },
      { code: "example_list_empty", at: "/b/c" },
      { code: "example_without_type", at: "/d/0/e" },
      { code: "example_list_empty", at: "/d/0/f/0" },
    ]);
    const { a, b } = (schema as Part).properties ?? {};
    expect(a).toEqual(orNull("string"));
    expect(b?.properties?.c).toEqual(orNull("array", { items: { type: "string" } }));
  });

  test("gives no notice if another entry of the list has a value", () => {
    const { schema, notices } = readSchema({ lines: [{ a: null }, { a: 1 }] });
    expect(notices).toEqual([]);
    expect((schema as Part).properties?.lines?.items?.properties?.a).toEqual(orNull("number"));
  });

  test("up to 16 values may be null; in an example with more, texts and lists are empty instead", () => {
    const texts = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${index}`, "a"]));
    const few = schemaOf(texts(16));
    expect(few.properties?.t15).toEqual(orNull("string"));
    expect(toApiSchema(few as Json).isTooComplex).toBe(false);
    const many = schemaOf({ ...texts(17), n: 1, tags: ["a"], when: "2026-11-21", mixed: [{}] });
    const emptyInstead = { description: "Empty if not known" };
    expect(many.properties).toMatchObject({
      t16: { type: "string", ...emptyInstead },
      tags: { type: "array", ...emptyInstead },
      n: orNull("number"),
      when: formatOrNull("date"),
    });
    expect(toApiSchema(many as Json).isTooComplex).toBe(false);
  });

  test("counts the values of nested objects and of the entries of lists", () => {
    const texts = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${index}`, "a"]));
    const isNullable = (example: Json) =>
      Array.isArray(schemaOf({ ...example, z: "a" }).properties?.z?.type);
    // The object or the list counts too.
    expect(isNullable({ inner: texts(14) })).toBe(true);
    expect(isNullable({ inner: texts(15) })).toBe(false);
    expect(isNullable({ lines: [texts(14)] })).toBe(true);
    expect(isNullable({ lines: [texts(15)] })).toBe(false);
    // The same member of several entries counts once.
    expect(isNullable({ lines: [texts(14), texts(14)] })).toBe(true);
  });
});

describe("readSchema recognizes", () => {
  test.each<[string, Json]>([
    ["a schema of an object", { type: "object", properties: { a: { type: "string" } } }],
    ["a list of types", { type: ["object", "null"], properties: {} }],
    ["properties without a type", { properties: { a: { type: "string" } } }],
    ["a misspelled type", { type: "strng" }],
    ["an empty schema", {}],
    ["a reference", { $ref: "#/$defs/a", $defs: { a: { type: "string" } } }],
    ["definitions", { $defs: { a: {} } }],
    ["the version of JSON Schema", { $schema: "https://json-schema.org/draft/2020-12/schema" }],
    ["alternatives", { anyOf: [{ type: "string" }, { type: "null" }] }],
    ["one of several schemas", { oneOf: [{ $ref: "#/$defs/a" }] }],
    ["several schemas together", { allOf: [{ properties: { a: { type: "string" } } }] }],
    ["choices", { enum: ["a", "b"] }],
    ["a list", { type: "array", items: { type: "string" } }],
    ["items without a type", { items: { type: "string" } }],
    ["members of one type", { additionalProperties: { type: "number" } }],
    ["a property without a type", { properties: { a: {} } }],
    [
      "constraints and annotations",
      { type: "number", minimum: 0, exclusiveMaximum: 5, multipleOf: 1, title: "A", "x-order": 1 },
    ],
    [
      "a keyword of another dialect",
      { type: "object", properties: { a: { type: "string" } }, foo: 1 },
    ],
  ])("%s as a JSON Schema", (_, schema) => {
    expect(isSchema(schema)).toBe(true);
    expect(readSchema(schema)).toEqual({ schema, notices: [] });
  });

  test.each<[string, Json]>([
    ["a field named type", { type: "invoice", total: 118.5 }],
    ["a field named type with the name of a type", { type: "object", total: 118.5 }],
    ["fields named type, title and description", { type: "book", title: "A", description: "B" }],
    ["a list named items", { items: [{ type: "book", quantity: 1 }] }],
    ["an object named items", { items: { type: "book", quantity: 1 } }],
    ["an object named properties", { properties: { color: "red", size: { width: 1 } } }],
    ["a list of texts named enum and another field", { enum: ["a"], total: 1 }],
    ["a field named required", { required: true, format: "A4" }],
    ["fields of other names", { number: "INV-1042", lines: [{ amount: 18.5 }] }],
  ])("%s as an example", (_, example) => {
    expect(isSchema(example)).toBe(false);
    const read = readSchema(example);
    expect(read.example).toBe(example);
    expect(Object.keys((read.schema as Part).properties ?? {})).toEqual(Object.keys(example));
  });

  test("the schema that it made of an example as a JSON Schema", () => {
    for (const example of [{ type: "invoice", total: 1 }, { items: [{ type: "a", n: 1 }] }]) {
      expect(isSchema(readSchema(example).schema)).toBe(true);
    }
  });

  test.each([[undefined], [null], ["object"], [[{ type: "string" }]], [5]])(
    "%j as neither",
    (value) => {
      expect(isSchema(value)).toBe(false);
    },
  );
});

const formats = {
  date: /^\d{4}-\d\d-\d\d$/,
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
};

/** What is wrong with a value, according to both validators. */
const faultsOf = (schema: Json, value: unknown): unknown => {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, formats });
  const isValid = ajv.validate(schema, value);
  return [isValid ? undefined : ajv.errorsText(), schemaValidator(schema)(value)].find(Boolean);
};

const typesOf = ({ type, anyOf }: Part): string[] =>
  [type ?? [], ...(anyOf ?? []).map((part) => part.type ?? [])].flat();

/** The value of a member that is not known. */
const emptyOf = (part: Part): unknown => {
  const types = typesOf(part);
  if (types.includes("null")) return null;
  expect(part.description).toBe("Empty if not known");
  return types.includes("string") ? "" : [];
};

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A value with every member that the schema names: one that is missing in the value is empty. */
const complete = (value: unknown, part: Part): unknown => {
  if (Array.isArray(value)) return value.map((entry) => complete(entry, part.items ?? {}));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(part.properties ?? {}).map(([name, member]) => [
      name,
      Object.hasOwn(value, name) ? complete(value[name], member) : emptyOf(member),
    ]),
  );
};

/** A value with every member empty at the deepest level. */
const emptied = (value: unknown, part: Part): unknown => {
  if (Array.isArray(value)) return value.map((entry) => emptied(entry, part.items ?? {}));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(part.properties ?? {}).map(([name, member]) => {
      const hasMembers = isObject(value[name]) && Object.keys(value[name]).length > 0;
      return [name, hasMembers ? emptied(value[name], member) : emptyOf(member)];
    }),
  );
};

/** The parts of a schema, at every level. */
const partsOf = (part: Part): Part[] => [
  part,
  ...Object.values(part.properties ?? {}).flatMap(partsOf),
  ...(part.items ? partsOf(part.items) : []),
];

/** The names of the members of a value at every level, those of the entries of a list together. */
const namesIn = (value: unknown, path = ""): string[] => {
  if (Array.isArray(value)) return value.flatMap((entry) => namesIn(entry, `${path}[]`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const at = `${path}/${JSON.stringify(name)}`;
    return [at, ...namesIn(member, at)];
  });
};

const name = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom(
    "type",
    "items",
    "title",
    "enum",
    "description",
    "constructor",
    "toString",
    "a/b",
  ),
);

const scalar = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constantFrom("2026-11-21", "2026-11-21T09:30:00Z", "2024-02-29", "2026-11-21T09:30Z"),
);

const depth = { maxDepth: 3, depthSize: "small" as const };

/** @param hasEmpty Whether the example has null and empty lists as members. */
const exampleWith = (hasEmpty: boolean, maxKeys = 8): fc.Arbitrary<Json> =>
  fc
    .letrec<{ member: unknown; entry: unknown; object: Json }>((tie) => ({
      member: hasEmpty ? fc.option(tie("entry"), { freq: 6 }) : tie("entry"),
      entry: fc.oneof(
        depth,
        scalar,
        tie("object"),
        fc.array(tie("entry"), { minLength: hasEmpty ? 0 : 1, maxLength: 3 }),
      ),
      object: fc.dictionary(name, tie("member"), { maxKeys, noNullPrototype: true }),
    }))
    .object.filter((example) => !isSchema(example));

/** Whether a member or an entry has values of several types in an example. */
const isMixed = (schema: Part): boolean =>
  partsOf(schema).some((part) => typesOf(part).filter((type) => type !== "null").length > 1);

describe("for any example", () => {
  test("the schema is valid and names every member of every object as required", () => {
    fc.assert(
      fc.property(exampleWith(true), (example) => {
        const schema = schemaOf(example);
        const ajv = new Ajv({ strict: true, allowUnionTypes: true, formats });
        expect(ajv.validateSchema(schema), ajv.errorsText()).toBe(true);
        expect(() => ajv.compile(schema)).not.toThrow();
        expect(() => toApiSchema(schema as Json)).not.toThrow();
        expect(schema.type).toBe("object");
        for (const { type, properties, required, additionalProperties } of partsOf(schema)) {
          if (![type].flat().includes("object")) continue;
          expect(new Set(required)).toEqual(new Set(Object.keys(properties ?? {})));
          expect(additionalProperties).toBe(false);
        }
        expect([...new Set(namesIn(example))].sort()).toEqual(
          [...new Set(partNames(schema))].sort(),
        );
      }),
      runs(),
    );
  });

  test("the schema accepts the example, with empty values for members that only other entries of a list have", () => {
    fc.assert(
      fc.property(exampleWith(false), (example) => {
        const { schema, notices } = readSchema(example);
        expect(notices).toEqual([]);
        const given = complete(example, schema as Part);
        expect(faultsOf(schema, given)).toBeUndefined();
        const hasLists = partsOf(schema as Part).some(({ items }) => items);
        if (!hasLists) expect(given).toEqual(example);
      }),
      runs(),
    );
  });

  test("the schema accepts every member as null, or as empty in an example with more than 16 values", () => {
    const few = exampleWith(false, 4);
    const many = fc
      .dictionary(name, scalar, { minKeys: 17, maxKeys: 30, noNullPrototype: true })
      .chain((values) => few.map((example) => ({ ...values, ...example })))
      .filter((example) => !isSchema(example));
    fc.assert(
      fc.property(fc.oneof(few, many), (example) => {
        const schema = schemaOf(example);
        const empty = Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([name, part]) => [name, emptyOf(part)]),
        );
        expect(faultsOf(schema as Json, empty)).toBeUndefined();
        expect(faultsOf(schema as Json, emptied(example, schema))).toBeUndefined();
      }),
      runs(),
    );
  });

  test("exampleOfSchema has the names of the example at every level", () => {
    fc.assert(
      fc.property(exampleWith(true), (example) => {
        const schema = schemaOf(example);
        fc.pre(!isMixed(schema));
        const made = exampleOfSchema(schema as Json);
        expect([...new Set(namesIn(made))].sort()).toEqual([...new Set(namesIn(example))].sort());
        expect(faultsOf(schema as Json, made)).toBeUndefined();
      }),
      runs(),
    );
  });
});

/** The names of the members in a schema, as namesIn has them. */
const partNames = ({ properties, items }: Part, path = ""): string[] => [
  ...Object.entries(properties ?? {}).flatMap(([name, part]) => {
    const at = `${path}/${JSON.stringify(name)}`;
    return [at, ...partNames(part, at)];
  }),
  ...(items ? partNames(items, `${path}[]`) : []),
];

describe("exampleOfSchema", () => {
  test("has a value of each type and format", () => {
    const properties = {
      text: { type: "string" },
      date: { type: "string", format: "date" },
      when: { type: "string", format: "date-time" },
      time: { type: "string", format: "time" },
      email: { type: "string", format: "email" },
      uri: { type: "string", format: "uri" },
      other: { type: "string", format: "hostname" },
      number: { type: "number" },
      integer: { type: "integer" },
      boolean: { type: "boolean" },
      nothing: { type: "null" },
      nullable: { type: ["null", "integer"] },
      list: { type: "array", items: { type: "number" } },
      open: { type: "array" },
      object: { type: "object" },
      untyped: {},
      any: true,
      impliedObject: { properties: { a: { type: "boolean" } } },
      impliedList: { items: { type: "string" } },
    };
    expect(exampleOfSchema({ type: "object", properties })).toEqual({
      text: "text",
      date: "2026-11-21",
      when: "2026-11-21T09:30:00Z",
      time: "09:30:00Z",
      email: "name@example.com",
      uri: "https://example.com",
      other: "text",
      number: 1.5,
      integer: 1,
      boolean: true,
      nothing: null,
      nullable: 1,
      list: [1.5],
      open: [],
      object: {},
      untyped: null,
      any: null,
      impliedObject: { a: true },
      impliedList: ["text"],
    });
  });

  test.each<[string, Json, unknown]>([
    ["const", { const: "a", type: "string", default: "b" }, "a"],
    ["default before examples and enum", { default: 0, examples: [1], enum: [2] }, 0],
    ["the first of examples before enum", { examples: ["a", "b"], enum: ["c"] }, "a"],
    ["the first of enum", { type: "string", enum: ["a", "b"] }, "a"],
    ["a default of false", { type: "boolean", default: false }, false],
    ["a const of null", { type: "string", const: null }, null],
    ["an enum whose first value is null", { enum: [null, "a"] }, null],
    ["the first of anyOf that is not null", { anyOf: [{ type: "null" }, { type: "integer" }] }, 1],
    ["the first of oneOf", { oneOf: [{ type: "boolean" }, { type: "integer" }] }, true],
    ["alternatives that are all null", { anyOf: [{ type: "null" }] }, null],
    ["no alternatives", { anyOf: [] }, null],
    [
      "the members of every object in allOf",
      {
        allOf: [
          { type: "object", properties: { a: { type: "string" } } },
          { type: "object", properties: { b: { type: "integer" } } },
          { description: "No type" },
        ],
      },
      { a: "text", b: 1 },
    ],
    [
      "only one of the objects in anyOf",
      {
        anyOf: [
          { type: "object", properties: { a: { type: "string" } } },
          { type: "object", properties: { b: { type: "integer" } } },
        ],
      },
      { a: "text" },
    ],
    ["a value of allOf without objects", { allOf: [{ type: "integer" }] }, 1],
    [
      "the schema that a reference points to",
      { $ref: "#/$defs/a~1b~0c", $defs: { "a/b~c": { type: "integer" } } },
      1,
    ],
    [
      "a reference into older definitions",
      { type: "array", items: { $ref: "#/definitions/a" }, definitions: { a: { enum: ["x"] } } },
      ["x"],
    ],
    ["null for a reference to nothing", { $ref: "#/$defs/a" }, null],
    ["null for a reference to what every object inherits", { $ref: "#/constructor" }, null],
    ["null for a reference to itself", { $ref: "#" }, null],
  ])("takes %s", (_, schema, expected) => {
    expect(exampleOfSchema(schema)).toEqual(expected);
  });

  test("ends a recursive schema with null", () => {
    const node = {
      type: "object",
      properties: {
        name: { type: "string" },
        children: { type: "array", items: { $ref: "#/$defs/node" } },
      },
    };
    const made = exampleOfSchema({ $ref: "#/$defs/node", $defs: { node } });
    expect(made).toEqual({
      name: "text",
      children: [{ name: "text", children: [null] }],
    });
  });

  test("reads any JSON as a schema without an error", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (schema) => {
        expect(() => JSON.stringify(exampleOfSchema(schema))).not.toThrow();
      }),
      runs(300),
    );
  });
});
