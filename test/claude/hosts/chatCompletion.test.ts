/** Conversion of OpenAI chat completions to messages. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromChatCompletion, isChatCompletion } from "../../../src/claude/hosts/chatCompletion";
import { toChatCompletion } from "../../../src/claude/openai/completion";
import { oddPart, withFields } from "../../support/arbitraries";
import { runs } from "../../support/propertyRuns";

const completion = (message: unknown, rest: object = {}) =>
  ({
    id: "chatcmpl-1",
    model: "m",
    choices: [{ index: 0, message, finish_reason: "stop" }],
    ...rest,
  }) as never;

const text = (content: string) => ({ type: "text", text: content, citations: null });

test.each([
  ["a chat completion", completion({ content: "Hi" }), true],
  ["a completion without a message", { choices: [{ delta: {} }] }, false],
  ["a completion without choices", { choices: [] }, false],
  ["choices that are not a list", { choices: { 0: { message: {} } } }, false],
  ["a Message", { content: [] }, false],
  ["null", null, false],
  ["a text", "choices", false],
])("isChatCompletion for %s", (_, body, expected) => {
  expect(isChatCompletion(body)).toBe(expected);
});

describe("content", () => {
  test.each([
    ["text", { content: "Hi" }, [text("Hi")]],
    ["parts", { content: [{ text: "H" }, null, {}, { text: "i" }] }, [text("Hi")]],
    ["null", { content: null }, []],
    ["a number", { content: 5 }, []],
    ["no message", null, []],
    ["a refusal", { content: "", refusal: "No." }, [text("No.")]],
    [
      "tool calls",
      {
        tool_calls: [
          null,
          { id: "a" },
          { id: "b", function: { name: "f", arguments: '{"x": 1}' } },
          { id: "c", function: { name: "f", arguments: "" } },
          { id: "d", function: { name: "f" } },
          { id: "e", function: { name: "f", arguments: "{x" } },
        ],
      },
      [
        { type: "tool_use", id: "b", name: "f", input: { x: 1 } },
        { type: "tool_use", id: "c", name: "f", input: {} },
        { type: "tool_use", id: "d", name: "f", input: {} },
        { type: "tool_use", id: "e", name: "f", input: "{x" },
      ],
    ],
    ["tool calls that are not a list", { tool_calls: { id: "a" } }, []],
    [
      "a legacy function_call",
      { content: "So:", function_call: { name: "f", arguments: "{}" } },
      [text("So:"), { type: "tool_use", id: "call_0", name: "f", input: {} }],
    ],
  ])("from %s", (_, message, content) => {
    expect(fromChatCompletion(completion(message))).toEqual({
      id: "chatcmpl-1",
      type: "message",
      role: "assistant",
      model: "m",
      content,
      stop_reason: message && "refusal" in message ? "refusal" : "end_turn",
      stop_sequence: null,
      usage: undefined,
    });
  });
});

test.each([
  [
    "prompt and completion tokens",
    { prompt_tokens: 10, completion_tokens: 2 },
    { input_tokens: 10, output_tokens: 2 },
  ],
  ["no counts", {}, {}],
  [
    "cached tokens included in prompt tokens",
    { prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 10 } },
    { input_tokens: 0, cache_read_input_tokens: 10 },
  ],
  [
    "cached tokens counted separately",
    { prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 11 } },
    { input_tokens: 10, cache_read_input_tokens: 11 },
  ],
  [
    "cached tokens only",
    { prompt_tokens_details: { cached_tokens: 5 } },
    { cache_read_input_tokens: 5 },
  ],
  [
    "prompt_tokens_details of null",
    { prompt_tokens: 10, prompt_tokens_details: null },
    { input_tokens: 10 },
  ],
])("usage from %s", (_, usage, expected) => {
  expect(fromChatCompletion(completion({ content: "Hi" }, { usage })).usage).toEqual(expected);
});

test("finish_reason null gives stop_reason null", () => {
  const choices = [{ message: { content: "Hi" }, finish_reason: null }];
  expect(fromChatCompletion(completion(null, { choices })).stop_reason).toBe(null);
});

test("usage accepts numeric strings and leaves out invalid counts", () => {
  const usage = {
    prompt_tokens: "3",
    completion_tokens: null,
    prompt_tokens_details: { cached_tokens: {} },
  };
  expect(fromChatCompletion(completion({}, { usage })).usage).toEqual({ input_tokens: 3 });
});

test("content parts, refusal and finish_reason of wrong types are ignored", () => {
  const message = { content: [{ text: { a: 1 } }, null, { text: "Hi" }], refusal: { a: 1 } };
  const read = fromChatCompletion(
    completion(null, { choices: [{ message, finish_reason: "constructor" }] }),
  );
  expect(read).toMatchObject({
    content: [{ type: "text", text: "Hi" }],
    stop_reason: "constructor",
  });
});

test("toChatCompletion treats stop_reason constructor as unknown", () => {
  const result = { stop_reason: "constructor", text: "", toolCalls: [], content: [], usage: {} };
  expect(
    toChatCompletion(result as never, { created: 0, refusal: "No." }).choices[0]?.finish_reason,
  ).toBe("stop");
});

test("fromChatCompletion gives JSON data for any completion", () => {
  const call = fc.oneof(
    fc.record({ id: oddPart, function: withFields(["name", "arguments"]) }),
    withFields(["id", "function"]),
    oddPart,
  );
  const message = fc.oneof(
    fc.record(
      {
        content: fc.oneof(fc.array(fc.oneof(withFields(["type", "text"]), oddPart)), oddPart),
        refusal: oddPart,
        tool_calls: fc.oneof(fc.array(call), oddPart),
        function_call: fc.oneof(withFields(["name", "arguments"]), oddPart),
      },
      { requiredKeys: [] },
    ),
    oddPart,
  );
  const response = fc.record(
    {
      id: oddPart,
      model: oddPart,
      choices: fc.array(fc.oneof(fc.record({ message, finish_reason: oddPart }), oddPart)),
      usage: fc.oneof(
        withFields(["prompt_tokens", "completion_tokens", "prompt_tokens_details"]),
        oddPart,
      ),
    },
    { requiredKeys: ["choices"] },
  );
  fc.assert(
    fc.property(response, (given) => {
      if (!isChatCompletion(given)) return;
      const read = fromChatCompletion(given);
      const json = JSON.stringify(read);
      expect(JSON.parse(json)).toEqual(read);
      expect(json).not.toMatch(/\[object |undefined|NaN/);
      for (const block of read.content) expect(typeof block.type).toBe("string");
    }),
    runs(300),
  );
});
