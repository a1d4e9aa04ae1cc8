/* Labels and their values in texts, such as "Invoice number: 1042" and "Total   118.50 EUR". */
import { isSmallWord, stem, wordsOf } from "./words";

/** A text of a request, and the page of its document. */
export interface Passage {
  text: string;
  /** From 1, 0 without pages. */
  page: number;
}

export interface Line {
  text: string;
  page: number;
}

/** A label and its value. */
export interface Labelled {
  label: string;
  words: ReadonlySet<string>;
  value: string;
  /** The passage that has both, as it is in the text. */
  quote: string;
  page: number;
  /** Index of the line. */
  line: number;
  /** Whether the line is only this label and its value. */
  isWhole: boolean;
}

const maxLine = 400;
const maxQuote = 200;

/** The lines of texts, long ones by sentence. */
export const linesOf = (passages: readonly Passage[]): Line[] =>
  passages.flatMap(({ text, page }) =>
    text.split("\n").flatMap((raw) => {
      const line = raw.trim();
      if (line === "") return [];
      const parts = line.length > maxLine ? line.split(/(?<=[.!?;]) +/) : [line];
      return parts.flatMap((part) => inParts(part).map((text) => ({ text, page })));
    }),
  );

/** A text without sentences is split anywhere: patterns are slow on very long lines. */
const inParts = (text: string): string[] =>
  text.length > 4 * maxLine ? (text.match(/[\s\S]{1,1500}/gu) ?? []) : [text];

/** Words of labels that mean the same, under the first of them. */
const synonyms = new Map(
  [
    "number no nr num id ref reference code",
    "total sum amount gesamt summe betrag",
    "supplier vendor shop seller merchant store company firm",
    "customer client buyer recipient",
    "phone tel telephone mobile cell telefon",
    "email mail",
    "due deadline",
    "quantity qty count pieces units",
    "item article product position",
    "vat tax mwst",
    "date datum day",
    "name",
    "invoice rechnung bill",
    "order bestellung",
    "city town",
    "zip postal postcode plz",
  ].flatMap((line) => line.split(" ").map((word, _, [first = ""]) => [stem(word), stem(first)])),
);

const plain = (text: string): string =>
  /#|e-mail/i.test(text) ? text.replace(/\be-mail\b/gi, "email").replaceAll("#", " number ") : text;

/** The words of a label or a property in the form in which they are compared. */
export const labelWords = (text: string): Set<string> =>
  new Set(
    wordsOf(plain(text))
      .filter((word) => !isSmallWord(word) || word === "no")
      .map((word) => synonyms.get(stem(word)) ?? stem(word)),
  );

/** `Label: value`, at the start of a line. Markers of lists and quotation marks may be around. */
const withColon =
  /^[-*•|>\s]*["'*_]*(\p{L}[\p{L}\p{N} ._/#&()'-]{0,48}?)["'*_]*\s?[:=|]\s*(\S.*)$/u;
/** The next of several on one line: `Name: Ann, Age: 31`. */
const nextOnLine = /[,;|.]\s+(?=["']?\p{L}[\p{L} ._-]{0,30}["']?\s?[:=]\s)/u;
/** `Label   value` of a table. */
const withSpace = /^(\p{L}[\p{L} .,/#&()'-]{0,48}?)(?:\t| {2,})\s*(\S.*)$/u;
/** `Total EUR 118.50`, with the amount at the end of the line. */
const withAmount =
  /^(\p{L}[\p{L} ./#&()'-]{0,48}?) ((?:(?:[A-Z]{3}|[€$£]) ?)?[-−]?\d[\d.,'’]*(?: ?(?:[A-Z]{3}|[€$£%]))?)$/u;
/** `order A-1042` in a sentence. */
const withIdentifier =
  /(?<!\p{L})(\p{L}{2,}(?: (?:no\.?|number|nr\.?|id))?)(?:\s+#?|:?\s*#)((?:[A-Z]{1,8}[-/]?)?\d[\w/-]*)(?!\w|[.,]\d)/giu;
/** `the total is 5 EUR` in a sentence. */
const withVerb =
  /(?<!\p{L})((?:\p{L}+ ){0,2}\p{L}{2,}) (?:is|are|was|were|comes to|amounts to|lautet|ist) ([^.;!?\n]{1,80}(?:\.\d[^.;!?\n]{0,20})?)/giu;

const cleaned = (value: string): string =>
  value
    .trim()
    .replace(/^["'*_`]+|["'*_`]+,?$|[,;|]+$/g, "")
    .trim();

/** The labels of lines with their values, in order. */
export const labelsIn = (lines: readonly Line[]): Labelled[] => {
  const found: Labelled[] = [];
  for (const [line, { text, page }] of lines.entries()) {
    const add = (label: string, given: string, quote: string, isWhole: boolean) => {
      const value = cleaned(given);
      const words = labelWords(label);
      if (value === "" || words.size === 0 || words.size > 6) return;
      const short = quote.length > maxQuote ? quote.slice(0, maxQuote) : quote;
      found.push({ label: label.trim(), words, value, quote: short, page, line, isWhole });
    };
    if (text.length > 4 * maxLine) continue;
    const parts = /[:=]/.test(text) ? text.split(nextOnLine) : [text];
    const before = found.length;
    for (const part of parts) {
      const [whole, label, value] =
        withColon.exec(part) ?? withSpace.exec(part) ?? withAmount.exec(part) ?? [];
      if (!whole || !label || !value || value.startsWith("//")) continue;
      add(label, value, whole.trim(), true);
      // "Bolt Ltd: industry: steel"
      const [inner, innerLabel, innerValue] = withColon.exec(value) ?? [];
      if (inner && innerLabel && innerValue) add(innerLabel, innerValue, inner.trim(), false);
    }
    if (found.length > before && parts.length > 1) continue;
    for (const { 0: whole, 1: label = "", 2: value = "" } of text.matchAll(withIdentifier)) {
      add(label, value, whole, false);
    }
    for (const { 0: whole, 1: label = "", 2: value = "" } of text.matchAll(withVerb)) {
      add(label, value, whole.trim(), false);
    }
  }
  return found;
};
