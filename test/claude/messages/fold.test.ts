/** The official SDK folds the same events into the same Message. */
import { Readable } from "node:stream";
import Anthropic from "@anthropic-ai/sdk";
import type { Message, RawMessageStreamEvent } from "@anthropic-ai/sdk/resources/messages";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MessageFold } from "../../../src/claude/messages/fold";
import { soundMessage } from "../../../src/claude/messages/sound";
import type { ResponseBody } from "../../../src/client/body";
import { readEvents } from "../../../src/client/events";
import { jsonData } from "../../support/anything";
import { run } from "../../support/component";
import { runs } from "../../support/runs";
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
  "each kind of result of a server tool": [
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
  "several tools, their inputs in pieces, between texts and thoughts": [
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
      ...[...'{"code": "print(\\"ü\\\\n\\")"}'].map((piece) => ({
        type: "input_json_delta",
        partial_json: piece,
      })),
    ),
    ...block(
      3,
      { type: "tool_use", id: "toolu_1", name: "b", input: {}, caller: { type: "direct" } },
      { type: "input_json_delta", partial_json: '{"a": {"b": [[], {}, "\\u00fc"]}}' },
    ),
    ...stop,
  ],
  "nothing but its frame": [start, ...stop],
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

test.each(Object.entries(streams))("%s, as Chat reads it", async (_, events) => {
  const server = await startServer({
    headers: { "content-type": "text/event-stream" },
    body: eventStream(events as { type: string }[]),
  });
  const { content, stop_reason } = await run("chat", server, { initialMessage: "Hello" });
  const message = stored(await theirs(events));
  expect({ content, stop_reason }).toEqual({
    content: message.content,
    stop_reason: message.stop_reason,
  });
});

test("any text, in any pieces", async () => {
  const unit = fc.oneof(
    fc.constantFrom('"', "\\", "\n", "}", "}}", '"}}', "\u2028", "🙂", "\u0000", "\ud800", "  "),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(unit, { minLength: 1, maxLength: 12 }), async (pieces) => {
      const deltas = pieces.map((text) => ({ type: "text_delta", text }));
      const events = [start, ...block(0, { type: "text", text: "" }, ...deltas), ...stop];
      const server = await startServer({
        headers: { "content-type": "text/event-stream" },
        body: eventStream(events as { type: string }[]).replaceAll('"}}\n', '"}   }\n'),
      });
      const { text } = await run("chat", server, { initialMessage: "Hello" });
      expect(text).toBe(pieces.join(""));
    }),
    { numRuns: 200 },
  );
});

