import { describe, expect, test } from "vitest";
import { serverToolKeys } from "../../src/parameters/serverTools";
import { failure, Logs, run } from "../support/component";
import { jpeg } from "../support/files";
import { modelWith } from "../support/models";
import { refusal, startServer, streamed } from "../support/server";

const hello = { initialMessage: "Hello" };
const weather = {
  name: "get_weather",
  description: "Weather of a city",
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const time = { name: "get_time", input_schema: { type: "object", properties: {} } };

/** The request body of a Chat with these tools. */
const sent = async (tools: object, inputs: object = {}, modelInfo: object = modelWith()) => {
  const server = await startServer(
    ...(isServerTool(tools) ? [{ body: modelInfo }] : []),
    streamed("Hi."),
  );
  await run("chat", server, { ...hello, ...inputs, tools });
  return server.requests.at(-1)?.json as Record<string, unknown>;
};
const isServerTool = (tools: object) => serverToolKeys.some((name) => name in tools);

describe("Tool Definitions", () => {
  test.each([
    ["JSON text", JSON.stringify([weather, time])],
    ["a list", [weather, time]],
  ])("given as %s are sent unchanged", async (_, definitions) => {
    const { tools, tool_choice } = await sent({ definitions });
    expect({ tools, tool_choice }).toEqual({ tools: [weather, time], tool_choice: undefined });
  });

  test("in OpenAI's formats are converted, and a single tool needs no list", async () => {
    const { name, description, input_schema: parameters } = weather;
    const definition = { type: "function", function: { name, description, parameters } };
    expect((await sent({ definitions: definition })).tools).toEqual([weather]);
    const definitions = [
      { type: "function", name, description, parameters, strict: true },
      { type: "function", function: { name: "ping" }, cache_control: { type: "ephemeral" } },
      { type: "function", function: { name: "pong", parameters: {} } },
    ];
    expect((await sent({ definitions })).tools).toEqual([
      { ...weather, strict: true },
      {
        name: "ping",
        input_schema: { type: "object", properties: {} },
        cache_control: { type: "ephemeral" },
      },
      { name: "pong", input_schema: { type: "object" } },
    ]);
  });

  test("with a type of the API (memory, custom) are sent unchanged", async () => {
    const memory = { type: "memory_20250818", name: "memory" };
    const custom = { type: "custom", ...time };
    expect((await sent({ definitions: [memory, custom] })).tools).toEqual([memory, custom]);
  });
});

describe("Tool Choice", () => {
  const definitions = [weather, time];
  test.each<[string | undefined, unknown, object | undefined]>([
    [undefined, undefined, undefined],
    ["auto", "true", { type: "auto" }],
    [" Any ", true, { type: "any" }],
    ["required", undefined, { type: "any" }],
    ["none", "false", { type: "none" }],
    ["get_time", undefined, { type: "tool", name: "get_time" }],
    ["", "false", { type: "auto", disable_parallel_tool_use: true }],
    ["any", false, { type: "any", disable_parallel_tool_use: true }],
    ["get_time", "false", { type: "tool", name: "get_time", disable_parallel_tool_use: true }],
  ])(
    "%j with Parallel Tool Calls %j is converted to tool_choice",
    async (toolChoice, parallel, tool_choice) => {
      const body = await sent({ definitions, toolChoice, parallel });
      expect(body.tool_choice).toEqual(tool_choice);
    },
  );

  test("prefers a tool named auto to the choice auto", async () => {
    const auto = { ...time, name: "auto" };
    const body = await sent({ definitions: [auto], toolChoice: "auto" });
    expect(body.tool_choice).toEqual({ type: "tool", name: "auto" });
  });
});

describe("server tools (Web Search, Web Fetch, Code Execution)", () => {
  const newer = modelWith({ code_execution: { supported: true } });
  const older = modelWith({ code_execution: { supported: false } });

  test("use the newest version on models with code execution", async () => {
    const tools = {
      webSearch: "true",
      webFetch: true,
      codeExecution: "true",
      webMaxUses: "3",
      webAllowedDomains: ["a.example", ""],
    };
    expect((await sent(tools, {}, newer)).tools).toEqual([
      {
        type: "web_search_20260318",
        name: "web_search",
        max_uses: 3,
        allowed_domains: ["a.example"],
      },
      {
        type: "web_fetch_20260318",
        name: "web_fetch",
        citations: { enabled: true },
        max_uses: 3,
        allowed_domains: ["a.example"],
      },
      { type: "code_execution_20260521", name: "code_execution" },
    ]);
  });

  test("use the widely supported version on other models and without model info", async () => {
    const tools = { webSearch: true, webFetch: true, codeExecution: true };
    const expected = [
      { type: "web_search_20250305", name: "web_search" },
      { type: "web_fetch_20250910", name: "web_fetch", citations: { enabled: true } },
      { type: "code_execution_20250825", name: "code_execution" },
    ];
    expect((await sent(tools, {}, older)).tools).toEqual(expected);
    const unknown = await startServer(refusal(404, "not_found_error"), streamed("Hi."));
    await run("chat", unknown, { ...hello, model: "claude-opus-4-6", tools });
    expect(unknown.requests[1]?.json).toMatchObject({ tools: expected });
  });

  test("use the newest version of a model of generation 5 whose info cannot be read", async () => {
    const server = await startServer(refusal(503, "api_error"), streamed("Hi."));
    await run("chat", server, { ...hello, tools: { webSearch: true } });
    expect(server.requests[1]?.json).toMatchObject({ tools: [{ type: "web_search_20260318" }] });
  });

  test("Web Fetch has no citations when JSON Schema is set", async () => {
    const output = { jsonSchema: { type: "array", items: { type: "string" } } };
    const body = await sent(
      { webFetch: true, webBlockedDomains: ["b.example"] },
      { output },
      older,
    );
    expect(body.tools).toEqual([
      { type: "web_fetch_20250910", name: "web_fetch", blocked_domains: ["b.example"] },
    ]);
  });

  test.each([
    ["webSearch", "Web Search", { web_search: { supported: false } }],
    ["codeExecution", "Code Execution", { code_execution: { supported: false } }],
  ])("%s is rejected for a model without it", async (key, label, server_tools) => {
    const server = await startServer({ body: modelWith({ server_tools }) }, streamed("Hi."));
    const error = await failure("chat", server, { ...hello, tools: { [key]: true } });
    expect(error.message).toBe(
      `${label} is not supported by claude-sonnet-5-5. Choose another model.`,
    );
    expect(server.requests).toHaveLength(1);
  });

  test("return cited pages in sources and created files in files", async () => {
    const location = {
      type: "web_search_result_location",
      url: "https://a.example/1",
      title: "A",
      cited_text: "as A says",
      encrypted_index: "x",
    };
    const content = [
      { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "a" } },
      { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] },
      {
        type: "bash_code_execution_tool_result",
        tool_use_id: "srvtoolu_2",
        content: {
          type: "bash_code_execution_result",
          content: [{ type: "bash_code_execution_output", file_id: "file_7" }],
        },
      },
      { type: "text", text: "Yes.", citations: [location, location] },
    ];
    const usage = {
      input_tokens: 1,
      output_tokens: 1,
      server_tool_use: { web_search_requests: 2 },
    };
    const message = { model: "claude-sonnet-5-5", stop_reason: "end_turn" };
    const server = await startServer({ body: older }, { body: { ...message, content, usage } });
    expect(await run("chat", server, { ...hello, tools: { webSearch: true } })).toMatchObject({
      text: "Yes.",
      toolCalls: [],
      sources: [{ url: "https://a.example/1", title: "A", citedText: "as A says" }],
      files: [{ fileId: "file_7" }],
      cost: { total: 0.020012 },
    });
  });
});

