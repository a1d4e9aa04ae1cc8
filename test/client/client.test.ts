import dns from "node:dns";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import packageJson from "../../package.json";
import { jsonBody, type ResponseBody, readBytes, readJson } from "../../src/client/body";
import { createClient } from "../../src/client/client";
import { readEvents } from "../../src/client/events";
import { sdkRetryPolicy } from "../../src/client/retry";
import { connectionTo, failure, Logs, run } from "../support/component";
import { eventStream, refusal, startServer, streamed, textEvents } from "../support/server";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const hello = { initialMessage: "Hello" };

describe("the connection", () => {
  test("stays open between calls", async () => {
    const server = await startServer(streamed("Hi."));
    for (let call = 0; call < 3; call++) await run("chat", server, hello);
    expect(new Set(server.requests.map(({ port }) => port)).size).toBe(1);
  });

  test("stays open over a pause longer than Node's own agent allows", async () => {
    const server = await startServer(streamed("Hi."));
    await run("chat", server, hello);
    await sleep(5_500);
    await run("chat", server, hello);
    expect(new Set(server.requests.map(({ port }) => port)).size).toBe(1);
  });

  test("is used by many calls at a time", async () => {
    const server = await startServer(streamed("Hi."));
    const results = await Promise.all(Array.from({ length: 32 }, () => run("chat", server, hello)));
    expect(results.map(({ text }) => text)).toEqual(Array(32).fill("Hi."));
  });

  test("that the server has closed meanwhile is opened anew, without counting as an attempt", async () => {
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

  test("of an answer that is complete but does not end is given up", async () => {
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
  ])("that fails with %s: may the host have got the request? %s", async (code, reached) => {
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
    expect(error).toMatchObject({ reached, status: null, attempts: 1 });
  });

  test("that nobody answers is an error that names the host and what to check", async () => {
    const error = await failure(
      "chat",
      { url: "http://127.0.0.1:1" },
      {
        ...hello,
        requestOptions: { maxRetries: "0" },
      },
    );
    expect(error.message).toBe(
      "No answer from 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1. Check Base URL in the connection, and that its host can be reached from where this runs. (POST /v1/messages, 1 attempt)",
    );
  });
});

describe("time", () => {
  test("an attempt that takes longer than Timeout counts as failed, and is sent again", async () => {
    const server = await startServer(() => undefined, streamed("Hi."));
    const { attempts } = await run("chat", server, {
      ...hello,
      requestOptions: { timeout: "0.1", maxRetries: "" },
    });
    expect(attempts).toBe(2);
  });

  test("Timeout counts for the whole answer, a stream included", async () => {
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
    expect(error.message).toContain("No complete answer within 0.2 s. Raise Timeout");
  });

  test("no answer is waited for beyond the run's 15 minutes", async () => {
    const server = await startServer(() => undefined);
    const startedAt = new Date(Date.now() - 14.5 * 60_000 + 200).toISOString();
    const error = await failure("chat", server, hello, { startedAt });
    expect(error).toMatchObject({ type: "deadline_exceeded", attempts: 1 });
    expect(error.message).toContain("the platform ends a run after 15 minutes");
  });

  test("what a stream has brought by then is returned, marked and explained", async () => {
    const server = await startServer((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(eventStream(textEvents("Half an answer").slice(0, 5)));
    });
    const startedAt = new Date(Date.now() - 14.5 * 60_000 + 300).toISOString();
    const result = await run("chat", server, hello, { startedAt });
    expect(result).toMatchObject({
      text: "Half an an",
      truncated: true,
      stop_reason: null,
      cost: null,
      attempts: 1,
      warnings: [
        "The answer is cut off: the run's time was nearly used up. Ask for less in one step.",
        "The output tokens of an answer cut off by time are not known: cost is null.",
      ],
    });
    expect(server.requests).toHaveLength(1);
  });

  test("a retry that would come too late is not waited for", async () => {
    const server = await startServer(
      refusal(429, "rate_limit_error", "Slow down.", { "retry-after": "60" }),
    );
    const startedAt = new Date(Date.now() - 14 * 60_000).toISOString();
    expect(await failure("chat", server, hello, { startedAt })).toMatchObject({
      status: 429,
      attempts: 1,
    });
  });

  test.each(["", "yesterday", "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z", undefined])(
    "a start of %j cannot be true on the platform: the time counts from now",
    async (startedAt) => {
      const server = await startServer(streamed("Hi."));
      expect((await run("chat", server, hello, { startedAt })).text).toBe("Hi.");
    },
  );

  describe("with the clock in hand", () => {
    const client = (url: string) =>
      createClient({ logger: new Logs().logger as never }, connectionTo(url), {
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

    test("a stream that falls silent for 2 minutes counts as broken", async () => {
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
        type: "broken_answer",
        message: expect.stringContaining("2 min of silence"),
      });
    });

    test("an answer that is no stream must be complete in time, also when it has begun", async () => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      let begun: ServerResponse | undefined;
      const server = await startServer((_, response) => {
        begun = response.writeHead(200, { "content-type": "application/json" });
        begun.write("{");
      });
      const call = client(server.url)
        .send({ method: "GET", path: "/v1/models", read: readJson })
        .catch((error: Error) => error);
      await vi.waitUntil(() => begun, { interval: 1 });
      for (let step = 0; step < 50; step++) await new Promise(setImmediate);
      await vi.advanceTimersByTimeAsync(60_001);
      begun?.end("}");
      expect(await call).toMatchObject({ type: "timeout_error", status: null });
    });

    test.each([
      ["a stream", events],
      ["a host that does not stream", readBytes],
    ])(
      "%s that keeps talking may go on for longer than the limit for an answer",
      async (_, read) => {
        vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
        let talk: ServerResponse | undefined;
        const server = await startServer((_, response) => {
          talk = response.writeHead(200, { "content-type": "text/event-stream" });
        });
        const call = stream(server.url, read);
        await vi.waitUntil(() => talk, { interval: 1 });
        for (let spoken = 0; spoken < 8; spoken++) {
          talk?.write(": ping\n\n");
          for (let step = 0; step < 50; step++) await new Promise(setImmediate);
          await vi.advanceTimersByTimeAsync(100_000);
        }
        talk?.end();
        expect(await call).not.toBeInstanceOf(Error);
      },
    );

    test.each([
      ["POST", "/v1/messages", 600],
      ["POST", "/v1/messages/count_tokens", 60],
      ["POST", "/v1/messages/batches", 600],
      ["POST", "/v1/messages/batches/a/cancel", 60],
      ["GET", "/v1/messages/batches", 60],
      ["POST", "/v1/files", 600],
      ["GET", "/v1/files", 60],
      ["GET", "/v1/models", 60],
    ])("%s %s may take %i s to answer", async (method, path, seconds) => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const server = await startServer(() => undefined);
      const call = client(server.url)
        .send({ method, path, read: readJson })
        .catch((error: Error) => error);
      await vi.waitUntil(() => server.requests.length === 1, { interval: 1 });
      await vi.advanceTimersByTimeAsync(seconds * 1000 + 1);
      expect(((await call) as Error).message).toContain(`No complete answer within ${seconds} s`);
    });
  });

  test("a call with limits of its own keeps to them, whatever Timeout and retries say", async () => {
    const server = await startServer(() => undefined);
    const client = createClient({ logger: new Logs().logger as never }, connectionTo(server.url), {
      timeoutMs: 600_000,
      retry: sdkRetryPolicy(5),
    });
    const limits = { timeoutMs: 100, maxRetries: 0 };
    const call = client.send({ method: "GET", path: "/v1/models", read: readJson, limits });
    await expect(call).rejects.toThrow("No complete answer within 0.1 s.");
    expect(server.requests).toHaveLength(1);
  });

  test("leaves no timer behind", async () => {
    const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const server = await startServer(streamed("Hi."), refusal(400, "invalid_request_error"));
    await run("chat", server, hello);
    await failure("chat", server, hello);
    const after = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    expect(after).toBeLessThanOrEqual(before);
  });
});

