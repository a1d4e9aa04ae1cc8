/** The record of each Messages request: who used how much. It never has content. */
import { readFileSync } from "node:fs";
import { createHarness } from "@prismatic-io/spectral/dist/testing";
import { describe, expect, test } from "vitest";
import { playing, runBranching, startFlows, turn } from "../support/agent";
import { apiKey, component, connectionTo, gatewayTo, Logs, run } from "../support/component";
import { pdf } from "../support/files";
import {
  eventStream,
  type Reply,
  refusal,
  type Server,
  startServer,
  streamed,
  textEvents,
  textMessage,
} from "../support/server";

const context = {
  customer: { id: "Q3VzdG9tZXI6MQ==", externalId: "acme-42", name: "Acme" },
  instance: { id: "SW5zdGFuY2U6MQ==", name: "Acme orders" },
  flow: { id: "Rmxvdzox", name: "Nightly", stableId: "s" },
  executionFrame: { stepName: "Summarize", componentActionKey: "chat" },
  stepId: "step-1",
};

/** What every record of these tests says. */
const known = {
  customer: { id: "acme-42", name: "Acme" },
  instance: { id: "SW5zdGFuY2U6MQ==", name: "Acme orders" },
  flow: "Nightly",
  step: "Summarize",
  model: "claude-sonnet-5-5",
  durationMs: expect.any(Number),
};

const noTokens = { input: 0, output: 0, cacheWrite: 0, cacheRead: 0 };
const tokens = { ...noTokens, input: 10, output: 5 };
/** Of 10 input and 5 output tokens. */
const cost = 0.00007;

const sent = (attempts: number, requestId: string | null = `req_${attempts}`) => ({
  attempts,
  requestId,
});

const ok = { ...known, tokens, cost, outcome: "ok", ...sent(1) };

/** A logger that keeps metrics as they are passed. */
const recording = () => {
  const logs = new Logs();
  const metrics: unknown[][] = [];
  const metric = (...values: unknown[]) => void metrics.push(values);
  return { logs, metrics, logger: { ...logs.logger, metric } };
};

/** The metrics of an action, whether it succeeds or fails. */
const metricsOf = async (key: string, server: Server, inputs: object, given: object = {}) => {
  const { metrics, logger } = recording();
  const all = { initialMessage: "Hello", ...inputs };
  await run(key, server, all, { ...context, ...given, logger }).catch(() => undefined);
  return metrics;
};

const once = { requestOptions: { maxRetries: "0" } };
const overloaded = refusal(529, "overloaded_error", "No.", { "retry-after-ms": "1" });
const stream = (events: object[]): Reply => ({
  headers: { "content-type": "text/event-stream" },
  body: eventStream(events as { type: string }[]),
});

test("one metric per request, with customer, tokens and cost", async () => {
  const usage = {
    input_tokens: 10,
    output_tokens: 5,
    cache_creation_input_tokens: 300,
    cache_read_input_tokens: 2000,
  };
  const server = await startServer({ body: { ...textMessage("Hi."), usage } });
  expect(await metricsOf("chat", server, {})).toEqual([
    [
      "claude.usage",
      {
        ...ok,
        tokens: { input: 10, output: 5, cacheWrite: 300, cacheRead: 2000 },
        cost: 0.00102,
      },
    ],
  ]);
});

