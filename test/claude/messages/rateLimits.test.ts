import fc from "fast-check";
import { expect, test } from "vitest";
import { rateLimits } from "../../../src/claude/messages/rateLimits";
import { runs } from "../../support/runs";

test("a limit that is no number is left out", () => {
  expect(rateLimits({ "anthropic-ratelimit-requests-limit": "many" })).toBeNull();
  expect(
    rateLimits({
      "anthropic-ratelimit-requests-limit": "many",
      "anthropic-ratelimit-requests-remaining": "7",
    }),
  ).toEqual({ requests: { remaining: 7 } });
});

test("any headers are limits of data, or none", () => {
  const name = fc.oneof(
    fc
      .tuple(
        fc.constantFrom("requests", "input-tokens", "constructor", "to-string", "-"),
        fc.constantFrom("limit", "remaining", "reset"),
      )
      .map(([what, field]) => `anthropic-ratelimit-${what}-${field}`),
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
