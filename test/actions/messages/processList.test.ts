import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import type { RowResult } from "../../../src/claude/messages/listSchema";
import { errorCodes } from "../../../src/client/errorCode";
import { faultNames, startChaos } from "../../support/chaos";
import { apiKey, component, connectionTo, failure, Logs, run } from "../../support/component";
import { pdf } from "../../support/files";
import {
  type Received,
  type Reply,
  refusal,
  respond,
  type Server,
  startServer,
  streamed,
  textMessage,
} from "../../support/server";

interface RowRequest {
  messages: { content: string | { type: string; text?: string }[] }[];
  system?: unknown;
  output_config?: { format?: unknown };
}

/** The text of the message of a row. */
const textOf = ({ json }: Received): string => {
  const { content } = (json as RowRequest).messages[0] ?? { content: "" };
  return typeof content === "string" ? content : (content.at(-1)?.text ?? "");
};

const isMessage = ({ path }: Received) => path === "/v1/messages";

/** A server that replies to each row by its text. It knows no models. */
const serverFor = (replyTo: (text: string, request: Received) => Reply): Promise<Server> =>
  startServer((request, response) =>
    respond(
      isMessage(request) ? replyTo(textOf(request), request) : refusal(404, "not_found_error"),
      request,
      response,
    ),
  );

const echo = (text: string): Reply => ({ body: textMessage(`Re: ${text}`) });

/** The texts of the rows in the order in which they arrived. */
const sentTexts = (server: Server) => server.requests.filter(isMessage).map(textOf);

const list = (server: { url: string }, inputs: object, context: object = {}) =>
  run("processList", server, { ...inputs }, { ...context });

/** The result and the branch that the step follows. */
const follow = async (server: { url: string }, inputs: object, context: object = {}) => {
  const action = component.actions.processList;
  const defaults = Object.fromEntries(
    (action?.inputs ?? []).map((input) => [input.key, "default" in input ? input.default : ""]),
  );
  return (await action?.perform(
    { logger: new Logs().logger, ...context } as never,
    { ...defaults, connection: connectionTo(server.url), ...inputs } as never,
    // biome-ignore lint/suspicious/noExplicitAny: tests read any property of an output
  )) as { branch: string; data: any };
};

const cost = { input: 0.00002, output: 0.00005, total: 0.00007, currency: "USD" };
const usage = {
  input_tokens: 10,
  output_tokens: 5,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  total_tokens: 15,
};
const noRetries = { requestOptions: { maxRetries: "0" } };

