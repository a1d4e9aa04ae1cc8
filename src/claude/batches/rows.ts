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
  const changed: string[] = [];
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
    if (valid !== value) changed.push(id);
    return id;
  });
  const warnings =
    changed.length > 0
      ? [
          `Ids take letters, digits, _ and -, ${longestValue} of them: ${changed.length} values were changed for it, the first to ${changed[0]}.`,
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
