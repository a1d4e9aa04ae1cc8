/** Readers of inputs: each returns a value of its type, or throws an InputError that names the input. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asBinary, fileContent } from "../../src/parameters/binary";
import { readConversation } from "../../src/parameters/conversation";
import { InputError } from "../../src/parameters/InputError";
import * as read from "../../src/parameters/read";
import { requestOptions } from "../../src/parameters/requestOptions";

const anything = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withTypedArray: true, withNullPrototype: true }),
  fc.constantFrom(
    "",
    " ",
    "true",
    "FALSE",
    "0",
    "1",
    "-1",
    "1.5",
    "1e3",
    "0x10",
    "NaN",
    null,
    undefined,
  ),
  fc.double().map(String),
  fc.string(),
);

const readers: Record<
  string,
  [reader: (value: unknown) => unknown, isValid: (value: unknown) => boolean]
> = {
  optionalText: [
    read.optionalText("Label"),
    (value) => value === undefined || typeof value === "string",
  ],
  requiredText: [
    read.requiredText()("Label"),
    (value) => typeof value === "string" && value.trim() !== "",
  ],
  optionalInteger: [
    read.optionalInteger({ min: 0, max: 10 })("Label"),
    (value) =>
      value === undefined || (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 10),
  ],
  optionalNumber: [
    read.optionalNumber({ min: 0, max: 1 })("Label"),
    (value) => value === undefined || (Number(value) >= 0 && Number(value) <= 1),
  ],
  flag: [read.flag("Label"), (value) => typeof value === "boolean"],
  oneOf: [
    read.oneOf("Label", ["a", "b"]),
    (value) => value === undefined || value === "a" || value === "b",
  ],
  keyValues: [
    read.keyValues("Label", read.requiredText()),
    (value) =>
      Array.isArray(value) &&
      value.every((row) => typeof row.key === "string" && typeof row.value === "string"),
  ],
  fileContent: [
    fileContent("Label"),
    (value) => Buffer.isBuffer((value as { bytes: unknown }).bytes),
  ],
  conversation: [
    readConversation("Conversation"),
    (value) => Array.isArray((value as { turns: unknown }).turns),
  ],
  requestOptions: [requestOptions.read, (value) => typeof value === "object"],
};

describe.each(Object.entries(readers))("%s", (name, [reader, isValid]) => {
  test("returns its type or throws an InputError that names the input", () => {
    fc.assert(
      fc.property(anything, (value) => {
        try {
          expect(isValid(reader(value))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          expect((error as InputError).message).toMatch(
            { requestOptions: /^Advanced /, conversation: /^Conversation / }[name] ?? /^Label /,
          );
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

test("optionalNumber keeps 0, decimals and negative numbers", () => {
  const number = read.optionalNumber({ min: -5, max: 5 })("Label");
  expect(["0", 0, "-0.5", " 3 ", 4.25, ".5"].map(number)).toEqual([0, 0, -0.5, 3, 4.25, 0.5]);
  expect(["", " ", null, undefined].map(number)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("errors quote the invalid value, truncated to 60 characters", () => {
  const number = read.optionalInteger({ min: 1 })("Limit");
  expect(() => number("x".repeat(200))).toThrow(
    `Limit must be a whole number of at least 1, but was "${"x".repeat(60)}…".`,
  );
  expect(() => number([1])).toThrow("but was a list.");
  expect(() => number({ a: 1 })).toThrow("but was an object.");
});

test("keyValues ignores empty rows and rejects rows without a key", () => {
  const list = read.keyValues("List", read.optionalText);
  expect(list([{ key: "", value: "" }, {}, null, { key: "a", value: "1" }])).toEqual([
    { key: "a", value: "1" },
  ]);
  expect(() => list([{ value: "1" }])).toThrow(
    "List has a row without a key: row 1. A row has a key and a value.",
  );
  expect(() => list([{ key: "a", value: {} }])).toThrow('List "a" must be text');
});

test("asBinary accepts Buffers, Uint8Arrays, binaries and their JSON forms", () => {
  const bytes = Buffer.from([1, 2, 255]);
  const forms = [
    bytes,
    Uint8Array.from(bytes),
    { data: bytes },
    { data: Uint8Array.from(bytes) },
    JSON.parse(JSON.stringify(bytes)),
    JSON.parse(JSON.stringify({ data: bytes, contentType: "image/png" })),
  ];
  for (const form of forms) expect(asBinary("File")(form)?.bytes).toEqual(bytes);
  expect(asBinary("File")({ data: bytes, contentType: "image/png" })?.contentType).toBe(
    "image/png",
  );
  // A file whose type the earlier step does not know.
  for (const contentType of ["", " "]) {
    expect(asBinary("File")({ data: bytes, contentType, name: "a" })).toEqual({ bytes });
  }
  const invalidBytes = ["a", null, -1, 256, 0.5, Object.create(null)];
  const lookalikes = invalidBytes.map((byte) => ({ type: "Buffer", data: [byte] }));
  for (const other of ["text", 5, null, {}, { data: "text" }, [1, 2], ...lookalikes])
    expect(asBinary("File")(other)).toBeUndefined();
});

test("optionalJson rejects BigInts, symbols and circular data", () => {
  const json = read.optionalJson("Data");
  expect(() => json({ a: [1n] })).toThrow("Data contains a BigInt, which JSON does not support.");
  const serializable = { toJSON: () => "1", big: 1n };
  expect(json(serializable)).toBe(serializable);
  expect(() => json(Symbol("a"))).toThrow("Data must be a JSON value, but was a symbol.");
  const circular: unknown[] = [];
  circular.push(circular);
  const deep = "Data is nested more than 500 levels deep, or contains itself.";
  expect(() => json(circular)).toThrow(deep);
  expect(() => read.toJsonText("Data", circular)).toThrow(deep);
});

test("toJsonText rejects a Buffer in its JSON form", () => {
  const inJson = JSON.parse(JSON.stringify({ a: [Buffer.of(1)] }));
  expect(() => read.toJsonText("Data", inJson)).toThrow("Data contains a file in a.0.");
});

test("keyValues accepts an object, one row, and JSON text", () => {
  const list = read.keyValues("List", read.requiredText());
  const rows = [
    { key: "a", value: "1" },
    { key: "b", value: "2" },
  ];
  expect(list(rows)).toEqual(rows);
  expect(list({ a: "1", b: 2 })).toEqual(rows);
  expect(list('{"a": "1", "b": "2"}')).toEqual(rows);
  expect(list(JSON.stringify(rows))).toEqual(rows);
  expect(list({ key: "a", value: "1" })).toEqual(rows.slice(0, 1));
  expect(() => list("a: 1")).toThrow('List must be a list of keys and values, but was "a: 1".');
  expect(() => list([{ name: "a", value: "1" }])).toThrow(
    "List has a row without a key: row 1, which has name. A row has a key and a value.",
  );
  expect(() => list(["a"])).toThrow("List has a row without a key: row 1.");
  expect(() => list(Buffer.from("a"))).toThrow("List must be a list of keys and values");
});
