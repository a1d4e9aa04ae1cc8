import type { ResponseBody } from "./body";
import { Failure } from "./failure";

const newline = 10;

/** Longer lines are not data. In bytes. */
const maxLineBytes = 200_000_000;

/**
 * Passes on each line that is not blank, in order, as it arrives. By hand: libraries decode every
 * line to text, including those that are never looked into.
 *
 * @param onLine Receives the bytes of a line, valid only during the call, and whether a line break
 *   ends it. Only the last line may have none.
 * @throws Failure for a line without end.
 */
export const readLines = async (
  { chunks, resetStallTimer }: ResponseBody,
  onLine: (line: Buffer, isTerminated: boolean) => void,
): Promise<void> => {
  let pending: Buffer[] = [];
  let pendingLength = 0;
  const completeLine = (rest: Buffer): Buffer => {
    if (pending.length === 0) return rest;
    const line = Buffer.concat([...pending, rest]);
    pending = [];
    pendingLength = 0;
    return line;
  };
  for await (const chunk of chunks) {
    resetStallTimer();
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const line = completeLine(chunk.subarray(start, end));
      if (!isBlank(line)) onLine(line, true);
      start = end + 1;
    }
    if (start === chunk.length) continue;
    pending.push(chunk.subarray(start));
    pendingLength += chunk.length - start;
    if (pendingLength > maxLineBytes) {
      throw new Failure(
        { code: "line_too_long", megabytes: maxLineBytes / 1e6 },
        { type: "broken_response" },
      );
    }
  }
  const last = completeLine(Buffer.alloc(0));
  if (!isBlank(last)) onLine(last, false);
};

const isBlank = (line: Buffer): boolean => line.length < 3 && line.toString().trim() === "";
