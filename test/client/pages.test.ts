import { expect, test, vi } from "vitest";
import { asOnePage, fetchAllPages, nextAfter } from "../../src/client/pages";

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

test("a list without items has no first and no last", () => {
  expect(asOnePage([])).toEqual({ data: [], has_more: false, first_id: null, last_id: null });
  expect(nextAfter({ ...asOnePage([]), has_more: true })).toBeUndefined();
});
