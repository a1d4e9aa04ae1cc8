/*
 * Sheets as CSV: tables of thousands of rows are shorter than in Markdown.
 */

/** More rows of a sheet are not sent: they would exceed the context window. */
export const maxRows = 20_000;

/** No sheet is longer. A few cells far to the right in every row could make it so. In characters. */
const maxLength = 33_000_000;

/** A sheet, row by row. */
export const createSheet = () => {
  const lines: string[] = [];
  let length = 0;
  let cutRows = 0;
  return {
    /** @param cells By column, from 0. Columns without a value are empty. */
    addRow: (cells: ReadonlyMap<number, string>) => {
      let last = -1;
      for (const [column, text] of cells) if (text !== "") last = Math.max(last, column);
      if (last < 0) return;
      if (lines.length >= maxRows || length + last > maxLength) {
        cutRows += 1;
        return;
      }
      const line = Array.from({ length: last + 1 }, (_, column) =>
        quoted(cells.get(column) ?? ""),
      ).join(",");
      length += line.length;
      lines.push(line);
    },
    end: () => ({ text: lines.join("\n"), cutRows }),
  };
};

const quoted = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
