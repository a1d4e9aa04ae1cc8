import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { deadline } from "../../src/client/deadline";

const now = Date.parse("2026-11-21T12:00:00Z");
const secondsLeft = (startedAt: string | undefined) => (deadline(startedAt) - now) / 1000;

beforeEach(() => {
  vi.useFakeTimers({ now });
});
afterEach(() => {
  vi.useRealTimers();
});

test.each([
  ["execution that starts now", "2026-11-21T12:00:00Z", 14.5 * 60],
  ["execution of 10 minutes", "2026-11-21T11:50:00Z", 4.5 * 60],
  ["execution of almost 15 minutes", "2026-11-21T11:45:01Z", -29],
])("deadline of an %s", (_, startedAt, seconds) => {
  expect(secondsLeft(startedAt)).toBe(seconds);
});

test.each([
  undefined,
  "",
  "yesterday",
  "2026-11-21T12:00:01Z",
  "2026-11-21T11:45:00Z",
  "2020-01-01",
])("deadline counts from now for an implausible start time: %j", (startedAt) => {
  expect(secondsLeft(startedAt)).toBe(14.5 * 60);
});
