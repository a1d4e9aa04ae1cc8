import { invalidResponse, type ResponseBody, readJson } from "./body";
import type { Client } from "./client";
import { Failure } from "./failure";
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

/** Maximum number of items on a page. */
export const maxPageSize = 1_000;

/** Longer lists must be read page by page: a step has little memory. */
export const maxItems = 100_000;

/** The query that asks for a page. */
export const pageQuery = ({ beforeId, afterId, limit }: PageParams): [string, string][] => {
  const query: [string, string][] = [];
  if (beforeId) query.push(["before_id", beforeId]);
  if (afterId) query.push(["after_id", afterId]);
  if (limit) query.push(["limit", String(limit)]);
  return query;
};

/** @throws Failure if the response is not a page. */
export const readPage = async <P extends { data: unknown[] }>(body: ResponseBody): Promise<P> => {
  const page = await readJson<P | null>(body);
  // Callers rely on a list of objects.
  const data = Array.isArray(page?.data) ? page.data.filter(isObject) : undefined;
  if (!page || !data || (data.length === 0 && page.data.length > 0)) {
    throw invalidResponse(body, {
      code: "unexpected_response",
      expected: "an object with a list of objects in data",
    });
  }
  return { ...page, data };
};

/** The cursor of the next page, undefined at the end of the list. */
export const nextAfter = <T extends { id: string }>({
  data,
  has_more,
  last_id,
}: Page<T>): string | undefined =>
  has_more ? (asCursor(last_id) ?? asCursor(data.at(-1)?.id)) : undefined;

/** A cursor of a next page. Some hosts send page numbers. */
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
 * @param path Of the list, for errors.
 * @param fetchPage Reads the page of a cursor, the first page without one.
 * @param next The cursor of the next page, undefined at the end.
 * @param isEnough Says after each page whether to stop there.
 * @throws ApiError if a page leads back to one already read, so that the list would never end, and
 *   for a list of more than 100,000 items.
 * @see https://platform.claude.com/docs/en/api/overview#pagination
 */
export const fetchAllPages = async <T, P extends { data: T[] }>(
  client: Client,
  path: string,
  fetchPage: (cursor?: string) => Promise<P>,
  next: (page: P) => string | undefined,
  isEnough: (page: P) => boolean = () => false,
): Promise<T[]> => {
  const all: T[] = [];
  const seen = new Set<string>();
  const fail = (failure: Failure) => client.toError(failure, 1, { method: "GET", path });
  let page = await fetchPage();
  for (;;) {
    for (const item of page.data) all.push(item);
    const cursor = next(page);
    if (cursor === undefined || page.data.length === 0 || isEnough(page)) return all;
    if (seen.has(cursor)) {
      const reason = { code: "list_does_not_end", items: all.length, cursor } as const;
      throw fail(new Failure(reason, { status: 200, type: "list_does_not_end" }));
    }
    if (all.length >= maxItems) {
      const reason = { code: "list_too_long", maxItems } as const;
      throw fail(new Failure(reason, { status: 200, type: "list_too_long" }));
    }
    seen.add(cursor);
    page = await fetchPage(cursor);
  }
};
