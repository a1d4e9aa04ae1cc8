/* Values between the page and the component: JSON, with files as base64. */

/** A file in a value from or to the page. */
export interface PageFile {
  $file: { name?: string; contentType: string; base64: string };
}

const isFile = (value: unknown): value is PageFile =>
  typeof value === "object" && value !== null && "$file" in value;

/** The value that the platform would pass: a file has its bytes in `data`. */
export const fromPage = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(fromPage);
  if (isFile(value)) {
    const { base64, ...file } = value.$file;
    return { data: Buffer.from(base64, "base64"), ...file };
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, fromPage(part)]));
};

/** The value for the page: bytes become files. */
export const toPage = (value: unknown, contentType = "application/octet-stream"): unknown => {
  if (Buffer.isBuffer(value)) {
    return { $file: { contentType, base64: value.toString("base64") } } satisfies PageFile;
  }
  if (Array.isArray(value)) return value.map((part) => toPage(part));
  if (typeof value !== "object" || value === null) return value;
  const { data, name, contentType: type, ...rest } = value as Record<string, unknown>;
  if (Buffer.isBuffer(data) && typeof type === "string" && Object.keys(rest).length === 0) {
    return { $file: { name, contentType: type, base64: data.toString("base64") } };
  }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, toPage(part)]));
};
