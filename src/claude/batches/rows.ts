import { InvalidInput } from "../problem";

/** The prefix of IDs of rows, and the digits of their number: a batch has up to 100,000 requests. */
const prefix = "row-";
const digits = 6;

/** What remains for a value of the 64 characters of a custom ID. */
const maxValueLength = 64 - prefix.length - digits - 1;

/** As many bytes of UTF-8 fit as base64url. */
const maxValueBytes = Math.floor((maxValueLength * 3) / 4);

/** A custom ID whose value is longer than custom IDs can be. */
export interface TruncatedId {
  customId: string;
  id: string;
}

/**
 * Custom IDs for requests that are made of rows: valid, unique, and sorted as the rows are:
 * `row-000017`, `row-000017_A-1042` with a value that identifies the row, or
 * `row-000017-5p2x5Lqs` with such a value in base64url if it has other characters.
 *
 * @param values A value for each row, or none.
 * @throws InvalidInput for two rows with the same value.
 */
export const rowIds = (
  count: number,
  values?: readonly string[],
): { ids: string[]; truncated: TruncatedId[] } => {
  const number = (index: number) => `${prefix}${String(index + 1).padStart(digits, "0")}`;
  if (!values) {
    return { ids: Array.from({ length: count }, (_, index) => number(index)), truncated: [] };
  }
  const rows = new Map<string, number>();
  const truncated: TruncatedId[] = [];
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
    const { text, isWhole } = encode(value);
    const customId = `${number(index)}${text}`;
    if (!isWhole) truncated.push({ customId, id: value });
    return customId;
  });
  return { ids, truncated };
};

/** A value, or its start, in the characters of custom IDs. */
const encode = (value: string): { text: string; isWhole: boolean } => {
  if (/^[a-zA-Z0-9_-]+$/.test(value)) {
    const start = value.slice(0, maxValueLength);
    return { text: `_${start}`, isWhole: start === value };
  }
  const bytes = Buffer.from(value);
  let end = Math.min(bytes.length, maxValueBytes);
  // Not within a character.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  const text = `-${bytes.toString("base64url", 0, end)}`;
  return { text, isWhole: end === bytes.length && value.isWellFormed() };
};

/**
 * The row of a custom ID, from 1, and the value that identifies it.
 *
 * @param count The number of rows. Custom IDs from elsewhere may look alike.
 */
export const rowOf = (customId: string, count: number): { row: number | null; id: string } => {
  const [, number = "", value, encoded] = /^row-(\d{6})(?:_(.+)|-(.+))?$/.exec(customId) ?? [];
  const row = Number(number);
  const decoded = encoded && Buffer.from(encoded, "base64url").toString();
  const isOurs = !encoded || Buffer.from(decoded ?? "").toString("base64url") === encoded;
  return row >= 1 && row <= count && isOurs
    ? { row, id: value ?? decoded ?? customId }
    : { row: null, id: customId };
};
