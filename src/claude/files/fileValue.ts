import { isRecord } from "../../client/values";
import { InvalidInput } from "../problem";
import { decodeBase64, fromDataUrl, isDataUrl } from "./encoding";
import { isBinaryFormat, isBinaryType, mediaType } from "./format";

/*
 * Files in the forms that steps return them. By hand: each service has names of its own for the
 * content, the type and the name of a file, and no library knows them.
 */

/** A file that was given. */
export type FileSource = { name?: string } & (
  | { bytes: Buffer; contentType?: string }
  | { text: string; contentType?: string }
  | { url: string }
  | { fileId: string; mimeType?: string; isLookedUp?: boolean }
);

/** How a service names the members of a file. `a.b` is member b of member a. */
interface FileForm {
  /** The steps that return it, for the guide. */
  steps: string;
  /** Where the content is. */
  content: string;
  /** The content is always base64. */
  isBase64?: true;
  type?: string;
  name?: string;
}

/** The known forms. The guide on files shows this table. */
export const fileForms: readonly FileForm[] = [
  {
    steps: "Components of Prismatic: HTTP, SFTP, Amazon S3, Google Drive, Dropbox, Box",
    content: "data",
    type: "contentType",
  },
  {
    steps: "Microsoft Graph: attachments of Outlook",
    content: "contentBytes",
    isBase64: true,
    type: "contentType",
    name: "name",
  },
  { steps: "Gmail: parts of a message", content: "body.data", type: "mimeType", name: "filename" },
  { steps: "SendGrid", content: "content", type: "type", name: "filename" },
  { steps: "Postmark", content: "Content", isBase64: true, type: "ContentType", name: "Name" },
  {
    steps: "Power Automate and Logic Apps",
    content: "$content",
    isBase64: true,
    type: "$content-type",
  },
  { steps: "n8n", content: "data", type: "mimeType", name: "fileName" },
  { steps: "GitHub: content of a file", content: "content", name: "name" },
  { steps: "Full HTTP responses", content: "body", type: "headers.content-type" },
  { steps: "Amazon S3 SDK", content: "Body", type: "ContentType", name: "Key" },
  {
    steps: "Uploads of Express and Multer",
    content: "buffer",
    type: "mimetype",
    name: "originalname",
  },
  {
    steps: "Claude's content blocks",
    content: "source.data",
    type: "source.media_type",
    name: "title",
  },
  {
    steps: "OpenAI's file parts",
    content: "file.file_data",
    isBase64: true,
    type: "file.mime_type",
    name: "file.filename",
  },
  { steps: "OpenAI's image parts", content: "image_url.url" },
  { steps: "Gemini's parts", content: "inlineData.data", type: "inlineData.mimeType" },
  {
    steps: "Other steps",
    content: "file_data",
    isBase64: true,
    type: "mime_type",
    name: "file.name",
  },
  { steps: "Other steps", content: "base64", isBase64: true, type: "media_type", name: "title" },
  { steps: "Other steps", content: "fileContent", type: "content_type", name: "file_name" },
];

const distinct = (key: "content" | "type" | "name"): string[][] =>
  [...new Set(fileForms.flatMap((form) => form[key] ?? []))].map((path) => path.split("."));

const contentPaths = distinct("content");
const typePaths = distinct("type");
const namePaths = distinct("name");
const base64Paths = new Set(
  fileForms.filter(({ isBase64 }) => isBase64).map(({ content }) => content),
);

/** Where the URL of a file is that can be fetched without a credential. */
const urlPaths = ["source.url", "file_url", "@microsoft.graph.downloadUrl", "url", "file.url"].map(
  (path) => (path.startsWith("@") ? [path] : path.split(".")),
);

/**
 * Reads a file in the forms that steps return it: a record, bytes, base64, a data URL, a URL, the ID
 * of a file, or one of them as JSON text. Undefined if the value is data and not a file.
 *
 * @param name As the row says. Its ending tells whether a text can be the file.
 * @throws InvalidInput for a value that can only be a file, and cannot be read.
 */
export const readFileValue = (value: unknown, name = ""): FileSource | undefined => {
  if (typeof value === "string") return readText(value, name);
  return Array.isArray(value) ? readOnlyFile(value, name) : readRecord(value, name);
};

