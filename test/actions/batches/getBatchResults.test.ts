import type { ServerResponse } from "node:http";
import { createHarness } from "@prismatic-io/spectral/dist/testing";
import { afterEach, describe, expect, test, vi } from "vitest";
import { component, connectionTo, failure, run } from "../../support/component";
import { type Received, type Reply, refusal, type Server, startServer } from "../../support/server";

afterEach(() => {
  vi.useRealTimers();
});

const batchOf = (total: number, rest: object = {}) => ({
  id: "msgbatch_1",
  type: "message_batch",
  processing_status: "ended",
  request_counts: { processing: 0, succeeded: total, errored: 0, canceled: 0, expired: 0 },
  created_at: "2026-11-20T22:00:00Z",
  ended_at: "2026-11-20T22:41:00Z",
  archived_at: null,
  // Another host, which must not receive the credential.
  results_url: "https://evil.example/results",
  ...rest,
});

const messageOf = (text: string, rest: object = {}) => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-5-5",
  content: [{ type: "text", text, citations: null }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 1_000, output_tokens: 100, service_tier: "batch" },
  ...rest,
});

const line = (custom_id: string, result: object) => JSON.stringify({ custom_id, result });
const succeeded = (id: string, text = `Answer ${id}`, rest: object = {}) =>
  line(id, { type: "succeeded", message: messageOf(text, rest) });
const rowId = (row: number) => `row-${String(row).padStart(6, "0")}`;

/** A server with an ended batch and its results file. */
const api = (
  lines: string[],
  { batch = batchOf(lines.length), reply }: { batch?: object; reply?: Reply } = {},
): Promise<Server> =>
  startServer((request: Received, response: ServerResponse) => {
    if (!request.path.endsWith("/results")) {
      response.writeHead(200, { "content-type": "application/json" });
      return response.end(JSON.stringify(batch));
    }
    if (typeof reply === "function") return reply(request, response);
    response.writeHead(reply?.status ?? 200, {
      "content-type": "application/x-jsonl",
      ...reply?.headers,
    });
    response.end(reply ? JSON.stringify(reply.body) : lines.map((text) => `${text}\n`).join(""));
  });

const get = (server: Server, inputs: object = {}) =>
  run("getBatchResults", server, { batchId: "msgbatch_1", ...inputs });

const ids = ({ results }: { results: { customId: string }[] }) =>
  results.map(({ customId }) => customId);

test("returns succeeded, errored, canceled and expired results with their rows, in row order", async () => {
  const server = await api(
    [
      line("row-000004_D", { type: "expired" }),
      line("row-000002_B-22", {
        type: "errored",
        error: {
          type: "error",
          error: { type: "invalid_request_error", message: "messages: too long" },
          request_id: "req_9",
        },
      }),
      succeeded("row-000001_A", '{"n": 1}'),
      line("row-000003_C", { type: "canceled" }),
    ],
    {
      batch: batchOf(0, {
        request_counts: { processing: 0, succeeded: 1, errored: 1, canceled: 1, expired: 1 },
      }),
    },
  );
  const data = await get(server);
  const cost = { input: 0.001, output: 0.0005, total: 0.0015, currency: "USD" };
  expect(data).toEqual({
    results: [
      {
        id: "A",
        customId: "row-000001_A",
        row: 1,
        status: "succeeded",
        reason: null,
        result: {
          text: '{"n": 1}',
          json: { n: 1 },
          thinking: "",
          toolCalls: [],
          sources: [],
          files: [],
          truncated: false,
          refused: false,
          paused: false,
          cost,
          warnings: [],
          usage: {
            input_tokens: 1_000,
            output_tokens: 100,
            service_tier: "batch",
            total_tokens: 1_100,
          },
          id: "msg_1",
          type: "message",
          role: "assistant",
          model: "claude-sonnet-5-5",
          content: [{ type: "text", text: '{"n": 1}', citations: null }],
          stop_reason: "end_turn",
          stop_sequence: null,
        },
      },
      {
        id: "B-22",
        customId: "row-000002_B-22",
        row: 2,
        status: "errored",
        reason: "invalid_request_error: messages: too long",
        result: null,
      },
      {
        id: "C",
        customId: "row-000003_C",
        row: 3,
        status: "canceled",
        reason: "The batch was canceled before this request was processed.",
        result: null,
      },
      {
        id: "D",
        customId: "row-000004_D",
        row: 4,
        status: "expired",
        reason:
          "The batch expired after 24 hours, before this request was processed. Submit it again.",
        result: null,
      },
    ],
    counts: { total: 4, succeeded: 1, errored: 1, canceled: 1, expired: 1 },
    usage: {
      input_tokens: 1_000,
      output_tokens: 100,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
    },
    cost,
    hasMore: false,
    nextOffset: null,
    warnings: [],
  });
  expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "GET /v1/messages/batches/msgbatch_1",
    "GET /v1/messages/batches/msgbatch_1/results",
  ]);
});

