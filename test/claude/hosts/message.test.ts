/** Normalization of messages from hosts that deviate from Anthropic's format. */
import type { Message } from "@anthropic-ai/sdk/resources/messages";
import fc from "fast-check";
import { expect, test } from "vitest";
import { normalizeMessage } from "../../../src/claude/hosts/message";
import { readReply, toMessageResult } from "../../../src/claude/messages/result";
import { describeShortfall } from "../../../src/wording/notices";
import { jsonData, oddPart, withFields } from "../../support/arbitraries";
import { runs } from "../../support/propertyRuns";
import { textMessage } from "../../support/server";

const normalized = (given: object): Message => {
  const message = structuredClone(given) as Message;
  normalizeMessage(message);
  return message;
};

const complete = {
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

test("a message in Anthropic's format is unchanged", () => {
  expect(normalized(complete)).toEqual(complete);
});

test.each([[[null]], [["https://a"]], [{}]])("invalid citations are removed: %j", (citations) => {
  const message = { type: "message", content: [{ type: "text", text: "A", citations }] };
  const [block] = normalized(message).content;
  expect((block as { citations?: unknown[] }).citations ?? []).toEqual([]);
});

test("fields of the wrong type are left out", () => {
  const invalid = { toString: 1 };
  const message = {
    type: "message",
    id: invalid,
    model: invalid,
    stop_reason: invalid,
    stop_details: { explanation: invalid },
    container: { id: invalid },
    content: [
      { type: "text", text: "Hi", citations: "none" },
      { type: "thinking", thinking: invalid, signature: invalid },
      { type: "tool_use", id: invalid, name: invalid },
      { type: "constructor", text: invalid },
    ],
    usage: {
      input_tokens: "many",
      output_tokens: 2,
      cache_creation: 5,
      server_tool_use: { web_search_requests: invalid },
    },
  };
  expect(normalized(message)).toEqual({
    type: "message",
    stop_reason: null,
    stop_details: {},
    content: [
      { type: "text", text: "Hi" },
      { type: "thinking", thinking: "" },
      { type: "tool_use", name: "", input: {} },
      { type: "constructor", text: invalid },
    ],
    usage: { output_tokens: 2, server_tool_use: {} },
  });
});

test("numeric strings become numbers, and numbers in text fields become strings", () => {
  const message = {
    id: 7,
    content: [
      { type: "text", text: 5 },
      { type: "tool_use", id: 3, name: "a", input: {} },
    ],
    usage: { input_tokens: "12", output_tokens: "0x1" },
  };
  expect(normalized(message)).toEqual({
    id: "7",
    content: [
      { type: "text", text: "5" },
      { type: "tool_use", id: "3", name: "a", input: {} },
    ],
    usage: { input_tokens: 12 },
  });
});

test("invalid content blocks are left out and counted", () => {
  const blocks = [{ type: "text", text: "Hi" }, { type: "text", text: null }, { type: "text" }];
  const invalid = [
    null,
    5,
    [],
    { text: "Ho" },
    { type: 1 },
    { type: "text", text: { value: "Ho" } },
  ];
  const message = { content: [...invalid, ...blocks] } as unknown as Message;
  expect(normalizeMessage(message)).toBe(invalid.length);
  expect(message.content).toEqual(blocks);
});

test("negative token counts are left out", () => {
  expect(normalized({ content: [], usage: { input_tokens: -1, output_tokens: 0 } })).toEqual({
    content: [],
    usage: { output_tokens: 0 },
  });
});

test("usage of the wrong type is left out", () => {
  expect(normalized({ content: [], usage: "none" })).toEqual({ content: [] });
  expect(normalized({ content: [], usage: null })).toEqual({ content: [], usage: null });
});

test("any message gives a result that is JSON data", () => {
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
      const message = normalized(given);
      expect(normalized(message)).toEqual(message);
      const usages = [message.usage];
      const read = readReply(
        { message, isOutOfTime: false, usages, droppedBlocks: 0 },
        { maxTokens: 5 },
      );
      const response = { headers: {}, requestId: null, attempts: 1 };
      const result = toMessageResult(read, response, { messages: [] }, { warnings: [] });
      const shortfall = read.shortfall && describeShortfall(read.shortfall, {});
      const json = JSON.stringify(result);
      expect(JSON.parse(json)).toEqual(result);
      expect(`${json} ${shortfall ?? ""}`).not.toMatch(/\[object |undefined|NaN/);
      expect(typeof result.text).toBe("string");
    }),
    runs(300),
  );
});
