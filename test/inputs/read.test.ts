/** Whatever comes in: a value of the promised kind, or an InputError that names the input. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asBinary, fileContent } from "../../src/inputs/binary";
import { readConversation } from "../../src/inputs/conversation";
import { InputError } from "../../src/inputs/InputError";
import * as read from "../../src/inputs/read";
import { readMessageOptions } from "../../src/inputs/requestOptions";

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
  [reader: (value: unknown) => unknown, promised: (value: unknown) => boolean]
> = {
  optionalText: [
    read.optionalText("Label"),
    (value) => value === undefined || typeof value === "string",
  ],
  requiredText: [
    read.requiredText("Label"),
    (value) => typeof value === "string" && value.trim() !== "",
  ],
  optionalInteger: [
    read.optionalInteger("Label", { min: 0, max: 10 }),
    (value) =>
      value === undefined || (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 10),
  ],
  optionalNumber: [
    read.optionalNumber("Label", { min: 0, max: 1 }),
    (value) => value === undefined || (Number(value) >= 0 && Number(value) <= 1),
  ],
  flag: [read.flag("Label"), (value) => typeof value === "boolean"],
  oneOf: [
    read.oneOf("Label", ["a", "b"]),
    (value) => value === undefined || value === "a" || value === "b",
  ],
  keyValues: [
    read.keyValues("Label", read.requiredText),
    (value) =>
      Array.isArray(value) &&
      value.every((row) => typeof row.key === "string" && typeof row.value === "string"),
  ],
  fileContent: [
    fileContent("Label"),
    (value) => Buffer.isBuffer((value as { bytes: unknown }).bytes),
  ],
  conversation: [readConversation, (value) => Array.isArray((value as { turns: unknown }).turns)],
  requestOptions: [readMessageOptions, (value) => typeof value === "object"],
};

describe.each(Object.entries(readers))("%s", (name, [reader, promised]) => {
  test("gives what it promises, or an error that names the input", () => {
    fc.assert(
      fc.property(anything, (value) => {
        try {
          expect(promised(reader(value))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          expect((error as InputError).message).toMatch(
            { requestOptions: /^Request Options /, conversation: /^Conversation / }[name] ??
              /^Label /,
          );
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

test("numbers keep their value, 0 too", () => {
  const number = read.optionalNumber("Label", { min: -5, max: 5 });
  expect(["0", 0, "-0.5", " 3 ", 4.25, ".5"].map(number)).toEqual([0, 0, -0.5, 3, 4.25, 0.5]);
  expect(["", " ", null, undefined].map(number)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("errors show what came in, cut short", () => {
  const number = read.optionalInteger("Limit", { min: 1 });
  expect(() => number("x".repeat(200))).toThrow(
    `Limit takes a whole number of 1 or more, but "${"x".repeat(60)}…" was given.`,
  );
  expect(() => number([1])).toThrow("but a list was given");
  expect(() => number({ a: 1 })).toThrow("but an object was given");
});

test("key-value rows without key and value do not count, those with one are errors", () => {
  const list = read.keyValues("List", read.optionalText);
  expect(list([{ key: "", value: "" }, {}, null, { key: "a", value: "1" }])).toEqual([
    { key: "a", value: "1" },
  ]);
  expect(() => list([{ value: "1" }])).toThrow("List holds a row without a key.");
  expect(() => list([{ key: "a", value: {} }])).toThrow('List "a" takes text');
});

test("binaries are understood in every form the platform gives them", () => {
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
  const noBytes = ["a", null, -1, 256, 0.5, Object.create(null)];
  const alike = noBytes.map((byte) => ({ type: "Buffer", data: [byte] }));
  for (const other of ["text", 5, null, {}, { data: "text" }, [1, 2], ...alike])
    expect(asBinary("File")(other)).toBeUndefined();
});

test("data that JSON has no form for is an error that says so, not one of the engine's", () => {
  const json = read.optionalJson("Data");
  expect(() => json({ a: [1n] })).toThrow("Data holds a BigInt, which JSON has no form for.");
  const written = { toJSON: () => "1", big: 1n };
  expect(json(written)).toBe(written);
  expect(() => json(Symbol("a"))).toThrow(
    "Data takes what can be written as JSON, which no symbol can.",
  );
  const endless: unknown[] = [];
  endless.push(endless);
  const deep = "Data is nested more than 500 levels deep, or holds itself.";
  expect(() => json(endless)).toThrow(deep);
  expect(() => read.asJson("Data", endless)).toThrow(deep);
});

test("files in data are found in the form that JSON gives them", () => {
  const inJson = JSON.parse(JSON.stringify({ a: [Buffer.of(1)] }));
  expect(() => read.asJson("Data", inJson)).toThrow("Data holds a file in a.0.");
});
