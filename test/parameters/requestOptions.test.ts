import { describe, expect, test } from "vitest";
import { connectionTo, failure, run } from "../support/component";
import { modelWith } from "../support/models";
import { type Reply, refusal, startServer, streamed } from "../support/server";

const hello = { initialMessage: "Hello" };

const sent = async (inputs: object) => {
  const server = await startServer(streamed("Hi."));
  const result = await run("chat", server, { ...hello, ...inputs });
  const { json, headers } = server.request();
  return { body: json as Record<string, unknown>, headers, result };
};

describe("Cache", () => {
  test.each<[name: string, caching: unknown, cache_control: object | undefined]>([
    ["empty", "", undefined],
    ["off", { cache: "off" }, undefined],
    ["5 minutes", { cache: "5m" }, { type: "ephemeral" }],
    ["1 hour", { cache: "1h" }, { type: "ephemeral", ttl: "1h" }],
  ])("%s sets cache_control", async (_, caching, cache_control) => {
    expect((await sent({ caching })).body.cache_control).toEqual(cache_control);
  });

  test("cached input is reported in usage and cost", async () => {
    const usage = {
      input_tokens: 10,
      output_tokens: 100,
      cache_read_input_tokens: 100_000,
      cache_creation_input_tokens: 0,
    };
    const message = { model: "claude-sonnet-5-5", content: [], stop_reason: "end_turn", usage };
    const server = await startServer({ body: message });
    expect(await run("chat", server, { ...hello, caching: { cache: "5m" } })).toMatchObject({
      usage: { ...usage, total_tokens: 100_110 },
      // Without the cache, the prompt would cost 0.20002.
      cost: { input: 0.01002, output: 0.001, total: 0.01102 },
    });
  });

  test("an unknown duration is rejected before any request", async () => {
    const server = await startServer(streamed("Hi."));
    const error = await failure("chat", server, { ...hello, caching: { cache: "2h" } });
    expect(error.message).toBe('Cache must be one of off, 5m, 1h, but was "2h".');
    expect(server.requests).toHaveLength(0);
  });
});

describe("Advanced", () => {
  test("Metadata User ID, Service Tier and Beta Headers are sent", async () => {
    const { body, headers } = await sent({
      requestOptions: {
        metadataUserId: "13803d75",
        serviceTier: "standard_only",
        betas: ["beta-a, beta-b,", "", " beta-a "],
      },
    });
    expect(headers["anthropic-beta"]).toBe("beta-a,beta-b");
    expect(body).toMatchObject({
      metadata: { user_id: "13803d75" },
      service_tier: "standard_only",
    });
  });

  test("Beta Headers accepts a single text", async () => {
    const { headers } = await sent({ requestOptions: { betas: "beta-a" } });
    expect(headers["anthropic-beta"]).toBe("beta-a");
  });

  test("Extra Parameters are merged into nested objects", async () => {
    const { body } = await sent({
      requestOptions: { metadataUserId: "u", extraParameters: { metadata: { a: 1 } } },
    });
    expect(body.metadata).toEqual({ user_id: "u", a: 1 });
  });

  test("Extra Parameters override, add and remove fields of the request", async () => {
    const { body, result } = await sent({
      maxTokens: "5",
      systemPrompt: "Be brief.",
      tools: { definitions: [{ name: "t", input_schema: { type: "object" } }] },
      requestOptions: {
        extraParameters: JSON.stringify({
          speed: "fast",
          max_tokens: 7,
          system: null,
          output_config: { task_budget: { type: "tokens", total: 20000 } },
          tools: [],
          messages: [{ role: "user", content: "Good day" }],
        }),
      },
    });
    expect(body).toEqual({
      model: "claude-sonnet-5-5",
      max_tokens: 7,
      messages: [{ role: "user", content: "Good day" }],
      output_config: { task_budget: { type: "tokens", total: 20000 } },
      speed: "fast",
      tools: [],
      stream: true,
    });
    expect(result.conversation[0]).toEqual({ role: "user", content: "Good day" });
  });

  const invalid: [requestOptions: object, message: string][] = [
    [{ extraParameters: "{" }, "Extra Parameters must be valid JSON: "],
    [{ extraParameters: "[]" }, "Extra Parameters must be a JSON object, but was a list."],
    [
      { extraParameters: { messages: null } },
      "Extra Parameters must have a list of turns in messages.",
    ],
    [
      { extraParameters: { messages: "abc" } },
      "Extra Parameters must have a list of turns in messages.",
    ],
    [
      { extraParameters: { max_tokens: null } },
      "Extra Parameters must have a number in max_tokens.",
    ],
    [
      { extraParameters: { model: "b" } },
      "Extra Parameters cannot set model, which the step sets. Remove it.",
    ],
    [{ fallbackModels: [".."] }, "Fallback Models must be the ID of a model"],
    [{ extraParameters: { stream: false } }, "Extra Parameters cannot set stream"],
    [{ betas: ["größe"] }, 'Beta Headers has an invalid beta name: "größe".'],
    [{ betas: ["a\r\nb"] }, "Beta Headers has an invalid beta name"],
    [{ serviceTier: "gold" }, "Service Tier must be one of default, auto, standard_only"],
    [{ metadataUserId: {} }, "Metadata User ID must be text"],
    [{ fallbackModels: [{}] }, "Fallback Models must be text"],
  ];
  test("invalid options are rejected before any request", async () => {
    const server = await startServer(streamed("Hi."));
    for (const [requestOptions, message] of invalid) {
      const error = await failure("chat", server, { ...hello, requestOptions });
      expect.soft(error.message).toContain(message);
    }
    expect(server.requests).toHaveLength(0);
  });
});

