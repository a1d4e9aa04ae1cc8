import { describe, expect, test } from "vitest";
import { failure, run } from "../support/component";
import { modelWith } from "../support/models";
import { refusal, startServer, streamed } from "../support/server";

const fable = modelWith({ thinking: ["adaptive"] });
const sonnet55 = modelWith({ thinking: ["adaptive", "between_tools"] });
const opus46 = modelWith({
  thinking: ["adaptive", "enabled", "disabled"],
  effort: ["low", "medium", "high", "max"],
});
const haiku45 = modelWith({ thinking: ["enabled", "disabled"], effort: [] });
const thoughtless = modelWith({ thinking: [], effort: [] });

/** What a Chat with this reasoning sends to a model with this page, and its warnings. */
const sent = async (page: object, reasoning: object, inputs: object = {}) => {
  const server = await startServer({ body: page }, streamed("Hi."));
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

describe("thinking is sent as the model takes it", () => {
  test.each<[string, object, object, object | undefined, string[]]>([
    ["off", opus46, { thinking: "off" }, { type: "disabled" }, []],
    ["off, in its newer spelling", sonnet55, { thinking: "off" }, { type: "between_tools" }, []],
    ["off", fable, { thinking: "off" }, undefined, ["Thinking Off was not sent: m always thinks."]],
    ["adaptive", fable, { thinking: "adaptive" }, { type: "adaptive" }, []],
    [
      "adaptive and shown",
      opus46,
      { thinking: "adaptive", showThinking: "true" },
      { type: "adaptive", ...summarized },
      [],
    ],
    [
      "adaptive",
      haiku45,
      { thinking: "adaptive" },
      { type: "enabled", budget_tokens: 2048 },
      [
        "Thinking was sent as a fixed budget of 2048 tokens, half of Max Tokens: m takes no Adaptive.",
      ],
    ],
    [
      "a budget",
      haiku45,
      { thinking: "budget", budgetTokens: "1024" },
      { type: "enabled", budget_tokens: 1024 },
      [],
    ],
    [
      "a budget, shown",
      opus46,
      { thinking: "budget", budgetTokens: 4095, showThinking: true },
      { type: "enabled", budget_tokens: 4095, ...summarized },
      [],
    ],
    [
      "a budget",
      fable,
      { thinking: "budget", budgetTokens: "1024" },
      { type: "adaptive" },
      ["Thinking was sent as Adaptive: m takes no fixed budget."],
    ],
    ["shown by default", sonnet55, { showThinking: true }, { type: "adaptive", ...summarized }, []],
    [
      "shown by default",
      haiku45,
      { showThinking: true },
      { type: "enabled", budget_tokens: 2048, ...summarized },
      [
        "Thinking was sent as a fixed budget of 2048 tokens, half of Max Tokens: m takes no Adaptive.",
      ],
    ],
    [
      "adaptive",
      thoughtless,
      { thinking: "adaptive" },
      undefined,
      ["Thinking was not asked for: m does not think."],
    ],
  ])("%s: %#", async (_, page, reasoning, thinking, warnings) => {
    expect(await sent(page, reasoning)).toMatchObject({ thinking, warnings });
  });

  test("as it was asked for, where the host says nothing about the model", async () => {
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

describe("effort is sent as the model takes it", () => {
  test.each<[object, string, string | undefined, string[]]>([
    [opus46, "High", "high", []],
    [opus46, "xhigh", "high", ["Effort was sent as high: m takes no xhigh."]],
    [
      modelWith({ effort: ["medium"] }),
      "low",
      "medium",
      ["Effort was sent as medium: m takes no low."],
    ],
    [haiku45, "low", undefined, ["Effort low was not sent: m takes none."]],
  ])("%#", async (page, effort, level, warnings) => {
    expect(await sent(page, { effort })).toMatchObject({
      output_config: level && { effort: level },
      warnings,
    });
  });
});

describe("what goes only without the other is adjusted", () => {
  test.each([
    [sonnet55, "between_tools"],
    [haiku45, "disabled"],
  ])("effort is lowered where thinking is off: %#", async (page, type) => {
    const withEffort = {
      ...page,
      capabilities: { ...page.capabilities, effort: modelWith().capabilities?.effort },
    };
    const outcome = await sent(withEffort, { thinking: "off", effort: "max" });
    expect(outcome).toMatchObject({
      thinking: { type },
      output_config: { effort: "high" },
      warnings: ["Effort was sent as high: Thinking is Off."],
    });
  });

  test("a budget above the Max Tokens that the model takes is lowered with it", async () => {
    const page = { ...haiku45, max_tokens: 64_000 };
    const reasoning = { thinking: "budget", budgetTokens: "100000" };
    expect(await sent(page, reasoning, { maxTokens: "128000" })).toMatchObject({
      max_tokens: 64_000,
      thinking: { type: "enabled", budget_tokens: 63_999 },
      warnings: [
        "Max Tokens was sent as 64000, the most that m takes.",
        "Thinking was sent as a fixed budget of 63999 tokens, below Max Tokens.",
      ],
    });
  });

  test.each([
    ["a tool that must be used", { tools: { definitions: [tool], toolChoice: "any" } }],
    ["a small Max Tokens", { maxTokens: "2000" }],
  ])("a model without Adaptive does not think beside %s", async (_, inputs) => {
    expect(await sent(haiku45, { thinking: "adaptive" }, inputs)).toMatchObject({
      thinking: undefined,
      warnings: [
        "Thinking was not asked for: m takes only a fixed budget, of 1024 tokens or more, below Max Tokens, and with Tool Choice auto or none.",
      ],
    });
  });
});

test("the model is not looked up where the group is left as it is", async () => {
  const server = await startServer(streamed("Hi."));
  const reasoning = { thinking: "default", effort: "default", showThinking: "false" };
  for (const group of ["", undefined, null, {}, reasoning]) {
    await run("chat", server, { initialMessage: "Hello", reasoning: group });
  }
  for (const { json } of server.requests) {
    expect(json).toEqual({
      model: "claude-sonnet-5-5",
      max_tokens: 4096,
      messages: [{ role: "user", content: "Hello" }],
      stream: true,
    });
  }
  expect(server.requests).toHaveLength(5);
});

test("a temperature goes only without thinking", async () => {
  const reasoning = { thinking: "budget", budgetTokens: "1024" };
  expect(await sent(opus46, reasoning, { temperature: "0.5" })).toMatchObject({
    temperature: undefined,
    warnings: ["Temperature 0.5 was not sent: a model that thinks takes only 1."],
  });
  expect(await sent(opus46, { thinking: "adaptive" }, { temperature: "0.5" })).toMatchObject({
    temperature: undefined,
    warnings: [expect.stringContaining("a model that thinks takes only 1.")],
  });
  expect(await sent(opus46, { thinking: "off" }, { temperature: "0.5" })).toMatchObject({
    temperature: 0.5,
    warnings: [],
  });
});

test("Max Tokens beyond what the model writes is lowered to that", async () => {
  const page = modelWith({}, { max_tokens: 64_000 });
  expect(await sent(page, {}, { maxTokens: "100000" })).toMatchObject({
    max_tokens: 64_000,
    warnings: ["Max Tokens was sent as 64000, the most that m takes."],
  });
});

test("what the model shows of its thinking comes in the output, and goes back to the letter", async () => {
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

describe("contradictions are errors before any request", () => {
  test.each([
    [{ thinking: "budget" }, "Budget Tokens is required when Thinking is Fixed budget."],
    [{ budgetTokens: "2000" }, "Budget Tokens goes only with Thinking set to Fixed budget."],
    [
      { thinking: "budget", budgetTokens: "4096" },
      "Budget Tokens takes less than Max Tokens (4096), but 4096 was given",
    ],
    [
      { thinking: "budget", budgetTokens: "1023" },
      "Budget Tokens takes a whole number of 1024 or more",
    ],
    [{ thinking: "off", showThinking: true }, "Show Thinking cannot be on while Thinking is Off."],
    [{ thinking: "a lot" }, "Thinking takes default, off, adaptive, budget"],
    [{ effort: "huge" }, "Effort takes default, low, medium, high, xhigh, max"],
    [{ showThinking: "maybe" }, "Show Thinking takes true or false"],
    ["deeply", 'Reasoning takes its fields, but "deeply" was given.'],
    [[1], "Reasoning takes its fields, but a list was given."],
  ])("%o", async (reasoning, message) => {
    const server = await startServer(streamed("Hi."));
    const error = await failure("chat", server, { initialMessage: "Hello", reasoning });
    expect(error.name).toBe("InputError");
    expect(error.message).toContain(message);
    expect(server.requests).toHaveLength(0);
  });

  test("a chosen tool beside a fixed budget", async () => {
    const server = await startServer(streamed("Hi."));
    const reasoning = { thinking: "budget", budgetTokens: "1024" };
    const tools = { definitions: [tool], toolChoice: "t" };
    const error = await failure("chat", server, { initialMessage: "Hello", reasoning, tools });
    expect(error.message).toContain("Tool Choice cannot ask for a tool");
  });

  test("a forced tool beside a fixed budget", async () => {
    const server = await startServer(streamed("Hi."));
    const error = await failure("chat", server, {
      initialMessage: "Hello",
      reasoning: { thinking: "budget", budgetTokens: "1024" },
      tools: { definitions: [{ name: "t", input_schema: { type: "object" } }], toolChoice: "any" },
    });
    expect(error.message).toBe(
      "Tool Choice cannot ask for a tool while Thinking is Fixed budget. Choose auto.",
    );
    expect(server.requests).toHaveLength(0);
  });
});
