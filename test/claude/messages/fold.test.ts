/** The official SDK folds the same events into the same Message. */
import Anthropic from "@anthropic-ai/sdk";
import type { RawMessageStreamEvent } from "@anthropic-ai/sdk/resources/messages";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MessageFold } from "../../../src/claude/messages/fold";
import { eventStream, startServer, textEvents, textMessage } from "../../support/server";

const start = { type: "message_start", message: { ...textMessage(""), content: [] } };
const stop = [
  {
    type: "message_delta",
    delta: { stop_reason: "tool_use", stop_sequence: null, stop_details: null },
    usage: {
      output_tokens: 42,
      input_tokens: null,
      cache_read_input_tokens: 7,
      server_tool_use: { web_search_requests: 1, web_fetch_requests: 0 },
    },
  },
  { type: "message_stop" },
];
const block = (index: number, content_block: object, ...deltas: object[]) => [
  { type: "content_block_start", index, content_block },
  ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
  { type: "content_block_stop", index },
];
const citation = {
  type: "web_search_result_location",
  url: "https://a.example",
  title: "A",
  cited_text: "a",
};

const streams: Record<string, object[]> = {
  text: textEvents("Grüße, 世界 🙂, and more."),
  "thinking before text": [
    start,
    ...block(
      0,
      { type: "thinking", thinking: "", signature: "" },
      { type: "thinking_delta", thinking: "Let me " },
      { type: "thinking_delta", thinking: "see." },
      { type: "signature_delta", signature: "c2ln" },
    ),
    ...block(1, { type: "redacted_thinking", data: "ZGF0YQ==" }),
    ...block(2, { type: "text", text: "" }, { type: "text_delta", text: "Yes." }),
    ...stop,
  ],
  citations: [
    start,
    ...block(
      0,
      { type: "text", text: "", citations: [] },
      { type: "text_delta", text: "As A says" },
      { type: "citations_delta", citation },
      { type: "citations_delta", citation },
    ),
    ...block(1, { type: "text", text: "", citations: null }, { type: "text_delta", text: "." }),
    ...stop,
  ],
  "tool use": [
    start,
    ...block(
      0,
      { type: "tool_use", id: "toolu_1", name: "a", input: {} },
      { type: "input_json_delta", partial_json: "" },
      { type: "input_json_delta", partial_json: '{"city": "Par' },
      { type: "input_json_delta", partial_json: 'is", "n": [1, 2.5e3, null, true]}' },
    ),
    ...block(1, { type: "tool_use", id: "toolu_2", name: "b", input: {} }),
    ...stop,
  ],
  "server tools and their results": [
    start,
    ...block(
      0,
      { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} },
      { type: "input_json_delta", partial_json: '{"query":"x"}' },
    ),
    ...block(1, { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] }),
    ...block(2, { type: "text", text: "" }, { type: "text_delta", text: "Found." }),
    ...stop,
  ],
  "events of unknown kinds": [
    start,
    { type: "ping" },
    { type: "weather", sunny: true },
    ...block(0, { type: "text", text: "" }, { type: "text_delta", text: "Hi." }),
    ...block(1, { type: "hologram", shape: "cube" }),
    ...stop,
  ],
};

const ours = (events: object[]) => {
  const fold = new MessageFold();
  for (const event of structuredClone(events)) fold.add(event as RawMessageStreamEvent);
  fold.end();
  return fold.message;
};

const theirs = async (events: object[]) => {
  const server = await startServer({
    headers: { "content-type": "text/event-stream" },
    body: eventStream(events as { type: string }[]),
  });
  const sdk = new Anthropic({ apiKey: "k", baseURL: server.url, maxRetries: 0 });
  return sdk.messages.stream({ model: "m", max_tokens: 1, messages: [] }).finalMessage();
};

/** The SDK adds helpers of its own to what it folds: what counts is what would be stored. */
const stored = (message: unknown) => {
  const { _request_id, parsed_output, ...rest } = JSON.parse(JSON.stringify(message));
  return {
    ...rest,
    content: rest.content.map(({ parsed, ...content }: Record<string, unknown>) => content),
  };
};

test.each(Object.entries(streams))("%s", async (_, events) => {
  expect(stored(ours(events))).toEqual(stored(await theirs(events)));
});

describe("a stream cut short", () => {
  test("leaves what has come, tool inputs as far as they go", () => {
    const events = streams["tool use"]?.slice(0, 4) ?? [];
    expect(ours(events)?.content).toEqual([
      { type: "tool_use", id: "toolu_1", name: "a", input: { city: "Par" } },
    ]);
  });

  test("keeps a tool input that is no JSON as the text it is", () => {
    const delta = { type: "input_json_delta", partial_json: "nope" };
    const events = [start, ...block(0, { type: "tool_use", id: "1", name: "a", input: {} }, delta)];
    expect(ours(events)?.content).toMatchObject([{ input: "nope" }]);
  });

  test("before its start is no message", () => {
    expect(ours([])).toBeUndefined();
    expect(ours(stop)).toBeUndefined();
  });
});

test("no order of events breaks it, and content stays without gaps", () => {
  const events = Object.values(streams).flat();
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...events), { maxLength: 40 }), (some) => {
      const content = ours(some)?.content ?? [];
      expect(content.every((part) => typeof part === "object")).toBe(true);
    }),
  );
});
