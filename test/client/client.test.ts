import dns from "node:dns";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import packageJson from "../../package.json";
import { jsonBody, type ResponseBody, readBytes, readJson } from "../../src/client/body";
import { createClient } from "../../src/client/client";
import { readEvents } from "../../src/client/events";
import { sdkRetryPolicy } from "../../src/client/retry";
import { failureWording } from "../../src/wording/failures";
import { connectionTo, failure, Logs, run } from "../support/component";
import { eventStream, refusal, startServer, streamed, textEvents } from "../support/server";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const hello = { initialMessage: "Hello" };

describe("HTTP connections", () => {
  test("are reused between requests", async () => {
    const server = await startServer(streamed("Hi."));
    for (let call = 0; call < 3; call++) await run("chat", server, hello);
    expect(new Set(server.requests.map(({ port }) => port)).size).toBe(1);
  });

  test("are reused after a pause of 5.5 seconds, longer than Node's default", async () => {
    const server = await startServer(streamed("Hi."));
    await run("chat", server, hello);
    await sleep(5_500);
    await run("chat", server, hello);
    expect(new Set(server.requests.map(({ port }) => port)).size).toBe(1);
  });

  test("32 concurrent requests succeed", async () => {
    const server = await startServer(streamed("Hi."));
    const results = await Promise.all(Array.from({ length: 32 }, () => run("chat", server, hello)));
    expect(results.map(({ text }) => text)).toEqual(Array(32).fill("Hi."));
  });

  test("a connection closed by the server is reopened without counting as an attempt", async () => {
    const server = await startServer(
      { body: { first: true } },
      (_, response) => response.destroy(),
      {
        body: { second: true },
      },
    );
    expect(await run("rawRequest", server, { method: "GET" })).toEqual({ first: true });
    expect(await run("rawRequest", server, { method: "GET" })).toEqual({ second: true });
    expect(server.requests).toHaveLength(3);
    const fresh = await startServer((_, response) => response.destroy());
    await failure("rawRequest", fresh, { method: "GET" });
    expect(fresh.requests).toHaveLength(1);
  });

  test("a stream that stays open after message_stop is closed", async () => {
    const server = await startServer((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(eventStream(textEvents("Whole.")));
      const pulse = setInterval(() => response.write(": ping\n\n"), 20);
      response.on("close", () => clearInterval(pulse));
    });
    expect(await run("chat", server, hello)).toMatchObject({ text: "Whole.", attempts: 1 });
  });

  test.each([
    ["ENOTFOUND", false],
    ["EAI_AGAIN", false],
    ["EHOSTUNREACH", false],
    ["ENETUNREACH", false],
    ["ECONNREFUSED", false],
    ["ETIMEDOUT", true],
    ["ECONNRESET", true],
    ["EPIPE", true],
  ])("after %s, mayHaveArrived is %s", async (code, mayHaveArrived) => {
    vi.spyOn(dns, "lookup").mockImplementation(((
      _: string,
      __: object,
      done: (error: Error) => void,
    ) => done(Object.assign(new Error(`getaddrinfo ${code}`), { code }))) as never);
    const requestOptions = { maxRetries: "0" };
    const error = await failure(
      "chat",
      { url: "http://somewhere.example" },
      { ...hello, requestOptions },
    );
    expect(error).toMatchObject({ mayHaveArrived, status: null, attempts: 1 });
  });

  test("a refused connection is an error with the host and what to check", async () => {
    const error = await failure(
      "chat",
      { url: "http://127.0.0.1:1" },
      {
        ...hello,
        requestOptions: { maxRetries: "0" },
      },
    );
    expect(error.message).toBe(
      "No response from 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1. Check Base URL in the connection, and that its host is reachable from where this runs. (POST /v1/messages, 1 attempt)",
    );
  });
});

