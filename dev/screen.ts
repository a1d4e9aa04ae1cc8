/* Text for a terminal. */
import { wrapAnsi } from "fast-wrap-ansi";

/** Lines longer than this are hard to read. */
const maxColumns = 100;

/** The width of the terminal. Unlimited for a file or another program, unless COLUMNS is set. */
const columns = ({ columns: width }: NodeJS.WriteStream): number => {
  const known = width || Number(process.env.COLUMNS);
  return known ? Math.min(known, maxColumns) : Number.POSITIVE_INFINITY;
};

/** Indents each line. A line that is longer than the terminal is wide continues, with whole words, below. */
export const indented = (
  text: string,
  indent = "  ",
  stream: NodeJS.WriteStream = process.stdout,
): string => {
  const room = columns(stream) - indent.length;
  return text
    .split("\n")
    .flatMap((line) => (room > 0 && line.length > room ? wrapAnsi(line, room).split("\n") : [line]))
    .map((line) => (line === "" ? "" : indent + line))
    .join("\n");
};

/** Prints a text, wrapped. */
export const say = (text: string): void => console.log(indented(text, ""));

/** Prints a text to standard error, wrapped. */
export const complain = (text: string): void => console.error(indented(text, "", process.stderr));

/** JSON on one line, with spaces at which it can be wrapped. */
export const inlineJson = (value: unknown): string =>
  // In JSON, only the layout has line breaks.
  (JSON.stringify(value, null, 1) ?? "")
    .replace(/([[{])\n\s*/g, "$1")
    .replace(/\n\s*([\]}])/g, "$1")
    .replace(/\n\s*/g, " ");
