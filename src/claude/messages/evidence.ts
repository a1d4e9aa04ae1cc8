import type { ContentBlockParam, MessageParam } from "@anthropic-ai/sdk/resources/messages";
import { isRecord } from "../../client/values";

/** Where a value of a record comes from. */
export interface Evidence {
  /** The passage, as Claude copied it. Empty if it gave none. */
  quote: string;
  /** From 1, null without pages. */
  page: number | null;
  /**
   * How the passage and the value are found in the text that was sent: as they are, in another form,
   * or not. Null if that cannot be checked: the passage may be in an image or in a PDF.
   */
  found: "exact" | "close" | "no" | null;
}

/** By the path of the value, such as `total` or `lines[0].amount`. */
export type EvidenceByPath = Record<string, Evidence>;

/** JSON Schema of the evidence that Claude gives in addition to the records. */
export const evidenceSchema = (isList: boolean) => {
  const properties = {
    ...(isList ? { record: { type: "integer", description: "Number of the record, from 1" } } : {}),
    field: {
      type: "string",
      description: "Name of the field, or its path, such as lines[0].amount",
    },
    quote: {
      type: "string",
      description: "The shortest passage that contains the value, copied exactly",
    },
    page: { type: "integer", description: "Page of the file, from 1. 0 if it has no pages" },
  };
  return {
    type: "array",
    description: "For each value: the passage that it comes from",
    items: {
      type: "object",
      properties,
      required: Object.keys(properties),
      additionalProperties: false,
    },
  };
};

/** The text that was sent, and whether it is all that was sent. */
export interface SentText {
  text: string;
  /** False if there are images, PDFs or files that only Claude has read. */
  isAll: boolean;
}

/** The text of what was sent, to check quotes. */
export const sentText = (messages: readonly MessageParam[]): SentText => {
  const texts: string[] = [];
  let isAll = true;
  const visit = (content: string | readonly ContentBlockParam[]): void => {
    if (typeof content === "string") {
      texts.push(content);
      return;
    }
    for (const block of content) {
      if (block.type === "text") texts.push(block.text);
      else if (block.type === "document" && block.source.type === "text") {
        texts.push(block.source.data);
      } else if (block.type === "document" && block.source.type === "content") {
        visit(block.source.content as string | ContentBlockParam[]);
      } else isAll = false;
    }
  };
  for (const { role, content } of messages) if (role === "user") visit(content);
  return { text: texts.join("\n\n"), isAll };
};

/**
 * Checks the evidence that Claude gave for a record.
 *
 * @param claims As evidenceSchema has them, those of this record.
 * @param names The given name of each property that is sent under another.
 * @returns The evidence of each value, and the paths of those that are not found.
 */
export const checkEvidence = (
  record: unknown,
  claims: unknown,
  search: TextSearch,
  names: Record<string, string> = {},
): { evidence: EvidenceByPath; notFound: string[] } => {
  const byPath = new Map<string, { quote: string; page: number | null }>();
  const given = (name: string) => (Object.hasOwn(names, name) ? (names[name] as string) : name);
  // A name may read like a path, so names come first.
  for (const read of [given, (path: string) => normalPath(path).replace(/[^.[\]]+/g, given)]) {
    for (const claim of Array.isArray(claims) ? claims : []) {
      if (!isRecord(claim) || typeof claim.quote !== "string") continue;
      const { quote } = claim;
      const page =
        Number.isInteger(claim.page) && Number(claim.page) > 0 ? Number(claim.page) : null;
      const path = read(String(claim.field));
      if (!byPath.has(path)) byPath.set(path, { quote, page });
    }
  }
  const evidence: EvidenceByPath = {};
  for (const [path, value] of leavesOf(record)) {
    const claim = claimFor(path, byPath) ?? { quote: "", page: null };
    const found = search(claim.quote, value);
    evidence[path] = { ...claim, found };
  }
  const notFound = Object.keys(evidence).filter((path) => evidence[path]?.found === "no");
  return { evidence, notFound };
};

/** The evidence of a value, or of what contains it. */
const claimFor = <T>(path: string, byPath: ReadonlyMap<string, T>): T | undefined => {
  for (let end = path.length; end > 0; ) {
    const claim = byPath.get(path.slice(0, end));
    if (claim) return claim;
    end = Math.max(path.lastIndexOf(".", end - 1), path.lastIndexOf("[", end - 1));
  }
  return undefined;
};