describe("a list", () => {
  test("becomes one request per row, and one result per row in the order of the rows", async () => {
    const server = await serverFor(echo);
    const { branch, data } = await follow(server, {
      items: [
        { order: "A-1", review: "Good" },
        { order: "A-2", review: "Bad" },
      ],
      idField: "order",
      message: "Rate {{review}}.",
      systemPrompt: "Be brief.",
      concurrency: "1",
    });
    expect(branch).toBe("Done");
    expect(server.requests.filter(isMessage).map(({ json }) => json)).toEqual(
      ["Rate Good.", "Rate Bad."].map((content) => ({
        model: "claude-sonnet-5-5",
        max_tokens: 16_000,
        system: "Be brief.",
        messages: [{ role: "user", content }],
        stream: true,
      })),
    );
    const row = { ok: true, json: null, missing: [], error: null, usage, cost };
    expect(data).toEqual({
      ok: true,
      error: null,
      results: [
        { id: "A-1", row: 1, ...row, text: "Re: Rate Good." },
        { id: "A-2", row: 2, ...row, text: "Re: Rate Bad." },
      ],
      failed: [],
      remaining: [],
      reason: null,
      counts: { total: 2, succeeded: 2, failed: 0, remaining: 0, batched: 0 },
      usage: { ...usage, input_tokens: 20, output_tokens: 10, total_tokens: 30 },
      cost: { input: 0.00004, output: 0.0001, total: 0.00014, currency: "USD" },
      batchId: null,
      warnings: [],
    });
  });

  test("an ID Field that no row has is an error", async () => {
    const server = await startServer();
    const error = await failure("processList", server, {
      items: [{ order: "A-1", text: "Hi" }],
      idField: "ordr",
      message: "{{text}}",
    });
    expect(error.message).toBe(
      "ID Field is ordr, but no item has a value for it. Available names: item, order, text.",
    );
    expect(server.requests).toEqual([]);
  });

  test("without rows sends nothing and is done", async () => {
    const server = await serverFor(echo);
    const { branch, data } = await follow(server, { items: [], message: "{{item}}" });
    expect(branch).toBe("Done");
    expect(data.counts.total).toBe(0);
    expect(server.requests).toEqual([]);
  });

  test("of records: each row has its own json, missing fields and usage", async () => {
    const replies: Record<string, string> = {
      a: '{"record": {"total": 1.5}}',
      b: '{"record": {"total": null}}',
    };
    const server = await serverFor((text) => ({ body: textMessage(replies[text] ?? "") }));
    const { results } = await list(server, {
      items: ["a", "b"],
      message: "{{item}}",
      fields: [{ name: "total", type: "number", required: "true" }],
    });
    expect(results).toMatchObject([
      { row: 1, ok: true, json: { total: 1.5 }, text: null, missing: [] },
      { row: 2, ok: true, json: { total: null }, text: null, missing: ["total"] },
    ]);
  });

  test("a reply that does not match is corrected, and is an error of its row after that", async () => {
    const server = await serverFor((text) => ({
      body: textMessage(text === "a" ? '{"record": {"total": 2}}' : "No idea."),
    }));
    const { results, counts } = await list(server, {
      items: ["a", "b"],
      message: "{{item}}",
      jsonSchema: { total: 118.5 },
    });
    expect(results[0]).toMatchObject({ ok: true, json: { total: 2 } });
    expect(results[1]).toMatchObject({
      ok: false,
      json: null,
      text: "No idea.",
      error: { code: "invalid_output", retryable: true },
    });
    // The first reply is paid for as well.
    expect(results[1].usage.total_tokens).toBe(30);
    expect(counts).toEqual({ total: 2, succeeded: 1, failed: 1, remaining: 0, batched: 0 });
  });

  test("an example record in JSON Schema is told as the schema that was made of it", async () => {
    const server = await serverFor(() => ({ body: textMessage('{"record": {"total": 2}}') }));
    const { schema } = await list(server, {
      items: ["a"],
      message: "{{item}}",
      jsonSchema: { total: 118.5 },
    });
    expect(schema).toMatchObject({ properties: { total: { type: ["number", "null"] } } });
  });
});

