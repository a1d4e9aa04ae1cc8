/* Kinds of personal data, and how each is found in a text. */
import { isIPv6 } from "node:net";

/** Where something is in a text. */
export interface Span {
  start: number;
  end: number;
}

/** Finds all data of a kind. The time is linear in the length of the text. */
export type Find = (text: string) => Span[];

/** @param pattern With bounded quantifiers: no text makes it slow. That of a builder has a time limit. */
export const matching =
  (pattern: RegExp, isValid: (text: string) => boolean = () => true, group = 0): Find =>
  (text) =>
    [...text.matchAll(pattern)].flatMap((match) => {
      const found = match[group] ?? "";
      const start = match.index + (group === 0 ? 0 : match[0].lastIndexOf(found));
      return found !== "" && isValid(found) ? [{ start, end: start + found.length }] : [];
    });

const digitsOf = (text: string): string => text.replace(/\D/g, "");

/** @see https://www.iso.org/standard/70346.html */
const passesLuhn = (digits: string): boolean => {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
};

/** @see https://www.iso.org/standard/81090.html */
const isIban = (text: string): boolean => {
  const compact = text.replace(/ /g, "");
  const moved = compact.slice(4) + compact.slice(0, 4);
  let rest = 0;
  for (const character of moved) {
    // A letter counts as a number of two digits, A as 10.
    for (const digit of String(Number.parseInt(character, 36))) rest = (rest * 10 + +digit) % 97;
  }
  return rest === 1;
};

/** The words after an IBAN may look like a part of it. */
const findIbans: Find = (text) =>
  matching(/(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{1,4}){3,8}(?![A-Z0-9])/g)(text).flatMap(
    ({ start, end }) => {
      for (let last = end; last - start >= 15; last--) {
        const candidate = text.slice(start, last);
        const isEnd = !/[A-Z0-9]/.test(text[last] ?? "") && !candidate.endsWith(" ");
        if (isEnd && isIban(candidate)) return [{ start, end: last }];
      }
      return [];
    },
  );

const dateForms = /^\(?(?:\d{4}([-./ ])\d{1,2}\1\d{1,2}|\d{1,2}([-./ ])\d{1,2}\2(?:\d{4}|\d{2}))\b/;

/** With a plus, a leading zero or an area code: other numbers are amounts, dates and IDs. */
const isPhone = (text: string): boolean => {
  const { length } = digitsOf(text);
  if (length < 7 || length > 15 || dateForms.test(text)) return false;
  return (
    /^(?:\+|\(?0)[\d(]/.test(text) || /^(?:1[ .-])?\(?[2-9]\d{2}\)?[ .-]\d{3}[ .-]\d{4}$/.test(text)
  );
};

const octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const ipv4 = new RegExp(`(?<![\\d.])(?:${octet}\\.){3}${octet}(?!\\.?\\d)`, "g");

const both =
  (...finds: Find[]): Find =>
  (text) =>
    finds.flatMap((find) => find(text));

/** Keys and tokens in their published forms, and values that are called password or key. */
const findSecrets = both(
  matching(
    /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]{1,20000}-----END [A-Z ]{0,40}PRIVATE KEY-----/g,
  ),
  matching(
    /(?<![\w-])(?:sk-[\w-]{20,400}|sk_live_\w{16,200}|gh[pousr]_\w{30,300}|github_pat_\w{40,200}|glpat-[\w-]{20,100}|xox[abeprs]-[\w-]{10,300}|AKIA[A-Z0-9]{16}|AIza[\w-]{35}|whsec_[\w+/=]{16,200}|npm_\w{36}|SG\.[\w-]{16,100}\.[\w-]{16,100})/g,
  ),
  matching(/(?<![\w-])eyJ[\w-]{10,4000}\.eyJ[\w-]{10,8000}\.[\w-]{10,2000}/g),
  matching(
    /(?<![\p{L}\p{N}])(?:password|passwd|passwort|pwd|secret|token|api[ _-]?key)["']?[ \t]{0,3}[:=][ \t]{0,3}["']?([^\s"',;]{6,500})/giu,
    undefined,
    1,
  ),
);

/** The kinds that can be chosen, in the order in which one of two overlapping finds is preferred. */
export const kinds = {
  secret: { placeholder: "SECRET", find: findSecrets },
  iban: { placeholder: "IBAN", find: findIbans },
  card: {
    placeholder: "CARD",
    find: matching(/(?<![\d.])[2-6]\d{3}(?:[ -]?\d){9,15}(?![ -]?\d)/g, (text) =>
      passesLuhn(digitsOf(text)),
    ),
  },
  ssn: {
    placeholder: "SSN",
    find: matching(/(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])/g),
  },
  email: {
    placeholder: "EMAIL",
    find: matching(
      /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,63}(?![\p{L}\p{N}])/gu,
    ),
  },
  phone: {
    placeholder: "PHONE",
    find: matching(
      /(?<![\p{L}\p{N}.])\+?\(?\d(?:(?: ?\(|\) ?|[ ./-])?\d){6,14}(?![\p{L}\p{N}])/gu,
      isPhone,
    ),
  },
  ip: {
    placeholder: "IP",
    find: both(
      matching(ipv4),
      matching(
        /(?<![\w:.])[\da-f]{0,4}(?::[\da-f]{0,4}){2,7}(?![\w:])/gi,
        (text) => isIPv6(text) && /[\da-f]{2}/i.test(text),
      ),
    ),
  },
} satisfies Record<string, { placeholder: string; find: Find }>;

export type Kind = keyof typeof kinds;

/** A text as a pattern that matches it. */
export const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

/** Scripts without spaces between words. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

const word = /[\p{L}\p{N}]+/gu;

const foldedWords = (text: string): string[] =>
  (text.match(word) ?? []).map((found) => found.toLowerCase());

/** Between two words of a name: white space, an apostrophe, a hyphen, an initial's dot. */
const maxBetween = 5;

/**
 * Finds names as whole words, in any case and with any punctuation between their words. They are
 * looked up by their first word: a pattern of all names would try each of them at each place.
 */
export const findNames = (names: readonly string[]): Find => {
  const inRuns = names.filter((name) => unspaced.test(name)).map(escaped);
  const byWord = new Map<string, string[][]>();
  for (const words of names.filter((name) => !unspaced.test(name)).map(foldedWords)) {
    const [first = ""] = words;
    const known = byWord.get(first);
    if (known) known.push(words);
    else byWord.set(first, [words]);
  }
  for (const known of byWord.values()) known.sort((a, b) => b.length - a.length);
  const findWords: Find = (text) => {
    const found = [...text.matchAll(word)].map(({ index: start, 0: { length } }) => ({
      start,
      end: start + length,
    }));
    const wordAt = (at: number) => text.slice(found[at]?.start, found[at]?.end).toLowerCase();
    const follows = (at: number) =>
      (found[at]?.start ?? Number.POSITIVE_INFINITY) - (found[at - 1]?.end ?? 0) <= maxBetween;
    const spans: Span[] = [];
    for (let at = 0; at < found.length; at++) {
      const name = byWord
        .get(wordAt(at))
        ?.find((words) =>
          words.every((part, index) =>
            index === 0 ? true : follows(at + index) && wordAt(at + index) === part,
          ),
        );
      if (!name) continue;
      const last = at + name.length - 1;
      spans.push({ start: found[at]?.start ?? 0, end: found[last]?.end ?? 0 });
      at = last;
    }
    return spans;
  };
  return inRuns.length > 0
    ? both(findWords, matching(new RegExp(inRuns.join("|"), "g")))
    : findWords;
};
