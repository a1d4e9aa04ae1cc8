import { InvalidInput } from "../problem";
import { isBinaryFormat, isPlainText } from "./format";

/** Base64 in either alphabet, with or without line breaks and padding. */
export const isBase64 = (text: string): boolean =>
  !/[^\w+/\r\n-]/.test(text.replace(/={1,2}$/, ""));

/** Whether base64 has a possible length. Words such as "Hello" have one digit too many. */
const isWhole = (digits: string): boolean => digits.replace(/[\r\n=]+/g, "").length % 4 !== 1;

/** A shorter text is more likely a word than a file. */
const minLength = 16;

/** From this length, letters of both cases and digits without a space are data. */
const dataLength = 200;

/**
 * The bytes of a text that is a file in base64. Undefined for a text that only looks like base64:
 * its bytes are no known format.
 *
 * @param isCertain Whether the text can only be base64, because the format or the type says so.
 */
export const decodeBase64 = (text: string, isCertain = false): Buffer | undefined => {
  const given = text.trim();
  if (given.length < minLength && !isCertain) return undefined;
  const digits = isBase64(given) ? given : repaired(given);
  if (digits === undefined) return undefined;
  const bytes = Buffer.from(digits, "base64");
  if (isBinaryFormat(bytes)) return bytes;
  if (digits !== given || !isWhole(digits)) return undefined;
  if (isCertain) return bytes;
  const isHash = /^[\da-f]+$/i.test(digits);
  return !isHash && (isPlainText(bytes) || isData(digits)) ? bytes : undefined;
};

const isData = (digits: string): boolean => {
  const start = digits.slice(0, dataLength);
  return (
    start.length === dataLength && /[a-z]/.test(start) && /[A-Z]/.test(start) && /\d/.test(start)
  );
};

/** Base64 as templates and forms leave it: in quotes, escaped, or with spaces for its plus signs. */
const repaired = (text: string): string | undefined => {
  if (/[^\w+/=\r\n "%\\-]/.test(text.slice(0, 200))) return undefined;
  const digits = text
    .replace(/^"|"$/g, "")
    .replace(/%(2B|2F|3D|0D|0A)/gi, (escaped) => decodeURIComponent(escaped))
    .replace(/\\[rn]/g, "")
    .replaceAll("\\/", "/");
  const withPlus = digits.replaceAll(" ", "+");
  const withoutSpaces = digits.replaceAll(" ", "");
  const joined = isFolded(digits) && withoutSpaces.length % 4 === 0 ? withoutSpaces : withPlus;
  return isBase64(joined) ? joined : undefined;
};

/** Whether spaces stand for the line breaks of MIME: after lines of the same length. */
const isFolded = (digits: string): boolean => {
  const [first = "", ...rest] = digits.split(" ");
  return (
    [60, 64, 72, 76].includes(first.length) &&
    rest.every(({ length }, index) =>
      index < rest.length - 1 ? length === first.length : length <= first.length,
    )
  );
};

/** The start of a data URL, with a media type or parameters. Other texts may start with "data:" too. */
const dataUrlHead = /^data:([\w.+-]+\/[\w.+-]+)?((?:;[\w.+-]+(?:=[^;,\s]*)?)*),/i;

export const isDataUrl = (text: string): boolean => dataUrlHead.test(text.slice(0, 200));

/**
 * The content of a data URL.
 *
 * @throws InvalidInput if it is not encoded as its start says.
 */
export const fromDataUrl = (url: string): { bytes: Buffer; contentType?: string } => {
  const [head = "", contentType, parameters = ""] = dataUrlHead.exec(url.slice(0, 200)) ?? [];
  const content = url.slice(head.length);
  if (/;base64$/i.test(parameters)) {
    const bytes = decodeBase64(content, true);
    if (!bytes) throw new InvalidInput({ code: "data_url_not_base64" });
    return { bytes, contentType };
  }
  try {
    return { bytes: Buffer.from(decodeURIComponent(content)), contentType };
  } catch {
    throw new InvalidInput({ code: "data_url_invalid" });
  }
};
