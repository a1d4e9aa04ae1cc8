import { describe, expect, test } from "vitest";
import { modelExample } from "../../../src/claude/models/schema";
import { failure, run } from "../../support/component";
import { refusal, startServer } from "../../support/server";

const count = { body: { input_tokens: 14, context_management: null } };

test("asks the API, hands its answer on, and says what it means", async () => {
  const server = await startServer(count, { body: modelExample });
  expect(await run("countTokens", server, { message: "Hello" })).toEqual({
    input_tokens: 14,
    context_management: null,
    fits: true,
    contextWindow: 1_000_000,
    cost: { input: 0.000028, output: 0.04096, total: 0.040988, currency: "USD" },
    warnings: [],
    requestId: "req_1",
  });
  expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "POST /v1/messages/count_tokens",
    "GET /v1/models/claude-sonnet-5-5",
  ]);
  expect(server.requests[0]?.json).toEqual({
    model: "claude-sonnet-5-5",
    messages: [{ role: "user", content: "Hello" }],
  });
});

test("counts everything that Chat would send, and nothing that only an answer needs", async () => {
  const server = await startServer({ body: modelExample }, count);
  const result = await run("countTokens", server, {
    message: "{{greeting}}",
    systemPrompt: "Be brief.",
    maxTokens: "100",
    attachments: [{ key: "a.txt", value: "A text." }],
    conversation: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello!" },
    ],
    variables: [{ key: "greeting", value: "Good day" }],
    reasoning: { effort: "low" },
    output: { jsonSchema: { type: "object", properties: { a: { type: "string" } } } },
    tools: { definitions: [{ name: "t", input_schema: { type: "object" } }], toolChoice: "auto" },
    caching: { cache: "1h" },
    requestOptions: { betas: ["a-beta"], extraParameters: { speed: "standard" } },
  });
  expect(server.requests[1]?.headers["anthropic-beta"]).toBe("a-beta");
  expect(server.requests[1]?.json).toEqual({
    model: "claude-sonnet-5-5",
    messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello!" },
      {
        role: "user",
        content: [
          {
            type: "document",
            source: { type: "text", media_type: "text/plain", data: "A text." },
            title: "a.txt",
          },
          { type: "text", text: "Good day" },
        ],
      },
    ],
    system: "Be brief.",
    output_config: {
      effort: "low",
      format: {
        type: "json_schema",
        schema: {
          type: "object",
          properties: { a: { type: "string" } },
          additionalProperties: false,
        },
      },
    },
    tools: [{ name: "t", input_schema: { type: "object" } }],
    tool_choice: { type: "auto" },
    cache_control: { type: "ephemeral", ttl: "1h" },
    speed: "standard",
  });
  // A prompt that is written to the cache for an hour costs twice as much.
  expect(result.cost).toEqual({ input: 0.000056, output: 0.001, total: 0.001056, currency: "USD" });
});

test.each([
  [999_900, true],
  [999_901, false],
])("says of %i tokens and 100 more whether they fit: %s", async (input_tokens, fits) => {
  const server = await startServer({ body: { input_tokens } }, { body: modelExample });
  const result = await run("countTokens", server, { message: "Hello", maxTokens: "100" });
  expect(result.fits).toBe(fits);
});

test("says what is not known: the window and the price of a model that the host does not list", async () => {
  const server = await startServer({ body: { input_tokens: 1 } }, refusal(404, "not_found_error"));
  expect(await run("countTokens", server, { message: "Hello", model: "local" })).toMatchObject({
    fits: null,
    contextWindow: null,
    cost: null,
    warnings: [
      "The context window of the model local is not known: fits is null.",
      "The price of the model local is not known: cost is null.",
    ],
  });
});

test("a window that is no number is one that is not known", async () => {
  const page = { ...modelExample, max_input_tokens: { toString: 1 } };
  const server = await startServer({ body: { input_tokens: 1 } }, { body: page });
  const result = await run("countTokens", server, { message: "Hello" });
  expect(result).toMatchObject({ fits: null, contextWindow: null });
});

test("leaves out what the endpoint refuses, and prices what changes the price", async () => {
  const server = await startServer(count);
  const cost = async (extraParameters: object, inputs: object = {}) => {
    const result = await run("countTokens", server, {
      message: "Hello",
      maxTokens: "1000",
      requestOptions: { extraParameters },
      ...inputs,
    });
    return { cost: result.cost, warnings: result.warnings.slice(1) };
  };
  const plain = await cost({
    metadata: { user_id: "1" },
    inference_geo: "global",
    temperature: 0.5,
    stop_sequences: ["END"],
    service_tier: "auto",
    top_p: 1,
    top_k: 1,
    container: "c",
    diagnostics: {},
    context_management: {},
  });
  expect(server.requests[0]?.json).toEqual({
    model: "claude-sonnet-5-5",
    messages: [{ role: "user", content: "Hello" }],
    context_management: {},
  });
  expect(plain.cost).toEqual({ input: 0.000028, output: 0.01, total: 0.010028, currency: "USD" });
  expect((await cost({ inference_geo: "us" })).cost.total).toBeCloseTo(0.010028 * 1.1, 10);
  expect(await cost({ speed: "fast" })).toEqual({
    cost: null,
    warnings: ["The price of the fast speed is not known: cost is null."],
  });
  const cached = { type: "text", text: "A", cache_control: { type: "ephemeral", ttl: "1h" } };
  expect((await cost({ system: [cached] })).cost.input).toBe(0.000056);
  const soon = [{ type: "text", text: "A", cache_control: { type: "ephemeral" } }];
  expect((await cost({ system: soon })).cost.input).toBe(0.000035);
  const definitions = [{ type: "custom", name: "t", input_schema: { type: "object" } }];
  expect((await cost({}, { tools: { definitions } })).warnings).toEqual([]);
  const unpriced = await cost({}, { model: "local", tools: { webSearch: true } });
  expect(unpriced.warnings).toEqual(["The price of the model local is not known: cost is null."]);
  expect((await cost({}, { tools: { webSearch: true } })).warnings).toEqual([
    "What tools of the API find and do costs more than cost says.",
  ]);
});

test.each(["null", "{}", "[]", '"5"', '{"input_tokens": "5"}'])(
  "an answer that is no count (%s) is an error",
  async (body) => {
    const server = await startServer({ body });
    expect((await failure("countTokens", server, { message: "Hello" })).message).toContain(
      "The answer holds no count of tokens.",
    );
  },
);

describe("bad input is an error before any request", () => {
  test.each([
    [{ message: "" }, "Message is required."],
    [{ message: "Hello", model: "" }, "Model is required."],
    [{ message: "Hello", maxTokens: "0" }, "Max Tokens takes a whole number"],
    [{ message: "Hello", output: { jsonSchema: "{" } }, "JSON Schema takes JSON"],
  ])("%o", async (inputs, message) => {
    const server = await startServer({ body: {} });
    expect((await failure("countTokens", server, inputs)).message).toContain(message);
    expect(server.requests).toHaveLength(0);
  });
});
