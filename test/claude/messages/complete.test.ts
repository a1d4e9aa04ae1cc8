import fc from "fast-check";
import { expect, test } from "vitest";
import { sum } from "../../../src/claude/messages/complete";
import { runs } from "../../support/propertyRuns";

const { counts } = fc.letrec((tie) => ({
  counts: fc.dictionary(
    fc.constantFrom("a", "b", "c", "__proto__"),
    fc.oneof({ depthSize: "small" }, fc.integer(), tie("counts")),
    { maxKeys: 3 },
  ),
}));

test("sum of usage is commutative and associative", () => {
  // A field has the same type in every response.
  const same = fc.dictionary(fc.constantFrom("a", "b", "__proto__"), fc.integer());
  const nested = fc.record({ x: same, y: fc.integer() }, { requiredKeys: [] });
  fc.assert(
    fc.property(nested, nested, nested, (a, b, c) => {
      expect(sum(a, b)).toEqual(sum(b, a));
      expect(sum(sum(a, b), c)).toEqual(sum(a, sum(b, c)));
    }),
    runs(),
  );
});

test("sum adds fields named like properties of Object.prototype", () => {
  expect(sum({ toString: 1 }, {})).toEqual({ toString: 1 });
  expect(sum({ constructor: 1 }, { constructor: 2 })).toEqual({ constructor: 3 });
  expect(JSON.stringify(sum({}, JSON.parse('{"__proto__": 1}')))).toBe('{"__proto__":1}');
});

test("sum keeps every field, and adding undefined changes nothing", () => {
  fc.assert(
    fc.property(counts, counts, (a, b) => {
      expect(sum(a, undefined)).toEqual(a);
      expect(sum(undefined, a)).toEqual(a);
      const both = sum(a, b) as object;
      const names = [...Object.keys(a as object), ...Object.keys(b as object)];
      expect(new Set(Object.keys(both))).toEqual(new Set(names));
    }),
    runs(),
  );
});
