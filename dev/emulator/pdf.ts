import { createHash } from "node:crypto";
import { pageCount } from "../../src/claude/messages/pdf";

/** Turns of a conversation send the same PDF again. */
const cache = new Map<string, Promise<string[]>>();
const maxCached = 50;

/** The text of each page. A PDF that cannot be read has empty pages. */
export const pdfPages = (bytes: Buffer): Promise<string[]> => {
  const key = createHash("sha256").update(bytes).digest("base64");
  const pages = cache.get(key) ?? readPages(bytes);
  if (cache.size >= maxCached) cache.clear();
  cache.set(key, pages);
  return pages;
};

const readPages = async (bytes: Buffer): Promise<string[]> => {
  try {
    // Loaded when needed, because it is slow to load.
    const { extractText, getDocumentProxy } = await import("unpdf");
    const document = await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0 });
    const { text } = await extractText(document, { mergePages: false });
    return text;
  } catch {
    return Array.from({ length: pageCount(bytes) ?? 1 }, () => "");
  }
};
