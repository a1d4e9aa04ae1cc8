/** normalizeStream turns the events of any host into the order and types that Anthropic documents. */
import type { RawMessageStreamEvent } from "@anthropic-ai/sdk/resources/messages";
import { expect, test } from "vitest";
import { normalizeStream } from "../../../src/claude/hosts/stream";

const normalized = (...events: object[]): object[] => {
  const emitted: object[] = [];
  const next = normalizeStream((event) => emitted.push(event));
  for (const event of events) next(event as RawMessageStreamEvent);
  return emitted;
};

const empty = { type: "message", role: "assistant", content: [] };
const start = { type: "message_start", message: { ...empty, id: "msg_1" } };
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
  const events = [start, blockStart];
  const withValue = (value: unknown) => ({
    type: "content_block_delta",
    index: 0,
    delta: { type, [key]: value },
  });
  expect(normalized(...events, ...[5, null, undefined].map(withValue))).toEqual(events);
  expect(normalized(...events, withValue(valid))).toEqual([...events, withValue(valid)]);
});

test.each(["text", "thinking"])("a %s block without a value starts empty", (type) => {
  const events = [start, { ...blockStart, content_block: { type } }];
  expect(normalized(...events)[1]).toEqual({ ...blockStart, content_block: { type, [type]: "" } });
});

test("an input delta for a block that did not start is dropped", () => {
  const input = { type: "input_json_delta", partial_json: "{}" };
  expect(normalized(start, { type: "content_block_delta", index: 1, delta: input })).toEqual([
    start,
  ]);
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
