/** A page of a list, as the API sends it. */
export interface Page<T> {
  data: T[];
  has_more: boolean;
  first_id: string | null;
  last_id: string | null;
}

/**
 * Reads a list from its first page to its last.
 *
 * @param fetchPage Reads the page after an id, the first page without one.
 * @throws Error when a page leads back to one already read: the list would never end.
 * @see https://platform.claude.com/docs/en/api/overview#pagination
 */
export const fetchAllPages = async <T>(
  fetchPage: (afterId?: string) => Promise<Page<T>>,
): Promise<T[]> => {
  const all: T[] = [];
  const seen = new Set<string>();
  let page = await fetchPage();
  for (;;) {
    for (const item of page.data) all.push(item);
    const next = page.last_id;
    if (!page.has_more || !next || page.data.length === 0) return all;
    if (seen.has(next)) {
      throw new Error(
        `The list does not end: after ${all.length} items the API leads back to ${next}. Turn Fetch All off and read single pages with After ID.`,
      );
    }
    seen.add(next);
    page = await fetchPage(next);
  }
};
