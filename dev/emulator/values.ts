/* Values in texts: dates, amounts, addresses. Each is found with the passage that it is read from. */

export interface Value<T> {
  value: T;
  /** As it is in the text. */
  text: string;
  index: number;
}

const languages = ["en", "de", "fr", "es"];

/** Month numbers by their names, in several languages. */
const months = new Map<string, number>(
  languages.flatMap((language) =>
    (["long", "short"] as const).flatMap((month) => {
      const format = new Intl.DateTimeFormat(language, { month, timeZone: "UTC" });
      return Array.from({ length: 12 }, (_, index): [string, number] => {
        const name = format
          .format(Date.UTC(2026, index, 15))
          .toLowerCase()
          .replace(/\.$/, "");
        return [name, index + 1];
      });
    }),
  ),
);

const monthName = [...months.keys()].sort((a, b) => b.length - a.length).join("|");

const datePatterns: [RegExp, (groups: string[]) => (number | undefined)[]][] = [
  [
    /\b(\d{4})-(\d\d)-(\d\d)\b/g,
    ([year, month, day]) => [Number(year), Number(month), Number(day)],
  ],
  [
    /\b(\d{1,2})[.](\d{1,2})[.](\d{4})\b/g,
    ([day, month, year]) => [Number(year), Number(month), Number(day)],
  ],
  [
    /\b(\d{1,2})[/-](\d{1,2})[/-](\d{4})\b/g,
    ([first, second, year]) =>
      Number(first) > 12
        ? [Number(year), Number(second), Number(first)]
        : [Number(year), Number(first), Number(second)],
  ],
  [
    new RegExp(
      `\\b(\\d{1,2})(?:st|nd|rd|th|\\.)? (?:of |de )?(${monthName})\\.?,? (\\d{4})\\b`,
      "gi",
    ),
    ([day, month = "", year]) => [Number(year), months.get(month.toLowerCase()), Number(day)],
  ],
  [
    new RegExp(`\\b(${monthName})\\.? (\\d{1,2})(?:st|nd|rd|th)?,? (\\d{4})\\b`, "gi"),
    ([month = "", day, year]) => [Number(year), months.get(month.toLowerCase()), Number(day)],
  ],
];

/** The dates in a text, as ISO 8601. */
export const datesIn = (text: string): Value<string>[] =>
  (/\d{4}/.test(text) ? datePatterns : [])
    .flatMap(([pattern, read]) =>
      [...text.matchAll(pattern)].flatMap(({ 0: found, index, ...groups }) => {
        const [year = 0, month = 0, day = 0] = read([groups[1], groups[2], groups[3]].map(String));
        if (month < 1 || month > 12 || day < 1 || day > 31) return [];
        const value = [year, String(month).padStart(2, "0"), String(day).padStart(2, "0")].join(
          "-",
        );
        return [{ value, text: found, index }];
      }),
    )
    .sort((a, b) => a.index - b.index);

const timeIn = (text: string): string | undefined => {
  const [, hours, minutes, seconds = "00"] = /\b(\d{1,2}):(\d\d)(?::(\d\d))?\b/.exec(text) ?? [];
  return hours && minutes ? `${hours.padStart(2, "0")}:${minutes}:${seconds}Z` : undefined;
};

/** The dates in a text with their times, midnight if they have none. */
export const dateTimesIn = (text: string): Value<string>[] =>
  datesIn(text).map(({ value, index, text: date }) => {
    const after = text.slice(index, index + date.length + 20);
    return {
      value: `${value}T${timeIn(after.slice(date.length)) ?? "00:00:00Z"}`,
      text: after.trim(),
      index,
    };
  });