describe("timeouts", () => {
  test("an attempt that exceeds Timeout is retried", async () => {
    const server = await startServer(() => undefined, streamed("Hi."));
    const { attempts } = await run("chat", server, {
      ...hello,
      requestOptions: { timeout: "0.1", maxRetries: "" },
    });
    expect(attempts).toBe(2);
  });

  test("Timeout includes reading a streamed response", async () => {
    const server = await startServer((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const pulse = setInterval(() => response.write(": ping\n\n"), 20);
      response.on("close", () => clearInterval(pulse));
    });
    const error = await failure("chat", server, {
      ...hello,
      requestOptions: { timeout: "0.2", maxRetries: "0" },
    });
    expect(error).toMatchObject({ type: "timeout_error", status: null, attempts: 1 });
    expect(error.message).toContain(
      "No complete response within 0.2 s. Increase Timeout (seconds)",
    );
  });

  test("a request ends before the execution's limit of 15 minutes", async () => {
    const server = await startServer(() => undefined);
    const startedAt = new Date(Date.now() - 14.5 * 60_000 + 200).toISOString();
    const error = await failure("chat", server, hello, { startedAt });
    expect(error).toMatchObject({ type: "deadline_exceeded", attempts: 1 });
    expect(error.message).toContain("the platform ends it after 15 minutes");
  });

  test("a stream that runs into the execution's limit returns a truncated reply with warnings", async () => {
    const server = await startServer((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(eventStream(textEvents("Half a reply").slice(0, 5)));
    });
    const startedAt = new Date(Date.now() - 14.5 * 60_000 + 300).toISOString();
    const result = await run("chat", server, hello, { startedAt });
    expect(result).toMatchObject({
      text: "Half a rep",
      truncated: true,
      stop_reason: null,
      cost: null,
      attempts: 1,
      warnings: [
        "The response was truncated because the execution ran out of time. Ask for less in one step.",
        "The token usage of an interrupted response is not known, so cost is null.",
      ],
    });
    expect(server.requests).toHaveLength(1);
  });

  test("not retried when retry-after exceeds the time left", async () => {
    const server = await startServer(
      refusal(429, "rate_limit_error", "Slow down.", { "retry-after": "60" }),
    );
    const startedAt = new Date(Date.now() - 14 * 60_000).toISOString();
    expect(await failure("chat", server, hello, { startedAt })).toMatchObject({
      status: 429,
      attempts: 1,
    });
  });

  test("an implausible start time of the execution is ignored", async () => {
    const server = await startServer(streamed("Hi."));
    const implausible = [
      "",
      "yesterday",
      "2020-01-01T00:00:00Z",
      "2999-01-01T00:00:00Z",
      undefined,
    ];
    for (const startedAt of implausible) {
      expect((await run("chat", server, hello, { startedAt })).text).toBe("Hi.");
    }
  });

  describe("default timeouts", () => {
    const client = (url: string) =>
      createClient({ logger: new Logs().logger as never }, connectionTo(url), {
        describe: failureWording({}),
        retry: sdkRetryPolicy(0),
      });
    const events = (body: ResponseBody) => readEvents(body, () => undefined);
    const stream = (url: string, read: (body: ResponseBody) => Promise<unknown> = events) =>
      client(url)
        .send({
          method: "POST",
          path: "/v1/messages",
          body: jsonBody({}),
          streamed: true,
          read,
        })
        .catch((error: Error) => error);

    test("a stream without data for 2 minutes is broken", async () => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const server = await startServer((_, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" }).write(": ping\n\n");
      });
      const call = stream(server.url);
      await vi.waitUntil(() => server.requests.length === 1, { interval: 1 });
      for (let step = 0; step < 50; step++) await new Promise(setImmediate);
      await vi.advanceTimersByTimeAsync(119_000);
      expect(vi.getTimerCount()).toBeGreaterThan(0);
      await vi.advanceTimersByTimeAsync(1_100);
      expect(await call).toMatchObject({
        type: "broken_response",
        message: expect.stringContaining("no data for 2 minutes"),
      });
    });

    test("a response to GET times out when its body is incomplete", async () => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      let openResponse: ServerResponse | undefined;
      const server = await startServer((_, response) => {
        openResponse = response.writeHead(200, { "content-type": "application/json" });
        openResponse.write("{");
      });
      const call = client(server.url)
        .send({ method: "GET", path: "/v1/models", read: readJson })
        .catch((error: Error) => error);
      await vi.waitUntil(() => openResponse, { interval: 1 });
      for (let step = 0; step < 50; step++) await new Promise(setImmediate);
      await vi.advanceTimersByTimeAsync(60_001);
      openResponse?.end("}");
      expect(await call).toMatchObject({ type: "timeout_error", status: null });
    });

    test.each([
      ["a stream", events],
      ["a response that is not streamed", readBytes],
    ])("%s can exceed the default timeout while data keeps arriving", async (_, read) => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      let openResponse: ServerResponse | undefined;
      const server = await startServer((_, response) => {
        openResponse = response.writeHead(200, { "content-type": "text/event-stream" });
      });
      const call = stream(server.url, read);
      await vi.waitUntil(() => openResponse, { interval: 1 });
      for (let pings = 0; pings < 8; pings++) {
        openResponse?.write(": ping\n\n");
        for (let step = 0; step < 50; step++) await new Promise(setImmediate);
        await vi.advanceTimersByTimeAsync(100_000);
      }
      openResponse?.end();
      expect(await call).not.toBeInstanceOf(Error);
    });

    test.each([
      ["POST", "/v1/messages", 600],
      ["POST", "/v1/messages/count_tokens", 60],
      ["POST", "/v1/messages/batches", 600],
      ["POST", "/v1/messages/batches/a/cancel", 60],
      ["GET", "/v1/messages/batches", 60],
      ["POST", "/v1/files", 600],
      ["GET", "/v1/files", 60],
      ["GET", "/v1/models", 60],
    ])("%s %s times out after %i s by default", async (method, path, seconds) => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const server = await startServer(() => undefined);
      const call = client(server.url)
        .send({ method, path, read: readJson })
        .catch((error: Error) => error);
      await vi.waitUntil(() => server.requests.length === 1, { interval: 1 });
      await vi.advanceTimersByTimeAsync(seconds * 1000 + 1);
      expect(((await call) as Error).message).toContain(`No complete response within ${seconds} s`);
    });
  });

  test("a quick look-up has 5 seconds and no retries, whatever the client has", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const server = await startServer(() => undefined);
    const client = createClient({ logger: new Logs().logger as never }, connectionTo(server.url), {
      describe: failureWording({}),
      timeoutMs: 600_000,
      retry: sdkRetryPolicy(5),
    });
    const lookup = { method: "GET", path: "/v1/models", read: readJson, isQuickLookup: true };
    const call = client.send(lookup).catch((error: Error) => error);
    await vi.waitUntil(() => server.requests.length === 1, { interval: 1 });
    await vi.advanceTimersByTimeAsync(5_001);
    expect(((await call) as Error).message).toContain("No complete response within 5 s.");
    expect(server.requests).toHaveLength(1);
  });

  test("no timers are left after a request", async () => {
    const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const server = await startServer(streamed("Hi."), refusal(400, "invalid_request_error"));
    await run("chat", server, hello);
    await failure("chat", server, hello);
    const after = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    expect(after).toBeLessThanOrEqual(before);
  });
});

