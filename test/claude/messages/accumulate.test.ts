/** MessageAccumulator, behind normalizeStream, builds the same Message from stream events as the official SDK. */
import { Readable } from "node:stream";
import Anthropic from "@anthropic-ai/sdk";
import type { Message, RawMessageStreamEvent } from "@anthropic-ai/sdk/resources/messages";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normalizeMessage } from "../../../src/claude/hosts/message";
import { normalizeStream } from "../../../src/claude/hosts/stream";
import { MessageAccumulator } from "../../../src/claude/messages/accumulate";
import type { ResponseBody } from "../../../src/client/body";
import { readEvents } from "../../../src/client/events";
import type { Failure } from "../../../src/client/failure";
import { jsonData } from "../../support/arbitraries";
import { run } from "../../support/component";
import { runs } from "../../support/propertyRuns";
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
  "each type of server tool result": [
    start,
    ...[
      {
        type: "web_fetch_tool_result",
        tool_use_id: "srvtoolu_1",
        content: { type: "web_fetch_result", url: "https://a.example" },
      },
      {
        type: "web_search_tool_result",
        tool_use_id: "srvtoolu_2",
        content: { type: "web_search_tool_result_error", error_code: "unavailable" },
      },
      {
        type: "code_execution_tool_result",
        tool_use_id: "srvtoolu_3",
        content: {
          type: "code_execution_result",
          stdout: "1",
          stderr: "",
          return_code: 0,
          content: [],
        },
      },
      {
        type: "bash_code_execution_tool_result",
        tool_use_id: "srvtoolu_4",
        content: {
          type: "bash_code_execution_result",
          content: [{ type: "bash_code_execution_output", file_id: "file_1" }],
        },
      },
      {
        type: "text_editor_code_execution_tool_result",
        tool_use_id: "srvtoolu_5",
        content: { type: "text_editor_code_execution_view_result", content: "a" },
      },
      {
        type: "tool_search_tool_result",
        tool_use_id: "srvtoolu_6",
        content: { type: "tool_search_tool_search_result", tool_references: [] },
      },
      { type: "container_upload", file_id: "file_2" },
    ].flatMap((result, index) => block(index, result)),
    ...stop,
  ],
  "tool inputs in many chunks, between text and thinking": [
    start,
    ...block(
      0,
      { type: "thinking", thinking: "", signature: "" },
      { type: "signature_delta", signature: "YQ==" },
    ),
    ...block(1, { type: "text", text: "" }, { type: "text_delta", text: "I look it up: " }),
    ...block(
      2,
      { type: "server_tool_use", id: "srvtoolu_1", name: "code_execution", input: {} },
      ...[...'{"code": "print(\\"ü\\\\n\\")"}'].map((chunk) => ({
        type: "input_json_delta",
        partial_json: chunk,
      })),
    ),
    ...block(
      3,
      { type: "tool_use", id: "toolu_1", name: "b", input: {}, caller: { type: "direct" } },
      { type: "input_json_delta", partial_json: '{"a": {"b": [[], {}, "\\u00fc"]}}' },
    ),
    ...stop,
  ],
  "no content": [start, ...stop],
  "a refusal": [
    start,
    {
      type: "message_delta",
      delta: {
        stop_reason: "refusal",
        stop_sequence: null,
        stop_details: { type: "refusal", category: "cyber", explanation: "No." },
      },
      usage: { output_tokens: 0 },
    },
    { type: "message_stop" },
  ],
  "events and blocks of unknown types": [
    start,
    { type: "ping" },
    { type: "weather", sunny: true },
    ...block(0, { type: "text", text: "" }, { type: "text_delta", text: "Hi." }),
    ...block(1, { type: "hologram", shape: "cube" }),
    ...stop,
  ],
};

const ours = (events: object[]) => {
  const accumulator = new MessageAccumulator();
  const next = normalizeStream((event) => accumulator.add(event));
  for (const event of structuredClone(events)) next(event as RawMessageStreamEvent);
  accumulator.end();
  return accumulator.message;
};

const theirs = async (events: object[]) => {
  const server = await startServer({
    headers: { "content-type": "text/event-stream" },
    body: eventStream(events as { type: string }[]),
  });
  const sdk = new Anthropic({ apiKey: "k", baseURL: server.url, maxRetries: 0 });
  return sdk.messages.stream({ model: "m", max_tokens: 1, messages: [] }).finalMessage();
};

/** A message as JSON, without the fields that the SDK adds. */
const asJson = (message: unknown) => {
  const { _request_id, parsed_output, ...rest } = JSON.parse(JSON.stringify(message));
  return {
    ...rest,
    content: rest.content.map(({ parsed, ...content }: Record<string, unknown>) => content),
  };
};

test.each(Object.entries(streams))("matches the SDK: %s", async (_, events) => {
  expect(asJson(ours(events))).toEqual(asJson(await theirs(events)));
});

