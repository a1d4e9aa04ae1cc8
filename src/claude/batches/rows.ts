import { InvalidInput } from "../InvalidInput";

/** What no one else's ids begin with, and the digits of a row's number: batches hold 100,000 requests. */
const mark = "row-";
const digits = 6;

/** What is left of the 64 characters of an id for a value. */
const longestValue = 64 - mark.length - digits - 1;

/**
 * Ids for the requests that are made of rows: valid, unique, and in the order of the rows when they
 * are sorted. `row-000017`, or `row-000017_A-1042` with a value that tells the row apart.
 *
 * @param values A value for each row, or none.
 * @throws InvalidInput for two rows with the same value.
 */
export const rowIds = (
  count: number,
  values?: readonly string[],
): { ids: string[]; warnings: string[] } => {
  const number = (index: number) => `${mark}${String(index + 1).padStart(digits, "0")}`;
  if (!values)
    return { ids: Array.from({ length: count }, (_, index) => number(index)), warnings: [] };
  const rows = new Map<string, number>();
  const changed: { value: string; valid: string }[] = [];
  const kept = new Map<string, number>();
  const ids = values.map((value, index) => {
    const before = rows.get(value);
    if (before !== undefined) {
      throw new InvalidInput(
        `has the value ${JSON.stringify(value.slice(0, 60))} twice, in rows ${before} and ${index + 1}.`,
      );
    }
    rows.set(value, index + 1);
    const valid = value.replace(/[^a-zA-Z0-9_-]/g, "-").slice(0, longestValue);
    const id = `${number(index)}_${valid}`;
    const alike = kept.get(valid);
    if (alike !== undefined) {
      throw new InvalidInput(
        `has values that cannot be told apart in rows ${alike} and ${index + 1}: of both, ids keep ${valid}.`,
      );
    }
    kept.set(valid, index + 1);
    if (valid !== value) changed.push({ value, valid });
    return id;
  });
  const [first] = changed;
  const warnings = first
    ? [
        `ID Field: ${changed.length} values differ in the results, such as ${JSON.stringify(first.value.slice(0, 60))}, there ${first.valid}. Ids take letters, digits, _ and -, ${longestValue} of them.`,
      ]
    : [];
  return { ids, warnings };
};

/**
 * The row that an id was made for, from 1, and what tells it apart.
 *
 * @param count How many rows there are. Other people's ids may look alike.
 */
export const rowOf = (customId: string, count: number): { row: number | null; id: string } => {
  const [, number = "", value] = /^row-(\d{6})(?:_(.+))?$/.exec(customId) ?? [];
  const row = Number(number);
  return row >= 1 && row <= count ? { row, id: value ?? customId } : { row: null, id: customId };
};
