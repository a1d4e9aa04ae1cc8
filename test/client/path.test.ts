import { expect, test } from "vitest";
import { pathSegment } from "../../src/client/path";

test("pathSegment rejects IDs with dot segments", () => {
  for (const text of [".", "..", "../v1/files", "a/./b", "a/..", "a\\..\\b"]) {
    expect(() => pathSegment(text)).toThrow(new Error(`"${text}" is not a valid ID.`));
  }
});

const encoded = [
  ["msgbatch_01-a.b~c", "msgbatch_01-a.b~c"],
  ["...", "..."],
  ["a..", "a.."],
  ["..a", "..a"],
  ["anthropic/claude-1..2", "anthropic%2Fclaude-1..2"],
  [".../a", "...%2Fa"],
  ["a b?c#d%2F", "a%20b%3Fc%23d%252F"],
  ["ü🙂", "%C3%BC%F0%9F%99%82"],
];
test("pathSegment percent-encodes IDs", () => {
  expect(encoded.map(([id = ""]) => [id, pathSegment(id)])).toEqual(encoded);
});