const shuffled = (count: number, id: (row: number) => string) =>
  Array.from({ length: count }, (_, index) => ((index * 7_919) % count) + 1).map((row) =>
    succeeded(id(row)),
  );

describe("Offset and Limit", () => {
  test("return pages in row order, reading the file once per page", async () => {
    const server = await api(shuffled(25, rowId));
    const first = await get(server, { limit: "10" });
    expect(ids(first)).toEqual(Array.from({ length: 10 }, (_, index) => rowId(index + 1)));
    expect(first).toMatchObject({
      hasMore: true,
      nextOffset: 10,
      counts: { total: 25, succeeded: 25 },
      usage: { input_tokens: 25_000 },
      cost: { total: 0.0375 },
      warnings: [],
    });
    const last = await get(server, { limit: "10", offset: first.nextOffset + 10 });
    expect(ids(last)).toEqual([21, 22, 23, 24, 25].map(rowId));
    expect(last).toMatchObject({ hasMore: false, nextOffset: null, warnings: [] });
    expect(server.requests.filter(({ path }) => path.endsWith("/results"))).toHaveLength(2);
  });

  test("sort custom IDs of other batches in natural number order", async () => {
    const server = await api(shuffled(25, (row) => `order-${row}`));
    expect(ids(await get(server, { limit: "3" }))).toEqual(["order-1", "order-2", "order-3"]);
    expect(ids(await get(server, { limit: "3", offset: "9" }))).toEqual([
      "order-10",
      "order-11",
      "order-12",
    ]);
    const all = await get(server);
    expect(ids(all)).toEqual(Array.from({ length: 25 }, (_, index) => `order-${index + 1}`));
    expect(all.results[0]).toMatchObject({ row: null, id: "order-1" });
  });

  test("treat custom IDs that only resemble row IDs as other IDs", async () => {
    const sorted = [
      "000001_a",
      "000001_b",
      "row-0000003",
      "row-000000",
      "row-000004-x",
      "row-900000",
      "x-row-000002",
    ];
    const server = await api([...sorted].reverse().map((id) => succeeded(id)));
    const { results } = await get(server);
    for (const { row, id, customId } of results) expect([row, id]).toEqual([null, customId]);
    const all = ids({ results });
    expect([...all].sort()).toEqual([...sorted].sort());
    const pages = sorted.map((_, offset) => get(server, { limit: "1", offset }));
    expect((await Promise.all(pages)).flatMap(ids)).toEqual(all);
  });

  test("page consistently over custom IDs with the same numeric value", async () => {
    const all = ["1", "01", "001", "0001"];
    const found = [];
    for (const [offset, order] of [all, [...all].reverse(), all, [...all].reverse()].entries()) {
      const server = await api(order.map((id) => succeeded(id)));
      found.push(...ids(await get(server, { offset, limit: "1" })));
    }
    expect(found.sort()).toEqual([...all].sort());
  });

  test("fail if the file is shorter when it is read again", async () => {
    const lines = shuffled(5, (row) => `order-${row}`);
    let reads = 0;
    const server = await api(lines, {
      reply: (_, response) => {
        reads += 1;
        response.end(lines.slice(0, reads === 2 ? 3 : 5).join("\n"));
      },
    });
    const inputs = { batchId: "a", limit: "2", requestOptions: { maxRetries: "0" } };
    const error = await failure("getBatchResults", server, inputs);
    expect(error.message).toContain("The response ended early: 3 of 5 results were received.");
  });

  test("sort custom IDs of requests that did not succeed, too", async () => {
    const server = await api(
      [
        succeeded("order-3"),
        line("order-1", { type: "errored", error: { error: { type: "x", message: "y" } } }),
        line("order-2", { type: "canceled" }),
      ],
      { batch: batchOf(1, { request_counts: { succeeded: 1, errored: 1, canceled: 1 } }) },
    );
    expect(ids(await get(server, { limit: "2" }))).toEqual(["order-1", "order-2"]);
    expect(ids(await get(server, { offset: "2" }))).toEqual(["order-3"]);
  });

  test("fail if the file has other results when it is read again", async () => {
    const lines = shuffled(5, (row) => `order-${row}`);
    let reads = 0;
    const server = await api(lines, {
      reply: (_, response) => {
        reads += 1;
        const last = reads === 3 ? succeeded("new") : lines[4];
        response.end([...lines.slice(0, 4), last].join("\n"));
      },
    });
    const inputs = { batchId: "a", limit: "2", requestOptions: { maxRetries: "0" } };
    const error = await failure("getBatchResults", server, inputs);
    expect(error.message).toContain("The results changed while they were read.");
  });

  test("set hasMore to false when the page ends exactly at the last result", async () => {
    const server = await api(shuffled(4, rowId));
    const last = await get(server, { offset: "2", limit: "2" });
    expect(ids(last)).toEqual([3, 4].map(rowId));
    expect(last).toMatchObject({ hasMore: false, nextOffset: null, warnings: [] });
    expect(await get(server, { limit: "4" })).toMatchObject({ hasMore: false, warnings: [] });
  });

  test("return 10,000 results by default", async () => {
    const server = await api(Array.from({ length: 10_001 }, (_, row) => succeeded(rowId(row + 1))));
    const first = await get(server);
    expect(first).toMatchObject({ hasMore: true, nextOffset: 10_000 });
    expect(first.results).toHaveLength(10_000);
  });

  test.each([
    ["Limit 0", { limit: "0" }, "Limit must be a whole number of at least 1"],
    ["Offset -1", { offset: "-1" }, "Offset must be a whole number of at least 0"],
  ])("reject %s before any request", async (_, inputs, message) => {
    const server = await api([]);
    const error = await failure("getBatchResults", server, { batchId: "a", ...inputs });
    expect(error.message).toContain(message);
    expect(server.requests).toEqual([]);
  });

  test("return no results beyond the end", async () => {
    const server = await api(shuffled(3, rowId));
    expect(await get(server, { offset: "5" })).toMatchObject({
      results: [],
      hasMore: false,
      counts: { total: 3 },
    });
  });
});

