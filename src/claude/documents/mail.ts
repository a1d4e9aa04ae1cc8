import { InvalidInput } from "../problem";
import { readHtml } from "./html";

/*
 * E-mails in the format of the Internet (.eml). By hand: postal-mime, the smallest kept library, adds
 * 76 kB to the bundle, mostly entities of HTML.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2045
 */

export interface Mail {
  text: string;
  attachments: { name: string; bytes: Buffer; contentType: string }[];
}

interface Part {
  headers: Map<string, string>;
  /** Each byte is a character. */
  body: string;
}

const shownHeaders = ["From", "To", "Cc", "Date", "Subject"];

/** Deeper nesting is no real mail. */
const maxDepth = 20;

/** The headers and the text of an e-mail, and its attachments. */
export const readMail = (bytes: Buffer): Mail => {
  const mail: Mail & { plain: string[]; html: string[] } = {
    text: "",
    attachments: [],
    plain: [],
    html: [],
  };
  const part = partOf(bytes.toString("latin1"));
  collect(part, mail, 0);
  const headers = shownHeaders.flatMap((name) => {
    const value = part.headers.get(name.toLowerCase());
    return value ? `${name}: ${decodeWords(value)}` : [];
  });
  const body = mail.plain.length > 0 ? mail.plain : mail.html;
  const { attachments } = mail;
  return { text: [headers.join("\n"), ...body].join("\n\n").trim(), attachments };
};

const collect = (
  part: Part,
  mail: Mail & { plain: string[]; html: string[] },
  depth: number,
): void => {
  if (depth > maxDepth) throw new InvalidInput({ code: "document_damaged" });
  const type = parametersOf(part.headers.get("content-type") ?? "text/plain");
  const disposition = parametersOf(part.headers.get("content-disposition") ?? "");
  const contentType = type.value.toLowerCase();
  const boundary = type.parameters.get("boundary");
  if (contentType.startsWith("multipart/") && boundary) {
    for (const text of splitParts(part.body, boundary)) collect(partOf(text), mail, depth + 1);
    return;
  }
  const given = disposition.parameters.get("filename") ?? type.parameters.get("name");
  const isText = contentType === "text/plain" || contentType === "text/html";
  const bytes = decodeBody(part);
  if (isText && disposition.value.toLowerCase() !== "attachment" && !given) {
    const text = decodeCharset(bytes, type.parameters.get("charset"));
    if (contentType === "text/html") mail.html.push(readHtml(text).text);
    else mail.plain.push(text.replaceAll("\r\n", "\n").trim());
    return;
  }
  if (bytes.length === 0) return;
  const extension = contentType === "message/rfc822" ? ".eml" : "";
  const name = given || `attachment ${mail.attachments.length + 1}${extension}`;
  mail.attachments.push({ name, bytes, contentType });
};

const partOf = (text: string): Part => {
  // A part without headers starts with the blank line.
  const end = /^\r?\n|\r?\n\r?\n/.exec(text);
  const head = text.slice(0, end?.index ?? text.length);
  const headers = new Map<string, string>();
  // A line that starts with a space continues the one before it.
  for (const line of head.replace(/\r?\n[ \t]+/g, " ").split(/\r?\n/)) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    if (name && !headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return { headers, body: end ? text.slice(end.index + end[0].length) : "" };
};

const splitParts = (body: string, boundary: string): string[] => {
  const mark = `--${boundary}`;
  const parts: string[] = [];
  let start = -1;
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + mark.length)) {
    if (at > 0 && body[at - 1] !== "\n") continue;
    if (start >= 0) parts.push(body.slice(start, at).replace(/\r?\n$/, ""));
    const lineEnd = body.indexOf("\n", at);
    if (lineEnd < 0 || body.startsWith("--", at + mark.length)) return parts;
    start = lineEnd + 1;
  }
  // The end of a truncated mail has no mark.
  if (start >= 0) parts.push(body.slice(start));
  return parts;
};

/** A header such as `text/plain; charset="utf-8"`. Parameters may be split and encoded (RFC 2231). */
const parametersOf = (header: string): { value: string; parameters: Map<string, string> } => {
  const parameters = new Map<string, string>();
  for (const [, name = "", index, star, quoted, bare = ""] of header.matchAll(
    /;\s*([\w-]+?)(?:\*(\d+))?(\*)?\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/g,
  )) {
    const raw = quoted?.replace(/\\(.)/g, "$1") ?? bare;
    const text = star ? decodePercent(raw, index === undefined || index === "0") : decodeWords(raw);
    const key = name.toLowerCase();
    parameters.set(key, index && index !== "0" ? (parameters.get(key) ?? "") + text : text);
  }
  return { value: (header.split(";", 1)[0] ?? "").trim(), parameters };
};

const decodePercent = (text: string, hasCharset: boolean): string => {
  const [, charset, rest = text] = (hasCharset && /^([^']*)'[^']*'(.*)$/.exec(text)) || [];
  const bytes = rest.replace(/%([\da-f]{2})/gi, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return decodeCharset(Buffer.from(bytes, "latin1"), charset);
};

/** Words such as `=?utf-8?Q?Gr=C3=BC=C3=9Fe?=` in a header. */
const decodeWords = (text: string): string =>
  utf8(text)
    .replace(/(\?=)\s+(?==\?)/g, "$1")
    .replace(/=\?([^?\s]+)\?([bq])\?([^?]*)\?=/gi, (_, charset, encoding, word: string) =>
      decodeCharset(
        encoding.toLowerCase() === "b"
          ? Buffer.from(word, "base64")
          : decodeQuoted(word.replaceAll("_", " ")),
        charset.split("*", 1)[0],
      ),
    );

/** Headers without encoding are ASCII, or UTF-8. */
const utf8 = (text: string): string => decodeCharset(Buffer.from(text, "latin1"), "utf-8");

const decodeBody = ({ headers, body }: Part): Buffer => {
  switch (headers.get("content-transfer-encoding")?.toLowerCase()) {
    case "base64":
      return Buffer.from(body, "base64");
    case "quoted-printable":
      return decodeQuoted(body.replace(/=[ \t]*\r?\n/g, ""));
    default:
      return Buffer.from(body, "latin1");
  }
};

const decodeQuoted = (text: string): Buffer =>
  Buffer.from(
    text.replace(/=([\da-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );

const decodeCharset = (bytes: Buffer, charset = "utf-8"): string => {
  try {
    return new TextDecoder(charset.trim() || "utf-8").decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
};
