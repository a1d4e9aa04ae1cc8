import { describe, expect, test } from "vitest";
import { modelExample } from "../../../src/claude/models/schema";
import { failure, Logs, run } from "../../support/component";
import {
  eventStream,
  refusal,
  startServer,
  streamed,
  textEvents,
  textMessage,
} from "../../support/server";

const hello = { initialMessage: "Hello" };

describe("the request", () => {
  test("holds the message, the defaults and nothing else", async () => {
    const server = await startServer(streamed("Hi."));
    await run("chat", server, hello);
    const { method, path, query, json, headers } = server.request();
    expect({ method, path, query }).toEqual({ method: "POST", path: "/v1/messages", query: "" });
    expect(json).toEqual({
      model: "claude-sonnet-5-5",
      max_tokens: 4096,
      messages: [{ role: "user", content: "Hello" }],
      stream: true,
    });
    expect(headers).toMatchObject({
      "x-api-key": "sk-ant-api03-secret-Zm9vYmFy",
      "anthropic-version": "2023-06-01",
      "content-type": "application/json",
    });
    expect(headers.authorization).toBeUndefined();
  });

  test("holds every input that is given", async () => {
    const server = await startServer({ body: olderModel }, streamed("Hi."));
    await run("chat", server, {
      model: " claude-opus-4-6 ",
      initialMessage: "  Hello\n🙂 ",
      systemPrompt: "Be brief.",
      maxTokens: "100",
      temperature: "0",
    });
    expect(server.requests[1]?.json).toEqual({
      model: "claude-opus-4-6",
      max_tokens: 100,
      messages: [{ role: "user", content: "  Hello\n🙂 " }],
      system: "Be brief.",
      temperature: 0,
      stream: true,
    });
  });

  test.each([
    ["empty texts", ""],
    ["blank texts", "  \n"],
    ["nothing", undefined],
    ["null", null],
  ])("takes %s as not given", async (_, blank) => {
    const server = await startServer(streamed("Hi."));
    await run("chat", server, {
      ...hello,
      systemPrompt: blank,
      maxTokens: blank,
      temperature: blank,
      requestOptions: blank,
    });
    expect(server.request().json).toEqual({
      model: "claude-sonnet-5-5",
      max_tokens: 4096,
      messages: [{ role: "user", content: "Hello" }],
      stream: true,
    });
  });

  test("takes numbers as numbers", async () => {
    const server = await startServer(streamed("Hi."));
    await run("chat", server, { ...hello, maxTokens: 7, temperature: 1 });
    expect(server.request().json).toMatchObject({ max_tokens: 7 });
    expect(server.request().json).not.toHaveProperty("temperature");
  });

  test("goes to the defaults where a connection's fields are blank, with a key that was pasted with blanks", async () => {
    const server = await startServer(streamed("Hi."));
    const { connectionTo, apiKey } = await import("../../support/component");
    const connection = connectionTo(`  ${server.url}  `, {
      apiKey: ` ${apiKey}\n`,
      apiVersion: "  ",
    });
    await run("chat", server, { ...hello, connection });
    expect(server.request().headers).toMatchObject({
      "x-api-key": apiKey,
      "anthropic-version": "2023-06-01",
    });
  });

  test("goes where the connection says, with its API version", async () => {
    const server = await startServer(streamed("Hi."));
    const { connectionTo } = await import("../../support/component");
    await run("chat", server, {
      ...hello,
      connection: connectionTo(`${server.url}/proxy/v1/`, { apiVersion: "2026-10-21" }),
    });
    expect(server.request().path).toBe("/proxy/v1/messages");
    expect(server.request().headers["anthropic-version"]).toBe("2026-10-21");
  });
});

