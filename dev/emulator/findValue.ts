/* The value of a property in a text, by its label or its form. */
import { bestLabel, type Found, hasAny, stems } from "./bestLabel";
import { findFlag, findOption, isSame, occurrences } from "./findChoice";
import type { Property } from "./property";
import type { Reader } from "./reader";
import {
  addressesIn,
  amountsIn,
  companiesIn,
  currenciesIn,
  datesIn,
  dateTimesIn,
  emailsIn,
  identifiersIn,
  numbersIn,
  peopleIn,
  phonesIn,
  placesIn,
  urlsIn,
  type Value,
} from "./values";
import { isSmallWord, moodOf, sentencesOf, stem, wordsOf } from "./words";

/** The value of a property, undefined if the text has none. */
export const findValue = (property: Property, reader: Reader): Found | undefined => {
  if (property.options) return findOption(property, reader);
  if (property.type === "boolean") return findFlag(property, reader);
  return byLabel(property, reader) ?? byNearWords(property, reader) ?? byForm(property, reader);
};

/** All values of a property that is a list. */
export const findValues = (property: Property, reader: Reader): Found[] => {
  const labelled = bestLabel(property, reader, () => true);
  const one = (text: string) => typed(property, text);
  if (labelled) {
    const parts = labelled.value.split(/[,;|]\s*|\s+(?:and|und|&)\s+/);
    return parts.flatMap((part) => {
      const value = property.options
        ? property.options.find((option) => isSame(option, part))
        : one(part);
      return value === undefined ? [] : [{ value, quote: labelled.quote, page: labelled.page }];
    });
  }
  const readers = readersOf(property);
  const isByForm = property.options !== undefined || readers.isSpecific;
  if (!isByForm) return [];
  const seen = new Set<unknown>();
  return reader.lines.flatMap(({ text, page }) => {
    const values: Value<unknown>[] = property.options
      ? property.options.flatMap((option) => occurrences(option, text).slice(0, 1))
      : readers.read(text);
    return values.flatMap(({ value, text: quote }) => {
      if (seen.has(value)) return [];
      seen.add(value);
      return [{ value, quote, page }];
    });
  });
};

/** How values of a property are read from a text. */
const readersOf = (
  property: Property,
): { read(text: string): Value<unknown>[]; isSpecific: boolean } => {
  const { type, format, own } = property;
  const specific = (read: (text: string) => Value<unknown>[]) => ({ read, isSpecific: true });
  if (type === "number") return { read: moneyFirst, isSpecific: false };
  if (type === "integer") {
    const read = (text: string) => numbersIn(text).filter(({ value }) => Number.isInteger(value));
    return { read, isSpecific: false };
  }
  if (format === "date-time") return specific(dateTimesIn);
  if (format === "date" || (hasAny(own, "date") && type === "string")) return specific(datesIn);
  if (format === "email" || hasAny(own, "email")) return specific(emailsIn);
  if (format === "uri" || hasAny(own, "url", "website", "link")) return specific(urlsIn);
  if (hasAny(own, "phone")) return specific(phonesIn);
  if (hasAny(own, "currency")) return specific(currenciesIn);
  const whole = (text: string) => {
    const value = text.replace(/[.\s]+$/, "");
    return value === "" ? [] : [{ value, text: value, index: 0 }];
  };
  if (!hasAny(own, "number")) return { read: whole, isSpecific: false };
  return { read: (text) => identifiersIn(text), isSpecific: false };
};

const moneyFirst = (text: string): Value<number>[] => {
  const amounts = amountsIn(text);
  return amounts.length > 0 ? amounts : numbersIn(text);
};

const typed = (property: Property, text: string): unknown =>
  readersOf(property).read(text)[0]?.value;

const byLabel = (property: Property, reader: Reader): Found | undefined => {
  const labelled = bestLabel(property, reader, (value) => typed(property, value) !== undefined);
  if (!labelled) return undefined;
  const { quote, page, value } = labelled;
  return { value: typed(property, value), quote, page };
};

/** A date or a number in a line with the words of the property: "payable by November 30, 2026". */
const byNearWords = (property: Property, reader: Reader): Found | undefined => {
  const { read, isSpecific } = readersOf(property);
  const isNumber = property.type === "number" || property.type === "integer";
  if (!isSpecific && !isNumber) return undefined;
  const wanted = [...property.required];
  const words = reader.lineWords();
  for (const [index, { text, page }] of reader.lines.entries()) {
    if (!wanted.every((word) => words[index]?.has(word))) continue;
    const lower = text.toLowerCase();
    const at = Math.max(...wanted.map((word) => lower.indexOf(word)));
    const values = read(text);
    const found = values.find((value) => value.index >= at) ?? values.at(-1);
    if (found) return { value: found.value, quote: text, page };
  }
  return undefined;
};

