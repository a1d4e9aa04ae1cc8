/* Numbers in the forms that people write. */

export interface Range {
  min: number;
  max?: number;
}

/** Whether a number is in a range, and whole if it must be. */
export const fits = (number: number, isWhole: boolean, { min, max }: Range): boolean =>
  number >= min &&
  number <= (max ?? Number.MAX_SAFE_INTEGER) &&
  (!isWhole || Number.isInteger(number));

/** Digits in groups of three, with the same separator between all of them. */
const groups = /^-?[1-9]\d{0,2}([ _'’.,])\d{3}(?:\1\d{3})*$/;

const percentage = /^(.*\d) ?%$/;

/**
 * The number that a text states: also 4,096 and 4 096 for whole numbers, 0,5 for others, 80% for those
 * from 0 to 1. NaN for anything else, and if there is a doubt: 1,000 may be 1 or 1000.
 */
export const readNumeral = (text: string, isWhole: boolean, range: Range): number => {
  // Spaces that do not break.
  const trimmed = text.trim().replace(/[\u00a0\u2009\u202f]/g, " ");
  const [, percents] = percentage.exec(trimmed) ?? [];
  if (percents !== undefined) {
    const isShare = !isWhole && range.min === 0 && range.max === 1;
    return isShare ? readNumeral(percents, false, { min: 0, max: 100 }) / 100 : Number.NaN;
  }
  const [, separator] = groups.exec(trimmed) ?? [];
  if (separator !== undefined && (isWhole ? " _'’," : " _'’").includes(separator)) {
    return Number(trimmed.replaceAll(separator, ""));
  }
  // Decimals or thousands. From 0 to 1, there are no thousands.
  if (separator === (isWhole ? "." : ",") && range.max !== 1) return Number.NaN;
  const plain = isWhole ? trimmed : trimmed.replace(/^(-?\d*),(\d+)$/, "$1.$2");
  return /^-?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : Number.NaN;
};

/** What to write instead of a text that is not read as a number. Empty if that cannot be told. */
export const numeralAdvice = (text: string, isWhole: boolean, range: Range): string => {
  // Full-width digits become plain ones.
  const plain = text.normalize("NFKC").trim();
  const read = readNumeral(plain, isWhole, range);
  if (fits(read, isWhole, range)) return ` Write ${read}.`;
  if (plain.includes("%")) return range.max === 1 ? "" : " Write a number without %.";
  // A currency or a unit may be on either side.
  const [, digits = ""] = /^[^\d-]*(\d[\d.,]*)\D*$/.exec(plain) ?? [];
  const readings = [
    // A separator that occurs twice is not the decimal one.
    /([.,]).*\1/.test(digits) ? "" : digits.replace(/[.,](?=.*[.,])/, "").replace(",", "."),
    /^\d{1,3}([.,]\d{3})+$/.test(digits) ? digits.replace(/[.,]/g, "") : "",
  ];
  const numbers = readings.map((reading) => Number(reading || Number.NaN));
  const fitting = numbers.filter((number) => fits(number, isWhole, range));
  return fitting.length > 0 ? ` Write ${[...new Set(fitting)].join(" or ")}.` : "";
};
