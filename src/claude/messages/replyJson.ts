import { parse as parseExact } from "lossless-json";

/**
 * The JSON in a reply, most literal reading first: the whole text, the one fenced block, the
 * outermost object or list. Models put a fence or a sentence around JSON where a host does not pass
 * on the schema.
 *
 * @returns An empty list if there is none.
 */
export const jsonIn = (text: string): string[] => {
  const fenced = [...text.matchAll(/```\w*\s([\s\S]*?)```/g)].map(([, block]) => block ?? "");
  const candidates = [
    text,
    ...(fenced.length === 1 ? fenced : []),
    ...[
      ["{", "}"],
      ["[", "]"],
    ]
      .map(([open = "", close = ""]) => [text.indexOf(open), text.lastIndexOf(close) + 1] as const)
      .filter(([start, end]) => start >= 0 && end > start)
      .sort(([a], [b]) => a - b)
      .map(([start, end]) => text.slice(start, end)),
  ];
  return candidates.filter(isJson);
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/**
 * Parses JSON. Integers that a number cannot hold keep their digits as text.
 *
 * @throws SyntaxError for what is not JSON.
 */
export const parseJson = (text: string): { json: unknown; hasLargeIntegers: boolean } => {
  const json: unknown = JSON.parse(text);
  // The exact parser is slower, and no other number has as many digits.
  if (!/\d{16}/.test(text)) return { json, hasLargeIntegers: false };
  let hasLargeIntegers = false;
  const exact = parseExact(text, undefined, (digits) => {
    const number = Number(digits);
    if (!/^-?\d+$/.test(digits) || Number.isSafeInteger(number)) return number;
    hasLargeIntegers = true;
    return digits;
  });
  return hasLargeIntegers ? { json: exact, hasLargeIntegers } : { json, hasLargeIntegers };
};