describe("variables", () => {
  const chat = async (variables: unknown, texts: object) => {
    const server = await startServer(streamed("Hi."));
    const { warnings } = await run("chat", server, { ...texts, variables });
    const { messages, system } = server.request().json as {
      messages: { content: string }[];
      system?: string;
    };
    return { message: messages[0]?.content, system, warnings };
  };

  test("take the place of their names in Message and System Prompt", async () => {
    const variables = [
      { key: "input", value: "I love programming." },
      { key: " to ", value: "German" },
      { key: "größe", value: 5 },
      { key: "list", value: ["a", { b: null }] },
      { key: "empty", value: "" },
    ];
    expect(
      await chat(variables, {
        initialMessage: "{{input}} {{ größe }}{{größe}} {{list}}[{{empty}}]",
        systemPrompt: "Translate to {{to}}.",
      }),
    ).toEqual({
      message: 'I love programming. 55 ["a",{"b":null}][]',
      system: "Translate to German.",
      warnings: [],
    });
  });

  test("go in once and to the letter", async () => {
    const variables = [
      { key: "a", value: "{{b}} $& $1" },
      { key: "b", value: "B" },
    ];
    expect(await chat(variables, { initialMessage: "{{a}} {{b}} {c} {{}}" })).toMatchObject({
      message: "{{b}} $& $1 B {c} {{}}",
    });
  });

  test("leave texts alone where none are given", async () => {
    const initialMessage = "Explain {{handlebars}}.";
    for (const variables of ["", undefined, [], [{ key: "", value: "" }]]) {
      expect(await chat(variables, { initialMessage })).toMatchObject({
        message: initialMessage,
        warnings: [],
      });
    }
  });

  test("may leave nothing of a text", async () => {
    const server = await startServer(streamed("Hi."));
    await run("chat", server, {
      initialMessage: "{{a}}",
      systemPrompt: " {{a}}",
      attachments: [{ key: "a.txt", value: "A" }],
      conversation: [{ role: "system", content: "Be brief." }],
      variables: [{ key: "a", value: "" }],
    });
    const { messages, system } = server.request().json as {
      messages: { content: object[] }[];
      system: string;
    };
    expect(messages[0]?.content).toHaveLength(1);
    expect(system).toBe("Be brief.");
    const error = await failure("chat", server, {
      initialMessage: "{{a}}",
      variables: [{ key: "a", value: " " }],
    });
    expect(error.message).toMatch(/^Message is required\./);
  });

  test("that are missing by the thousand are told of by the first", async () => {
    const server = await startServer(streamed("Hi."));
    const initialMessage = Array.from({ length: 5_000 }, (_, index) => `{{n${index}}}`).join();
    const error = await failure("chat", server, {
      initialMessage,
      variables: [{ key: "a", value: "" }],
    });
    expect(error.message).toMatch(/^Variables has no value for {{n0}}, .*{{n9}} and 4990 more\.$/);
  });

  test("that no text uses are told of", async () => {
    const variables = [{ key: "nmae", value: "Ada" }];
    expect((await chat(variables, hello)).warnings).toEqual([
      "Variable nmae is not used: no text holds {{nmae}}.",
    ]);
  });

  test.each([
    [
      "with a placeholder that has none",
      [{ key: "a", value: "A" }],
      "Variables has no value for {{b}}, {{c}}.",
    ],
    [
      "with values that are not there",
      [{ key: "b", value: null }, { key: "c" }, { key: "a", value: "A" }],
      "Variables has no value for {{b}}, {{c}}.",
    ],
    ["that are no list", "a=b", "Variables takes a list of keys and values"],
    ["without a key", [{ value: "A" }], "Variables holds a row without a key."],
  ])("%s are an error before any request", async (_, variables, message) => {
    const server = await startServer(streamed("Hi."));
    const inputs = { initialMessage: "{{a}} {{b}}", systemPrompt: "{{c}} {{b}}", variables };
    expect((await failure("chat", server, inputs)).message).toContain(message);
    expect(server.requests).toHaveLength(0);
  });
});