describe("createClient", () => {
  const clientOf = (url: string, options = {}, fields = {}, logs = new Logs()) =>
    createClient({ logger: logs.logger as never }, connectionTo(url, fields), {
      describe: failureWording({}),
      ...options,
    });
  const get = { method: "GET", path: "/v1/models", read: readJson };

  test("logs each retry with its reason and delay", async () => {
    const retries: number[] = [];
    const retry = {
      maxRetries: 2,
      shouldRetry: () => true,
      delay: (_: unknown, retry: number) => {
        retries.push(retry);
        return 200 * retry;
      },
    };
    const server = await startServer(
      (_, response) => response.destroy(),
      refusal(500, "api_error"),
      { body: { fine: true } },
    );
    const logs = new Logs();
    const response = await clientOf(server.url, { retry }, {}, logs).send(get);
    expect(response).toMatchObject({ data: { fine: true }, attempts: 3, requestId: "req_3" });
    expect(retries).toEqual([0, 1]);
    expect(logs.lines).toEqual([
      "warn GET /v1/models: attempt 1 failed with connection_error, retrying in 0.0 s",
      "warn GET /v1/models: attempt 2 failed with 500 api_error, retrying in 0.2 s",
    ]);
  });

  test("sends user-agent, accept and anthropic-version", async () => {
    const server = await startServer({ body: {} });
    await clientOf(server.url).send(get);
    expect(server.request().headers).toMatchObject({
      accept: "*/*",
      "user-agent": `prismatic-anthropic-connector/${packageJson.version}`,
      "anthropic-version": "2023-06-01",
    });
  });

  test("sends requests that are not idempotent on a new connection", async () => {
    const server = await startServer({ body: {} });
    const client = clientOf(server.url);
    await client.send(get);
    await client.send({ ...get, idempotent: false });
    await client.send(get);
    const [first, notIdempotent, last] = server.requests.map(({ port }) => port);
    expect(last).toBe(first);
    expect(notIdempotent).not.toBe(first);
  });

  test("account is a hash that differs by host and credential", () => {
    const account = clientOf("https://a.example").account;
    expect(account).toMatch(/^[0-9a-f]{64}$/);
    expect(clientOf("https://a.example").account).toBe(account);
    expect(clientOf("https://a.example", { headers: { "x-trace-id": "1" } }).account).toBe(account);
    expect(clientOf("https://b.example").account).not.toBe(account);
    expect(clientOf("https://a.example", {}, { apiKey: "sk-ant-other" }).account).not.toBe(account);
  });

  test("apiVersion comes from the connection or from headers", () => {
    const url = "https://a.example";
    const headers = { "anthropic-version": "2026-01-01" };
    expect(clientOf(url).apiVersion).toBe("2023-06-01");
    expect(clientOf(url, {}, { apiVersion: "2024-02-02" }).apiVersion).toBe("2024-02-02");
    expect(clientOf(url, { headers }).apiVersion).toBe("2026-01-01");
  });

  test("errors thrown by read are not retried or wrapped", async () => {
    const server = await startServer({ body: {} });
    const fault = new TypeError("x is not a function");
    const read = () => Promise.reject(fault);
    await expect(clientOf(server.url).send({ ...get, read })).rejects.toBe(fault);
    expect(server.requests).toHaveLength(1);
  });
});

