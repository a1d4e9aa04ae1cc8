/** What the emulator refuses and counts, as the API does. */
import { expect, test } from "vitest";
import { failure, run } from "../support/component";
import { emulated, hello, invoice, model, send } from "../support/emulator";
import { png } from "../support/files";

const noInput = { type: "object", properties: {} };
const weather = { name: "weather", input_schema: noInput };
const call = { type: "tool_use", id: "toolu_1", name: "weather", input: {} };
const result = { type: "tool_result", tool_use_id: "toolu_1", content: "21" };
const say = (role: string, content: unknown) => ({ role, content });
const ask = (...blocks: object[]) => [say("user", blocks)];
const closed = (properties: object, more: object = {}) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
});
const format = (schema: object) => ({ output_config: { format: { type: "json_schema", schema } } });
const many = (count: number, schema: object) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, schema]));
const image = (id: string) => ({ type: "image", source: { type: "file", file_id: id } });

const refused: [title: string, change: object, message: string, status?: number][] = [
  ["an unknown model", { model: "claude-2" }, "model: claude-2", 404],
  ["a request without messages", { messages: undefined }, "messages: Field required"],
  ["no message", { messages: [] }, "messages: at least one message is required"],
  [
    "a reply as the first message",
    { messages: [say("assistant", "Hi")] },
    'messages: first message must use the "user" role',
  ],
  [
    "an unknown role",
    { messages: [hello, say("tool", "Hi")] },
    "messages.1.role: Input should be 'user', 'assistant' or 'system'",
  ],
  [
    "a system turn for an older model",
    { model: "claude-haiku-4-5-20251001", messages: [hello, say("system", "Be brief.")] },
    'messages.1.role: Input should be "user" or "assistant", not "system"',
  ],
  [
    "an empty text",
    { messages: ask({ type: "text", text: "" }) },
    "messages: text content blocks must be non-empty",
  ],
  [
    "a blank text",
    { messages: ask({ type: "text", text: " \n" }) },
    "messages: text content blocks must contain non-whitespace text",
  ],
  [
    "an empty message",
    { messages: [say("user", ""), say("assistant", "Hi"), hello] },
    "messages.0: all messages must have non-empty content except for the optional final assistant message",
  ],
  ["an unknown file", { messages: ask(image("file_0")) }, "File not found: file_0", 404],
  [
    "a tool call without result",
    { tools: [weather], messages: [hello, say("assistant", [call]), hello] },
    "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1. Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
  ],
  [
    "a result without tool call",
    { tools: [weather], messages: ask(result) },
    "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_1. Each `tool_result` block must have a corresponding `tool_use` block in the previous message.",
  ],
  [
    "a tool choice that is not a tool",
    { tools: [weather], tool_choice: { type: "tool", name: "time" } },
    "tool_choice.name: Tool 'time' not found in provided tools",
  ],
  [
    "a tool choice without tools",
    { tool_choice: { type: "any" } },
    "tool_choice: tool_choice may only be specified while providing tools.",
  ],
  ["two tools of one name", { tools: [weather, weather] }, "tools: Tool names must be unique."],
  [
    "an invalid tool name",
    { tools: [{ ...weather, name: "the weather" }] },
    "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
  ],
  [
    "a forced tool with a budget for thinking",
    {
      model: "claude-opus-4-6",
      max_tokens: 5_000,
      thinking: { type: "enabled", budget_tokens: 2_000 },
      tools: [weather],
      tool_choice: { type: "any" },
    },
    "Thinking may not be enabled when tool_choice forces tool use.",
  ],
  [
    "an open object",
    format({ type: "object", properties: {} }),
    "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false",
  ],
  [
    "a minimum",
    format(closed({ a: { type: ["number", "null"], minimum: 1 } })),
    "output_config.format.schema: For 'number' type, properties minimum are not supported",
  ],
  [
    "a maximum length within a list of a strict tool",
    {
      tools: [
        {
          ...weather,
          strict: true,
          input_schema: closed({ a: { type: "array", items: { type: "string", maxLength: 3 } } }),
        },
      ],
    },
    "tools.0.custom.input_schema: For 'string' type, properties maxLength are not supported",
  ],
  [
    "a recursive schema",
    format(
      closed({ a: { $ref: "#/$defs/a" } }, { $defs: { a: closed({ b: { $ref: "#/$defs/a" } }) } }),
    ),
    "output_config.format.schema: Circular reference detected in schema definitions: #/$defs/a",
  ],
  [
    "too many unions",
    format(closed(many(17, { type: ["string", "null"] }))),
    "Schema is too complex for compilation. Reduce the number of optional parameters and unions.",
  ],
  [
    "citations with structured output",
    {
      ...format(closed({})),
      messages: ask({
        type: "document",
        citations: { enabled: true },
        source: { type: "text", media_type: "text/plain", data: "Hi" },
      }),
    },
    "output_config.format: citations cannot be combined with structured output",
  ],
  [
    "a prompt longer than the context window",
    { model: "claude-haiku-4-5-20251001", messages: [say("user", "abc ".repeat(200_000))] },
    "prompt is too long: 200004 tokens > 200000 maximum",
  ],
];

