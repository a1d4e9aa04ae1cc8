import leven from "leven";

/** Longer names are not typing errors, and comparing them is slow. */
const maxLength = 100;
const maxSuggested = 3;

/** A name as it is compared: case, dashes, dots and spaces do not count. */
export const fold = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

/**
 * The names that are most similar to one that does not exist: those with the fewest different
 * characters, if these are about a third of the name or less.
 */
export const nearest = (name: unknown, names: readonly string[]): string[] => {
  if (typeof name !== "string" || name.length > maxLength) return [];
  const given = fold(name);
  const distances = names.map((candidate) => {
    const folded = fold(candidate.slice(0, maxLength));
    const length = Math.max(given.length, folded.length);
    const distance = leven(given, folded);
    return distance <= (length < 3 ? 0 : Math.ceil(length / 3)) ? distance : Number.NaN;
  });
  const least = Math.min(...distances.filter((distance) => distance >= 0));
  return names.filter((_, index) => distances[index] === least).slice(0, maxSuggested);
};

/** ` Did you mean a, b or c?`, or an empty text without names. */
export const didYouMean = (names: readonly string[]): string =>
  names.length === 0 ? "" : ` Did you mean ${names.join(", ").replace(/, (?=[^,]*$)/, " or ")}?`;
