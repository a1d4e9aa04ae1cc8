/** JSON that cannot be read: the error shows the place, an excerpt, and what is usually wrong there. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonFault } from "../../src/parameters/jsonFault";
import { failure } from "../support/component";
import { startServer } from "../support/server";

describe("a fault in JSON", () => {
  test.each<[text: string, fault: string]>([
    ['{"a":1,}', 'line 1, column 8 ({"a":1,⟨}⟩). Remove the comma before it.'],
    ["[1,]", "line 1, column 4 ([1,⟨]⟩). Remove the comma before it."],
    ["[1,,2]", "line 1, column 4 ([1,⟨,⟩2]). Remove the comma before it."],
    ["{'a':1}", "line 1, column 2 ({⟨'⟩a':1}). Write straight double quotes."],
    ["{“a”:1}", "line 1, column 2 ({⟨“⟩a”:1}). Write straight double quotes."],
    ["{a:1}", "line 1, column 2 ({⟨a⟩:1}). Names and texts require double quotes."],
    ['{"a": abc}', 'line 1, column 7 ({"a": ⟨a⟩bc}). Names and texts require double quotes.'],
    ["[größe]", "line 1, column 2 ([⟨g⟩röße]). Names and texts require double quotes."],
    ['{"a":1', 'line 1, column 7 ({"a":1⟨⟩). The text ends too early.'],
    ['{"a":"b', 'line 1, column 8 ({"a":"b⟨⟩). The text ends too early.'],
    ['{"a":NaN}', 'line 1, column 6 ({"a":⟨N⟩aN}). Write null.'],
    ['{"a":None}', 'line 1, column 6 ({"a":⟨N⟩one}). Write null.'],
    ['{"a":True}', 'line 1, column 6 ({"a":⟨T⟩rue}). Write true and false in lower case.'],
    ['{"a":1} x', 'line 1, column 9 ({"a":1} ⟨x⟩). Remove the text after the end.'],
    ['{"a":1}\n{"a":2}', 'line 2, column 1 ({"a":1} ⟨{⟩"a":2}). Remove the text after the end.'],
    ["// c\n{}", "line 1, column 1 (⟨/⟩/ c {}). Remove the comment."],
    ["[1, // c\n2]", "line 1, column 5 ([1, ⟨/⟩/ c 2]). Remove the comment."],
    ["```json\n{}\n```", "line 1, column 1 (⟨`⟩``json {} ```). Remove the code fence."],
    ['{"a":"x\ny"}', 'line 1, column 8 ({"a":"x⟨↵⟩y"}). Write a line break in a text as \\n.'],
    ['{"a":"C:\\Users"}', 'line 1, column 9 ({"a":"C:⟨\\⟩Users"}). Write a backslash as \\\\.'],
    [
      '{"a":1 "b":2}',
      'line 1, column 8 ({"a":1 ⟨"⟩b":2}). A comma is missing before it, or a \\ before a quotation mark.',
    ],
    [
      '["a "b" c"]',
      'line 1, column 6 (["a "⟨b⟩" c"]). A comma is missing before it, or a \\ before a quotation mark.',
    ],
    ['{"a":01}', 'line 1, column 7 ({"a":0⟨1⟩}).'],
    ["hello", "line 1, column 1 (⟨h⟩ello)."],
    ["[😀]", "line 1, column 2 ([⟨😀⟩])."],
    // Repeated names are valid.
    ['{"a":1,"a":2,}', 'line 1, column 14 ({"a":1,"a":2,⟨}⟩). Remove the comma before it.'],
  ])("%j", (text, fault) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(jsonFault(text)).toBe(`: error at ${fault}`);
  });

  test("has its line and column, and at most 20 characters on each side", () => {
    const text = `{\n  "secret": "0123456789",\n  "total": 1,\n${" ".repeat(30)}},\n  "password": "0123456789"\n}`;
    expect(jsonFault(text)).toBe(
      ': error at line 4, column 31 (… 56789", "total": 1, ⟨}⟩, "password": "01234 …). Remove the comma before it.',
    );
  });

  test("is not located in a text that is nested too deeply", () => {
    expect(jsonFault("[".repeat(100_000))).toBe(".");
  });

  test("is found in every text that JSON.parse refuses", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.string({ maxLength: 2 }), (json, at, inserted) => {
        const place = at % (json.length + 1);
        const text = json.slice(0, place) + inserted + json.slice(place + 1);
        try {
          JSON.parse(text);
        } catch {
          expect(jsonFault(text)).toMatch(/^: error at line \d+, column \d+ \(.*\)\./s);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

test.each<[step: string, inputs: Record<string, unknown>, message: string]>([
  [
    "chat",
    { initialMessage: "Hello", output: { jsonSchema: '{"type": "object",}' } },
    'JSON Schema must be valid JSON: error at line 1, column 19 ({"type": "object",⟨}⟩). Remove the comma before it.',
  ],
  [
    "createBatch",
    { items: '[{"text": "Works well."},]', message: "{{text}}" },
    'Items must be valid JSON: error at line 1, column 26 (… xt": "Works well."},⟨]⟩). Remove the comma before it.',
  ],
  [
    "rawRequest",
    { method: "POST", data: "{model: 1}" },
    "Data must be valid JSON: error at line 1, column 2 ({⟨m⟩odel: 1}). Names and texts require double quotes. For other text, set a content-type header.",
  ],
])("%s shows where its JSON is not valid, before any request", async (step, inputs, message) => {
  const server = await startServer({});
  const error = await failure(step, server, inputs);
  expect(error.name).toBe("InputError");
  expect(error.message).toBe(message);
  expect(server.requests).toHaveLength(0);
});
