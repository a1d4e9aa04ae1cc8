/**
 * Problems that users reported of other ways to call Claude from a workflow, and that this connector
 * avoids. Each test links to the reports it stands for; the test files of the actions cover the details.
 */
import { describe, expect, test } from "vitest";
import { builtComponent } from "../dev/component";
import { failure, run } from "./support/component";
import { jpeg, pdf } from "./support/files";
import { modelWith } from "./support/models";
import { type Reply, refusal, startServer, streamed, textMessage } from "./support/server";

const hello = { initialMessage: "Hello" };
const json = (body: object): Reply => ({
  body: { model: "claude-sonnet-5-5", usage: {}, ...body },
});
const schema = { type: "object", properties: { a: { type: "integer", minimum: 1 } } };

/** Runs Chat against these replies in turn. */
const chat = async (inputs: object, ...replies: Reply[]) => {
  const server = await startServer(...replies);
  const result = await run("chat", server, { ...hello, ...inputs });
  const body = server.requests.at(-1)?.json as Record<string, unknown>;
  return { server, result, body };
};

describe("parameters", () => {
  // https://github.com/n8n-io/n8n/issues/18304
  test("temperature and top_p are only sent if they are set", async () => {
    const { body } = await chat({}, streamed("Hi."));
    expect(Object.keys(body)).toEqual(["model", "max_tokens", "messages", "stream"]);
  });

  // https://github.com/HKUDS/nanobot/issues/3417
  test("a temperature that the model does not accept is dropped, with a warning", async () => {
    const modelInfo = { body: modelWith({ thinking: ["adaptive"] }) };
    const { body, result } = await chat({ temperature: "0.2" }, modelInfo, streamed("Hi."));
    expect(body).not.toHaveProperty("temperature");
    expect(result.warnings).toHaveLength(1);
  });

  // https://github.com/FlowiseAI/Flowise/issues/5998
  test("no default value of temperature or top_p is sent", async () => {
    const { body } = await chat({ temperature: "1" }, streamed("Hi."));
    expect(body).not.toHaveProperty("temperature");
    expect(body).not.toHaveProperty("top_p");
  });

  // https://github.com/n8n-io/n8n/issues/28635
  test("a thinking budget becomes adaptive thinking if the model requires it", async () => {
    const modelInfo = { body: modelWith({ thinking: ["adaptive"] }) };
    const reasoning = { thinking: "budget", budgetTokens: "2000" };
    const { body } = await chat({ reasoning }, modelInfo, streamed("Hi."));
    expect(body.thinking).toEqual({ type: "adaptive" });
  });

  // https://github.com/langchain-ai/langchainjs/issues/11073
  test("thinking is not disabled for models that always think", async () => {
    const modelInfo = { body: modelWith({ thinking: ["adaptive"] }) };
    const { body } = await chat({ reasoning: { thinking: "off" } }, modelInfo, streamed("Hi."));
    expect(body).not.toHaveProperty("thinking");
  });

  // https://github.com/confident-ai/deepeval/issues/3054
  test("thinking that used up Max Tokens is named in a warning", async () => {
    const usage = { output_tokens: 4096, output_tokens_details: { thinking_tokens: 4090 } };
    const reply = json({ content: [], stop_reason: "max_tokens", usage });
    expect((await chat({}, reply)).result.warnings[0]).toContain("4090 of which were thinking");
  });

  // https://github.com/docker/docker-agent/issues/569
  test("a prompt larger than the context window is reported before and after it is sent", async () => {
    const server = await startServer({ body: { input_tokens: 999_999 } }, { body: modelWith() });
    expect((await run("countTokens", server, { message: "Hello" })).fits).toBe(false);
    const full = streamed("Hi", { stop_reason: "model_context_window_exceeded" });
    const { result } = await chat({}, full);
    expect(result).toMatchObject({
      truncated: true,
      warnings: [expect.stringContaining("context window")],
    });
  });

  // https://github.com/continuedev/continue/issues/6937
  test("caching adds one cache_control, below the maximum of four", async () => {
    const inputs = { caching: { cache: "5m" }, systemPrompt: "Be brief." };
    const { body } = await chat(inputs, streamed("Hi."));
    expect(JSON.stringify(body).match(/cache_control/g)).toHaveLength(1);
  });
});

