/** JSON in replies: around it may stand a fence or a sentence, and integers may be large. */
import { describe, expect, test } from "vitest";
import { jsonIn, parseJson } from "../../../src/claude/messages/replyJson";
import { replySchema, schemaValidator } from "../../../src/claude/messages/replySchema";

test.each([
  ["the whole text", ' {"n":3}\n', [' {"n":3}\n', '{"n":3}']],
  ["a fence", '```json\n{"n":3}\n```', ['{"n":3}\n', '{"n":3}']],
  ["a fence without a language", "```\n[3]\n```", ["[3]\n", "[3]"]],
  ["a sentence", 'Here it is: {"n":3}. Done.', ['{"n":3}']],
  ["a sentence and a fence", 'Here:\n```json\n{"n":3}\n```\nDone.', ['{"n":3}\n', '{"n":3}']],
  ["a list of objects", 'Found: [{"n":3},{"n":4}]', ['[{"n":3},{"n":4}]']],
  ["an object with a list", 'Found: {"n":[3]}', ['{"n":[3]}', "[3]"]],
  [
    "a fence within a text of the JSON",
    '{"a":"```\\nb```"}',
    ['{"a":"```\\nb```"}', '{"a":"```\\nb```"}'],
  ],
  ["no JSON: two fences", "```\n1\n```\n```\n2\n```", []],
  ["no JSON: two objects", '{"n":3} or {"n":4}', []],
  ["no JSON: half an object", '{"n":3', []],
  ["no JSON: a sentence", "I do not know.", []],
  ["no JSON: nothing", "", []],
])("jsonIn finds %s", (_, text, expected) => {
  expect(jsonIn(text)).toEqual(expected);
});

test.each([
  ["9007199254740991", 9007199254740991, false],
  ["9007199254740993", "9007199254740993", true],
  ["-12345678901234567890", "-12345678901234567890", true],
  ["0.1234567890123456", 0.1234567890123456, false],
  ['"9007199254740993"', "9007199254740993", false],
  ['{"id":10000000000000001,"n":1}', { id: "10000000000000001", n: 1 }, true],
])("parseJson reads %s", (text, json, hasLargeIntegers) => {
  expect(parseJson(text)).toEqual({ json, hasLargeIntegers });
  expect(() => parseJson(`${text}}`)).toThrow(SyntaxError);
});

describe("replySchema", () => {
  const object = (properties: object) => ({ type: "object", properties });

  test("takes the JSON that matches", () => {
    const { read } = replySchema({ type: "array", items: { type: "integer" } });
    expect(read('As {"a":[1,2]}')).toEqual({ json: [1, 2], notices: [] });
    expect(read('As {"a":["b"]}').mismatch).toMatchObject({ code: "schema_not_matched" });
    expect(read("As such").mismatch).toMatchObject({ code: "reply_not_json" });
  });

  test("returns large integers as text, with a notice", () => {
    const { read } = replySchema(object({ id: { type: "integer" } }));
    expect(read('{"id":9007199254740993}')).toEqual({
      json: { id: "9007199254740993" },
      notices: [{ code: "large_integers_as_text" }],
    });
    expect(read('{"id":9007199254740993,"n":"a"').mismatch).toBeDefined();
  });

  test.each([
    "2026-11-21T09:30:00",
    "2026-11-21T09:30:00.5",
    "2026-11-21 09:30:00",
    "2026-11-21T09:30",
  ])("accepts %s as a date and time, with a notice", (when) => {
    const { read } = replySchema(
      object({ list: { type: "array", items: { type: "string", format: "date-time" } } }),
    );
    expect(read(JSON.stringify({ list: [when, "2026-11-21T09:30:00Z"] }))).toEqual({
      json: { list: [when, "2026-11-21T09:30:00Z"] },
      notices: [{ code: "time_without_zone" }],
    });
    expect(read(JSON.stringify({ list: [when, "November"] })).mismatch).toBeDefined();
  });

  test("reads nullable as a type, and not as the name of a property", () => {
    const schema = replySchema(
      object({
        a: { type: "number", nullable: true },
        b: { enum: ["x"], nullable: true },
        nullable: { type: "boolean", nullable: false },
      }),
    );
    expect(schema.sent.properties).toMatchObject({
      a: { type: ["number", "null"] },
      b: { anyOf: [{ enum: ["x"] }, { type: "null" }] },
      nullable: { type: "boolean" },
    });
    expect(schema.read('{"a":null,"b":null,"nullable":true}').mismatch).toBeUndefined();
    expect(schema.read('{"a":null,"b":null,"nullable":null}').mismatch).toBeDefined();
  });

  test("reads boolean exclusive limits as draft 4", () => {
    const { read } = replySchema({ type: "number", minimum: 0, exclusiveMinimum: true });
    expect(read("1").mismatch).toBeUndefined();
    expect(read("0").mismatch).toBeDefined();
  });

  test("a pattern that does not end is a mismatch", () => {
    const { read } = replySchema({ type: "string", pattern: "^(a+)+$" });
    expect(read('"aaa"')).toEqual({ json: "aaa", notices: [] });
    expect(read(`"${"a".repeat(40)}!"`)).toEqual({
      json: null,
      mismatch: {
        code: "schema_not_matched",
        faults: "at /: A pattern of the schema takes too long.",
      },
    });
    const fault = schemaValidator(object({ a: { type: "string", pattern: "^(a|a)*$" } }));
    expect(fault({ a: `${"a".repeat(40)}!` })).toBe(
      "at /: A pattern of the schema takes too long.",
    );
    expect(fault({ a: "b" })).toBe("at /a: String does not match pattern.");
  });
});