test("Return As counts returns counts, usage and cost only", async () => {
  for (const id of [rowId, (row: number) => `order-${row}`]) {
    const server = await api(shuffled(3, id));
    expect(await get(server, { returnAs: "counts" })).toEqual({
      results: [],
      counts: { total: 3, succeeded: 3, errored: 0, canceled: 0, expired: 0 },
      usage: {
        input_tokens: 3_000,
        output_tokens: 300,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
      },
      cost: { input: 0.003, output: 0.0015, total: 0.0045, currency: "USD" },
      hasMore: false,
      nextOffset: null,
      warnings: [],
    });
    expect(server.requests).toHaveLength(2);
  }
});

describe("Return As file", () => {
  const fileResult = (server: Server) =>
    createHarness(component).action("getBatchResults", {
      connection: connectionTo(server.url),
      batchId: "msgbatch_1",
      returnAs: "file",
    });

  const file = async (server: Server) =>
    run("getBatchResults", server, { batchId: "msgbatch_1", returnAs: "file" });

  test("returns the file byte for byte", async () => {
    const lines = [succeeded("b", "Ω 🙂"), succeeded("a")];
    const server = await api(lines);
    const data = await file(server);
    expect(Buffer.isBuffer(data)).toBe(true);
    expect(data.toString()).toBe(`${lines[0]}\n${lines[1]}\n`);
    expect(server.requests[1]?.headers["accept-encoding"]).toBe("identity");
  });

  test("returns the content type of the response, or application/x-jsonl", async () => {
    const server = await api([succeeded("a")]);
    expect((await fileResult(server))?.contentType).toBe("application/x-jsonl");
    const typed = await api([], {
      batch: batchOf(1),
      reply: (_, response) => {
        response.writeHead(200, { "content-type": "application/x-ndjson" });
        response.end(succeeded("a"));
      },
    });
    expect((await fileResult(typed))?.contentType).toBe("application/x-ndjson");
    const untyped = await api([], {
      batch: batchOf(1),
      reply: (_, response) => void response.end(succeeded("a")),
    });
    expect((await fileResult(untyped))?.contentType).toBe("application/x-jsonl");
  });

  test("does not count blank lines as results", async () => {
    const server = await api([], {
      batch: batchOf(3),
      reply: (_, response) => void response.end(`\n${succeeded("a")}\n\n\n${succeeded("b")}\n`),
    });
    const inputs = { batchId: "a", returnAs: "file", requestOptions: { maxRetries: "0" } };
    const error = await failure("getBatchResults", server, inputs);
    expect(error.message).toContain("The response ended early: 2 of 3 results were received.");
  });

  test("fails if the file ends within a line", async () => {
    const server = await api([succeeded("a"), succeeded("b")], {
      reply: (_, response) =>
        void response.end(`${succeeded("a")}\n${succeeded("b").slice(0, 60)}`),
    });
    const inputs = { batchId: "a", returnAs: "file", requestOptions: { maxRetries: "0" } };
    const error = await failure("getBatchResults", server, inputs);
    expect(error.message).toContain("The response ended early: 1 of 2 results were received.");
  });

  test("returns a file without content-length in many chunks byte for byte", async () => {
    const bytes = Buffer.from(
      Array.from({ length: 3_000 }, (_, index) => succeeded(`${index}`)).join("\n"),
    );
    const server = await api([], {
      batch: batchOf(3_000),
      reply: async (_, response) => {
        for (let at = 0; at < bytes.length; at += 10_007) {
          response.write(bytes.subarray(at, at + 10_007));
          if (at % 3 === 0) await new Promise(setImmediate);
        }
        response.end();
      },
    });
    expect(bytes.equals(await file(server))).toBe(true);
  });

  test("fails if the file has fewer results than the batch", async () => {
    const server = await api([succeeded("a")], { batch: batchOf(2) });
    const error = await failure("getBatchResults", server, {
      batchId: "msgbatch_1",
      returnAs: "file",
      requestOptions: { maxRetries: "0" },
    });
    expect(error.message).toContain("The response ended early: 1 of 2 results were received.");
  });
});

