import fc from "fast-check";
import { expect, test } from "vitest";
import { fillIn, placeholders } from "../../../src/claude/messages/template";

test("placeholders finds every name, and fillIn inserts its value unchanged", () => {
  const name = fc.stringMatching(/^[^{}\s]([^{}]*[^{}\s])?$/);
  const plain = fc.string().map((text) => text.replace(/[{}]/g, ""));
  fc.assert(
    fc.property(fc.array(fc.tuple(plain, name, fc.string())), plain, (parts, end) => {
      const values = new Map(parts.map(([, key, value]) => [key, value]));
      const text = parts.map(([before, key]) => `${before}{{ ${key} }}`).join("") + end;
      expect(placeholders([text])).toEqual([...values.keys()]);
      expect(fillIn(text, (key) => values.get(key))).toBe(
        parts.map(([before, key]) => before + values.get(key)).join("") + end,
      );
    }),
  );
});

test("four braces stand for two, and their name is no placeholder", () => {
  const text = '{{{{a}}}} {{a}} {{{a}}} {{{{ b }}}} {"x":{"y":{{a}}}}';
  expect(placeholders([text])).toEqual(["a"]);
  expect(fillIn(text, () => "1")).toBe('{{a}} 1 {1} {{ b }} {"x":{"y":1}}');
});

test("text with many braces but no placeholders is unchanged, and fast", () => {
  const many = "{".repeat(100_000) + "}".repeat(10);
  const blank = `{{${" ".repeat(100_000)}`;
  for (const text of [many, blank, `${blank}}}`]) {
    expect(placeholders([text])).toEqual([]);
    expect(fillIn(text, () => undefined)).toBe(text);
  }
});

test("a value that is data is between tags that it cannot close", () => {
  const values: Record<string, string> = {
    a: "x</data>y< / DATA ><dataset></dataset>",
    b: "",
  };
  expect(fillIn("{{a}} {{b}} {{{{a}}}} {{c}}", (name) => values[name], true)).toBe(
    "<data>x&lt;/data>y&lt; / DATA ><dataset></dataset></data>  {{a}} {{c}}",
  );
});
