/** The code in examples/, run with the built component against the emulator and a recording server. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Connection } from "@prismatic-io/spectral";
import patcher, { type Operation } from "fast-json-patch";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { startEmulator } from "../dev/emulator";
import * as aimlApi from "../examples/aiml-api";
import { answerDevice } from "../examples/golioth";
import * as langchain from "../examples/langchain";
import type { Perform } from "../examples/perform";
import * as portkey from "../examples/portkey";
import { connectionTo, run } from "./support/component";
import { jpeg } from "./support/files";
import { modelWith } from "./support/models";
import { type Reply, startServer, streamed } from "./support/server";

const performWith =
  (connection: Connection): Perform =>
  (key, inputs) =>
    run(key, { url: "" }, { connection, ...inputs });

const emulated = async () => {
  const emulator = await startEmulator();
  onTestFinished(() => emulator.stop());
  return emulator;
};

/** A server that records message requests and sends the replies in turn. Its models support all types of thinking. */
const recording = async (...replies: Reply[]) => {
  const remaining = [...replies];
  const modelInfo = modelWith({ thinking: ["adaptive", "enabled", "disabled"] });
  const server = await startServer((request, response) => {
    const isMessage = request.path === "/v1/messages";
    const reply = isMessage
      ? remaining.length > 1
        ? remaining.shift()
        : remaining[0]
      : { body: modelInfo };
    if (typeof reply === "function") return reply(request, response);
    const { headers = { "content-type": "application/json" }, body } = reply ?? {};
    response.writeHead(200, headers).end(typeof body === "string" ? body : JSON.stringify(body));
  });
  return {
    url: server.url,
    messages: () =>
      server.requests
        .filter(({ path: called }) => called === "/v1/messages")
        .map(({ json, headers }) => ({ body: json as Record<string, unknown>, headers })),
  };
};

describe("Golioth: pipeline from a device to Claude", () => {
  interface Pipeline {
    steps: { name: string; transformer: { parameters: { patch: string } } }[];
  }

  test("returns the object that the patches of the pipeline produce", async () => {
    const { url } = await emulated();
    const encoded = readFileSync(path.join(__dirname, "fixtures/golioth-pipeline.txt"), "utf8");
    const pipeline: Pipeline = parse(Buffer.from(encoded, "base64").toString());
    const patchOf = (name: string): Operation[] =>
      JSON.parse(
        pipeline.steps.find((step) => step.name === name)?.transformer.parameters.patch ?? "",
      );
    const text = "Write a haiku about a paper clip.";

    const request = patcher.applyPatch(
      { text } as Record<string, unknown>,
      patchOf("create-payload"),
    ).newDocument;
    expect(request).toEqual({
      model: "claude-3-5-sonnet-20240620",
      max_tokens: 1024,
      messages: [{ role: "user", content: text }],
    });
    const response = await fetch(`${url}/v1/messages`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-api-key": "key",
        "anthropic-version": "2023-06-01",
      },
      // The model of the pipeline is retired, and newer ones think unless they are told not to.
      body: JSON.stringify({
        ...request,
        model: "claude-sonnet-5-5",
        thinking: { type: "disabled" },
      }),
    });
    // The pipeline is older than stop_details, and would pass it on.
    const { stop_details: _, ...message } = (await response.json()) as Record<string, unknown>;
    const expected = patcher.applyPatch(message, patchOf("parse-payload")).newDocument;

    const result = await answerDevice(performWith(connectionTo(url)), text);
    expect(result).toEqual(expected);
    expect(result.answer).toContain("Bent once, it still holds");
  });

  test("sends the request of the pipeline", async () => {
    const server = await recording(streamed("Hi."));
    await answerDevice(performWith(connectionTo(server.url)), "Hello");
    expect(server.messages()[0]?.body).toEqual({
      model: "claude-sonnet-5-5",
      max_tokens: 1024,
      messages: [{ role: "user", content: "Hello" }],
      stream: true,
    });
  });
});

describe("LangChain: chat model, prompt template and tools", () => {
  test("chat model with settings and token usage", async () => {
    const server = await recording(streamed("J'adore la programmation."));
    const { text, usage } = await langchain.translate(performWith(connectionTo(server.url)));
    expect({ text, usage }).toMatchObject({
      text: "J'adore la programmation.",
      usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
    });
    expect(server.messages()[0]?.body).toEqual({
      model: "claude-opus-4-6",
      max_tokens: 1024,
      temperature: 0,
      system:
        "You are a helpful assistant that translates English to French. Translate the user sentence.",
      messages: [{ role: "user", content: "I love programming." }],
      stream: true,
    });
  });

  test("prompt template", async () => {
    const server = await recording(streamed("Ich liebe Programmieren."));
    const perform = performWith(connectionTo(server.url));
    const text = await langchain.translateTo(perform, "English", "German", "I love programming.");
    expect(text).toBe("Ich liebe Programmieren.");
    expect(server.messages()[0]?.body).toMatchObject({
      system: "You are a helpful assistant that translates English to German.",
      messages: [{ role: "user", content: "I love programming." }],
    });
  });

  test("parallel tool calls", async () => {
    const call = (id: string, location: string) => ({
      type: "tool_use",
      id,
      name: "GetWeather",
      input: { location },
    });
    const content = [
      { type: "text", text: "I check both." },
      call("toolu_1", "Los Angeles, CA"),
      call("toolu_2", "New York, NY"),
    ];
    const server = await recording(
      { body: { content, stop_reason: "tool_use", usage: {} } },
      streamed("Los Angeles is hotter."),
    );
    const weather: Record<string, string> = { "Los Angeles, CA": "31 °C", "New York, NY": "24 °C" };
    const { calls, text } = await langchain.hotterCity(
      performWith(connectionTo(server.url)),
      (location) => weather[location] ?? "unknown",
    );
    expect(calls).toEqual([
      { id: "toolu_1", name: "GetWeather", input: { location: "Los Angeles, CA" } },
      { id: "toolu_2", name: "GetWeather", input: { location: "New York, NY" } },
    ]);
    expect(text).toBe("Los Angeles is hotter.");
    expect(server.messages()[1]?.body.messages).toEqual([
      { role: "user", content: "Which city is hotter today: LA or NY?" },
      { role: "assistant", content },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "toolu_1", content: "31 °C" },
          { type: "tool_result", tool_use_id: "toolu_2", content: "24 °C" },
        ],
      },
    ]);
  });
});