const first = (reader: Reader, read: (text: string) => Value<unknown>[]): Found | undefined => {
  for (const { text, page } of reader.lines) {
    const [found] = read(text);
    if (found) return { value: found.value, quote: found.text, page };
  }
  return undefined;
};

/** A value that is recognized without a label. */
const byForm = (property: Property, reader: Reader): Found | undefined => {
  const { own, required, type, format, range } = property;
  const says = (...words: string[]) => hasAny(own, ...words);
  const isGeneral = [...required].every((word) => own.has(word)) && own.size === required.size;
  if (type === "number" || type === "integer") {
    if (says("confidence")) return { value: 0.9, quote: "", page: 0 };
    if (says("rating", "score", "stars", "sentiment")) {
      const mood = Math.sign(moodOf(reader.text()));
      const value = range.min + (range.max - range.min) * (0.5 + mood / 4);
      return { value: Math.round(value), quote: "", page: 0 };
    }
    return says("total", "price", "cost") && type === "number" ? onlyAmount(reader) : undefined;
  }
  const { read, isSpecific } = readersOf(property);
  const isDate = format === "date" || format === "date-time" || hasAny(own, "date");
  // A due date is not any date, but any e-mail address may be the sender's.
  if (isSpecific && (!isDate || isGeneral)) {
    const isOther = isDate && [...required].some((word) => !stems("date", "time").includes(word));
    return isOther ? undefined : first(reader, read);
  }
  if (says("address")) return first(reader, addressesIn);
  if (says("city", "place", "location", "destination")) return first(reader, placesIn);
  if (says("supplier", "company", "employer")) return first(reader, companiesIn);
  if (says("customer")) return first(reader, customersIn);
  if (says("topic", "category", "keyword", "theme")) return mainWord(reader);
  if (says("summary", "gist", "description", "reason", "comment", "note", "message", "text")) {
    const sentences = sentencesOf(reader.text().slice(0, 2_000), 5);
    // Not a greeting.
    const sentence = sentences.find((one) => one.split(" ").length > 3) ?? sentences[0];
    return sentence === undefined ? undefined : { value: sentence, quote: sentence, page: 0 };
  }
  if (says("subject", "title", "headline")) {
    const [line] = reader.lines;
    return line && { value: line.text, quote: line.text, page: line.page };
  }
  if (hasAny(own, "number") && isGeneral) return mainIdentifier(reader);
  if (says("name", "person", "contact", "author", "sender") && isGeneral)
    return first(reader, peopleIn);
  return undefined;
};

const onlyAmount = (reader: Reader): Found | undefined => {
  const amounts = reader.lines
    .slice(0, 50)
    .flatMap(({ text, page }) => amountsIn(text).map((amount) => ({ ...amount, page })));
  const [amount] = amounts;
  return amount && amounts.length === 1
    ? { value: amount.value, quote: amount.text, page: amount.page }
    : undefined;
};

const customersIn = (text: string): Value<string>[] =>
  [...text.matchAll(/\b(?:for|to) (\p{Lu}[\p{L}&.-]*(?: \p{Lu}[\p{L}&-]*){0,3})/gu)].map(
    ({ 0: quote, 1: name = "", index }) => ({ value: name.replace(/\.$/, ""), text: quote, index }),
  );

/** The first label whose value is an identifier, as in "Invoice 1042". */
const mainIdentifier = (reader: Reader): Found | undefined => {
  const found = reader
    .labels()
    .find(
      ({ value, words }) =>
        /^(?=.*\d)[\w/-]+$/.test(value) && datesIn(value).length === 0 && !words.has("phone"),
    );
  return found && { value: found.value, quote: found.quote, page: found.page };
};

/** The word that a text is about: the most frequent one, the longest of several. */
const mainWord = (reader: Reader): Found | undefined => {
  const counts = new Map<string, { word: string; count: number }>();
  for (const word of wordsOf(reader.text().slice(0, 20_000))) {
    if (word.length < 4 || isSmallWord(word) || /\d/.test(word)) continue;
    const known = counts.get(stem(word)) ?? { word, count: 0 };
    counts.set(stem(word), { word: known.word, count: known.count + 1 });
  }
  const [top] = [...counts.values()].sort(
    (a, b) => b.count - a.count || b.word.length - a.word.length,
  );
  return top && { value: top.word, quote: top.word, page: 0 };
};
