import type { Message, Usage } from "@anthropic-ai/sdk/resources/messages";
import { describe, expect, test } from "vitest";
import { messageCost } from "../../../src/claude/messages/cost";
import { toResult } from "../../../src/claude/messages/result";
import { textMessage } from "../../support/server";

const result = (content: object[], rest: object = {}) =>
  toResult(
    {
      data: {
        message: { ...textMessage(""), content, ...rest } as Message,
        cutOff: false,
        leftOut: 0,
        usages: [textMessage("").usage],
      },
      headers: {},
      requestId: null,
      attempts: 1,
    },
    { messages: [{ role: "user", content: "Hello" }], max_tokens: 5 },
  ).result;

test("text joins all text blocks, wherever they stand", () => {
  const { text, thinking } = result([
    { type: "thinking", thinking: "Hm.", signature: "s" },
    { type: "text", text: "One, " },
    { type: "server_tool_use", id: "1", name: "web_search", input: {} },
    { type: "text", text: "two." },
  ]);
  expect({ text, thinking }).toEqual({ text: "One, two.", thinking: "Hm." });
});

test("toolCalls lists what the model asks for, and leaves out the API's own tools", () => {
  const { toolCalls } = result([
    { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Paris" }, caller: {} },
    { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} },
  ]);
  expect(toolCalls).toEqual([{ id: "toolu_1", name: "weather", input: { city: "Paris" } }]);
});

test("sources lists each cited passage once", () => {
  const web = {
    type: "web_search_result_location",
    url: "https://a.example",
    title: "A",
    cited_text: "a",
  };
  const document = {
    type: "page_location",
    document_title: "report.pdf",
    cited_text: "b",
    document_index: 0,
  };
  const search = { type: "search_result_location", source: "kb://1", title: null, cited_text: "c" };
  const { sources } = result([
    { type: "text", text: "x", citations: [web, document] },
    { type: "text", text: "y", citations: [web, search] },
    { type: "text", text: "z", citations: null },
  ]);
  expect(sources).toEqual([
    { url: "https://a.example", title: "A", citedText: "a" },
    { url: null, title: "report.pdf", citedText: "b" },
    { url: "kb://1", title: null, citedText: "c" },
  ]);
});

test("files lists what tools of the API made", () => {
  const { files } = result([
    { type: "container_upload", file_id: "file_1" },
    {
      type: "bash_code_execution_tool_result",
      tool_use_id: "1",
      content: {
        type: "bash_code_execution_result",
        content: [{ type: "bash_code_execution_output", file_id: "file_2" }],
      },
    },
  ]);
  expect(files).toEqual([{ fileId: "file_1" }, { fileId: "file_2" }]);
});

test("conversation keeps content as it is, and holds no turn without content", () => {
  const content = [
    { type: "thinking", thinking: "", signature: "s" },
    { type: "text", text: "Hi." },
  ];
  const full = result(content);
  expect(full.conversation).toEqual([
    { role: "user", content: "Hello" },
    { role: "assistant", content },
  ]);
  expect(result([], { stop_reason: "refusal" }).conversation).toEqual([
    { role: "user", content: "Hello" },
  ]);
});

test("conversation holds no empty text, which the API would refuse", () => {
  const { conversation } = result([
    { type: "thinking", thinking: "", signature: "s" },
    { type: "text", text: "" },
  ]);
  expect(conversation[1]?.content).toEqual([{ type: "thinking", thinking: "", signature: "s" }]);
});

test("total_tokens counts everything in and out, the cache too", () => {
  const usage = {
    input_tokens: 1,
    output_tokens: 2,
    cache_creation_input_tokens: 4,
    cache_read_input_tokens: null,
  };
  expect(result([], { usage }).usage).toEqual({ ...usage, total_tokens: 7 });
});

test("what a host adds to its messages is kept, but displaces nothing", () => {
  const added = result([{ type: "text", text: "Hi." }], { text: 5, cost: "low", provider: "x" });
  expect(added).toMatchObject({ text: "Hi.", cost: { currency: "USD" }, provider: "x" });
  expect(Object.keys(added)[0]).toBe("text");
});

describe("an answer that is cut off", () => {
  const text = { type: "text", text: "I look." };
  const last = (block: object) => result([text, block], { stop_reason: "max_tokens" });
  const kept = [
    { role: "user", content: "Hello" },
    { role: "assistant", content: [text] },
  ];

  test.each([
    ["tool_use", "get_weather"],
    ["server_tool_use", "web_search"],
  ])("in a call (%s) does not offer half of it", (type, name) => {
    const outcome = last({ type, id: "1", name, input: { city: "Bo" } });
    expect(outcome.toolCalls).toEqual([]);
    expect(outcome.conversation).toEqual(kept);
    expect(outcome.content).toHaveLength(2);
    expect(outcome.warnings).toContain(
      `The call of the tool ${name} is cut off: toolCalls and conversation leave it out.`,
    );
  });

  test("in its thinking does not go on from that", () => {
    const outcome = last({ type: "thinking", thinking: "Hm", signature: "" });
    expect(outcome.thinking).toBe("Hm");
    expect(outcome.conversation).toEqual(kept);
    expect(outcome.warnings).toContain("The thinking is cut off: conversation leaves it out.");
  });

  test("after a whole block keeps all", () => {
    const thought = { type: "thinking", thinking: "Hm", signature: "c2ln" };
    expect(last(thought).conversation[1]).toEqual({ role: "assistant", content: [text, thought] });
  });
});

test.each([[[null]], [["https://a"]], [{}]])(
  "citations of no known shape (%j) are passed over",
  (citations) => {
    expect(result([{ type: "text", text: "A", citations }]).sources).toEqual([]);
  },
);

test("an answer without a model has no cost, and is an answer", () => {
  const outcome = result([{ type: "text", text: "A" }], { model: undefined });
  expect(outcome).toMatchObject({
    text: "A",
    cost: null,
    warnings: ["The price of the model without a name is not known: cost is null."],
  });
});

test("files are those that code made, not those that a search names", () => {
  const found = {
    type: "web_search_tool_result",
    tool_use_id: "1",
    content: [{ file_id: "file_9" }],
  };
  expect(result([found]).files).toEqual([]);
});

test("an answer whose host counts nothing of the prompt has no cost", () => {
  expect(messageCost("claude-sonnet-5-5", [{ output_tokens: 5 } as Usage]).cost).toBeNull();
});

test("blank texts of the model do not go back to it", () => {
  const blank = { type: "text", text: "\n\n" };
  expect(result([blank, { type: "text", text: "A" }]).conversation[1]).toEqual({
    role: "assistant",
    content: [{ type: "text", text: "A" }],
  });
});
