import fc from "fast-check";
import { expect, test } from "vitest";
import { mergePatch } from "../../../src/claude/messages/mergePatch";
import { jsonData } from "../../support/arbitraries";
import { runs } from "../../support/propertyRuns";

/** The examples of RFC 7396, appendix A: target, patch, result. */
const examples: [target: string, patch: string, result: string][] = [
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', "{}"],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['["a","b"]', '["c","d"]', '["c","d"]'],
  ['{"a":"b"}', '["c"]', '["c"]'],
  ['{"a":"foo"}', "null", "null"],
  ['{"a":"foo"}', '"bar"', '"bar"'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ["[1,2]", '{"a":"b","c":null}', '{"a":"b"}'],
  ["{}", '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
];
test("mergePatch matches the examples of RFC 7396", () => {
  const results = examples.map(([target, patch]) => [
    target,
    patch,
    JSON.stringify(mergePatch(JSON.parse(target), JSON.parse(patch))),
  ]);
  expect(results).toEqual(examples);
});

test("mergePatch is idempotent, drops nulls and leaves its arguments unchanged", () => {
  const nulls = (value: unknown): boolean =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.values(value).some((part) => part === null || nulls(part))
      : false;
  fc.assert(
    fc.property(jsonData, jsonData, (target, patch) => {
      const before = structuredClone([target, patch]);
      const once = mergePatch(target, patch);
      expect(mergePatch(once, patch)).toEqual(once);
      expect([target, patch]).toEqual(before);
      if (typeof patch === "object" && patch) expect(nulls(mergePatch({}, patch))).toBe(false);
    }),
    runs(),
  );
});

test("mergePatch treats __proto__ as an ordinary field", () => {
  const merged = mergePatch({}, JSON.parse('{"__proto__": {"odd": 1}}'));
  expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
  expect(JSON.stringify(merged)).toBe('{"__proto__":{"odd":1}}');
});
