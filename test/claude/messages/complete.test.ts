import type { Usage } from "@anthropic-ai/sdk/resources/messages";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sum, sumUsages } from "../../../src/claude/messages/complete";
import { totalTokens } from "../../../src/claude/messages/cost";
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

test("usages with and without iterations add up to the same tokens", () => {
  const plain = { input_tokens: 10, output_tokens: 2 } as Usage;
  const compacted = {
    input_tokens: 5,
    output_tokens: 1,
    iterations: [
      { type: "compaction", input_tokens: 900, output_tokens: 80 },
      { type: "message", input_tokens: 5, output_tokens: 1 },
    ],
  } as unknown as Usage;
  for (const [a, b] of [
    [plain, compacted],
    [compacted, plain],
    [compacted, compacted],
    [plain, plain],
  ] as const) {
    expect(totalTokens(sumUsages(a, b))).toBe(totalTokens(a) + totalTokens(b));
  }
  expect(sumUsages(compacted, undefined as unknown as Usage)).toEqual(compacted);
});
