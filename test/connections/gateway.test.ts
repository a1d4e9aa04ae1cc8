import { createHarness } from "@prismatic-io/spectral/dist/testing";
import { describe, expect, test } from "vitest";
import {
  apiKey,
  component,
  connectionTo,
  failure,
  gatewayTo,
  Logs,
  run,
} from "../support/component";
import {
  eventStream,
  refusal,
  startServer,
  streamed,
  textEvents,
  textMessage,
} from "../support/server";

const hello = { initialMessage: "Hello" };

/** The request that a host receives from a Chat with these connection fields. */
const seen = async (fields: Record<string, unknown>, inputs: object = {}) => {
  const server = await startServer(streamed("Hi."));
  const connection = gatewayTo(server.url, fields);
  await run("chat", server, { ...hello, ...inputs, connection });
  return server.request();
};

describe("Authentication", () => {
  test.each<[string, Record<string, unknown>, Record<string, string>]>([
    ["a bearer token", {}, { authorization: `Bearer ${apiKey}` }],
    ["a bearer token by default", { authentication: "" }, { authorization: `Bearer ${apiKey}` }],
    ["x-api-key", { authentication: "x-api-key" }, { "x-api-key": apiKey }],
    [
      "a custom header",
      { authentication: "header", headerName: " X-Portkey-Api-Key " },
      { "x-portkey-api-key": apiKey },
    ],
    ["no header for None", { authentication: "None", credential: "left over" }, {}],
  ])("sends %s", async (_, fields, expected) => {
    const { headers } = await seen(fields);
    const names = ["authorization", "x-api-key", "x-portkey-api-key"];
    const sent = Object.fromEntries(
      Object.entries(headers).filter(([name]) => names.includes(name)),
    );
    expect(sent).toEqual(expected);
  });
});

describe("a credential that was copied with what stands around it", () => {
  const wrapped = [
    ` ${apiKey}\r\n`,
    `"${apiKey}"`,
    `'${apiKey}'\n`,
    `\`${apiKey}\``,
    `“${apiKey}”`,
    `Bearer ${apiKey}`,
    `bearer  "${apiKey}"`,
    `"Bearer ${apiKey}"`,
    `x-api-key: ${apiKey}`,
    `X-Api-Key:"${apiKey}"`,
    `Authorization: Bearer ${apiKey}`,
  ];

  test.each(wrapped)("is sent without it as API Key: %j", async (key) => {
    const server = await startServer(streamed("Hi."));
    const connection = connectionTo(server.url, { apiKey: key });
    await run("chat", server, { ...hello, connection });
    expect(server.request().headers["x-api-key"]).toBe(apiKey);
  });

  test.each(wrapped)("is sent without it to a gateway: %j", async (credential) => {
    expect((await seen({ credential })).headers.authorization).toBe(`Bearer ${apiKey}`);
    const fields = { credential, authentication: "x-api-key" };
    expect((await seen(fields)).headers["x-api-key"]).toBe(apiKey);
  });

  test("keeps a scheme in another header, which may belong to it", async () => {
    const fields = { authentication: "header", headerName: "x-mine" };
    expect((await seen({ ...fields, credential: `"${apiKey}"` })).headers["x-mine"]).toBe(apiKey);
    const server = await startServer(streamed("Hi."));
    const connection = gatewayTo(server.url, { ...fields, credential: `Bearer ${apiKey}` });
    const error = await failure("chat", server, { ...hello, connection });
    expect(error.message).toBe(
      "Credential contains a space, a line break or another character that keys do not have. Copy it again.",
    );
    expect(server.requests).toHaveLength(0);
  });

  test.each(['""', "Bearer ", "'Bearer '", "x-api-key:"])("is empty if %j is all", async (key) => {
    const server = await startServer(streamed("Hi."));
    const connection = connectionTo(server.url, { apiKey: key });
    const error = await failure("chat", server, { ...hello, connection });
    expect(error.message).toBe("API Key is empty. Enter it in the connection.");
    expect(server.requests).toHaveLength(0);
  });
});

