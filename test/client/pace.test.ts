import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createPace } from "../../src/client/pace";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-11-27T12:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

/** The headers of one rate limit. */
const limit = (kind: string, total: number, remaining: number, resetMs?: number) => ({
  [`anthropic-ratelimit-${kind}-limit`]: String(total),
  [`anthropic-ratelimit-${kind}-remaining`]: String(remaining),
  ...(resetMs === undefined ? {} : { [`anthropic-ratelimit-${kind}-reset`]: inMs(resetMs) }),
});

test("without rate limits, no request waits", () => {
  const pace = createPace();
  pace.observe({});
  pace.begin();
  expect(pace.delay()).toBe(0);
});

test("the wait that the API asks for applies to all requests, and a shorter one does not end it", () => {
  const pace = createPace();
  pace.hold(2_000);
  pace.hold(500);
  expect(pace.delay()).toBe(2_000);
  vi.advanceTimersByTime(2_000);
  expect(pace.delay()).toBe(0);
});

test("an exhausted limit is replenished continuously until its reset", () => {
  const pace = createPace();
  pace.observe(limit("requests", 60, 0, 60_000));
  expect(pace.delay()).toBe(1_000);
  vi.advanceTimersByTime(400);
  expect(pace.delay()).toBe(600);
});

test("requests that were sent but have no response count", () => {
  const pace = createPace();
  pace.observe(limit("requests", 60, 2, 58_000));
  pace.begin();
  expect(pace.delay()).toBe(0);
  pace.begin();
  expect(pace.delay()).toBe(1_000);
});

test("tokens are reserved as the requests so far needed them", () => {
  const pace = createPace();
  pace.observe(limit("input-tokens", 6_000, 500, 55_000));
  pace.learn({ inputTokens: 1_000 });
  expect(pace.delay()).toBe(5_000);
  pace.learn({ inputTokens: 200 });
  // Three parts of what was known, one part of the latest: 800.
  expect(pace.delay()).toBe(3_000);
});

test("a request that needs more than a limit waits until the limit is full", () => {
  const pace = createPace();
  pace.observe(limit("output-tokens", 1_000, 0, 10_000));
  pace.learn({ outputTokens: 5_000 });
  expect(pace.delay()).toBe(10_000);
});

test("a limit without a time, or with one that has passed, is one per minute", () => {
  for (const reset of [undefined, -5_000]) {
    const pace = createPace();
    pace.observe(limit("requests", 60, 0, reset));
    expect(pace.delay()).toBe(1_000);
  }
});
