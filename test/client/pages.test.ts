import fc from "fast-check";
import { expect, test, vi } from "vitest";
import type { Client } from "../../src/client/client";
import { asOnePage, fetchAllPages, nextAfter, type Page } from "../../src/client/pages";
import { runs } from "../support/propertyRuns";

const items = (count: number) => Array.from({ length: count }, (_, at) => ({ id: `id_${at}` }));
/** Only makes errors. */
const client = {
  toError: ({ reason }, attempts, call) =>
    Object.assign(new Error(reason.code), { reason, attempts, call }),
} as Pick<Client, "toError"> as Client;

const endlessCursors = () => {
  let read = 0;
  return () => `after_${++read}`;
};

test("fetchAllPages rejects a list of more than 100,000 items", async () => {
  const page = vi.fn(async () => ({ data: items(50_000) }));
  await expect(fetchAllPages(client, "/v1/models", page, endlessCursors())).rejects.toMatchObject({
    reason: { code: "list_too_long", maxItems: 100_000 },
    call: { method: "GET", path: "/v1/models" },
  });
  expect(page).toHaveBeenCalledTimes(2);
});

test("fetchAllPages reads a list of 100,000 items", async () => {
  const cursors = ["a"];
  const all = await fetchAllPages(
    client,
    "/v1/models",
    async () => ({ data: items(50_000) }),
    () => cursors.pop(),
  );
  expect(all).toHaveLength(100_000);
});

test("fetchAllPages reads to the end, or until the given condition is met", async () => {
  const page = async (cursor?: string) => ({ data: [cursor] });
  const cursors = () => {
    const rest = ["a", "b"];
    return () => rest.shift();
  };
  expect(await fetchAllPages(client, "/v1/models", page, cursors())).toEqual([undefined, "a", "b"]);
  expect(
    await fetchAllPages(client, "/v1/models", page, cursors(), ({ data }) => data[0] === "a"),
  ).toEqual([undefined, "a"]);
});

test("nextAfter accepts text and numbers as IDs", () => {
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

test("fetchAllPages returns any list completely and in order, with any page sizes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 7 })), fc.nat(6), async (sizes, last) => {
      const ends = [...sizes, last].map((_, at) =>
        sizes.slice(0, at + 1).reduce((a, b) => a + b, 0),
      );
      const list = items((ends.at(-1) ?? 0) + last);
      const readPage = async (cursor?: string): Promise<Page<{ id: string }>> => {
        const begin = list.findIndex(({ id }) => id === cursor) + 1;
        const end = ends.find((place) => place > begin) ?? list.length;
        const data = list.slice(begin, end);
        return { ...asOnePage(data), has_more: end < list.length };
      };
      const all = await fetchAllPages(client, "/v1/models", readPage, nextAfter);
      expect(all).toEqual(list);
    }),
    runs(),
  );
});

test("asOnePage of an empty list has no first_id and last_id", () => {
  expect(asOnePage([])).toEqual({ data: [], has_more: false, first_id: null, last_id: null });
  expect(nextAfter({ ...asOnePage([]), has_more: true })).toBeUndefined();
});