describe("Fallback Models", () => {
  const refused = streamed("", { stop_reason: "refusal", model: "a" } as object);
  const overloaded = refusal(529, "overloaded_error", "Overloaded", { "retry-after-ms": "1" });
  const chat = async (fallbackModels: string[], ...replies: Reply[]) => {
    const server = await startServer(...replies);
    const requestOptions = { fallbackModels, maxRetries: "0" };
    const outcome = await run("chat", server, { ...hello, model: "a", requestOptions }).catch(
      (error) => error,
    );
    const models = server.requests.map(({ json }) => (json as { model: string }).model);
    return { outcome, models };
  };

  test("are not used when the first model responds", async () => {
    expect((await chat(["b"], streamed("Hi."))).models).toEqual(["a"]);
  });

  test("are tried in order after a refusal or overload, and reported in model and warnings", async () => {
    const { outcome, models } = await chat(
      [" b ", "", "claude-haiku-5-5"],
      refused,
      overloaded,
      streamed("Hi.", { model: "claude-haiku-5-5" }),
    );
    expect(models).toEqual(["a", "b", "claude-haiku-5-5"]);
    expect(outcome).toMatchObject({
      text: "Hi.",
      model: "claude-haiku-5-5",
      refused: false,
      warnings: [
        "a refused to reply, so the next model was tried.",
        "b is overloaded, so the next model was tried.",
      ],
    });
  });

  test("get a request adjusted to their own capabilities", async () => {
    const server = await startServer(
      { body: modelWith({ thinking: ["adaptive"] }) },
      refused,
      { body: modelWith({ thinking: ["enabled", "disabled"] }) },
      streamed("Hi."),
    );
    const { warnings } = await run("chat", server, {
      ...hello,
      model: "a",
      reasoning: { thinking: "off" },
      requestOptions: { fallbackModels: ["b"] },
    });
    expect(server.requests[1]?.json).not.toHaveProperty("thinking");
    expect(server.requests[3]?.json).toMatchObject({ model: "b", thinking: { type: "disabled" } });
    expect(warnings).toEqual(["a refused to reply, so the next model was tried."]);
  });

  test("return the first refusal when all models refuse", async () => {
    const later = streamed("", { stop_reason: "refusal", model: "b" } as object);
    const { outcome, models } = await chat(["b"], refused, later);
    expect(models).toEqual(["a", "b"]);
    expect(outcome).toMatchObject({ refused: true, model: "a" });
  });

  test("are tried after 503 (no capacity)", async () => {
    const { models } = await chat(["b"], refusal(503, "api_error"), streamed("Hi."));
    expect(models).toEqual(["a", "b"]);
  });

  test("return the refusal when the fallback fails, and report the failure in warnings", async () => {
    const { outcome } = await chat(["b"], refused, refusal(404, "not_found_error", "model: b"));
    expect(outcome).toMatchObject({
      refused: true,
      warnings: [
        "a refused to reply, so the next model was tried.",
        expect.stringContaining("b failed: The API returned 404"),
        "The price of model a is not known, so cost is null.",
      ],
    });
  });

  test("are not tried after 400", async () => {
    const { outcome, models } = await chat(["b"], refusal(400, "invalid_request_error"));
    expect(models).toEqual(["a"]);
    expect(outcome.status).toBe(400);
  });

  test("report the cost of a refusal in warnings", async () => {
    const model = "claude-haiku-5-5";
    const { outcome } = await chat(
      ["b"],
      streamed("", { stop_reason: "refusal", model }),
      streamed("Hi.", { model }),
    );
    expect(outcome.warnings).toEqual([
      "a refused to reply, so the next model was tried. That cost $0.0000035, which is not part of cost.",
    ]);
  });

  test("add earlier overloads to the error of the last model", async () => {
    const { outcome } = await chat(["b"], overloaded, refusal(404, "not_found_error", "model: b"));
    expect(outcome.status).toBe(404);
    expect(outcome.message).toMatch(/1 attempt\) a is overloaded, so the next model was tried\.$/);
  });

  test("return the overload error when all models are overloaded", async () => {
    const { outcome, models } = await chat(["b"], overloaded);
    expect(models).toEqual(["a", "b"]);
    expect(outcome).toMatchObject({ name: "ApiError", status: 529 });
  });
});

