/** Random values for property tests: of any kind, or close to valid ones. */
import fc from "fast-check";

/** An input of the built component. */
export interface Input {
  key: string;
  label: string;
  type: string;
  collection?: string;
  example?: string;
  default?: unknown;
  model?: { value: string }[];
  inputs?: Input[];
}

const nested = (levels: number, wrap: (value: unknown) => unknown): unknown => {
  let value: unknown = "end";
  for (let level = 0; level < levels; level++) value = wrap(value);
  if (typeof value === "object" && value !== null) {
    // Printing the value would exceed the call stack.
    const printed = { value: () => `${levels} levels of ${typeof value}` };
    Object.defineProperty(value, fc.toStringMethod, printed);
  }
  return value;
};

export const oddText = fc.oneof(
  fc.string(),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  fc.constantFrom(
    ...[
      "",
      " ",
      "\t\r\n",
      "a\r\nx-evil: 1",
      "\0",
      "a\u007f",
      "\u2028",
      "\ufeff",
      "\ud83d",
      "\ude00a",
    ],
    ...[
      ".",
      "..",
      "../..",
      "a/../b",
      "%2e%2e",
      "..%2fmodels",
      "%2e%2e%5cmodels",
      "/..",
      "//a",
      "a\\b",
    ],
    ...["🙂", "e\u0301", "ﷺ", "x".repeat(5_000), "a?b=c", "a#b", "%", "%zz", "a,b", "a: b"],
    ...[
      "0",
      "-0",
      "1",
      "-1",
      "1.5",
      "2048",
      "1e3",
      "1e999",
      "0x10",
      "NaN",
      "Infinity",
      "9".repeat(400),
    ],
    ...[
      "true",
      "FALSE",
      "null",
      "{}",
      "[]",
      "[{}]",
      '{"__proto__": {"odd": true}}',
      "{{a}}",
      "{{item",
    ],
    ...[
      "__proto__",
      "constructor",
      "toString",
      "hasOwnProperty",
      "data:",
      "file_1",
      "%PDF-",
      "all",
    ],
    nested(2_000, (value) => `[${value}]`) as string,
  ),
  fc.json(),
);

/** JSON data without -0, and without texts that look like a programming error. */
export const jsonData: fc.Arbitrary<unknown> = fc
  .json()
  .filter((text) => !/\[object |undefined|NaN/.test(text))
  .map((text) => JSON.parse(text));

/** A part of a response that has an unexpected type. */
export const oddPart: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>("", "a", "constructor", 0, 1, null, true, [], {}, { toString: 1 }),
  jsonData,
);

/** An object with a random subset of these fields. */
export const withFields = (
  names: readonly string[],
  of: fc.Arbitrary<unknown> = oddPart,
): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(Object.fromEntries(names.map((name) => [name, of])), { requiredKeys: [] });

const oddNumber = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(0, -0, 1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, Number.MAX_VALUE, 1e-7),
);

const bytes = fc.uint8Array({ maxLength: 40 }).map((values) => Buffer.from(values));

const oddObject = fc.oneof(
  fc.constantFrom(
    JSON.parse('{"__proto__": {"odd": true}}'),
    JSON.parse('[{"key": "__proto__", "value": "a"}]'),
    JSON.parse('{"constructor": {"prototype": {"odd": true}}}'),
    Object.create(null),
    [[], [[]], [null]],
    [undefined],
    { toJSON: 1 },
    { length: 5 },
    { type: "Buffer", data: ["a", null, {}, Object.create(null)] },
    new Date(0),
    new Date(Number.NaN),
    new Map([["a", 1]]),
    Symbol("a"),
    () => 1,
  ),
  fc.constantFrom(
    nested(400, (value) => [value]),
    nested(400, (value) => ({ value })),
    nested(3_000, (value) => [value]),
    nested(3_000, (value) => ({ value })),
    nested(50_000, (value) => ({ value })),
  ),
  bytes,
  bytes.map((data) => new Uint8Array(data)),
  bytes.map((data) => JSON.parse(JSON.stringify(data))),
  fc.record({ data: bytes, contentType: fc.oneof(oddText, fc.constant("text/plain")) }),
);

/** Any value that a code-native integration may pass. */
export const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(undefined, null, true, false),
  oddNumber,
  oddText,
  oddObject,
  fc.anything({
    key: fc.oneof({ weight: 3, arbitrary: fc.string() }, fc.constantFrom("key", "value", "type")),
    maxDepth: 3,
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withNullPrototype: true,
    withSparseArray: true,
    withTypedArray: true,
  }),
);

/** A value as the designer passes it: as text. */
const asTyped = (value: unknown): unknown => {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
};

/** The paths of all parts of a value, starting with the value itself. */
export const places = (value: unknown): string[][] => [
  [],
  ...(typeof value === "object" && value !== null && !Buffer.isBuffer(value)
    ? Object.entries(value).flatMap(([key, part]) => places(part).map((path) => [key, ...path]))
    : []),
];

/** A copy of the value with the part at the path replaced. */
export const put = (value: unknown, [key, ...rest]: string[], part: unknown): unknown => {
  if (key === undefined) return part;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<
    string,
    unknown
  >;
  copy[key] = put(copy[key], rest, part);
  return copy;
};

/** A value with one part replaced. */
export const changed = (value: unknown, by = anything): fc.Arbitrary<unknown> =>
  fc.tuple(fc.constantFrom(...places(value)), by).map(([path, part]) => put(value, path, part));

const fromJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** Whether a group has a field with the name of an inherited property, which spectral cannot handle. */
export const inherits = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.some(inherits)
    : typeof value === "object" &&
      value !== null &&
      Object.getOwnPropertyNames(Object.prototype).some((name) => Object.hasOwn(value, name));

const one = (input: Input): fc.Arbitrary<unknown> => {
  if (input.inputs) {
    const fields = Object.fromEntries(input.inputs.map((child) => [child.key, valueFor(child)]));
    return fc.record(fields, { requiredKeys: [] });
  }
  const known = [input.example, input.default, ...(input.model ?? []).map(({ value }) => value)]
    .filter((value) => typeof value === "string")
    .map(fromJson);
  const valid = input.type === "boolean" ? [true, "true", "false"] : known;
  return valid.length === 0
    ? anything
    : fc.oneof(fc.constantFrom(...valid), fc.oneof(...valid.map((value) => changed(value))));
};

/** Values for an input: valid ones, valid ones with a part replaced, or any; some of them as text. */
export const valueFor = (input: Input): fc.Arbitrary<unknown> => {
  const single = one(input);
  const list =
    input.collection === "keyvaluelist"
      ? fc.array(fc.record({ key: fc.oneof(oddText, anything), value: single }), { maxLength: 3 })
      : input.collection === "valuelist"
        ? fc.array(single, { maxLength: 3 })
        : single;
  const value = fc.oneof({ weight: 3, arbitrary: list }, { weight: 1, arbitrary: anything });
  return fc.oneof({ weight: 3, arbitrary: value }, { weight: 1, arbitrary: value.map(asTyped) });
};