test.each(refused)(
  "%s is refused, in a message, a count and a batch",
  async (_, change, message, status = 400) => {
    const emulator = await emulated();
    const { max_tokens: maxTokens, ...counted } = {
      model,
      max_tokens: 100,
      messages: [hello],
      ...change,
    };
    const type = status === 404 ? "not_found_error" : "invalid_request_error";
    const error = { status, json: { type: "error", error: { type, message } } };
    const body = { ...counted, max_tokens: maxTokens };
    expect(await send(emulator, body)).toMatchObject(error);
    expect(await send(emulator, counted, "/v1/messages/count_tokens")).toMatchObject(error);
    const requests = [{ custom_id: "a", params: body }];
    const { json: batch } = await send(emulator, { requests }, "/v1/messages/batches");
    // The connector checks the words of what it returns, and the API has its own.
    const read = async (path: string) => {
      const headers = { "x-api-key": "key" };
      const response = await fetch(`${emulator.url}/v1/messages/batches/${path}`, { headers });
      return response.json();
    };
    await read(batch.id);
    expect(await read(`${batch.id}/results`)).toMatchObject({
      custom_id: "a",
      result: { type: "errored", error: { type: "error", error: { type, message } } },
    });
  },
);

test.each([
  [undefined, "max_tokens: Field required"],
  [0, "max_tokens: Input should be greater than or equal to 1"],
  [
    128_001,
    "max_tokens: 128001 > 128000, which is the maximum allowed number of output tokens for claude-sonnet-5-5",
  ],
])("max_tokens %s is refused", async (max_tokens, message) => {
  const { status, json } = await send(await emulated(), { model, max_tokens, messages: [hello] });
  expect([status, json.error.message]).toEqual([400, message]);
});

test("a request with all of it right is accepted, with a system turn and a result", async () => {
  const messages = [
    hello,
    say("system", "Be brief."),
    say("assistant", [call]),
    say("user", [result, { type: "text", text: "And now?" }]),
  ];
  const { status } = await send(await emulated(), {
    model,
    max_tokens: 9,
    tools: [weather],
    messages,
  });
  expect(status).toBe(200);
});

test("what is not JSON, an unknown path and a request above 32 MB are refused", async () => {
  const emulator = await emulated();
  const post = (body: string, path = "/v1/messages") =>
    fetch(`${emulator.url}${path}`, { method: "POST", headers: { "x-api-key": "key" }, body });
  expect((await post("{")).status).toBe(400);
  expect((await post("{}", "/v1/complete")).status).toBe(404);
  expect((await post(`"${"x".repeat(33 * 1024 * 1024)}"`)).status).toBe(413);
  const unauthorized = await fetch(`${emulator.url}/v1/messages`, { method: "POST", body: "{}" });
  expect(unauthorized.status).toBe(401);
});

test("the connector says which input to correct", async () => {
  const emulator = await emulated();
  const error = await failure("chat", emulator, {
    initialMessage: "Hi",
    model: "claude-sonnet-55",
  });
  expect(error.message).toContain("model: claude-sonnet-55. Check Model for typos.");
  const long = await failure("chat", emulator, { initialMessage: "abcd".repeat(1_100_000) });
  expect(long).toMatchObject({ code: "too_large", status: 400 });
});