test("Tool Choice accepts server tools, and any for MCP servers alone", async () => {
  expect((await sent({ webFetch: true, toolChoice: "web_fetch" })).tool_choice).toEqual({
    type: "tool",
    name: "web_fetch",
  });
  const mcpServers = [{ key: "a", value: "https://a.example" }];
  expect((await sent({ mcpServers, toolChoice: "any" })).tool_choice).toEqual({ type: "any" });
  expect(await sent({ parallel: "false" })).not.toHaveProperty("tool_choice");
});

test("tool names can be 128 characters long", async () => {
  const name = "x".repeat(128);
  const definitions = [{ name, input_schema: { type: "object" } }];
  expect((await sent({ definitions })).tools).toEqual(definitions);
});

describe("MCP servers", () => {
  const mcpServers = [
    { key: "tickets", value: "https://mcp.example.com/sse" },
    { key: " docs ", value: " https://docs.example.com/mcp " },
  ];
  const mcpTokens = [{ key: "tickets", value: "mcp-token-0123456789" }];

  test("are sent with tokens, toolsets and the MCP beta header", async () => {
    const server = await startServer(streamed("Hi."));
    await run("chat", server, {
      ...hello,
      tools: { definitions: [time], mcpServers, mcpTokens },
      requestOptions: { betas: ["another-beta", "mcp-client-2025-11-20"] },
    });
    const { json, headers } = server.request();
    expect(headers["anthropic-beta"]).toBe("mcp-client-2025-11-20,another-beta");
    expect(json).toMatchObject({
      mcp_servers: [
        {
          type: "url",
          name: "tickets",
          url: "https://mcp.example.com/sse",
          authorization_token: "mcp-token-0123456789",
        },
        { type: "url", name: "docs", url: "https://docs.example.com/mcp" },
      ],
      tools: [
        time,
        { type: "mcp_toolset", mcp_server_name: "tickets" },
        { type: "mcp_toolset", mcp_server_name: "docs" },
      ],
    });
  });

  const secret = "mcp-token-0123456789";
  const long = "mcp-token-".repeat(500);
  const extraParameters = { mcp_servers: [{ name: "a", authorization_token: secret }] };
  test.each<[string, string, object]>([
    ["a token", secret, { tools: { mcpServers, mcpTokens } }],
    [
      "a token with a trailing line break",
      secret,
      { tools: { mcpServers, mcpTokens: [{ key: "tickets", value: `${secret}\n` }] } },
    ],
    ["a long token", long, { tools: { mcpServers, mcpTokens: [{ key: "tickets", value: long }] } }],
    [
      "a second token, whose name has surrounding spaces",
      secret,
      {
        tools: {
          mcpServers,
          mcpTokens: [
            { key: "docs", value: "another-token-012" },
            { key: " tickets ", value: secret },
          ],
        },
      },
    ],
    ["a token in Extra Parameters", secret, { requestOptions: { extraParameters } }],
  ])("%s is redacted from logs and errors", async (_, token, given) => {
    const inputs = { ...hello, ...given };
    const server = await startServer((request, response) => {
      response.writeHead(400, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message: request.body } }));
    });
    const logs = new Logs();
    const error = await failure("chat", server, inputs, { logger: logs.logger, globalDebug: true });
    expect(server.request().body).toContain(token);
    expect(error.message).toContain("[redacted]");
    const seen = `${error.stack} ${JSON.stringify(error)} ${logs.lines.join()}`;
    expect(seen).not.toContain(token.slice(0, 20));
  });
});