describe("Base URL", () => {
  test.each([
    "",
    "/",
    "/v1",
    "/v1/",
    "/messages",
    "/v1/messages",
    "/v1/messages/",
    "/chat/completions",
    "/v1/chat/completions",
    "//v1//messages//",
  ])("may end with %j", async (end) => {
    const server = await startServer(streamed("Hi."));
    for (const url of [`${server.url}${end}`, ` ${server.url}/proxy${end} `]) {
      const connections = [connectionTo(url), gatewayTo(url)];
      for (const connection of connections) await run("chat", server, { ...hello, connection });
    }
    expect(server.requests.map(({ target }) => target)).toEqual([
      "/v1/messages",
      "/v1/messages",
      "/proxy/v1/messages",
      "/proxy/v1/messages",
    ]);
  });

  test.each(["/v1/messages-old", "/v1beta", "/my-messages"])("keeps %j", async (end) => {
    const server = await startServer(streamed("Hi."));
    await run("chat", server, { ...hello, connection: gatewayTo(server.url + end) });
    expect(server.request().target).toBe(`${end}/v1/messages`);
  });

  test("is part of the path in errors and logs, without secrets", async () => {
    const server = await startServer(refusal(529, "overloaded_error", "Busy."));
    const connection = gatewayTo(`${server.url}/proxy/${apiKey}/v1`);
    const logs = new Logs();
    const inputs = { ...hello, requestOptions: { maxRetries: 1 }, connection };
    const error = await failure("chat", server, inputs, { logger: logs.logger });
    const sent = "POST /proxy/[redacted]/v1/messages";
    expect(error.message).toContain(`(${sent}, request ID req_2, 2 attempts)`);
    expect(logs.lines.join()).toContain(`${sent}: attempt 1 failed with 529 overloaded_error`);
  });
});

describe("a connection of another component", () => {
  test.each(["chat", "listModels", "rawRequest"])("is refused by %s", async (key) => {
    const server = await startServer({});
    const connection = { ...connectionTo(server.url), key: "slack" };
    const error = await failure(key, server, { ...hello, method: "GET", connection });
    expect(error.name).toBe("ConnectionError");
    expect(error.message).toBe(
      "Connection belongs to another component (slack), so nothing was sent. Choose a connection of Anthropic: Anthropic API or Claude-Compatible Gateway.",
    );
    expect(JSON.stringify(error)).not.toContain(apiKey);
    expect(server.requests).toHaveLength(0);
  });

  test("is refused without a key, too", async () => {
    const server = await startServer({});
    const { fields } = connectionTo(server.url);
    const error = await failure("chat", server, { ...hello, connection: { fields } });
    expect(error.message).toContain("Connection belongs to another component (unknown)");
    expect(server.requests).toHaveLength(0);
  });

  test("is refused by Select Model", async () => {
    const server = await startServer({});
    const connection = { ...connectionTo(server.url), key: "slack" };
    const list = createHarness(component).dataSource("selectModel", { connection });
    await expect(list).rejects.toThrow("Connection belongs to another component (slack)");
    expect(server.requests).toHaveLength(0);
  });
});

describe("Extra Headers of the connection", () => {
  test("are sent with each request, with anthropic-beta joined to Beta Headers of the step", async () => {
    const lines = "\nx-portkey-provider: anthropic\r\n  X-Trace : a:b \nanthropic-beta: one\n";
    const { headers } = await seen({ headers: lines }, { requestOptions: { betas: ["two"] } });
    expect(headers).toMatchObject({
      "x-portkey-provider": "anthropic",
      "x-trace": "a:b",
      "anthropic-beta": "one,two",
      "anthropic-version": "2023-06-01",
    });
  });

  test("can have names like constructor", async () => {
    const { headers } = await seen({ headers: "constructor: a" });
    expect(headers.constructor).toBe("a");
    const fields = { headers: "x-a: 1", authentication: "header", headerName: "constructor" };
    expect((await seen(fields)).headers.constructor).toBe(apiKey);
  });

  test("can set anthropic-version, like API Version", async () => {
    const lines = "anthropic-version: 2026-10-21";
    const { headers, json } = await seen({ headers: lines }, { temperature: "0.5" });
    expect(headers["anthropic-version"]).toBe("2026-10-21");
    // The request is built for the version that is sent.
    expect(json).not.toHaveProperty("temperature");
    expect((await seen({ apiVersion: "2026-10-21" })).headers["anthropic-version"]).toBe(
      "2026-10-21",
    );
  });

  test("without secrets are not redacted from replies", async () => {
    const server = await startServer(streamed("I am made by anthropic."));
    const connection = gatewayTo(server.url, { headers: "x-portkey-provider: anthropic" });
    const { text } = await run("chat", server, { ...hello, connection });
    expect(text).toBe("I am made by anthropic.");
  });
});

