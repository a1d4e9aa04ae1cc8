/** repairRequest: what the API would refuse is repaired, and what is valid stays as it is. */
import type { MessageParam } from "@anthropic-ai/sdk/resources/messages";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { repairRequest } from "../../../src/claude/messages/repairRequest";
import type { MessageRequest } from "../../../src/claude/messages/send";
import { run } from "../../support/component";
import { png } from "../../support/files";
import { runs } from "../../support/propertyRuns";
import { startServer, streamed } from "../../support/server";

const requestOf = (messages: unknown, rest: object = {}) =>
  ({ model: "m", max_tokens: 9, messages, ...rest }) as MessageRequest;

const repaired = (messages: unknown, rest: object = {}) => {
  const { request, notices } = repairRequest(requestOf(messages, rest));
  return {
    messages: request.messages,
    repairs: notices.map((notice) => (notice.code === "request_repaired" ? notice.repair : "")),
  };
};

const user = (...content: unknown[]) => ({ role: "user", content });
const assistant = (...content: unknown[]) => ({ role: "assistant", content });
const text = (value = "A") => ({ type: "text", text: value });
const call = (id: string, input: unknown = {}) => ({ type: "tool_use", id, name: "a", input });
const result = (tool_use_id: string, rest: object = { content: "1" }) => ({
  type: "tool_result",
  tool_use_id,
  ...rest,
});
const thinking = { type: "thinking", thinking: "Hm.", signature: "c2ln" };
const compaction = { type: "compaction", content: "Summary.", signature: "c2ln" };
const serverCall = { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} };
const serverResult = { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] };
const image = (media_type: string, bytes = png()) => ({
  type: "image",
  source: { type: "base64", media_type, data: bytes.toString("base64") },
});
const marked = (value: string) => ({ ...text(value), cache_control: { type: "ephemeral" } });

describe("a valid conversation stays the same object", () => {
  test.each<[string, unknown[]]>([
    ["texts", [{ role: "user", content: "A" }, assistant(text()), user(text())]],
    [
      "thinking and tools",
      [user(text()), assistant(thinking, call("1")), user(result("1"), text())],
    ],
    [
      "line breaks between blocks of a reply",
      [user(text()), assistant(text(), text("\n\n"), text())],
    ],
    ["server tools", [user(text()), assistant(serverCall, serverResult, text()), user(text())]],
    ["a paused server tool", [user(text()), assistant(text(), serverCall)]],
    [
      "a server tool that waits for another tool",
      [
        user(text()),
        assistant(serverCall, call("1")),
        user(result("1")),
        assistant(serverResult, text()),
      ],
    ],
    [
      "an MCP call that waits for a tool",
      [
        user(text()),
        assistant({ ...serverCall, type: "mcp_tool_use" }, call("1")),
        user(result("1")),
      ],
    ],
    ["a compaction at the start", [assistant(compaction, text()), user(text())]],
    [
      "a compaction that failed",
      [user(text()), assistant({ ...compaction, content: null }, text()), user(text())],
    ],
    ["an image", [user(image("image/png"), text())]],
    ["four cache breakpoints", [user(marked("A"), marked("B"), marked("C"), marked("D"))]],
    ["a failed tool without more", [user(text()), assistant(call("1")), user(result("1", {}))]],
  ])("%s", (_, messages) => {
    const request = requestOf(messages);
    expect(repairRequest(request)).toEqual({ request, notices: [] });
    expect(repairRequest(request).request).toBe(request);
  });
});

test.each<[string, string, unknown[], unknown[]]>([
  [
    "thinking without a signature",
    "thinking_without_signature",
    [
      assistant({ ...thinking, signature: "" }, text()),
      assistant({ type: "thinking", thinking: "" }),
    ],
    [assistant(text())],
  ],
  [
    "an ID with other characters",
    "tool_id",
    [assistant(call("functions.f:0")), user(result("functions.f:0"))],
    [assistant(call("functions_f_0")), user(result("functions_f_0"))],
  ],
  [
    "an ID that was used before",
    "tool_id",
    [assistant(call("1")), user(result("1")), assistant(call("1")), user(result("1"))],
    [assistant(call("1")), user(result("1")), assistant(call("1_2")), user(result("1_2"))],
  ],
  [
    "tool inputs as text, and none",
    "tool_input",
    [
      assistant(call("1", '{"b":1}'), { type: "tool_use", id: "2", name: "a" }),
      user(result("1"), result("2")),
    ],
    [assistant(call("1", { b: 1 }), call("2")), user(result("1"), result("2"))],
  ],
  [
    "empty texts of people, at any depth",
    "empty_text",
    [
      user(text(" "), text()),
      assistant(call("1")),
      user(result("1", { content: [text(""), text()] })),
      user({ type: "document", source: { type: "content", content: [text("")] } }, text()),
    ],
    [user(text()), assistant(call("1")), user(result("1", { content: [text()] })), user(text())],
  ],
  [
    "a failed tool without content",
    "empty_error",
    [assistant(call("1")), user(result("1", { is_error: true, content: "" }))],
    [
      assistant(call("1")),
      user(result("1", { is_error: true, content: "The tool failed without a message." })),
    ],
  ],
  [
    "a server tool without its result",
    "server_tool_without_result",
    [assistant(serverCall, text()), user(text())],
    [assistant(text()), user(text())],
  ],
  [
    "the result of a server tool without its call",
    "server_tool_without_result",
    [assistant(serverResult, text()), user(text())],
    [assistant(text()), user(text())],
  ],
  [
    "a text before tool results",
    "results_first",
    [assistant(call("1")), user(text(), result("1"))],
    [assistant(call("1")), user(result("1"), text())],
  ],
  [
    "a fifth cache breakpoint",
    "cache_marks",
    [user(marked("A"), marked("B"), marked("C"), marked("D"), marked("E"))],
    [user(text("A"), marked("B"), marked("C"), marked("D"), marked("E"))],
  ],
  [
    "an image under another type",
    "image_type",
    [user(image("image/jpeg"), text())],
    [user(image("image/png"), text())],
  ],
  [
    "what a compaction summarizes",
    "compacted",
    [user(text()), assistant(text(), compaction, text("B")), user(text("C"))],
    [assistant(compaction, text("B")), user(text("C"))],
  ],
])("repairs %s", (_, repair, messages, expected) => {
  expect(repaired(messages)).toEqual({ messages: expected, repairs: [repair] });
});

