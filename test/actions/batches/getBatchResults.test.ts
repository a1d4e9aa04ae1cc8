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
  // Another host: the credential must not go there.
  results_url: "https://evil.example/results",
  ...rest,
});

const answerOf = (text: string, rest: object = {}) => ({
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
  line(id, { type: "succeeded", message: answerOf(text, rest) });
const rowId = (row: number) => `row-${String(row).padStart(6, "0")}`;

/** A batch that has ended, with its results. */
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

test("each end of a request, joined to its row, in the order of the rows", async () => {
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
        reason: "The batch was canceled before its turn.",
        result: null,
      },
      {
        id: "D",
        customId: "row-000004_D",
        row: 4,
        status: "expired",
        reason: "The batch ran out of its 24 hours before its turn. Send it again.",
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

describe("a part of many", () => {
  const shuffled = (count: number, id: (row: number) => string) =>
    Array.from({ length: count }, (_, index) => ((index * 7_919) % count) + 1).map((row) =>
      succeeded(id(row)),
    );

  test("by Offset and Limit, in the order of the rows, one pass over the file", async () => {
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

  test("by ids of other people, which sort as people count", async () => {
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

  test("by ids that only look like those of rows", async () => {
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

  test("by ids that count as the same number, page by page", async () => {
    const all = ["1", "01", "001", "0001"];
    const found = [];
    for (const [offset, order] of [all, [...all].reverse(), all, [...all].reverse()].entries()) {
      const server = await api(order.map((id) => succeeded(id)));
      found.push(...ids(await get(server, { offset, limit: "1" })));
    }
    expect(found.sort()).toEqual([...all].sort());
  });

  test("of a file that is shorter when it is read again is an error", async () => {
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
    expect(error.message).toContain("The answer broke off: 3 of 5 results came.");
  });

  test("of ids of other people, of which some have no answer", async () => {
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

  test("of a file that holds others when it is read again is an error", async () => {
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
    expect(error.message).toContain("The answer broke off");
  });

  test("up to the end exactly", async () => {
    const server = await api(shuffled(4, rowId));
    const last = await get(server, { offset: "2", limit: "2" });
    expect(ids(last)).toEqual([3, 4].map(rowId));
    expect(last).toMatchObject({ hasMore: false, nextOffset: null, warnings: [] });
    expect(await get(server, { limit: "4" })).toMatchObject({ hasMore: false, warnings: [] });
  });

  test("of 10,000 unless another Limit is given", async () => {
    const server = await api(Array.from({ length: 10_001 }, (_, row) => succeeded(rowId(row + 1))));
    const first = await get(server);
    expect(first).toMatchObject({ hasMore: true, nextOffset: 10_000 });
    expect(first.results).toHaveLength(10_000);
  });

  test.each([
    [{ limit: "0" }, "Limit takes a whole number of 1 or more"],
    [{ offset: "-1" }, "Offset takes a whole number of 0 or more"],
  ])("is not %j", async (inputs, message) => {
    const server = await api([]);
    const error = await failure("getBatchResults", server, { batchId: "a", ...inputs });
    expect(error.message).toContain(message);
    expect(server.requests).toEqual([]);
  });

  test("beyond the end", async () => {
    const server = await api(shuffled(3, rowId));
    expect(await get(server, { offset: "5" })).toMatchObject({
      results: [],
      hasMore: false,
      counts: { total: 3 },
    });
  });

  test("none: counts and cost only", async () => {
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
});

describe("the file itself", () => {
  const whole = (server: Server) =>
    createHarness(component).action("getBatchResults", {
      connection: connectionTo(server.url),
      batchId: "msgbatch_1",
      returnAs: "file",
    });

  const file = async (server: Server) =>
    run("getBatchResults", server, { batchId: "msgbatch_1", returnAs: "file" });

  test("comes byte for byte", async () => {
    const lines = [succeeded("b", "Ω 🙂"), succeeded("a")];
    const server = await api(lines);
    const data = await file(server);
    expect(Buffer.isBuffer(data)).toBe(true);
    expect(data.toString()).toBe(`${lines[0]}\n${lines[1]}\n`);
    expect(server.requests[1]?.headers["accept-encoding"]).toBe("identity");
  });

  test("says what it is", async () => {
    const server = await api([succeeded("a")]);
    expect((await whole(server))?.contentType).toBe("application/x-jsonl");
    const typed = await api([], {
      batch: batchOf(1),
      reply: (_, response) => {
        response.writeHead(200, { "content-type": "application/x-ndjson" });
        response.end(succeeded("a"));
      },
    });
    expect((await whole(typed))?.contentType).toBe("application/x-ndjson");
    const silent = await api([], {
      batch: batchOf(1),
      reply: (_, response) => void response.end(succeeded("a")),
    });
    expect((await whole(silent))?.contentType).toBe("application/x-jsonl");
  });

  test("is as short as its lines are few, however many of them are blank", async () => {
    const server = await api([], {
      batch: batchOf(3),
      reply: (_, response) => void response.end(`\n${succeeded("a")}\n\n\n${succeeded("b")}\n`),
    });
    const inputs = { batchId: "a", returnAs: "file", requestOptions: { maxRetries: "0" } };
    const error = await failure("getBatchResults", server, inputs);
    expect(error.message).toContain("The answer broke off: 2 of 3 results came.");
  });

  test("that ends within a line is an error", async () => {
    const server = await api([succeeded("a"), succeeded("b")], {
      reply: (_, response) =>
        void response.end(`${succeeded("a")}\n${succeeded("b").slice(0, 60)}`),
    });
    const inputs = { batchId: "a", returnAs: "file", requestOptions: { maxRetries: "0" } };
    const error = await failure("getBatchResults", server, inputs);
    expect(error.message).toContain("The answer broke off: 1 of 2 results came.");
  });

  test("of unknown length, in many pieces, comes byte for byte", async () => {
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

  test("that is shorter than the batch is an error", async () => {
    const server = await api([succeeded("a")], { batch: batchOf(2) });
    const error = await failure("getBatchResults", server, {
      batchId: "msgbatch_1",
      returnAs: "file",
      requestOptions: { maxRetries: "0" },
    });
    expect(error.message).toContain("The answer broke off: 1 of 2 results came.");
  });
});

describe("answers as data", () => {
  const jsonSchema =
    '{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}';

  test("are checked against JSON Schema", async () => {
    const server = await api([
      succeeded("row-000001", '{"n": 1}'),
      succeeded("row-000002", '{"n": "x"}'),
    ]);
    const { results } = await get(server, { jsonSchema });
    expect(results[0].result).toMatchObject({ json: { n: 1 }, warnings: [] });
    expect(results[1].result.json).toBeNull();
    expect(results[1].result.warnings[0]).toMatch(/^The answer does not match the JSON Schema/);
  });

  test("without one are read where they are JSON", async () => {
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

test.each([undefined, "", " ", "RESULTS"])("Return As %j returns results", async (returnAs) => {
  const server = await api([succeeded(rowId(1))]);
  expect(ids(await get(server, { returnAs }))).toEqual([rowId(1)]);
});

test("answers that are cut off or declined say what to change in the batch", async () => {
  const server = await api([
    succeeded("row-000001", "Half", { stop_reason: "max_tokens" }),
    succeeded("row-000002", "", { stop_reason: "refusal", content: [] }),
  ]);
  const { results } = await get(server);
  expect(results[0].result).toMatchObject({
    truncated: true,
    warnings: ["The answer is cut off at Max Tokens (100). Raise Max Tokens in Create Batch."],
  });
  expect(results[1].result).toMatchObject({ refused: true, text: "" });
});

test("a cost is told without the noise of sums, a warning once", async () => {
  const usage = { input_tokens: 1, output_tokens: 0 };
  const server = await api([1, 2, 3].map((row) => succeeded(rowId(row), "a", { usage })));
  expect((await get(server)).cost).toEqual({
    input: 0.000003,
    output: 0,
    total: 0.000003,
    currency: "USD",
  });
  const model = "mystery-1";
  const unknown = await api([1, 2].map((row) => succeeded(rowId(row), "a", { model })));
  expect((await get(unknown)).warnings).toEqual([
    "The price of the model mystery-1 is not known: cost is null.",
  ]);
});

test.each([
  [{ error: { error: { type: "x", message: "y" } } }, "x: y"],
  [{ error: { error: { type: "x" } } }, "x"],
  [{ error: { error: {} } }, "The API gives no reason."],
  [{ error: { error: { type: {}, message: "y" } } }, "y"],
  [{ error: { error: { type: 5, message: { a: 1 } } } }, "The API gives no reason."],
  [{ error: null }, "The API gives no reason."],
  [{}, "The API gives no reason."],
])("an error that is %j", async (rest, reason) => {
  const server = await api([line(rowId(1), { type: "errored", ...rest })]);
  expect((await get(server)).results[0]).toMatchObject({ status: "errored", reason });
});

test("costs are half, whatever the host says of the tier, and null where one is not known", async () => {
  const usage = { input_tokens: 1_000_000, output_tokens: 0, service_tier: "standard" };
  const server = await api([
    succeeded("row-000001", "a", { usage }),
    succeeded("row-000002", "b", { usage, model: "mystery-1" }),
    succeeded("row-000003", "c", { usage: null }),
  ]);
  const data = await get(server);
  expect(data.results[0].result.cost.total).toBe(1);
  expect(data.results[1].result.cost).toBeNull();
  expect(data.cost).toBeNull();
  expect(data.warnings).toEqual([
    "The price of the model mystery-1 is not known: cost is null.",
    "The host does not report usage: cost is null.",
  ]);
});

describe("a batch without results", () => {
  test.each([
    [
      batchOf(0, {
        processing_status: "in_progress",
        request_counts: { processing: 3, succeeded: 2, errored: 0, canceled: 0, expired: 0 },
      }),
      "Batch ID names msgbatch_1, which has not ended (in_progress). Start a flow by the trigger Batch Ended, or look again later with Get Batch.",
    ],
    [
      batchOf(0, {
        processing_status: "canceling",
        request_counts: { processing: 1, succeeded: 1 },
      }),
      "Batch ID names msgbatch_1, which has not ended (canceling). Start a flow by the trigger Batch Ended, or look again later with Get Batch.",
    ],
    [
      batchOf(2, { archived_at: "2026-12-19T22:41:00Z" }),
      "Batch ID names msgbatch_1, whose results are gone: they are kept for 29 days (until 2026-12-19T22:41:00Z).",
    ],
    [
      batchOf(2, { archived_at: { toString: 1 } }),
      "Batch ID names msgbatch_1, whose results are gone: they are kept for 29 days.",
    ],
  ])("is an error that says why", async (batch, message) => {
    const server = await api([], { batch });
    const error = await failure("getBatchResults", server, { batchId: "msgbatch_1" });
    expect(error.message).toBe(message);
    expect(server.requests).toHaveLength(1);
  });

  test("whose result is of no known type has a line that is none", async () => {
    const odd = line(rowId(1), { type: { toString: 1 } });
    const server = await api([odd, succeeded(rowId(2))], { batch: batchOf(2) });
    expect((await get(server)).warnings).toEqual([
      "Line 1 of the results is no result: it was left out.",
    ]);
  });

  test("whose id would lead elsewhere is none", async () => {
    const server = await api([], { batch: batchOf(0, { id: "a/../b" }) });
    const error = await failure("getBatchResults", server, { batchId: "a" });
    expect(error.name).toBe("ApiError");
    expect(error.message).toContain("The answer is no batch.");
    expect(server.requests).toHaveLength(1);
  });

  test("that is not there", async () => {
    const server = await startServer(refusal(404, "not_found_error", "Not found"));
    expect((await failure("getBatchResults", server, { batchId: "x" })).status).toBe(404);
  });
});

describe("a file that is not whole", () => {
  const lines = [1, 2, 3].map((row) => succeeded(rowId(row)));
  const once = (bad: (response: ServerResponse) => void): Reply => {
    let tries = 0;
    return (_, response) => {
      tries += 1;
      if (tries === 1) return bad(response);
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
    ["it ends between two lines", (response) => response.end(`${lines[0]}\n${lines[1]}\n`)],
    [
      "it ends within a line",
      (response) => response.end(`${lines[0]}\n${lines[1]}\n${lines[2]?.slice(0, 50)}`),
    ],
    ["it is empty", (response) => response.end()],
    [
      "a proxy begins it anew in its midst",
      (response) => response.end(`${[lines[0], ...lines].join("\n")}\n`),
    ],
  ])("is read again when %s", async (_, bad) => {
    const server = await api(lines, { reply: once(bad) });
    expect(ids(await get(server, quick))).toEqual([1, 2, 3].map(rowId));
    expect(server.requests).toHaveLength(3);
  });

  test("is an error in the end, never a short list", async () => {
    const server = await api(lines.slice(0, 2), { batch: batchOf(3) });
    const error = await failure("getBatchResults", server, { batchId: "msgbatch_1", ...quick });
    expect(error.message).toContain("The answer broke off: 2 of 3 results came.");
    expect(error.attempts).toBe(2);
    expect(server.requests).toHaveLength(3);
  });

  test.each(["results", "counts", "file"])(
    "is an error where results come twice, as %s",
    async (returnAs) => {
      const server = await api([...lines.slice(0, 2), ...lines], { batch: batchOf(3) });
      const inputs = { batchId: "msgbatch_1", returnAs, requestOptions: { maxRetries: "0" } };
      const error = await failure("getBatchResults", server, inputs);
      expect(error.message).toContain("The answer holds 5 results, but the batch has 3 requests.");
    },
  );

  test("but for lines that are no results, which are left out with a warning", async () => {
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
    const said = (line: number) => `Line ${line} of the results is no result: it was left out.`;
    const data = await get(server);
    expect(ids(data)).toEqual(["row-000001"]);
    expect(data.counts).toEqual({ total: 11, succeeded: 1, errored: 0, canceled: 0, expired: 0 });
    expect(data.warnings).toEqual([1, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(said));
    const part = await api([
      succeeded("row-000001", "Hi", { content: [{ note: 1 }, { type: "text", text: "Hi" }] }),
    ]);
    expect((await get(part)).results[0]).toMatchObject({
      status: "succeeded",
      result: {
        text: "Hi",
        warnings: ["The answer holds 1 part that is no block of content: it was left out."],
      },
    });
    const many = await api(Array.from({ length: 13 }, () => "{}"));
    expect((await get(many)).warnings).toEqual([
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(said),
      "3 more lines of the results are no results.",
    ]);
  });

  test("with blank lines and Windows line breaks is whole", async () => {
    const server = await api(lines, {
      reply: (_, response) => void response.end(`\r\n${lines.join("\r\n\r\n")}\r\n\n\r`),
    });
    const data = await get(server);
    expect(ids(data)).toEqual([1, 2, 3].map(rowId));
    expect(data).toMatchObject({ counts: { total: 3 }, warnings: [] });
  });
});

describe("answers outside the window are read without their content", () => {
  const withUsageFirst = ({ usage, content, ...rest }: ReturnType<typeof answerOf>) => ({
    usage,
    ...rest,
    content,
  });
  const odd: [string, object][] = [
    ["as the API has it", answerOf("a")],
    [
      "with fields after the counts",
      { ...answerOf("a"), stop_details: null, container: { id: "c" } },
    ],
    ["with the counts before the content", withUsageFirst(answerOf("a"))],
    [
      "with tools whose input looks like an answer",
      answerOf("a", {
        content: [
          { type: "tool_use", id: "t", name: "n", input: { a: 1, content: [1], usage: { b: 2 } } },
        ],
      }),
    ],
    [
      "with texts that look like an answer",
      answerOf('x,"content":[],"usage":{"output_tokens":9}}}'),
    ],
    ["with no text", answerOf("", { content: [] })],
  ];

  test.each(odd)("%s", async (_, message) => {
    const server = await api([
      line("row-000001", { type: "succeeded", message }),
      succeeded("row-000002"),
    ]);
    const whole = await get(server);
    const counts = await get(server, { returnAs: "counts" });
    expect(counts).toEqual({ ...whole, results: [] });
    expect(counts.usage.output_tokens).toBe(200);
    expect(await get(server, { offset: "1", limit: "1" })).toEqual({
      ...whole,
      results: whole.results.slice(1),
    });
  });
});

test("a host that does not tell how many there are", async () => {
  const { request_counts, ...batch } = batchOf(3);
  const server = await api(
    [3, 1, 2].map((row) => succeeded(rowId(row))),
    { batch },
  );
  const data = await get(server, { limit: "2" });
  expect(ids(data)).toEqual([1, 2].map(rowId));
  expect(data).toMatchObject({ counts: { total: 3, succeeded: 3 }, hasMore: true, nextOffset: 2 });
});

test("a file in tiny pieces reads as in one", async () => {
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

test.each(["results", "file"])("a long file may take its time, as %s", async (returnAs) => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const lines = [1, 2, 3, 4].map((row) => succeeded(rowId(row)));
  let talk: ServerResponse | undefined;
  const server = await api(lines, {
    reply: (_, response) => {
      talk = response.writeHead(200, { "content-type": "application/x-jsonl" });
    },
  });
  const call = run("getBatchResults", server, { batchId: "a", returnAs });
  await vi.waitUntil(() => talk, { interval: 1 });
  for (const line of lines) {
    talk?.write(`${line}\n`);
    for (let step = 0; step < 50; step++) await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(100_000);
  }
  talk?.end();
  const data = await call;
  if (returnAs === "file") expect(data.toString()).toBe(lines.map((text) => `${text}\n`).join(""));
  else expect(ids(data)).toEqual([1, 2, 3, 4].map(rowId));
});