describe("a conversation", () => {
  const sent = async (conversation: unknown, inputs: object = {}) => {
    const server = await startServer(streamed("Hi."));
    const result = await run("chat", server, { ...hello, ...inputs, conversation });
    const { messages, system } = server.request().json as { messages: object[]; system?: string };
    return { messages, system, warnings: result.warnings as string[] };
  };
  const text = (words: string) => [{ type: "text", text: words }];

  test("goes on from what an earlier Chat returned, to the letter", async () => {
    const thinking = { type: "thinking", thinking: "", signature: "c2ln" };
    const server = await startServer(
      { body: { ...textMessage(""), content: [thinking, ...text("Hello!")] } },
      streamed("Fine."),
      streamed("Bye."),
    );
    const first = await run("chat", server, { initialMessage: "Hi" });
    const second = await run("chat", server, {
      initialMessage: "How are you?",
      conversation: first.conversation,
    });
    await run("chat", server, {
      initialMessage: "Bye",
      conversation: JSON.stringify(second.conversation),
    });
    await run("chat", server, { initialMessage: "Bye", conversation: second });
    expect(server.requests[3]?.body).toBe(server.requests[2]?.body);
    expect(server.requests[2]?.json).toMatchObject({
      messages: [
        { role: "user", content: "Hi" },
        { role: "assistant", content: [thinking, ...text("Hello!")] },
        { role: "user", content: "How are you?" },
        { role: "assistant", content: text("Fine.") },
        { role: "user", content: "Bye" },
      ],
    });
  });

  test("made by hand may have system turns, turns in a row and empty texts", async () => {
    const turns = [
      { role: "system", content: "Be brief." },
      { role: "developer", content: text("Be kind.") },
      { role: "user", content: "One" },
      { role: "user", content: [...text(" "), ...text("Two")] },
      { role: "assistant", content: "" },
      { role: "assistant", content: "Three" },
      { role: "user", content: "Four" },
    ];
    expect(await sent(turns)).toEqual({
      system: "Be brief.\n\nBe kind.",
      messages: [
        { role: "user", content: [...text("One"), ...text("Two")] },
        { role: "assistant", content: "Three" },
        { role: "user", content: [...text("Four"), ...text("Hello")] },
      ],
      warnings: [
        "Conversation, turn 4: empty texts were left out.",
        "Conversation, turn 5: left out, it has no content.",
      ],
    });
  });

  test("keeps its system turns, for the Chat after the next too", async () => {
    const server = await startServer(streamed("Arr."));
    const conversation = [{ role: "system", content: "Talk like a pirate." }];
    const first = await run("chat", server, { ...hello, conversation });
    await run("chat", server, { ...hello, conversation: first.conversation });
    expect(server.requests[1]?.json).toMatchObject({
      system: "Talk like a pirate.",
      messages: [{ role: "user" }, { role: "assistant" }, { role: "user" }],
    });
  });

  test("keeps marks for the cache in its system turns", async () => {
    const cached = { type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } };
    const turns = [
      { role: "system", content: "Be kind." },
      { role: "system", content: [cached] },
    ];
    expect((await sent(turns)).system).toEqual([...text("Be kind."), cached]);
  });

  test("of any length is read in time that grows with it", async () => {
    const turns = Array.from({ length: 50_000 }, (_, index) => ({
      role: "user",
      content: `${index}`,
    }));
    const calls = Array.from({ length: 5_000 }, (_, index) => `toolu_${index}`);
    const long = [
      ...turns,
      {
        role: "assistant",
        content: calls.map((id) => ({ type: "tool_use", id, name: "a", input: {} })),
      },
      { role: "user", content: calls.map((tool_use_id) => ({ type: "tool_result", tool_use_id })) },
    ];
    // Ends in the test's time limit where each turn is held against all others.
    expect((await sent(long)).messages).toHaveLength(3);
  });

  test("takes results of tools before files before words", async () => {
    const called = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: [{ type: "tool_use", id: "1", name: "a", input: {} }] },
    ];
    const { messages } = await sent(called, {
      tools: { toolResults: [{ key: "1", value: "R" }] },
      attachments: [{ key: "a.txt", value: "A" }],
    });
    const { content } = messages[2] as { content: { type: string }[] };
    expect(content.map(({ type }) => type)).toEqual(["tool_result", "document", "text"]);
  });

  test("with tool calls and their results goes as it is", async () => {
    const turns = [
      { role: "user", content: text("Weather?") },
      {
        role: "assistant",
        content: [{ type: "tool_use", id: "toolu_1", name: "weather", input: {} }],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "Sun" }] },
    ];
    const { messages } = await sent(turns);
    expect(messages).toEqual([
      ...turns.slice(0, 2),
      { role: "user", content: [...(turns[2]?.content ?? []), ...text("Hello")] },
    ]);
  });

  test.each(["", "  ", undefined, null, [], "[]"])("given as %j is none", async (conversation) => {
    expect((await sent(conversation)).messages).toEqual([{ role: "user", content: "Hello" }]);
  });

  const call = { type: "tool_use", id: "toolu_1", name: "weather", input: {} };
  test.each([
    ["that is no JSON", "[{", "takes JSON, but this is none: "],
    ["that is no list", { role: "user", content: "Hi" }, "this is no list."],
    ["with a turn that is none", [null], "has no content in turn 1"],
    ["with content that is none", [{ role: "user", content: 5 }], "has no content in turn 1"],
    [
      "with a block that is none",
      [{ role: "user", content: [{ text: "Hi" }] }],
      "has no content in turn 1",
    ],
    [
      "with a system turn of more than text",
      [{ role: "system", content: [{ type: "image", source: {} }] }],
      "has a system turn with more than text in turn 1.",
    ],
    ["with another role", [{ role: "tool", content: "Hi" }], "has a role that is none in turn 1"],
    [
      "with a call that has no result",
      [{ role: "assistant", content: [call] }],
      "has a call of the tool weather (toolu_1) that no result follows",
    ],
    [
      "with a call whose result comes later",
      [
        { role: "assistant", content: [call] },
        { role: "user", content: "Well?" },
        { role: "assistant", content: "So." },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1" }] },
      ],
      "has a call of the tool weather (toolu_1) that no result follows",
    ],
    [
      "with a result that comes twice",
      [
        { role: "assistant", content: [call] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1" }] },
        { role: "assistant", content: "So." },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1" }] },
      ],
      "has a result for the tool call toolu_1, which the turn before does not make",
    ],
    [
      "with a result that has no call",
      [{ role: "user", content: [{ type: "tool_result", tool_use_id: "x" }] }],
      "has a result for the tool call x",
    ],
  ])("%s is an error before any request", async (_, conversation, message) => {
    const server = await startServer(streamed("Hi."));
    const error = await failure("chat", server, { ...hello, conversation });
    expect(error.message).toMatch(/^Conversation /);
    expect(error.message).toContain(message);
    expect(server.requests).toHaveLength(0);
  });

  test("with a system turn beside a System Prompt is an error", async () => {
    const server = await startServer(streamed("Hi."));
    const conversation = [{ role: "system", content: "Be brief." }];
    const error = await failure("chat", server, {
      ...hello,
      systemPrompt: "Be kind.",
      conversation,
    });
    expect(error.message).toMatch(/^System Prompt cannot go together with a system turn/);
    expect(server.requests).toHaveLength(0);
  });
});

