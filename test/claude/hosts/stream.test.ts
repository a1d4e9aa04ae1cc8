/** normalizeStream turns the events of any host into the order and types that Anthropic documents. */
import type { RawMessageStreamEvent } from "@anthropic-ai/sdk/resources/messages";
import { describe, expect, test } from "vitest";
import { normalizeStream } from "../../../src/claude/hosts/stream";

const normalized = (...events: object[]): object[] => {
  const emitted: object[] = [];
  const next = normalizeStream((event) => emitted.push(event));
  for (const event of events) next(event as RawMessageStreamEvent);
  return emitted;
};

const empty = { type: "message", role: "assistant", content: [] };
const start = { type: "message_start", message: { ...empty, id: "msg_1", stop_reason: null } };
const delta = (text: unknown, index = 0) => ({
  type: "content_block_delta",
  index,
  delta: { type: "text_delta", text },
});
const blockStart = {
  type: "content_block_start",
  index: 0,
  content_block: { type: "text", text: "" },
};

test("a stream in Anthropic's order is unchanged", () => {
  const events = [
    start,
    { type: "ping" },
    blockStart,
    delta("Hi."),
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } },
    { type: "message_stop" },
  ];
  expect(normalized(...events)).toEqual(events);
});

test("a delta without message_start and content_block_start gets both", () => {
  expect(normalized(delta("Hi."), delta(" Bye."))).toEqual([
    { type: "message_start", message: empty },
    blockStart,
    delta("Hi."),
    delta(" Bye."),
  ]);
});

test("a message_start after content becomes a message_delta", () => {
  const late = {
    type: "message_start",
    message: { ...empty, id: "msg_1", usage: { input_tokens: 3 } },
  };
  expect(normalized(delta("Hi."), late).at(-1)).toEqual({
    type: "message_delta",
    delta: { type: "message", role: "assistant", id: "msg_1" },
    usage: { input_tokens: 3 },
  });
});

test("a second message_start after the first is passed on", () => {
  expect(normalized(start, blockStart, start).at(-1)).toEqual(start);
});

test.each(["text", "search_result", undefined])("a block of type %s starts with a text", (type) => {
  const content_block = { type, text: [{}], thinking: 5 };
  expect(normalized(start, { ...blockStart, content_block }).at(-1)).toEqual({
    ...blockStart,
    content_block: { type, text: "", thinking: "5" },
  });
});

test.each([
  ["text_delta", "text", ""],
  ["thinking_delta", "thinking", ""],
  ["input_json_delta", "partial_json", "{}"],
  ["citations_delta", "citation", {}],
])("a %s with a value of another type is dropped", (type, key, valid) => {
  const content_block = { type: type.startsWith("input") ? "tool_use" : "text", text: "" };
  const started = { ...blockStart, content_block };
  const events = type === "thinking_delta" ? [start] : [start, started];
  const withValue = (value: unknown) => ({
    type: "content_block_delta",
    index: 0,
    delta: { type, [key]: value },
  });
  expect(normalized(...events, ...[5, null, undefined].map(withValue))).toEqual(events);
  expect(normalized(...events, withValue(valid)).at(-1)).toEqual(withValue(valid));
});

test.each(["text", "thinking"])("a %s block without a value starts empty", (type) => {
  const events = [start, { ...blockStart, content_block: { type } }];
  expect(normalized(...events)[1]).toEqual({ ...blockStart, content_block: { type, [type]: "" } });
});

describe("an input delta", () => {
  const input = (partial_json: string) => ({
    type: "content_block_delta",
    index: 0,
    delta: { type: "input_json_delta", partial_json },
  });
  const call = (id: string) => ({
    ...blockStart,
    content_block: { type: "tool_use", id, name: "a", input: {} },
  });
  const stop = { type: "content_block_stop", index: 0 };

  test.each([
    ["without a block", []],
    ["for a text block", [blockStart]],
    ["for a call that has ended", [call("1"), stop]],
  ])("%s is an error", (_, events) => {
    expect(() => normalized(start, ...events, input("{}"))).toThrow("input_without_call");
    expect(normalized(start, ...events, input(" "))).toEqual([start, ...events]);
  });

  test("belongs to the call that started twice", () => {
    expect(normalized(start, call("1"), call("1"), input("{}"))).toEqual([
      start,
      call("1"),
      input("{}"),
    ]);
  });

  test("belongs to the second of two calls with one index", () => {
    expect(normalized(start, call("1"), input("{}"), call("2"), input("{}"))).toEqual([
      start,
      call("1"),
      input("{}"),
      stop,
      { ...call("2"), index: 1 },
      { ...input("{}"), index: 1 },
    ]);
  });
});

test.each([
  [
    "text in a tool call",
    "tool_use",
    { type: "text_delta", text: "Hi." },
    { type: "text", text: "" },
  ],
  [
    "thinking in a text block",
    "text",
    { type: "thinking_delta", thinking: "Hm." },
    { type: "thinking", thinking: "" },
  ],
])("%s gets a block of its own", (_, type, delta, content_block) => {
  const other = { ...blockStart, content_block: { type, text: "" } };
  const event = { type: "content_block_delta", index: 0, delta };
  expect(normalized(start, other, event, event).slice(2)).toEqual([
    { ...blockStart, index: 1, content_block },
    { ...event, index: 1 },
    { ...event, index: 1 },
  ]);
});

test("a delta of an unknown kind belongs to its block, or to a new one of its kind", () => {
  const event = { type: "content_block_delta", index: 0, delta: { type: "note_delta", note: "a" } };
  expect(normalized(start, blockStart, event)).toEqual([start, blockStart, event]);
  expect(normalized(start, event)).toEqual([
    start,
    { ...blockStart, content_block: { type: "note" } },
    event,
  ]);
});

test.each([
  ["in message_start", { ...start, message: { ...start.message, stop_reason: "end_turn" } }, null],
  ["that is empty", { type: "message_delta", delta: { stop_reason: "" }, usage: {} }, undefined],
  [
    "of OpenAI",
    { type: "message_delta", delta: { stop_reason: "length" }, usage: {} },
    "max_tokens",
  ],
])("a stop reason %s", (_, event, expected) => {
  const last = normalized(start, event).at(-1) as { message?: object; delta?: object };
  expect(last.message ?? last.delta).toEqual(
    expect.objectContaining(expected === undefined ? {} : { stop_reason: expected }),
  );
  expect("stop_reason" in (last.message ?? last.delta ?? {})).toBe(expected !== undefined);
});

test("message_delta without delta and usage gets empty ones", () => {
  expect(normalized(start, { type: "message_delta" }).at(-1)).toEqual({
    type: "message_delta",
    delta: {},
    usage: {},
  });
});

test("events before the message starts are ignored", () => {
  expect(normalized({ type: "ping" }, { type: "message_stop" })).toEqual([]);
});
