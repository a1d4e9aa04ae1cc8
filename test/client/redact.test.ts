/** Secrets in what servers send back. test/secrets.test.ts tries all actions. */
import { expect, test } from "vitest";
import { cut, redact, redactAll } from "../../src/client/redact";

const secrets = ["first-secret", "second-secret"];

test("each secret goes, as often as it comes", () => {
  expect(redact("first-secret second-secret first-secret", secrets)).toBe(
    "[redacted] [redacted] [redacted]",
  );
});

test.each([
  ["a text", "a second-secret", "a [redacted]"],
  ["a list", ["a", ["first-secret"]], ["a", ["[redacted]"]]],
  [
    "a field",
    { a: 1, b: { c: "first-secret", d: null } },
    { a: 1, b: { c: "[redacted]", d: null } },
  ],
  ["a field's name", { "second-secret": true }, { "[redacted]": true }],
  ["bytes", { file: Buffer.from("a first-secret") }, { file: Buffer.from("a ************") }],
  ["bytes, first and twice", Buffer.from("first-secretfirst-secret"), Buffer.alloc(24, "*")],
])("in %s", (_, value, expected) => {
  expect(redactAll(value, secrets)).toEqual(expected);
});

test.each([[{ a: ["b", null, 1, true], c: {} }], [Buffer.from("a file")], ["text"], [null], [7]])(
  "%j, without any, stays the same value, not a copy",
  (value) => {
    expect(redactAll(value, secrets)).toBe(value);
  },
);

test("data nested 1000 levels deep is read, and deeper data is an error", () => {
  const nested = (levels: number) => {
    let value: object = {};
    for (let level = 0; level < levels; level++) value = { value };
    return value;
  };
  expect(redactAll(nested(1_000), secrets)).toEqual(nested(1_000));
  expect(() => redactAll(nested(1_001), secrets)).toThrow(
    new RangeError("nested more than 1000 levels deep"),
  );
});

test("a text is cut from 2001 characters on", () => {
  const longest = "x".repeat(2_000);
  expect(cut(longest)).toBe(longest);
  expect(cut(`${longest}yz`)).toBe(`${longest}… (2 more characters)`);
});
