import type { Message, Usage } from "@anthropic-ai/sdk/resources/messages";
import { describe, expect, test } from "vitest";
import { messageCost } from "../../../src/claude/messages/cost";
import { readReply, toMessageResult } from "../../../src/claude/messages/result";
import { textMessage } from "../../support/server";

const read = (content: object[], rest: object = {}) => {
  const message = { ...textMessage(""), content, ...rest } as Message;
  const usages = [textMessage("").usage];
  return readReply({ message, isOutOfTime: false, droppedBlocks: 0, usages }, { maxTokens: 5 });
};

const result = (content: object[], rest: object = {}) =>
  toMessageResult(
    read(content, rest),
    { headers: {}, requestId: null, attempts: 1 },
    { messages: [{ role: "user", content: "Hello" }] },
    { warnings: [] },
  );

test("text joins all text blocks", () => {
  const { text, thinking } = result([
    { type: "thinking", thinking: "Hm.", signature: "s" },
    { type: "text", text: "One, " },
    { type: "server_tool_use", id: "1", name: "web_search", input: {} },
    { type: "text", text: "two." },
  ]);
  expect({ text, thinking }).toEqual({ text: "One, two.", thinking: "Hm." });
});

test("toolCalls lists tool_use blocks, not server tools", () => {
  const { toolCalls } = result([
    { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Paris" }, caller: {} },
    { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} },
  ]);
  expect(toolCalls).toEqual([{ id: "toolu_1", name: "weather", input: { city: "Paris" } }]);
});

test("sources lists each citation once", () => {
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
    start_page_number: 3,
  };
  const search = { type: "search_result_location", source: "kb://1", title: null, cited_text: "c" };
  const { sources } = result([
    { type: "text", text: "x", citations: [web, document] },
    { type: "text", text: "y", citations: [web, search] },
    { type: "text", text: "z", citations: null },
  ]);
  expect(sources).toEqual([
    { url: "https://a.example", title: "A", citedText: "a", page: null, documentIndex: null },
    { url: null, title: "report.pdf", citedText: "b", page: 3, documentIndex: 0 },
    { url: "kb://1", title: null, citedText: "c", page: null, documentIndex: null },
  ]);
});

describe("sources of Web Fetch", () => {
  const fetched = (url: string, title: string | null) => ({
    type: "web_fetch_tool_result",
    tool_use_id: "srvtoolu_1",
    content: {
      type: "web_fetch_result",
      url,
      content: { type: "document", title, source: { type: "text", data: "" } },
    },
  });
  const failed = {
    type: "web_fetch_tool_result",
    tool_use_id: "srvtoolu_2",
    content: { type: "web_fetch_tool_result_error", error_code: "unavailable" },
  };
  const cited = (document_title: string | null) => ({
    type: "text",
    text: "x",
    citations: [
      { type: "char_location", document_title, document_index: 1, cited_text: "c", file_id: null },
    ],
  });
  const urls = (...content: object[]) => result(content).sources.map(({ url }) => url);

  test.each<[string, object[], string | null]>([
    ["the page with its title", [fetched("a", "A"), fetched("b", "B"), cited("B")], "b"],
    ["the only page without a title", [failed, fetched("a", null), cited(null)], "a"],
    ["a page that was fetched twice", [fetched("a", "A"), fetched("a", "A"), cited("A")], "a"],
    ["no page if two have its title", [fetched("a", "A"), fetched("b", "A"), cited("A")], null],
    ["no page for an attachment", [fetched("a", "A"), cited("report.pdf")], null],
  ])("name %s", (_, content, url) => {
    expect(urls(...content)).toEqual([url]);
  });
});

test("files lists files created by Code Execution", () => {
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

test("conversation keeps content unchanged and has no empty turns", () => {
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

test("conversation leaves out empty text blocks, which the API rejects", () => {
  const { conversation } = result([
    { type: "thinking", thinking: "", signature: "s" },
    { type: "text", text: "" },
  ]);
  expect(conversation[1]?.content).toEqual([{ type: "thinking", thinking: "", signature: "s" }]);
});

test("total_tokens includes cached tokens", () => {
  const usage = {
    input_tokens: 1,
    output_tokens: 2,
    cache_creation_input_tokens: 4,
    cache_read_input_tokens: null,
  };
  expect(result([], { usage }).usage).toEqual({ ...usage, total_tokens: 7 });
});

test("fields added by a host are kept and do not replace fields of the output", () => {
  const added = result([{ type: "text", text: "Hi." }], { text: 5, cost: "low", provider: "x" });
  expect(added).toMatchObject({ text: "Hi.", cost: { currency: "USD" }, provider: "x" });
  expect(Object.keys(added)[0]).toBe("text");
});

describe("a reply truncated at Max Tokens", () => {
  const text = { type: "text", text: "I look." };
  const truncated = { stop_reason: "max_tokens" };
  const last = (block: object) => result([text, block], truncated);
  const kept = [
    { role: "user", content: "Hello" },
    { role: "assistant", content: [text] },
  ];

  test.each([
    ["tool_use", "get_weather"],
    ["server_tool_use", "web_search"],
  ])("leaves an incomplete %s block out of toolCalls and conversation", (type, name) => {
    const block = { type, id: "1", name, input: { city: "Bo" } };
    const outcome = last(block);
    expect(outcome.toolCalls).toEqual([]);
    expect(outcome.conversation).toEqual(kept);
    expect(outcome.content).toHaveLength(2);
    expect(read([text, block], truncated).notices).toContainEqual({
      code: "tool_call_dropped",
      tool: name,
    });
  });

  test("leaves incomplete thinking out of conversation", () => {
    const block = { type: "thinking", thinking: "Hm", signature: "" };
    const outcome = last(block);
    expect(outcome.thinking).toBe("Hm");
    expect(outcome.conversation).toEqual(kept);
    expect(read([text, block], truncated).notices).toContainEqual({ code: "thinking_dropped" });
  });

  test("keeps complete blocks", () => {
    const thought = { type: "thinking", thinking: "Hm", signature: "c2ln" };
    expect(last(thought).conversation[1]).toEqual({ role: "assistant", content: [text, thought] });
  });
});

test("cost is null for a reply without a model", () => {
  const outcome = read([{ type: "text", text: "A" }], { model: undefined });
  expect(outcome.content).toMatchObject({ text: "A", cost: null });
  expect(outcome.notices).toEqual([{ code: "price_unknown", model: undefined }]);
});

test("files ignores file IDs in web search results", () => {
  const found = {
    type: "web_search_tool_result",
    tool_use_id: "1",
    content: [{ file_id: "file_9" }],
  };
  expect(result([found]).files).toEqual([]);
});

test("cost is null when the host does not report input tokens", () => {
  expect(
    messageCost({ model: "claude-sonnet-5-5", content: [] }, [{ output_tokens: 5 } as Usage]).cost,
  ).toBeNull();
});

test("conversation keeps line breaks between blocks, and has no turn of blank texts only", () => {
  const blank = { type: "text", text: "\n\n" };
  const text = { type: "text", text: "A" };
  expect(result([blank, text]).conversation[1]).toEqual({
    role: "assistant",
    content: [blank, text],
  });
  expect(result([blank, blank]).conversation).toHaveLength(1);
});