describe("JSON in results", () => {
  const jsonSchema =
    '{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}';

  test("is validated against JSON Schema", async () => {
    const server = await api([
      succeeded("row-000001", '{"n": 1}'),
      succeeded("row-000002", '{"n": "x"}'),
    ]);
    const { results } = await get(server, { jsonSchema });
    expect(results[0].result).toMatchObject({ json: { n: 1 }, warnings: [] });
    expect(results[1].result.json).toBeNull();
    expect(results[1].result.warnings[0]).toMatch(/^The response does not match JSON Schema/);
  });

  test("is parsed if it is an object or a list, without JSON Schema", async () => {
    const texts = ["plain", "[1]", '{"a": ', "12", ' {"a": 1}\n'];
    const server = await api(texts.map((text, index) => succeeded(rowId(index + 1), text)));
    const { results } = await get(server);
    expect(results.map(({ result }: { result: { json: unknown } }) => result.json)).toEqual([
      null,
      [1],
      null,
      null,
      { a: 1 },
    ]);
  });
});

test.each([
  ["undefined", undefined],
  ["empty", ""],
  ["blank", " "],
  ["RESULTS", "RESULTS"],
])("Return As %s returns results", async (_, returnAs) => {
  const server = await api([succeeded(rowId(1))]);
  expect(ids(await get(server, { returnAs }))).toEqual([rowId(1)]);
});

test("results are marked as truncated, with advice for Create Batch, or as refused", async () => {
  const server = await api([
    succeeded("row-000001", "Half", { stop_reason: "max_tokens" }),
    succeeded("row-000002", "", { stop_reason: "refusal", content: [] }),
  ]);
  const { results } = await get(server);
  expect(results[0].result).toMatchObject({
    truncated: true,
    warnings: [
      "The response was truncated at 100 tokens. Increase the token limit in Create Batch.",
    ],
  });
  expect(results[1].result).toMatchObject({ refused: true, text: "" });
});

