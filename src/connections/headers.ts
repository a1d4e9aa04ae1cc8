import http from "node:http";

/** Headers of the connection itself, set by the HTTP client: nobody else may set them. */
const connectionHeaders: readonly string[] = [
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Whether the HTTP client sets a header itself. */
export const isConnectionHeader = (name: string): boolean => connectionHeaders.includes(name);

/** Whether HTTP allows a header of this name and value. */
export const isValidHeader = (name: string, value: string): boolean => {
  try {
    http.validateHeaderName(name);
    http.validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
};

/** Headers by name. The values of a name that occurs twice are joined, as HTTP specifies. */
export const joinHeaders = (
  rows: Iterable<readonly [name: string, value: string]>,
): Record<string, string> => {
  const headers = new Map<string, string>();
  for (const [name, value] of rows) {
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(headers);
};
