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

describe("caching", () => {
  test.each<[unknown, object | undefined]>([
    ["", undefined],
    [{ cache: "off" }, undefined],
    [{ cache: "5m" }, { type: "ephemeral" }],
    [{ cache: "1h" }, { type: "ephemeral", ttl: "1h" }],
  ])("%j", async (caching, cache_control) => {
    expect((await sent({ caching })).body.cache_control).toEqual(cache_control);
  });

  test("shows what was saved in usage and cost", async () => {
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

  test("takes no other time", async () => {
    const server = await startServer(streamed("Hi."));
    const error = await failure("chat", server, { ...hello, caching: { cache: "2h" } });
    expect(error.message).toBe('Cache takes off, 5m, 1h, but "2h" was given.');
    expect(server.requests).toHaveLength(0);
  });
});

describe("request options", () => {
  test("go into body and headers", async () => {
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

  test("one text does for a list", async () => {
    const { headers } = await sent({ requestOptions: { betas: "beta-a" } });
    expect(headers["anthropic-beta"]).toBe("beta-a");
  });

  test("extra parameters reach into what is there", async () => {
    const { body } = await sent({
      requestOptions: { metadataUserId: "u", extraParameters: { metadata: { a: 1 } } },
    });
    expect(body.metadata).toEqual({ user_id: "u", a: 1 });
  });

  test("extra parameters are merged last, field by field", async () => {
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

  test.each([
    [{ extraParameters: "{" }, "Extra Parameters takes JSON, but this is none"],
    [{ extraParameters: "[]" }, "Extra Parameters takes a JSON object, but a list was given."],
    [
      { extraParameters: { messages: null } },
      "Extra Parameters takes a list of turns for messages.",
    ],
    [
      { extraParameters: { messages: "abc" } },
      "Extra Parameters takes a list of turns for messages.",
    ],
    [{ extraParameters: { max_tokens: null } }, "Extra Parameters takes a number for max_tokens."],
    [{ extraParameters: { model: "b" } }, "Extra Parameters cannot set model: it has an input"],
    [{ fallbackModels: [".."] }, "Fallback Models takes the id of a model"],
    [{ extraParameters: { stream: false } }, "Extra Parameters cannot set stream"],
    [{ betas: ["größe"] }, 'Beta Headers holds "größe", which is no name.'],
    [{ betas: ["a\r\nb"] }, "Beta Headers holds"],
    [{ serviceTier: "gold" }, "Service Tier takes default, auto, standard_only"],
    [{ metadataUserId: {} }, "Metadata User ID takes text"],
    [{ fallbackModels: [{}] }, "Fallback Models takes text"],
  ])("%j is an error before any request", async (requestOptions, message) => {
    const server = await startServer(streamed("Hi."));
    const error = await failure("chat", server, { ...hello, requestOptions });
    expect(error.message).toContain(message);
    expect(server.requests).toHaveLength(0);
  });
});

describe("fallback models", () => {
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

  test("are not asked when the model answers", async () => {
    expect((await chat(["b"], streamed("Hi."))).models).toEqual(["a"]);
  });

  test("are asked in order, and the one that answered is told", async () => {
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
        "a declined to answer: the next model was asked.",
        "b is overloaded: the next model was asked.",
      ],
    });
  });

  test("get a request of their own making", async () => {
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
    expect(warnings).toEqual(["a declined to answer: the next model was asked."]);
  });

  test("that all decline leave the first refusal", async () => {
    const later = streamed("", { stop_reason: "refusal", model: "b" } as object);
    const { outcome, models } = await chat(["b"], refused, later);
    expect(models).toEqual(["a", "b"]);
    expect(outcome).toMatchObject({ refused: true, model: "a" });
  });

  test("are asked when the model has no capacity (503)", async () => {
    const { models } = await chat(["b"], refusal(503, "api_error"), streamed("Hi."));
    expect(models).toEqual(["a", "b"]);
  });

  test("that fail leave the refusal, and tell of the failure", async () => {
    const { outcome } = await chat(["b"], refused, refusal(404, "not_found_error", "model: b"));
    expect(outcome).toMatchObject({
      refused: true,
      warnings: [
        "a declined to answer: the next model was asked.",
        expect.stringContaining("b did not answer: The API answered 404"),
        "The price of the model a is not known: cost is null.",
      ],
    });
  });

  test("are not asked after another fault: it would be the same with them", async () => {
    const { outcome, models } = await chat(["b"], refusal(400, "invalid_request_error"));
    expect(models).toEqual(["a"]);
    expect(outcome.status).toBe(400);
  });

  test("tell what a refusal has cost", async () => {
    const model = "claude-haiku-5-5";
    const { outcome } = await chat(
      ["b"],
      streamed("", { stop_reason: "refusal", model }),
      streamed("Hi.", { model }),
    );
    expect(outcome.warnings).toEqual([
      "a declined to answer, for $0.0000035 that are not part of cost: the next model was asked.",
    ]);
  });

  test("that end in another fault tell what came before", async () => {
    const { outcome } = await chat(["b"], overloaded, refusal(404, "not_found_error", "model: b"));
    expect(outcome.status).toBe(404);
    expect(outcome.message).toMatch(/1 attempt\) a is overloaded: the next model was asked\.$/);
  });

  test("that are all overloaded leave that error", async () => {
    const { outcome, models } = await chat(["b"], overloaded);
    expect(models).toEqual(["a", "b"]);
    expect(outcome).toMatchObject({ name: "ApiError", status: 529 });
  });
});

describe("a long turn that the API pauses", () => {
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

  test("is continued as it is, and comes as one message with the counts of all parts", async () => {
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
      // Each part by itself is below the price tier of 100,000 tokens.
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

  test("sends no empty text back, and joins what is listed in usage", async () => {
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

  test("that never ends is left after ten times, and says so", async () => {
    const server = await startServer(paused("On. "));
    const result = await run("chat", server, { ...hello, tools });
    expect(server.requests).toHaveLength(11);
    expect(result).toMatchObject({
      text: "On. ".repeat(11),
      paused: true,
      warnings: [
        "The answer is paused before its end: it was continued 10 times. Hand its conversation to another Chat.",
      ],
    });
  });

  test("that cannot be continued is returned as far as it came", async () => {
    const server = await startServer(paused("One."), refusal(400, "invalid_request_error", "No."));
    expect(await run("chat", server, { ...hello, tools })).toMatchObject({
      text: "One.",
      paused: true,
      warnings: [
        expect.stringContaining("The answer is paused before its end: The API answered 400"),
      ],
    });
    const empty = await startServer(paused("", { content: [] }));
    expect((await run("chat", empty, { ...hello, tools })).paused).toBe(true);
    expect(empty.requests).toHaveLength(1);
  });

  test("is an error where Fail When Incomplete says so", async () => {
    const server = await startServer(paused("One."), refusal(400, "invalid_request_error", "No."));
    const output = { failWhenIncomplete: true };
    const error = await failure("chat", server, { ...hello, tools, output });
    expect(error.message).toContain("The answer is paused before its end: The API answered 400");
  });
});

test("an answer cut off by thinking says where Max Tokens went", async () => {
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
      "The answer is cut off at Max Tokens (64); 60 of them went to thinking. Raise Max Tokens.",
    ],
  });
});