describe("error responses", () => {
  const requestOptions = { maxRetries: "2" };

  test("are read completely from several chunks", async () => {
    const server = await startServer(async (_, response) => {
      response.writeHead(400, { "content-type": "application/json" });
      response.write('{"error": {"type": "invalid_request_error", ');
      await sleep(20);
      response.end('"message": "max_tokens: too many ü"}}');
    });
    expect((await failure("chat", server, hello)).message).toBe(
      "The API returned 400 invalid_request_error: max_tokens: too many ü. Correct the input that this message is about. (POST /v1/messages, 1 attempt)",
    );
  });

  test("a redirect is not followed and names its target", async () => {
    const server = await startServer({ status: 307, headers: { location: "https://b.example/" } });
    const error = await failure("chat", server, hello);
    expect(error).toMatchObject({ type: "redirect", status: 307, requestId: "req_1" });
    expect(error.message).toBe(
      `Base URL ${server.url} redirects to https://b.example/. Redirects are not followed, because they would forward the credential. If the target is trusted, enter it as Base URL in the connection. (POST /v1/messages, status 307, request ID req_1, 1 attempt)`,
    );
  });

  test.each([
    [0, ""],
    [10, '{"data": ['],
  ])("a connection closed after %i bytes may have reached the server", async (length, start) => {
    const server = await startServer((_, response) => {
      if (length > 0) response.writeHead(200, { "content-length": "100" });
      if (length === 0) return response.destroy();
      response.write(start, () => setTimeout(() => response.destroy(), 20));
    });
    const { host } = new URL(server.url);
    const error = await failure("listModels", server, { requestOptions: { maxRetries: "0" } });
    expect(error).toMatchObject(
      length === 0
        ? {
            type: "connection_error",
            message: expect.stringContaining(`No response from ${host}: `),
          }
        : {
            type: "broken_response",
            message: expect.stringContaining(`The response of ${host} was interrupted: `),
          },
    );
    expect(error).toMatchObject({ status: null, mayHaveArrived: true, attempts: 1 });
  });

  test("JSON nested more than 1,000 levels deep is not retried", async () => {
    const server = await startServer({ body: `${"[".repeat(2_000)}${"]".repeat(2_000)}` });
    expect(await failure("rawRequest", server, { method: "GET" })).toMatchObject({
      status: 200,
      type: "invalid_response",
      attempts: 1,
      message: expect.stringContaining(
        "cannot be read: it is nested more than 1000 levels deep. Check that Base URL",
      ),
    });
    expect(server.requests).toHaveLength(1);
  });

  test("keep their status when the body is incomplete", async () => {
    const broken = await startServer((_, response) => {
      response.writeHead(400, { "content-length": "1000", "request-id": "req_1" });
      response.write('{"error": {"mess', () => response.destroy());
    });
    expect(await failure("chat", broken, { ...hello, requestOptions })).toMatchObject({
      status: 400,
      type: "invalid_request_error",
      attempts: 1,
    });
    const stalled = await startServer((_, response) => {
      response.writeHead(401, { "content-type": "application/json" }).write("{");
    });
    expect(await failure("chat", stalled, { ...hello, requestOptions })).toMatchObject({
      name: "ConnectionError",
      status: 401,
      attempts: 1,
    });
  });

  test("an endless error body is truncated in the message", async () => {
    const server = await startServer((_, response) => {
      response.writeHead(400);
      const write = () => {
        while (!response.destroyed && response.write("x".repeat(10_000)));
      };
      response.on("drain", write);
      write();
    });
    const error = await failure("chat", server, hello);
    expect(error.message.length).toBeLessThan(2_500);
    expect(error.message).toMatch(/x… \(\d+ more characters\)/);
  });

  test("the error type constructor has no advice", async () => {
    const server = await startServer(refusal(418, "constructor", "No."));
    expect((await failure("chat", server, hello)).message).toMatch(
      /^The API returned 418 constructor: No\. \(POST/,
    );
  });
});

describe("the debug log", () => {
  test("contains request and response when debugging is on", async () => {
    const server = await startServer(streamed("Hi."));
    const logs = new Logs();
    await run(
      "chat",
      server,
      { initialMessage: "x".repeat(10_000) },
      { logger: logs.logger, globalDebug: true },
    );
    const debug = logs.lines.filter((line) => line.startsWith("debug"));
    expect(debug).toHaveLength(2);
    expect(debug[0]).toMatch(/^debug POST http:\/\/127\.0\.0\.1:\d+\/v1\/messages {/);
    expect(debug[0]).toContain("xxx… (");
    expect(debug[0]?.length).toBeLessThan(2_100);
    expect(debug[1]).toMatch(/^debug 200 after \d+ ms \{.*"request-id":"req_1"/);
  });

  test("is empty by default", async () => {
    const server = await startServer(streamed("Hi."));
    const logs = new Logs();
    await run("chat", server, hello, { logger: logs.logger });
    expect(logs.lines.filter((line) => !line.startsWith("metric "))).toEqual([]);
  });
});
