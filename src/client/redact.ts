/** Longest text of a log line or an error, in characters. */
const longest = 2_000;

/** Cuts a text for a log line or an error, and says how much is left out. */
export const cut = (text: string): string =>
  text.length <= longest
    ? text
    : `${text.slice(0, longest)}… (${text.length - longest} more characters)`;

/** Replaces every secret in a text. */
export const redact = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((clean, secret) => clean.replaceAll(secret, "[redacted]"), text);

/**
 * Replaces every secret in the texts, field names and bytes of a value. Servers echo what they were
 * sent, so nothing they say is trusted. What holds no secret, as a rule all of it, is not copied.
 *
 * @throws RangeError for data that is nested too deeply.
 */
export const redactAll = <T>(value: T, secrets: readonly string[]): T =>
  (holds(value, secrets) ? clean(value, secrets) : value) as T;

/** No data of this depth is meant, and what reads it would run out of stack. */
const deepest = 1_000;

/** @throws RangeError for data that is nested too deeply. */
const holds = (value: unknown, secrets: readonly string[], depth = 0): boolean => {
  if (typeof value === "string") return secrets.some((secret) => value.includes(secret));
  if (Buffer.isBuffer(value)) return secrets.some((secret) => value.includes(secret));
  if (typeof value !== "object" || value === null) return false;
  if (depth > deepest) throw new RangeError(`nested more than ${deepest} levels deep`);
  if (Array.isArray(value)) return value.some((part) => holds(part, secrets, depth + 1));
  // Not Object.entries: it would copy each object that is looked at.
  for (const name in value) {
    const part: unknown = value[name as keyof typeof value];
    if (holds(part, secrets, depth + 1) || holds(name, secrets)) return true;
  }
  return false;
};

const clean = (value: unknown, secrets: readonly string[]): unknown => {
  if (typeof value === "string") return redact(value, secrets);
  if (Buffer.isBuffer(value)) return redactBytes(value, secrets);
  if (Array.isArray(value)) return value.map((part) => clean(part, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [redact(name, secrets), clean(part, secrets)]),
  );
};

/** Overwrites secrets in place: a file keeps its length. */
const redactBytes = (bytes: Buffer, secrets: readonly string[]): Buffer => {
  for (const secret of secrets) {
    for (let at = bytes.indexOf(secret); at >= 0; at = bytes.indexOf(secret, at)) {
      bytes.fill("*", at, at + secret.length);
    }
  }
  return bytes;
};
