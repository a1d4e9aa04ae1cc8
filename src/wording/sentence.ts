/** A text as a sentence: with a full stop unless it ends with punctuation. */
export const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** A number and its noun: `1 row`, `2 rows`. */
export const counted = (count: number, noun: string): string =>
  `${count} ${count === 1 ? noun : `${noun}s`}`;

/** A size, rounded up to a tenth of a MB. */
export const inMB = (bytes: number): string => `${Math.ceil((bytes / 1_024 / 1_024) * 10) / 10} MB`;