test("cost is rounded", async () => {
  const usage = { input_tokens: 1, output_tokens: 1 };
  const server = await api([1, 2, 3].map((row) => succeeded(rowId(row), "a", { usage })));
  expect((await get(server)).cost).toEqual({
    input: 0.000003,
    output: 0.000015,
    total: 0.000018,
    currency: "USD",
  });
});

test("reports a model without a known price only once", async () => {
  const model = "mystery-1";
  const unknown = await api([1, 2].map((row) => succeeded(rowId(row), "a", { model })));
  expect((await get(unknown)).warnings).toEqual([
    "The price of model mystery-1 is not known, so cost is null.",
  ]);
});

test.each([
  ["type and message", { error: { error: { type: "x", message: "y" } } }, "x: y"],
  ["type only", { error: { error: { type: "x" } } }, "x"],
  ["an empty error", { error: { error: {} } }, "The API gives no reason."],
  ["an object as type", { error: { error: { type: {}, message: "y" } } }, "y"],
  [
    "type and message that are not text",
    { error: { error: { type: 5, message: { a: 1 } } } },
    "The API gives no reason.",
  ],
  ["a null error", { error: null }, "The API gives no reason."],
  ["no error", {}, "The API gives no reason."],
])("reason of an errored result with %s", async (_, rest, reason) => {
  const server = await api([line(rowId(1), { type: "errored", ...rest })]);
  expect((await get(server)).results[0]).toMatchObject({ status: "errored", reason });
});

test("cost is half price for any service_tier, and null if one cost is unknown", async () => {
  const usage = { input_tokens: 1_000_000, output_tokens: 1_000_000, service_tier: "standard" };
  const server = await api([
    succeeded("row-000001", "a", { usage }),
    succeeded("row-000002", "b", { usage, model: "mystery-1" }),
    succeeded("row-000003", "c", { usage: null }),
  ]);
  const data = await get(server);
  expect(data.results[0].result.cost.total).toBe(6);
  expect(data.results[1].result.cost).toBeNull();
  expect(data.cost).toBeNull();
  expect(data.warnings).toEqual([
    "The price of model mystery-1 is not known, so cost is null.",
    "The host does not report token usage, so cost is null.",
  ]);
});

describe("batches and results that cannot be read", () => {
  test.each([
    [
      "is in progress",
      batchOf(0, {
        processing_status: "in_progress",
        request_counts: { processing: 3, succeeded: 2, errored: 0, canceled: 0, expired: 0 },
      }),
      "Batch ID is msgbatch_1, which has not ended (in_progress). Start a flow with the trigger Batch Ended, or check again later with Get Batch.",
    ],
    [
      "is canceling",
      batchOf(0, {
        processing_status: "canceling",
        request_counts: { processing: 1, succeeded: 1 },
      }),
      "Batch ID is msgbatch_1, which has not ended (canceling). Start a flow with the trigger Batch Ended, or check again later with Get Batch.",
    ],
    [
      "is archived",
      batchOf(2, { archived_at: "2026-12-19T22:41:00Z" }),
      "Batch ID is msgbatch_1, whose results are no longer available: they are kept for 29 days (until 2026-12-19T22:41:00Z).",
    ],
    [
      "is archived at a time that is not text",
      batchOf(2, { archived_at: { toString: 1 } }),
      "Batch ID is msgbatch_1, whose results are no longer available: they are kept for 29 days.",
    ],
  ])("rejects a batch that %s", async (_, batch, message) => {
    const server = await api([], { batch });
    const error = await failure("getBatchResults", server, { batchId: "msgbatch_1" });
    expect(error.message).toBe(message);
    expect(server.requests).toHaveLength(1);
  });

  test("ignores a line whose result type is not text, with a warning", async () => {
    const malformed = line(rowId(1), { type: { toString: 1 } });
    const server = await api([malformed, succeeded(rowId(2))], { batch: batchOf(2) });
    expect((await get(server)).warnings).toEqual([
      "Line 1 of the results is not valid and was ignored.",
    ]);
  });

  test("rejects a response whose batch ID contains a path", async () => {
    const server = await api([], { batch: batchOf(0, { id: "a/../b" }) });
    const error = await failure("getBatchResults", server, { batchId: "a" });
    expect(error.name).toBe("ApiError");
    expect(error.message).toContain("The response is not a batch.");
    expect(server.requests).toHaveLength(1);
  });

  test("fails with HTTP 404 if the batch does not exist", async () => {
    const server = await startServer(refusal(404, "not_found_error", "Not found"));
    expect((await failure("getBatchResults", server, { batchId: "x" })).status).toBe(404);
  });
});

