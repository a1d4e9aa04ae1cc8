import { describe, expect, test } from "vitest";
import { failure, run } from "../support/component";
import { modelWith } from "../support/models";
import { refusal, respond, startServer, streamed } from "../support/server";

const fable = modelWith({ thinking: ["adaptive"] });
const sonnet55 = modelWith({ thinking: ["adaptive", "between_tools"] });
const opus46 = modelWith({
  thinking: ["adaptive", "enabled", "disabled"],
  effort: ["low", "medium", "high", "max"],
});
const haiku45 = modelWith({ thinking: ["enabled", "disabled"], effort: [] });
const withoutThinking = modelWith({ thinking: [], effort: [] });

/** The parameters that Chat sends for this model info and Reasoning, and the warnings. */
const sent = async (modelInfo: object, reasoning: object, inputs: object = {}) => {
  const server = await startServer({ body: modelInfo }, streamed("Hi."));
  const { warnings } = await run("chat", server, {
    initialMessage: "Hello",
    model: "m",
    reasoning,
    ...inputs,
  });
  const body = server.requests.at(-1)?.json as Record<string, unknown>;
  const { thinking, output_config, max_tokens, temperature } = body;
  return { thinking, output_config, max_tokens, temperature, warnings };
};

const tool = { name: "t", input_schema: { type: "object" } };
const summarized = { display: "summarized" };

describe("Thinking is adjusted to what the model supports", () => {
  test.each<[string, object, object, object | undefined, string[]]>([
    ["off", opus46, { thinking: "off" }, { type: "disabled" }, []],
    [
      "off on a model that thinks only between tools",
      sonnet55,
      { thinking: "off" },
      { type: "between_tools" },
      [],
    ],
    [
      "off on a model that always thinks",
      fable,
      { thinking: "off" },
      undefined,
      ["Thinking was not turned off: m always thinks."],
    ],
    ["adaptive", fable, { thinking: "adaptive" }, { type: "adaptive" }, []],
    [
      "adaptive with Show Thinking",
      opus46,
      { thinking: "adaptive", showThinking: "true" },
      { type: "adaptive", ...summarized },
      [],
    ],
    [
      "adaptive on a model with fixed budgets only",
      haiku45,
      { thinking: "adaptive" },
      { type: "enabled", budget_tokens: 8000 },
      ["Thinking was sent as a fixed budget of 8000 tokens: m does not support Adaptive."],
    ],
    [
      "fixed budget",
      haiku45,
      { thinking: "budget", budgetTokens: "1024" },
      { type: "enabled", budget_tokens: 1024 },
      [],
    ],
    [
      "fixed budget with Show Thinking",
      opus46,
      { thinking: "budget", budgetTokens: 4095, showThinking: true },
      { type: "enabled", budget_tokens: 4095, ...summarized },
      [],
    ],
    [
      "fixed budget on a model without it",
      fable,
      { thinking: "budget", budgetTokens: "1024" },
      { type: "adaptive" },
      ["Thinking was sent as Adaptive: m does not support a fixed budget."],
    ],
    [
      "Show Thinking alone",
      sonnet55,
      { showThinking: true },
      { type: "adaptive", ...summarized },
      [],
    ],
    [
      "Show Thinking alone on a model with fixed budgets only",
      haiku45,
      { showThinking: true },
      { type: "enabled", budget_tokens: 8000, ...summarized },
      ["Thinking was sent as a fixed budget of 8000 tokens: m does not support Adaptive."],
    ],
    [
      "adaptive on a model that does not think",
      withoutThinking,
      { thinking: "adaptive" },
      undefined,
      ["Thinking was ignored: m does not support it."],
    ],
  ])("%s", async (_, modelInfo, reasoning, thinking, warnings) => {
    expect(await sent(modelInfo, reasoning)).toMatchObject({ thinking, warnings });
  });

  test("sent unchanged when the host has no model info", async () => {
    const server = await startServer(refusal(404, "not_found_error"), streamed("Hi."));
    const { warnings } = await run("chat", server, {
      initialMessage: "Hello",
      reasoning: { thinking: "off", effort: "low" },
    });
    expect(server.requests[1]?.json).toMatchObject({
      thinking: { type: "disabled" },
      output_config: { effort: "low" },
    });
    expect(warnings).toEqual([]);
  });
});

describe("Effort is adjusted to what the model supports", () => {
  test.each<[name: string, object, string, string | undefined, string[]]>([
    ["supported level", opus46, "High", "high", []],
    [
      "xhigh on a model without it",
      opus46,
      "xhigh",
      "high",
      ["Effort was sent as high: m does not support xhigh."],
    ],
    [
      "low on a model that starts at medium",
      modelWith({ effort: ["medium"] }),
      "low",
      "medium",
      ["Effort was sent as medium: m does not support low."],
    ],
    [
      "model without effort",
      haiku45,
      "low",
      undefined,
      ["Effort low was ignored: m does not support it."],
    ],
  ])("%s", async (_, modelInfo, effort, level, warnings) => {
    expect(await sent(modelInfo, { effort })).toMatchObject({
      output_config: level && { effort: level },
      warnings,
    });
  });
});

