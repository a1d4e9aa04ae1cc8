import { isUtf8 } from "node:buffer";
import { mimes } from "mrmime";
import { isPdf } from "../messages/pdf";

/** Types of endings that mrmime does not have. */
const otherTypes: Record<string, string> = {
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  doc: "application/msword",
  xls: "application/vnd.ms-excel",
  ppt: "application/vnd.ms-powerpoint",
  msg: "application/vnd.ms-outlook",
  eml: "message/rfc822",
  tsv: "text/tab-separated-values",
  jsonl: "application/x-ndjson",
};

/** The ending of a file's name or of a path, in lower case and without the dot. */
export const endingOf = (name: string): string | undefined =>
  /\.([a-z0-9]{1,12})$/i.exec(name.trim())?.[1]?.toLowerCase();

/** The media type for the ending of a name. A name without a dot has no ending. */
export const mediaType = (name: string): string | undefined => {
  const ending = endingOf(name);
  if (ending === undefined) return undefined;
  if (Object.hasOwn(otherTypes, ending)) return otherTypes[ending];
  // Every object inherits names such as constructor.
  return Object.hasOwn(mimes, ending) ? mimes[ending] : undefined;
};

/** The type of bytes whose format is not known. */
export const unknownType = "application/octet-stream";

/** Whether a media type is a text format. */
export const isTextual = (type: string): boolean =>
  /^(text|message)\/|[/+.-](json|xml|csv|yaml|javascript|ecmascript|typescript|markdown|rtf|ndjson|jsonl|sql|toml|sh|php|x-www-form-urlencoded)(;|$)/i.test(
    type,
  );

/** Whether files of a type cannot be read as text. */
export const isBinaryType = (type: string): boolean =>
  type.includes("/") && !isTextual(type) && !type.startsWith(unknownType);

/** Whether the first bytes are those of an image. Checked first: the image library copies all bytes. */
export const isImage = (bytes: Buffer): boolean =>
  /^(\x89PNG|\xff\xd8\xff|GIF8|RIFF|.{4}ftyp)/s.test(bytes.toString("latin1", 0, 12));

/** First bytes, in hexadecimal, of ZIP and Office, old Office, TIFF in both byte orders, gzip. */
const signatures = /^(504b0304|d0cf11e0|49492a00|4d4d002a|1f8b)/;

/** Whether the first bytes are those of a format that is not text: images, PDFs, archives, Office. */
export const isBinaryFormat = (bytes: Buffer): boolean =>
  isImage(bytes) || isPdf(bytes) || signatures.test(bytes.toString("hex", 0, 4));

/** Whether the first bytes are those of an Office document, which is a ZIP archive. */
export const isOffice = (bytes: Buffer): boolean => bytes.toString("latin1", 0, 2) === "PK";

/** Whether bytes are text in UTF-8, without control characters. */
export const isPlainText = (bytes: Buffer): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  isUtf8(bytes) && !/[\0-\x08\x0e-\x1f\x7f]/.test(bytes.toString());
