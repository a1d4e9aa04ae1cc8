import { isUtf8 } from "node:buffer";
import { inflateSync } from "node:zlib";

/*
 * Two reasons for which Claude's API refuses a PDF, found without reading its pages. By hand: a PDF
 * library is larger than this connector. Unusual PDFs are let through: the API itself decides.
 */

/** Whether the bytes are a PDF. Some programs write a few bytes before its header; a text may mention it. */
export const isPdf = (bytes: Buffer): boolean => {
  const at = bytes.subarray(0, 1_024).indexOf("%PDF-");
  return at >= 0 && (bytes.toString("latin1", 0, at).trim() === "" || !isUtf8(bytes));
};

/** Whether the PDF is password-protected, against reading or against changes. */
export const isEncrypted = (bytes: Buffer): boolean => {
  for (const at of positions(bytes, "/Encrypt")) {
    if (!/^\/Encrypt\s*(\d+\s+\d+\s+R|<<)/.test(bytes.toString("latin1", at, at + 40))) continue;
    // The entry is in the trailer, or in the dictionary of the cross-reference stream that replaces it.
    const before = bytes.toString("latin1", Math.max(0, at - trailerLength), at);
    const trailer = before.lastIndexOf("trailer");
    const object = before.lastIndexOf(" obj");
    const stream = before.lastIndexOf("stream");
    if (trailer > Math.max(object, stream)) return true;
    if (
      object > stream &&
      bytes.toString("latin1", at - before.length + object, at + trailerLength).includes("/XRef")
    ) {
      return true;
    }
  }
  return false;
};

const trailerLength = 1_000;

/**
 * The number of pages that the PDF states in the root of its page tree, undefined if it is not
 * found. Changes are appended to a file, so the last root is the valid one.
 *
 * @see ISO 32000-1, 7.7.3.2
 */
export const pageCount = (bytes: Buffer): number | undefined => {
  let inflated = 0;
  let roots = rootsIn(bytes);
  let from = 0;
  for (let stream = 0; stream < maxMatches && inflated < maxInflatedBytes; stream++) {
    const at = bytes.indexOf("/ObjStm", from);
    if (at < 0) break;
    const { objects, end } = objectStream(bytes, at);
    inflated += objects?.length ?? maxInflatedBytes / 10;
    if (objects) roots = [...roots, ...rootsIn(objects).map(({ pages }) => ({ at, pages }))];
    from = end;
  }
  return roots.sort((a, b) => a.at - b.at).at(-1)?.pages;
};

/** Limits for files that are made to keep a reader busy. */
const maxMatches = 1_000;
const maxInflatedBytes = 50_000_000;

function* positions(bytes: Buffer, word: string): Generator<number> {
  let at = bytes.indexOf(word);
  for (let place = 0; at >= 0 && place < maxMatches; place++) {
    yield at;
    at = bytes.indexOf(word, at + 1);
  }
}

/** The nodes of the page tree without a parent. The count may come before or after the type. */
const rootsIn = (bytes: Buffer): { at: number; pages: number }[] => {
  const roots = [];
  for (const at of positions(bytes, "/Pages")) {
    const before = Math.min(at, nodeLength);
    const around = bytes.toString("latin1", at - before, at + nodeLength);
    const start = around.lastIndexOf("<<", before);
    const node = around.slice(Math.max(start, 0)).split(">>", 1)[0] ?? "";
    const [, count] = /\/Count\s+(\d{1,6})\b/.exec(node) ?? [];
    if (/\/Type\s*\/Pages\b/.test(node) && count && !/\/Parent\b/.test(node)) {
      roots.push({ at, pages: Number(count) });
    }
  }
  return roots.slice(-1);
};

/** A node of the page tree lists its pages: up to some hundred references. In bytes. */
const nodeLength = 16_000;

/** Newer PDFs compress their objects. Without `objects` if a stream cannot be read. */
const objectStream = (bytes: Buffer, at: number): { objects?: Buffer; end: number } => {
  const start = bytes.subarray(at, at + 1_000).indexOf("stream");
  if (start < 0) return { end: at + 1 };
  const first = at + start + "stream".length;
  const end = bytes.indexOf("endstream", first);
  if (end < 0) return { end: bytes.length };
  try {
    const compressed = bytes.subarray(first + (bytes[first] === 13 ? 2 : 1), end);
    return { objects: inflateSync(compressed, { maxOutputLength: maxInflatedBytes / 10 }), end };
  } catch {
    return { end };
  }
};