describe("a paused turn (pause_turn)", () => {
  const paused = (text: string, rest: object = {}): Reply => ({
    body: {
      model: "claude-haiku-5-5",
      content: [{ type: "text", text }],
      stop_reason: "pause_turn",
      usage: {
        input_tokens: 80_000,
        output_tokens: 10,
        server_tool_use: { web_search_requests: 1, web_fetch_requests: 0 },
        service_tier: "standard",
      },
      ...rest,
    },
  });
  const tools = { definitions: [{ name: "t", input_schema: { type: "object" } }] };

  test("is continued automatically and returned as one message with summed usage", async () => {
    const server = await startServer(
      paused("One. ", { container: { id: "container_1", expires_at: "x" } }),
      paused("Two. "),
      streamed("Three.", { model: "claude-haiku-5-5" }),
    );
    const betas = ["a-beta"];
    const result = await run("chat", server, { ...hello, tools, requestOptions: { betas } });
    expect(server.requests.map(({ headers }) => headers["anthropic-beta"])).toEqual(
      Array(3).fill("a-beta"),
    );
    const first = [{ type: "text", text: "One. " }];
    expect(server.requests[1]?.json).toEqual({
      ...(server.requests[0]?.json as object),
      container: "container_1",
      messages: [
        { role: "user", content: "Hello" },
        { role: "assistant", content: first },
      ],
    });
    expect(server.requests[2]?.json).toMatchObject({
      messages: [
        { role: "user", content: "Hello" },
        { role: "assistant", content: [...first, { type: "text", text: "Two. " }] },
      ],
    });
    expect(result).toMatchObject({
      text: "One. Two. Three.",
      paused: false,
      stop_reason: "end_turn",
      attempts: 3,
      usage: {
        input_tokens: 160_010,
        output_tokens: 25,
        total_tokens: 160_035,
        server_tool_use: { web_search_requests: 2, web_fetch_requests: 0 },
        service_tier: "standard",
      },
      // Each part on its own is below the price tier of 100,000 tokens.
      cost: { input: 0.016001, output: 0.0000125, total: 0.0360135 },
      warnings: [],
      conversation: [
        { role: "user", content: "Hello" },
        {
          role: "assistant",
          content: [...first, { type: "text", text: "Two. " }, { type: "text", text: "Three." }],
        },
      ],
    });
  });

  test("sends no empty text back, and concatenates usage.iterations", async () => {
    const content = [
      { type: "text", text: "" },
      { type: "text", text: "One. " },
    ];
    const usage = { input_tokens: 1, output_tokens: 1, iterations: [{ type: "message" }] };
    const server = await startServer(paused("", { content, usage }), {
      body: { content: [], stop_reason: "end_turn", usage },
    });
    const result = await run("chat", server, { ...hello, tools });
    expect(server.requests[1]?.json).toMatchObject({
      messages: [{ role: "user" }, { role: "assistant", content: content.slice(1) }],
    });
    expect(result.usage.iterations).toEqual([{ type: "message" }, { type: "message" }]);
  });

  test("keeps the skills of its container", async () => {
    const container = { skills: [{ type: "anthropic", skill_id: "xlsx" }] };
    const server = await startServer(
      paused("One. ", { container: { id: "container_1" } }),
      streamed("Two."),
    );
    await run("chat", server, { ...hello, requestOptions: { extraParameters: { container } } });
    expect(server.requests[1]?.json).toMatchObject({
      container: { ...container, id: "container_1" },
    });
  });

  test("is continued at most 10 times, with a warning", async () => {
    const server = await startServer(paused("On. "));
    const result = await run("chat", server, { ...hello, tools });
    expect(server.requests).toHaveLength(11);
    expect(result).toMatchObject({
      text: "On. ".repeat(11),
      paused: true,
      warnings: [
        "The response is incomplete: the API paused it, and it was already continued 10 times. Continue its conversation in another step.",
      ],
    });
  });

  test("is returned partially when it cannot be continued", async () => {
    const server = await startServer(paused("One."), refusal(400, "invalid_request_error", "No."));
    expect(await run("chat", server, { ...hello, tools })).toMatchObject({
      text: "One.",
      paused: true,
      warnings: [
        expect.stringContaining(
          "The response is incomplete: the API paused it, and it could not be continued: The API returned 400",
        ),
      ],
    });
    const empty = await startServer(paused("", { content: [] }));
    expect((await run("chat", empty, { ...hello, tools })).paused).toBe(true);
    expect(empty.requests).toHaveLength(1);
  });

  test("is an error with Fail When Incomplete when it cannot be continued", async () => {
    const server = await startServer(paused("One."), refusal(400, "invalid_request_error", "No."));
    const output = { failWhenIncomplete: true };
    const error = await failure("chat", server, { ...hello, tools, output });
    expect(error.message).toContain(
      "The response is incomplete: the API paused it, and it could not be continued: The API returned 400",
    );
  });
});

test("truncation at Max Tokens reports the tokens used for thinking", async () => {
  const usage = {
    input_tokens: 1,
    output_tokens: 64,
    output_tokens_details: { thinking_tokens: 60 },
  };
  const message = { model: "claude-sonnet-5-5", content: [], stop_reason: "max_tokens", usage };
  const server = await startServer({ body: message });
  const connection = connectionTo(server.url);
  expect(await run("chat", server, { ...hello, connection, maxTokens: "64" })).toMatchObject({
    truncated: true,
    warnings: [
      "The response was truncated at 64 tokens, 60 of which were thinking. Increase Max Tokens.",
    ],
  });
});
