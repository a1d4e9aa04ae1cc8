import { describe, expect, test } from "vitest";
import { modelExample } from "../../../src/claude/models/schema";
import { failure, run } from "../../support/component";
import { refusal, startServer } from "../../support/server";

const count = { body: { input_tokens: 14, context_management: null } };

test("returns the API's count with fits, contextWindow and the maximum cost", async () => {
  const server = await startServer(count, { body: modelExample });
  expect(await run("countTokens", server, { message: "Hello" })).toEqual({
    input_tokens: 14,
    context_management: null,
    fits: true,
    contextWindow: 1_000_000,
    cost: { input: 0.000028, output: 0.16, total: 0.160028, currency: "USD" },
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

test("sends all prompt parameters of Chat and omits parameters of the response", async () => {
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
  // Writing to the 1-hour cache costs twice the input price.
  expect(result.cost).toEqual({ input: 0.000056, output: 0.001, total: 0.001056, currency: "USD" });
});

test.each([
  [999_900, true],
  [999_901, false],
])(
  "sets fits for %i input tokens and 100 Max Tokens in a window of 1,000,000 to %s",
  async (input_tokens, fits) => {
    const server = await startServer({ body: { input_tokens } }, { body: modelExample });
    const result = await run("countTokens", server, { message: "Hello", maxTokens: "100" });
    expect(result.fits).toBe(fits);
  },
);

test("returns null with warnings for the context window and cost of an unknown model", async () => {
  const server = await startServer({ body: { input_tokens: 1 } }, refusal(404, "not_found_error"));
  expect(await run("countTokens", server, { message: "Hello", model: "local" })).toMatchObject({
    fits: null,
    contextWindow: null,
    cost: null,
    warnings: [
      "The context window of model local is not known, so fits is null.",
      "The price of model local is not known, so cost is null.",
    ],
  });
});

test("returns null for a context window that is not a number", async () => {
  const modelInfo = { ...modelExample, max_input_tokens: { toString: 1 } };
  const server = await startServer({ body: { input_tokens: 1 } }, { body: modelInfo });
  const result = await run("countTokens", server, { message: "Hello" });
  expect(result).toMatchObject({ fits: null, contextWindow: null });
});

test("omits parameters that token counting does not support, and includes options in the cost", async () => {
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
  const standard = await cost({
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
  expect(standard.cost).toEqual({
    input: 0.000028,
    output: 0.01,
    total: 0.010028,
    currency: "USD",
  });
  expect((await cost({ inference_geo: "us" })).cost.total).toBeCloseTo(0.010028 * 1.1, 10);
  expect(await cost({ speed: "fast" })).toEqual({
    cost: null,
    warnings: ["The price of fast mode is not known, so cost is null."],
  });
  const cachedFor1Hour = {
    type: "text",
    text: "A",
    cache_control: { type: "ephemeral", ttl: "1h" },
  };
  expect((await cost({ system: [cachedFor1Hour] })).cost.input).toBe(0.000056);
  const cachedFor5Minutes = [{ type: "text", text: "A", cache_control: { type: "ephemeral" } }];
  expect((await cost({ system: cachedFor5Minutes })).cost.input).toBe(0.000035);
  const definitions = [{ type: "custom", name: "t", input_schema: { type: "object" } }];
  expect((await cost({}, { tools: { definitions } })).warnings).toEqual([]);
  const unpriced = await cost({}, { model: "local", tools: { webSearch: true } });
  expect(unpriced.warnings).toEqual(["The price of model local is not known, so cost is null."]);
  expect((await cost({}, { tools: { webSearch: true } })).warnings).toEqual([
    "The use of server tools costs extra, which cost does not include.",
  ]);
});

test.each(["null", "{}", "[]", '"5"', '{"input_tokens": "5"}'])(
  "rejects the response %s, which has no token count",
  async (body) => {
    const server = await startServer({ body });
    expect((await failure("countTokens", server, { message: "Hello" })).message).toContain(
      "The response is not a token count.",
    );
  },
);

describe("invalid input", () => {
  test.each([
    ["an empty Message", { message: "" }, "Message is required."],
    ["an empty Model", { message: "Hello", model: "" }, "Model is required."],
    ["Max Tokens 0", { message: "Hello", maxTokens: "0" }, "Max Tokens must be a whole number"],
    [
      "a JSON Schema in invalid JSON",
      { message: "Hello", output: { jsonSchema: "{" } },
      "JSON Schema must be valid JSON",
    ],
  ])("rejects %s before any request", async (_, inputs, message) => {
    const server = await startServer({ body: {} });
    expect((await failure("countTokens", server, inputs)).message).toContain(message);
    expect(server.requests).toHaveLength(0);
  });
});