describe("combinations that the API rejects are adjusted", () => {
  test.each([
    ["between_tools", sonnet55],
    ["disabled", haiku45],
  ])("lowers Effort to high when thinking is off (%s)", async (type, modelInfo) => {
    const withEffort = {
      ...modelInfo,
      capabilities: { ...modelInfo.capabilities, effort: modelWith().capabilities?.effort },
    };
    const outcome = await sent(withEffort, { thinking: "off", effort: "max" });
    expect(outcome).toMatchObject({
      thinking: { type },
      output_config: { effort: "high" },
      warnings: ["Effort was sent as high: max requires thinking."],
    });
  });

  test("lowers Budget Tokens along with Max Tokens to the model's maximum", async () => {
    const modelInfo = { ...haiku45, max_tokens: 64_000 };
    const reasoning = { thinking: "budget", budgetTokens: "100000" };
    expect(await sent(modelInfo, reasoning, { maxTokens: "128000" })).toMatchObject({
      max_tokens: 64_000,
      thinking: { type: "enabled", budget_tokens: 63_999 },
      warnings: [
        "Max Tokens was reduced to 64000, the maximum of m.",
        "Thinking was sent with a budget of 63999 tokens: it must be less than Max Tokens.",
      ],
    });
  });

  test.each([
    ["a required tool", { tools: { definitions: [tool], toolChoice: "any" } }],
    ["a small Max Tokens", { maxTokens: "2000" }],
  ])("Adaptive is dropped for a model without it and %s", async (_, inputs) => {
    expect(await sent(haiku45, { thinking: "adaptive" }, inputs)).toMatchObject({
      thinking: undefined,
      warnings: [
        "Thinking was ignored: m only supports a fixed budget of at least 1024 tokens, below Max Tokens, and with Tool Choice auto or none.",
      ],
    });
  });
});

test("default Reasoning needs no model lookup", async () => {
  const server = await startServer(streamed("Hi."));
  const reasoning = { thinking: "default", effort: "default", showThinking: "false" };
  for (const group of ["", undefined, null, {}, reasoning]) {
    await run("chat", server, { initialMessage: "Hello", reasoning: group });
  }
  for (const { json } of server.requests) {
    expect(json).toEqual({
      model: "claude-sonnet-5-5",
      max_tokens: 16_000,
      messages: [{ role: "user", content: "Hello" }],
      stream: true,
    });
  }
  expect(server.requests).toHaveLength(5);
});

describe("Max Tokens", () => {
  test.each([
    [
      "the default gets room on a model that thinks by default",
      "claude-sonnet-5-5",
      {},
      "4096",
      16_000,
    ],
    ["empty is the default", "claude-opus-5", {}, "", 16_000],
    ["a value of its own is sent as it is", "claude-sonnet-5-5", {}, "4095", 4095],
    ["the default stays on a model that does not think", "claude-opus-4-6", {}, "4096", 4096],
    ["an ID of another host is read", "us.anthropic.claude-opus-5-5", {}, "4096", 16_000],
    ["an ID with a date is read", "claude-sonnet-4-20250514", {}, "4096", 4096],
    ["Adaptive gets room", "claude-opus-4-6", { thinking: "adaptive" }, "4096", 16_000],
    ["Off needs none", "claude-sonnet-5-5", { thinking: "off" }, "4096", 4096],
    [
      "a budget is added",
      "claude-opus-4-6",
      { thinking: "budget", budgetTokens: "20000" },
      "4096",
      24_096,
    ],
  ])("%s", async (_, model, reasoning, maxTokens, sentTokens) => {
    const server = await startServer((request, response) =>
      respond(request.method === "GET" ? { body: opus46 } : streamed("Hi."), request, response),
    );
    await run("chat", server, { initialMessage: "Hello", model, reasoning, maxTokens });
    expect(server.requests.at(-1)?.json).toMatchObject({ max_tokens: sentTokens });
  });
});

test("Temperature is not sent when thinking is on", async () => {
  const reasoning = { thinking: "budget", budgetTokens: "1024" };
  expect(await sent(opus46, reasoning, { temperature: "0.5" })).toMatchObject({
    temperature: undefined,
    warnings: ["Temperature 0.5 was ignored: it must be 1 if the model thinks."],
  });
  expect(await sent(opus46, { thinking: "adaptive" }, { temperature: "0.5" })).toMatchObject({
    temperature: undefined,
    warnings: [expect.stringContaining("it must be 1 if the model thinks.")],
  });
  expect(await sent(opus46, { thinking: "off" }, { temperature: "0.5" })).toMatchObject({
    temperature: 0.5,
    warnings: [],
  });
});