test.each([
  ["a text", {}, 5],
  ["a system prompt", { system: "12345678" }, 7],
  ["a tool", { tools: [weather] }, 5 + Math.ceil(JSON.stringify(weather).length / 4)],
  [
    "an image",
    { messages: ask({ type: "image", source: base64("image/png", png(750, 100)) }) },
    104,
  ],
  [
    "a PDF, by its page and its text",
    { messages: ask({ type: "document", source: base64("application/pdf", invoice) }) },
    4 + 1_500 + 37,
  ],
  [
    "a document",
    { messages: ask({ type: "document", source: { type: "text", data: "x".repeat(400) } }) },
    104,
  ],
])("the tokens of %s are counted before and with the reply", async (_, change, tokens) => {
  const emulator = await emulated();
  const body = { model, messages: [hello], ...change };
  const counted = await send(emulator, body, "/v1/messages/count_tokens");
  expect(counted.json).toEqual({ input_tokens: tokens });
  const { json } = await send(emulator, { ...body, max_tokens: 100 });
  expect(json.usage.input_tokens).toBe(tokens);
  expect(json.usage.output_tokens).toBe(Math.ceil(json.content.at(-1).text.length / 4));
});

function base64(media_type: string, bytes: Buffer) {
  return { type: "base64", media_type, data: bytes.toString("base64") };
}

test("a prompt with cache_control is written once and then read, until it expires", async () => {
  const emulator = await emulated();
  const rules = { type: "text", text: "Be brief. ".repeat(500) };
  const usageOf = async (system: object[], ...texts: string[]) => {
    const messages = texts.map((text, index) => say(index % 2 ? "assistant" : "user", text));
    const { json } = await send(emulator, { model, max_tokens: 99, system, messages });
    const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens } = json.usage;
    return [input_tokens, cache_creation_input_tokens, cache_read_input_tokens];
  };
  const marked = { ...rules, cache_control: { type: "ephemeral" } };
  expect(await usageOf([rules], "Hi")).toEqual([1_255, 0, 0]);
  expect(await usageOf([marked], "Hi")).toEqual([5, 1_250, 0]);
  expect(await usageOf([marked], "Hello")).toEqual([6, 0, 1_250]);
  expect(await usageOf([{ ...marked, text: `${rules.text}!` }], "Hi")).toEqual([5, 1_251, 0]);
  emulator.advance(4 * 60_000);
  expect(await usageOf([marked], "Hi")).toEqual([5, 0, 1_250]);
  emulator.advance(4 * 60_000);
  expect(await usageOf([marked], "Hi")).toEqual([5, 0, 1_250]);
  emulator.advance(6 * 60_000);
  expect(await usageOf([marked], "Hi")).toEqual([5, 1_250, 0]);
  const short = { type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } };
  expect(await usageOf([short], "Hi")).toEqual([8, 0, 0]);
});

test("a mark reads what is cached at most 20 blocks before it", async () => {
  const emulator = await emulated();
  const marked = (text: string) => ({ type: "text", text, cache_control: { type: "ephemeral" } });
  const readOf = async (...texts: string[]) => {
    const before = texts.slice(0, -1).map((text) => ({ type: "text", text }));
    const messages = ask(...before, marked(texts.at(-1) ?? ""));
    const { json } = await send(emulator, { model, max_tokens: 99, messages });
    return json.usage.cache_read_input_tokens;
  };
  const rules = "Be brief. ".repeat(500);
  expect(await readOf(rules)).toBe(0);
  expect(await readOf(rules, ...Array(19).fill("a"))).toBe(1_254);
  expect(await readOf(rules, ...Array(20).fill("b"))).toBe(0);
});

test("a conversation with Cache reads its earlier turns", async () => {
  const emulator = await emulated();
  const cached = { requestOptions: { cache: "1h" } };
  const first = await run("chat", emulator, {
    initialMessage: "Clips hold. ".repeat(500),
    ...cached,
  });
  const next = { initialMessage: "Hi", conversation: first.conversation, ...cached };
  const { usage } = await run("chat", emulator, next);
  expect(first.usage).toMatchObject({
    input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 1_504 },
  });
  expect(usage).toMatchObject({ cache_read_input_tokens: 1_504 });
});
