import { endingOf, isTextual } from "../files/format";
import { decodeText } from "../files/text";
import type { Notice } from "../notice";
import { InvalidInput } from "../problem";
import { readHtml } from "./html";
import { readMail } from "./mail";
import { readOdf } from "./odf";
import { type DocumentText, partOf, readDocx, readPptx } from "./office";
import { readRtf } from "./rtf";
import { readXlsx } from "./xlsx";
import { openZip } from "./zip";

/** A document as text, and the attachments of an e-mail as files of their own. */
export interface ConvertedDocument {
  text: string;
  attachments: { name: string; bytes: Buffer; contentType: string }[];
  /** What of the document is not in its text. */
  notice: Notice;
}

/**
 * The text of a document that Claude does not read itself: Word, Excel, PowerPoint, OpenDocument, RTF,
 * HTML and e-mails. Office documents are detected from their bytes, texts also from type and name.
 *
 * @returns Undefined for any other file.
 * @throws InvalidInput for a document that is encrypted, damaged, too large, or of an old format.
 */
export const convertDocument = (
  name: string,
  bytes: Buffer,
  contentType = "",
): ConvertedDocument | undefined => {
  const start = bytes.toString("latin1", 0, 8);
  if (start.startsWith("PK\x03\x04")) return converted(readArchive(bytes));
  if (start.startsWith("\xd0\xcf\x11\xe0")) throw oldFormat(bytes);
  if (/^(II\*\0|MM\0\*)/.test(start)) {
    throw new InvalidInput({ code: "image_format_unsupported", format: "TIFF" });
  }
  if (start.startsWith("{\\rtf")) {
    return converted({ format: "RTF", ...readRtf(bytes.toString("latin1")) });
  }
  if (isMail(name, bytes, contentType)) {
    const { text, attachments } = readMail(bytes);
    return {
      text,
      attachments,
      notice: { code: "mail_converted", attachments: attachments.length },
    };
  }
  const html = htmlOf(name, bytes, contentType);
  return html === undefined ? undefined : converted({ format: "HTML", ...readHtml(html) });
};

type Document = DocumentText & { format: string };

const converted = ({ text, format, pictures, cutRows = 0 }: Document): ConvertedDocument => ({
  text,
  attachments: [],
  notice: { code: "document_converted", format, pictures, cutRows },
});

const readArchive = (bytes: Buffer): Document => {
  const archive = openZip(bytes);
  const has = (pattern: RegExp) => archive.names.some((name) => pattern.test(name));
  if (has(/^word\/document\d*\.xml$/)) return { format: "Word", ...readDocx(archive) };
  if (has(/^xl\/workbook\.xml$/)) return { format: "Excel", ...readXlsx(archive) };
  if (has(/^ppt\/presentation\.xml$/)) return { format: "PowerPoint", ...readPptx(archive) };
  const [, kind] =
    /opendocument\.(text|spreadsheet|presentation)/.exec(partOf(archive, "mimetype")) ?? [];
  if (!kind || !has(/^content\.xml$/)) throw new InvalidInput({ code: "document_is_archive" });
  if (/<manifest:encryption-data/.test(partOf(archive, "META-INF/manifest.xml"))) {
    throw new InvalidInput({ code: "document_encrypted" });
  }
  return { format: "OpenDocument", ...readOdf(archive, kind === "spreadsheet") };
};

/** The container of old Office documents, of Outlook's mails, and of encrypted new documents. */
const oldFormat = (bytes: Buffer): InvalidInput => {
  const has = (name: string) => bytes.includes(Buffer.from(name, "utf16le"));
  if (has("EncryptedPackage")) return new InvalidInput({ code: "document_encrypted" });
  const format = has("WordDocument")
    ? ".doc"
    : has("PowerPoint Document")
      ? ".ppt"
      : has("__substg1.0_")
        ? ".msg"
        : ".xls";
  return new InvalidInput({ code: "document_format_old", format });
};

const isMail = (name: string, bytes: Buffer, contentType: string): boolean =>
  (/^message\/rfc822/i.test(contentType) || endingOf(name) === "eml") &&
  /^[\w-]+:/m.test(bytes.toString("latin1", 0, 2_000));

const htmlOf = (name: string, bytes: Buffer, contentType: string): string | undefined => {
  const isStated = /\bx?html\b/i.test(contentType) || /^x?html?$/.test(endingOf(name) ?? "");
  const start = bytes.toString("latin1", 0, 500).trimStart();
  const isHtml = /^(<\?xml[^>]*>\s*)?<(!doctype html|html|head|body)\b/i.test(start);
  const isText =
    contentType === "" || isTextual(contentType) || contentType.includes("octet-stream");
  if (!isText || !(isHtml || (isStated && start.includes("<")))) return undefined;
  const text = decodeText(bytes);
  if (text !== undefined) return text;
  if (bytes.includes(0)) return undefined;
  const [, charset = "windows-1252"] =
    /charset\s*=\s*["']?([\w-]+)/i.exec(bytes.toString("latin1", 0, 2_000)) ?? [];
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
};