describe("Headers of a step", () => {
  const row = (key: string, value: string) => ({ requestOptions: { headers: [{ key, value }] } });

  test("are added to those of the connection, with anthropic-beta joined", async () => {
    const lines = "anthropic-beta: one\nanthropic-beta: two\nx-a: b";
    const { headers } = await seen({ headers: lines }, row("Anthropic-Beta", "three"));
    expect(headers).toMatchObject({ "anthropic-beta": "one, two,three", "x-a": "b" });
  });

  test.each([
    [
      "Authorization",
      {},
      "Authorization",
      'Headers "Authorization" is the header of the credential',
    ],
    [
      "the credential header",
      { authentication: "header", headerName: "x-mine" },
      "X-Mine",
      'Headers "X-Mine" is the header of the credential',
    ],
    ["content-length", {}, "content-length", 'Headers "content-length" is set automatically.'],
  ])("reject %s", async (_, fields, key, message) => {
    const server = await startServer(streamed("Hi."));
    const connection = gatewayTo(server.url, fields);
    const error = await failure("chat", server, { ...hello, ...row(key, "1"), connection });
    expect(error.message).toContain(message);
    expect(server.requests).toHaveLength(0);
  });

  test("secrets in them are redacted from logs and errors", async () => {
    const secret = 'vk-"quoted"-012345';
    const logs = new Logs();
    const server = await startServer(({ headers }, response) => {
      response.writeHead(400, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message: `bad key ${headers["x-virtual-key"]}` } }));
    });
    for (const [key, inputs] of [
      ["chat", { ...hello, ...row("x-virtual-key", secret) }],
      ["rawRequest", { method: "GET", headers: [{ key: "X-Virtual-Key", value: secret }] }],
    ] as const) {
      const connection = gatewayTo(server.url, { headers: `cookie: session="${secret}"` });
      const error = await failure(
        key,
        server,
        { ...inputs, connection },
        { logger: logs.logger, globalDebug: true },
      );
      expect(error.message).toContain("bad key [redacted]");
    }
    const escaped = JSON.stringify(secret).slice(1, -1);
    expect(logs.lines.join()).not.toContain(secret);
    expect(logs.lines.join()).not.toContain(escaped);
  });

  /** A host without model info. */
  const startHost = () =>
    startServer((request, response) => {
      const isMessage = request.path === "/v1/messages";
      response.writeHead(isMessage ? 200 : 405, { "content-type": "application/json" });
      response.end(JSON.stringify(textMessage("Hi.")));
    });

  test("do not repeat the model lookup", async () => {
    const server = await startHost();
    const connection = gatewayTo(server.url);
    for (const trace of ["1", "2", "3"]) {
      const { requestOptions } = row("x-trace-id", trace);
      await run("chat", server, {
        ...hello,
        requestOptions,
        reasoning: { effort: "low" },
        connection,
      });
    }
    expect(server.requests.map(({ method }) => method)).toEqual(["GET", "POST", "POST", "POST"]);
  });

  test("look up a model again after 500 others, and one with a long name each time", async () => {
    const server = await startHost();
    const connection = gatewayTo(server.url);
    const lookUp = async (model: string) => {
      const before = server.requests.length;
      await run("chat", server, { ...hello, model, reasoning: { effort: "low" }, connection });
      return server.requests.slice(before).some(({ method }) => method === "GET");
    };
    const long = "m".repeat(201);
    expect([await lookUp("first"), await lookUp("first")]).toEqual([true, false]);
    expect([await lookUp(long), await lookUp(long)]).toEqual([true, true]);
    for (let other = 0; other < 500; other++) await lookUp(`model-${other}`);
    expect([await lookUp("model-499"), await lookUp("first")]).toEqual([false, true]);
  });
});