test("Max Tokens is lowered to the model's maximum", async () => {
  const modelInfo = modelWith({}, { max_tokens: 64_000 });
  expect(await sent(modelInfo, {}, { maxTokens: "100000" })).toMatchObject({
    max_tokens: 64_000,
    warnings: ["Max Tokens was reduced to 64000, the maximum of m."],
  });
});

test("thinking is returned in the output and sent back unchanged with Conversation", async () => {
  const content = [
    { type: "thinking", thinking: "Two plus two.", signature: "c2ln" },
    { type: "redacted_thinking", data: "ZGF0YQ==" },
    { type: "text", text: "4" },
  ];
  const message = { id: "m", type: "message", role: "assistant", model: "claude-sonnet-5-5" };
  const server = await startServer({ body: { ...message, content, usage: {} } }, streamed("8"));
  const first = await run("chat", server, { initialMessage: "2 + 2" });
  expect(first).toMatchObject({ thinking: "Two plus two.", text: "4" });
  await run("chat", server, { initialMessage: "times 2", conversation: first.conversation });
  expect(server.requests[1]?.json).toMatchObject({
    messages: [{ role: "user" }, { role: "assistant", content }, { role: "user" }],
  });
});

describe("invalid Reasoning", () => {
  const invalid: [reasoning: unknown, message: string][] = [
    [{ thinking: "budget" }, "Budget Tokens is required if Thinking is Fixed budget."],
    [{ budgetTokens: "2000" }, "Budget Tokens requires Thinking to be Fixed budget."],
    [
      { thinking: "budget", budgetTokens: "1023" },
      "Budget Tokens must be a whole number of at least 1024",
    ],
    [{ thinking: "off", showThinking: true }, "Show Thinking cannot be on while Thinking is Off."],
    [{ thinking: "a lot" }, "Thinking must be one of default, off, adaptive, budget"],
    [{ effort: "huge" }, "Effort must be one of default, low, medium, high, xhigh, max"],
    [{ showThinking: "maybe" }, "Show Thinking must be true or false"],
    ["deeply", 'Reasoning must be an object with its inputs, but was "deeply".'],
    [[1], "Reasoning must be an object with its inputs, but was a list."],
  ];
  test("is an InputError before any request", async () => {
    const server = await startServer(streamed("Hi."));
    for (const [reasoning, message] of invalid) {
      const error = await failure("chat", server, { initialMessage: "Hello", reasoning });
      expect.soft(error.name, message).toBe("InputError");
      expect.soft(error.message).toContain(message);
    }
    expect(server.requests).toHaveLength(0);
  });

  test("is a budget of Max Tokens or more", async () => {
    const server = await startServer(streamed("Hi."));
    const reasoning = { thinking: "budget", budgetTokens: "5000" };
    const inputs = { initialMessage: "Hello", maxTokens: "5000", reasoning };
    expect((await failure("chat", server, inputs)).message).toContain(
      "Budget Tokens must be less than Max Tokens (5000), but was 5000",
    );
    expect(server.requests).toHaveLength(0);
  });

  test.each(["any", "t"])("rejects Tool Choice %s with a fixed budget", async (toolChoice) => {
    const server = await startServer(streamed("Hi."));
    const error = await failure("chat", server, {
      initialMessage: "Hello",
      reasoning: { thinking: "budget", budgetTokens: "1024" },
      tools: { definitions: [tool], toolChoice },
    });
    expect(error.message).toBe(
      "Tool Choice cannot force a tool while Thinking is Fixed budget. Choose auto.",
    );
    expect(server.requests).toHaveLength(0);
  });
});

test.each([
  [
    "2026-11-30T00:00:00Z",
    "claude-old is deprecated and retires on 2026-11-30. Choose another model.",
  ],
  [null, "claude-old is deprecated. Choose another model."],
])(
  "a deprecated model whose info is read is a warning (retires at %s)",
  async (retires_at, warning) => {
    const info = modelWith({ thinking: ["adaptive"] }, { lifecycle: "deprecated", retires_at });
    const server = await startServer({ body: info }, streamed("Hi."));
    const result = await run("chat", server, {
      model: "claude-old",
      initialMessage: "Hi",
      reasoning: { thinking: "adaptive" },
    });
    expect(result.warnings).toContain(warning);
  },
);

test("an effort level that the model info does not name is sent", async () => {
  const info = { ...modelWith(), capabilities: { effort: { supported: true } } };
  expect(await sent(info, { effort: "xhigh" })).toMatchObject({
    output_config: { effort: "xhigh" },
    warnings: [],
  });
});