/** Bytes in the forms that the platform and JSON have for them, undefined for anything else. */
export const asBytes = (value: unknown): Buffer | undefined => {
  if (Buffer.isBuffer(value)) return value;
  // A view, not a copy.
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  if (!isRecord(value) || value.type !== "Buffer") return undefined;
  const { data } = value;
  if (typeof data === "string") return decodeBase64(data.replace(/^base64:/, ""), true);
  return Array.isArray(data) ? fromNumbers(data) : undefined;
};

/** The text of a raw body: text, or bytes in any form. */
export const rawText = (data: unknown): string =>
  typeof data === "string" ? data : (asBytes(data)?.toString() ?? "");

/** Bytes as a list of numbers, or as the JSON form of a Uint8Array: `{"0": 37, "1": 80}`. */
const fromNumbers = (value: unknown): Buffer | undefined => {
  if (Array.isArray(value)) return value.every(isByte) ? Buffer.from(value) : undefined;
  if (!isRecord(value) || !isByte(value[0])) return undefined;
  const entries = Object.entries(value);
  return entries.every(([key, byte], index) => key === String(index) && isByte(byte))
    ? Buffer.from(entries.map(([, byte]) => Number(byte)))
    : undefined;
};

const isByte = (value: unknown): boolean =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 255;

/** The file in a list of one. A list of records without content is data. */
const readOnlyFile = (list: unknown[], name: string): FileSource | undefined => {
  const bytes = fromNumbers(list);
  if (bytes && isBinaryFormat(bytes)) return { bytes };
  if (!list.some((item) => isFile(item))) return undefined;
  if (list.length > 1) throw new InvalidInput({ code: "file_list" });
  return readFileValue(list[0], name);
};

/** Whether a value is a record or bytes with the content of a file. */
export const isFile = (value: unknown): boolean => {
  try {
    const file = typeof value === "string" ? undefined : readRecord(value, "");
    return file !== undefined && !("text" in file);
  } catch (error) {
    // Only a file has a content that is damaged.
    return (error as InvalidInput).problem?.code !== "file_content_missing";
  }
};

const readRecord = (value: unknown, name: string, isInner = false): FileSource | undefined => {
  const own = asBytes(value);
  if (own) return { bytes: own };
  if (!isRecord(value)) return undefined;
  const numbers = fromNumbers(value);
  if (numbers && isBinaryFormat(numbers)) return { bytes: numbers };
  const stated = firstText(value, typePaths)?.trim();
  const type = stated?.includes("/") ? checkedType(stated) : undefined;
  const file = { name: firstText(value, namePaths), contentType: type };
  const { type: kind, id, mime_type: mimeType, file: inner, source } = value;
  const uploaded = [inner, source].find((member) => isRecord(member) && isId(member.file_id));
  if (uploaded)
    return { fileId: String((uploaded as { file_id: string }).file_id), name: file.name };
  if (kind === "file" && isId(id)) {
    return { fileId: id, name: file.name, ...(typeof mimeType === "string" && { mimeType }) };
  }
  if (kind === "text" && typeof value.text === "string") return { text: value.text };
  let isEmpty = false;
  for (const path of contentPaths) {
    const content = memberAt(value, path);
    isEmpty ||= content === "";
    const isBase64 = base64Paths.has(path.join("."));
    const read =
      isRecord(content) && !isInner
        ? readInner(content, name)
        : readContent(content, file, isBase64);
    if (read) return { ...file, ...read };
  }
  const url = firstText(value, urlPaths)?.trim();
  const isNamed = type ?? mediaType(file.name ?? "") ?? kind;
  if (url && isNamed && isWebUrl(url)) return { url, name: file.name };
  if (type && isEmpty) throw new InvalidInput({ code: "file_empty" });
  if (type && isBinaryType(type)) throw new InvalidInput({ code: "file_content_missing" });
  return undefined;
};

/** A file within the content: bytes in their JSON form, or a file of its own. */
const readInner = (content: unknown, name: string): FileSource | undefined => {
  const inner = readRecord(content, name, true);
  return inner && "bytes" in inner ? inner : undefined;
};

/** The content of a file. Undefined if it is data of another kind. */
const readContent = (
  content: unknown,
  file: { name?: string; contentType?: string },
  isBase64: boolean,
): FileSource | undefined => {
  if (content === undefined || content === null || content === "") return undefined;
  const bytes = asBytes(content);
  if (bytes) return { bytes };
  const type = file.contentType ?? mediaType(file.name ?? "");
  const numbers = fromNumbers(content);
  if (numbers && (type || isBase64 || isBinaryFormat(numbers))) return { bytes: numbers };
  if (typeof content !== "string") return undefined;
  if (isDataUrl(content)) return fromDataUrl(content);
  const isBinary = type !== undefined && isBinaryType(type);
  const decoded = decodeBase64(content, isBase64 || isBinary);
  if (decoded) return { bytes: decoded };
  const binary = fromBinaryText(content);
  if (binary) return { bytes: binary };
  if (isWebUrl(content.trim()) && isBinary) return { url: content.trim() };
  if (isBinary) throw new InvalidInput({ code: "file_data_not_base64" });
  return type === undefined ? undefined : { text: content };
};

