import { parse } from "lossless-json";

/** Advice for common mistakes, by the excerpt: ⟨⟩ are around the character that is not valid. */
const mistakes: [pattern: RegExp, advice: string][] = [
  [/⟨⟩$/, "The text ends too early."],
  [/, ?⟨[\]},]/, "Remove the comma before it."],
  [/⟨['“”„«»]/, "Write straight double quotes."],
  [/⟨`/, "Remove the code fence."],
  [/⟨[/#]/, "Remove the comment."],
  [/⟨(N⟩(one|aN)|u⟩ndefined)/, "Write null."],
  [/⟨[TF]⟩/, "Write true and false in lower case."],
  [/[[{,:] ?⟨[\p{L}_$]/u, "Names and texts require double quotes."],
  [/⟨\\/, "Write a backslash as \\\\."],
  [/⟨↵/, "Write a line break in a text as \\n."],
  [/[\w"}\]] ?⟨["{[\p{L}]/u, "A comma is missing before it, or a \\ before a quotation mark."],
];

/** Characters of the excerpt on each side of the error. */
const around = 20;

const inOneLine = (text: string): string => text.replace(/\s+/g, " ");

/**
 * Where and why a text is not JSON, as the end of a sentence. JSON.parse does not always name the
 * position. No more than an excerpt is shown: the text may contain secrets.
 */
export const jsonFault = (text: string): string => {
  let message = "";
  try {
    parse(text, undefined, { onDuplicateKey: () => undefined });
  } catch (error) {
    ({ message } = error as Error);
  }
  const [, position] = /at position (\d+)$/.exec(message) ?? [];
  // The text is nested too deeply for this parser.
  if (!position) return ".";
  const end = Number(position);
  // A whole character, also one of two code units.
  const [at = ""] = text.slice(end, end + 2);
  const before = inOneLine(text.slice(0, end).slice(-500));
  const after = inOneLine(text.slice(end + at.length, end + 500));
  const marked = `${before.slice(-around)}⟨${at.replace("\n", "↵")}⟩${after.slice(0, around)}`;
  const excerpt = `${before.length > around ? "… " : ""}${marked}${after.length > around ? " …" : ""}`;
  const advice = message.startsWith("Expected end")
    ? "Remove the text after the end."
    : (mistakes.find(([pattern]) => pattern.test(marked))?.[1] ?? "");
  const line = text.slice(0, end).split("\n").length;
  const column = end - text.lastIndexOf("\n", end - 1);
  return `: error at line ${line}, column ${column} (${excerpt.toWellFormed()}). ${advice}`.trim();
};