describe("conversations and tools", () => {
  const call = { type: "tool_use", id: "toolu_1", name: "t", input: {} };
  const tools = { definitions: [{ name: "t", input_schema: { type: "object" } }] };

  // https://github.com/n8n-io/n8n/issues/15715
  test("thinking blocks are sent back with their tool call", async () => {
    const content = [{ type: "thinking", thinking: "", signature: "c2ln" }, call];
    const server = await startServer(json({ content, stop_reason: "tool_use" }), streamed("Hi."));
    const { conversation } = await run("chat", server, { ...hello, tools });
    const toolResults = [{ key: "toolu_1", value: "1" }];
    await run("chat", server, { conversation, tools: { ...tools, toolResults } });
    expect(server.requests[1]?.json).toMatchObject({ messages: [{}, { content }, {}] });
  });

  // https://github.com/langchain-ai/langchain/issues/35539
  // https://github.com/vercel/ai/issues/7220
  test("thinking and structured output work together, without a forced tool", async () => {
    const inputs = { reasoning: { thinking: "adaptive" }, output: { jsonSchema: schema } };
    const { body, result } = await chat(inputs, { body: modelWith() }, streamed('{"a": 1}'));
    expect(body).not.toHaveProperty("tool_choice");
    expect(result.json).toEqual({ a: 1 });
  });

  // https://github.com/n8n-io/n8n/issues/13147
  // https://github.com/anthropics/claude-code/issues/59812
  test("empty text blocks are dropped", async () => {
    const conversation = [
      { role: "user", content: "Hi" },
      {
        role: "assistant",
        content: [
          { type: "text", text: "" },
          { type: "text", text: "A" },
        ],
      },
    ];
    const { body } = await chat({ conversation }, streamed("Hi."));
    expect(JSON.stringify(body)).not.toContain('"text":""');
  });

  // https://github.com/n8n-io/n8n/issues/18624
  // https://github.com/langchain-ai/langgraph/issues/5109
  test("a tool call without a result is an error before the request", async () => {
    const server = await startServer(streamed("Hi."));
    const conversation = [{ role: "assistant", content: [call] }];
    const error = await failure("chat", server, { ...hello, conversation });
    expect(error.message).toContain("Add its result to Tool Results, with the key toolu_1.");
    expect(server.requests).toHaveLength(0);
  });

  // https://github.com/vybestack/llxprt-code/issues/3695
  // https://github.com/anomalyco/opencode/issues/18421
  test("a conversation that ends with an assistant turn is an error before the request", async () => {
    const server = await startServer(streamed("Hi."));
    const conversation = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "The answer is" },
    ];
    const error = await failure("chat", server, { conversation });
    expect(error.message).toBe(
      "Message is required. Conversation ends with a turn of Claude, which current models do not continue. Enter a text. For replies of a fixed form, use JSON Schema.",
    );
    expect(server.requests).toHaveLength(0);
  });

  // https://github.com/WordPress/ai-provider-for-anthropic/issues/29
  test("a paused turn is continued", async () => {
    const paused = json({ content: [{ type: "text", text: "One, " }], stop_reason: "pause_turn" });
    expect((await chat({}, paused, streamed("two."))).result.text).toBe("One, two.");
  });
});