test.each(Object.entries(streams))("Chat matches the SDK: %s", async (_, events) => {
  const server = await startServer({
    headers: { "content-type": "text/event-stream" },
    body: eventStream(events as { type: string }[]),
  });
  const { content, stop_reason } = await run("chat", server, { initialMessage: "Hello" });
  const message = asJson(await theirs(events));
  expect({ content, stop_reason }).toEqual({
    content: message.content,
    stop_reason: message.stop_reason,
  });
});

test("Chat returns any text from any text deltas", async () => {
  const unit = fc.oneof(
    fc.constantFrom('"', "\\", "\n", "}", "}}", '"}}', "\u2028", "🙂", "\u0000", "\ud800", "  "),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(unit, { minLength: 1, maxLength: 12 }), async (chunks) => {
      const deltas = chunks.map((text) => ({ type: "text_delta", text }));
      const events = [start, ...block(0, { type: "text", text: "" }, ...deltas), ...stop];
      const server = await startServer({
        headers: { "content-type": "text/event-stream" },
        body: eventStream(events as { type: string }[]).replaceAll('"}}\n', '"}   }\n'),
      });
      const { text } = await run("chat", server, { initialMessage: "Hello" });
      expect(text).toBe(chunks.join(""));
    }),
    { numRuns: 200 },
  );
});