describe("invalid connection fields", () => {
  const invalid: [fields: Record<string, unknown>, message: string][] = [
    [{ baseUrl: "" }, "Base URL must be an http or https URL"],
    [{ baseUrl: {} }, "Base URL must be text. Enter it in the connection."],
    [{ authentication: {} }, "Authentication must be text."],
    [{ credential: ["sk-1234"] }, "Credential must be text."],
    [{ headers: Object.create(null) }, "Extra Headers must be text."],
    [{ apiVersion: [] }, "API Version must be text."],
    [{ credential: " " }, "Credential is empty."],
    [{ credential: "a b" }, "Credential contains a space"],
    [
      { authentication: "basic" },
      'Authentication must be one of bearer, x-api-key, header, none, but was "basic".',
    ],
    [{ authentication: "header" }, "Header Name must be a valid header name"],
    [{ authentication: "header", headerName: "a b" }, "Header Name must be a valid header name"],
    [
      { headers: "no colon here" },
      'Extra Headers must contain one "Name: value" per line. Line 1 is not valid.',
    ],
    [{ headers: ": value" }, "Extra Headers must contain one"],
    [
      { headers: "x-a: b\ncontent-length: 5" },
      "Extra Headers contains content-length, which is set automatically. Remove line 2.",
    ],
    [{ headers: "\n\nx-a: b\nnonsense" }, "Line 4 is not valid."],
    [{ headers: "a b: value" }, "Extra Headers must contain one"],
    [
      { headers: "authorization: Basic abcdefghij" },
      "Extra Headers contains authorization, the header of the credential.",
    ],
    [{ apiVersion: "latest" }, "API Version must be a date"],
  ];
  test("are a ConnectionError before any request", async () => {
    const server = await startServer(streamed("Hi."));
    for (const [fields, message] of invalid) {
      const connection = gatewayTo(server.url, fields);
      const error = await failure("chat", server, { ...hello, connection });
      expect.soft(error.name, message).toBe("ConnectionError");
      expect.soft(error.message).toContain(message);
    }
    expect(server.requests).toHaveLength(0);
  });

  test("errors do not quote the value of an invalid Extra Headers line", async () => {
    const connection = gatewayTo("http://127.0.0.1:1", {
      headers: "x-key: secret\u0000-value-123",
    });
    const error = await failure("chat", { url: "" }, { ...hello, connection });
    expect(error.message).not.toContain("secret");
  });
});