describe("structured output", () => {
  // https://github.com/vercel/ai/issues/13355
  // https://github.com/laravel/ai/issues/715
  test("schema keywords that the API rejects are described to Claude and validated locally", async () => {
    const modelInfo = { body: modelWith() };
    const output = { jsonSchema: schema };
    const { body, result } = await chat({ output }, modelInfo, streamed('{"a": 0}'));
    expect(JSON.stringify(body)).not.toContain('"minimum"');
    expect(result).toMatchObject({ json: null, warnings: [expect.stringContaining("at /a")] });
  });

  // https://github.com/anthropics/anthropic-sdk-python/issues/1185
  // https://github.com/TanStack/ai/issues/682
  test("a schema that is too large for the API is sent in the system prompt", async () => {
    const names = Array.from({ length: 25 }, (_, index) => `f${index}`);
    const properties = Object.fromEntries(names.map((name) => [name, { type: "string" }]));
    const output = { jsonSchema: { type: "object", properties } };
    const { body, result } = await chat(
      { output },
      { body: modelWith() },
      streamed('{"f24": "a"}'),
    );
    expect(JSON.stringify(body)).not.toContain("output_config");
    expect(result).toMatchObject({ json: { f24: "a" } });
  });

  // https://github.com/anthropics/anthropic-sdk-typescript/issues/885
  test("tools are not strict by default", async () => {
    const tools = { definitions: [{ name: "t", input_schema: { type: "object" } }] };
    const reasoning = { thinking: "adaptive" };
    const { body } = await chat({ tools, reasoning }, { body: modelWith() }, streamed("Hi."));
    expect(JSON.stringify(body)).not.toContain("strict");
  });

  // https://github.com/FlowiseAI/Flowise/issues/5256
  test("structured output is returned as data", async () => {
    const output = { jsonSchema: schema };
    const { result } = await chat({ output }, { body: modelWith() }, streamed('{"a": 5}'));
    expect(result.json.a).toBe(5);
  });

  // https://github.com/n8n-io/n8n/issues/24426
  test("output fields are known before the first run", async () => {
    for (const key of ["chat", "countTokens"]) {
      const action = builtComponent.actions[key];
      expect(action?.outputSchema).toBeDefined();
      expect(action?.examplePayload).toBeDefined();
    }
  });
});

describe("long responses and rate limits", () => {
  // https://github.com/crewAIInc/crewAI/issues/5717
  // https://github.com/github/copilot-sdk/issues/955
  test("a truncated response is marked, or an error with failWhenIncomplete", async () => {
    const truncated = streamed("Half", { stop_reason: "max_tokens" });
    expect((await chat({}, truncated)).result.truncated).toBe(true);
    const server = await startServer(truncated);
    const output = { failWhenIncomplete: true };
    expect((await failure("chat", server, { ...hello, output })).message).toContain(
      "was truncated",
    );
  });

  // https://github.com/anthropics/anthropic-sdk-python/issues/1698
  // https://github.com/n8n-io/n8n/issues/28669
  test("every response is streamed, so long ones are neither rejected nor truncated", async () => {
    const { body } = await chat({ maxTokens: "64000" }, streamed("Hi."));
    expect(body.stream).toBe(true);
  });

  // https://github.com/compiler-explorer/explain/issues/19
  test("the end of the execution returns the text received so far", async () => {
    const server = await startServer((_, response) => {
      const { body } = streamed("So far and no further.") as { body: string };
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(body.slice(0, body.indexOf("message_delta") - 40));
    });
    // An execution ends after 15 minutes; this one started 14 minutes and 29.5 seconds ago.
    const startedAt = new Date(Date.now() - 869_500).toISOString();
    const result = await run("chat", server, hello, { startedAt });
    expect(result).toMatchObject({ text: "So far and no further.", truncated: true });
  });

  // https://github.com/rysweet/amplihack/issues/2463
  // https://github.com/vercel/ai/issues/5018
  test("an overload is retried after the requested wait, and remaining rate limits are returned", async () => {
    const overloaded = refusal(529, "overloaded_error", "Overloaded", { "retry-after-ms": "1" });
    const reply: Reply = {
      headers: { "anthropic-ratelimit-requests-remaining": "7" },
      body: textMessage("Hi."),
    };
    const { result } = await chat({}, overloaded, reply);
    expect(result).toMatchObject({ attempts: 2, rateLimit: { requests: { remaining: 7 } } });
  });

  // https://github.com/apache/airflow/pull/69003
  test("a repeated request is counted in attempts", async () => {
    const reset: Reply = (_, response) => response.destroy();
    expect((await chat({}, reset, streamed("Hi."))).result.attempts).toBe(2);
  });
});

