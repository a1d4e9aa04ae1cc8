import { inflateSync } from "node:zlib";

/*
 * The two things about a PDF that Claude's API refuses and that can be told without reading its
 * pages. By hand: a library that reads PDFs weighs more than this whole connector.
 */

/** Whether the bytes are a PDF. Some programs put a few bytes before its mark. */
export const isPdf = (bytes: Buffer): boolean => bytes.subarray(0, 1_024).includes("%PDF-");

/** Whether a password protects the PDF, be it for reading or for changes. */
export const isEncrypted = (bytes: Buffer): boolean => {
  for (const at of positions(bytes, "/Encrypt")) {
    // The entry of the trailer: a reference or a dictionary follows.
    if (/^\/Encrypt\s*(\d+\s+\d+\s+R|<<)/.test(bytes.toString("latin1", at, at + 40))) return true;
  }
  return false;
};

/**
 * The number of pages as the PDF itself states it, undefined where it cannot be found.
 *
 * @see ISO 32000-1, 7.7.3.2: each node of the page tree counts the pages below it, the root all.
 */
export const pageCount = (bytes: Buffer): number | undefined => {
  const counts = [...countsIn(bytes)];
  let inflated = 0;
  for (const at of positions(bytes, "/ObjStm")) {
    const objects = objectStream(bytes, at);
    inflated += objects?.length ?? 0;
    if (inflated > mostInflated) break;
    if (objects) counts.push(...countsIn(objects));
  }
  return counts.length > 0 ? Math.max(...counts) : undefined;
};

/** A file made to keep a reader busy must not: this many places and bytes are looked at. */
const mostPlaces = 5_000;
const mostInflated = 100_000_000;

function* positions(bytes: Buffer, word: string): Generator<number> {
  let at = bytes.indexOf(word);
  for (let place = 0; at >= 0 && place < mostPlaces; place++) {
    yield at;
    at = bytes.indexOf(word, at + 1);
  }
}

/** The counts of the page tree's nodes. A node may stand on either side of its type. */
function* countsIn(bytes: Buffer): Generator<number> {
  for (const at of positions(bytes, "/Pages")) {
    const before = Math.min(at, nodeLength);
    const around = bytes.toString("latin1", at - before, at + nodeLength);
    const start = around.lastIndexOf("<<", before);
    const node = around.slice(Math.max(start, 0)).split(">>")[0] ?? "";
    const [, count] = /\/Count\s+(\d{1,6})\b/.exec(node) ?? [];
    if (/\/Type\s*\/Pages\b/.test(node) && count) yield Number(count);
  }
}

/** A node of the page tree lists its pages, up to some hundred references. */
const nodeLength = 16_000;

/** Newer PDFs keep their objects compressed. Undefined for a stream that cannot be read. */
const objectStream = (bytes: Buffer, at: number): Buffer | undefined => {
  const start = bytes.indexOf("stream", at);
  const end = bytes.indexOf("endstream", start);
  if (start < 0 || end < 0 || start - at > 1_000) return undefined;
  const first = start + "stream".length + (bytes[start + "stream".length] === 13 ? 2 : 1);
  try {
    return inflateSync(bytes.subarray(first, end), { maxOutputLength: 10_000_000 });
  } catch {
    return undefined;
  }
};
