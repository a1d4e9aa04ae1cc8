/* One of several choices, by the words of their names and descriptions. */
import { isSmallWord, related, stem, stemsOf, wordsOf } from "./words";

export interface Choice {
  name: string;
  /** When to choose it. */
  about: string;
}

export interface Chosen {
  /** Undefined if no choice fits. */
  name: string | undefined;
  /** Words of the text that belong to the choice. */
  words: string[];
  /** 0 to 1, by the margin before the next choice. */
  confidence: number;
}

const relatedWeight = 0.6;

/** Chooses the one whose words are in the text, or are related to words in it. */
export const choose = (choices: readonly Choice[], text: string): Chosen => {
  const words = new Map<string, string>();
  for (const word of wordsOf(text.slice(0, 200_000))) {
    if (!isSmallWord(word)) words.set(stem(word), word);
  }
  const groups = new Map([...words].map(([stemmed, word]) => [related(stemmed), word]));
  groups.delete(undefined);
  const rated = choices
    .map(({ name, about }) => {
      const wanted = stemsOf(`${name} ${about}`);
      const found = new Map<string, number>();
      for (const stemmed of wanted) {
        const exact = words.get(stemmed);
        const group = related(stemmed);
        const near = group === undefined ? undefined : groups.get(group);
        if (exact) found.set(exact, 1);
        else if (near && !found.has(near)) found.set(near, relatedWeight);
      }
      const score = [...found.values()].reduce((sum, weight) => sum + weight, 0);
      return { name, words: [...found.keys()], score };
    })
    .sort((a, b) => b.score - a.score);
  const [best, next] = rated;
  if (!best || best.score === 0) return { name: undefined, words: [], confidence: 0.9 };
  const margin = (best.score - (next?.score ?? 0)) / best.score;
  return {
    name: best.name,
    words: best.words,
    confidence: Math.round((0.5 + 0.45 * margin) * 100) / 100,
  };
};

/** What a prompt says about each choice, in lines such as `- Billing: invoices, payments`. */
export const choicesIn = (names: readonly string[], prompt: string): Choice[] => {
  const byName = new Map(names.map((name) => [name, [] as string[]]));
  for (const line of prompt.split("\n")) {
    const [, example, belongs = ""] = /^- (".*") belongs to (.+)$/.exec(line) ?? [];
    if (example) byName.get(belongs.trim())?.push(example);
    const at = line.indexOf(": ");
    if (line.startsWith("- ") && at > 0)
      byName.get(line.slice(2, at).trim())?.push(line.slice(at + 2));
  }
  return names.map((name) => ({ name, about: (byName.get(name) ?? []).join(" ") }));
};