const withThinking = (types: Record<string, boolean>) => ({
  ...modelExample,
  capabilities: {
    ...modelExample.capabilities,
    thinking: {
      supported: true,
      types: Object.fromEntries(
        Object.entries(types).map(([name, supported]) => [name, { supported }]),
      ),
    },
  },
});
const olderModel = withThinking({ adaptive: true, enabled: true });
const newerModel = withThinking({ adaptive: true, enabled: false });

describe("the temperature", () => {
  test("is left out with a warning when the model takes only 1", async () => {
    const server = await startServer({ body: newerModel }, streamed("Hi."));
    const { warnings } = await run("chat", server, { ...hello, temperature: "0.3" });
    expect(server.requests.map(({ path }) => path)).toEqual([
      "/v1/models/claude-sonnet-5-5",
      "/v1/messages",
    ]);
    expect(server.requests[1]?.json).not.toHaveProperty("temperature");
    expect(warnings).toEqual(["Temperature 0.3 was not sent: claude-sonnet-5-5 takes only 1."]);
  });

  test("is left out with a warning when the API version has none", async () => {
    const server = await startServer(streamed("Hi."));
    const { connectionTo } = await import("../../support/component");
    const { warnings } = await run("chat", server, {
      ...hello,
      temperature: "0.3",
      connection: connectionTo(server.url, { apiVersion: "2026-10-21" }),
    });
    expect(server.request().json).not.toHaveProperty("temperature");
    expect(warnings).toEqual([
      "Temperature 0.3 was not sent: API version 2026-10-21 takes only 1.",
    ]);
  });

  test("is asked about once, whatever the host does with the question", async () => {
    const server = await startServer(
      refusal(429, "rate_limit_error", "Slow down.", { "retry-after": "30" }),
      streamed("Hi."),
      { body: newerModel },
      streamed("Hi."),
    );
    const first = await run("chat", server, { ...hello, temperature: "0.3" });
    expect(first).toMatchObject({ attempts: 1, warnings: [] });
    // A fault passes: the next call asks again.
    const second = await run("chat", server, { ...hello, temperature: "0.3" });
    expect(second.warnings).toHaveLength(1);
    expect(server.requests).toHaveLength(4);
  });

  test("is sent when the host answers with nothing about the model", async () => {
    const server = await startServer({ body: "null" }, streamed("Hi."));
    expect(await run("chat", server, { ...hello, temperature: "0.3" })).toMatchObject({
      text: "Hi.",
    });
    expect(server.requests[1]?.json).toMatchObject({ temperature: 0.3 });
  });

  test("is judged for each key: one may see models that another does not", async () => {
    const server = await startServer(
      refusal(404, "not_found_error"),
      streamed("Hi."),
      { body: newerModel },
      streamed("Hi."),
    );
    const { connectionTo } = await import("../../support/component");
    await run("chat", server, { ...hello, temperature: "0.3" });
    const connection = connectionTo(server.url, { apiKey: "sk-ant-api03-another" });
    const { warnings } = await run("chat", server, { ...hello, temperature: "0.3", connection });
    expect(warnings).toHaveLength(1);
  });

  test("is sent when the host says nothing about the model, and the host is asked once", async () => {
    const server = await startServer(refusal(404, "not_found_error"), streamed("Hi."));
    await run("chat", server, { ...hello, temperature: "0.3" });
    await run("chat", server, { ...hello, temperature: "0.3" });
    expect(server.requests.map(({ path }) => path)).toEqual([
      "/v1/models/claude-sonnet-5-5",
      "/v1/messages",
      "/v1/messages",
    ]);
    expect(server.requests[2]?.json).toMatchObject({ temperature: 0.3 });
  });
});

