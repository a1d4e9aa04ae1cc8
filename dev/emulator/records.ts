/* Records in a text that repeat: rows of tables, blocks of labels, lines of an invoice. */
import { type Labelled, type Line, labelWords } from "./labels";
import { type Reader, readerOfLines } from "./reader";
import { isRecord, type Schema } from "./request";
import { amountsIn, numbersIn } from "./values";

/** More records do not fit in a reply. */
export const maxRecords = 5_000;

/** A part of a text for each record, undefined if nothing repeats. @param names Properties of a record. */
export const recordsIn = (
  reader: Reader,
  names: readonly string[],
  item: Schema,
): Reader[] | undefined => {
  const wanted = names.map(labelWords);
  return (
    ofJson(reader) ??
    ofTable(reader, wanted) ??
    ofBlocks(reader, wanted) ??
    ofPricedLines(reader, item) ??
    ofBullets(reader)
  );
};

const fits = (words: ReadonlySet<string>, wanted: readonly ReadonlySet<string>[]): boolean =>
  wanted.some((own) => [...own].some((word) => words.has(word)));

const labelled = (label: string, value: string, { text, page }: Line, quote = text): Labelled => ({
  label,
  words: labelWords(label),
  value,
  quote,
  page,
  line: 0,
  isWhole: true,
});

/** A list of objects in JSON. */
const ofJson = (reader: Reader): Reader[] | undefined => {
  const text = reader.text();
  const start = text.indexOf("[{") >= 0 ? text.indexOf("[{") : text.search(/\[\s*\{/);
  if (start < 0) return undefined;
  try {
    const list: unknown = JSON.parse(text.slice(start, text.lastIndexOf("]") + 1));
    if (!Array.isArray(list)) return undefined;
    return list.filter(isRecord).map((record) => {
      const lines = Object.entries(record)
        .filter(([, value]) => value !== null && typeof value !== "object")
        .map(([name, value]) => ({ name, value: String(value), page: 0, text: String(value) }));
      return readerOfLines(
        lines,
        lines.map((line) => labelled(line.name, line.value, line)),
      );
    });
  } catch {
    return undefined;
  }
};

const separators = [/\s*\|\s*/, /\t+/, /\s*;\s*/, /\s*,\s*/, / {2,}/];

const cellsOf = (text: string, separator: RegExp): string[] =>
  text
    .replace(/^\||\|$/g, "")
    .trim()
    .split(separator)
    .map((cell) => cell.replace(/^"|"$/g, "").trim());

/** Rows under a line with the names of columns: CSV, TSV, Markdown or columns of text. */
const ofTable = (reader: Reader, wanted: readonly ReadonlySet<string>[]): Reader[] | undefined => {
  const { lines } = reader;
  for (const [at, { text }] of lines.slice(0, maxRecords).entries()) {
    const next = lines[at + 1];
    if (!next || text.length > 500) continue;
    for (const separator of separators) {
      const header = cellsOf(text, separator);
      if (header.length < 2 || header.some((cell) => /\d/.test(cell) || cell.length > 40)) continue;
      const matching = header.filter((cell) => fits(labelWords(cell), wanted)).length;
      if (matching < Math.min(2, wanted.length)) continue;
      const rows: Reader[] = [];
      for (const line of lines.slice(at + 1)) {
        if (/^[|\s:-]+$/.test(line.text)) continue;
        const cells = cellsOf(line.text, separator);
        if (cells.length !== header.length) break;
        const given = cells.flatMap((cell, column) =>
          cell === "" ? [] : labelled(header[column] ?? "", cell, line),
        );
        rows.push(readerOfLines([line], given));
      }
      if (rows.length > 0) return rows;
    }
  }
  return undefined;
};

/** Blocks that begin with the same label: "Name: Ann … Name: Ben …". */
const ofBlocks = (reader: Reader, wanted: readonly ReadonlySet<string>[]): Reader[] | undefined => {
  const starts = new Map<string, number[]>();
  for (const { label, words, line, isWhole } of reader.labels()) {
    if (!isWhole || !fits(words, wanted)) continue;
    const key = label.toLowerCase();
    const at = starts.get(key);
    if (!at) starts.set(key, [line]);
    else if (at.at(-1) !== line) at.push(line);
  }
  const [repeated] = [...starts.values()].filter((at) => at.length > 1);
  return repeated?.map((start, index) =>
    readerOfLines(reader.lines.slice(start, repeated[index + 1])),
  );
};

/** Lines that sum up, instead of naming an item. */
const isSum = (text: string): boolean =>
  /^\W*(sub)?-?(total|sum|net|gross|vat|tax|balance|amount|summe|gesamt|mwst|shipping|discount)\b/i.test(
    text,
  );

/** Items with a price: "200 paper clips, silver   EUR 18.50". */
const ofPricedLines = (reader: Reader, item: Schema): Reader[] | undefined => {
  if (!/price|amount|total|cost|quantity|qty/i.test(Object.keys(item.properties ?? {}).join(" "))) {
    return undefined;
  }
  const rows = reader.lines.flatMap((line) => {
    const { text } = line;
    const amount = amountsIn(text).at(-1);
    if (!amount || isSum(text) || text.length > 200) return [];
    const isAtEnd = text.length - (amount.index + amount.text.length) <= 5;
    const [count] = numbersIn(text);
    const isCounted = count?.index === 0 || /^\W*$/.test(text.slice(0, count?.index ?? 0));
    const start = isCounted && count ? count.index + count.text.length : 0;
    const name = text
      .slice(start, amount.index)
      .replace(/(?:\b[A-Z]{3}|[€$£])\s*$/, "")
      .replace(/^[\s.)x×*]+|[\s,:;|–-]+$/g, "");
    if (!isAtEnd || !/\p{L}{2}/u.test(name)) return [];
    const given = [
      ...["item", "description", "name", "text", "title"].map((label) =>
        labelled(label, name, line),
      ),
      ...["price", "total", "amount", "cost"].map((label) => labelled(label, amount.text, line)),
      ...(isCounted && count ? [labelled("quantity", count.text, line)] : []),
    ];
    return [readerOfLines([line], given)];
  });
  return rows.length > 0 ? rows : undefined;
};

const ofBullets = (reader: Reader): Reader[] | undefined => {
  const rows = reader.lines.filter(({ text }) => /^([-*•]|\d+[.)]) /.test(text));
  return rows.length > 1
    ? rows
        .slice(0, maxRecords)
        .map(({ text, page }) =>
          readerOfLines([{ text: text.replace(/^([-*•]|\d+[.)]) /, ""), page }]),
        )
    : undefined;
};
