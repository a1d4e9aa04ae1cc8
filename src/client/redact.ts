/** Maximum length of a log line or an error, in characters. */
const maxLength = 2_000;

/** Truncates a text for a log line or an error, and says how much is missing. */
export const truncate = (text: string): string =>
  text.length <= maxLength
    ? text
    : `${text.slice(0, maxLength)}… (${text.length - maxLength} more characters)`;

/** Replaces every secret in a text. */
export const redact = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((redacted, secret) => redacted.replaceAll(secret, "[redacted]"), text);

/**
 * Replaces every secret in the texts, field names and bytes of a value. Servers echo what they were
 * sent, so nothing they return is trusted. A value without secrets, the usual case, is not copied.
 *
 * @throws RangeError for data that is nested too deeply.
 */
export const redactAll = <T>(value: T, secrets: readonly string[]): T =>
  (containsSecret(value, secrets) ? redactCopy(value, secrets) : value) as T;

/** Real data is never this deep, and code that reads it would overflow the stack. */
const maxDepth = 1_000;

/** @throws RangeError for data that is nested too deeply. */
const containsSecret = (value: unknown, secrets: readonly string[], depth = 0): boolean => {
  if (typeof value === "string") return secrets.some((secret) => value.includes(secret));
  if (Buffer.isBuffer(value)) return secrets.some((secret) => value.includes(secret));
  if (typeof value !== "object" || value === null) return false;
  if (depth > maxDepth) throw new RangeError(`nested more than ${maxDepth} levels deep`);
  if (Array.isArray(value)) return value.some((item) => containsSecret(item, secrets, depth + 1));
  // Not Object.entries: it would copy each object.
  for (const name in value) {
    const member: unknown = value[name as keyof typeof value];
    if (containsSecret(member, secrets, depth + 1) || containsSecret(name, secrets)) return true;
  }
  return false;
};

const redactCopy = (value: unknown, secrets: readonly string[]): unknown => {
  if (typeof value === "string") return redact(value, secrets);
  if (Buffer.isBuffer(value)) return redactBytes(value, secrets);
  if (Array.isArray(value)) return value.map((item) => redactCopy(item, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      redact(name, secrets),
      redactCopy(member, secrets),
    ]),
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
