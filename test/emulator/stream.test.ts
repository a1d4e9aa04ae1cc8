/** The format of the emulator's responses, read by the official SDK, and the outcomes it can be asked for. */
import { expect, test } from "vitest";
import { outcomes } from "../../dev/emulator/marks";
import { failure, run } from "../support/component";
import { emulated, hello, model, sdkOf, send } from "../support/emulator";

const once = { requestOptions: { maxRetries: "0" } };
const tool = { name: "get_order", input_schema: { type: "object", properties: {} } };

test.each([
  ["a text", { messages: [{ role: "user", content: "Write a haiku, 😀." }] }],
  ["thinking", { messages: [hello], thinking: { type: "adaptive", display: "summarized" } }],
  ["a tool call", { messages: [hello], tools: [tool], tool_choice: { type: "any" } }],
  ["sources", { messages: [{ role: "user", content: "Who won? #sources" }] }],
  ["a refusal", { messages: [{ role: "user", content: "Hi #refused" }] }],
])("the SDK reads %s from a stream as from JSON", async (_, request) => {
  const sdk = sdkOf(await emulated());
  const params = { model, max_tokens: 1_000, ...request } as never;
  const streamed = await sdk.messages.stream(params).finalMessage();
  const { _request_id, ...whole } = (await sdk.messages.create(params)) as never as {
    _request_id: string;
  };
  const steady = (message: object) =>
    JSON.parse(
      JSON.stringify({ ...message, parsed_output: undefined }).replace(
        /((?:srv)?toolu|msg)_\w+/g,
        "$1_",
      ),
    );
  expect(steady(streamed)).toEqual(steady(whole));
  expect(_request_id).toMatch(/^req_/);
});

test("a stream has the events of the API, and headers the rate limits", async () => {
  const { url } = await emulated();
  const response = await fetch(`${url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": "key" },
    body: JSON.stringify({
      model: "claude-opus-4-6",
      max_tokens: 100,
      stream: true,
      messages: [{ role: "user", content: "Some words" }],
    }),
  });
  const text = await response.text();
  const events = [...text.matchAll(/^event: (\w+)\ndata: \{"type":"(\w+)"/gm)];
  expect(events.every(([, event, type]) => event === type)).toBe(true);
  expect(events.map(([, event]) => event)).toEqual([
    "message_start",
    "content_block_start",
    "ping",
    "content_block_delta",
    "content_block_delta",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
  ]);
  expect(text).toContain('"usage":{"input_tokens":7,');
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  expect(response.headers.get("request-id")).toMatch(/^req_/);
  for (const kind of ["requests", "tokens", "input-tokens", "output-tokens"]) {
    for (const field of ["limit", "remaining", "reset"]) {
      expect(response.headers.get(`anthropic-ratelimit-${kind}-${field}`)).toBeTruthy();
    }
  }
});

test("with a delay, the deltas of a stream arrive one after another", async () => {
  const emulator = await emulated({ delayMs: 20 });
  const chunks: string[] = [];
  const response = await fetch(`${emulator.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": "key" },
    body: JSON.stringify({ model, max_tokens: 100, stream: true, messages: [hello] }),
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) chunks.push(decoder.decode(chunk));
  const withDelta = chunks.filter((chunk) => chunk.includes("text_delta"));
  expect(withDelta.length).toBeGreaterThan(1);
  emulator.setDelay(0);
  expect((await run("chat", emulator, { initialMessage: "Hi" })).text).toBe(
    "The emulator received: Hi",
  );
});

const effects = {
  truncated: { truncated: true, stop_reason: "max_tokens", text: "The emulator" },
  refused: { refused: true, stop_reason: "refusal", text: "" },
  paused: { paused: true, stop_reason: "pause_turn" },
  sources: {
    sources: [
      { url: "https://example.com/emulated", citedText: "Emulated page 1 is about: Hi." },
      { url: "https://example.org/emulated", citedText: "Emulated page 2 is about: Hi." },
    ],
    usage: { server_tool_use: { web_search_requests: 1 } },
  },
  toolCalls: { toolCalls: [{ name: "get_order", input: {} }], stop_reason: "tool_use" },
};

test.each(Object.entries(effects))(
  "the mark for %s gives a message this outcome",
  async (name, effect) => {
    const emulator = await emulated();
    const { mark } = outcomes[name as keyof typeof effects];
    const tools = { definitions: [tool] };
    const message = `Hi ${mark}`;
    expect(await run("chat", emulator, { ...once, tools, initialMessage: message })).toMatchObject(
      effect,
    );
  },
);

test.each([
  ["overloaded", 529, "overloaded_error", null],
  ["rateLimited", 429, "rate_limit_error", "1"],
] as const)("the mark for %s fails each time", async (name, status, type, retryAfter) => {
  const emulator = await emulated();
  const initialMessage = `Hi ${outcomes[name].mark}.`;
  expect(await failure("chat", emulator, { ...once, initialMessage })).toMatchObject({
    status,
    type,
  });
  const body = { model, max_tokens: 9, messages: [{ role: "user", content: initialMessage }] };
  const { headers } = await send(emulator, body);
  expect(headers.get("retry-after")).toBe(retryAfter);
});

test("respondNext gives the next message an outcome, failNext an error", async () => {
  const emulator = await emulated();
  const chat = (inputs = {}) => run("chat", emulator, { initialMessage: "Hi", ...inputs });
  for (const name of ["truncated", "refused", "sources", "toolCalls"] as const) {
    emulator.respondNext(name);
    expect(await chat({ tools: { definitions: [tool] } })).toMatchObject(effects[name]);
  }
  // The connector continues a paused turn.
  emulator.respondNext("paused");
  expect(await chat()).toMatchObject({
    text: "The turn is paused. The emulator received: Hi",
    paused: false,
  });
  emulator.respondNext("overloaded");
  expect(await failure("chat", emulator, { ...once, initialMessage: "Hi" })).toMatchObject({
    status: 529,
  });
  emulator.failNext(403, "permission_error", "Not allowed.");
  expect(await failure("chat", emulator, { ...once, initialMessage: "Hi" })).toMatchObject({
    status: 403,
  });
  expect(await chat()).toMatchObject({ text: "The emulator received: Hi", truncated: false });
});

test("a mark of an earlier message has no effect, nor has a longer word", async () => {
  const emulator = await emulated();
  const { conversation } = await run("chat", emulator, { initialMessage: "Hi #sources" });
  const next = { initialMessage: "Hello #refusedly", conversation };
  expect((await run("chat", emulator, next)).text).toBe("The emulator received: Hello #refusedly");
});

test("Max Tokens and Stop Sequences end the text", async () => {
  const emulator = await emulated();
  expect(await run("chat", emulator, { initialMessage: "Hi", maxTokens: "3" })).toMatchObject({
    text: "The emulator",
    truncated: true,
    usage: { output_tokens: 3 },
  });
  const output = { stopSequences: ["two", "one"] };
  expect(await run("chat", emulator, { initialMessage: "zero one two", output })).toMatchObject({
    text: "The emulator received: zero ",
    stop_reason: "stop_sequence",
    stop_sequence: "one",
  });
});
