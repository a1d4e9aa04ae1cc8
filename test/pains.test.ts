/**
 * What hurts people with other ways to call Claude from a workflow, and does not here. One test for
 * each; the details of a subject have tests of their own beside it.
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
  test("1: temperature and top_p do not go together, and neither goes unless it is set", async () => {
    const { body } = await chat({}, streamed("Hi."));
    expect(Object.keys(body)).toEqual(["model", "max_tokens", "messages", "stream"]);
  });

  test("2: a temperature that a newer model refuses is left out, and said", async () => {
    const page = { body: modelWith({ thinking: ["adaptive"] }) };
    const { body, result } = await chat({ temperature: "0.2" }, page, streamed("Hi."));
    expect(body).not.toHaveProperty("temperature");
    expect(result.warnings).toHaveLength(1);
  });

  test("3: no default of a library goes along", async () => {
    const { body } = await chat({ temperature: "1" }, streamed("Hi."));
    expect(body).not.toHaveProperty("temperature");
    expect(body).not.toHaveProperty("top_p");
  });

  test("4: the old form of thinking becomes the one that the model takes", async () => {
    const page = { body: modelWith({ thinking: ["adaptive"] }) };
    const reasoning = { thinking: "budget", budgetTokens: "2000" };
    const { body } = await chat({ reasoning }, page, streamed("Hi."));
    expect(body.thinking).toEqual({ type: "adaptive" });
  });

  test("5: thinking is not switched off for a model that always thinks", async () => {
    const page = { body: modelWith({ thinking: ["adaptive"] }) };
    const { body } = await chat({ reasoning: { thinking: "off" } }, page, streamed("Hi."));
    expect(body).not.toHaveProperty("thinking");
  });

  test("12: an answer that thinking has eaten says so", async () => {
    const usage = { output_tokens: 4096, output_tokens_details: { thinking_tokens: 4090 } };
    const reply = json({ content: [], stop_reason: "max_tokens", usage });
    expect((await chat({}, reply)).result.warnings[0]).toContain("4090 of them went to thinking");
  });

  test("13: a prompt too long for the window shows before it is sent, and after", async () => {
    const server = await startServer({ body: { input_tokens: 999_999 } }, { body: modelWith() });
    expect((await run("countTokens", server, { message: "Hello" })).fits).toBe(false);
    const full = streamed("Hi", { stop_reason: "model_context_window_exceeded" });
    const { result } = await chat({}, full);
    expect(result).toMatchObject({
      truncated: true,
      warnings: [expect.stringContaining("context window")],
    });
  });

  test("29: caching takes no mark on a block, so there are never more than four", async () => {
    const inputs = { caching: { cache: "5m" }, systemPrompt: "Be brief." };
    const { body } = await chat(inputs, streamed("Hi."));
    expect(JSON.stringify(body).match(/cache_control/g)).toHaveLength(1);
  });
});

describe("conversations and tools", () => {
  const call = { type: "tool_use", id: "toolu_1", name: "t", input: {} };
  const tools = { definitions: [{ name: "t", input_schema: { type: "object" } }] };

  test("6: thinking stays with the tool call it led to", async () => {
    const content = [{ type: "thinking", thinking: "", signature: "c2ln" }, call];
    const server = await startServer(json({ content, stop_reason: "tool_use" }), streamed("Hi."));
    const { conversation } = await run("chat", server, { ...hello, tools });
    const toolResults = [{ key: "toolu_1", value: "1" }];
    await run("chat", server, { conversation, tools: { ...tools, toolResults } });
    expect(server.requests[1]?.json).toMatchObject({ messages: [{}, { content }, {}] });
  });

  test("7: thinking and structured output go together, without a forced tool", async () => {
    const inputs = { reasoning: { thinking: "adaptive" }, output: { jsonSchema: schema } };
    const { body, result } = await chat(inputs, { body: modelWith() }, streamed('{"a": 1}'));
    expect(body).not.toHaveProperty("tool_choice");
    expect(result.json).toEqual({ a: 1 });
  });

  test("22: empty texts are left out before they are sent", async () => {
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

  test("23: a tool call without its result is explained before anything is sent", async () => {
    const server = await startServer(streamed("Hi."));
    const conversation = [{ role: "assistant", content: [call] }];
    const error = await failure("chat", server, { ...hello, conversation });
    expect(error.message).toContain("Give its result in Tool Results, with toolu_1 as key.");
    expect(server.requests).toHaveLength(0);
  });

  test("24: a conversation that ends with Claude is not sent: newer models refuse it", async () => {
    const server = await startServer(streamed("Hi."));
    const conversation = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "The answer is" },
    ];
    const error = await failure("chat", server, { conversation });
    expect(error.message).toMatch(/^Message is required\./);
    expect(server.requests).toHaveLength(0);
  });

  test("28: a paused turn is continued, not taken for the end", async () => {
    const part = json({ content: [{ type: "text", text: "One, " }], stop_reason: "pause_turn" });
    expect((await chat({}, part, streamed("two."))).result.text).toBe("One, two.");
  });
});

describe("structured output", () => {
  test("8: limits of values that the API refuses are told to the model and checked here", async () => {
    const page = { body: modelWith() };
    const output = { jsonSchema: schema };
    const { body, result } = await chat({ output }, page, streamed('{"a": 0}'));
    expect(JSON.stringify(body)).not.toContain('"minimum"');
    expect(result).toMatchObject({ json: null, warnings: [expect.stringContaining("at /a")] });
  });

  test("9: a schema too large for the API says what makes it so", async () => {
    const server = await startServer(streamed("{}"));
    const names = Array.from({ length: 25 }, (_, index) => `f${index}`);
    const properties = Object.fromEntries(names.map((name) => [name, { type: "string" }]));
    const output = { jsonSchema: { type: "object", properties } };
    const error = await failure("chat", server, { ...hello, output });
    expect(error.message).toContain("has 25 fields that are not required; the API takes 24.");
  });

  test("10: tools are not made strict by themselves", async () => {
    const tools = { definitions: [{ name: "t", input_schema: { type: "object" } }] };
    const reasoning = { thinking: "adaptive" };
    const { body } = await chat({ tools, reasoning }, { body: modelWith() }, streamed("Hi."));
    expect(JSON.stringify(body)).not.toContain("strict");
  });

  test("35: data comes out as data", async () => {
    const output = { jsonSchema: schema };
    const { result } = await chat({ output }, { body: modelWith() }, streamed('{"a": 5}'));
    expect(result.json.a).toBe(5);
  });

  test("36: the fields of the output are known before the first run", async () => {
    for (const key of ["chat", "countTokens"]) {
      const action = builtComponent.actions[key];
      expect(action?.outputSchema).toBeDefined();
      expect(action?.examplePayload).toBeDefined();
    }
  });
});

describe("long answers and limits", () => {
  test("11: an answer that is cut off is marked, and an error where that is wanted", async () => {
    const cut = streamed("Half", { stop_reason: "max_tokens" });
    expect((await chat({}, cut)).result.truncated).toBe(true);
    const server = await startServer(cut);
    const output = { failWhenIncomplete: true };
    expect((await failure("chat", server, { ...hello, output })).message).toContain("cut off");
  });

  test("14, 15: every answer is streamed, so that no long one is refused or cut off", async () => {
    const { body } = await chat({ maxTokens: "64000" }, streamed("Hi."));
    expect(body.stream).toBe(true);
  });

  test("16: the run's end comes with what has come so far", async () => {
    const server = await startServer((_, response) => {
      const { body } = streamed("So far and no further.") as { body: string };
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(body.slice(0, body.indexOf("message_delta") - 40));
    });
    // The platform ends a run after 15 minutes; this one began 14 minutes and 29.5 seconds ago.
    const startedAt = new Date(Date.now() - 869_500).toISOString();
    const result = await run("chat", server, hello, { startedAt });
    expect(result).toMatchObject({ text: "So far and no further.", truncated: true });
  });

  test("17, 18: an overload is waited out as the API asks, and what is left of the limits is told", async () => {
    const overloaded = refusal(529, "overloaded_error", "Overloaded", { "retry-after-ms": "1" });
    const answer: Reply = {
      headers: { "anthropic-ratelimit-requests-remaining": "7" },
      body: textMessage("Hi."),
    };
    const { result } = await chat({}, overloaded, answer);
    expect(result).toMatchObject({ attempts: 2, rateLimit: { requests: { remaining: 7 } } });
  });

  test("34: nothing is sent twice without being told", async () => {
    const reset: Reply = (_, response) => response.destroy();
    expect((await chat({}, reset, streamed("Hi."))).result.attempts).toBe(2);
  });
});

describe("connections and models", () => {
  test("19, 20: nothing of a model is needed to try a connection", async () => {
    const server = await startServer({ body: { data: [], has_more: false } });
    await run("listModels", server);
    expect(server.request().path).toBe("/v1/models");
  });

  test("21: models come from the API, and a retired one is explained", async () => {
    const { inputs } = builtComponent.actions.chat ?? { inputs: [] };
    expect(inputs.find(({ key }) => key === "model")).toMatchObject({ dataSource: "selectModel" });
    const server = await startServer(refusal(404, "not_found_error", "model: claude-2"));
    const error = await failure("chat", server, { ...hello, model: "claude-2" });
    expect(error.message).toContain("a retired model answers like this too");
  });
});

describe("attachments", () => {
  test("25: the kind of an image is read from its bytes", async () => {
    const attachments = [{ key: "a.png", value: { data: jpeg(), contentType: "image/jpg" } }];
    const { body } = await chat({ attachments }, streamed("Hi."));
    expect(JSON.stringify(body)).toContain('"media_type":"image/jpeg"');
  });

  test("26: a PDF with too many pages is told of before it is sent", async () => {
    const server = await startServer(streamed("Hi."));
    const attachments = [{ key: "a.pdf", value: pdf({ pages: 700 }) }];
    const error = await failure("chat", server, { ...hello, attachments });
    expect(error.message).toContain("holds 700 PDF pages; the API takes 600 in a request.");
    expect(server.requests).toHaveLength(0);
  });
});

describe("what comes back", () => {
  test("27: a refusal is marked, with its reason, and another model can be asked", async () => {
    const stop_details = { type: "refusal", category: "cyber", explanation: null };
    const refused = json({ content: [], stop_reason: "refusal", stop_details });
    expect((await chat({}, refused)).result).toMatchObject({ refused: true, stop_details });
    const requestOptions = { fallbackModels: ["claude-opus-5"] };
    expect((await chat({ requestOptions }, refused, streamed("Hi."))).result.text).toBe("Hi.");
  });

  test("30, 31, 32: usage and cost come every time, the cache's tokens counted once", async () => {
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

// 33, no batches, is about more than one call: Message Batches have actions of their own to come.