describe("a failure of one row is the error of that row", () => {
  test("refused, truncated and rejected rows, with the items to process again", async () => {
    const server = await serverFor((text) => {
      if (text === "rejected") return refusal(400, "invalid_request_error", "Bad row.");
      const reason = { refused: "refusal", cut: "max_tokens" }[text] ?? "end_turn";
      return { body: { ...textMessage(`Re: ${text}`), stop_reason: reason } };
    });
    const items = ["fine", "rejected", "refused", "cut"];
    const { branch, data } = await follow(server, { items, message: "{{item}}", ...noRetries });
    expect(branch).toBe("Done");
    expect(data.results).toMatchObject([
      { row: 1, ok: true, text: "Re: fine", error: null },
      {
        row: 2,
        ok: false,
        text: null,
        usage: null,
        cost: null,
        error: { code: "invalid_request", retryable: false, status: 400, requestId: null },
      },
      { row: 3, ok: false, text: "Re: refused", usage, error: { code: "refused" } },
      { row: 4, ok: false, text: "Re: cut", usage, error: { code: "truncated" } },
    ]);
    expect(data.failed).toEqual(["rejected", "refused", "cut"]);
    expect(data.usage.total_tokens).toBe(45);
  });

  test("a row without text, and a row with a file that the API does not accept", async () => {
    const server = await serverFor(echo);
    const { results } = await list(server, {
      items: [
        { note: "one", scan: { data: pdf(), contentType: "application/pdf" } },
        { note: "two", scan: { data: Buffer.from([0, 1, 2, 3]), contentType: "video/mp4" } },
        { note: "", scan: [] },
      ],
      message: "{{note}}",
      attachmentsField: "scan",
    });
    expect(results).toMatchObject([
      { row: 1, ok: true, text: "Re: one" },
      {
        row: 2,
        ok: false,
        error: { code: "invalid_input", input: expect.stringContaining("row 2") },
      },
      {
        row: 3,
        ok: false,
        error: { code: "invalid_input", message: "Message has no text in row 3." },
      },
    ]);
    const [sent, ...others] = server.requests.filter(isMessage);
    expect(others).toEqual([]);
    expect((sent?.json as RowRequest | undefined)?.messages[0]?.content).toMatchObject([
      { type: "document" },
      { type: "text", text: "one" },
    ]);
  });

  test("On Failure returns the fallback as the result of a failed row", async () => {
    const server = await serverFor((text) => (text === "b" ? refusal(400, "x") : echo(text)));
    const { results } = await list(server, {
      items: ["a", "b"],
      message: "{{item}}",
      requestOptions: { onFailure: "returnFallback", fallback: "Not rated" },
    });
    expect(results).toMatchObject([
      { ok: true, text: "Re: a" },
      { ok: false, text: "Not rated", error: { code: "invalid_request" } },
    ]);
  });

  test("no row begins after Stop After Failures, and the rest remains", async () => {
    const server = await serverFor((text) => (/b/.test(text) ? refusal(400, "x") : echo(text)));
    const { branch, data } = await follow(server, {
      items: ["a", "b1", "c", "b2", "d", "e"],
      message: "{{item}}",
      concurrency: "1",
      stopAfterFailures: "2",
    });
    expect(branch).toBe("Remaining");
    expect(data).toMatchObject({
      failed: ["b1", "b2"],
      remaining: ["d", "e"],
      reason: "2 rows failed, which is the limit Stop After Failures.",
      counts: { total: 6, succeeded: 2, failed: 2, remaining: 2, batched: 0 },
    });
    expect(sentTexts(server)).toEqual(["a", "b1", "c", "b2"]);
  });
});

describe("a failure that every row would have", () => {
  test("fails the step if nothing was paid for", async () => {
    const server = await serverFor(() => refusal(401, "authentication_error"));
    const error = await failure("processList", server, {
      items: Array.from({ length: 50 }, (_, index) => `row ${index}`),
      message: "{{item}}",
      concurrency: "1",
    });
    expect(error).toMatchObject({ code: "bad_key", status: 401 });
    expect(server.requests.filter(isMessage)).toHaveLength(3);
  });

  test("with a fallback, keeps the rows: those that failed with it, and those that remain", async () => {
    const server = await serverFor(() => refusal(401, "authentication_error"));
    const { branch, data } = await follow(server, {
      items: ["a", "b", "c", "d", "e"],
      message: "{{item}}",
      concurrency: "1",
      requestOptions: { onFailure: "returnFallback", fallback: "Not rated" },
    });
    expect(branch).toBe("Remaining");
    expect(data.counts).toEqual({ total: 5, succeeded: 0, failed: 3, remaining: 2, batched: 0 });
    expect(data.results.map(({ text, error }: RowResult) => [text, error?.code])).toEqual([
      ["Not rated", "bad_key"],
      ["Not rated", "bad_key"],
      ["Not rated", "bad_key"],
    ]);
    expect([data.failed, data.remaining]).toEqual([
      ["a", "b", "c"],
      ["d", "e"],
    ]);
    expect(data.reason).toMatch(/^The other rows would fail too: /);
  });

  test("stops the list later, and keeps the results that were paid for", async () => {
    const server = await serverFor((text) =>
      Number(text) < 10 ? echo(text) : refusal(402, "billing_error"),
    );
    const { branch, data } = await follow(server, {
      items: Array.from({ length: 50 }, (_, index) => index),
      message: "{{item}}",
      concurrency: "1",
    });
    expect(branch).toBe("Remaining");
    expect(data.counts).toEqual({ total: 50, succeeded: 10, failed: 3, remaining: 37, batched: 0 });
    expect(data.reason).toMatch(/^The other rows would fail too: /);
    expect(data.remaining[0]).toBe("13");
  });

  test("one such failure among rows that succeed stops nothing", async () => {
    const server = await serverFor((text) =>
      text === "5" ? refusal(403, "permission_error") : echo(text),
    );
    const { branch, data } = await follow(server, {
      items: Array.from({ length: 20 }, (_, index) => index),
      message: "{{item}}",
    });
    expect(branch).toBe("Done");
    expect(data.results[5]).toMatchObject({ ok: false, error: { code: "no_access" } });
    expect(data.counts.succeeded).toBe(19);
  });
});

