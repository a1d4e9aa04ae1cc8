/* Rules for a text that need no model. */
import { withTimeLimit } from "../messages/withTimeLimit";
import { kinds } from "../privacy/kinds";

/** A passage that breaks a rule, and why. */
export interface Fault {
  quote: string;
  why: string;
}

/** Shows enough of a key to find it, and not the key. */
const shownLength = 4;

const findSecrets = (text: string): Fault[] =>
  kinds.secret.find(text).map(({ start, end }) => ({
    quote: `${text.slice(start, Math.min(start + shownLength, end))}…`,
    why: "It looks like a key, a token or a password.",
  }));

/** @param validate What is wrong with a value, if there is a schema. */
const checkJson = (text: string, validate?: (value: unknown) => string | undefined): Fault[] => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [{ quote: "", why: "The text is not valid JSON." }];
  }
  const fault = validate?.(value);
  return fault ? [{ quote: "", why: `The JSON does not match: ${fault}.` }] : [];
};

/**
 * Links as browsers read them: with any number and kind of slashes after the scheme, with slashes as
 * HTML entities, and without a scheme.
 */
const link =
  /(?:https?:(?:[/\\]|&#(?:x0{0,6}2f|0{0,6}47);|&sol;)*|[/\\]{2,}|\bwww\.)[^\s<>"'`\\()[\]{},;|]{1,2000}/gi;

const hostOf = (link: string): string | undefined => {
  const rest = link.replace(/^(?:https?:)?(?:[/\\]|&[#\w]{1,10};)*/i, "");
  try {
    return new URL(`http://${rest}`).hostname.replace(/\.$/, "");
  } catch {
    return undefined;
  }
};

const checkLinks = (text: string, hosts: readonly string[]): Fault[] =>
  [...text.matchAll(link)].flatMap(([found]) => {
    const quote = found.replace(/[.:!?]{1,10}$/, "");
    const host = hostOf(quote);
    // A comment in code, such as //note.
    const isNone = !/^http/i.test(quote) && !host?.includes(".");
    const isAllowed =
      host !== undefined && hosts.some((known) => host === known || host.endsWith(`.${known}`));
    return isNone || isAllowed
      ? []
      : [{ quote, why: `The host ${host ?? "of the link"} is not one of ${hosts.join(", ")}.` }];
  });

/** So many words in a row are no chance. */
const passageLength = 8;

const wordsOf = (text: string) =>
  [...text.matchAll(/[\p{L}\p{N}]+/gu)].map(({ index, 0: word }) => ({
    word: word.toLowerCase(),
    start: index,
    end: index + word.length,
  }));

const passagesOf = (text: string) => {
  const words = wordsOf(text);
  return words.slice(passageLength - 1).map(({ end }, first) => ({
    words: words
      .slice(first, first + passageLength)
      .map(({ word }) => word)
      .join(" "),
    start: words[first]?.start ?? 0,
    end,
  }));
};

/** The first passage of another text, in any case and punctuation. */
const findPassage = (text: string, source: string): Fault[] => {
  const known = new Set(passagesOf(source).map(({ words }) => words));
  const found = passagesOf(text).find(({ words }) => known.has(words));
  return found
    ? [{ quote: text.slice(found.start, found.end), why: "It is a passage of the system prompt." }]
    : [];
};

const checkLength = (text: string, isWrong: boolean, limit: string): Fault[] =>
  isWrong ? [{ quote: "", why: `The text has ${text.length} characters, ${limit}.` }] : [];

/** Local rules, with what they are given. */
export const localRules = {
  secrets: findSecrets,
  json: checkJson,
  linkHosts: checkLinks,
  systemPromptLeak: findPassage,
  pattern: (text: string, pattern: RegExp): Fault[] =>
    withTimeLimit(() => pattern.test(text))
      ? []
      : [{ quote: "", why: "No part of the text matches the pattern." }],
  minLength: (text: string, limit: number): Fault[] =>
    checkLength(text, text.length < limit, `less than ${limit}`),
  maxLength: (text: string, limit: number): Fault[] =>
    checkLength(text, text.length > limit, `more than ${limit}`),
};
