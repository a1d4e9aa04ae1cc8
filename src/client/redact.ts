/** Longest piece of a body that goes into a log line or an error, in characters. */
const longest = 2_000;

/** Replaces every secret in a text. Servers echo what they were sent: nothing they say is trusted. */
export const redact = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((clean, secret) => clean.replaceAll(secret, "[redacted]"), text);

/** Cuts a text for a log line or an error, and says how much is left out. */
export const cut = (text: string, length = longest): string =>
  text.length <= length
    ? text
    : `${text.slice(0, length)}… (${text.length - length} more characters)`;