test("Tool Results that are not UTF-8 are reported in warnings", async () => {
  const server = await startServer(streamed("Hi."));
  const { warnings } = await run("chat", server, {
    conversation: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "a", input: {} }] },
    ],
    tools: {
      toolResults: [
        {
          key: "toolu_1",
          value: { data: Buffer.from("Größe", "latin1"), contentType: "text/csv" },
        },
      ],
    },
  });
  expect(warnings).toEqual([expect.stringContaining("read as Windows-1252")]);
});

describe("tool calls and their results", () => {
  const call = (id: string, name: string) => ({
    type: "tool_use",
    id,
    name,
    input: { city: "Bonn" },
  });
  const thinking = { type: "thinking", thinking: "Hm.", signature: "c2ln" };
  const content = [thinking, call("toolu_1", "get_weather"), call("toolu_2", "get_time")];
  const calls = {
    body: { content, stop_reason: "tool_use", usage: {}, model: "claude-sonnet-5-5" },
  };

  test("are returned in toolCalls and sent back with the results, thinking included", async () => {
    const server = await startServer(calls, streamed("It is sunny."));
    const tools = { definitions: [weather, time] };
    const first = await run("chat", server, { ...hello, tools });
    expect(first).toMatchObject({
      text: "",
      stop_reason: "tool_use",
      toolCalls: [
        { id: "toolu_1", name: "get_weather", input: { city: "Bonn" } },
        { id: "toolu_2", name: "get_time", input: { city: "Bonn" } },
      ],
    });
    const second = await run("chat", server, {
      conversation: first.conversation,
      tools: {
        ...tools,
        toolResults: [
          { key: " toolu_2 ", value: { error: "No such city" } },
          { key: "toolu_1", value: "sunny" },
        ],
      },
    });
    expect(second.text).toBe("It is sunny.");
    expect(server.requests[1]?.json).toMatchObject({
      messages: [
        { role: "user", content: "Hello" },
        { role: "assistant", content },
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "toolu_2",
              content: "No such city",
              is_error: true,
            },
            { type: "tool_result", tool_use_id: "toolu_1", content: "sunny" },
          ],
        },
      ],
    });
  });

  const image = {
    type: "image",
    source: { type: "base64", media_type: "image/jpeg", data: jpeg().toString("base64") },
  };
  test.each<[string, unknown, object]>([
    ["a text", "sunny", { content: "sunny" }],
    ["null", null, {}],
    ["a number", 21, { content: "21" }],
    ["false", false, { content: "false" }],
    ["an object", { degrees: 21 }, { content: '{"degrees":21}' }],
    [
      "an object with an error field among others",
      { error: null, ok: 1 },
      { content: '{"error":null,"ok":1}' },
    ],
    ["a list", [1, 2], { content: "[1,2]" }],
    ["an empty list", [], { content: "[]" }],
    [
      "an object with error and content",
      { error: "E", content: "C" },
      { content: '{"error":"E","content":"C"}' },
    ],
    [
      "the API's format with an extra field",
      { content: "C", is_error: true, error: "E" },
      { content: '{"content":"C","is_error":true,"error":"E"}' },
    ],
    [
      "a document block",
      [{ type: "document", source: { type: "url", url: "https://a.example/a.pdf" } }],
      { content: [{ type: "document", source: { type: "url", url: "https://a.example/a.pdf" } }] },
    ],
    ["an empty error", { error: "" }, { content: '{"error":""}' }],
    [
      "objects that resemble content blocks",
      [
        { type: "text", label: "Name" },
        { type: "image", url: "x" },
      ],
      { content: '[{"type":"text","label":"Name"},{"type":"image","url":"x"}]' },
    ],
    ["an error", { error: "No." }, { content: "No.", is_error: true }],
    ["an error with details", { error: { code: 1 } }, { content: '{"code":1}', is_error: true }],
    [
      "the API's format",
      { content: [{ type: "text", text: "a" }], is_error: false },
      { content: [{ type: "text", text: "a" }], is_error: false },
    ],
    ["content blocks", [{ type: "text", text: "a" }], { content: [{ type: "text", text: "a" }] }],
    ["a file", { data: jpeg(), contentType: "image/png" }, { content: [image] }],
  ])("a result can be %s", async (_, value, expected) => {
    const conversation = [
      { role: "user", content: "Hello" },
      { role: "assistant", content: [call("toolu_1", "get_weather")] },
    ];
    const toolResults = [{ key: "toolu_1", value }];
    const { messages } = (await sent({ toolResults }, { conversation })) as {
      messages: { content: object[] }[];
    };
    expect(messages[2]?.content).toEqual([
      { type: "tool_result", tool_use_id: "toolu_1", ...expected },
      { type: "text", text: "Hello" },
    ]);
  });

  test.each([
    [
      "a call without a result",
      [{ key: "toolu_1", value: "a" }],
      "Conversation has a call to tool get_time (toolu_2) without a result. Add its result to Tool Results, with the key toolu_2.",
    ],
    [
      "a result without a call",
      ["toolu_1", "toolu_2", "toolu_3"].map((key) => ({ key, value: "a" })),
      "Tool Results has a result for the tool call toolu_3, which the previous turn does not make.",
    ],
    [
      "two results for a call",
      ["toolu_1", "toolu_2", "toolu_1"].map((key) => ({ key, value: "a" })),
      "Tool Results has two results for toolu_1.",
    ],
    [
      "a file of an unsupported format",
      [{ key: "toolu_1", value: { data: Buffer.alloc(3) } }],
      'Tool Results "toolu_1" has an unsupported format',
    ],
  ])("%s is rejected before any request", async (_, toolResults, message) => {
    const server = await startServer(streamed("Hi."));
    const conversation = [
      { role: "user", content: "Hello" },
      { role: "assistant", content },
    ];
    const error = await failure("chat", server, { conversation, tools: { toolResults } });
    expect(error.name).toBe("InputError");
    expect(error.message).toContain(message);
    expect(server.requests).toHaveLength(0);
  });
});

