/** A text in light Markdown, built from the events of a document. */
export interface Outline {
  /** Adds text to the current paragraph. */
  add(text: string): void;
  /** Ends the current paragraph. `prefix` makes it a heading or an item of a list. */
  endParagraph(prefix?: string): void;
  openTable(): void;
  openRow(): void;
  openCell(): void;
  closeCell(): void;
  closeTable(): void;
  /** All paragraphs, separated by blank lines; items of a list by line breaks. */
  end(): string;
}

interface Table {
  /** The paragraphs of each cell. */
  rows: string[][][];
  /** The paragraphs of the open cell. */
  cell?: string[];
}

/** Tables within tables, each of which copies the paragraphs of those within it. */
const maxDepth = 20;

/** A cell with more paragraphs is part of a layout. */
const maxInCell = 3;

/** @param mayBeLayout Whether tables may only position their content, as in HTML. */
export const createOutline = ({ mayBeLayout = false } = {}): Outline => {
  let paragraph = "";
  const lines: string[] = [];
  const tables: Table[] = [];
  /** Open tables that are deeper than tables may be. */
  let ignored = 0;
  /** Where a finished paragraph goes. */
  const target = (): string[] => tables.at(-1)?.cell ?? lines;
  const endParagraph = (prefix = "") => {
    const text = paragraph.trim();
    paragraph = "";
    if (text !== "") target().push(prefix + text);
  };
  const closeCell = () => {
    endParagraph();
    const table = tables.at(-1);
    if (!table?.cell) return;
    if (table.rows.length === 0) table.rows.push([]);
    table.rows.at(-1)?.push(table.cell);
    table.cell = undefined;
  };
  const closeTable = () => {
    if (ignored > 0) {
      ignored -= 1;
      return;
    }
    closeCell();
    const rows = tables.pop()?.rows.filter((cells) => cells.some(({ length }) => length > 0)) ?? [];
    const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
    const isLayout =
      width < 2 ||
      (mayBeLayout &&
        rows
          .flat()
          .some((cell) => cell.length > maxInCell || cell.some((text) => /^[|#]/.test(text))));
    if (isLayout) for (const paragraph of rows.flat(2)) target().push(paragraph);
    else target().push(rows.map((row, index) => asRow(row, index === 0 ? width : 0)).join("\n"));
  };
  return {
    add: (text) => {
      paragraph += text;
    },
    endParagraph,
    openTable: () => {
      endParagraph();
      if (tables.length < maxDepth) tables.push({ rows: [] });
      else ignored += 1;
    },
    openRow: () => {
      closeCell();
      tables.at(-1)?.rows.push([]);
    },
    openCell: () => {
      closeCell();
      const table = tables.at(-1);
      if (table) table.cell = [];
    },
    closeCell,
    closeTable,
    end: () => {
      ignored = 0;
      while (tables.length > 0) closeTable();
      endParagraph();
      return lines.reduce((text, line, index) => {
        const isList = isItem(line) && isItem(lines[index - 1] ?? "");
        return index === 0 ? line : `${text}${isList ? "\n" : "\n\n"}${line}`;
      }, "");
    },
  };
};

const isItem = (line: string): boolean => /^\s*- /.test(line);

/** @param width Of a header, which a line follows; 0 for other rows. */
const asRow = (cells: string[][], width: number): string => {
  const texts = cells.map((cell) => cell.join(" ").replace(/\s+/g, " ").replaceAll("|", "\\|"));
  const row = `| ${texts.join(" | ")} |`;
  return width > 0 ? `${row}\n|${" --- |".repeat(width)}` : row;
};
