import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import FormData from "form-data";
import { Failure, requestId } from "./failure";
import { redact } from "./redact";

/** What a request carries. `open` is called for each try, so no stream is ever sent twice. */
export interface RequestBody {
  open(): { data: Buffer | Readable; headers: Record<string, string> };
  /** For the debug log. */
  preview: string;
}

/** A text longer than this, as a rule a file in base64, is sent in pieces. In characters. */
const longText = 1_000_000;
const pieceLength = 65_536;

/** Stands for a long text. No text holds it by chance. */
const mark = randomUUID();

/**
 * A value as JSON text. Half a character, as where an emoji was cut in two, becomes the sign for it:
 * the API takes no JSON with halves.
 */
export const toJson = (value: unknown): string => JSON.stringify(value, wellFormed);

const wellFormed = (_: string, part: unknown): unknown =>
  typeof part === "string" ? part.toWellFormed() : part;

/**
 * A value as JSON. Long texts are written while they are sent: a file is then held once, not as
 * text, as JSON and as bytes.
 */
export const jsonBody = (value: unknown): RequestBody => {
  const long: string[] = [];
  const json = JSON.stringify(value, (key, part: unknown) => {
    if (typeof part !== "string" || part.length <= longText) return wellFormed(key, part);
    long.push(part.toWellFormed());
    return mark;
  });
  if (long.length === 0) return bytesBody(Buffer.from(json), "application/json");
  const around = json.split(mark);
  return textBody(function* () {
    for (const [index, text] of around.entries()) {
      yield text;
      const rest = long[index] ?? "";
      // Base64 is the same in JSON: to escape it would only copy it.
      const isPlain = !/[^ !#-[\]-~]/.test(rest);
      for (let at = 0; at < rest.length; at += pieceLength) {
        const piece = rest.slice(at, at + pieceLength);
        yield isPlain ? piece : JSON.stringify(piece).slice(1, -1);
      }
    }
  });
};

/**
 * JSON text that is made while it is sent, and never held as a whole. Its length comes first, from
 * a pass of its own: not every host takes a body of unknown length.
 *
 * @param pieces Makes the text anew each time, the same each time.
 */
export const textBody = (pieces: () => Iterable<string>): LongBody => {
  let length = 0;
  let preview = "";
  for (const piece of pieces()) {
    length += Buffer.byteLength(piece);
    if (preview.length < previewLength) preview += piece.slice(0, previewLength - preview.length);
  }
  const headers = { "content-type": "application/json", "content-length": String(length) };
  return {
    open: () => ({ data: Readable.from(together(pieces())), headers }),
    preview,
    length,
  };
};

/** A body whose length is known, in bytes. */
export interface LongBody extends RequestBody {
  length: number;
}

/**
 * Small pieces together: each costs a write to the socket. They stay text: Node frees it once it is
 * sent, while buffers wait for the garbage collector. But for the first: with a text, Node would
 * write the headers in UTF-8 too.
 */
function* together(pieces: Iterable<string>): Iterable<Buffer | string> {
  let text = "";
  let isFirst = true;
  for (const piece of pieces) {
    text += piece;
    if (text.length < pieceLength) continue;
    yield isFirst ? Buffer.from(text) : text;
    isFirst = false;
    text = "";
  }
  yield isFirst ? Buffer.from(text) : text;
}

/** Secrets are taken out of it before it is cut down to what a log line shows, so that none is cut in half. */
const previewLength = 1_000_000;

export const bytesBody = (data: Buffer, contentType: string): RequestBody => ({
  open: () => ({ data, headers: { "content-type": contentType } }),
  get preview() {
    return data.toString("utf8", 0, previewLength);
  },
});

/** One field of a multipart form. */
export interface FormPart {
  name: string;
  content: string | Buffer;
  /** Makes the part a file. */
  fileName?: string;
  contentType?: string;
}

/** A multipart form, built afresh for each try: a form is a stream and spent once read. */
export const formBody = (parts: readonly FormPart[]): RequestBody => ({
  open() {
    const form = new FormData();
    for (const { name, content, fileName, contentType } of parts) {
      form.append(name, content, { filename: fileName, contentType });
    }
    return { data: form, headers: form.getHeaders() };
  },
  preview: parts.map(({ name, fileName }) => fileName ?? name).join(", "),
});

/** The body of a successful answer, still on its way. */
export interface ResponseBody {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** To be read to the end: only then does the connection serve the next call. */
  pieces: AsyncIterable<Buffer>;
  /** Says that a stream still talks: to be called with each piece. */
  alive(): void;
  /** Says that nothing needed is to come. The end then comes within a moment, or is made. */
  endSoon(): void;
  /** Aborted, with a Failure as reason, when the attempt's time is up. */
  signal: AbortSignal;
  secrets: readonly string[];
}

/**
 * All bytes, held once where the answer tells their number.
 *
 * @throws Failure `invalid_response` for more bytes than a step can hold.
 */
export const readBytes = async (body: ResponseBody, most = largestFile): Promise<Buffer> => {
  const { pieces, alive, headers } = body;
  const announced = Number(headers["content-length"] ?? 0);
  // A server may announce anything, and a compressed answer is longer than it says.
  let whole = Buffer.allocUnsafe(announced > 0 && announced <= most ? announced : 0);
  let length = 0;
  for await (const piece of pieces) {
    alive();
    const needed = length + piece.length;
    if (needed > most) throw tooLong(body, most);
    if (needed > whole.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * whole.length));
      whole.copy(larger, 0, 0, length);
      whole = larger;
    }
    piece.copy(whole, length);
    length = needed;
  }
  return whole.subarray(0, length);
};

/** A server may send without end: this much is more than any answer is meant to be. In bytes. */
const largestFile = 1_000_000_000;
export const largestText = 256_000_000;

export const tooLong = (body: ResponseBody, most: number): Failure =>
  unusable(body, "invalid_response", `The answer is longer than ${most / 1e6} MB.`);

/** Text in UTF-8, without the mark that some servers put before it. */
export const readText = async (body: ResponseBody): Promise<string> =>
  new TextDecoder().decode(await readBytes(body, largestText));

/** @throws Failure `invalid_response` when the answer is no JSON. */
export const readJson = async <T>(body: ResponseBody): Promise<T> =>
  parseJson(body, await readText(body), "invalid_response") as T;

/** @throws Failure of the given type when the text is no JSON. */
export const parseJson = (body: ResponseBody, text: string, type: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw unusable(body, type, `The answer is not JSON but begins with ${beginning(body, text)}.`);
  }
};

/** How a text begins, in quotes. Secrets go first: half a secret would not be found again. */
export const beginning = ({ secrets }: ResponseBody, text: string): string =>
  JSON.stringify(redact(text.slice(0, 2_000), secrets).slice(0, 100));

/** An answer with a good status that is of no use. */
export const unusable = (
  { status, headers }: ResponseBody,
  type: string,
  message: string,
): Failure => new Failure(message, { status, type, requestId: requestId(headers), headers });
