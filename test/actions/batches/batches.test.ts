/** Get, cancel, delete and list batches, and the Select Batch data source. */
import { createHarness } from "@prismatic-io/spectral/dist/testing";
import { describe, expect, test } from "vitest";
import { batchExample } from "../../../src/claude/batches/schema";
import { component, connectionTo, failure, run } from "../../support/component";
import { refusal, startServer } from "../../support/server";

describe.each([
  ["getBatch", "GET", "/v1/messages/batches/msgbatch_1", batchExample],
  ["cancelBatch", "POST", "/v1/messages/batches/msgbatch_1/cancel", batchExample],
  ["deleteBatch", "DELETE", "/v1/messages/batches/msgbatch_1", { id: "a", type: "deleted" }],
])("%s", (key, method, path, body) => {
  test("calls the API and returns its response", async () => {
    const server = await startServer({ body });
    expect(await run(key, server, { batchId: " msgbatch_1 " })).toEqual(body);
    expect(server.request()).toMatchObject({ method, path, body: "" });
  });

  test("encodes special characters in the batch ID", async () => {
    const server = await startServer({ body });
    await run(key, server, { batchId: "a b/?x" });
    expect(server.request().path).toBe(path.replace("msgbatch_1", "a%20b%2F%3Fx"));
  });

  test("rejects invalid batch IDs before any request", async () => {
    const server = await startServer({ body });
    for (const batchId of [".", "..", "../a", "a\nb", "a\ud83d", "", undefined]) {
      const error = await failure(key, server, { batchId });
      expect(error.message, String(batchId)).toMatch(/^Batch ID (must be|is)/);
    }
    expect(server.requests).toEqual([]);
  });

  test("includes the API's error message", async () => {
    const server = await startServer(refusal(404, "not_found_error", "No such batch"));
    expect((await failure(key, server, { batchId: "x" })).message).toContain("No such batch");
  });
});

test.each(["getBatch", "cancelBatch"])("%s rejects a response that is not a batch", async (key) => {
  for (const body of ['{"ok": true}', '{"id": "msgbatch_1"}', "null"]) {
    const server = await startServer({ body });
    expect((await failure(key, server, { batchId: "x" })).message).toContain(
      "The response is not a batch.",
    );
  }
});

test.each(["getBatch", "cancelBatch", "deleteBatch", "listBatches"])(
  "%s respects Max Retries and Headers of Request Options",
  async (key) => {
    const server = await startServer(refusal(529, "overloaded_error"));
    const requestOptions = { maxRetries: "0", headers: [{ key: "X-Trace", value: "t1" }] };
    expect((await failure(key, server, { batchId: "x", requestOptions })).attempts).toBe(1);
    expect(server.request().headers["x-trace"]).toBe("t1");
  },
);

test.each(["cancelBatch", "deleteBatch", "createBatch", "uploadFile", "deleteFile"])(
  "%s is never run for a preview in the designer",
  (key) => {
    expect(component.actions[key]?.performSafety).toBe("NOT_ALLOWED");
  },
);

describe("listBatches", () => {
  const page = (ids: string[], has_more: boolean) => ({
    body: {
      data: ids.map((id) => ({ ...batchExample, id })),
      has_more,
      first_id: ids[0] ?? null,
      last_id: ids.at(-1) ?? null,
    },
  });

  test("returns one page, with Limit and the cursors in the query", async () => {
    const server = await startServer(page(["a", "b"], true));
    const data = await run("listBatches", server, { afterId: "x", limit: "2" });
    expect(data).toMatchObject({ has_more: true, first_id: "a", last_id: "b" });
    expect(server.request()).toMatchObject({
      path: "/v1/messages/batches",
      query: "after_id=x&limit=2",
    });
    const before = await startServer(page(["a"], false));
    await run("listBatches", before, { beforeId: "y" });
    expect(before.request().query).toBe("before_id=y&limit=20");
  });

  test("fetches every page when Fetch All is on, and ignores the other inputs", async () => {
    const server = await startServer(page(["a", "b"], true), page(["c"], false));
    const data = await run("listBatches", server, { fetchAll: "true", limit: "1", beforeId: "x" });
    expect(data.data.map(({ id }: { id: string }) => id)).toEqual(["a", "b", "c"]);
    expect(data).toMatchObject({ has_more: false, first_id: "a", last_id: "c" });
    expect(server.requests.map(({ query }) => query)).toEqual([
      "limit=1000",
      "after_id=b&limit=1000",
    ]);
  });
});

test("selectBatch labels batches with creation time, number of requests and status", async () => {
  const malformed = { toString: 1 };
  const server = await startServer({
    body: {
      data: [
        {
          ...batchExample,
          id: "a",
          processing_status: "in_progress",
          request_counts: { processing: 7 },
        },
        { ...batchExample, id: "b" },
        { id: "c" },
        {
          id: "d",
          created_at: malformed,
          processing_status: malformed,
          request_counts: { succeeded: "1" },
        },
        { id: malformed },
      ],
      has_more: true,
      last_id: "b",
    },
  });
  const { result } = await createHarness(component).dataSource("selectBatch", {
    connection: connectionTo(server.url),
  });
  expect(result).toEqual([
    { key: "a", label: "2026-11-20 22:00, 7 requests, in progress" },
    { key: "b", label: "2026-11-20 22:00, 2 requests, ended" },
    { key: "c", label: "0 requests" },
    { key: "d", label: "0 requests" },
  ]);
  expect(server.request().query).toBe("limit=1000");
});
