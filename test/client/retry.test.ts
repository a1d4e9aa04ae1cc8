import { afterEach, describe, expect, test, vi } from "vitest";
import { Failure } from "../../src/client/failure";
import {
  isSafeToResend,
  mayHaveBeenProcessed,
  rawRequestRetryPolicy,
  retryAfter,
  sdkRetryPolicy,
} from "../../src/client/retry";

afterEach(() => {
  vi.restoreAllMocks();
});

/** The reason is not part of the decision. */
const noReason = { code: "refused_by_api", message: "No." } as const;

const failed = (headers: Record<string, string> = {}) =>
  new Failure(noReason, { status: 500, headers });

describe("delay of rawRequestRetryPolicy (Raw Request)", () => {
  const plain = { maxRetries: 5, delayMs: 1_000, allErrors: false, exponential: false };

  test("is Retry Delay", () => {
    expect([0, 1, 2].map((retry) => rawRequestRetryPolicy(plain).delay(failed(), retry))).toEqual([
      1_000, 1_000, 1_000,
    ]);
  });

  test("respects retry-after when it is longer", () => {
    const { delay } = rawRequestRetryPolicy(plain);
    expect(delay(failed({ "retry-after": "3" }), 0)).toBe(3_000);
    expect(delay(failed({ "retry-after-ms": "10" }), 0)).toBe(1_000);
  });

  test("doubles with exponential backoff, up to 8 seconds", () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const { delay } = rawRequestRetryPolicy({ ...plain, exponential: true });
    expect([0, 1, 2, 3, 4, 5].map((retry) => delay(failed(), retry))).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 8_000,
    ]);
  });
});

test("backoff of sdkRetryPolicy has up to 25% jitter", () => {
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  expect(sdkRetryPolicy().delay(failed(), 0)).toBe(437.5);
  expect(sdkRetryPolicy().delay(failed(), 9)).toBe(7_000);
});

test.each([
  ["no header", {}, undefined],
  ["retry-after-ms", { "retry-after-ms": "1500.5" }, 1_500.5],
  ["retry-after-ms before retry-after", { "retry-after-ms": "20", "retry-after": "3" }, 20],
  [
    "retry-after when retry-after-ms is invalid",
    { "retry-after-ms": "soon", "retry-after": "3" },
    3_000,
  ],
  ["retry-after of 0", { "retry-after": "0" }, undefined],
  ["negative retry-after", { "retry-after": "-1" }, undefined],
  ["invalid retry-after", { "retry-after": "tomorrow" }, undefined],
  ["retry-after with a date", { "retry-after": "Sat, 21 Nov 2026 12:00:30 GMT" }, 30_000],
  [
    "retry-after with a date in the past",
    { "retry-after": "Sat, 21 Nov 2026 11:59:30 GMT" },
    undefined,
  ],
  // The maximum delay of a Node.js timer: a longer one fires immediately.
  ["the maximum timer delay", { "retry-after-ms": "2147483647" }, 2_147_483_647],
  ["more than the maximum timer delay", { "retry-after-ms": "2147483648" }, undefined],
])("retryAfter: %s", (_, headers, ms) => {
  vi.spyOn(Date, "now").mockReturnValue(Date.parse("2026-11-21T12:00:00Z"));
  expect(retryAfter(headers as Record<string, string>)).toBe(ms);
});

test.each<[name: string, Partial<Failure>, sdk: boolean, plain: boolean, all: boolean]>([
  ["no response", { status: null }, true, true, true],
  ["invalid response with 200", { status: 200, type: "invalid_response" }, false, false, false],
  ["invalid response with 500", { status: 500, type: "invalid_response" }, false, true, true],
  ["307", { status: 307 }, false, false, true],
  ["400", { status: 400 }, false, false, true],
  [
    "400 with x-should-retry: true",
    { status: 400, headers: { "x-should-retry": "true" } },
    true,
    false,
    true,
  ],
  ["408", { status: 408 }, true, false, true],
  ["409", { status: 409 }, true, false, true],
  ["429", { status: 429 }, true, false, true],
  ["499", { status: 499 }, false, false, true],
  ["500", { status: 500 }, true, true, true],
  [
    "500 with x-should-retry: false",
    { status: 500, headers: { "x-should-retry": "false" } },
    false,
    true,
    true,
  ],
  [
    "500 with an invalid x-should-retry",
    { status: 500, headers: { "x-should-retry": "maybe" } },
    true,
    true,
    true,
  ],
])("shouldRetry after %s", (_, details, ...expected) => {
  const failure = new Failure(noReason, details);
  const settings = { maxRetries: 1, delayMs: 0, exponential: false };
  const policies = [
    sdkRetryPolicy(),
    rawRequestRetryPolicy({ ...settings, allErrors: false }),
    rawRequestRetryPolicy({ ...settings, allErrors: true }),
  ];
  expect(policies.map((policy) => policy.shouldRetry(failure))).toEqual(expected);
});

test.each([
  ["enforced_spend_limit_reached", false],
  ["contract_spend_limit_reached", false],
  ["ramp_limit_exceeded", true],
])("whether %s (429) is retried: %s", (errorCode, expected) => {
  const failure = new Failure(noReason, { status: 429, errorCode });
  expect(sdkRetryPolicy().shouldRetry(failure)).toBe(expected);
});

test("deadline_exceeded is not retried by any policy", () => {
  const over = new Failure(noReason, { type: "deadline_exceeded" });
  const settings = { maxRetries: 9, delayMs: 0, allErrors: true, exponential: false };
  expect(sdkRetryPolicy().shouldRetry(over)).toBe(false);
  expect(rawRequestRetryPolicy(settings).shouldRetry(over)).toBe(false);
});

describe("requests that are not idempotent", () => {
  const yes = { "x-should-retry": "true" };
  const no = { "x-should-retry": "false" };
  const spent = { errorCode: "enforced_spend_limit_reached" };

  test.each<[name: string, Partial<Failure>, isRefused: boolean, mayArrive: boolean]>([
    ["a request that was never sent", { mayHaveArrived: false }, true, false],
    ["no response", { status: null }, false, true],
    ["no response with x-should-retry: true", { status: null, headers: yes }, false, true],
    ["invalid response with 200", { status: 200, type: "invalid_response" }, false, true],
    ["307", { status: 307 }, false, true],
    ["400", { status: 400 }, false, false],
    ["400 with x-should-retry: true", { status: 400, headers: yes }, true, false],
    ["408", { status: 408 }, false, true],
    ["409", { status: 409 }, false, false],
    ["429", { status: 429 }, true, false],
    ["429 with x-should-retry: false", { status: 429, headers: no }, false, false],
    ["429 at a spend limit", { status: 429, ...spent }, false, false],
    [
      "429 at a spend limit with x-should-retry: true",
      { status: 429, headers: yes, ...spent },
      false,
      false,
    ],
    ["500", { status: 500 }, false, true],
    ["500 with x-should-retry: true", { status: 500, headers: yes }, true, true],
    ["502", { status: 502 }, false, true],
    ["503", { status: 503 }, false, true],
    ["529", { status: 529 }, true, false],
    ["529 with x-should-retry: false", { status: 529, headers: no }, false, false],
  ])("isSafeToResend and mayHaveBeenProcessed after %s", (_, details, isRefused, mayArrive) => {
    const failure = new Failure(noReason, details);
    expect(isSafeToResend(failure)).toBe(isRefused);
    expect(mayHaveBeenProcessed(failure)).toBe(mayArrive);
  });
});
