/** A text as a sentence: with a full stop unless it ends with punctuation. */
export const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/**
 * A text without its middle if it is very long: an error quotes an input at the start, and says at the
 * end what to change.
 */
export const abridged = (text: string): string =>
  text.length <= 2_500
    ? text
    : `${text.slice(0, 1_000)}… (${text.length - 2_000} more characters) …${text.slice(-1_000)}`;

/** A number and its noun: `1 row`, `2 rows`. */
export const counted = (count: number, noun: string): string =>
  `${count} ${count === 1 ? noun : `${noun}s`}`;

/** A size, rounded up to a tenth of a MB. */
export const inMB = (bytes: number): string => `${Math.ceil((bytes / 1_024 / 1_024) * 10) / 10} MB`;