const readText = (value: string, name: string): FileSource => {
  const text = value.trim();
  if (isWebUrl(text)) return { url: text };
  if (/^file_[\w-]+$/.test(text)) return { fileId: text };
  if (isDataUrl(text)) return fromDataUrl(text);
  const inJson = fromJsonText(text, name);
  if (inJson) return inJson;
  const bytes = decodeBase64(text) ?? fromBinaryText(value);
  if (bytes) return { bytes };
  if (isReference(text)) {
    throw new InvalidInput({ code: "file_reference_as_text", text: text.slice(0, 60) });
  }
  const type = mediaType(name);
  if (type && isDocument(type)) throw new InvalidInput({ code: "file_is_text", name });
  return { text: value };
};

/** A file as JSON text, as it arrives from code and through text fields. */
const fromJsonText = (text: string, name: string): FileSource | undefined => {
  if (!text.startsWith("{") && !text.startsWith("[")) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const file = readFileValue(value, name);
  // Other JSON is a text, whatever its members are called.
  return file && "text" in file ? undefined : file;
};

/**
 * The bytes of a binary file that an earlier step read as text. Each byte became a character, unless
 * it was read as UTF-8, which loses bytes.
 */
const fromBinaryText = (text: string): Buffer | undefined => {
  const start = text.slice(0, 100);
  // The first bytes of a PDF and of a ZIP are ASCII, those of other formats are replaced.
  const isLossy = /^(%PDF-|.PNG|PK|\ufffd{3})/s.test(start) && text.includes("\ufffd");
  if (isLossy) throw new InvalidInput({ code: "file_read_as_text" });
  if (!isBinaryFormat(Buffer.from(start, "latin1")) || /[^\0-\xff]/.test(text)) return undefined;
  return Buffer.from(text, "latin1");
};

/** A path, a file's name, or a reference that was not resolved, on one line. */
const isReference = (text: string): boolean =>
  text.length < 2_000 &&
  !/[\r\n]/.test(text) &&
  (/^\[object \w+\]$/.test(text) ||
    /^\{\{[^{}]*\}\}$/.test(text) ||
    /^(s3|gs|sftp|ftps?|file|smb|abfss?|wasbs?|dbfs|onedrive|sharepoint):\/\/\S+$/i.test(text) ||
    /^(\.{0,2}|~)(\/[^\s/]+){2,}\/?$/.test(text) ||
    /^([a-z]:\\|\\\\[\w.-]+\\)\S/i.test(text) ||
    /^[^\s:;,|<>"]+\.(pdf|docx?|xlsx?|pptx?|od[tsp]|rtf|csv|txt|json|xml|html?|eml|msg|zip|png|jpe?g|gif|webp|heic|tiff?)$/i.test(
      text,
    ));

/** A type of which a text under its name is a mistake. */
const isDocument = (type: string): boolean =>
  /^image\/|pdf|officedocument|opendocument|msword|vnd\.ms-/.test(type);

const isWebUrl = (text: string): boolean => {
  if (text.length > 20_000 || !/^https?:\/\/\S+$/i.test(text)) return false;
  if (URL.canParse(text)) return true;
  throw new InvalidInput({ code: "url_unreadable", url: text.slice(0, 60) });
};

const isId = (value: unknown): value is string => typeof value === "string" && value !== "";

/** A content type is sent in a header: no line breaks. Undefined if it is blank. */
export const checkedType = (type: string): string | undefined => {
  if (type.trim() === "") return undefined;
  if (/^[\x20-\x7e]+$/.test(type)) return type;
  throw new InvalidInput({ code: "content_type_invalid", type: type.slice(0, 60) });
};

const memberAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (member, key) => (isRecord(member) && Object.hasOwn(member, key) ? member[key] : undefined),
    value,
  );

const firstText = (value: unknown, paths: readonly string[][]): string | undefined => {
  for (const path of paths) {
    const text = memberAt(value, path);
    if (typeof text === "string" && text.trim() !== "") return text;
  }
  return undefined;
};
