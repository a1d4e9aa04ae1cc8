/** Messages of hosts that only resemble Anthropic's. */
import type { Message } from "@anthropic-ai/sdk/resources/messages";
import fc from "fast-check";
import { expect, test } from "vitest";
import { toResult } from "../../../src/claude/messages/result";
import { soundMessage } from "../../../src/claude/messages/sound";
import { jsonData, oddPart, withFields } from "../../support/anything";
import { runs } from "../../support/runs";
import { textMessage } from "../../support/server";

const sound = (given: object): Message => {
  const message = structuredClone(given) as Message;
  soundMessage(message);
  return message;
};

const whole = {
  ...textMessage("Hello"),
  content: [
    { type: "text", text: "Hello", citations: [] },
    { type: "thinking", thinking: "Hm.", signature: "s" },
    { type: "tool_use", id: "1", name: "a", input: { b: 1 } },
  ],
  stop_details: { type: "refusal", category: null, explanation: "No." },
  container: { id: "c", expires_at: "2026-11-21T10:00:00Z" },
  usage: {
    input_tokens: 1,
    output_tokens: 2,
    cache_creation: { ephemeral_1h_input_tokens: 3 },
    server_tool_use: null,
    service_tier: "standard",
  },
  more: { x: 1 },
};

test("a Message as Anthropic sends it stays as it is", () => {
  expect(sound(whole)).toEqual(whole);
});

test("what is of another type counts as left out", () => {
  const odd = { toString: 1 };
  const message = {
    type: "message",
    id: odd,
    model: odd,
    stop_reason: odd,
    stop_details: { explanation: odd },
    container: { id: odd },
    content: [
      { type: "text", text: "Hi", citations: "none" },
      { type: "thinking", thinking: odd, signature: odd },
      { type: "tool_use", id: odd, name: odd },
      { type: "constructor", text: odd },
    ],
    usage: {
      input_tokens: "many",
      output_tokens: 2,
      cache_creation: 5,
      server_tool_use: { web_search_requests: odd },
    },
  };
  expect(sound(message)).toEqual({
    type: "message",
    stop_details: {},
    content: [
      { type: "text", text: "Hi" },
      { type: "thinking" },
      { type: "tool_use", name: "", input: {} },
      { type: "constructor", text: odd },
    ],
    usage: { output_tokens: 2, server_tool_use: {} },
  });
});

test("numbers that are texts, and texts that are numbers, are read as what they should be", () => {
  const message = {
    id: 7,
    content: [
      { type: "text", text: 5 },
      { type: "tool_use", id: 3, name: "a", input: {} },
    ],
    usage: { input_tokens: "12", output_tokens: "0x1" },
  };
  expect(sound(message)).toEqual({
    id: "7",
    content: [
      { type: "text", text: "5" },
      { type: "tool_use", id: "3", name: "a", input: {} },
    ],
    usage: { input_tokens: 12 },
  });
});

test("parts of the content that are no blocks are left out, and counted", () => {
  const blocks = [{ type: "text", text: "Hi" }, { type: "text", text: null }, { type: "text" }];
  const others = [
    null,
    5,
    [],
    { text: "Ho" },
    { type: 1 },
    { type: "text", text: { value: "Ho" } },
  ];
  const message = { content: [...others, ...blocks] } as unknown as Message;
  expect(soundMessage(message)).toBe(others.length);
  expect(message.content).toEqual(blocks);
});

test("less than nothing is no count", () => {
  expect(sound({ content: [], usage: { input_tokens: -1, output_tokens: 0 } })).toEqual({
    content: [],
    usage: { output_tokens: 0 },
  });
});

test("a usage that is none is left out", () => {
  expect(sound({ content: [], usage: "none" })).toEqual({ content: [] });
  expect(sound({ content: [], usage: null })).toEqual({ content: [], usage: null });
});

test("any Message is shaped into a result of data", () => {
  const block = fc
    .tuple(
      fc.constantFrom("text", "thinking", "tool_use", "server_tool_use", "constructor"),
      withFields(["text", "thinking", "signature", "citations", "id", "name", "input", "file_id"]),
    )
    .map(([type, rest]) => ({ ...rest, type }));
  const usage = withFields(["input_tokens", "output_tokens", "cache_creation", "server_tool_use"]);
  const message = fc
    .tuple(
      withFields(["id", "model", "stop_reason", "stop_details", "container", "text", "toolCalls"]),
      fc.array(fc.oneof(block, jsonData), { maxLength: 4 }),
      fc.oneof(usage, oddPart),
      fc.constantFrom("end_turn", "max_tokens", "refusal", "tool_use", "pause_turn", undefined),
    )
    .map(([rest, content, usage, stop]) => ({
      ...rest,
      ...(stop && { stop_reason: stop }),
      content,
      usage,
    }));
  fc.assert(
    fc.property(message, (given) => {
      const read = sound(given);
      expect(sound(read)).toEqual(read);
      const answer = { message: read, cutOff: false, usages: [read.usage], leftOut: 0 };
      const { result, shortfall } = toResult(
        { data: answer, headers: {}, requestId: null, attempts: 1 },
        { messages: [], max_tokens: 5 },
      );
      const json = JSON.stringify(result);
      expect(JSON.parse(json)).toEqual(result);
      expect(`${json} ${shortfall ?? ""}`).not.toMatch(/\[object |undefined|NaN/);
      expect(typeof result.text).toBe("string");
    }),
    runs(300),
  );
});
