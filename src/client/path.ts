/** Whether a text has `.` or `..` as a path segment. Some servers decode an encoded `/` and then follow `..`. */
export const hasDotSegments = (text: string): boolean => /(^|[\\/])\.{1,2}([\\/]|$)/.test(text);

/**
 * A path segment made of untrusted text. Encodes what RFC 3986 does not allow in a segment, so that
 * it cannot lead to another path.
 *
 * @throws Error for dot segments, which servers may follow even when encoded.
 */
export const pathSegment = (text: string): string => {
  if (hasDotSegments(text)) throw new Error(`"${text}" is not a valid ID.`);
  return text.replace(/[^\w.~!$&'()*+,;=:@-]+/g, encodeURIComponent);
};