test("cache breakpoints of system, tools and the whole request count too", () => {
  const mark = { cache_control: { type: "ephemeral" } };
  const rest = { system: [marked("S")], tools: [{ name: "a", ...mark }], ...mark };
  expect(repaired([user(marked("A"), marked("B"))], rest).messages).toEqual([
    user(text("A"), marked("B")),
  ]);
});

test("an email address is sent as its hash", async () => {
  const server = await startServer(streamed("Hi."));
  const { warnings } = await run("chat", server, {
    initialMessage: "Hi",
    requestOptions: { metadataUserId: "ana@example.com" },
  });
  expect(server.requests[0]?.json).toMatchObject({
    metadata: { user_id: "8e43ca37701228e74983efdbd0cff5c16b3b1e5d4e29a7c05626d4d25a018e11" },
  });
  expect(warnings).toEqual(["Metadata User ID is an email address and was sent as its hash."]);
});

/** What the API publishes about conversations. Returns what is wrong with one. */
const faults = (messages: readonly MessageParam[]): string[] => {
  const ids = new Set<string>();
  return messages.flatMap(({ role, content }, index) => {
    const blocks = typeof content === "string" ? [] : content;
    const found: string[] = [];
    const previous = messages[index - 1]?.content;
    const calls = Array.isArray(previous)
      ? previous.flatMap((block) => (block.type === "tool_use" ? [block.id] : []))
      : [];
    for (const [at, block] of blocks.entries()) {
      if (block.type === "tool_use") {
        if (!/^[\w-]+$/.test(block.id) || ids.has(block.id)) found.push(`ID ${block.id}`);
        ids.add(block.id);
        if (typeof block.input !== "object" || block.input === null) found.push("input");
      }
      if (block.type === "thinking" && !block.signature) found.push("signature");
      if (block.type === "text" && role === "user" && !/\S/.test(block.text)) found.push("text");
      if (block.type === "tool_result") {
        if (!calls.includes(block.tool_use_id)) found.push(`result ${block.tool_use_id}`);
        if (blocks.slice(0, at).some(({ type }) => type !== "tool_result")) found.push("order");
        if (block.is_error && !block.content?.length) found.push("error without content");
      }
    }
    return found;
  });
};

test("any conversation of paired calls becomes one that follows the API's rules, once and for all", () => {
  const id = fc.constantFrom("1", "call_0", "functions.f:0", "a b");
  const said = fc.constantFrom(text(), text(""), text(" \n"), image("image/gif"));
  const input = fc.constantFrom<unknown>({}, { b: 1 }, '{"b":1}', "", undefined, null, []);
  const outcome = fc.constantFrom<object>(
    {},
    { content: "1" },
    { content: "", is_error: true },
    { content: [text(""), text()] },
  );
  const exchange = fc
    .tuple(
      fc.array(said, { minLength: 1, maxLength: 2 }),
      fc.uniqueArray(fc.tuple(id, input, outcome), { selector: ([name]) => name, maxLength: 3 }),
      fc.constantFrom<unknown[]>([], [thinking], [{ ...thinking, signature: "" }], [serverCall]),
    )
    .map(([before, calls, extra]) => [
      user(text(), ...before),
      assistant(...extra, text(), ...calls.map(([name, given]) => call(name, given))),
      ...(calls.length > 0
        ? [user(...before, ...calls.map(([name, , rest]) => result(name, rest))), assistant(text())]
        : []),
    ]);
  fc.assert(
    fc.property(fc.array(exchange, { maxLength: 4 }), (exchanges) => {
      const first = repairRequest(requestOf([...exchanges.flat(), user(text())]));
      expect(faults(first.request.messages)).toEqual([]);
      expect(repairRequest(first.request).request).toBe(first.request);
    }),
    runs(300),
  );
});
