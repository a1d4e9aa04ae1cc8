import { dsvFormat } from "d3-dsv";
import { InputError } from "./InputError";

/*
 * Tables as text. d3-dsv splits cells; it does not report damage, so this file checks that every row
 * has as many cells as the header.
 */

const delimiters = [",", ";", "\t", "|"];

/**
 * The rows of a text in CSV or TSV, as objects of the header's names. The delimiter is the one that
 * the header has most often.
 *
 * @throws InputError for a table without rows, with a name twice, or with a row of another length.
 */
export const readTable = (label: string, text: string): Record<string, string>[] => {
  const [line = ""] = text.trimStart().split(/[\r\n]/, 1);
  const unquoted = line.replace(/"[^"]*"/g, "");
  const countOf = (delimiter: string) => unquoted.split(delimiter).length;
  const [delimiter = ","] = [...delimiters].sort((a, b) => countOf(b) - countOf(a));
  const [header = [], ...rows] = dsvFormat(delimiter).parseRows(text.trim());
  const names = header.map((name, index) => name.trim() || `column ${index + 1}`);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw new InputError(label, `has two columns named ${JSON.stringify(repeated)}.`);
  }
  const isBlankLine = (cells: string[]) =>
    cells.length === 1 && cells[0] === "" && names.length > 1;
  const items = rows.flatMap((cells, index) => {
    if (isBlankLine(cells)) return [];
    if (cells.length !== names.length) {
      throw new InputError(
        label,
        `has ${cells.length} cells in row ${index + 1} of the table, but the header has ${names.length}. Check its quotes and delimiters.`,
      );
    }
    return [Object.fromEntries(names.map((name, column) => [name, cells[column] ?? ""]))];
  });
  if (items.length === 0) {
    throw new InputError(
      label,
      "must be a list, as JSON, JSON Lines, or a table in CSV or TSV with a header and at least one row.",
    );
  }
  return items;
};