describe("the outcome", () => {
  const cases: [string, Reply[], object, object?][] = [
    ["ok after a retry", [overloaded, streamed("Hi.")], { ...ok, ...sent(2) }],
    ["refused", [streamed("No.", { stop_reason: "refusal" })], { ...ok, outcome: "refused" }],
    ["truncated", [streamed("Hi", { stop_reason: "max_tokens" })], { ...ok, outcome: "truncated" }],
    [
      "of a 400, which is free",
      [refusal(400, "invalid_request_error")],
      { ...ok, tokens: noTokens, cost: 0, outcome: "invalid_request" },
    ],
    [
      "of a 401",
      [refusal(401, "authentication_error")],
      { ...ok, tokens: noTokens, cost: 0, outcome: "bad_key" },
    ],
    [
      "of a 529 after all retries",
      [overloaded],
      { ...ok, tokens: noTokens, cost: 0, outcome: "overloaded", ...sent(3) },
    ],
    [
      "of a 500, which may have been processed",
      [refusal(500, "api_error")],
      { ...ok, tokens: noTokens, cost: null, outcome: "server_error" },
      once,
    ],
    [
      "of a stream that is interrupted: the tokens as far as known, and no cost",
      [stream(textEvents("Hello there.").slice(0, 5))],
      { ...ok, cost: null, outcome: "broken_response", ...sent(1, null) },
      once,
    ],
    [
      "of a message that ends in an error",
      [{ body: { ...textMessage("Hi."), stop_reason: "error" } }],
      { ...ok, cost: null, outcome: "broken_response", ...sent(1, null) },
      once,
    ],
    [
      "of a reply whose price is not known",
      [streamed("Hi.", { model: "claude-mystery-9" as never })],
      { ...ok, model: "claude-mystery-9", cost: null },
    ],
    [
      "of a reply without usage and model",
      [{ body: { ...textMessage("Hi."), usage: undefined, model: undefined } }],
      { ...ok, tokens: noTokens, cost: null },
    ],
  ];
  test.each(cases)("%s", async (_, replies, record, inputs = {}) => {
    const server = await startServer(...replies);
    expect(await metricsOf("chat", server, inputs)).toEqual([["claude.usage", record]]);
  });

  test("of a host that cannot be reached, which is free", async () => {
    const server = { url: "http://127.0.0.1:1" } as Server;
    expect(await metricsOf("chat", server, once)).toEqual([
      [
        "claude.usage",
        { ...ok, tokens: noTokens, cost: 0, outcome: "no_connection", ...sent(1, null) },
      ],
    ]);
  });

  test("of a reply that the end of the execution interrupts", async () => {
    const server = await startServer((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream", "request-id": "req_1" });
      response.write(eventStream(textEvents("Hello there.").slice(0, 5)));
    });
    // An execution ends after 15 minutes; a step ends half a minute earlier.
    const startedAt = new Date(Date.now() - 14.5 * 60_000 + 400).toISOString();
    expect(await metricsOf("chat", server, {}, { startedAt })).toEqual([
      ["claude.usage", { ...ok, cost: null, outcome: "out_of_time" }],
    ]);
  });
});

test("each turn of an agent", async () => {
  const flows = await startFlows({ "Find Order": () => ({ sent: true }) });
  const call = { tool: "Find_Order", input: { order: "A-1" } };
  const server = await playing({ t1: call }, { t2: call }, "Sent.");
  const { metrics, logger } = recording();
  await runBranching(
    "runAgent",
    server,
    { task: "Where is it?", flows: flows.rows },
    { ...flows.context, ...context, logger },
  );
  const record = { ...ok, tokens: { ...noTokens, input: 100, output: 10 }, cost: 0.0003 };
  expect(metrics).toEqual(
    ["req_1", "req_2", "req_3"].map((requestId) => ["claude.usage", { ...record, requestId }]),
  );
});

test("each row of a list, and no other request", async () => {
  const server = await startServer(({ path }, response) => {
    const isMessage = path === "/v1/messages";
    response.writeHead(isMessage ? 200 : 404, { "content-type": "application/json" });
    response.end(isMessage ? JSON.stringify(textMessage("Hi.")) : "{}");
  });
  const items = '["a", "b", "c"]';
  const metrics = await metricsOf("processList", server, { items, message: "{{item}}" });
  const record = ["claude.usage", { ...ok, requestId: null }];
  expect(metrics).toEqual([record, record, record]);
  expect(await metricsOf("listModels", server, {})).toEqual([]);
  expect(await metricsOf("countTokens", server, {})).toEqual([]);
});

