import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { deadline } from "../../src/client/deadline";

const now = Date.parse("2026-11-21T12:00:00Z");
const untilDone = (startedAt: string | undefined) => (deadline(startedAt) - now) / 1000;

beforeEach(() => {
  vi.useFakeTimers({ now });
});
afterEach(() => {
  vi.useRealTimers();
});

test.each([
  ["2026-11-21T12:00:00Z", 14.5 * 60],
  ["2026-11-21T11:50:00Z", 4.5 * 60],
  ["2026-11-21T11:45:01Z", -29],
])("a run that began at %s has %d s left", (startedAt, seconds) => {
  expect(untilDone(startedAt)).toBe(seconds);
});

test.each([
  undefined,
  "",
  "yesterday",
  "2026-11-21T12:00:01Z",
  "2026-11-21T11:45:00Z",
  "2020-01-01",
])("a start at %s cannot be true on the platform: the time counts from now", (startedAt) => {
  expect(untilDone(startedAt)).toBe(14.5 * 60);
});