describe("the result", () => {
  test("is the API's message with everything a flow needs beside it", async () => {
    const server = await startServer({
      headers: {
        "content-type": "text/event-stream",
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-tokens-limit": "many",
        "anthropic-ratelimit-requests-remaining": "49",
        "anthropic-ratelimit-requests-reset": "2026-11-21T10:00:00Z",
        "anthropic-ratelimit-input-tokens-remaining": "1000",
      },
      body: eventStream(textEvents("Hello there, you.")),
    });
    const content = [{ type: "text", text: "Hello there, you." }];
    expect(await run("chat", server, hello)).toEqual({
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "claude-sonnet-5-5",
      content,
      stop_reason: "end_turn",
      stop_sequence: null,
      usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
      text: "Hello there, you.",
      json: null,
      thinking: "",
      toolCalls: [],
      sources: [],
      files: [],
      truncated: false,
      refused: false,
      paused: false,
      cost: { input: 0.00002, output: 0.00005, total: 0.00007, currency: "USD" },
      warnings: [],
      requestId: "req_1",
      rateLimit: {
        requests: { limit: 50, remaining: 49, reset: "2026-11-21T10:00:00Z" },
        inputTokens: { remaining: 1000 },
      },
      conversation: [
        { role: "user", content: "Hello" },
        { role: "assistant", content },
      ],
      attempts: 1,
    });
  });

  test("is the same when the host does not stream", async () => {
    const plain = await startServer({ body: textMessage("Hello there, you.") });
    const stream = await startServer(streamed("Hello there, you."));
    expect(await run("chat", plain, hello)).toEqual(await run("chat", stream, hello));
  });

  test.each([
    ["max_tokens", { truncated: true, refused: false, paused: false }],
    ["model_context_window_exceeded", { truncated: true, refused: false, paused: false }],
    ["refusal", { truncated: false, refused: true, paused: false }],
    ["pause_turn", { truncated: false, refused: false, paused: true }],
    ["stop_sequence", { truncated: false, refused: false, paused: false }],
  ] as const)("marks what %s means", async (stop_reason, marks) => {
    const server = await startServer(streamed("Hello", { stop_reason }));
    expect(await run("chat", server, hello)).toMatchObject({ stop_reason, ...marks });
  });

  test("has no cost for a model without a known price, and says so", async () => {
    const server = await startServer(streamed("Hi.", { model: "claude-x" }));
    expect(await run("chat", server, hello)).toMatchObject({
      cost: null,
      warnings: ["The price of the model claude-x is not known: cost is null."],
    });
  });

  test("keeps text whole whatever pieces it comes in", async () => {
    const text = "Grüße, 世界 🙂!";
    const bytes = Buffer.from(eventStream(textEvents(text)));
    const server = await startServer(async (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const byte of bytes) {
        response.write(Buffer.of(byte));
        await new Promise(setImmediate);
      }
      response.end();
    });
    expect((await run("chat", server, hello)).text).toBe(text);
  });
});

