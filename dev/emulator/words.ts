/* Words of texts and of names, in a form in which they can be compared. */

const smallWords = new Set(
  `a about after all also an and any are as at be been but by can could das dem den der did die do does
  ein eine einem einen einer eines else for from get got had has have he her here him his how i if in into
  ist it its me my not of on one or our out please should so some than that the their them then there
  these they this those to und us was we were what when where which who will with would you your`.split(
    /\s+/,
  ),
);

/** Words of a shop and its customers that belong together, each group under its first word. */
const groups = [
  "payment pay paid charge invoice bill billing refund money price cost fee receipt credit card amount debit",
  "bug error broken crash fail failure fault defect wrong work nothing button stuck freeze",
  "delivery deliver ship shipping shipment parcel package courier arrive arrived late came transit",
  "cancel cancellation quit terminate unsubscribe end",
  "account login password log sign user profile access",
  "question ask wonder information info help",
  "complaint complain angry unhappy disappointed terrible awful",
  "sales buy purchase order quote offer pricing demo",
  "weather temperature warm cold hot rain sun snow forecast degrees",
  "search find look lookup locate where fetch",
  "job application applicant career vacancy hire cv",
].map((line) => line.split(" "));

/** The words of a text or a name in lower case: `orderNumber` and `order_number` are two words. */
export const wordsOf = (text: string): string[] =>
  text
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [];

/** A word without its usual endings: `invoices`, `invoiced` and `invoicing` are the same. */
export const stem = (word: string): string => {
  if (word.length < 4) return word;
  const known = stems.get(word);
  if (known !== undefined) return known;
  if (stems.size >= maxStems) stems.clear();
  const found = withoutEnding(word);
  stems.set(word, found);
  return found;
};

/** Words of long texts repeat. */
const stems = new Map<string, string>();
const maxStems = 20_000;

const withoutEnding = (word: string): string => {
  const singular = word.replace(/ies$/, "y").replace(/(?<=[^su])s$/, "");
  const short = singular.replace(/(ing|ed)$/, "");
  return (short.length < 3 ? singular : short).replace(/(?<=.{3})e$/, "");
};

/** Whether a word says nothing about a subject, such as `the`. */
export const isSmallWord = (word: string): boolean => smallWords.has(word);

/** The stems of the words of a text that say something. */
export const stemsOf = (text: string): Set<string> =>
  new Set(
    wordsOf(text).flatMap((word) => (word.length < 2 || isSmallWord(word) ? [] : stem(word))),
  );

const groupOf = new Map(
  groups.flatMap((group) => group.map((word) => [stem(word), group[0] ?? ""])),
);

/** The group of related words that a stem is in. */
export const related = (stemmed: string): string | undefined => groupOf.get(stemmed);

const good = stemsOf(
  "good great excellent perfect happy love like nice quick early fast recommend thank well again best hold works fine friendly",
);
const bad = stemsOf(
  "bad broken bent empty late never wrong lost worst poor damaged missing terrible awful slow rude defect disappointed refund crash fail half",
);

/** Whether a text praises (positive) or complains (negative). */
export const moodOf = (text: string): number => {
  let mood = 0;
  for (const word of stemsOf(text)) mood += good.has(word) ? 1 : bad.has(word) ? -1 : 0;
  return mood;
};

/** The sentences of a text, without line breaks. */
export const sentencesOf = (text: string, count: number): string[] => {
  const found: string[] = [];
  for (const { 0: sentence } of text.matchAll(
    /[^.!?\n]*(?:[.!?](?!\s|$)[^.!?\n]*)*(?:[.!?]+|\n|$)/g,
  )) {
    const line = sentence.replace(/\s+/g, " ").trim();
    if (line) found.push(line);
    if (found.length === count) break;
  }
  return found;
};

/** The start of a text on one line. */
export const startOf = (text: string, length = 200): string => {
  const line = text
    .slice(0, 4 * length)
    .replace(/\s+/g, " ")
    .trim();
  return line.length > length ? `${line.slice(0, length - 1).trimEnd()}…` : line;
};