describe("incomplete or invalid results file", () => {
  const lines = [1, 2, 3].map((row) => succeeded(rowId(row)));
  const failFirst = (interrupt: (response: ServerResponse) => void): Reply => {
    let tries = 0;
    return (_, response) => {
      tries += 1;
      if (tries === 1) return interrupt(response);
      response.writeHead(200, { "content-type": "application/x-jsonl" });
      response.end(lines.join("\n"));
    };
  };
  const quick = { requestOptions: { maxRetries: "1" } };

  test.each<[string, (response: ServerResponse) => void]>([
    [
      "the connection breaks",
      (response) => {
        response.write(`${lines[0]}\n`);
        setTimeout(() => response.destroy(), 20);
      },
    ],
    ["the file ends between two lines", (response) => response.end(`${lines[0]}\n${lines[1]}\n`)],
    [
      "the file ends within a line",
      (response) => response.end(`${lines[0]}\n${lines[1]}\n${lines[2]?.slice(0, 50)}`),
    ],
    ["the file is empty", (response) => response.end()],
    [
      "a proxy restarts the file after the first line",
      (response) => response.end(`${[lines[0], ...lines].join("\n")}\n`),
    ],
  ])("is retried when %s", async (_, interrupt) => {
    const server = await api(lines, { reply: failFirst(interrupt) });
    expect(ids(await get(server, quick))).toEqual([1, 2, 3].map(rowId));
    expect(server.requests).toHaveLength(3);
  });

  test("is an error after the last retry, never a shorter list", async () => {
    const server = await api(lines.slice(0, 2), { batch: batchOf(3) });
    const error = await failure("getBatchResults", server, { batchId: "msgbatch_1", ...quick });
    expect(error.message).toContain("The response ended early: 2 of 3 results were received.");
    expect(error.attempts).toBe(2);
    expect(server.requests).toHaveLength(3);
  });

  test.each(["results", "counts", "file"])(
    "with repeated results is an error for Return As %s",
    async (returnAs) => {
      const server = await api([...lines.slice(0, 2), ...lines], { batch: batchOf(3) });
      const inputs = { batchId: "msgbatch_1", returnAs, requestOptions: { maxRetries: "0" } };
      const error = await failure("getBatchResults", server, inputs);
      expect(error.message).toContain("The response has 5 results, but the batch has 3 requests.");
    },
  );

  test("with invalid lines omits them with a warning each", async () => {
    const server = await api([
      "{oops}",
      succeeded("row-000001"),
      '{"custom_id": 5}',
      line("000004", { type: "strange" }),
      line("000005", { type: "succeeded", message: { content: "text" } }),
      "null",
      '{"custom_id": "a"}',
      '{"custom_id": "a", "result": null}',
      line("a", { type: "toString" }),
      line("a", { type: "succeeded" }),
      line("a", { type: "succeeded", message: { content: [null] } }),
    ]);
    const lineWarning = (line: number) =>
      `Line ${line} of the results is not valid and was ignored.`;
    const data = await get(server);
    expect(ids(data)).toEqual(["row-000001"]);
    expect(data.counts).toEqual({ total: 11, succeeded: 1, errored: 0, canceled: 0, expired: 0 });
    expect(data.warnings).toEqual([1, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(lineWarning));
  });

  test("with invalid content blocks omits them with a warning", async () => {
    const server = await api([
      succeeded("row-000001", "Hi", { content: [{ note: 1 }, { type: "text", text: "Hi" }] }),
    ]);
    expect((await get(server)).results[0]).toMatchObject({
      status: "succeeded",
      result: {
        text: "Hi",
        warnings: ["1 item in the response was not a valid content block and was ignored."],
      },
    });
  });

  test("with many invalid lines lists the first 10 and counts the others", async () => {
    const server = await api(Array.from({ length: 13 }, () => "{}"));
    expect((await get(server)).warnings).toEqual([
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(
        (line) => `Line ${line} of the results is not valid and was ignored.`,
      ),
      "3 more lines of the results could not be read.",
    ]);
  });

  test("with blank lines and Windows line breaks is complete", async () => {
    const server = await api(lines, {
      reply: (_, response) => void response.end(`\r\n${lines.join("\r\n\r\n")}\r\n\n\r`),
    });
    const data = await get(server);
    expect(ids(data)).toEqual([1, 2, 3].map(rowId));
    expect(data).toMatchObject({ counts: { total: 3 }, warnings: [] });
  });
});

describe("usage and cost of results that are not returned", () => {
  const withUsageFirst = ({ usage, content, ...rest }: ReturnType<typeof messageOf>) => ({
    usage,
    ...rest,
    content,
  });
  const messages: [string, object][] = [
    ["a message in the API's format", messageOf("a")],
    [
      "a message with fields after usage",
      { ...messageOf("a"), stop_details: null, container: { id: "c" } },
    ],
    ["a message with usage before content", withUsageFirst(messageOf("a"))],
    [
      "a message with a tool input that resembles a message",
      messageOf("a", {
        content: [
          { type: "tool_use", id: "t", name: "n", input: { a: 1, content: [1], usage: { b: 2 } } },
        ],
      }),
    ],
    [
      "a message with a text that resembles a message",
      messageOf('x,"content":[],"usage":{"output_tokens":9}}}'),
    ],
    ["a message without content", messageOf("", { content: [] })],
  ];

  test.each(messages)("are the same as of returned results: %s", async (_, message) => {
    const server = await api([
      line("row-000001", { type: "succeeded", message }),
      succeeded("row-000002"),
    ]);
    const complete = await get(server);
    const counts = await get(server, { returnAs: "counts" });
    expect(counts).toEqual({ ...complete, results: [] });
    expect(counts.usage.output_tokens).toBe(200);
    expect(await get(server, { offset: "1", limit: "1" })).toEqual({
      ...complete,
      results: complete.results.slice(1),
    });
  });
});

test("counts results itself if the batch has no request_counts", async () => {
  const { request_counts, ...batch } = batchOf(3);
  const server = await api(
    [3, 1, 2].map((row) => succeeded(rowId(row))),
    { batch },
  );
  const data = await get(server, { limit: "2" });
  expect(ids(data)).toEqual([1, 2].map(rowId));
  expect(data).toMatchObject({ counts: { total: 3, succeeded: 3 }, hasMore: true, nextOffset: 2 });
});

test("reads a results file that arrives byte by byte", async () => {
  const lines = [1, 2, 3].map((row) => succeeded(rowId(row), 'Ω 🙂 \n \\ "'));
  const server = await api(lines, {
    reply: async (_, response) => {
      for (const byte of Buffer.from(lines.join("\n"))) {
        response.write(Buffer.of(byte));
        await new Promise(setImmediate);
      }
      response.end();
    },
  });
  const { results } = await get(server);
  expect(results.map(({ result }: { result: { text: string } }) => result.text)).toEqual(
    Array(3).fill('Ω 🙂 \n \\ "'),
  );
});

test.each(["results", "file"])(
  "Return As %s does not time out while data keeps arriving",
  async (returnAs) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const lines = [1, 2, 3, 4].map((row) => succeeded(rowId(row)));
    let openResponse: ServerResponse | undefined;
    const server = await api(lines, {
      reply: (_, response) => {
        openResponse = response.writeHead(200, { "content-type": "application/x-jsonl" });
      },
    });
    const call = run("getBatchResults", server, { batchId: "a", returnAs });
    await vi.waitUntil(() => openResponse, { interval: 1 });
    for (const line of lines) {
      openResponse?.write(`${line}\n`);
      for (let step = 0; step < 50; step++) await new Promise(setImmediate);
      await vi.advanceTimersByTimeAsync(100_000);
    }
    openResponse?.end();
    const data = await call;
    if (returnAs === "file")
      expect(data.toString()).toBe(lines.map((text) => `${text}\n`).join(""));
    else expect(ids(data)).toEqual([1, 2, 3, 4].map(rowId));
  },
);
