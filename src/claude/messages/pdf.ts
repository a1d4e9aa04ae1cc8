import { isUtf8 } from "node:buffer";
import { inflateSync } from "node:zlib";

/*
 * The two things about a PDF that Claude's API refuses and that can be told without reading its
 * pages. By hand: a library that reads PDFs weighs more than this whole connector. What is unusual
 * is passed over: the API itself is the judge then.
 */

/** Whether the bytes are a PDF. Some programs put a few bytes before its mark; texts may speak of it. */
export const isPdf = (bytes: Buffer): boolean => {
  const at = bytes.subarray(0, 1_024).indexOf("%PDF-");
  return at >= 0 && (bytes.toString("latin1", 0, at).trim() === "" || !isUtf8(bytes));
};

/** Whether a password protects the PDF, be it for reading or for changes. */
export const isEncrypted = (bytes: Buffer): boolean => {
  for (const at of positions(bytes, "/Encrypt")) {
    if (!/^\/Encrypt\s*(\d+\s+\d+\s+R|<<)/.test(bytes.toString("latin1", at, at + 40))) continue;
    // The entry stands in the trailer, or in the dictionary of the stream that takes its place.
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
 * The number of pages as the PDF itself states it, undefined where it cannot be found: the count of
 * the page tree's root. Changes are written at the end of a file, so the last root counts.
 *
 * @see ISO 32000-1, 7.7.3.2
 */
export const pageCount = (bytes: Buffer): number | undefined => {
  let inflated = 0;
  let roots = rootsIn(bytes);
  let from = 0;
  for (let stream = 0; stream < mostPlaces && inflated < mostInflated; stream++) {
    const at = bytes.indexOf("/ObjStm", from);
    if (at < 0) break;
    const { objects, end } = objectStream(bytes, at);
    inflated += objects?.length ?? mostInflated / 10;
    if (objects) roots = [...roots, ...rootsIn(objects).map(({ pages }) => ({ at, pages }))];
    from = end;
  }
  return roots.sort((a, b) => a.at - b.at).at(-1)?.pages;
};

/** A file made to keep a reader busy must not: this many places and bytes are looked at. */
const mostPlaces = 1_000;
const mostInflated = 50_000_000;

function* positions(bytes: Buffer, word: string): Generator<number> {
  let at = bytes.indexOf(word);
  for (let place = 0; at >= 0 && place < mostPlaces; place++) {
    yield at;
    at = bytes.indexOf(word, at + 1);
  }
}

/** The page tree's nodes that have no parent. The count may stand on either side of the type. */
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

/** A node of the page tree lists its pages, up to some hundred references. */
const nodeLength = 16_000;

/** Newer PDFs keep their objects compressed. Without objects where a stream cannot be read. */
const objectStream = (bytes: Buffer, at: number): { objects?: Buffer; end: number } => {
  const start = bytes.subarray(at, at + 1_000).indexOf("stream");
  if (start < 0) return { end: at + 1 };
  const first = at + start + "stream".length;
  const end = bytes.indexOf("endstream", first);
  if (end < 0) return { end: bytes.length };
  try {
    const compressed = bytes.subarray(first + (bytes[first] === 13 ? 2 : 1), end);
    return { objects: inflateSync(compressed, { maxOutputLength: mostInflated / 10 }), end };
  } catch {
    return { end };
  }
};
