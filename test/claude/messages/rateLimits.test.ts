import fc from "fast-check";
import { expect, test } from "vitest";
import { rateLimits } from "../../../src/client/rateLimits";
import { runs } from "../../support/propertyRuns";

test("rateLimits leaves out values that are not numbers", () => {
  expect(rateLimits({ "anthropic-ratelimit-requests-limit": "many" })).toBeNull();
  expect(
    rateLimits({
      "anthropic-ratelimit-requests-limit": "many",
      "anthropic-ratelimit-requests-remaining": "7",
    }),
  ).toEqual({ requests: { remaining: 7 } });
});

test("rateLimits returns null or JSON data for any headers", () => {
  const name = fc.oneof(
    fc
      .tuple(
        fc.constantFrom("requests", "input-tokens", "constructor", "to-string", "-"),
        fc.constantFrom("limit", "remaining", "reset"),
      )
      .map(([limit, field]) => `anthropic-ratelimit-${limit}-${field}`),
    fc.string(),
  );
  const value = fc.oneof(fc.nat().map(String), fc.constantFrom("", "many", "1e999"), fc.string());
  fc.assert(
    fc.property(fc.dictionary(name, value), (headers) => {
      const limits = rateLimits(headers);
      expect(JSON.parse(JSON.stringify(limits))).toEqual(limits);
    }),
    runs(),
  );
});

test("rate limits with the names of inherited members change no other object", () => {
  const limits = rateLimits({
    "anthropic-ratelimit-__proto__-limit": "5",
    "anthropic-ratelimit-constructor-limit": "6",
    "anthropic-ratelimit-to-string-limit": "7",
    "anthropic-ratelimit--limit": "8",
  });
  expect(Object.entries(limits ?? {})).toEqual([
    ["__proto__", { limit: 5 }],
    ["constructor", { limit: 6 }],
    ["toString", { limit: 7 }],
  ]);
  for (const value of [{}, Object, Object.prototype.toString]) {
    expect(Object.hasOwn(value, "limit") || "limit" in value).toBe(false);
  }
});
