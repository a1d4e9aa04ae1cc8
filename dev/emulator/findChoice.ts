/* The value of a property with choices, and of one that is true or false. */
import { bestLabel, type Found } from "./bestLabel";
import { choose } from "./choose";
import type { Property } from "./property";
import type { Reader } from "./reader";
import { currenciesIn, type Value } from "./values";
import { moodOf } from "./words";

/** Whether a text is a choice, apart from case and surrounding space. */
export const isSame = (option: unknown, text: string): boolean =>
  String(option).trim().toLowerCase() === text.trim().toLowerCase();

/** Where a choice is in a text, as a whole word. */
export const occurrences = (option: unknown, text: string): Value<unknown>[] => {
  const name = String(option).trim();
  if (name === "" || option === null) return [];
  const currency = currenciesIn(text).find(({ value }) => value === name);
  if (currency) return [{ value: option, text: currency.text, index: currency.index }];
  const spaced = name.replace(/[_-]+/g, " ");
  const at = text.toLowerCase().indexOf(spaced.toLowerCase());
  if (at < 0) return [];
  const around = [text[at - 1] ?? " ", text[at + spaced.length] ?? " "];
  if (around.some((character) => /[\p{L}\p{N}]/u.test(character))) return [];
  return [{ value: option, text: text.slice(at, at + spaced.length), index: at }];
};

/** The choice that the text names, or that fits its mood. */
export const findOption = (property: Property, reader: Reader): Found | undefined => {
  const options = property.options ?? [];
  const labelled = bestLabel(property, reader, (value) =>
    options.some((option) => isSame(option, value)),
  );
  if (labelled) {
    const value = options.find((option) => isSame(option, labelled.value));
    return { value, quote: labelled.quote, page: labelled.page };
  }
  for (const { text, page } of reader.lines) {
    const [found] = options
      .flatMap((option) => occurrences(option, text))
      .sort((a, b) => a.index - b.index);
    if (found) return { value: found.value, quote: found.text, page };
  }
  const mood = moodOf(reader.text());
  const wanted =
    mood > 0
      ? /^(positive|good|happy)/i
      : mood < 0
        ? /^(negative|bad|unhappy)/i
        : /^(neutral|mixed)/i;
  const value = options.find((option) => wanted.test(String(option)));
  if (value !== undefined) return { value, quote: "", page: 0 };
  const names = options.map(String).filter(Boolean);
  const { name, words } = choose(
    names.map((option) => ({ name: option, about: "" })),
    reader.text(),
  );
  const chosen = name === undefined ? undefined : options.find((option) => String(option) === name);
  return chosen === undefined ? undefined : { value: chosen, quote: words[0] ?? "", page: 0 };
};

const yes = /^(yes|true|ja|oui|y|x|✓|1)\b/i;
const no = /^(no|false|nein|non|n|0)\b/i;
const negation = /\b(no|not|never|without|isn't|wasn't|nicht|kein|keine)\b/i;

/** Whether the text says so: by a label, or by a sentence with the words of the property. */
export const findFlag = (property: Property, reader: Reader): Found | undefined => {
  const labelled = bestLabel(property, reader, (value) => yes.test(value) || no.test(value));
  if (labelled) {
    return { value: yes.test(labelled.value), quote: labelled.quote, page: labelled.page };
  }
  const wanted = [...property.required].filter((word) => !["i", "is", "has"].includes(word));
  const words = reader.lineWords();
  const at = reader.lines.findIndex(
    (_, index) => wanted.length > 0 && wanted.every((word) => words[index]?.has(word)),
  );
  const line = reader.lines[at];
  return line && { value: !negation.test(line.text), quote: line.text, page: line.page };
};