describe("connections and models", () => {
  // https://github.com/n8n-io/n8n/issues/27934
  // https://github.com/n8n-io/n8n/issues/18097
  test("a connection can be tested without a model", async () => {
    const server = await startServer({ body: { data: [], has_more: false } });
    await run("listModels", server);
    expect(server.request().path).toBe("/v1/models");
  });

  // https://github.com/activepieces/activepieces/issues/6616
  // https://github.com/axonops/cqlai/issues/194
  test("models come from the API, and the error for a retired one explains it", async () => {
    const { inputs } = builtComponent.actions.chat ?? { inputs: [] };
    expect(inputs.find(({ key }) => key === "model")).toMatchObject({ dataSource: "selectModel" });
    const server = await startServer(refusal(404, "not_found_error", "model: claude-2"));
    const error = await failure("chat", server, { ...hello, model: "claude-2" });
    expect(error.message).toContain("Retired models also return this error.");
  });
});

describe("attachments", () => {
  // https://github.com/BerriAI/litellm/issues/24900
  // https://github.com/mealie-recipes/mealie/issues/5897
  test("the media type of an image is detected from its bytes", async () => {
    const attachments = [{ key: "a.png", value: { data: jpeg(), contentType: "image/jpg" } }];
    const { body } = await chat({ attachments }, streamed("Hi."));
    expect(JSON.stringify(body)).toContain('"media_type":"image/jpeg"');
  });

  // https://github.com/warpdotdev/warp/issues/8114
  test("a PDF with too many pages is an error before the request", async () => {
    const server = await startServer(streamed("Hi."));
    const attachments = [{ key: "a.pdf", value: pdf({ pages: 700 }) }];
    const error = await failure("chat", server, { ...hello, attachments });
    expect(error.message).toContain(
      "has 700 PDF pages, but the API accepts at most 600 in a request.",
    );
    expect(server.requests).toHaveLength(0);
  });
});

describe("results", () => {
  // https://github.com/lingarr-translate/lingarr/issues/402
  // https://github.com/anomalyco/opencode/issues/37392
  test("a refusal is marked with its category, and another model can be tried", async () => {
    const stop_details = { type: "refusal", category: "cyber", explanation: null };
    const refused = json({ content: [], stop_reason: "refusal", stop_details });
    expect((await chat({}, refused)).result).toMatchObject({ refused: true, stop_details });
    const requestOptions = { fallbackModels: ["claude-opus-5"] };
    expect((await chat({ requestOptions }, refused, streamed("Hi."))).result.text).toBe("Hi.");
  });

  // https://github.com/n8n-io/n8n/issues/13231
  // https://github.com/n8n-io/n8n/issues/26301
  // https://github.com/langchain-ai/langchainjs/issues/10250
  test("usage and cost are always returned, and cache tokens are counted once", async () => {
    const usage = {
      input_tokens: 10,
      cache_read_input_tokens: 1_000,
      cache_creation_input_tokens: 100,
      output_tokens: 5,
    };
    const reply = json({ content: [], stop_reason: "end_turn", usage });
    const { body, result } = await chat({ caching: { cache: "5m" } }, reply);
    expect(body.cache_control).toEqual({ type: "ephemeral" });
    expect(result.usage.total_tokens).toBe(1_115);
    expect(result.cost.total).toBeCloseTo((10 * 2 + 1_000 * 0.1 + 100 * 2.5 + 5 * 10) / 1e6, 10);
  });
});
