import { createHarness } from "@prismatic-io/spectral/dist/testing";
import { describe, expect, test } from "vitest";
import { apiKey, component, failure, gatewayTo, Logs, run } from "../support/component";
import {
  eventStream,
  refusal,
  startServer,
  streamed,
  textEvents,
  textMessage,
} from "../support/server";

const hello = { initialMessage: "Hello" };

/** What a host sees of a Chat with these fields in the connection. */
const seen = async (fields: Record<string, unknown>, inputs: object = {}) => {
  const server = await startServer(streamed("Hi."));
  const connection = gatewayTo(server.url, fields);
  await run("chat", server, { ...hello, ...inputs, connection });
  return server.request();
};

describe("the credential", () => {
  test.each<[string, Record<string, unknown>, Record<string, string>]>([
    ["bearer", {}, { authorization: `Bearer ${apiKey}` }],
    ["bearer by default", { authentication: "" }, { authorization: `Bearer ${apiKey}` }],
    ["x-api-key", { authentication: "x-api-key" }, { "x-api-key": apiKey }],
    [
      "a header of its own",
      { authentication: "header", headerName: " X-Portkey-Api-Key " },
      { "x-portkey-api-key": apiKey },
    ],
    ["none", { authentication: "None", credential: "left over" }, {}],
  ])("goes as %s", async (_, fields, expected) => {
    const { headers } = await seen(fields);
    const names = ["authorization", "x-api-key", "x-portkey-api-key"];
    const sent = Object.fromEntries(
      Object.entries(headers).filter(([name]) => names.includes(name)),
    );
    expect(sent).toEqual(expected);
  });
});

describe("extra headers", () => {
  test("go with each request, betas of the step beside those of the connection", async () => {
    const lines = "\nx-portkey-provider: anthropic\r\n  X-Trace : a:b \nanthropic-beta: one\n";
    const { headers } = await seen({ headers: lines }, { requestOptions: { betas: ["two"] } });
    expect(headers).toMatchObject({
      "x-portkey-provider": "anthropic",
      "x-trace": "a:b",
      "anthropic-beta": "one,two",
      "anthropic-version": "2023-06-01",
    });
  });

  test("may have names that every object has", async () => {
    const { headers } = await seen({ headers: "constructor: a" });
    expect(headers.constructor).toBe("a");
    const fields = { headers: "x-a: 1", authentication: "header", headerName: "constructor" };
    expect((await seen(fields)).headers.constructor).toBe(apiKey);
  });

  test("may set the API version, as the field of that name does", async () => {
    const lines = "anthropic-version: 2026-10-21";
    const { headers, json } = await seen({ headers: lines }, { temperature: "0.5" });
    expect(headers["anthropic-version"]).toBe("2026-10-21");
    // The connector reasons with the version that it sends.
    expect(json).not.toHaveProperty("temperature");
    expect((await seen({ apiVersion: "2026-10-21" })).headers["anthropic-version"]).toBe(
      "2026-10-21",
    );
  });

  test("of no secret are not taken out of answers", async () => {
    const server = await startServer(streamed("I am made by anthropic."));
    const connection = gatewayTo(server.url, { headers: "x-portkey-provider: anthropic" });
    const { text } = await run("chat", server, { ...hello, connection });
    expect(text).toBe("I am made by anthropic.");
  });
});

