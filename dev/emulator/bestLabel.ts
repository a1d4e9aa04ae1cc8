/* The label in a text that fits a property. */
import { type Labelled, labelWords } from "./labels";
import { documentWords, type Property } from "./property";
import type { Reader } from "./reader";

/** A value, and the passage of the text that it comes from. */
export interface Found {
  value: unknown;
  quote: string;
  page: number;
}

/** Words in the form in which labels are compared. */
export const stems = (...words: string[]) => words.flatMap((word) => [...labelWords(word)]);

/** Whether the words of a property have any of these. */
export const hasAny = (words: ReadonlySet<string>, ...wanted: string[]) =>
  stems(...wanted).some((word) => words.has(word));

/** The label that fits a property best, of those whose value is accepted. */
export const bestLabel = (
  property: Property,
  reader: Reader,
  accepts: (value: string) => boolean,
): Labelled | undefined => {
  const { required, own, described } = property;
  const known = new Set([...own, ...required, ...described]);
  const pointsOf = (word: string): number => {
    if (own.has(word)) return 10;
    return known.has(word) ? 2 : documentWords.has(word) ? 0 : -12;
  };
  let best: { labelled: Labelled; score: number } | undefined;
  const isOfDocument = [...required].every((word) => documentWords.has(word));
  const candidates = new Set(
    [...required, ...described, ...(isOfDocument ? own : [])].flatMap((word) =>
      reader.labelsWith(word),
    ),
  );
  for (const labelled of candidates) {
    const words = [...labelled.words];
    const isNamed = [...required].every((word) => labelled.words.has(word));
    const isDescribed = words.every((word) => known.has(word));
    if (!isNamed && !isDescribed) continue;
    const score =
      (isNamed ? 100 : 0) +
      (labelled.isWhole ? 5 : 0) +
      words.reduce((sum, word) => sum + pointsOf(word), 0);
    if (best && score <= best.score) continue;
    if (accepts(labelled.value)) best = { labelled, score };
  }
  return best?.labelled;
};