describe("a call that fails", () => {
  test("is sent again, and the log says why", async () => {
    const server = await startServer(
      refusal(529, "overloaded_error", "Overloaded", { "retry-after-ms": "1" }),
      streamed("Hi."),
    );
    const logs = new Logs();
    const { attempts, text } = await run("chat", server, hello, { logger: logs.logger });
    expect({ attempts, text }).toEqual({ attempts: 2, text: "Hi." });
    expect(server.requests[1]?.body).toBe(server.requests[0]?.body);
    expect(logs.lines).toEqual([
      "warn POST /v1/messages: attempt 1 failed with 529 overloaded_error, sending again in 0.0 s",
    ]);
  });

  test("ends with status, type, message, request id, attempts and a next step", async () => {
    const server = await startServer(
      refusal(529, "overloaded_error", "Overloaded", { "retry-after-ms": "1" }),
    );
    const error = await failure("chat", server, hello);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe("ApiError");
    expect(error.message).toBe(
      "The API answered 529 overloaded_error: Overloaded. The API is overloaded for the moment: run again later, or allow more retries. (POST /v1/messages, request id req_3, 3 attempts)",
    );
    expect(error).toMatchObject({
      status: 529,
      type: "overloaded_error",
      code: null,
      requestId: "req_3",
      attempts: 3,
    });
  });

  test("is sent once when Max Retries is 0", async () => {
    const server = await startServer(refusal(500, "api_error"));
    await failure("chat", server, { ...hello, requestOptions: { maxRetries: "0", timeout: "" } });
    expect(server.requests).toHaveLength(1);
  });

  test("is not sent again for a spend limit, which no waiting lifts", async () => {
    const server = await startServer({
      status: 429,
      body: {
        type: "error",
        error: {
          type: "rate_limit_error",
          message: "Limit reached",
          details: { error_code: "enforced_spend_limit_reached" },
        },
      },
    });
    const error = await failure("chat", server, hello);
    expect(server.requests).toHaveLength(1);
    expect(error.code).toBe("enforced_spend_limit_reached");
    expect(error.message).toContain("raise it in the Claude Console");
  });

  test.each([401, 403])("with %i becomes the platform's ConnectionError", async (status) => {
    const server = await startServer(refusal(status, "authentication_error", "invalid x-api-key"));
    const error = await failure("chat", server, hello);
    expect(error.name).toBe("ConnectionError");
    expect(error.isSpectralError).toBe(true);
    expect(error.connection).toEqual({
      key: "anthropic",
      configVarKey: "Anthropic",
      fields: { apiKey: "[redacted]", baseUrl: "[redacted]" },
    });
    expect(error).toMatchObject({ status, requestId: "req_1", attempts: 1 });
    expect(error.message).toContain("invalid x-api-key");
  });

  test("while streaming is sent again, and no half answer is kept", async () => {
    const server = await startServer((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(eventStream(textEvents("Half an answer").slice(0, 4)));
      setTimeout(() => response.destroy(), 20);
    }, streamed("Whole."));
    expect(await run("chat", server, hello)).toMatchObject({ text: "Whole.", attempts: 2 });
  });

  test.each([
    ["an event cut in half", 'event: message_delta\ndata: {"type": "messa'],
    ["an event that is not JSON", "event: message_delta\ndata: {bad\n\n"],
  ])("with %s in the stream is sent again", async (_, rest) => {
    const half = eventStream(textEvents("Half").slice(0, 4)) + rest;
    const headers = { "content-type": "text/event-stream" };
    const again = await startServer({ headers, body: half }, streamed("Whole."));
    expect(await run("chat", again, hello)).toMatchObject({ text: "Whole.", attempts: 2 });
    const final = await startServer({ headers, body: half });
    const requestOptions = { maxRetries: "0" };
    expect(await failure("chat", final, { ...hello, requestOptions })).toMatchObject({
      status: null,
      type: "broken_answer",
    });
  });

  test("when the stream ends before the message does", async () => {
    const server = await startServer(
      {
        headers: { "content-type": "text/event-stream" },
        body: eventStream(textEvents("Half").slice(0, 4)),
      },
      streamed("Whole."),
    );
    expect(await run("chat", server, hello)).toMatchObject({ text: "Whole.", attempts: 2 });
  });

  test("is none when the connection breaks after the message is whole", async () => {
    const server = await startServer((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(eventStream(textEvents("Whole.")), () => {
        setTimeout(() => response.destroy(), 20);
      });
    });
    expect(await run("chat", server, hello)).toMatchObject({
      text: "Whole.",
      truncated: false,
      warnings: [],
      attempts: 1,
    });
  });

  test("with an error inside the stream is judged by the error's type", async () => {
    const errorEvent = (type: string) => ({
      headers: { "content-type": "text/event-stream" },
      body: eventStream([
        ...textEvents("Half").slice(0, 4),
        { type: "error", error: { type, message: "Oh." } } as { type: string },
      ]),
    });
    const again = await startServer(errorEvent("overloaded_error"), streamed("Whole."));
    expect(await run("chat", again, hello)).toMatchObject({ text: "Whole.", attempts: 2 });
    const unknown = await startServer(errorEvent("surprise_error"), streamed("Whole."));
    expect(await run("chat", unknown, hello)).toMatchObject({ text: "Whole.", attempts: 2 });
    const final = await startServer(errorEvent("invalid_request_error"), streamed("Whole."));
    expect(await failure("chat", final, hello)).toMatchObject({
      status: 400,
      type: "invalid_request_error",
      attempts: 1,
    });
  });

  test("with a spend limit inside the stream is final too", async () => {
    const error = {
      type: "error",
      error: {
        type: "rate_limit_error",
        message: "Limit reached",
        details: { error_code: "ramp_limit_exceeded" },
      },
    };
    const server = await startServer({
      headers: { "content-type": "text/event-stream" },
      body: eventStream([error]),
    });
    expect(await failure("chat", server, hello)).toMatchObject({
      status: 429,
      code: "ramp_limit_exceeded",
      attempts: 1,
    });
  });

  test.each([
    ["null", "data: null\n\n"],
    ["a number", "data: 5\n\n"],
    ["a list of nothing", "data: []\n\n"],
    [
      "an event without its parts",
      eventStream([
        { type: "content_block_delta" },
        { type: "message_delta" },
        { type: "content_block_start" },
      ]),
    ],
  ])("with %s for an event is an answer or a clear error", async (_, odd) => {
    const headers = { "content-type": "text/event-stream" };
    const [start, ...rest] = textEvents("Hi.");
    const body = eventStream([start ?? { type: "" }]) + odd + eventStream(rest);
    const server = await startServer({ headers, body });
    const requestOptions = { maxRetries: "0" };
    const outcome = await run("chat", server, { ...hello, requestOptions }).catch((error) => error);
    expect(outcome.text === "Hi." || outcome.name === "ApiError").toBe(true);
  });

  test("with a message that lacks usage and content is no error: gateways leave them out", async () => {
    const [, ...rest] = textEvents("Hi.");
    const start = { type: "message_start", message: { id: "x", model: "local" } };
    const headers = { "content-type": "text/event-stream" };
    const server = await startServer({ headers, body: eventStream([start, ...rest]) });
    expect(await run("chat", server, hello)).toMatchObject({
      text: "Hi.",
      usage: { total_tokens: 5 },
    });
    const json = await startServer({ body: { content: [{ type: "text", text: "Hi." }] } });
    expect(await run("chat", json, hello)).toMatchObject({ text: "Hi.", cost: null });
    const mixed = await startServer({
      body: { content: [{ note: 1 }, { type: "text", text: "Hi." }, null] },
    });
    expect(await run("chat", mixed, hello)).toMatchObject({
      text: "Hi.",
      content: [{ type: "text", text: "Hi." }],
      warnings: [
        "The answer holds 2 parts that are no blocks of content: they were left out.",
        "The host does not report usage: cost is null.",
      ],
    });
    const odd = await startServer({ body: { content: [null] } });
    expect((await failure("chat", odd, hello)).type).toBe("invalid_response");
  });

  test("with a model named by a folder does not look for its page", async () => {
    const server = await startServer(streamed("Hi."));
    const temperature = "0.5";
    await run("chat", server, { ...hello, model: "./models/../llama", temperature });
    expect(server.requests.map(({ path }) => path)).toEqual(["/v1/messages"]);
    expect(server.request().json).toMatchObject({ model: "./models/../llama", temperature: 0.5 });
  });

  test("with an answer that is no message says what it is", async () => {
    const page = await startServer({
      headers: { "content-type": "text/html" },
      body: "<title>Welcome</title>",
    });
    expect((await failure("chat", page, hello)).message).toBe(
      "The API answered 200 invalid_response: The answer is no Message but text/html. Check that Base URL in the connection leads to Claude's API. (POST /v1/messages, request id req_1, 1 attempt)",
    );
    const json = await startServer({ body: { hello: "world" } });
    expect((await failure("chat", json, hello)).message).toContain("no Message with content");
  });
});

