/** Whether a text walks up a path: some servers take an encoded `/` for one, and follow `..` then. */
export const walks = (text: string): boolean => /(^|[\\/])\.{1,2}([\\/]|$)/.test(text);

/**
 * A piece of a path made of somebody's text. Encodes what RFC 3986 does not allow in one, so that it
 * cannot lead elsewhere.
 *
 * @throws Error for `.` and `..`, which walk up a path even when encoded.
 */
export const segment = (text: string): string => {
  if (walks(text)) throw new Error(`"${text}" is no id.`);
  return text.replace(/[^\w.~!$&'()*+,;=:@-]+/g, encodeURIComponent);
};