test.each(Object.entries(streams))("split at every byte: %s", async (_, events) => {
  const bytes = Buffer.from(eventStream(events as { type: string }[]));
  const expected = asJson(ours(events));
  const accumulate = async (chunks: Buffer[]) => {
    const accumulator = new MessageAccumulator();
    const next = normalizeStream((event) => accumulator.add(event));
    const body = {
      chunks: Readable.from(chunks),
      resetStallTimer: () => undefined,
    } as unknown as ResponseBody;
    await readEvents(body, (data) => next(JSON.parse(data)));
    accumulator.end();
    return asJson(accumulator.message);
  };
  for (let at = 1; at < bytes.length; at++) {
    expect(await accumulate([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(expected);
  }
  expect(await accumulate([...bytes].map((byte) => Buffer.of(byte)))).toEqual(expected);
});

describe("an incomplete stream", () => {
  test("keeps what has arrived, an incomplete tool input as text", () => {
    const events = streams["tool use"]?.slice(0, 4) ?? [];
    expect(ours(events)?.content).toEqual([
      { type: "tool_use", id: "toolu_1", name: "a", input: '{"city": "Par' },
    ]);
  });

  test("keeps a tool input that is not valid JSON as text", () => {
    const delta = { type: "input_json_delta", partial_json: "nope" };
    const events = [start, ...block(0, { type: "tool_use", id: "1", name: "a", input: {} }, delta)];
    expect(ours(events)?.content).toMatchObject([{ input: "nope" }]);
  });

  test("without message_start is no message", () => {
    expect(ours([])).toBeUndefined();
    expect(ours(stop)).toBeUndefined();
  });
});

describe("a second message_start", () => {
  const [first, ...rest] = textEvents("Once upon a time.");
  const chat = async (events: object[]) => {
    const server = await startServer({
      headers: { "content-type": "text/event-stream" },
      body: eventStream(events as { type: string }[]),
    });
    const requestOptions = { maxRetries: "0" };
    return run("chat", server, { initialMessage: "Hello", requestOptions });
  };

  test("after content is an error", async () => {
    const events = [first, ...rest.slice(0, 4), first, ...rest] as object[];
    await expect(chat(events)).rejects.toThrow("The response restarted before its end.");
  });

  test("before any content is ignored", async () => {
    expect((await chat([first, first, ...rest] as object[])).text).toBe("Once upon a time.");
  });

  test("after the end of the message is ignored", async () => {
    const events = [first, ...rest] as object[];
    expect((await chat([...events, ...events])).text).toBe("Once upon a time.");
    expect((await chat([...events.slice(0, -1), ...events])).text).toBe("Once upon a time.");
  });
});

describe("hosts that deviate from Anthropic's format", () => {
  const normalized = (events: object[]) => {
    const message = ours(events) as Message;
    normalizeMessage(message);
    return message.content;
  };

  const delta = (index: number, content: object) => ({
    type: "content_block_delta",
    index,
    delta: content,
  });

  test("deltas without text are ignored", () => {
    const deltas = ["text", "thinking"].flatMap((kind, index) => [
      delta(index, { type: `${kind}_delta`, [kind]: "a" }),
      delta(index, { type: `${kind}_delta` }),
      delta(index, { type: `${kind}_delta`, [kind]: { b: 1 } }),
      delta(index, { type: `${kind}_delta`, [kind]: "c" }),
    ]);
    expect(ours([start, ...deltas])?.content).toEqual([
      { type: "text", text: "ac" },
      { type: "thinking", thinking: "ac" },
    ]);
  });

  test("a tool input in content_block_start is kept when blank deltas follow, also as JSON text", () => {
    const blank = { type: "input_json_delta", partial_json: " " };
    const call = { type: "tool_use", id: "1", name: "a" };
    const events = [
      start,
      ...block(0, { ...call, input: { b: 1 } }, blank),
      ...block(1, call, blank),
    ];
    expect(normalized(events)).toEqual([
      { ...call, input: { b: 1 } },
      { ...call, input: {} },
    ]);
    // Some languages serialize an empty object like this.
    for (const input of ["", [], null]) {
      expect(normalized([start, ...block(0, { ...call, input }, blank)])).toEqual([
        { ...call, input: {} },
      ]);
    }
    expect(normalized([start, ...block(0, { ...call, input: '{"b":1}' }, blank)])).toEqual([
      { ...call, input: { b: 1 } },
    ]);
  });

  test("content in message_start and deltas without content_block_start are kept", () => {
    const withContent = {
      ...start,
      message: { ...start.message, content: [{ type: "text", text: "A" }] },
    };
    expect(ours([withContent])?.content).toEqual([{ type: "text", text: "A" }]);
    expect(ours([delta(0, { type: "text_delta", text: "B" })])?.content).toEqual([
      { type: "text", text: "B" },
    ]);
  });

  test("container in message_delta is kept, and events after message_stop are ignored", () => {
    const late = (container: unknown) => ({ type: "message_delta", delta: { container } });
    const stop = { type: "message_stop" };
    const container = { id: "c1", expires_at: "2026-11-21T10:00:00Z" };
    const events = [start, late(container), late(null), stop, late({ id: "c2" })];
    expect(ours(events as never)).toMatchObject({ container });
  });

  test("invalid citations are left out", () => {
    const citation = { type: "char_location", cited_text: "a" };
    const citations = [undefined, citation, "a"].map((one) =>
      delta(0, { type: "citations_delta", citation: one }),
    );
    const text = delta(0, { type: "text_delta", text: "A" });
    expect(ours([start, text, ...citations])?.content).toEqual([
      { type: "text", text: "A", citations: [citation] },
    ]);
  });

  test("deltas and blocks of invalid types are left out", () => {
    const invalid = ["constructor", "__proto__", "_delta", 5].map((type) => delta(0, { type }));
    const blocks = block(1, { text: "no type" });
    const message = ours([start, ...invalid, ...blocks]) as Message;
    expect(normalizeMessage(message)).toBe(1);
    expect(message.content).toEqual([]);
    expect(ours([start, ...block(1, null as never)])?.content).toEqual([]);
  });

  test("content and unknown fields in message_delta do not replace the message", () => {
    const ended = { type: "message_delta", delta: { content: 5, stop_reason: "end_turn" } };
    const invalid = [
      { type: "message_delta", delta: "end", usage: "none" },
      delta(0, { type: "citations_delta", citation }),
    ];
    const text = block(0, { type: "text", text: "a", citations: 5 });
    const message = ours([start, ...text, ...invalid, ended]);
    expect(message).toMatchObject({
      content: [{ type: "text", text: "a", citations: [citation] }],
      stop_reason: "end_turn",
    });
    expect(Object.keys(message ?? {})).not.toContain("0");
  });

  test("any events give JSON data, or the error of a broken stream", () => {
    const part = fc.oneof(
      fc.constantFrom("text_delta", "thinking_delta", "input_json_delta", "citations_delta"),
      fc.constantFrom("text", "tool_use", "constructor", "__proto__", "toString"),
      jsonData,
    );
    const fields = ["type", "text", "thinking", "partial_json", "citation", "content", "input"];
    const thing = fc.oneof(
      fc.record(Object.fromEntries(fields.map((name) => [name, part])), { requiredKeys: [] }),
      jsonData,
    );
    const kinds = ["start", "delta", "stop"].flatMap((kind) => [
      `message_${kind}`,
      `content_block_${kind}`,
    ]);
    const event = fc.record(
      {
        type: fc.constantFrom(...kinds),
        index: fc.oneof(fc.nat(2), jsonData),
        message: thing,
        content_block: thing,
        delta: thing,
        usage: thing,
      },
      { requiredKeys: ["type"] },
    );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        let message: unknown;
        try {
          message = ours(events);
        } catch (error) {
          expect(["stream_restarted", "input_without_call"]).toContain(
            (error as Failure).reason.code,
          );
          return;
        }
        const json = JSON.stringify(message) ?? "null";
        expect(JSON.parse(json)).toEqual(message ?? null);
        expect(json).not.toMatch(/\[object |undefined/);
      }),
      runs(500),
    );
  });
});

test("events in any order give content without gaps", () => {
  // A second message_start is an error.
  const events = Object.values(streams)
    .flat()
    .filter((event) => (event as { type: string }).type !== "message_start");
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...events), { maxLength: 40 }), (some) => {
      let content: unknown[] = [];
      try {
        content = ours([start, ...some])?.content ?? [];
      } catch (error) {
        expect((error as Failure).reason).toEqual({ code: "input_without_call" });
      }
      expect(content.every((part) => typeof part === "object")).toBe(true);
    }),
  );
});