describe("bad input is an error before any request", () => {
  test.each([
    ["Message is missing", { initialMessage: "" }, "Message is required."],
    ["Message is blank", { initialMessage: " \n" }, "Message is required."],
    ["Message is an object", { initialMessage: { a: 1 } }, "Message takes text, but an object"],
    ["Model is blank", { model: " " }, "Model is required."],
    ["Model is no text", { model: { id: "x" } }, "Model takes text, but an object"],
    ["Model is a list", { model: ["x"] }, "Model takes text, but a list"],
    ["Model walks up a path", { model: ".." }, "Model takes the id of a model"],
    ["System Prompt is an object", { systemPrompt: {} }, "System Prompt takes text"],
    ...["0", "-1", "abc", "1.5", "1e3", "4,096", true, {}].map(
      (maxTokens) =>
        [
          `Max Tokens is ${maxTokens}`,
          { maxTokens },
          "Max Tokens takes a whole number of 1",
        ] as const,
    ),
    ...["2", "-0.1", "warm", "NaN", "Infinity"].map(
      (temperature) =>
        [
          `Temperature is ${temperature}`,
          { temperature },
          "Temperature takes a number from 0 to 1",
        ] as const,
    ),
    ["Timeout is 0", { requestOptions: { timeout: "0" } }, "Timeout (seconds) takes a number"],
    [
      "Max Retries is -1",
      { requestOptions: { maxRetries: "-1" } },
      "Max Retries takes a whole number from 0",
    ],
    ["Request Options is a text", { requestOptions: "soon" }, "Request Options takes its fields"],
    ["Connection is missing", { connection: undefined }, "Connection is required."],
    [
      "API Key is empty",
      { connection: { key: "anthropic", fields: { apiKey: " " } } },
      "API Key is empty.",
    ],
    [
      "API Key has a line break",
      { connection: { key: "anthropic", fields: { apiKey: "sk-\nant" } } },
      "API Key holds a space, a line break",
    ],
    ...["ftp://host", "host", "https://user:pw@host", "https://host/?a=1", "https://host/#a"].map(
      (baseUrl) =>
        [
          `Base URL is ${baseUrl}`,
          { connection: { key: "anthropic", fields: { apiKey: "k", baseUrl } } },
          "Base URL takes an http or https address",
        ] as const,
    ),
    [
      "API Version is no date",
      { connection: { key: "anthropic", fields: { apiKey: "k", apiVersion: "v1\r\nx: y" } } },
      "API Version takes a date",
    ],
  ] as const)("%s", async (_, inputs, message) => {
    const server = await startServer(streamed("Hi."));
    const error = await failure("chat", server, { ...hello, ...inputs });
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toContain(message);
    expect(server.requests).toHaveLength(0);
  });
});