describe("hosts that deviate from Anthropic's API", () => {
  const chat = async (reply: Parameters<typeof startServer>[0], inputs: object = {}) => {
    const server = await startServer(reply);
    return run("chat", server, { ...hello, ...inputs, connection: gatewayTo(server.url) });
  };
  const stream = (events: object[], end = "") => ({
    headers: { "content-type": "text/event-stream" },
    body: eventStream(events as { type: string }[]) + end,
  });
  const [start, block, ping, ...rest] = textEvents("Hi there.");
  const deltas = rest.slice(0, 2);
  const [stop, delta, end] = rest.slice(2);

  test.each<[string, object[], string?]>([
    ["ends with [DONE]", [...textEvents("Hi there.").slice(0, -1)], "data: [DONE]\n\n"],
    ["ends without message_stop", textEvents("Hi there.").slice(0, -1)],
    [
      "sends message_delta before content_block_stop",
      [start, block, ...deltas, delta, stop, end] as object[],
    ],
    ["leaves out content_block_start", [start, ping, ...deltas, stop, delta, end] as object[]],
    ["leaves out message_start", [block, ...deltas, stop, delta, end] as object[]],
    ["sends message_start late", [block, start, ...deltas, stop, delta, end] as object[]],
  ])("accepts a stream that %s", async (_, events, tail) => {
    expect(await chat(stream(events, tail))).toMatchObject({
      text: "Hi there.",
      stop_reason: "end_turn",
      truncated: false,
      attempts: 1,
    });
  });

  test("accepts tool_use without input, streamed or not", async () => {
    const call = { type: "tool_use", id: "toolu_1", name: "ping" };
    const message = { content: [call], stop_reason: "tool_use", usage: {} };
    const events = [
      start,
      { type: "content_block_start", index: 0, content_block: call },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: {} },
      end,
    ] as object[];
    for (const reply of [{ body: message }, stream(events)]) {
      const result = await chat(reply);
      expect(result.toolCalls).toEqual([{ id: "toolu_1", name: "ping", input: {} }]);
      expect(result.conversation[1].content).toEqual([{ ...call, input: {} }]);
    }
  });

  test("accepts an OpenAI chat completion", async () => {
    const completion = {
      id: "chatcmpl-1",
      object: "chat.completion",
      model: "claude-sonnet-5-5",
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: "I look it up.",
            tool_calls: [
              { id: "call_1", type: "function", function: { name: "a", arguments: '{"b":1}' } },
              { id: "call_2", type: "function", function: { name: "c", arguments: "" } },
            ],
          },
          finish_reason: "tool_calls",
        },
      ],
      usage: {
        prompt_tokens: 100,
        completion_tokens: 5,
        total_tokens: 105,
        prompt_tokens_details: { cached_tokens: 40 },
      },
    };
    expect(await chat({ body: completion })).toMatchObject({
      id: "chatcmpl-1",
      text: "I look it up.",
      stop_reason: "tool_use",
      toolCalls: [
        { id: "call_1", name: "a", input: { b: 1 } },
        { id: "call_2", name: "c", input: {} },
      ],
      usage: { input_tokens: 60, cache_read_input_tokens: 40, output_tokens: 5, total_tokens: 105 },
    });
    const [choice] = completion.choices;
    for (const [finish_reason, marks] of [
      ["stop", { stop_reason: "end_turn" }],
      ["length", { truncated: true }],
      ["content_filter", { refused: true }],
      ["something", { stop_reason: "something", truncated: false }],
    ] as const) {
      const body = { ...completion, choices: [{ ...choice, finish_reason }] };
      expect(await chat({ body })).toMatchObject(marks);
    }
    const withLegacyCall = {
      ...choice,
      finish_reason: "stop",
      message: {
        content: [{ type: "text", text: "Hi" }],
        tool_calls: [null, { id: "a" }],
        function_call: { name: "b", arguments: "{}" },
      },
    };
    const counts = { prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 1000 } };
    expect(
      await chat({ body: { ...completion, choices: [withLegacyCall], usage: counts } }),
    ).toMatchObject({
      text: "Hi",
      toolCalls: [{ id: "call_0", name: "b", input: {} }],
      // Some hosts count cached tokens separately from the prompt.
      usage: { input_tokens: 10, cache_read_input_tokens: 1000 },
      cost: null,
    });
    const declined = {
      ...choice,
      finish_reason: "stop",
      message: { content: null, refusal: "No." },
    };
    expect(await chat({ body: { ...completion, choices: [declined] } })).toMatchObject({
      text: "No.",
      refused: true,
    });
  });

  test.each([
    ["in a body with status 200", { body: { error: { message: "Upstream credits exhausted" } } }],
    [
      "in Anthropic's format with status 200",
      {
        body: {
          type: "error",
          error: { type: "api_error", message: "Upstream credits exhausted" },
        },
      },
    ],
    [
      "with empty choices",
      { body: { choices: [], error: { message: "Upstream credits exhausted" } } },
    ],
    [
      "in a stream event without a type",
      {
        headers: { "content-type": "text/event-stream" },
        body: 'data: {"error": {"message": "Upstream credits exhausted"}}\n\n',
      },
    ],
  ])("reports an error %s", async (_, reply) => {
    const server = await startServer(reply);
    const connection = gatewayTo(server.url);
    const requestOptions = { maxRetries: "0" };
    const error = await failure("chat", server, { ...hello, connection, requestOptions });
    expect(error.message).toContain("Upstream credits exhausted");
  });

  test.each(["data: [DONE]\n\n", ""])(
    "does not wait for a stream to close after %j",
    async (tail) => {
      const server = await startServer((_, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(eventStream(textEvents("Hi there.").slice(0, -1)) + tail, () => {
          if (tail === "") setTimeout(() => response.destroy(), 20);
        });
      });
      const connection = gatewayTo(server.url);
      expect(await run("chat", server, { ...hello, connection })).toMatchObject({
        text: "Hi there.",
        truncated: false,
        attempts: 1,
      });
    },
  );

  test("rejects a stream in OpenAI's format", async () => {
    const chunk = { object: "chat.completion.chunk", choices: [{ delta: { content: "Hi" } }] };
    const server = await startServer(stream([chunk] as object[], "data: [DONE]\n\n"));
    const connection = gatewayTo(server.url);
    const error = await failure("chat", server, { ...hello, connection });
    expect(error.message).toContain("The host streams in OpenAI's format");
    expect(server.requests).toHaveLength(1);
  });

  const errorBodies: [body: unknown, message: string][] = [
    [{ error: "model not found" }, "model not found"],
    [
      { error: { message: "No such route", type: "Not Found", code: null, param: null } },
      "No such route",
    ],
    [{ message: "no Route matched" }, "no Route matched"],
    [{ detail: "Not Found" }, "Not Found"],
    [
      { status: "failure", message: "Either x-portkey-config or x-portkey-provider" },
      "Either x-portkey-config",
    ],
    ["<title>404 Not Found</title>", "404 Not Found"],
  ];
  test("reads error messages in other formats, with advice for 404", async () => {
    for (const [body, message] of errorBodies) {
      const server = await startServer({ status: 404, body });
      const connection = gatewayTo(server.url);
      const error = await failure("countTokens", server, { message: "Hello", connection });
      expect.soft(error).toMatchObject({ name: "ApiError", status: 404 });
      expect.soft(error.message).toContain(message);
      expect
        .soft(error.message)
        .toContain("the gateway does not know the model, or does not have this endpoint");
    }
  });

  test("401 is a ConnectionError that names the credential fields and redacts their values", async () => {
    const server = await startServer(refusal(401, "authentication_error"));
    const error = await failure("chat", server, { ...hello, connection: gatewayTo(server.url) });
    expect(error.name).toBe("ConnectionError");
    expect(error.message).toContain("Check Credential, Authentication and Extra Headers");
    expect(error.connection.fields.credential).toBe("[redacted]");
  });

  test("Select Model and List Models accept OpenAI's model list", async () => {
    const server = await startServer({
      body: {
        object: "list",
        data: [
          { id: "llama", object: "model", created: 1_700_000_000, owned_by: "x" },
          {
            id: "anthropic/claude-sonnet-5.5",
            name: "Anthropic: Claude Sonnet 5.5",
            created: 1_790_000_000,
          },
          { id: "plain" },
        ],
      },
    });
    const { result } = await createHarness(component).dataSource("selectModel", {
      connection: gatewayTo(server.url),
    });
    expect(result).toEqual([
      { key: "anthropic/claude-sonnet-5.5", label: "Anthropic: Claude Sonnet 5.5" },
      { key: "llama", label: "llama" },
      { key: "plain", label: "plain" },
    ]);
    expect(
      await run("listModels", server, { fetchAll: true, connection: gatewayTo(server.url) }),
    ).toMatchObject({
      data: [{ id: "llama" }, { id: "anthropic/claude-sonnet-5.5" }, { id: "plain" }],
    });
  });

  test("model info without capabilities does not prevent a request", async () => {
    const server = await startServer(
      { body: { id: "m", object: "model" } },
      { body: textMessage("Hi.") },
    );
    const result = await run("chat", server, {
      ...hello,
      model: "m",
      reasoning: { effort: "low" },
      output: { jsonSchema: { type: "array", items: { type: "string" } } },
      connection: gatewayTo(server.url),
    });
    expect(server.requests[1]?.json).toMatchObject({ output_config: { effort: "low" } });
    expect(result.text).toBe("Hi.");
  });
});
