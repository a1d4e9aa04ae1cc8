/* Text for a terminal. */
import { wrapAnsi } from "fast-wrap-ansi";

/** Lines longer than this are hard to read. */
const maxColumns = 100;

/** The width of the terminal. Undefined if the output goes to a file or another program. */
const columns = (): number | undefined =>
  process.stdout.columns ? Math.min(process.stdout.columns, maxColumns) : undefined;

/** Indents each line. A line that is longer than the terminal is wide continues, with whole words, below. */
export const indented = (text: string, indent = "  ", width = columns()): string =>
  text
    .split("\n")
    .flatMap((line) => {
      const room = (width ?? Number.POSITIVE_INFINITY) - indent.length;
      return room > 0 && line.length > room ? wrapAnsi(line, room).split("\n") : [line];
    })
    .map((line) => (line === "" ? "" : indent + line))
    .join("\n");

/** Prints a text, wrapped. */
export const say = (text = ""): void => console.log(indented(text, ""));

/** JSON on one line, with spaces at which it can be wrapped. */
export const inlineJson = (value: unknown): string =>
  // In JSON, only the layout has line breaks.
  (JSON.stringify(value, null, 1) ?? "")
    .replace(/([[{])\n\s*/g, "$1")
    .replace(/\n\s*([\]}])/g, "$1")
    .replace(/\n\s*/g, " ");
