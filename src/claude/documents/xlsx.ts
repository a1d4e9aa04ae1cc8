import { readMarkup } from "./markup";
import { type DocumentText, partOf, relationsOf } from "./office";
import { createSheet } from "./table";
import type { Archive } from "./zip";

/** The text of an XLSX: each sheet as CSV, below its name. */
export const readXlsx = (archive: Archive): DocumentText => {
  const relations = relationsOf(archive, "xl/workbook.xml");
  const sheets: { name: string; path: string }[] = [];
  let is1904 = false;
  readMarkup(partOf(archive, "xl/workbook.xml"), {
    open: (tag, attribute) => {
      if (tag === "workbookPr") is1904 = /^(1|true)$/.test(attribute("date1904") ?? "");
      const path = tag === "sheet" ? relations.get(attribute("r:id") ?? "") : undefined;
      if (!path) return;
      const isHidden = (attribute("state") ?? "visible") !== "visible";
      sheets.push({ name: `${attribute("name")}${isHidden ? " (hidden)" : ""}`, path });
    },
  });
  const strings = sharedStrings(partOf(archive, "xl/sharedStrings.xml"));
  const formats = dateFormats(partOf(archive, "xl/styles.xml"));
  let cutRows = 0;
  const texts = sheets.map(({ name, path }) => {
    const sheet = createSheet();
    readRows(partOf(archive, path), { strings, formats, is1904 }, sheet.addRow);
    const { text, cutRows: cut } = sheet.end();
    cutRows += cut;
    return `## ${name}\n\n${text}`.trim();
  });
  const pictures = archive.names.filter((name) => /^xl\/(media|charts)\/[^/]+$/.test(name)).length;
  return { text: texts.join("\n\n"), pictures, cutRows };
};

const sharedStrings = (xml: string): string[] => {
  const strings: string[] = [];
  let isText = false;
  let phonetic = 0;
  readMarkup(xml, {
    open: (name) => {
      if (name === "si") strings.push("");
      if (name === "rPh") phonetic += 1;
      isText = name === "t" && phonetic === 0;
    },
    close: (name) => {
      if (name === "rPh") phonetic -= 1;
      if (name === "t") isText = false;
    },
    text: (text) => {
      if (isText && strings.length > 0) strings[strings.length - 1] += text;
    },
  });
  return strings;
};

/** What a number format shows of a date. */
interface DateFormat {
  hasDate: boolean;
  hasTime: boolean;
}

/** The date formats among the cell styles, by the index of the style. */
const dateFormats = (xml: string): (DateFormat | undefined)[] => {
  const codes = new Map<string, string>();
  const formats: (DateFormat | undefined)[] = [];
  let isInCells = false;
  readMarkup(xml, {
    open: (name, attribute) => {
      if (name === "numFmt") codes.set(attribute("numFmtId") ?? "", attribute("formatCode") ?? "");
      if (name === "cellXfs") isInCells = true;
      if (name !== "xf" || !isInCells) return;
      const id = attribute("numFmtId") ?? "";
      formats.push(formatOf(codes.get(id)) ?? builtIn(Number(id)));
    },
    close: (name) => {
      if (name === "cellXfs") isInCells = false;
    },
  });
  return formats;
};

const formatOf = (code: string | undefined): DateFormat | undefined => {
  // Literal texts, colors and conditions are not part of the format, [h] is.
  const [plain = ""] = (code ?? "")
    .replace(/"[^"]*"|\\.|_.|\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, "")
    .split(";");
  const hasDate = /[yd]/i.test(plain) || /^m+$/i.test(plain);
  const hasTime = /[hs]/i.test(plain);
  return /general/i.test(plain) || !(hasDate || hasTime) ? undefined : { hasDate, hasTime };
};

/** @see ECMA-376, part 1, 18.8.30: the formats that are not written in the file. */
const builtIn = (id: number): DateFormat | undefined => {
  if ((id >= 14 && id <= 17) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58)) {
    return { hasDate: true, hasTime: false };
  }
  if (id === 22) return { hasDate: true, hasTime: true };
  return (id >= 18 && id <= 21) || (id >= 45 && id <= 47)
    ? { hasDate: false, hasTime: true }
    : undefined;
};

interface Workbook {
  strings: string[];
  formats: (DateFormat | undefined)[];
  is1904: boolean;
}

const readRows = (
  xml: string,
  { strings, formats, is1904 }: Workbook,
  addRow: (cells: Map<number, string>) => void,
): void => {
  let cells = new Map<number, string>();
  let column = -1;
  let type = "";
  let format: DateFormat | undefined;
  let value = "";
  let isValue = false;
  readMarkup(xml, {
    open: (name, attribute) => {
      if (name === "row") {
        cells = new Map();
        column = -1;
      } else if (name === "c") {
        column = columnOf(attribute("r")) ?? column + 1;
        type = attribute("t") ?? "n";
        format = formats[Number(attribute("s") ?? Number.NaN)];
        value = "";
      } else if (name === "v" || name === "t") isValue = true;
    },
    close: (name) => {
      if (name === "v" || name === "t") isValue = false;
      else if (name === "c") cells.set(column, cellText(value, type));
      else if (name === "row") addRow(cells);
    },
    text: (text) => {
      if (isValue) value += text;
    },
  });

  function cellText(value: string, type: string): string {
    if (value === "") return "";
    switch (type) {
      case "s":
        return strings[Number(value)] ?? "";
      case "b":
        return value === "1" ? "TRUE" : "FALSE";
      case "n":
        return format ? dateText(Number(value), format, is1904) : numberText(value);
      default:
        return value;
    }
  }
};

/** The column of a cell reference such as AB12, from 0. */
const columnOf = (reference = ""): number | undefined => {
  const [letters] = /^[A-Z]{1,3}(?=\d)/.exec(reference) ?? [];
  if (!letters) return undefined;
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
};

/** Binary fractions, such as 0.1 + 0.2, as Excel shows them: with 15 digits. */
const numberText = (value: string): string => {
  const number = Number(value);
  return Number.isFinite(number) ? String(Number(number.toPrecision(15))) : value;
};

const dayMs = 86_400_000;

/** A number of days as ISO 8601: since the end of 1899, with a February 29, 1900, or since 1904. */
const dateText = (days: number, { hasDate, hasTime }: DateFormat, is1904: boolean): string => {
  const shifted = is1904 ? days + 1_462 : days < 60 && days >= 1 ? days + 1 : days;
  const date = new Date(Math.round((shifted - 25_569) * 86_400) * 1_000);
  if (!Number.isFinite(days) || Number.isNaN(date.getTime()) || Math.abs(days) > 3e6)
    return String(days);
  const [day = "", time = ""] = date.toISOString().split("T");
  const clock = time.slice(0, 8);
  if (!hasDate && days < 1) return clock;
  if (!hasDate) return duration(days * dayMs);
  return hasTime || clock !== "00:00:00" ? `${day}T${clock}` : day;
};

/** Hours may exceed a day. */
const duration = (ms: number): string => {
  const seconds = Math.round(ms / 1_000);
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `${two(seconds / 3_600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
};