test("one line of JSON at level info without logger.metric", async () => {
  const server = await startServer(streamed("Hi."));
  const logs = new Logs();
  const { metric: _, ...logger } = logs.logger;
  await run("chat", server, { initialMessage: "Hello" }, { ...context, logger });
  const [line = "", ...others] = logs.lines;
  expect(others).toEqual([]);
  expect(line).toMatch(/^info claude\.usage \{/);
  expect(JSON.parse(line.replace("info claude.usage ", ""))).toEqual(ok);
});

test("what the platform does not give is null, and IDs stand in for what is missing", async () => {
  const server = await startServer(streamed("Hi."));
  const bare = {
    customer: { id: "c1", externalId: "", name: "" },
    instance: undefined,
    flow: { id: "f1" },
    executionFrame: {},
    stepId: "step-1",
  };
  const none = { customer: undefined, flow: undefined, executionFrame: undefined, stepId: "" };
  const [[, first] = []] = await metricsOf("chat", server, {}, bare);
  const [[, second] = []] = await metricsOf("chat", server, {}, none);
  expect(first).toMatchObject({
    customer: { id: "c1", name: null },
    instance: { id: null, name: null },
    flow: "f1",
    step: "step-1",
  });
  expect(second).toMatchObject({ customer: { id: null, name: null }, flow: null, step: null });
});

test("the guide describes exactly the fields of a record", async () => {
  const server = await startServer(streamed("Hi."));
  const [[, record] = []] = await metricsOf("chat", server, {});
  const fields = Object.entries(record as object).flatMap(([name, value]) =>
    value !== null && typeof value === "object"
      ? Object.keys(value).map((member) => `${name}.${member}`)
      : name,
  );
  const guide = readFileSync("docs/guides/usage.md", "utf8");
  const [, table = ""] = guide.split("| Field | Description |\n| --- | --- |\n");
  const rows = table.split("\n\n")[0]?.split("\n") ?? [];
  expect(rows.map((row) => /^\| `([^`]+)`/.exec(row)?.[1])).toEqual(fields);
  const [, example = ""] = /```json\n(.*?)```/s.exec(guide) ?? [];
  expect(Object.keys(JSON.parse(example))).toEqual(Object.keys(record as object));
});

describe("no content", () => {
  const mark = "zebra-7391";
  const file = { data: `Text with ${mark}`, contentType: "text/plain" };
  const inputs = {
    chat: {
      initialMessage: mark,
      systemPrompt: mark,
      attachments: [
        { key: `${mark}.txt`, value: file },
        { key: `${mark}.pdf`, value: { data: pdf({}), contentType: "application/pdf" } },
      ],
      requestOptions: {
        maxRetries: "0",
        metadataUserId: mark,
        variables: [{ key: mark, value: mark }],
      },
      output: { stopSequences: [mark] },
      memory: { key: mark },
    },
    processList: { items: `["${mark}"]`, message: `${mark} {{item}}`, systemPrompt: mark, ...once },
    extractData: {
      text: mark,
      fields: [{ name: "total", description: mark, type: "text" }],
      instructions: mark,
      ...once,
    },
    runAgent: { task: mark, instructions: mark, ...once },
  };
  const replies: [string, Reply][] = [
    ["a reply", streamed(mark)],
    ["an error", refusal(400, "invalid_request_error", `Bad: ${mark}`)],
    ["a stream that breaks off", stream(textEvents(mark).slice(0, 5))],
  ];
  test.each(replies)("in the record of %s", async (_, reply) => {
    for (const [key, given] of Object.entries(inputs)) {
      const server = await startServer(reply);
      const metrics = await metricsOf(key, server, given);
      expect(JSON.stringify(server.requests.map(({ body }) => body)), key).toContain(mark);
      expect(metrics.length, key).toBeGreaterThan(0);
      expect(JSON.stringify(metrics), key).not.toContain(mark);
      for (const [, record] of metrics) {
        expect(Object.keys(record as object), key).toEqual([
          "customer",
          "instance",
          "flow",
          "step",
          "model",
          "tokens",
          "cost",
          "outcome",
          "attempts",
          "requestId",
          "durationMs",
        ]);
      }
    }
  });

  test("and no key, even if it is entered as the model or a server echoes it", async () => {
    const echo: Reply = (request, response) => {
      const key = String(request.headers.authorization ?? request.headers["x-api-key"]);
      response.writeHead(200, { "content-type": "text/event-stream", "request-id": key });
      response.end(eventStream(textEvents("Hi.", { model: key as never })));
    };
    const server = await startServer(echo, refusal(400, "invalid_request_error"));
    const { metrics, logger } = recording();
    for (const connection of [connectionTo(server.url), gatewayTo(server.url)]) {
      await createHarness(component)
        .action("chat", { connection, initialMessage: "Hello", model: apiKey }, {
          ...context,
          logger,
        } as object)
        .catch(() => undefined);
    }
    expect(metrics).toMatchObject([
      ["claude.usage", { model: "[redacted]", requestId: "[redacted]" }],
      ["claude.usage", { model: "[redacted]", outcome: "invalid_request" }],
    ]);
    expect(JSON.stringify(metrics)).not.toContain(apiKey);
  });
});

test("a turn that a limit of the model truncates has the tokens of all passes", async () => {
  const usage = {
    input_tokens: 1,
    output_tokens: 1,
    iterations: [
      { type: "message", input_tokens: 100, output_tokens: 10 },
      { type: "compaction", input_tokens: 50, output_tokens: 20 },
    ],
  };
  const server = await playing(turn("Hi.", { usage, stop_reason: "max_tokens" }));
  expect(await metricsOf("chat", server, {})).toEqual([
    [
      "claude.usage",
      {
        ...ok,
        tokens: { ...noTokens, input: 150, output: 30 },
        cost: 0.0006,
        outcome: "truncated",
      },
    ],
  ]);
});
