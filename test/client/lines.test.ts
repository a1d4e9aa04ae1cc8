/** Lines of files that are larger than any that a test could send. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ResponseBody } from "../../src/client/body";
import { readLines } from "../../src/client/lines";
import { cutsOf, piecesOf } from "../support/pieces";
import { runs } from "../support/runs";

const mega = 1_000_000;

const linesOf = async (...parts: (string | Buffer)[]) => {
  const pieces = async function* () {
    for (const part of parts) yield Buffer.from(part as string);
  };
  const body = { pieces: pieces(), alive: () => undefined } as unknown as ResponseBody;
  const lines: [string, boolean][] = [];
  await readLines(body, (line, isWhole) => lines.push([String(line), isWhole]));
  return lines;
};

test.each([
  ["blank lines", ["\n", "\r\n", " \n", "a\n \r\nb\n"], ["a", "b"]],
  ["lines as short as a blank one", ["1\n{}\n", "ab\nabc\n"], ["1", "{}", "ab", "abc"]],
  ["a line that ends where a piece begins", ["a", "\nb", "", "c\n"], ["a", "bc"]],
  ["nothing", [""], []],
])("%s: what is not blank is handed over, in order", async (_, pieces, expected) => {
  expect(await linesOf(...pieces)).toEqual(expected.map((line) => [line, true]));
});

test("a blank rest after the last line is no line, and any other is one without an end", async () => {
  expect(await linesOf("a\n", " ")).toEqual([["a", true]]);
  expect(await linesOf("a\n{", "}")).toEqual([
    ["a", true],
    ["{}", false],
  ]);
});

test("any text is the same lines, wherever it is cut", async () => {
  const part = fc.oneof(fc.constantFrom("\n", "\r\n", " ", "🙂", "{}"), fc.string());
  await fc.assert(
    fc.asyncProperty(fc.array(part), cutsOf, async (parts, cuts) => {
      const text = parts.join("");
      const all = text.split("\n").map((line, at, { length }) => [line, at < length - 1]);
      // Longer blank lines are no data either, but nobody sends any.
      const isBlank = (line: string) => Buffer.byteLength(line) < 3 && line.trim() === "";
      expect(await linesOf(...piecesOf(Buffer.from(text), cuts))).toEqual(
        all.filter(([line]) => !isBlank(String(line))),
      );
    }),
    runs(),
  );
});

/** The same piece again and again: 1 MB in memory, however long the answer. */
const bodyOf = (piece: Buffer, times: number) => {
  let alive = 0;
  let sent = 0;
  const pieces = async function* () {
    for (sent = 1; sent <= times; sent++) yield piece;
  };
  const body = { pieces: pieces(), alive: () => void alive++ } as unknown as ResponseBody;
  return { body, told: () => ({ alive, sent }) };
};

test("a file of any length is read, also when its lines go over from piece to piece", async () => {
  const piece = Buffer.alloc(mega, "x");
  piece[mega / 2] = 10;
  const { body, told } = bodyOf(piece, 450);
  const lengths: number[] = [];
  const ends: boolean[] = [];
  await readLines(body, (line, isWhole) => {
    lengths.push(line.length);
    ends.push(isWhole);
  });
  expect(lengths).toEqual([mega / 2, ...Array(449).fill(mega - 1), mega / 2 - 1]);
  expect(ends).toEqual([...Array(450).fill(true), false]);
  expect(told().alive).toBe(450);
});

test("a line without end is an error before it fills the memory", async () => {
  const { body, told } = bodyOf(Buffer.alloc(mega, "x"), 1_000);
  await expect(readLines(body, () => undefined)).rejects.toMatchObject({
    message: "The answer holds a line of more than 200 MB.",
    type: "broken_answer",
  });
  expect(told().sent).toBe(201);
});
