import { type Attributes, readMarkup } from "./markup";
import { type DocumentText, partOf } from "./office";
import { createOutline } from "./outline";
import { createSheet } from "./table";
import type { Archive } from "./zip";

/** Parts whose text is not that of the document. */
const hidden = new Set(["annotation", "tracked-changes", "note-citation", "forms", "page-number"]);

/** A cell or row may say how often it is repeated: empty ones up to the end of the sheet. */
const maxRepeated = 1_000;

/** The text of an ODT, ODS or ODP. Tables of ODS are CSV below the name of their sheet. */
export const readOdf = (archive: Archive, isSpreadsheet: boolean): DocumentText => {
  const outline = createOutline();
  const sections: string[] = [];
  let pictures = 0;
  let cutRows = 0;
  let slides = 0;
  let hiddenDepth = 0;
  let lists = 0;
  let heading = "";
  let isInText = 0;
  let notesPrefix = "";
  let footnotes = 0;
  let sheet = createSheet();
  let cells = new Map<number, string>();
  let column = 0;
  let repeatedRow = 1;
  let cell: { text: string; value: string | undefined; repeated: number } | undefined;

  const add = (text: string) => {
    if (cell) cell.text += text;
    else outline.add(text);
  };
  const repeated = (attribute: Attributes, name: string): number =>
    Math.min(Number(attribute(name)) || 1, maxRepeated);

  const openSheet = (name: string, attribute: Attributes): boolean => {
    if (!isSpreadsheet) return false;
    if (name === "table") {
      sheet = createSheet();
      sections.push(`## ${attribute("name") ?? ""}`);
    } else if (name === "table-row") {
      cells = new Map();
      column = 0;
      repeatedRow = repeated(attribute, "number-rows-repeated");
    } else if (name === "table-cell" || name === "covered-table-cell") {
      cell = {
        text: "",
        value: attribute("date-value") ?? timeOf(attribute("time-value")) ?? plainNumber(attribute),
        repeated: repeated(attribute, "number-columns-repeated"),
      };
    } else return false;
    return true;
  };
  const closeSheet = (name: string): void => {
    if (name === "table") {
      const { text, cutRows: cut } = sheet.end();
      cutRows += cut;
      sections.push(text);
    } else if (name === "table-row") {
      if ([...cells.values()].some((text) => text !== "")) {
        for (let count = 0; count < repeatedRow; count += 1) sheet.addRow(cells);
      }
    } else if (cell && (name === "table-cell" || name === "covered-table-cell")) {
      const text = cell.value ?? cell.text.trim();
      for (let count = 0; count < cell.repeated; count += 1) {
        if (text !== "") cells.set(column, text);
        column += 1;
      }
      cell = undefined;
    }
  };

  readMarkup(partOf(archive, "content.xml"), {
    open: (name, attribute) => {
      if (hiddenDepth > 0 || hidden.has(name)) {
        if (hidden.has(name)) hiddenDepth += 1;
        return;
      }
      if (openSheet(name, attribute)) return;
      switch (name) {
        case "h":
          heading = `${"#".repeat(Math.min(Number(attribute("outline-level")) || 1, 6))} `;
          isInText += 1;
          return;
        case "p":
          if (cell?.text) cell.text += "\n";
          isInText += 1;
          return;
        case "s":
          return add(" ".repeat(repeated(attribute, "c")));
        case "tab":
          return add("\t");
        case "line-break":
          return add("\n");
        case "list":
          lists += 1;
          return;
        case "image":
          pictures += 1;
          return;
        case "page":
          slides += 1;
          outline.endParagraph();
          outline.add(`## Slide ${slides}`);
          return outline.endParagraph();
        case "notes":
          outline.endParagraph();
          notesPrefix = "Notes: ";
          return;
        case "note-body":
          footnotes += 1;
          return add(" (");
        case "table":
          return outline.openTable();
        case "table-row":
          return outline.openRow();
        case "table-cell":
          return outline.openCell();
      }
    },
    close: (name) => {
      if (hidden.has(name)) {
        hiddenDepth = Math.max(hiddenDepth - 1, 0);
        return;
      }
      if (hiddenDepth > 0) return;
      if (name === "h" || name === "p") {
        isInText = Math.max(isInText - 1, 0);
        // A footnote is in the middle of a paragraph.
        if (footnotes > 0) return;
        const item = lists > 0 ? `${"  ".repeat(Math.min(lists, 8) - 1)}- ` : "";
        if (!cell) outline.endParagraph(heading || item);
        heading = "";
      }
      if (name === "note-body") {
        footnotes = Math.max(footnotes - 1, 0);
        add(")");
      }
      if (name === "list") lists = Math.max(lists - 1, 0);
      if (isSpreadsheet) closeSheet(name);
      else if (name === "table-cell") outline.closeCell();
      else if (name === "table") outline.closeTable();
    },
    text: (text) => {
      if (isInText === 0 || hiddenDepth > 0 || text === "") return;
      add(notesPrefix + text.replace(/\s+/g, " "));
      notesPrefix = "";
    },
  });
  const text = isSpreadsheet ? sections.join("\n\n").trim() : outline.end();
  return { text, pictures, cutRows };
};

/** A duration such as PT09H30M00S as 09:30:00. */
const timeOf = (value: string | undefined): string | undefined => {
  const [, hours, minutes, seconds] = /^PT(\d+)H(\d+)M(\d+)/.exec(value ?? "") ?? [];
  return hours && `${hours}:${minutes}:${seconds}`;
};

/** A number without its format, such as thousands separators. */
const plainNumber = (attribute: Attributes): string | undefined =>
  /^(float|percentage|currency)$/.test(attribute("value-type") ?? "")
    ? attribute("office:value")
    : undefined;