describe("invalid Tools", () => {
  const server1 = [{ key: "a", value: "https://a.example" }];
  const invalid: [tools: object | string, message: string][] = [
    ["search", 'Tools must be an object with its inputs, but was "search".'],
    [{ definitions: "[" }, "Tool Definitions must be valid JSON: "],
    [
      { definitions: [5] },
      "Tool Definitions must be a list of tools, but tool 1 is not an object.",
    ],
    [{ definitions: [weather, {}] }, "Tool Definitions has an invalid name in tool 2"],
    [{ definitions: [{ name: "get weather" }] }, "Tool Definitions has an invalid name"],
    [{ definitions: [{ name: "x".repeat(129) }] }, "Tool Definitions has an invalid name"],
    [{ definitions: [{ name: "a" }] }, 'requires an input_schema with "type": "object" for tool a'],
    [{ definitions: [{ type: "function" }] }, "Tool Definitions has an invalid name in tool 1"],
    [{ definitions: [time, time] }, "Tool Definitions has two tools named get_time."],
    [{ toolChoice: "any" }, 'Tool Choice is "any", but no tools are defined.'],
    [
      { definitions: [weather, time], toolChoice: "get_wether" },
      'Tool Choice must be auto, any, none or the name of a tool, but was "get_wether". Available tools: get_weather, get_time.',
    ],
    [
      { definitions: [{ ...time, name: "web_search" }], webSearch: true },
      "Tool Definitions has a tool named web_search, which is also switched on.",
    ],
    [
      { webSearch: true, toolChoice: "web_serch" },
      'must be auto, any, none or the name of a tool, but was "web_serch". Available tools: web_search.',
    ],
    [{ webSearch: "sometimes" }, "Web Search must be true or false"],
    [{ webMaxUses: "3" }, "Web Max Uses requires Web Search or Web Fetch."],
    [{ webSearch: true, webMaxUses: "0" }, "Web Max Uses must be a whole number of at least 1"],
    [{ webAllowedDomains: ["a.example"] }, "Web Allowed Domains requires Web Search"],
    [
      { webSearch: true, webAllowedDomains: ["a"], webBlockedDomains: ["b"] },
      "Web Blocked Domains cannot be combined with Web Allowed Domains.",
    ],
    [
      { mcpServers: [{ key: "a", value: "http://a.example" }] },
      'MCP Servers "a" must be a URL that starts with https://.',
    ],
    [
      { mcpServers: [{ key: "a", value: "https://[" }] },
      "must be a URL that starts with https://.",
    ],
    [
      { definitions: [{ name: "a", input_schema: { type: "string" } }] },
      'requires an input_schema with "type": "object"',
    ],
    [{ mcpServers: [{ key: "a", value: "" }] }, 'MCP Servers "a" is required.'],
    [{ mcpServers: [...server1, ...server1] }, "MCP Servers has two rows named a."],
    [
      {
        mcpServers: server1,
        mcpTokens: [server1[0], server1[0]].map(() => ({ key: "a", value: "t" })),
      },
      "MCP Server Tokens has two rows named a.",
    ],
    [
      { mcpServers: server1, mcpTokens: [{ key: "a", value: 'a"b' }] },
      'MCP Server Tokens "a" contains a character that tokens do not have.',
    ],
    [
      { mcpServers: server1, mcpTokens: [{ key: "b", value: "secret-token" }] },
      "MCP Server Tokens has a row named b, but MCP Servers has no such server.",
    ],
  ];
  test("is an InputError before any request", async () => {
    const server = await startServer(streamed("Hi."));
    for (const [tools, message] of invalid) {
      const error = await failure("chat", server, { ...hello, tools });
      expect.soft(error.name, message).toBe("InputError");
      expect.soft(error.message).toContain(message);
    }
    expect(server.requests).toHaveLength(0);
  });
});

test("alternatives at the root of a tool's schema are moved to its description", async () => {
  const server = await startServer(streamed("Hi."));
  const anyOf = [{ required: ["a"] }, { properties: { b: { type: "string" } }, required: ["b"] }];
  const input_schema = { type: "object", properties: { a: { type: "number" } }, anyOf };
  const { warnings } = await run("chat", server, {
    initialMessage: "Hi",
    tools: { definitions: [{ name: "f", description: "F.", input_schema }] },
  });
  expect(server.requests[0]?.json).toMatchObject({
    tools: [
      {
        name: "f",
        description: `F.\n\nThe input must also match: ${JSON.stringify({ anyOf })}`,
        input_schema: {
          type: "object",
          properties: { a: { type: "number" }, b: { type: "string" } },
        },
      },
    ],
  });
  expect(JSON.stringify(server.requests[0]?.json)).not.toContain('"anyOf":[');
  expect(warnings).toEqual([
    "Tool f: anyOf at the root of its schema was moved to its description, because the API does not accept it there.",
  ]);
});
