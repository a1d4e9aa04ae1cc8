import type { ResponseBody } from "./body";
import { Failure } from "./failure";

const newline = 10;

/** Longer lines than this are no data of anybody's. In bytes. */
const longestLine = 200_000_000;

/**
 * Hands over each line that is not blank, in order, as it arrives. By hand: what reads lines makes
 * text of all of them, also of those that nobody looks into.
 *
 * @param onLine Takes the bytes of a line, good only for the time of the call, and whether a line
 *   break ends it. Only the last may have none.
 * @throws Failure for a line without end.
 */
export const readLines = async (
  { pieces, alive }: ResponseBody,
  onLine: (line: Buffer, isWhole: boolean) => void,
): Promise<void> => {
  let begun: Buffer[] = [];
  let length = 0;
  const lineUpTo = (rest: Buffer): Buffer => {
    if (begun.length === 0) return rest;
    const line = Buffer.concat([...begun, rest]);
    begun = [];
    length = 0;
    return line;
  };
  for await (const piece of pieces) {
    alive();
    let start = 0;
    for (let end = piece.indexOf(newline); end >= 0; end = piece.indexOf(newline, start)) {
      const line = lineUpTo(piece.subarray(start, end));
      if (!isBlank(line)) onLine(line, true);
      start = end + 1;
    }
    if (start === piece.length) continue;
    begun.push(piece.subarray(start));
    length += piece.length - start;
    if (length > longestLine) {
      throw new Failure(`The answer holds a line of more than ${longestLine / 1e6} MB.`, {
        type: "broken_answer",
      });
    }
  }
  const last = lineUpTo(Buffer.alloc(0));
  if (!isBlank(last)) onLine(last, false);
};

const isBlank = (line: Buffer): boolean => line.length < 3 && line.toString().trim() === "";