/** The numbers in a text, dates and parts of identifiers excepted. */
export const numbersIn = (text: string): Value<number>[] => {
  if (!digit.test(text)) return [];
  const dates = datesIn(text);
  const isInDate = (index: number) =>
    dates.some((date) => index >= date.index && index < date.index + date.text.length);
  return [
    ...text.matchAll(/(?<![\p{L}\d.,/_-])[-−]?\d+(?:[.,'’]\d+)*(?![\p{L}\d]|[.,]\d|[-/_]\w)/gu),
  ].flatMap(({ 0: found, index }) =>
    isInDate(index) ? [] : [{ value: toNumber(found), text: found, index }],
  );
};

/** A number in any notation: 1,234.50 and 1.234,50 and 1'234.50. */
const toNumber = (text: string): number => {
  const plain = text.replace(/['’]/g, "").replace("−", "-");
  const last = Math.max(plain.lastIndexOf("."), plain.lastIndexOf(","));
  if (last < 0) return Number(plain);
  const decimals = plain.length - last - 1;
  const marks = plain.match(/[.,]/g)?.length ?? 0;
  const isOneKind = new Set(plain.match(/[.,]/g)).size === 1;
  // Three digits after a comma, or after each of several marks, are thousands.
  const isThousands = isOneKind && decimals === 3 && (marks > 1 || plain[last] === ",");
  if (isThousands) return Number(plain.replace(/[.,]/g, ""));
  return Number(`${plain.slice(0, last).replace(/[.,]/g, "")}.${plain.slice(last + 1)}`);
};

const symbols: Record<string, string> = { "€": "EUR", $: "USD", "£": "GBP", "¥": "JPY" };
const codes = ["EUR", "USD", "GBP", "CHF", "JPY", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN"];

const currency = new RegExp(`\\b(?:${codes.join("|")})\\b|[€$£¥]`, "g");

/** The currencies in a text, as codes. */
export const currenciesIn = (text: string): Value<string>[] =>
  [...text.matchAll(currency)].map(({ 0: found, index }) => ({
    value: symbols[found] ?? found,
    text: found,
    index,
  }));

/** The amounts of money in a text: numbers next to a currency. */
export const amountsIn = (text: string): Value<number>[] => {
  const currencies = currenciesIn(text);
  return numbersIn(text).filter(({ index, text: digits }) =>
    currencies.some((currency) => {
      const before = index - (currency.index + currency.text.length);
      const after = currency.index - (index + digits.length);
      return (before >= 0 && before <= 1) || (after >= 0 && after <= 1);
    }),
  );
};

const digit = /\d/;
const capital = /\p{Lu}/u;

/** All that match a pattern. Most lines do not have what it needs, which is faster to see. */
const all =
  (needs: RegExp, pattern: RegExp) =>
  (text: string): Value<string>[] =>
    needs.test(text)
      ? [...text.matchAll(pattern)].map(({ 0: found, index }) => ({
          value: found.trim(),
          text: found.trim(),
          index,
        }))
      : [];

/** E-mail addresses. */
export const emailsIn = all(/@/, /(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}\b/g);
/** URLs of web pages. */
export const urlsIn = all(/:\/\//, /\bhttps?:\/\/[^\s<>"')\]]+[^\s<>"')\].,;!?]/g);
/** Phone numbers, of at least two groups of digits. */
export const phonesIn = all(
  digit,
  /(?<![\w.-])(?:\+\d{1,3}[ ./-]?)?(?:\(\d{1,5}\)|\d{2,5})(?:[ ./-]\d{2,8}){1,4}\b(?![.-]\d)/g,
);
/** Identifiers such as 1042, A-1042 and INV/2026-7. */
export const identifiersIn = all(
  digit,
  /(?<![\w.,@/-])(?=[\w/-]{0,30}\d)[\w/-]{1,40}(?![\w/@-]|[.,]\d)/g,
);

const street = String.raw`(?:\p{Lu}[\p{L}.-]* )?\p{Lu}[\p{L}.-]*(?:strasse|straße|str\.|weg|platz|allee|gasse) \d+\w?`;
const streetEnglish = String.raw`\d+\w? (?:\p{Lu}[\p{L}.-]* ){1,3}(?:Street|St\.?|Road|Rd\.?|Avenue|Ave\.?|Lane|Drive|Way|Boulevard|Square)`;
const place = String.raw`(?:, ?(?:\d{4,5} )?\p{Lu}[\p{L}.-]*(?: \p{Lu}[\p{L}.-]*)*(?: \d{5})?){0,2}`;

/** Streets with a number, and the place after them. */
export const addressesIn = all(digit, new RegExp(`(?:${street}|${streetEnglish})${place}`, "gu"));

/** Names after a word that leads to a place, such as Bonn in "warm is it in Bonn". */
export const placesIn = (text: string): Value<string>[] =>
  !capital.test(text)
    ? []
    : [
        ...text.matchAll(
          /\b(?:in|from|to|at|near|for) (\p{Lu}[\p{L}.-]+(?: \p{Lu}[\p{L}-]+){0,2}(?:, [A-Z]{2}\b)?)/gu,
        ),
      ].map(({ 1: found = "", index, 0: whole }) => ({
        value: found.replace(/[.]$/, ""),
        text: found.replace(/[.]$/, ""),
        index: index + whole.length - found.length,
      }));

const withLegalForm = all(
  capital,
  /(?:\p{Lu}[\p{L}&.-]* ){1,4}(?:Inc|LLC|Ltd|GmbH|AG|Corp|Works|Company|Co|Group|SE|BV|SA|Shop|Store)\b\.?/gu,
);

/** Names of companies: with a legal form, or in front of an address. */
export const companiesIn = (text: string): Value<string>[] => [
  ...withLegalForm(text),
  ...addressesIn(text).flatMap(({ index }) => {
    const before =
      text
        .slice(Math.max(0, index - 80), index)
        .split("\n")
        .at(-1) ?? "";
    const name = before.replace(/[,\s]+$/, "").trim();
    return /^\p{Lu}/u.test(name) ? [{ value: name, text: name, index: index - before.length }] : [];
  }),
];

/** Names of people: two or three capitalized words. */
export const peopleIn = all(
  capital,
  /(?<![.!?]\s|\p{L})\p{Lu}\p{Ll}+(?: \p{Lu}\p{Ll}*\.?){0,1} \p{Lu}\p{Ll}+(?:-\p{Lu}\p{Ll}+)?\b/gu,
);
