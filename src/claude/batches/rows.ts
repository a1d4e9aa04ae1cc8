import type { Notice } from "../notice";
import { InvalidInput } from "../problem";

/** The prefix of IDs of rows, and the digits of their number: a batch has up to 100,000 requests. */
const prefix = "row-";
const digits = 6;

/** What remains for a value of the 64 characters of a custom ID. */
const maxValueLength = 64 - prefix.length - digits - 1;

/**
 * Custom IDs for requests that are made of rows: valid, unique, and sorted as the rows are:
 * `row-000017`, or `row-000017_A-1042` with a value that identifies the row.
 *
 * @param values A value for each row, or none.
 * @throws InvalidInput for two rows with the same value.
 */
export const rowIds = (
  count: number,
  values?: readonly string[],
): { ids: string[]; notices: Notice[] } => {
  const number = (index: number) => `${prefix}${String(index + 1).padStart(digits, "0")}`;
  if (!values)
    return { ids: Array.from({ length: count }, (_, index) => number(index)), notices: [] };
  const rows = new Map<string, number>();
  const changed: { value: string; valid: string }[] = [];
  const kept = new Map<string, number>();
  const ids = values.map((value, index) => {
    const before = rows.get(value);
    if (before !== undefined) {
      throw new InvalidInput({
        code: "row_value_repeated",
        value: value.slice(0, 60),
        rows: [before, index + 1],
      });
    }
    rows.set(value, index + 1);
    const valid = value.replace(/[^a-zA-Z0-9_-]/g, "-").slice(0, maxValueLength);
    const id = `${number(index)}_${valid}`;
    const alike = kept.get(valid);
    if (alike !== undefined) {
      throw new InvalidInput({
        code: "row_values_ambiguous",
        id: valid,
        rows: [alike, index + 1],
      });
    }
    kept.set(valid, index + 1);
    if (valid !== value) changed.push({ value, valid });
    return id;
  });
  const [first] = changed;
  if (!first) return { ids, notices: [] };
  const notice: Notice = {
    code: "ids_changed",
    count: changed.length,
    value: first.value.slice(0, 60),
    id: first.valid,
    maxLength: maxValueLength,
  };
  return { ids, notices: [notice] };
};

/**
 * The row of a custom ID, from 1, and the value that identifies it.
 *
 * @param count The number of rows. Custom IDs from elsewhere may look alike.
 */
export const rowOf = (customId: string, count: number): { row: number | null; id: string } => {
  const [, number = "", value] = /^row-(\d{6})(?:_(.+))?$/.exec(customId) ?? [];
  const row = Number(number);
  return row >= 1 && row <= count ? { row, id: value ?? customId } : { row: null, id: customId };
};
