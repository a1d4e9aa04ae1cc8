/** Redaction of secrets in responses. test/secrets.test.ts covers all actions. */
import { expect, test } from "vitest";
import { redact, redactAll, truncate } from "../../src/client/redact";

const secrets = ["first-secret", "second-secret"];

test("redact replaces every occurrence of every secret", () => {
  expect(redact("first-secret second-secret first-secret", secrets)).toBe(
    "[redacted] [redacted] [redacted]",
  );
});

test.each([
  ["text", "a second-secret", "a [redacted]"],
  ["a list", ["a", ["first-secret"]], ["a", ["[redacted]"]]],
  [
    "a field",
    { a: 1, b: { c: "first-secret", d: null } },
    { a: 1, b: { c: "[redacted]", d: null } },
  ],
  ["a field's name", { "second-secret": true }, { "[redacted]": true }],
  ["bytes", { file: Buffer.from("a first-secret") }, { file: Buffer.from("a ************") }],
  [
    "bytes with several occurrences",
    Buffer.from("first-secretfirst-secret"),
    Buffer.alloc(24, "*"),
  ],
])("redactAll replaces secrets in %s", (_, value, expected) => {
  expect(redactAll(value, secrets)).toEqual(expected);
});

test("redactAll returns the value itself when it contains no secret", () => {
  const values = [{ a: ["b", null, 1, true], c: {} }, Buffer.from("a file"), "text", null, 7];
  for (const value of values) expect(redactAll(value, secrets)).toBe(value);
});

test("redactAll supports 1,000 levels of nesting and rejects more", () => {
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

test("texts longer than 2,000 characters are truncated", () => {
  const maximum = "x".repeat(2_000);
  expect(truncate(maximum)).toBe(maximum);
  expect(truncate(`${maximum}yz`)).toBe(`${maximum}… (2 more characters)`);
});
