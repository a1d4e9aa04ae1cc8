/* Rules for a text that need no model. */
import { schemaValidator } from "../messages/replySchema";
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

const checkJson = (text: string, schema: Record<string, unknown> | undefined): Fault[] => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [{ quote: "", why: "The text is not valid JSON." }];
  }
  const fault = schema && schemaValidator(schema)(value);
  return fault ? [{ quote: "", why: `The JSON does not match: ${fault}.` }] : [];
};

/** Also links without a scheme, as browsers and Markdown open them. */
const link = /(?:https?:)?\/\/[^\s<>"'`\\()[\]{}]{1,2000}|\bwww\.[^\s<>"'`\\()[\]{}]{1,2000}/gi;

const hostOf = (text: string): string | undefined => {
  const url = text.replace(/^(?:https?:)?\/\//i, "");
  try {
    return new URL(`http://${url}`).hostname.replace(/\.$/, "");
  } catch {
    return undefined;
  }
};

const checkLinks = (text: string, hosts: readonly string[]): Fault[] =>
  [...text.matchAll(link)].flatMap(([found]) => {
    const quote = found.replace(/[.,;:!?]{1,10}$/, "");
    const host = hostOf(quote);
    const isAllowed =
      host !== undefined && hosts.some((known) => host === known || host.endsWith(`.${known}`));
    return isAllowed
      ? []
      : [{ quote, why: `The host ${host ?? "of the link"} is not one of ${hosts.join(", ")}.` }];
  });

/** So many words in a row are no chance. */
const passageLength = 8;

const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

/** Whether a text contains a passage of another one, in any case and punctuation. */
const findPassage = (text: string, source: string): Fault[] => {
  const words = wordsOf(source);
  const length = Math.min(passageLength, words.length);
  const passages = new Set<string>();
  for (let start = 0; start + length <= words.length; start++) {
    passages.add(words.slice(start, start + length).join(" "));
  }
  const all = wordsOf(text);
  for (let start = 0; length > 0 && start + length <= all.length; start++) {
    const quote = all.slice(start, start + length).join(" ");
    if (passages.has(quote)) return [{ quote, why: "It is a passage of the system prompt." }];
  }
  return [];
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
