/** A page of a list, as in the API: the items before or after an ID, newest first. */
export const page = <T extends { id: string }>(items: readonly T[], query: URLSearchParams) => {
  const limit = Number(query.get("limit") ?? 20);
  // As in the API, an unknown cursor returns an empty page.
  const unknown = ["before_id", "after_id"].some(
    (name) => query.has(name) && !items.some(({ id }) => id === query.get(name)),
  );
  if (unknown) return { data: [], has_more: false, first_id: null, last_id: null };
  const indexOf = (id: string | null) => items.findIndex((item) => item.id === id);
  const before = indexOf(query.get("before_id"));
  const start = before >= 0 ? Math.max(before - limit, 0) : indexOf(query.get("after_id")) + 1;
  const end = before >= 0 ? before : start + limit;
  const data = items.slice(start, end);
  return {
    data,
    has_more: before >= 0 ? start > 0 : end < items.length,
    first_id: data.at(0)?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  };
};
