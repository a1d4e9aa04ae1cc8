import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { asOnePage, fetchAllPages, nextAfter, type Page } from "../../src/client/pages";
import { runs } from "../support/runs";

const items = (count: number) => Array.from({ length: count }, (_, at) => ({ id: `id_${at}` }));
const endless = () => {
  let read = 0;
  return () => `after_${++read}`;
};

test("a list of more than 100,000 items is an error, before it fills the memory", async () => {
  const page = vi.fn(async () => ({ data: items(50_000) }));
  await expect(fetchAllPages(page, endless())).rejects.toThrow(
    "The list holds more than 100000 items. Turn Fetch All off and read it page by page.",
  );
  expect(page).toHaveBeenCalledTimes(2);
});

test("a list of 100,000 items is read", async () => {
  const cursors = ["a"];
  const all = await fetchAllPages(
    async () => ({ data: items(50_000) }),
    () => cursors.pop(),
  );
  expect(all).toHaveLength(100_000);
});

test("reading goes on to the end unless enough is read", async () => {
  const page = async (cursor?: string) => ({ data: [cursor] });
  const cursors = () => {
    const rest = ["a", "b"];
    return () => rest.shift();
  };
  expect(await fetchAllPages(page, cursors())).toEqual([undefined, "a", "b"]);
  expect(await fetchAllPages(page, cursors(), ({ data }) => data[0] === "a")).toEqual([
    undefined,
    "a",
  ]);
});

test("what is no id leads nowhere, a number is one", () => {
  const page = (last_id: unknown, ...ids: unknown[]) =>
    ({ data: ids.map((id) => ({ id })), has_more: true, first_id: null, last_id }) as Page<{
      id: string;
    }>;
  expect(nextAfter(page({}, "a"))).toBe("a");
  expect(nextAfter(page(5, 6))).toBe("5");
  expect(nextAfter(page(undefined, 6))).toBe("6");
  expect(nextAfter(page({}, {}))).toBeUndefined();
  expect(nextAfter(page("", ""))).toBeUndefined();
});

test("a list of any length comes whole and in order, whatever pages it comes in", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 7 })), fc.nat(6), async (sizes, last) => {
      const ends = [...sizes, last].map((_, at) =>
        sizes.slice(0, at + 1).reduce((a, b) => a + b, 0),
      );
      const list = items((ends.at(-1) ?? 0) + last);
      const all = await fetchAllPages(async (cursor?: string): Promise<Page<{ id: string }>> => {
        const begin = list.findIndex(({ id }) => id === cursor) + 1;
        const end = ends.find((place) => place > begin) ?? list.length;
        const data = list.slice(begin, end);
        return { ...asOnePage(data), has_more: end < list.length };
      }, nextAfter);
      expect(all).toEqual(list);
    }),
    runs(),
  );
});

test("a list without items has no first and no last", () => {
  expect(asOnePage([])).toEqual({ data: [], has_more: false, first_id: null, last_id: null });
  expect(nextAfter({ ...asOnePage([]), has_more: true })).toBeUndefined();
});
