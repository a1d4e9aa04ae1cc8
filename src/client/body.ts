import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { Failure, type FailureReason, failureFromEvent, isErrorBody, requestId } from "./failure";
import { redact } from "./redact";

/** The body of a request. `open` is called for each attempt, so no stream is ever sent twice. */
export interface RequestBody {
  open(): { data: Buffer | Readable; headers: Record<string, string> };
  /** For the debug log. */
  preview: string;
}

/** A longer text, usually a file in base64, is sent in chunks. In characters. */
const longText = 1_000_000;
const chunkLength = 65_536;

/** Placeholder for a long text. A UUID is in no text by chance. */
const placeholder = randomUUID();

/**
 * A value as JSON text. A lone surrogate, such as half an emoji, becomes U+FFFD: the API refuses
 * JSON with lone surrogates.
 */
export const toJson = (value: unknown): string => wellFormed(JSON.stringify(value));

/** JSON.stringify escapes lone surrogates, in names too, and writes all other characters as they are. */
const wellFormed = (json: string): string =>
  json.replace(/\\(?:u(d[89a-f][0-9a-f]{2})|.)/g, (escaped, surrogate) =>
    surrogate ? "\ufffd" : escaped,
  );

/**
 * A value as JSON. Long texts are written while they are sent: a file is then in memory once, not
 * as text, as JSON and as bytes.
 */
export const jsonBody = (value: unknown): RequestBody => {
  const longTexts: string[] = [];
  const stringified = JSON.stringify(value, (_, member: unknown) => {
    if (typeof member !== "string" || member.length <= longText) return member;
    longTexts.push(member.toWellFormed());
    return placeholder;
  });
  const json = wellFormed(stringified);
  if (longTexts.length === 0) return bytesBody(Buffer.from(json), "application/json");
  const around = json.split(placeholder);
  return textBody(function* () {
    for (const [index, text] of around.entries()) {
      yield text;
      const long = longTexts[index] ?? "";
      // Base64 is the same in JSON: escaping it would only copy it.
      const isPlain = !/[^ !#-[\]-~]/.test(long);
      for (let at = 0; at < long.length; at += chunkLength) {
        const chunk = long.slice(at, at + chunkLength);
        yield isPlain ? chunk : JSON.stringify(chunk).slice(1, -1);
      }
    }
  });
};

/**
 * JSON text that is generated while it is sent, and never in memory as a whole. Its length is
 * computed first, in a separate pass: not every host accepts a body of unknown length.
 *
 * @param chunks Generates the text, the same each time.
 */
export const textBody = (chunks: () => Iterable<string>): SizedBody => {
  let length = 0;
  let preview = "";
  for (const chunk of chunks()) {
    length += Buffer.byteLength(chunk);
    if (preview.length < previewLength) preview += chunk.slice(0, previewLength - preview.length);
  }
  const headers = { "content-type": "application/json", "content-length": String(length) };
  return {
    open: () => ({ data: Readable.from(joinChunks(chunks())), headers }),
    preview,
    length,
  };
};

/** A body whose length is known, in bytes. */
export interface SizedBody extends RequestBody {
  length: number;
}

/**
 * Joins small chunks: each costs a write to the socket. They stay text, which Node frees once it is
 * sent, while buffers wait for the garbage collector. Except the first: with a text, Node would
 * write the headers in UTF-8 too.
 */
function* joinChunks(chunks: Iterable<string>): Iterable<Buffer | string> {
  let text = "";
  let isFirst = true;
  for (const chunk of chunks) {
    text += chunk;
    if (text.length < chunkLength) continue;
    yield isFirst ? Buffer.from(text) : text;
    isFirst = false;
    text = "";
  }
  yield isFirst ? Buffer.from(text) : text;
}

/** Secrets are removed before the preview is truncated to a log line, so that none is split. */
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

/**
 * A multipart form of a known length: not every host accepts another. By hand: the form-data package
 * adds 11 kB, and Node's FormData loads its complete fetch implementation.
 *
 * @see https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
 */
export const formBody = (parts: readonly FormPart[]): RequestBody => {
  const boundary = `form-${randomUUID()}`;
  const chunks = parts.flatMap(({ name, content, fileName, contentType }) => {
    const file = fileName === undefined ? "" : `; filename="${escapeQuoted(fileName)}"`;
    const type = contentType === undefined ? "" : `Content-Type: ${contentType}\r\n`;
    return [
      `--${boundary}\r\nContent-Disposition: form-data; name="${escapeQuoted(name)}"${file}\r\n${type}\r\n`,
      content,
      "\r\n",
    ];
  });
  const all = [...chunks, `--${boundary}--\r\n`].map((chunk) =>
    typeof chunk === "string" ? Buffer.from(chunk) : chunk,
  );
  const headers = {
    "content-type": `multipart/form-data; boundary=${boundary}`,
    "content-length": String(all.reduce((sum, { length }) => sum + length, 0)),
  };
  return {
    open: () => ({ data: Readable.from(all), headers }),
    preview: parts.map(({ name, fileName }) => fileName ?? name).join(", "),
  };
};

const escapeQuoted = (name: string): string =>
  name.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

/** The body of a successful response, still being received. */
export interface ResponseBody {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** Must be read to the end: only then does the connection serve the next request. */
  chunks: AsyncIterable<Buffer>;
  /** Says that a stream is not stalled: must be called with each chunk. */
  resetStallTimer(): void;
  /** Says that nothing more is needed. The stream is closed soon if the server does not end it. */
  closeSoon(): void;
  /** Aborted, with a Failure as reason, when the attempt runs out of time. */
  signal: AbortSignal;
  secrets: readonly string[];
}

/**
 * All bytes, allocated once if the response states its length.
 *
 * @throws Failure `invalid_response` for more bytes than a step can hold in memory.
 */
export const readBytes = async (body: ResponseBody, maxBytes = maxFileBytes): Promise<Buffer> => {
  const { chunks, resetStallTimer, headers } = body;
  const stated = Number(headers["content-length"] ?? 0);
  // A server may state any length, and a compressed response is longer than stated.
  let bytes = Buffer.allocUnsafe(stated > 0 && stated <= maxBytes ? stated : 0);
  let length = 0;
  for await (const chunk of chunks) {
    resetStallTimer();
    const needed = length + chunk.length;
    if (needed > maxBytes) throw tooLarge(body, maxBytes);
    if (needed > bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * bytes.length));
      bytes.copy(larger, 0, 0, length);
      bytes = larger;
    }
    chunk.copy(bytes, length);
    length = needed;
  }
  return bytes.subarray(0, length);
};

