import { type ResponseBody, readJson, unusable } from "./body";
import { asText, isObject } from "./values";

/** A page of a list, as most endpoints send it. */
export interface Page<T> {
  data: T[];
  has_more: boolean;
  first_id: string | null;
  last_id: string | null;
}

/** Which page of a list to read. */
export interface PageParams {
  beforeId?: string;
  afterId?: string;
  /** Items on the page, 1 to 1000. */
  limit?: number;
}

/** Most items that one page can hold. */
export const largestPage = 1_000;

/** Whoever has more reads them page by page: a step has little memory. */
const mostItems = 100_000;

/** The query that asks for a page. */
export const pageQuery = ({ beforeId, afterId, limit }: PageParams): [string, string][] => {
  const query: [string, string][] = [];
  if (beforeId) query.push(["before_id", beforeId]);
  if (afterId) query.push(["after_id", afterId]);
  if (limit) query.push(["limit", String(limit)]);
  return query;
};

/** @throws Failure when the answer is no page. */
export const readPage = async <P extends { data: unknown[] }>(body: ResponseBody): Promise<P> => {
  const page = await readJson<P | null>(body);
  if (!page || !Array.isArray(page.data)) {
    throw unusable(body, "invalid_response", "The answer holds no list in data.");
  }
  // What reads the list need not look for null in its midst.
  const data = page.data.filter(isObject);
  if (data.length === 0 && page.data.length > 0) {
    throw unusable(body, "invalid_response", "The answer holds no list of objects in data.");
  }
  return { ...page, data };
};

/** Where a page leads on to, undefined at the end of the list. */
export const nextAfter = <T extends { id: string }>({
  data,
  has_more,
  last_id,
}: Page<T>): string | undefined =>
  has_more ? (asCursor(last_id) ?? asCursor(data.at(-1)?.id)) : undefined;

/** A mark that leads to the next page. Some hosts count their pages. */
export const asCursor = (value: unknown): string | undefined => asText(value) || undefined;

/** A list that was read to its end, as one page. */
export const asOnePage = <T extends { id: string }>(all: T[]): Page<T> => ({
  data: all,
  has_more: false,
  first_id: all.at(0)?.id ?? null,
  last_id: all.at(-1)?.id ?? null,
});

/**
 * Reads a list from its first page to its last.
 *
 * @param fetchPage Reads the page that a cursor leads to, the first page without one.
 * @param next The cursor of the page after, undefined at the end.
 * @param isEnough Says after each page whether to stop there.
 * @throws Error when a page leads back to one already read, so that the list would never end, and
 *   for a list of more than 100,000 items.
 * @see https://platform.claude.com/docs/en/api/overview#pagination
 */
export const fetchAllPages = async <T, P extends { data: T[] }>(
  fetchPage: (cursor?: string) => Promise<P>,
  next: (page: P) => string | undefined,
  isEnough: (page: P) => boolean = () => false,
): Promise<T[]> => {
  const all: T[] = [];
  const seen = new Set<string>();
  let page = await fetchPage();
  for (;;) {
    for (const item of page.data) all.push(item);
    const cursor = next(page);
    if (cursor === undefined || page.data.length === 0 || isEnough(page)) return all;
    if (seen.has(cursor)) {
      throw new Error(
        `The list does not end: after ${all.length} items the API leads back to ${cursor}. Turn Fetch All off and read single pages.`,
      );
    }
    if (all.length >= mostItems) {
      throw new Error(
        `The list holds more than ${mostItems} items. Turn Fetch All off and read it page by page.`,
      );
    }
    seen.add(cursor);
    page = await fetchPage(cursor);
  }
};
