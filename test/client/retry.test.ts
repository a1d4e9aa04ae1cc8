import { afterEach, describe, expect, test, vi } from "vitest";
import { Failure } from "../../src/client/failure";
import {
  isSurelyRefused,
  mayHaveArrived,
  plainRetryPolicy,
  retryAfter,
  sdkRetryPolicy,
} from "../../src/client/retry";

afterEach(() => {
  vi.restoreAllMocks();
});

const failed = (headers: Record<string, string> = {}) =>
  new Failure("No.", { status: 500, headers });

describe("the wait of Raw Request", () => {
  const plain = { maxRetries: 5, delayMs: 1_000, allErrors: false, exponential: false };

  test("is its Retry Delay", () => {
    expect([0, 1, 2].map((retry) => plainRetryPolicy(plain).delay(failed(), retry))).toEqual([
      1_000, 1_000, 1_000,
    ]);
  });

  test("is what the API asks for, where that is longer", () => {
    const { delay } = plainRetryPolicy(plain);
    expect(delay(failed({ "retry-after": "3" }), 0)).toBe(3_000);
    expect(delay(failed({ "retry-after-ms": "10" }), 0)).toBe(1_000);
  });

  test("doubles with backoff, up to 8 seconds", () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const { delay } = plainRetryPolicy({ ...plain, exponential: true });
    expect([0, 1, 2, 3, 4, 5].map((retry) => delay(failed(), retry))).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 8_000,
    ]);
  });
});

test("backoff is up to a quarter shorter, by chance: callers that failed together come back apart", () => {
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  expect(sdkRetryPolicy().delay(failed(), 0)).toBe(437.5);
  expect(sdkRetryPolicy().delay(failed(), 9)).toBe(7_000);
});

test.each([
  [{}, undefined],
  [{ "retry-after-ms": "1500.5" }, 1_500.5],
  [{ "retry-after-ms": "20", "retry-after": "3" }, 20],
  [{ "retry-after-ms": "soon", "retry-after": "3" }, 3_000],
  [{ "retry-after": "0" }, undefined],
  [{ "retry-after": "-1" }, undefined],
  [{ "retry-after": "tomorrow" }, undefined],
  [{ "retry-after": "Sat, 21 Nov 2026 12:00:30 GMT" }, 30_000],
  [{ "retry-after": "Sat, 21 Nov 2026 11:59:30 GMT" }, undefined],
  // What a timer can hold: a longer wait would fire at once.
  [{ "retry-after-ms": "2147483647" }, 2_147_483_647],
  [{ "retry-after-ms": "2147483648" }, undefined],
])("%j asks for a wait of %j ms", (headers, ms) => {
  vi.spyOn(Date, "now").mockReturnValue(Date.parse("2026-11-21T12:00:00Z"));
  expect(retryAfter(headers as Record<string, string>)).toBe(ms);
});

test.each<[Partial<Failure>, sdk: boolean, plain: boolean, all: boolean]>([
  [{ status: null }, true, true, true],
  [{ status: 200, type: "invalid_response" }, false, false, false],
  [{ status: 500, type: "invalid_response" }, false, true, true],
  [{ status: 307 }, false, false, true],
  [{ status: 400 }, false, false, true],
  [{ status: 400, headers: { "x-should-retry": "true" } }, true, false, true],
  [{ status: 408 }, true, false, true],
  [{ status: 409 }, true, false, true],
  [{ status: 429 }, true, false, true],
  [{ status: 499 }, false, false, true],
  [{ status: 500 }, true, true, true],
  [{ status: 500, headers: { "x-should-retry": "false" } }, false, true, true],
  [{ status: 500, headers: { "x-should-retry": "maybe" } }, true, true, true],
])(
  "%j: sent again by the SDK's rules %s, by Raw Request's %s, for all errors %s",
  (details, ...expected) => {
    const failure = new Failure("No.", details);
    const settings = { maxRetries: 1, delayMs: 0, exponential: false };
    const policies = [
      sdkRetryPolicy(),
      plainRetryPolicy({ ...settings, allErrors: false }),
      plainRetryPolicy({ ...settings, allErrors: true }),
    ];
    expect(policies.map((policy) => policy.shouldRetry(failure))).toEqual(expected);
  },
);

test.each(["enforced_spend_limit_reached", "contract_spend_limit_reached", "ramp_limit_exceeded"])(
  "%s is final: no waiting lifts it",
  (code) => {
    expect(sdkRetryPolicy().shouldRetry(new Failure("No.", { status: 429, code }))).toBe(false);
  },
);

test("the end of a run is final, whatever the settings", () => {
  const over = new Failure("No time.", { type: "deadline_exceeded" });
  const settings = { maxRetries: 9, delayMs: 0, allErrors: true, exponential: false };
  expect(sdkRetryPolicy().shouldRetry(over)).toBe(false);
  expect(plainRetryPolicy(settings).shouldRetry(over)).toBe(false);
});

describe("what must not arrive twice", () => {
  const yes = { "x-should-retry": "true" };
  const no = { "x-should-retry": "false" };
  const spent = { code: "enforced_spend_limit_reached" };

  test.each<[Partial<Failure>, again: boolean, mayBeThere: boolean]>([
    [{ reached: false }, true, false],
    [{ status: null }, false, true],
    [{ status: null, headers: yes }, false, true],
    [{ status: 200, type: "invalid_response" }, false, true],
    [{ status: 307 }, false, true],
    [{ status: 400 }, false, false],
    [{ status: 400, headers: yes }, true, false],
    [{ status: 408 }, false, true],
    [{ status: 409 }, false, false],
    [{ status: 429 }, true, false],
    [{ status: 429, headers: no }, false, false],
    [{ status: 429, ...spent }, false, false],
    [{ status: 429, headers: yes, ...spent }, false, false],
    [{ status: 500 }, false, true],
    [{ status: 500, headers: yes }, true, true],
    [{ status: 502 }, false, true],
    [{ status: 503 }, false, true],
    [{ status: 529 }, true, false],
    [{ status: 529, headers: no }, false, false],
  ])("%j: sent again %s, may be there %s", (details, again, mayBeThere) => {
    const failure = new Failure("No.", details);
    expect(isSurelyRefused(failure)).toBe(again);
    expect(mayHaveArrived(failure)).toBe(mayBeThere);
  });
});
