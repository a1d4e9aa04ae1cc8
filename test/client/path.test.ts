import { expect, test } from "vitest";
import { segment } from "../../src/client/path";

test.each([".", "..", "../v1/files", "a/./b", "a/..", "a\\..\\b"])(
  "%s is no piece of a path",
  (text) => {
    expect(() => segment(text)).toThrow(new Error(`"${text}" is no id.`));
  },
);

test.each([
  ["msgbatch_01-a.b~c", "msgbatch_01-a.b~c"],
  ["...", "..."],
  ["a..", "a.."],
  ["..a", "..a"],
  ["anthropic/claude-1..2", "anthropic%2Fclaude-1..2"],
  [".../a", "...%2Fa"],
  ["a b?c#d%2F", "a%20b%3Fc%23d%252F"],
  ["ü🙂", "%C3%BC%F0%9F%99%82"],
])("%s becomes %s", (text, expected) => {
  expect(segment(text)).toBe(expected);
});