describe("headers of one request", () => {
  const row = (key: string, value: string) => ({ requestOptions: { headers: [{ key, value }] } });

  test("go beside those of the connection, betas joined", async () => {
    const lines = "anthropic-beta: one\nanthropic-beta: two\nx-a: b";
    const { headers } = await seen({ headers: lines }, row("Anthropic-Beta", "three"));
    expect(headers).toMatchObject({ "anthropic-beta": "one, two,three", "x-a": "b" });
  });

  test.each([
    [{}, "Authorization", 'Headers "Authorization" carries the credential'],
    [
      { authentication: "header", headerName: "x-mine" },
      "X-Mine",
      "Headers holds X-Mine, which carries the credential.",
    ],
    [{}, "content-length", 'Headers "content-length" follows from the request.'],
  ])("%o: %s is refused", async (fields, key, message) => {
    const server = await startServer(streamed("Hi."));
    const connection = gatewayTo(server.url, fields);
    const error = await failure("chat", server, { ...hello, ...row(key, "1"), connection });
    expect(error.message).toContain(message);
    expect(server.requests).toHaveLength(0);
  });

  test("of a secret are kept out of logs and errors", async () => {
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

  test("make no other account: the model is looked up once", async () => {
    const server = await startServer((request, response) => {
      const isMessage = request.path === "/v1/messages";
      response.writeHead(isMessage ? 200 : 405, { "content-type": "application/json" });
      response.end(JSON.stringify(textMessage("Hi.")));
    });
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
});

describe("fields that cannot be used are a ConnectionError before any request", () => {
  test.each([
    [{ baseUrl: "" }, "Base URL takes an http or https address"],
    [{ baseUrl: {} }, "Base URL takes text. Enter it in the connection."],
    [{ authentication: {} }, "Authentication takes text."],
    [{ credential: ["sk-1234"] }, "Credential takes text."],
    [{ headers: Object.create(null) }, "Extra Headers takes text."],
    [{ apiVersion: [] }, "API Version takes text."],
    [{ credential: " " }, "Credential is empty."],
    [{ credential: "a b" }, "Credential holds a space"],
    [
      { authentication: "basic" },
      "Authentication takes bearer, x-api-key, header, none, but it is basic.",
    ],
    [{ authentication: "header" }, "Header Name takes the name of a header"],
    [{ authentication: "header", headerName: "a b" }, "Header Name takes the name of a header"],
    [
      { headers: "no colon here" },
      "Extra Headers takes lines of a name, a colon and a value, but line 1 is none.",
    ],
    [{ headers: ": value" }, "Extra Headers takes lines"],
    [{ headers: "x-a: b\ncontent-length: 5" }, "but line 2 is none."],
    [{ headers: "\n\nx-a: b\nnonsense" }, "but line 4 is none."],
    [{ headers: "a b: value" }, "Extra Headers takes lines"],
    [
      { headers: "authorization: Basic abcdefghij" },
      "Extra Headers holds authorization, which carries the credential.",
    ],
    [{ apiVersion: "latest" }, "API Version takes a date"],
  ])("%o", async (fields, message) => {
    const server = await startServer(streamed("Hi."));
    const connection = gatewayTo(server.url, fields);
    const error = await failure("chat", server, { ...hello, connection });
    expect(error.name).toBe("ConnectionError");
    expect(error.message).toContain(message);
    expect(server.requests).toHaveLength(0);
  });

  test("a secret is not shown with its line", async () => {
    const connection = gatewayTo("http://127.0.0.1:1", {
      headers: "x-key: secret\u0000-value-123",
    });
    const error = await failure("chat", { url: "" }, { ...hello, connection });
    expect(error.message).not.toContain("secret");
  });
});

describe("a host that is not quite Anthropic's", () => {
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
    ["ends as OpenAI's streams do", [...textEvents("Hi there.").slice(0, -1)], "data: [DONE]\n\n"],
    ["ends without its last event", textEvents("Hi there.").slice(0, -1)],
    [
      "tells the reason of the end before the block ends",
      [start, block, ...deltas, delta, stop, end] as object[],
    ],
    ["leaves out where blocks begin", [start, ping, ...deltas, stop, delta, end] as object[]],
    ["leaves out where the message begins", [block, ...deltas, stop, delta, end] as object[]],
    ["begins the message late", [block, start, ...deltas, stop, delta, end] as object[]],
  ])("that %s is understood", async (_, events, tail) => {
    expect(await chat(stream(events, tail))).toMatchObject({
      text: "Hi there.",
      stop_reason: "end_turn",
      truncated: false,
      attempts: 1,
    });
  });

  test("that leaves out the input of a tool is understood, streamed or not", async () => {
    const call = { type: "tool_use", id: "toolu_1", name: "ping" };
    const whole = { content: [call], stop_reason: "tool_use", usage: {} };
    const events = [
      start,
      { type: "content_block_start", index: 0, content_block: call },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: {} },
      end,
    ] as object[];
    for (const reply of [{ body: whole }, stream(events)]) {
      const result = await chat(reply);
      expect(result.toolCalls).toEqual([{ id: "toolu_1", name: "ping", input: {} }]);
      expect(result.conversation[1].content).toEqual([{ ...call, input: {} }]);
    }
  });

  test("that answers in OpenAI's format is understood", async () => {
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
      ["something", { stop_reason: null }],
    ] as const) {
      const body = { ...completion, choices: [{ ...choice, finish_reason }] };
      expect(await chat({ body })).toMatchObject(marks);
    }
    const odd = {
      ...choice,
      finish_reason: "stop",
      message: {
        content: [{ type: "text", text: "Hi" }],
        tool_calls: [null, { id: "a" }],
        function_call: { name: "b", arguments: "{}" },
      },
    };
    const counts = { prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 1000 } };
    expect(await chat({ body: { ...completion, choices: [odd], usage: counts } })).toMatchObject({
      text: "Hi",
      toolCalls: [{ id: "call_0", name: "b", input: {} }],
      // Some hosts count what is cached apart from the prompt.
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
      "in Anthropic's own form",
      {
        body: {
          type: "error",
          error: { type: "api_error", message: "Upstream credits exhausted" },
        },
      },
    ],
    [
      "beside no choices",
      { body: { choices: [], error: { message: "Upstream credits exhausted" } } },
    ],
    [
      "in a stream, without a type",
      {
        headers: { "content-type": "text/event-stream" },
        body: 'data: {"error": {"message": "Upstream credits exhausted"}}\n\n',
      },
    ],
  ])("that tells of an error %s is heard", async (_, reply) => {
    const server = await startServer(reply);
    const connection = gatewayTo(server.url);
    const requestOptions = { maxRetries: "0" };
    const error = await failure("chat", server, { ...hello, connection, requestOptions });
    expect(error.message).toContain("Upstream credits exhausted");
  });

  test.each(["data: [DONE]\n\n", ""])(
    "that does not close its stream (%j) is not waited for",
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

  test("that streams in OpenAI's format is told of", async () => {
    const chunk = { object: "chat.completion.chunk", choices: [{ delta: { content: "Hi" } }] };
    const server = await startServer(stream([chunk] as object[], "data: [DONE]\n\n"));
    const connection = gatewayTo(server.url);
    const error = await failure("chat", server, { ...hello, connection });
    expect(error.message).toContain("The host streams in OpenAI's format");
    expect(server.requests).toHaveLength(1);
  });

  test.each([
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
  ])("that words its errors like %j is understood", async (body, message) => {
    const server = await startServer({ status: 404, body });
    const connection = gatewayTo(server.url);
    const error = await failure("countTokens", server, { message: "Hello", connection });
    expect(error).toMatchObject({ name: "ApiError", status: 404 });
    expect(error.message).toContain(message);
    expect(error.message).toContain("the host knows no such model, or does not have this endpoint");
  });

  test("that refuses the credential says where it stands", async () => {
    const server = await startServer(refusal(401, "authentication_error"));
    const error = await failure("chat", server, { ...hello, connection: gatewayTo(server.url) });
    expect(error.name).toBe("ConnectionError");
    expect(error.message).toContain("Check Credential, Authentication and Extra Headers");
    expect(error.connection.fields.credential).toBe("[redacted]");
  });

  test("that lists models as OpenAI does gives them to choose from", async () => {
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

  test("that tells little of a model is asked all the same", async () => {
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
