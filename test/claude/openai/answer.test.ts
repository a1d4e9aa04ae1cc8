/** Completions of OpenAI's, whole and odd, as Messages. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromChatCompletion, isChatCompletion } from "../../../src/claude/openai/answer";
import { toChatCompletion } from "../../../src/claude/openai/completion";
import { oddPart, withFields } from "../../support/anything";
import { runs } from "../../support/runs";

const completion = (message: unknown, rest: object = {}) =>
  ({
    id: "chatcmpl-1",
    model: "m",
    choices: [{ index: 0, message, finish_reason: "stop" }],
    ...rest,
  }) as never;

const text = (said: string) => ({ type: "text", text: said, citations: null });

test.each([
  ["a completion", completion({ content: "Hi" }), true],
  ["one without a message", { choices: [{ delta: {} }] }, false],
  ["one without a choice", { choices: [] }, false],
  ["choices that are no list", { choices: { 0: { message: {} } } }, false],
  ["a Message", { content: [] }, false],
  ["null", null, false],
  ["a text", "choices", false],
])("%s is told apart", (_, answer, expected) => {
  expect(isChatCompletion(answer)).toBe(expected);
});

describe("the content", () => {
  test.each([
    ["text", { content: "Hi" }, [text("Hi")]],
    ["parts", { content: [{ text: "H" }, null, {}, { text: "i" }] }, [text("Hi")]],
    ["nothing", { content: null }, []],
    ["something else", { content: 5 }, []],
    ["no message", null, []],
    ["a refusal", { content: "", refusal: "No." }, [text("No.")]],
    [
      "calls",
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
    ["calls that are no list", { tool_calls: { id: "a" } }, []],
    [
      "a call in OpenAI's first form",
      { content: "So:", function_call: { name: "f", arguments: "{}" } },
      [text("So:"), { type: "tool_use", id: "call_0", name: "f", input: {} }],
    ],
  ])("of %s", (_, message, content) => {
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
  ["all", { prompt_tokens: 10, completion_tokens: 2 }, { input_tokens: 10, output_tokens: 2 }],
  ["none", {}, {}],
  [
    "those from the cache",
    { prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 10 } },
    { input_tokens: 0, cache_read_input_tokens: 10 },
  ],
  [
    "those from the cache, counted apart",
    { prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 11 } },
    { input_tokens: 10, cache_read_input_tokens: 11 },
  ],
  [
    "those from the cache alone",
    { prompt_tokens_details: { cached_tokens: 5 } },
    { cache_read_input_tokens: 5 },
  ],
  ["those of no cache", { prompt_tokens: 10, prompt_tokens_details: null }, { input_tokens: 10 }],
])("the counts: %s", (_, usage, expected) => {
  expect(fromChatCompletion(completion({ content: "Hi" }, { usage })).usage).toEqual(expected);
});

test("no end has no reason", () => {
  const choices = [{ message: { content: "Hi" }, finish_reason: null }];
  expect(fromChatCompletion(completion(null, { choices })).stop_reason).toBe(null);
});

test("counts that are texts are read, those that are none are left out", () => {
  const usage = {
    prompt_tokens: "3",
    completion_tokens: null,
    prompt_tokens_details: { cached_tokens: {} },
  };
  expect(fromChatCompletion(completion({}, { usage })).usage).toEqual({ input_tokens: 3 });
});

test("parts, refusals and reasons of other types say nothing", () => {
  const message = { content: [{ text: { a: 1 } }, null, { text: "Hi" }], refusal: { a: 1 } };
  const read = fromChatCompletion(
    completion(null, { choices: [{ message, finish_reason: "constructor" }] }),
  );
  expect(read).toMatchObject({ content: [{ type: "text", text: "Hi" }], stop_reason: null });
});

test("a stop reason that every object has a field for is one that is not known", () => {
  const result = { stop_reason: "constructor", text: "", toolCalls: [], content: [], usage: {} };
  expect(toChatCompletion(result as never, 0).choices[0]?.finish_reason).toBe("stop");
});

test("any completion becomes a Message of data", () => {
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
  const answer = fc.record(
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
    fc.property(answer, (given) => {
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
