/** Random calls through the connector and the official SDK: both send the same request and return the same message. */
import Anthropic from "@anthropic-ai/sdk";
import fc from "fast-check";
import { expect, test } from "vitest";
import { run } from "./support/component";
import { modelWith } from "./support/models";
import { runs } from "./support/propertyRuns";
import { eventStream, type Received, startServer, textMessage } from "./support/server";

const times = runs(300);

const text = fc.string({ unit: "grapheme", minLength: 1 }).filter((value) => value.trim() !== "");
const name = fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/);

/** Inputs of Chat, and the equivalent parameters of the SDK. */
const call = fc
  .record(
    {
      message: text,
      system: text,
      maxTokens: fc.integer({ min: 1, max: 64_000 }),
      stops: fc.array(text, { minLength: 1, maxLength: 3 }),
      // An email address is sent as its hash.
      userId: text.filter((id) => !id.includes("@")),
      tier: fc.constantFrom("auto", "standard_only"),
      effort: fc.constantFrom("low", "medium", "high", "xhigh", "max"),
      thinking: fc.constantFrom("adaptive"),
      cache: fc.constantFrom("5m", "1h"),
      before: fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 3 }),
      tools: fc.uniqueArray(fc.record({ name, description: text }), {
        selector: ({ name }) => name,
        minLength: 1,
        maxLength: 3,
      }),
      parallel: fc.boolean(),
      extra: fc.record({ inference_geo: fc.constantFrom("us", "global") }),
    },
    { requiredKeys: ["message", "maxTokens"] },
  )
  .map((given) => {
    const tools = given.tools?.map((tool) => ({
      ...tool,
      input_schema: { type: "object" as const, properties: {} },
    }));
    const turns = (given.before ?? []).flatMap(([prompt, reply]) => [
      { role: "user" as const, content: prompt },
      { role: "assistant" as const, content: reply },
    ]);
    const one = given.parallel === false && tools !== undefined;
    return {
      inputs: {
        initialMessage: given.message,
        systemPrompt: given.system,
        maxTokens: String(given.maxTokens),
        conversation: turns,
        reasoning: { thinking: given.thinking, effort: given.effort },
        output: { stopSequences: given.stops },
        tools: { definitions: tools, parallel: given.parallel ?? true },
        caching: { cache: given.cache ?? "off" },
        requestOptions: {
          metadataUserId: given.userId,
          serviceTier: given.tier,
          extraParameters: given.extra,
        },
      },
      params: {
        model: "claude-sonnet-5-5",
        max_tokens: given.maxTokens,
        messages: [...turns, { role: "user" as const, content: given.message }],
        ...(given.system && { system: given.system }),
        ...(given.thinking && { thinking: { type: "adaptive" as const } }),
        ...(given.effort && { output_config: { effort: given.effort } }),
        ...(tools && { tools }),
        ...(one && { tool_choice: { type: "auto" as const, disable_parallel_tool_use: true } }),
        ...(given.cache && {
          cache_control: {
            type: "ephemeral" as const,
            ...(given.cache === "1h" && { ttl: "1h" as const }),
          },
        }),
        ...(given.stops && { stop_sequences: given.stops }),
        ...(given.userId && { metadata: { user_id: given.userId } }),
        ...(given.tier && { service_tier: given.tier }),
        ...given.extra,
      },
    };
  });

const chunksOf = (text: string, points: number[]) => {
  const sorted = [0, ...points.map((point) => point % (text.length + 1)).sort((a, b) => a - b)];
  return sorted.map((start, index) => text.slice(start, sorted[index + 1] ?? text.length));
};

const points = fc.array(fc.nat(200), { maxLength: 5 });

/** The events of a content block, with deltas of any size. */
const block = fc.oneof(
  fc.record({ text: fc.string({ unit: "grapheme" }), points }).map(({ text, points }) => ({
    start: { type: "text", text: "" },
    deltas: chunksOf(text, points).map((text) => ({ type: "text_delta", text })),
  })),
  fc.record({ text: fc.string(), points, signature: fc.base64String() }).map((given) => ({
    start: { type: "thinking", thinking: "", signature: "" },
    deltas: [
      ...chunksOf(given.text, given.points).map((thinking) => ({
        type: "thinking_delta",
        thinking,
      })),
      { type: "signature_delta", signature: given.signature },
    ],
  })),
  fc
    .record({ input: fc.dictionary(fc.string(), fc.jsonValue()), points, id: name, name })
    .map(({ input, points, id, name }) => ({
      start: { type: "tool_use", id, name, input: {} },
      deltas: chunksOf(JSON.stringify(input), points).map((partial_json) => ({
        type: "input_json_delta",
        partial_json,
      })),
    })),
);

const response = fc
  .record({
    blocks: fc.array(block, { maxLength: 5 }),
    stop: fc.constantFrom("end_turn", "tool_use", "stop_sequence"),
    input: fc.nat(100_000),
    output: fc.nat(10_000),
  })
  .map(({ blocks, stop, input, output }) =>
    eventStream([
      {
        type: "message_start",
        message: {
          ...textMessage(""),
          content: [],
          stop_reason: null,
          usage: { input_tokens: input, output_tokens: 1 },
        },
      },
      ...blocks.flatMap(({ start, deltas }, index) => [
        { type: "content_block_start", index, content_block: start },
        ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
        { type: "content_block_stop", index },
      ]),
      {
        type: "message_delta",
        delta: { stop_reason: stop, stop_sequence: null },
        usage: { output_tokens: output },
      },
      { type: "message_stop" },
    ] as { type: string }[]),
  );

test("Chat sends the same request as the SDK and returns the same message", async () => {
  let body = "";
  const server = await startServer(({ path }, response) => {
    const isModelInfo = path.startsWith("/v1/models/");
    response.writeHead(200, {
      "content-type": isModelInfo ? "application/json" : "text/event-stream",
    });
    response.end(isModelInfo ? JSON.stringify(modelWith()) : body);
  });
  const sdk = new Anthropic({ apiKey: "sk-ant-x", baseURL: server.url, maxRetries: 0 });
  const sent = () =>
    server.requests.filter(({ path }) => path === "/v1/messages").map(({ json }: Received) => json);
  await fc.assert(
    fc.asyncProperty(call, response, async ({ inputs, params }, events) => {
      server.requests.length = 0;
      body = events;
      const theirs = await sdk.messages.stream(params).finalMessage();
      const ours = await run("chat", server, inputs);
      const [theirRequest, ourRequest, ...more] = sent();
      expect(more).toEqual([]);
      expect(ourRequest).toEqual(theirRequest);
      // Properties that the SDK adds to a message.
      const plain = JSON.stringify(theirs, (key, part) =>
        /^_*parsed/.test(key) ? undefined : part,
      );
      const { usage, ...message } = JSON.parse(plain);
      expect(ours).toMatchObject(message);
      expect(ours.usage).toMatchObject(usage);
    }),
    times,
  );
}, 120_000);