describe("time and rate limits", () => {
  /** So long before now that the execution has a given time left for new rows. In ms. */
  const startedWith = (ms: number) =>
    new Date(Date.now() + ms - 14.5 * 60_000 + 5_000).toISOString();

  test("before the deadline no more rows begin, and another execution processes the rest", async () => {
    const server = await serverFor((text) => async (request, response) => {
      await sleep(20);
      respond(echo(text), request, response);
    });
    const items = Array.from({ length: 200 }, (_, index) => ({ id: `r${index}` }));
    const inputs = { message: "{{id}}", idField: "id" };
    const first = await follow(server, { items, ...inputs }, { startedAt: startedWith(400) });
    expect(first.branch).toBe("Remaining");
    const { results, remaining, counts, reason, failed } = first.data;
    expect(reason).toBe("The execution ran out of time. Process remaining in another execution.");
    expect(failed).toEqual([]);
    expect(results.length).toBeGreaterThan(0);
    expect(remaining.length).toBeGreaterThan(0);
    expect(counts).toMatchObject({ total: 200, failed: 0, remaining: remaining.length });
    const second = await follow(server, { items: remaining, ...inputs });
    expect(second.branch).toBe("Done");
    const ids = [...results, ...second.data.results].map(({ id }: { id: string }) => id);
    expect(ids.sort()).toEqual(items.map(({ id }) => id).sort());
    expect(sentTexts(server)).toHaveLength(200);
  });

  test("a row that waits for the rate limit when time ends remains", async () => {
    const server = await serverFor((text) =>
      text === "a" ? echo(text) : refusal(429, "rate_limit_error", "No.", { "retry-after": "60" }),
    );
    const { branch, data } = await follow(
      server,
      { items: ["a", "b", "c"], message: "{{item}}", concurrency: "1" },
      { startedAt: startedWith(2_000) },
    );
    expect(branch).toBe("Remaining");
    expect(data).toMatchObject({ failed: [], remaining: ["b", "c"] });
  });

  test("no row is sent while the API asks to wait, and a rate limit costs no row", async () => {
    let refusedAt = 0;
    const early: string[] = [];
    const server = await serverFor((text) => async (request, response) => {
      // Rows that were sent before the refusal was read arrive shortly after it.
      const since = Date.now() - refusedAt;
      if (since > 100 && since < 400) early.push(text);
      const isRefused = text === "8" && refusedAt === 0;
      if (isRefused) refusedAt = Date.now();
      else await sleep(20);
      const wait = { "retry-after-ms": "400" };
      const reply = isRefused ? refusal(429, "rate_limit_error", "No.", wait) : echo(text);
      respond(reply, request, response);
    });
    const items = Array.from({ length: 40 }, (_, index) => index);
    const { counts } = await list(server, { items, message: "{{item}}" });
    expect(refusedAt).toBeGreaterThan(0);
    expect(early).toEqual([]);
    expect(counts.succeeded).toBe(40);
  });

  test("rows that the API refuses for the rate limit again and again succeed in the end", async () => {
    const seen = new Map<string, number>();
    const server = await serverFor((text) => {
      const count = (seen.get(text) ?? 0) + 1;
      seen.set(text, count);
      const wait = { "retry-after-ms": "5" };
      return count <= 6 ? refusal(429, "rate_limit_error", "No.", wait) : echo(text);
    });
    const items = ["a", "b", "c", "d", "e", "f"];
    const { counts } = await list(server, { items, message: "{{item}}" });
    expect(counts.succeeded).toBe(6);
  });

  test("no row is sent while the rate limit has nothing remaining", async () => {
    const sent: number[] = [];
    const server = await serverFor((text) => {
      sent.push(Date.now());
      const reset = new Date(Date.now() + 2_000).toISOString();
      const headers = {
        "anthropic-ratelimit-requests-limit": "5",
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": reset,
      };
      return { ...(echo(text) as object), headers };
    });
    await list(server, { items: ["a", "b"], message: "{{item}}", concurrency: "1" });
    // One of five within two seconds is replenished every 400 ms.
    expect((sent[1] ?? 0) - (sent[0] ?? 0)).toBeGreaterThan(300);
  });

  test.each([
    ["with a cached prompt, the others wait for the first row", "5m", 1],
    ["without a cache, as many rows as Concurrency are sent together", "off", 3],
  ])("%s", async (_, cache, expected) => {
    let arrived = 0;
    let inFirst = 0;
    const server = await serverFor((text) => async (request, response) => {
      arrived += 1;
      if (text === "a") {
        await sleep(100);
        inFirst = arrived;
      }
      respond(echo(text), request, response);
    });
    await list(server, {
      items: ["a", "b", "c"],
      message: "{{item}}",
      systemPrompt: "Be brief.",
      concurrency: "3",
      requestOptions: { cache },
    });
    expect(inFirst).toBe(expected);
  });

  test("never more rows than Concurrency are sent together", async () => {
    let open = 0;
    let most = 0;
    const server = await serverFor((text) => async (request, response) => {
      open += 1;
      most = Math.max(most, open);
      await sleep(10);
      open -= 1;
      respond(echo(text), request, response);
    });
    const items = Array.from({ length: 60 }, (_, index) => index);
    await list(server, { items, message: "{{item}}", concurrency: "7" });
    expect(most).toBe(7);
  });
});