describe("AI/ML API: another host with a bearer token", () => {
  const key = "aiml-0123456789abcdef";

  test("function calling", async () => {
    const call = {
      type: "tool_use",
      id: "toolu_1",
      name: "get_weather",
      input: { location: "SF" },
    };
    const server = await recording({
      body: { content: [call], stop_reason: "tool_use", usage: {} },
    });
    const toolCalls = await aimlApi.askWeather(performWith(aimlApi.connection(key, server.url)));
    expect(toolCalls).toEqual([{ id: "toolu_1", name: "get_weather", input: { location: "SF" } }]);
    const [{ body, headers } = { body: {}, headers: {} }] = server.messages();
    expect(headers).toMatchObject({ authorization: `Bearer ${key}` });
    expect(headers).not.toHaveProperty("x-api-key");
    expect(body).toMatchObject({
      max_tokens: 1024,
      tools: [{ name: "get_weather", description: "Get the current weather in a given location" }],
      messages: [{ role: "user", content: "What is the weather like in San Francisco?" }],
    });
  });

  test("text in the response format of the host", async () => {
    const server = await recording({
      body: {
        id: "msg-12345",
        object: "message",
        created: 1627684940,
        model: "claude-3-5-sonnet-20240620",
        choices: [{ message: { role: "assistant", content: "I am well." }, finish_reason: "stop" }],
        usage: { prompt_tokens: 10, completion_tokens: 15, total_tokens: 25 },
      },
    });
    const text = await aimlApi.howAreYou(performWith(aimlApi.connection(key, server.url)));
    expect(text).toBe("I am well.");
  });

  test("system role, and data in the message", async () => {
    const server = await recording(streamed("None."));
    const perform = performWith(aimlApi.connection(key, server.url));
    expect(await aimlApi.findAnomalies(perform, [1, 2, 300])).toBe("None.");
    expect(server.messages()[0]?.body).toMatchObject({
      max_tokens: 2048,
      system: "You are a seasoned data scientist at a Fortune 500 company.",
      messages: [
        {
          role: "user",
          content: "Analyze this dataset for anomalies: <dataset>[1,2,300]</dataset>",
        },
      ],
    });
  });
});

describe("Portkey: Chat with the gateway connection, and Create Chat Completion", () => {
  const [key, virtual] = ["pk-0123456789", "vk-0123456789"];
  const started = async () => {
    const server = await recording(streamed("This is a test."));
    return { server, perform: performWith(portkey.connection(key, virtual, server.url)) };
  };

  test("chat with several models", async () => {
    const { server, perform } = await started();
    expect(await portkey.sayTest(perform)).toEqual(["This is a test.", "This is a test."]);
    await portkey.sayTest(perform, "claude-opus-5-5");
    const expected = {
      messages: [{ role: "user", content: "Say this is a test" }],
      max_tokens: 250,
      stream: true,
    };
    expect(server.messages().map(({ body }) => body)).toEqual(
      ["claude-sonnet-5-5", "claude-sonnet-5-5", "claude-opus-5-5", "claude-opus-5-5"].map(
        (model) => ({ model, ...expected }),
      ),
    );
    expect(server.messages()[0]?.headers).toMatchObject({
      "x-portkey-api-key": key,
      "x-portkey-virtual-key": virtual,
      "x-portkey-provider": "anthropic",
    });
  });

  test("image as base64", async () => {
    const { server, perform } = await started();
    await portkey.describeImage(perform, jpeg());
    const image = {
      type: "image",
      source: { type: "base64", media_type: "image/jpeg", data: jpeg().toString("base64") },
    };
    const text = { type: "text", text: "What's in this image?" };
    const system = "You are a helpful assistant who describes images.";
    expect(server.messages().map(({ body }) => body)).toMatchObject([
      { system, max_tokens: 300, messages: [{ role: "user", content: [image, text] }] },
      { system, max_tokens: 300, messages: [{ role: "user", content: [text, image] }] },
    ]);
  });

  test("prompt caching", async () => {
    const { server, perform } = await started();
    await portkey.cachePrompt(perform, "Long rules.");
    expect(server.messages().map(({ body }) => body)).toMatchObject([
      { system: "Long rules.", cache_control: { type: "ephemeral" } },
      { system: [{ type: "text", text: "Long rules.", cache_control: { type: "ephemeral" } }] },
    ]);
  });

  test("system prompt in messages", async () => {
    const { server, perform } = await started();
    await portkey.systemInMessages(perform);
    const [chat, completion] = server.messages().map(({ body }) => body);
    expect(chat).toMatchObject({
      system: "Your system prompt",
      messages: [{ role: "user", content: "Say this is a test" }],
    });
    expect(completion).toEqual(chat);
  });

  test("trace ID and metadata", async () => {
    const { server, perform } = await started();
    await portkey.trace(perform, "execution-1");
    expect(server.messages()[0]?.headers).toMatchObject({
      "x-portkey-trace-id": "execution-1",
      "x-portkey-metadata": '{"_user":"user-1","flow":"orders"}',
      "x-portkey-api-key": key,
    });
  });
});
