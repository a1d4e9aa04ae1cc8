import { describe, expect, test } from "vitest";
import { modelExample } from "../../../src/claude/models/schema";
import { failure, run } from "../../support/component";
import { type Reply, startServer } from "../../support/server";

const model = (id: string) => ({ ...modelExample, id });
const page = (ids: string[], has_more: boolean): Reply => ({
  body: {
    data: ids.map(model),
    has_more,
    first_id: ids.at(0) ?? null,
    last_id: ids.at(-1) ?? null,
  },
});

describe("single page", () => {
  test("returns the API's page unchanged, with 20 models by default", async () => {
    const server = await startServer(page(["b", "a"], true));
    expect(await run("listModels", server)).toEqual({
      data: [model("b"), model("a")],
      has_more: true,
      first_id: "b",
      last_id: "a",
    });
    const { method, path, query } = server.request();
    expect({ method, path, query }).toEqual({
      method: "GET",
      path: "/v1/models",
      query: "limit=20",
    });
  });

  test("sends Limit and the cursors in the query", async () => {
    const server = await startServer(page([], false));
    await run("listModels", server, { afterId: "a&b", limit: "1000" });
    await run("listModels", server, { beforeId: "c", limit: 1 });
    expect(server.requests.map(({ query }) => query)).toEqual([
      "after_id=a%26b&limit=1000",
      "before_id=c&limit=1",
    ]);
  });

  test.each(["0", "5000", "1001", "-1", "x", "1.5"])("rejects Limit %s", async (limit) => {
    const server = await startServer(page([], false));
    expect((await failure("listModels", server, { limit })).message).toContain(
      "Limit must be a whole number from 1 to 1000",
    );
    expect(server.requests).toHaveLength(0);
  });

  test("rejects Fetch All values other than true and false", async () => {
    const server = await startServer(page([], false));
    expect((await failure("listModels", server, { fetchAll: "off" })).message).toBe(
      'Fetch All must be true or false, but was "off".',
    );
  });

  test("rejects a response without a list of models", async () => {
    for (const body of ['{"models": []}', "null", '{"data": [null]}', '{"data": ["a"]}']) {
      const server = await startServer({ body });
      expect((await failure("listModels", server)).message).toContain(
        "The response is not an object with a list of objects in data.",
      );
    }
  });
});

describe("Fetch All", () => {
  test("fetches every page at the maximum page size and ignores the other inputs", async () => {
    const server = await startServer(page(["d", "c"], true), page(["b"], true), page(["a"], false));
    expect(
      await run("listModels", server, {
        fetchAll: "true",
        limit: "1",
        afterId: "x",
        beforeId: "y",
      }),
    ).toEqual({
      data: ["d", "c", "b", "a"].map(model),
      has_more: false,
      first_id: "d",
      last_id: "a",
    });
    expect(server.requests.map(({ query }) => query)).toEqual([
      "limit=1000",
      "after_id=c&limit=1000",
      "after_id=b&limit=1000",
    ]);
  });

  test("stops at an empty page", async () => {
    const empty = await startServer(page(["a"], true), page([], true));
    expect((await run("listModels", empty, { fetchAll: true })).data).toHaveLength(1);
    const emptyWithCursor = { body: { data: [], has_more: true, last_id: "z" } };
    const server = await startServer(page(["a"], true), emptyWithCursor);
    expect((await run("listModels", server, { fetchAll: true })).data).toHaveLength(1);
  });

  test("continues after the last model when the response has no cursor", async () => {
    const noCursor = await startServer(
      { body: { data: [model("a")], has_more: true } },
      { body: { data: [model("b")], has_more: false } },
    );
    expect((await run("listModels", noCursor, { fetchAll: true })).data).toHaveLength(2);
    expect(noCursor.requests[1]?.query).toBe("after_id=a&limit=1000");
  });

  test("rejects a cursor that repeats, instead of looping forever", async () => {
    const stuck = await startServer(page(["a"], true));
    expect((await failure("listModels", stuck, { fetchAll: true })).message).toContain(
      "The list does not end: after 2 items, the API returns to a.",
    );
    const circle = await startServer(page(["a"], true), page(["b"], true), page(["a"], true));
    expect((await failure("listModels", circle, { fetchAll: true })).message).toContain(
      "after 3 items, the API returns to a",
    );
  });
});