describe("Batch Above", () => {
  const batch = {
    id: "msgbatch_1",
    type: "message_batch",
    processing_status: "in_progress",
    request_counts: { processing: 3, succeeded: 0, errored: 0, canceled: 0, expired: 0 },
  };
  const api = () =>
    startServer((request, response) => {
      const body = isMessage(request)
        ? textMessage("Hello")
        : request.path.endsWith("/count_tokens")
          ? { input_tokens: 10 }
          : request.path.endsWith("/batches")
            ? batch
            : {};
      respond({ body }, request, response);
    });

  test("a longer list is submitted as a batch, and the step says so", async () => {
    const server = await api();
    const { branch, data } = await follow(server, {
      items: ["a", "b", "c"],
      message: "{{item}}",
      batchAbove: "2",
    });
    expect(branch).toBe("Batch");
    expect(server.requests.filter(isMessage)).toEqual([]);
    const submitted = server.requests.find(({ path }) => path.endsWith("/batches"));
    expect(submitted?.json).toMatchObject({
      requests: ["a", "b", "c"].map((content, index) => ({
        custom_id: `row-00000${index + 1}`,
        params: { messages: [{ role: "user", content }] },
      })),
    });
    expect(data).toMatchObject({
      results: [],
      remaining: [],
      batchId: "msgbatch_1",
      counts: { total: 3, succeeded: 0, failed: 0, remaining: 0, batched: 3 },
      warnings: [
        "The list has 3 rows, more than Batch Above (2), so it was submitted as batch msgbatch_1. Read its results with Get Batch Results once it has ended.",
      ],
    });
  });

  test("a list of this length is processed now", async () => {
    const server = await api();
    const { branch } = await follow(server, {
      items: ["a", "b"],
      message: "{{item}}",
      batchAbove: "2",
    });
    expect(branch).toBe("Done");
    expect(server.requests.filter(isMessage)).toHaveLength(2);
  });
});