/** A server may send without end: no real response is larger than this. In bytes. */
const maxFileBytes = 1_000_000_000;
export const maxTextBytes = 256_000_000;

export const tooLarge = (body: ResponseBody, maxBytes: number): Failure =>
  invalidResponse(body, { code: "response_too_large", megabytes: maxBytes / 1e6 });

/** Text in UTF-8, without the byte order mark that some servers send. */
export const readText = async (body: ResponseBody): Promise<string> =>
  new TextDecoder().decode(await readBytes(body, maxTextBytes));

/** @throws Failure `invalid_response` if the response is not JSON, or the error that it is. */
export const readJson = async <T>(body: ResponseBody): Promise<T> =>
  parseResponse(body, await readText(body));

/** The text of a response as JSON. See readJson. */
export const parseResponse = <T>(body: ResponseBody, text: string): T => {
  const json = parseJson(body, text);
  // Some gateways return errors with status 200.
  if (isErrorBody(json)) throw failureFromEvent(json, body.headers);
  return json as T;
};

/** @throws Failure of the given type if the text is not JSON. */
export const parseJson = (body: ResponseBody, text: string, type?: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidResponse(body, { code: "not_json", start: startOf(body, text) }, type);
  }
};

/** The start of a text, in quotes. Secrets are removed first: half a secret would not be found. */
export const startOf = ({ secrets }: ResponseBody, text: string): string =>
  JSON.stringify(redact(text.slice(0, 2_000), secrets).slice(0, 100));

/** A response with a successful status that cannot be used. */
export const invalidResponse = (
  { status, headers }: ResponseBody,
  reason: FailureReason,
  type = "invalid_response",
): Failure => new Failure(reason, { status, type, requestId: requestId(headers), headers });