test.each(Object.entries(streams))("%s, split at every byte", async (_, events) => {
  const bytes = Buffer.from(eventStream(events as { type: string }[]));
  const expected = stored(ours(events));
  const fold = async (pieces: Buffer[]) => {
    const folded = new MessageFold();
    const body = {
      pieces: Readable.from(pieces),
      alive: () => undefined,
    } as unknown as ResponseBody;
    await readEvents(body, (data) => folded.add(JSON.parse(data)));
    folded.end();
    return stored(folded.message);
  };
  for (let at = 1; at < bytes.length; at++) {
    expect(await fold([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(expected);
  }
  expect(await fold([...bytes].map((byte) => Buffer.of(byte)))).toEqual(expected);
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

describe("a stream that begins anew", () => {
  const [first, ...rest] = textEvents("Once upon a time.");
  const chat = async (events: object[]) => {
    const server = await startServer({
      headers: { "content-type": "text/event-stream" },
      body: eventStream(events as { type: string }[]),
    });
    const requestOptions = { maxRetries: "0" };
    return run("chat", server, { initialMessage: "Hello", requestOptions });
  };

  test("in the midst of its answer is an error, never a text told twice", async () => {
    const events = [first, ...rest.slice(0, 4), first, ...rest] as object[];
    await expect(chat(events)).rejects.toThrow("The answer begins anew in its midst.");
  });

  test("before anything was said is whole", async () => {
    expect((await chat([first, first, ...rest] as object[])).text).toBe("Once upon a time.");
  });

  test("after its end has ended", async () => {
    const events = [first, ...rest] as object[];
    expect((await chat([...events, ...events])).text).toBe("Once upon a time.");
    expect((await chat([...events.slice(0, -1), ...events])).text).toBe("Once upon a time.");
  });
});

describe("hosts that only resemble Anthropic's", () => {
  const delta = (index: number, piece: object) => ({
    type: "content_block_delta",
    index,
    delta: piece,
  });

  test("may send pieces without text: nothing is made of them", () => {
    const pieces = ["text", "thinking"].flatMap((kind, index) => [
      delta(index, { type: `${kind}_delta`, [kind]: "a" }),
      delta(index, { type: `${kind}_delta` }),
      delta(index, { type: `${kind}_delta`, [kind]: { b: 1 } }),
      delta(index, { type: `${kind}_delta`, [kind]: "c" }),
    ]);
    expect(ours([start, ...pieces])?.content).toEqual([
      { type: "text", text: "ac" },
      { type: "thinking", thinking: "ac", signature: "" },
    ]);
  });

  test("may send an input whole with its block, and a piece of nothing after it", () => {
    const nothing = { type: "input_json_delta", partial_json: " " };
    const call = { type: "tool_use", id: "1", name: "a" };
    const events = [
      start,
      ...block(0, { ...call, input: { b: 1 } }, nothing),
      ...block(1, call, nothing),
    ];
    expect(ours(events)?.content).toEqual([
      { ...call, input: { b: 1 } },
      { ...call, input: {} },
    ]);
    // How some languages write an object without fields.
    for (const input of ["", [], null]) {
      const odd = [start, ...block(0, { ...call, input }, nothing)];
      expect(ours(odd)?.content).toEqual([{ ...call, input: {} }]);
    }
  });

  test("may begin with a content, or with a piece", () => {
    const begun = {
      ...start,
      message: { ...start.message, content: [{ type: "text", text: "A" }] },
    };
    expect(ours([begun])?.content).toEqual([{ type: "text", text: "A" }]);
    expect(ours([delta(0, { type: "text_delta", text: "B" })])?.content).toEqual([
      { type: "text", text: "B" },
    ]);
  });

  test("may tell late where code runs, and go on after the end", () => {
    const late = (container: unknown) => ({ type: "message_delta", delta: { container } });
    const stop = { type: "message_stop" };
    const place = { id: "c1", expires_at: "2026-11-21T10:00:00Z" };
    const events = [start, late(place), late(null), stop, late({ id: "c2" })];
    expect(ours(events as never)).toMatchObject({ container: place });
  });

  test("may send citations that are none: they are left out", () => {
    const citation = { type: "char_location", cited_text: "a" };
    const pieces = [undefined, citation, "a"].map((one) =>
      delta(0, { type: "citations_delta", citation: one }),
    );
    const text = delta(0, { type: "text_delta", text: "A" });
    expect(ours([start, text, ...pieces])?.content).toEqual([
      { type: "text", text: "A", citations: [citation] },
    ]);
  });

  test("may send pieces and blocks of odd kinds: they are no blocks", () => {
    const odd = ["constructor", "__proto__", 5].map((type) => delta(0, { type }));
    const blocks = block(1, { text: "no type" });
    const message = ours([start, ...odd, ...blocks]) as Message;
    expect(soundMessage(message)).toBe(1);
    expect(message.content).toEqual([]);
    expect(ours([start, ...block(1, null as never)])?.content).toEqual([]);
  });

  test("may end with a content of their own: what has come stays", () => {
    const ended = { type: "message_delta", delta: { content: 5, stop_reason: "end_turn" } };
    const odd = [
      { type: "message_delta", delta: "end", usage: "none" },
      delta(0, { type: "citations_delta", citation }),
    ];
    const text = block(0, { type: "text", text: "a", citations: 5 });
    const message = ours([start, ...text, ...odd, ended]);
    expect(message).toMatchObject({
      content: [{ type: "text", text: "a", citations: [citation] }],
      stop_reason: "end_turn",
    });
    expect(Object.keys(message ?? {})).not.toContain("0");
  });

  test("may send any events: a message of data, or an error of ours", () => {
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
          expect((error as Error).message).toBe("The answer begins anew in its midst.");
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

test("no order of events breaks it, and content stays without gaps", () => {
  // One that begins anew is refused.
  const events = Object.values(streams)
    .flat()
    .filter((event) => (event as { type: string }).type !== "message_start");
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...events), { maxLength: 40 }), (some) => {
      const content = ours([start, ...some])?.content ?? [];
      expect(content.every((part) => typeof part === "object")).toBe(true);
    }),
  );
});
