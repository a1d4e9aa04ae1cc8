/* A text with its lines and labels, read when they are asked for. */
import { type Labelled, type Line, labelsIn, labelWords, linesOf, type Passage } from "./labels";

export interface Reader {
  lines: readonly Line[];
  labels(): readonly Labelled[];
  /** The labels that have a word, in the form of `labelWords`. */
  labelsWith(word: string): readonly Labelled[];
  /** The words of each line. */
  lineWords(): readonly ReadonlySet<string>[];
  /** All of it. */
  text(): string;
}

const once = <T>(read: () => T): (() => T) => {
  let value: { read: T } | undefined;
  return () => {
    value ??= { read: read() };
    return value.read;
  };
};

/** @param given The labels, if they are known otherwise than from the lines. */
export const readerOfLines = (lines: readonly Line[], given?: readonly Labelled[]): Reader => {
  const labels = once(() => given ?? labelsIn(lines));
  const byWord = once(() => {
    const index = new Map<string, Labelled[]>();
    for (const labelled of labels()) {
      for (const word of labelled.words) {
        const known = index.get(word);
        if (known) known.push(labelled);
        else index.set(word, [labelled]);
      }
    }
    return index;
  });
  return {
    lines,
    labels,
    labelsWith: (word) => byWord().get(word) ?? [],
    lineWords: once(() => lines.map(({ text }) => labelWords(text))),
    text: once(() => lines.map(({ text }) => text).join("\n")),
  };
};

/** A reader of several texts, in their order. */
export const readerOf = (passages: readonly Passage[]): Reader => readerOfLines(linesOf(passages));