describe("1,000 rows", () => {
  /** Each kind of fault meets one row in `faultNames.length`, which is 4 to 5 %. */
  const plan = fc.record({
    at: fc.constantFrom<number | "all">(0, 0, 0, "all"),
    place: fc.integer({ min: 0, max: 999 }).map((thousandths) => thousandths / 1_000),
    form: fc.nat(999_999),
  });
  const numberIn = (text: string) => Number(/row (\d+)/.exec(text)?.[1]);

  test("through faults: each has its own result or its own error, none twice, none lost", {
    timeout: 180_000,
  }, async () => {
    const plans = fc.sample(plan, { seed: 20_261_127, numRuns: 1_000 }).map((rest, row) => {
      const fault = faultNames[row % faultNames.length] ?? "none";
      // A rate limit holds all rows back.
      return { ...rest, fault, ...(fault === "rate limit" ? { at: 0 } : {}) };
    });
    const server = await serverFor((text) => streamed(`Re: ${text}`));
    const chaos = await startChaos(server.url, plans, (_, body) => numberIn(body));
    onTestFinished(() => chaos.stop());
    let remaining: unknown[] = Array.from({ length: 1_000 }, (_, row) => ({ text: `row ${row}` }));
    // biome-ignore lint/suspicious/noExplicitAny: the test reads any property of a result
    const results: any[] = [];
    for (let execution = 0; remaining.length > 0 && execution < 50; execution++) {
      const data = await list(chaos, {
        items: remaining,
        message: "{{text}}",
        idField: "text",
        concurrency: "50",
        requestOptions: { timeout: "1", maxRetries: "1" },
      });
      const { counts } = data;
      expect(counts.succeeded + counts.failed + counts.remaining).toBe(counts.total);
      results.push(...data.results);
      remaining = data.remaining;
    }
    expect(results.map(({ id }) => numberIn(id)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 1_000 }, (_, row) => row),
    );
    const wrong = results.filter(({ id, ok, text, error }) =>
      ok
        ? text !== `Re: ${id}` || error !== null
        : !Object.hasOwn(errorCodes, error.code) || error.code === "internal" || !error.message,
    );
    expect(wrong).toEqual([]);
    // A fault that meets only the first attempt is retried.
    expect(results.filter(({ ok }) => ok).length).toBeGreaterThan(600);
    expect(JSON.stringify(results)).not.toContain(apiKey);
  });

  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const used = () => {
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    return (heapUsed + external) / 1e6;
  };

  test.each(["4", "50"])(
    "with an attachment each, at Concurrency %s, within 60 MB",
    {
      timeout: 120_000,
    },
    async (concurrency) => {
      const file = "x".repeat(100_000);
      const items = Array.from({ length: 1_000 }, (_, row) => ({
        text: `row ${row}`,
        file: { data: Buffer.from(file), contentType: "text/plain" },
      }));
      let before = 0;
      let most = 0;
      let count = 0;
      const server = await serverFor((text) => {
        server.requests.length = 0;
        if (count++ % 100 === 50) most = Math.max(most, used() - before);
        return { body: textMessage(`Re: ${text}`) };
      });
      before = used();
      const { counts } = await list(server, {
        items,
        message: "{{text}}",
        attachmentsField: "file",
        concurrency,
      });
      expect(counts.succeeded).toBe(1_000);
      expect(most).toBeLessThan(60);
    },
  );
});