describe("the client of a step", () => {
  const clientOf = (url: string, options = {}, fields = {}, logs = new Logs()) =>
    createClient({ logger: logs.logger as never }, connectionTo(url, fields), options);
  const get = { method: "GET", path: "/v1/models", read: readJson };

  test("counts retries from 0, and says of each what failed and when it goes on", async () => {
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
    const answer = await clientOf(server.url, { retry }, {}, logs).send(get);
    expect(answer).toMatchObject({ data: { fine: true }, attempts: 3, requestId: "req_3" });
    expect(retries).toEqual([0, 1]);
    expect(logs.lines).toEqual([
      "warn GET /v1/models: attempt 1 failed with connection_error, sending again in 0.0 s",
      "warn GET /v1/models: attempt 2 failed with 500 api_error, sending again in 0.2 s",
    ]);
  });

  test("says who sends", async () => {
    const server = await startServer({ body: {} });
    await clientOf(server.url).send(get);
    expect(server.request().headers).toMatchObject({
      accept: "*/*",
      "user-agent": `prismatic-anthropic-connector/${packageJson.version}`,
      "anthropic-version": "2023-06-01",
    });
  });

  test("sends what must not arrive twice on a connection of its own", async () => {
    const server = await startServer({ body: {} });
    const client = clientOf(server.url);
    await client.send(get);
    await client.send({ ...get, once: true });
    await client.send(get);
    const [first, once, last] = server.requests.map(({ port }) => port);
    expect(last).toBe(first);
    expect(once).not.toBe(first);
  });

  test("tells accounts apart, and neither host nor credential by it", () => {
    const account = clientOf("https://a.example").account;
    expect(account).toMatch(/^[0-9a-f]{64}$/);
    expect(clientOf("https://a.example").account).toBe(account);
    expect(clientOf("https://a.example", { headers: { "x-trace-id": "1" } }).account).toBe(account);
    expect(clientOf("https://b.example").account).not.toBe(account);
    expect(clientOf("https://a.example", {}, { apiKey: "sk-ant-other" }).account).not.toBe(account);
  });

  test("has the API version of the connection, or of the step's headers", () => {
    const url = "https://a.example";
    const headers = { "anthropic-version": "2026-01-01" };
    expect(clientOf(url).apiVersion).toBe("2023-06-01");
    expect(clientOf(url, {}, { apiVersion: "2024-02-02" }).apiVersion).toBe("2024-02-02");
    expect(clientOf(url, { headers }).apiVersion).toBe("2026-01-01");
  });

  test("does not pass off a fault of this code as one of the host", async () => {
    const server = await startServer({ body: {} });
    const fault = new TypeError("x is not a function");
    const read = () => Promise.reject(fault);
    await expect(clientOf(server.url).send({ ...get, read })).rejects.toBe(fault);
    expect(server.requests).toHaveLength(1);
  });
});

