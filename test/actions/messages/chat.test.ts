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

describe("request", () => {
  test("contains only the message and the defaults", async () => {
    const server = await startServer(streamed("Hi."));
    await run("chat", server, hello);
    const { method, path, query, json, headers } = server.request();
    expect({ method, path, query }).toEqual({ method: "POST", path: "/v1/messages", query: "" });
    expect(json).toEqual({
      model: "claude-sonnet-5-5",
      max_tokens: 16_000,
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

  test("contains every input that is set", async () => {
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
    ["empty text", ""],
    ["blank text", "  \n"],
    ["undefined", undefined],
    ["null", null],
  ])("treats %s as not set", async (_, blank) => {
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
      max_tokens: 16_000,
      messages: [{ role: "user", content: "Hello" }],
      stream: true,
    });
  });

  test("accepts numbers, and omits a Temperature of 1", async () => {
    const server = await startServer(streamed("Hi."));
    await run("chat", server, { ...hello, maxTokens: 7, temperature: 1 });
    expect(server.request().json).toMatchObject({ max_tokens: 7 });
    expect(server.request().json).not.toHaveProperty("temperature");
  });

  test("trims Base URL and API Key, and uses the default for a blank API Version", async () => {
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

  test("uses Base URL and API Version of the connection", async () => {
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

  test("replace placeholders in Message and System Prompt", async () => {
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

  test("are inserted unchanged and only once", async () => {
    const variables = [
      { key: "a", value: "{{b}} $& $1" },
      { key: "b", value: "B" },
    ];
    expect(await chat(variables, { initialMessage: "{{a}} {{b}} {c} {{}}" })).toMatchObject({
      message: "{{b}} $& $1 B {c} {{}}",
    });
  });

  test("in Advanced replace those of the same name at their former place", async () => {
    const server = await startServer(streamed("Hi."));
    await run("chat", server, {
      initialMessage: "Hi {{a}} {{b}}",
      variables: [
        { key: "a", value: "old" },
        { key: "b", value: "kept" },
      ],
      requestOptions: { variables: [{ key: "a", value: "new" }] },
    });
    expect(JSON.stringify(server.requests.at(-1)?.json)).toContain("Hi new kept");
  });

  test("leave placeholders unchanged if none are set, with a warning for each text", async () => {
    const initialMessage = "Explain {{handlebars}} and {{ mustache }}.";
    for (const variables of ["", undefined, [], [{ key: "", value: "" }]]) {
      expect(
        await chat(variables, { initialMessage, systemPrompt: "{{a}}", systemMessage: "{{}}" }),
      ).toMatchObject({
        message: initialMessage,
        system: "{{a}}",
        warnings: [
          "Message contains {{handlebars}}, {{mustache}}, but Variables is empty: it was sent as it is.",
          "System Prompt contains {{a}}, but Variables is empty: it was sent as it is.",
        ],
      });
    }
  });

  test("are not mentioned by a step without them", async () => {
    const server = await startServer(streamed("Done."));
    const { warnings } = await run("runAgent", server, { task: "Explain {{handlebars}}." });
    expect(warnings).toEqual([]);
  });

  test("list at most 10 unchanged placeholders, with at most 60 characters each", async () => {
    const initialMessage = Array.from({ length: 12 }, (_, n) => `{{${n}${"x".repeat(99)}}}`).join();
    const { warnings } = await chat([], { initialMessage });
    expect(warnings).toEqual([
      expect.stringMatching(
        /^Message contains \{\{0x{59}\}\}, .*9x{59}\}\} and 2 more, but Variables/,
      ),
    ]);
  });

  test("warns of an object that was inserted as text", async () => {
    const warning = (label: string) =>
      `${label} contains [object Object], an object inserted as text. Reference one of its fields instead.`;
    const variables = [{ key: "a", value: "[object Object]" }];
    const texts = { initialMessage: "Order: [object Object]", systemPrompt: "{{a}}" };
    expect((await chat(variables, texts)).warnings).toEqual([
      warning("Message"),
      warning("System Prompt"),
    ]);
    expect((await chat([], { initialMessage: "[object]" })).warnings).toEqual([]);
  });

  test("can leave System Prompt and Message empty, but not Message without Attachments", async () => {
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

  test("lists at most 10 missing variables", async () => {
    const server = await startServer(streamed("Hi."));
    const initialMessage = Array.from({ length: 5_000 }, (_, index) => `{{n${index}}}`).join();
    const error = await failure("chat", server, {
      initialMessage,
      variables: [{ key: "a", value: "" }],
    });
    expect(error.message).toMatch(/^Variables has no value for {{n0}}, .*{{n9}} and 4990 more\.$/);
  });

  test("warns of unused variables", async () => {
    const variables = [{ key: "nmae", value: "Ada" }];
    expect((await chat(variables, hello)).warnings).toEqual([
      "Variable nmae is not used: no text contains {{nmae}}.",
    ]);
  });

  test.each([
    [
      "placeholders without a variable",
      [{ key: "a", value: "A" }],
      "Variables has no value for {{b}}, {{c}}.",
    ],
    [
      "variables without a value",
      [{ key: "b", value: null }, { key: "c" }, { key: "a", value: "A" }],
      "Variables has no value for {{b}}, {{c}}.",
    ],
    ["text instead of a list", "a=b", "Variables must be a list of keys and values"],
    ["a row without a key", [{ value: "A" }], "Variables has a row without a key: row"],
  ])("rejects %s before any request", async (_, variables, message) => {
    const server = await startServer(streamed("Hi."));
    const inputs = { initialMessage: "{{a}} {{b}}", systemPrompt: "{{c}} {{b}}", variables };
    expect((await failure("chat", server, inputs)).message).toContain(message);
    expect(server.requests).toHaveLength(0);
  });
});

describe("Conversation", () => {
  const sent = async (conversation: unknown, inputs: object = {}) => {
    const server = await startServer(streamed("Hi."));
    const result = await run("chat", server, { ...hello, ...inputs, conversation });
    const { messages, system } = server.request().json as { messages: object[]; system?: string };
    return { messages, system, warnings: result.warnings as string[] };
  };
  const text = (words: string) => [{ type: "text", text: words }];

  test("continues from the output of an earlier Chat, unchanged", async () => {
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

  test("accepts system turns, consecutive turns of one role and empty texts", async () => {
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
        "Conversation, turn 4: blank texts were ignored.",
        "Conversation, turn 5: ignored, because it has no content.",
        "Conversation starts with a system turn, which was sent as the system prompt.",
      ],
    });
  });

  test("keeps system turns in the output for the next Chat", async () => {
    const server = await startServer(streamed("Arr."));
    const conversation = [{ role: "system", content: "Talk like a pirate." }];
    const first = await run("chat", server, { ...hello, conversation });
    await run("chat", server, { ...hello, conversation: first.conversation });
    expect(server.requests[1]?.json).toMatchObject({
      system: "Talk like a pirate.",
      messages: [{ role: "user" }, { role: "assistant" }, { role: "user" }],
    });
  });

  test("keeps cache_control of system turns", async () => {
    const cached = { type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } };
    const turns = [
      { role: "system", content: "Be kind." },
      { role: "system", content: [cached] },
    ];
    expect((await sent(turns)).system).toEqual([...text("Be kind."), cached]);
  });

  test("reads tens of thousands of turns in linear time", async () => {
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
    // Quadratic time exceeds the test's timeout.
    expect((await sent(long)).messages).toHaveLength(3);
  });

  test("orders tool results before attachments before text", async () => {
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

  test("keeps tool calls and their results unchanged", async () => {
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

  test("treats empty text, null and empty lists as not set", async () => {
    for (const empty of ["", "  ", undefined, null, [], "[]"]) {
      expect((await sent(empty)).messages).toEqual([{ role: "user", content: "Hello" }]);
    }
  });

  const call = { type: "tool_use", id: "toolu_1", name: "weather", input: {} };
  test.each([
    ["invalid JSON", "[{", "must be valid JSON: "],
    ["an object instead of a list", { role: "user", content: "Hi" }, "or a list of turns as JSON."],
    ["null as a turn", [null], "has no valid content in turn 1"],
    ["a number as content", [{ role: "user", content: 5 }], "has no valid content in turn 1"],
    [
      "a content block without a type",
      [{ role: "user", content: [{ text: "Hi" }] }],
      "has no valid content in turn 1",
    ],
    ["an unknown role", [{ role: "tool", content: "Hi" }], "has an invalid role in turn 1"],
    [
      "a tool call without a result",
      [{ role: "assistant", content: [call] }],
      "has a call to tool weather (toolu_1) without a result.",
    ],
    [
      "a tool result that does not directly follow its call",
      [
        { role: "assistant", content: [call] },
        { role: "user", content: "Well?" },
        { role: "assistant", content: "So." },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1" }] },
      ],
      "has a call to tool weather (toolu_1) without a result.",
    ],
    [
      "a repeated tool result",
      [
        { role: "assistant", content: [call] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1" }] },
        { role: "assistant", content: "So." },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1" }] },
      ],
      "has a result for the tool call toolu_1, which the previous turn does not make",
    ],
    [
      "a tool result without a call",
      [{ role: "user", content: [{ type: "tool_result", tool_use_id: "x" }] }],
      "has a result for the tool call x",
    ],
  ])("rejects %s before any request", async (_, conversation, message) => {
    const server = await startServer(streamed("Hi."));
    const error = await failure("chat", server, { ...hello, conversation });
    expect(error.message).toMatch(/^Conversation /);
    expect(error.message).toContain(message);
    expect(server.requests).toHaveLength(0);
  });

  test("later system turns stay in place, beside System Prompt", async () => {
    const server = await startServer(streamed("Hola."));
    const spanish = { role: "system", content: [{ type: "text", text: "Answer in Spanish." }] };
    const change = { role: "developer", content: [{ type: "tool_change", name: "a" }] };
    const conversation = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello." },
      spanish,
      change,
    ];
    const result = await run("chat", server, { ...hello, systemPrompt: "Be brief.", conversation });
    expect(server.requests[0]?.json).toMatchObject({
      system: "Be brief.",
      messages: [
        { role: "user", content: "Hi" },
        { role: "assistant", content: "Hello." },
        spanish,
        { ...change, role: "system" },
        { role: "user" },
      ],
    });
    expect(result.conversation[2]).toEqual(spanish);
    expect(result.warnings).toEqual([]);
  });

  test("System Message follows Message as a system turn, and stays in the conversation", async () => {
    const server = await startServer(streamed("Hola."));
    const conversation = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello." },
    ];
    const result = await run("chat", server, {
      initialMessage: "How are you?",
      systemPrompt: "Be brief.",
      systemMessage: "Answer in {{language}}.",
      variables: [{ key: "language", value: "Spanish" }],
      conversation,
    });
    const messages = [
      ...conversation,
      { role: "user", content: "How are you?" },
      { role: "system", content: "Answer in Spanish." },
    ];
    expect(server.request().json).toMatchObject({ system: "Be brief.", messages });
    expect(result.conversation.slice(0, -1)).toEqual(messages);
    expect(result.warnings).toEqual([]);
  });

  test("a conversation that ends with a system turn after the user's needs no Message", async () => {
    const server = await startServer(streamed("Hola."));
    const conversation = [
      { role: "user", content: "Hi" },
      { role: "system", content: "Answer in Spanish." },
    ];
    await run("chat", server, { initialMessage: "", conversation });
    expect(server.request().json).toMatchObject({ messages: conversation });
  });

  test("a paused turn is continued without a Message", async () => {
    const server = await startServer(streamed("Found."));
    const conversation = [
      { role: "user", content: "Search." },
      {
        role: "assistant",
        content: [{ type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} }],
      },
    ];
    await run("chat", server, { initialMessage: "", conversation });
    expect(server.requests[0]?.json).toMatchObject({ messages: conversation });
  });

  test("system turns at its start follow System Prompt", async () => {
    const server = await startServer(streamed("Hi."));
    const conversation = [{ role: "system", content: "Be brief." }];
    await run("chat", server, { ...hello, systemPrompt: "Be kind.", conversation });
    expect(server.requests[0]?.json).toMatchObject({ system: "Be kind.\n\nBe brief." });
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

describe("Temperature", () => {
  test("is omitted with a warning if the model only supports 1", async () => {
    const server = await startServer({ body: newerModel }, streamed("Hi."));
    const { warnings } = await run("chat", server, { ...hello, temperature: "0.3" });
    expect(server.requests.map(({ path }) => path)).toEqual([
      "/v1/models/claude-sonnet-5-5",
      "/v1/messages",
    ]);
    expect(server.requests[1]?.json).not.toHaveProperty("temperature");
    expect(warnings).toEqual(["Temperature 0.3 was ignored: claude-sonnet-5-5 only accepts 1."]);
  });

  test("is omitted with a warning if the API version only supports 1", async () => {
    const server = await startServer(streamed("Hi."));
    const { connectionTo } = await import("../../support/component");
    const { warnings } = await run("chat", server, {
      ...hello,
      temperature: "0.3",
      connection: connectionTo(server.url, { apiVersion: "2026-10-21" }),
    });
    expect(server.request().json).not.toHaveProperty("temperature");
    expect(warnings).toEqual([
      "Temperature 0.3 was ignored: API version 2026-10-21 only accepts 1.",
    ]);
  });

  test("does not retry a failed model info request", async () => {
    const server = await startServer(
      refusal(429, "rate_limit_error", "Slow down.", { "retry-after": "30" }),
      streamed("Hi."),
      { body: newerModel },
      streamed("Hi."),
    );
    const first = await run("chat", server, { ...hello, temperature: "0.3" });
    expect(first).toMatchObject({ attempts: 1, warnings: [] });
    // The error may be temporary, so the next Chat requests model info again.
    const second = await run("chat", server, { ...hello, temperature: "0.3" });
    expect(second.warnings).toHaveLength(1);
    expect(server.requests).toHaveLength(4);
  });

  test("is sent if model info is null", async () => {
    const server = await startServer({ body: "null" }, streamed("Hi."));
    expect(await run("chat", server, { ...hello, temperature: "0.3" })).toMatchObject({
      text: "Hi.",
    });
    expect(server.requests[1]?.json).toMatchObject({ temperature: 0.3 });
  });

  test("requests model info for each API key, because keys can see different models", async () => {
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

  test("is sent if the model is not found, and model info is requested only once", async () => {
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

describe("result", () => {
  test("contains the API's message and the connector's own fields", async () => {
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
      ok: true,
      error: null,
      memory: null,
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

  test("is the same for a response without streaming", async () => {
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
  ] as const)(
    "sets truncated, refused and paused for stop_reason %s",
    async (stop_reason, flags) => {
      const server = await startServer(streamed("Hello", { stop_reason }));
      expect(await run("chat", server, hello)).toMatchObject({ stop_reason, ...flags });
    },
  );

  test("has a null cost and a warning for a model without a known price", async () => {
    const server = await startServer(streamed("Hi.", { model: "claude-x" }));
    expect(await run("chat", server, hello)).toMatchObject({
      cost: null,
      warnings: ["The price of model claude-x is not known, so cost is null."],
    });
  });

  test("decodes UTF-8 text that arrives byte by byte", async () => {
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

describe("errors and retries", () => {
  test("logs the reason for a retry", async () => {
    const server = await startServer(
      refusal(529, "overloaded_error", "Overloaded", { "retry-after-ms": "1" }),
      streamed("Hi."),
    );
    const logs = new Logs();
    const { attempts, text } = await run("chat", server, hello, { logger: logs.logger });
    expect({ attempts, text }).toEqual({ attempts: 2, text: "Hi." });
    expect(server.requests[1]?.body).toBe(server.requests[0]?.body);
    expect(logs.lines.filter((line) => !line.startsWith("metric "))).toEqual([
      "warn POST /v1/messages: attempt 1 failed with 529 overloaded_error, retrying in 0.0 s",
    ]);
  });

  test("error has status, type, message, request ID, attempts and advice", async () => {
    const server = await startServer(
      refusal(529, "overloaded_error", "Overloaded", { "retry-after-ms": "1" }),
    );
    const error = await failure("chat", server, hello);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe("ApiError");
    expect(error.message).toBe(
      "The API returned 529 overloaded_error: Overloaded. The API is overloaded. Try again later, or increase Max Retries. (POST /v1/messages, request ID req_3, 3 attempts)",
    );
    expect(error).toMatchObject({
      status: 529,
      type: "overloaded_error",
      code: "overloaded",
      retryable: true,
      errorCode: null,
      requestId: "req_3",
      attempts: 3,
    });
  });

  test("not retried when Max Retries is 0", async () => {
    const server = await startServer(refusal(500, "api_error"));
    await failure("chat", server, { ...hello, requestOptions: { maxRetries: "0", timeout: "" } });
    expect(server.requests).toHaveLength(1);
  });

  test("not retried at a spend limit", async () => {
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
    expect(error.errorCode).toBe("enforced_spend_limit_reached");
    expect(error.message).toContain("Request a higher limit in the Claude Console");
  });

  test.each([401, 403])("HTTP %i is the platform's ConnectionError", async (status) => {
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

  test("retried when the connection breaks during the stream, without the partial message", async () => {
    const server = await startServer((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(eventStream(textEvents("Half a message").slice(0, 4)));
      setTimeout(() => response.destroy(), 20);
    }, streamed("Whole."));
    expect(await run("chat", server, hello)).toMatchObject({ text: "Whole.", attempts: 2 });
  });

  test.each([
    ["a truncated event", 'event: message_delta\ndata: {"type": "messa'],
    ["an event that is not JSON", "event: message_delta\ndata: {bad\n\n"],
  ])("retried on %s in the stream", async (_, rest) => {
    const partial = eventStream(textEvents("Half").slice(0, 4)) + rest;
    const headers = { "content-type": "text/event-stream" };
    const again = await startServer({ headers, body: partial }, streamed("Whole."));
    expect(await run("chat", again, hello)).toMatchObject({ text: "Whole.", attempts: 2 });
    const final = await startServer({ headers, body: partial });
    const requestOptions = { maxRetries: "0" };
    expect(await failure("chat", final, { ...hello, requestOptions })).toMatchObject({
      status: null,
      type: "broken_response",
    });
  });

  test("retried when the stream ends before the message", async () => {
    const server = await startServer(
      {
        headers: { "content-type": "text/event-stream" },
        body: eventStream(textEvents("Half").slice(0, 4)),
      },
      streamed("Whole."),
    );
    expect(await run("chat", server, hello)).toMatchObject({ text: "Whole.", attempts: 2 });
  });

  test("not retried when the connection breaks after the complete message", async () => {
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

  test("retried or not by the type of an error event in the stream", async () => {
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

  test("retried after retry-after at a ramp limit", async () => {
    const server = await startServer(
      {
        status: 429,
        headers: { "retry-after": "0" },
        body: {
          type: "error",
          error: {
            type: "rate_limit_error",
            message: "Usage grows too fast",
            details: { error_code: "ramp_limit_exceeded" },
          },
        },
      },
      streamed("Late."),
    );
    expect(await run("chat", server, hello)).toMatchObject({ text: "Late.", attempts: 2 });
  });

  test.each([
    ["429", 429, 2],
    ["402", 402, 1],
  ])("an error with status 200 and code %s", async (code, status, attempts) => {
    const server = await startServer({ body: { error: { code, message: "No." } } });
    const options = { requestOptions: { maxRetries: "1" } };
    const error = await failure("chat", server, { ...hello, ...options });
    expect(error).toMatchObject({ status, attempts });
  });

  test("events without data keep a stream alive", async () => {
    const { body } = streamed("Hello.") as { body: string };
    const keepAlives = 'data:\n\ndata: \n\ndata: null\n\ndata: "ping"\n\n';
    const server = await startServer({
      headers: { "content-type": "text/event-stream" },
      body: keepAlives + body.replaceAll("\n\n", `\n\n${keepAlives}`),
    });
    expect(await run("chat", server, hello)).toMatchObject({ text: "Hello.", attempts: 1 });
  });

  test("not retried at a spend limit in the stream", async () => {
    const error = {
      type: "error",
      error: {
        type: "rate_limit_error",
        message: "Limit reached",
        details: { error_code: "contract_spend_limit_reached" },
      },
    };
    const server = await startServer({
      headers: { "content-type": "text/event-stream" },
      body: eventStream([error]),
    });
    expect(await failure("chat", server, hello)).toMatchObject({
      status: 429,
      code: "no_credit",
      retryable: false,
      errorCode: "contract_spend_limit_reached",
      attempts: 1,
    });
  });

  test.each([
    ["null", "data: null\n\n"],
    ["a number", "data: 5\n\n"],
    ["an empty list", "data: []\n\n"],
    [
      "events without their fields",
      eventStream([
        { type: "content_block_delta" },
        { type: "message_delta" },
        { type: "content_block_start" },
      ]),
    ],
  ])("returns a message or an ApiError on %s in the stream", async (_, malformed) => {
    const headers = { "content-type": "text/event-stream" };
    const [start, ...rest] = textEvents("Hi.");
    const body = eventStream([start ?? { type: "" }]) + malformed + eventStream(rest);
    const server = await startServer({ headers, body });
    const requestOptions = { maxRetries: "0" };
    const outcome = await run("chat", server, { ...hello, requestOptions }).catch((error) => error);
    expect(outcome.text === "Hi." || outcome.name === "ApiError").toBe(true);
  });

  test("accepts a streamed message without usage and content, as gateways send it", async () => {
    const [, ...rest] = textEvents("Hi.");
    const start = { type: "message_start", message: { id: "x", model: "local" } };
    const headers = { "content-type": "text/event-stream" };
    const server = await startServer({ headers, body: eventStream([start, ...rest]) });
    expect(await run("chat", server, hello)).toMatchObject({
      text: "Hi.",
      usage: { total_tokens: 5 },
    });
  });

  test("accepts a JSON message without usage, ignoring invalid content blocks", async () => {
    const json = await startServer({ body: { content: [{ type: "text", text: "Hi." }] } });
    expect(await run("chat", json, hello)).toMatchObject({ text: "Hi.", cost: null });
    const mixed = await startServer({
      body: { content: [{ note: 1 }, { type: "text", text: "Hi." }, null] },
    });
    expect(await run("chat", mixed, hello)).toMatchObject({
      text: "Hi.",
      content: [{ type: "text", text: "Hi." }],
      warnings: [
        "2 items in the response were not valid content blocks and were ignored.",
        "The host does not report token usage, so cost is null.",
      ],
    });
    const invalid = await startServer({ body: { content: [null] } });
    expect((await failure("chat", invalid, hello)).type).toBe("invalid_response");
  });

  test("does not request model info for a model named by a path", async () => {
    const server = await startServer(streamed("Hi."));
    const temperature = "0.5";
    await run("chat", server, { ...hello, model: "./models/../llama", temperature });
    expect(server.requests.map(({ path }) => path)).toEqual(["/v1/messages"]);
    expect(server.request().json).toMatchObject({ model: "./models/../llama", temperature: 0.5 });
  });

  test("reports the content type of a response that is not a message", async () => {
    const html = await startServer({
      headers: { "content-type": "text/html" },
      body: "<title>Welcome</title>",
    });
    expect((await failure("chat", html, hello)).message).toBe(
      "The response is not a Message: its content type is text/html. Check that Base URL in the connection is the base URL of Claude's API. (POST /v1/messages, status 200, request ID req_1, 1 attempt)",
    );
    const json = await startServer({ body: { hello: "world" } });
    expect((await failure("chat", json, hello)).message).toContain("not a Message with content");
  });
});

describe("invalid input", () => {
  test.each([
    ["an empty Message", { initialMessage: "" }, "Message is required."],
    ["a blank Message", { initialMessage: " \n" }, "Message is required."],
    [
      "an object as Message",
      { initialMessage: { a: 1 } },
      "Message must be text, but was an object",
    ],
    ["a blank Model", { model: " " }, "Model is required."],
    ["an object as Model", { model: { id: "x" } }, "Model must be text, but was an object"],
    ["a list as Model", { model: ["x"] }, "Model must be text, but was a list"],
    ["a parent path segment as Model", { model: ".." }, "Model must be the ID of a model"],
    ["an object as System Prompt", { systemPrompt: {} }, "System Prompt must be text"],
    ...["0", "-1", "abc", "1.5", "1e3", "4.096", true, {}].map(
      (maxTokens) =>
        [
          `Max Tokens ${JSON.stringify(maxTokens)}`,
          { maxTokens },
          "Max Tokens must be a whole number of at least 1",
        ] as const,
    ),
    ...["2", "-0.1", "warm", "NaN", "Infinity"].map(
      (temperature) =>
        [
          `Temperature ${temperature}`,
          { temperature },
          "Temperature must be a number from 0 to 1",
        ] as const,
    ),
    ["Timeout 0", { requestOptions: { timeout: "0" } }, "Timeout (seconds) must be a number"],
    [
      "Max Retries -1",
      { requestOptions: { maxRetries: "-1" } },
      "Max Retries must be a whole number from 0",
    ],
    ["text as Advanced", { requestOptions: "soon" }, "Advanced must be an object with its inputs"],
    ["a missing Connection", { connection: undefined }, "Connection is required."],
    [
      "a blank API Key",
      { connection: { key: "anthropic", fields: { apiKey: " " } } },
      "API Key is empty.",
    ],
    [
      "an API Key with a line break",
      { connection: { key: "anthropic", fields: { apiKey: "sk-\nant" } } },
      "API Key contains a space, a line break",
    ],
    ...["ftp://host", "host", "https://user:pw@host", "https://host/?a=1", "https://host/#a"].map(
      (baseUrl) =>
        [
          `Base URL ${baseUrl}`,
          { connection: { key: "anthropic", fields: { apiKey: "k", baseUrl } } },
          "Base URL must be an http or https URL",
        ] as const,
    ),
    [
      "an API Version that is not a date",
      { connection: { key: "anthropic", fields: { apiKey: "k", apiVersion: "v1\r\nx: y" } } },
      "API Version must be a date",
    ],
  ] as const)("rejects %s before any request", async (_, inputs, message) => {
    const server = await startServer(streamed("Hi."));
    const error = await failure("chat", server, { ...hello, ...inputs });
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toContain(message);
    expect(server.requests).toHaveLength(0);
  });
});