/** A path in the form of this file: Claude may write `record.lines.0.amount`. */
const normalPath = (path: string): string =>
  path
    .trim()
    .replace(/^\$?\.?(records?(\.\d+|\[\d+\])?\.)?/, "")
    .replace(/\.(\d+)(?=\.|\[|$)/g, "[$1]");

/** The values of a record by path, without those that are empty. A list of values is one value. */
const leavesOf = (value: unknown, path = ""): [string, unknown][] => {
  if (value === null || value === undefined || value === "") return [];
  if (Array.isArray(value)) {
    if (value.length === 0) return [];
    if (!value.some((entry) => typeof entry === "object" && entry !== null)) return [[path, value]];
    return value.flatMap((entry, index) => leavesOf(entry, `${path}[${index}]`));
  }
  if (isRecord(value)) {
    return Object.entries(value).flatMap(([name, member]) =>
      leavesOf(member, path ? `${path}.${name}` : name),
    );
  }
  return [[path, value]];
};

/** How a quote, and the value in it, are found. */
export type TextSearch = (quote: string, value: unknown) => Evidence["found"];

export const textSearch = ({ text, isAll }: SentText): TextSearch => {
  const unknown = isAll ? "no" : null;
  let loose: string | undefined;
  return (quote, value) => {
    const given = quote.trim();
    if (given === "") return unknown;
    const isVerbatim = text.includes(given);
    if (!isVerbatim) {
      // A hyphen at the end of a line may be part of the word or not.
      loose ??= ` ${loosened(text)} \n ${loosened(text.replace(/-\s*\n\s*/g, ""))} `;
      const wanted = loosened(given);
      if (wanted === "" || !loose.includes(` ${wanted} `)) return unknown;
    }
    const support = [value].flat().map((one) => supportOf(one, given));
    if (support.includes("no")) return "no";
    return isVerbatim && !support.includes("close") ? "exact" : "close";
  };
};

/** Letters and digits only: line breaks, quotation marks and dashes differ between copies. */
const loosened = (text: string): string =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\u00ad/g, "")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

/** Whether a value is in its quote: as it is, in another form, or not. Choices and flags may be anywhere. */
const supportOf = (value: unknown, quote: string): "exact" | "close" | "no" => {
  if (typeof value === "boolean") return "exact";
  if (typeof value === "number") {
    if (new RegExp(`(^|[^\\d.,])${String(value).replace(".", "\\.")}(?![.,]?\\d)`).test(quote)) {
      return "exact";
    }
    return numbersIn(quote).some((number) => isSame(number, value)) ? "close" : "no";
  }
  const text = String(value);
  if (quote.includes(text)) return "exact";
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)(?:T|$)/.exec(text) ?? [];
  if (year && month && day) return hasDate(quote, year, month, day) ? "close" : "no";
  // Claude may write a text in other words, but not the digits of a number in it.
  const digits = text.match(/\d+/g)?.join("") ?? "";
  return (quote.match(/\d+/g)?.join("") ?? "").includes(digits) ? "close" : "no";
};

const isSame = (a: number, b: number): boolean =>
  Math.abs(Math.abs(a) - Math.abs(b)) <= 1e-9 * Math.max(1, Math.abs(b));

/** The numbers in a text, in each way that a point or a comma can be read, and percentages as parts too. */
const numbersIn = (text: string): number[] =>
  [...text.matchAll(/\d(?:[\d.,'’\u00a0\u202f ]*\d)?/g)].flatMap(({ 0: token, index }) => {
    // A space separates thousands, or two numbers.
    const readings = [token.replace(/\s/g, ""), ...token.split(/\s+/)].flatMap((part) => {
      const plain = part.replace(/['’]/g, "");
      return [plain.replace(/,/g, ""), plain.replace(/\./g, "").replace(",", ".")].map(Number);
    });
    const isPercentage = /^\s*%/.test(text.slice(index + token.length));
    return isPercentage ? [...readings, ...readings.map((number) => number / 100)] : readings;
  });

/** Languages in which the names of months are known. */
const languages = ["en", "de", "fr", "es", "it", "nl", "pt"];

const monthNames = (month: string): string[] =>
  languages.flatMap((language) =>
    (["long", "short"] as const).map((form) =>
      new Intl.DateTimeFormat(language, { month: form, timeZone: "UTC" })
        .format(new Date(`2026-${month}-15T00:00:00Z`))
        .toLowerCase()
        .replace(/\.$/, ""),
    ),
  );

/** Whether a text has a day and a month, and no year or the same. */
const hasDate = (text: string, year: string, month: string, day: string): boolean => {
  const numbers = (text.match(/\d+/g) ?? []).map((digits) =>
    digits.length === 8 ? digits : digits.replace(/^0+(?=\d)/, ""),
  );
  if (numbers.includes(`${year}${month}${day}`)) return true;
  const take = (number: string): boolean => {
    const at = numbers.indexOf(number);
    if (at >= 0) numbers.splice(at, 1);
    return at >= 0;
  };
  const years = numbers.filter((digits) => digits.length === 4);
  if (years.length > 0 && !take(year)) return false;
  const words = loosened(text).split(" ");
  const hasName = monthNames(month).some((name) => words.includes(name));
  return take(String(Number(day))) && (hasName || take(String(Number(month))));
};

/** The claims of one record of a list. */
export const claimsOf = (claims: unknown, record: number): unknown =>
  Array.isArray(claims) ? claims.filter((claim) => isRecord(claim) && claim.record === record) : [];