describe("an answer that says no", () => {
  const requestOptions = { maxRetries: "2" };

  test("is read whole, in whatever pieces it comes", async () => {
    const server = await startServer(async (_, response) => {
      response.writeHead(400, { "content-type": "application/json" });
      response.write('{"error": {"type": "invalid_request_error", ');
      await sleep(20);
      response.end('"message": "max_tokens: too many ü"}}');
    });
    expect((await failure("chat", server, hello)).message).toBe(
      "The API answered 400 invalid_request_error: max_tokens: too many ü. Change the input that this message names. (POST /v1/messages, 1 attempt)",
    );
  });

  test("by leading elsewhere says where, and what to enter if that is to be trusted", async () => {
    const server = await startServer({ status: 307, headers: { location: "https://b.example/" } });
    const error = await failure("chat", server, hello);
    expect(error).toMatchObject({ type: "redirect", status: 307, requestId: "req_1" });
    expect(error.message).toBe(
      `The API answered 307 redirect: ${server.url} answers with a redirect to https://b.example/. Redirects are not followed: the credential would go along. Enter the address it leads to as Base URL in the connection, if it is to be trusted. (POST /v1/messages, request id req_1, 1 attempt)`,
    );
  });

  test.each([
    [0, ""],
    [10, '{"data": ['],
  ])("by breaking off after %i bytes is a broken answer or none", async (length, start) => {
    const server = await startServer((_, response) => {
      if (length > 0) response.writeHead(200, { "content-length": "100" });
      if (length === 0) return response.destroy();
      response.write(start, () => setTimeout(() => response.destroy(), 20));
    });
    const { host } = new URL(server.url);
    const error = await failure("listModels", server, { requestOptions: { maxRetries: "0" } });
    expect(error).toMatchObject(
      length === 0
        ? { type: "connection_error", message: expect.stringContaining(`No answer from ${host}: `) }
        : {
            type: "broken_answer",
            message: expect.stringContaining(`The answer of ${host} broke off: `),
          },
    );
    expect(error).toMatchObject({ status: null, reached: true, attempts: 1 });
  });

  test("because it is nested too deeply is not sent again", async () => {
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

  test("keeps its status when its body breaks off or never ends", async () => {
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

  test("is read to a reasonable length, and cut short in the message", async () => {
    const server = await startServer((_, response) => {
      response.writeHead(400);
      const talk = () => {
        while (!response.destroyed && response.write("x".repeat(10_000)));
      };
      response.on("drain", talk);
      talk();
    });
    const error = await failure("chat", server, hello);
    expect(error.message.length).toBeLessThan(2_500);
    expect(error.message).toMatch(/x… \(\d+ more characters\)/);
  });

  test("of a type that is a word of JavaScript has no odd advice", async () => {
    const server = await startServer(refusal(418, "constructor", "No."));
    expect((await failure("chat", server, hello)).message).toMatch(
      /^The API answered 418 constructor: No\. \(POST/,
    );
  });
});

describe("the debug log", () => {
  test("says what goes out and what comes back, when debugging is on", async () => {
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

  test("is silent otherwise", async () => {
    const server = await startServer(streamed("Hi."));
    const logs = new Logs();
    await run("chat", server, hello, { logger: logs.logger });
    expect(logs.lines).toEqual([]);
  });
});
