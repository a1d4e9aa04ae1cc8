/** Lines of result files, including files too large for a test server. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ResponseBody } from "../../src/client/body";
import { readLines } from "../../src/client/lines";
import { chunksOf, splitPoints } from "../support/chunks";
import { runs } from "../support/propertyRuns";

const mega = 1_000_000;

const linesOf = async (...parts: (string | Buffer)[]) => {
  const chunks = async function* () {
    for (const part of parts) yield Buffer.from(part as string);
  };
  const body = { chunks: chunks(), resetStallTimer: () => undefined } as unknown as ResponseBody;
  const lines: [string, boolean][] = [];
  await readLines(body, (line, isWhole) => lines.push([String(line), isWhole]));
  return lines;
};

test.each([
  ["blank lines", ["\n", "\r\n", " \n", "a\n \r\nb\n"], ["a", "b"]],
  ["lines of one and two characters", ["1\n{}\n", "ab\nabc\n"], ["1", "{}", "ab", "abc"]],
  ["a line that ends at the start of a chunk", ["a", "\nb", "", "c\n"], ["a", "bc"]],
  ["an empty file", [""], []],
])("readLines emits non-blank lines in order: %s", async (_, chunks, expected) => {
  expect(await linesOf(...chunks)).toEqual(expected.map((line) => [line, true]));
});

test("the rest after the last line break is marked incomplete, or ignored if blank", async () => {
  expect(await linesOf("a\n", " ")).toEqual([["a", true]]);
  expect(await linesOf("a\n{", "}")).toEqual([
    ["a", true],
    ["{}", false],
  ]);
});

test("any text gives the same lines, split anywhere", async () => {
  const part = fc.oneof(fc.constantFrom("\n", "\r\n", " ", "🙂", "{}"), fc.string());
  await fc.assert(
    fc.asyncProperty(fc.array(part), splitPoints, async (parts, cuts) => {
      const text = parts.join("");
      const all = text.split("\n").map((line, at, { length }) => [line, at < length - 1]);
      // Longer blank lines are not expected, so they are not skipped.
      const isBlank = (line: string) => Buffer.byteLength(line) < 3 && line.trim() === "";
      expect(await linesOf(...chunksOf(Buffer.from(text), cuts))).toEqual(
        all.filter(([line]) => !isBlank(String(line))),
      );
    }),
    runs(),
  );
});

/** A body that repeats one chunk, so that a long response needs little memory. */
const bodyOf = (chunk: Buffer, times: number) => {
  let resets = 0;
  let sent = 0;
  const chunks = async function* () {
    for (sent = 1; sent <= times; sent++) yield chunk;
  };
  const body = {
    chunks: chunks(),
    resetStallTimer: () => void resets++,
  } as unknown as ResponseBody;
  return { body, counts: () => ({ resets, sent }) };
};

test("reads a file of 450 MB whose lines span chunks", async () => {
  const chunk = Buffer.alloc(mega, "x");
  chunk[mega / 2] = 10;
  const { body, counts } = bodyOf(chunk, 450);
  const lengths: number[] = [];
  const ends: boolean[] = [];
  await readLines(body, (line, isWhole) => {
    lengths.push(line.length);
    ends.push(isWhole);
  });
  expect(lengths).toEqual([mega / 2, ...Array(449).fill(mega - 1), mega / 2 - 1]);
  expect(ends).toEqual([...Array(450).fill(true), false]);
  expect(counts().resets).toBe(450);
});

test("a line of more than 200 MB is an error", async () => {
  const { body, counts } = bodyOf(Buffer.alloc(mega, "x"), 1_000);
  await expect(readLines(body, () => undefined)).rejects.toMatchObject({
    reason: { code: "line_too_long", megabytes: 200 },
    type: "broken_response",
  });
  expect(counts().sent).toBe(201);
});
