import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chatRequests, edges } from "../../support/chatRequests";
import { failure, run } from "../../support/component";
import { modelWith } from "../../support/models";
import { runs } from "../../support/propertyRuns";
import { type Reply, startServer, streamed } from "../../support/server";

const older = modelWith({
  thinking: ["adaptive", "enabled", "disabled"],
  code_execution: { supported: false },
});

/** A server with model info and one reply of Claude. */
const serverWith = (reply: Reply = streamed('{"city": "Bonn"}')) =>
  startServer((request, response) => {
    const isMessage = request.path === "/v1/messages";
    const selected = isMessage ? reply : { body: older };
    if (typeof selected === "function") return selected(request, response);
    const { headers = { "content-type": "application/json" }, body } = selected;
    response.writeHead(200, { "request-id": "req_1", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });

const complete = async (request: Record<string, unknown>, reply?: Reply) => {
  const server = await serverWith(reply);
  const { messages, ...parameters } = request;
  const result = await run("createChatCompletion", server, { messages, parameters });
  const [{ json } = { json: {} }] = server.requests.slice(-1);
  const { model, stream, ...body } = json as Record<string, unknown>;
  expect({ model, stream }).toEqual({ model: "claude-sonnet-5-5", stream: true });
  return { body, result };
};

describe("request", () => {
  test.each(Object.entries({ ...chatRequests, ...edges }))(
    "translates %s",
    async (_, { request, sent, warnings = [] }) => {
      const { body, result } = await complete(request);
      expect(body).toEqual({ max_tokens: 16_000, ...sent });
      expect(result.warnings).toEqual(warnings);
    },
  );

  test("accepts a whole request as JSON text and replaces its model with a warning", async () => {
    const server = await serverWith();
    const request = { model: "gpt-5", messages: [{ role: "user", content: "Hi" }], max_tokens: 5 };
    const result = await run("createChatCompletion", server, {
      messages: JSON.stringify(request),
      parameters: '{"max_tokens": 7}',
    });
    expect(server.request().json).toMatchObject({ model: "claude-sonnet-5-5", max_tokens: 7 });
    expect(result.warnings).toEqual([
      "model gpt-5 of the request was replaced by claude-sonnet-5-5 from Model.",
    ]);
  });

  test("replaces a model that is not text with a warning", async () => {
    const server = await serverWith();
    const request = { model: { a: 1 }, messages: [{ role: "user", content: "Hi" }] };
    const { warnings } = await run("createChatCompletion", server, { messages: request });
    expect(warnings).toEqual([
      'model {"a":1} of the request was replaced by claude-sonnet-5-5 from Model.',
    ]);
  });

  test.each<[string, object, string]>([
    ["an object as Messages", { messages: {} }, "Messages does not have OpenAI's format at /"],
    ["empty Messages", { messages: [] }, "Messages does not have OpenAI's format at /messages"],
    ["Messages in invalid JSON", { messages: "[" }, "Messages must be valid JSON"],
    ["missing Messages", { messages: "" }, "Messages is required."],
    [
      "a message without a role",
      { messages: [{ content: "Hi" }] },
      "Messages does not have OpenAI's format",
    ],
    [
      "an unknown role",
      { messages: [{ role: "critic", content: "Hi" }] },
      "has an invalid role in message 1",
    ],
    ["a message without content", { messages: [{ role: "user" }] }, "has no content in message 1"],
    [
      "a content part without a type",
      { messages: [{ role: "user", content: [{ text: "Hi" }] }] },
      "has a part without a type in message 1.",
    ],
    [
      "an object as tool type",
      { parameters: { tools: [{ type: {} }] } },
      "Parameters does not have OpenAI's format at /tools/0/type",
    ],
    [
      "an object as tool_choice type",
      {
        parameters: {
          tools: [{ type: "function", function: { name: "a" } }],
          tool_choice: { type: {} },
        },
      },
      "Parameters does not have OpenAI's format at /tool_choice/type",
    ],
    [
      "audio input",
      { messages: [{ role: "user", content: [{ type: "input_audio" }] }] },
      'has a part of type "input_audio" in message 1',
    ],
    [
      "an invalid image",
      {
        messages: [
          {
            role: "user",
            content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }],
          },
        ],
      },
      "has a file in message 1 that has an unsupported format",
    ],
    [
      "an invalid image URL",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "a b" } }] }] },
      "has a file in message 1 that has no URL that starts with https://",
    ],
    [
      "a file URL as image URL",
      {
        messages: [
          {
            role: "user",
            content: [{ type: "image_url", image_url: { url: "file:///etc/passwd" } }],
          },
        ],
      },
      "has no URL that starts with https:// or http://.",
    ],
    [
      "file_data that is not base64",
      {
        messages: [
          { role: "user", content: [{ type: "file", file: { file_data: "Hello this is text" } }] },
        ],
      },
      "has a file in message 1 that is neither base64 nor a data URL.",
    ],
    [
      "a file without file_data",
      { messages: [{ role: "user", content: [{ type: "file", file: {} }] }] },
      "has a file in message 1 that has no data.",
    ],
    ...(
      [
        ["empty file_data", { file_data: "" }, "has no data."],
        [
          "a CSV file by file_id without code execution",
          { file_id: "file_1", filename: "a.csv" },
          "is a file of type text/csv, which Claude does not read by file ID. Send the file itself.",
        ],
        ["a number as file_url", { file_url: 5 }, "has no URL that starts with https://"],
        [
          "a file_url with another scheme",
          { file_url: "ftp://a/https:" },
          "has no URL that starts with",
        ],
      ] as const
    ).map(
      ([name, file, message]) =>
        [
          name,
          { messages: [{ role: "user", content: [{ type: "file", file }] }] },
          `has a file in message 1 that ${message}`,
        ] as [string, object, string],
    ),
    [
      "null as content part",
      { messages: [{ role: "user", content: [null] }] },
      "has a part without a type",
    ],
    [
      "null as content part of a system message",
      { messages: [{ role: "system", content: [null] }] },
      "has a part in message 1 that is not text.",
    ],
    [
      "a blank user message",
      { messages: [{ role: "user", content: "  " }] },
      "must end with a user or tool message",
    ],
    [
      "a number as tool call arguments",
      {
        messages: [
          { role: "assistant", tool_calls: [{ id: "1", function: { name: "a", arguments: "5" } }] },
        ],
      },
      "has arguments that are not a JSON object in message 1",
    ],
    [
      "null as tool call arguments",
      {
        messages: [
          {
            role: "assistant",
            tool_calls: [{ id: "1", function: { name: "a", arguments: "null" } }],
          },
        ],
      },
      "has arguments that are not a JSON object in message 1, in the call to tool a.",
    ],
    [
      "a tool call as last message",
      {
        messages: [
          {
            role: "assistant",
            tool_calls: [{ id: "1", function: { name: "a", arguments: "{}" } }],
          },
        ],
      },
      "has a call to tool a (1) without a tool message after it.",
    ],
    [
      "a result of a function that was not called",
      {
        messages: [
          { role: "assistant", content: "", function_call: { name: "a", arguments: "{}" } },
          { role: "function", name: "b", content: "" },
        ],
      },
      'has a tool message for "b" in message 2, which the assistant did not call before.',
    ],
    [
      "two tool calls with the same ID",
      {
        messages: [
          {
            role: "assistant",
            tool_calls: ["a", "b"].map((name) => ({
              id: "1",
              function: { name, arguments: "{}" },
            })),
          },
        ],
      },
      "has two tool calls with the same ID in message 1.",
    ],
    [
      "tool_choice without tools",
      { parameters: { tool_choice: "required" } },
      "Parameters (tool_choice) requires a tool, but the request has none.",
    ],
    [
      "an unknown tool_choice",
      {
        parameters: { tools: [{ type: "function", function: { name: "a" } }], tool_choice: "any" },
      },
      'Parameters (tool_choice) is "any", but must be auto, none, required or a function.',
    ],
    [
      "a tool named web_search combined with web_search_options",
      {
        parameters: {
          tools: [{ type: "function", function: { name: "web_search" } }],
          web_search_options: {},
        },
      },
      "Parameters (tools) has a tool named web_search, which web_search_options adds too.",
    ],
    [
      "an assistant message at the end",
      {
        messages: [
          { role: "user", content: "Hi" },
          { role: "assistant", content: "Ho" },
        ],
      },
      "must end with a user or tool message",
    ],
    [
      "a tool message without a call",
      { messages: [{ role: "tool", tool_call_id: "call_1", content: "" }] },
      'has a tool message for "call_1" in message 1',
    ],
    [
      "a tool call without a tool message",
      {
        messages: [
          {
            role: "assistant",
            tool_calls: [{ id: "call_1", function: { name: "a", arguments: "{}" } }],
          },
          { role: "user", content: "Hi" },
        ],
      },
      "has a call to tool a (call_1) without a tool message before message 2",
    ],
    [
      "tool call arguments in invalid JSON",
      {
        messages: [
          {
            role: "assistant",
            tool_calls: [{ id: "call_1", function: { name: "a", arguments: "{" } }],
          },
        ],
      },
      "has arguments that are not JSON in message 1",
    ],
    [
      "a number as tools",
      { parameters: { tools: 5 } },
      "Parameters does not have OpenAI's format at /tools",
    ],
    [
      "a tool name with a space",
      { parameters: { tools: [{ type: "function", function: { name: "a b" } }] } },
      "Parameters (tools) has an invalid name in tool 1",
    ],
    [
      "a tool_choice that names an unknown tool",
      {
        parameters: {
          tools: [{ type: "function", function: { name: "a" } }],
          tool_choice: { type: "function", function: { name: "b" } },
        },
      },
      "Parameters (tool_choice) is b, but the request has no such tool.",
    ],
    [
      "an empty JSON Schema in response_format",
      { parameters: { response_format: { type: "json_schema", json_schema: { schema: {} } } } },
      "Parameters (response_format) has no type at /:",
    ],
    [
      "response_format without a JSON Schema",
      { parameters: { response_format: { type: "json_schema" } } },
      "has no type at /:",
    ],
    [
      "a number as tool name",
      { parameters: { tools: [{ type: "function", function: { name: 5 } }] } },
      "Parameters does not have OpenAI's format at /tools/0/function/name: ",
    ],
    [
      "a BigInt in Parameters",
      { parameters: { seed: 5n } },
      "Parameters contains a BigInt, which JSON does not support.",
    ],
    [
      "temperature 3",
      { parameters: { temperature: 3 } },
      "Parameters does not have OpenAI's format at /temperature",
    ],
    [
      "max_tokens 0",
      { parameters: { max_tokens: 0 } },
      "Parameters (max_tokens) must be a whole number of at least 1",
    ],
    ["a list as Parameters", { parameters: [] }, "Parameters must be a JSON object"],
  ])("rejects %s before any request", async (_, inputs, message) => {
    const server = await serverWith();
    const error = await failure("createChatCompletion", server, {
      messages: [{ role: "user", content: "Hi" }],
      ...inputs,
    });
    expect(error.name).toBe("InputError");
    expect(error.message).toContain(message);
    expect(server.requests).toHaveLength(0);
  });

  test("random messages and parameters are sent or rejected with an InputError", async () => {
    const anyValue = fc.anything({ maxDepth: 2 });
    const or = (...values: unknown[]) =>
      fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...values) },
        { weight: 1, arbitrary: anyValue },
      );
    const call = fc.record(
      {
        id: or("call_1", "call_2"),
        type: or("function", "custom"),
        function: or({ name: "a", arguments: "{}" }, { name: "a", arguments: "{" }, { name: "a" }),
        custom: or({ name: "a", input: "b" }),
      },
      { requiredKeys: [] },
    );
    const part = fc.record(
      {
        type: or("text", "image_url", "file", "refusal"),
        text: or("Hi", ""),
        image_url: or({ url: "https://a.example/a.png" }, { url: "data:text/plain,a" }, {}),
        file: or(
          { file_data: "data:,a", filename: "a.txt" },
          { file_id: "file_1" },
          { file_url: "x" },
        ),
      },
      { requiredKeys: [] },
    );
    const list = (items: fc.Arbitrary<unknown>) =>
      fc.oneof(
        { weight: 4, arbitrary: fc.array(items, { maxLength: 3 }) },
        { weight: 1, arbitrary: anyValue },
      );
    const choice = fc.record(
      { type: or("function", "allowed_tools"), function: or({ name: "a" }, {}) },
      { requiredKeys: [] },
    );
    const message = fc.record(
      {
        role: or("user", "assistant", "tool", "system", "function"),
        content: fc.oneof(or("Hi", null, ""), list(part)),
        tool_calls: list(call),
        tool_call_id: or("call_1"),
        function_call: or({ name: "a", arguments: "{}" }),
      },
      { requiredKeys: ["role"] },
    );
    const parameters = fc.record(
      {
        tools: or([{ type: "function", function: { name: "a" } }]),
        tool_choice: fc.oneof(or("auto", "required"), choice),
        response_format: or({ type: "json_object" }),
        stop: or("END", ["END"]),
        max_tokens: or(5),
        temperature: or(1),
        reasoning_effort: or("low"),
        functions: or([{ name: "b" }]),
        user: or("u"),
      },
      { requiredKeys: [] },
    );
    const server = await serverWith();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.array(message, { maxLength: 4 }), anyValue),
        parameters,
        async (messages, parameters) => {
          server.requests.length = 0;
          const outcome = await run("createChatCompletion", server, { messages, parameters }).catch(
            (error) => error,
          );
          if (outcome instanceof Error) {
            expect(outcome.name, outcome.stack).toBe("InputError");
            expect(server.requests.filter(({ path }) => path === "/v1/messages")).toHaveLength(0);
          } else expect(outcome.object).toBe("chat.completion");
        },
      ),
      runs(500),
    );
  });
});

describe("response", () => {
  const hello = { messages: [{ role: "user", content: "Hello" }] };
  const message = (content: object[], rest: object = {}) => ({
    body: {
      id: "msg_1",
      model: "claude-sonnet-5-5",
      content,
      stop_reason: "end_turn",
      usage: { input_tokens: 10, output_tokens: 5 },
      ...rest,
    },
  });

  test("is an OpenAI chat completion with additional fields such as json, cost and warnings", async () => {
    const before = Math.floor(Date.now() / 1000);
    const usage = {
      input_tokens: 10,
      cache_read_input_tokens: 100,
      cache_creation_input_tokens: 20,
      output_tokens: 5,
      output_tokens_details: { thinking_tokens: 3 },
    };
    const content = [
      { type: "thinking", thinking: "Hm.", signature: "c2ln" },
      { type: "text", text: "Hi " },
      { type: "text", text: "there." },
    ];
    const { result } = await complete(hello, message(content, { usage }));
    expect(result).toEqual({
      ok: true,
      error: null,
      id: "msg_1",
      object: "chat.completion",
      created: expect.any(Number),
      model: "claude-sonnet-5-5",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "Hi there.", refusal: null },
          finish_reason: "stop",
          logprobs: null,
        },
      ],
      usage: {
        prompt_tokens: 130,
        completion_tokens: 5,
        total_tokens: 135,
        prompt_tokens_details: { cached_tokens: 100 },
        completion_tokens_details: { reasoning_tokens: 3 },
      },
      json: null,
      cost: { input: 0.00008, output: 0.00005, total: 0.00013, currency: "USD" },
      warnings: [],
      requestId: "req_1",
      rateLimit: null,
      attempts: 1,
    });
    expect(result.created - before).toBeLessThan(60);
  });

  test("contains tool calls with arguments as JSON text", async () => {
    const call = { type: "tool_use", id: "toolu_1", name: "a", input: { b: [1, "ü"] } };
    const { result } = await complete(hello, message([call], { stop_reason: "tool_use" }));
    expect(result.choices[0]).toEqual({
      index: 0,
      message: {
        role: "assistant",
        content: null,
        refusal: null,
        tool_calls: [
          { id: "toolu_1", type: "function", function: { name: "a", arguments: '{"b":[1,"ü"]}' } },
        ],
      },
      finish_reason: "tool_calls",
      logprobs: null,
    });
  });

  test.each([
    ["end_turn", "stop"],
    ["stop_sequence", "stop"],
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "length"],
    ["refusal", "content_filter"],
    ["something_new", "stop"],
    [null, "stop"],
  ])("with stop_reason %s has finish_reason %s", async (stop_reason, finish_reason) => {
    const { result } = await complete(
      hello,
      message([{ type: "text", text: "A" }], { stop_reason }),
    );
    expect(result.choices[0].finish_reason).toBe(finish_reason);
    expect(Boolean(result.choices[0].message.refusal)).toBe(stop_reason === "refusal");
  });

  test("contains web citations as url_citation annotations, and omits other citations", async () => {
    const citation = {
      type: "web_search_result_location",
      url: "https://a.example",
      title: "A",
      cited_text: "a",
    };
    const inFile = { type: "char_location", cited_text: "b", document_index: 0 };
    const content = [
      { type: "thinking", thinking: "Hm.", signature: "c2ln" },
      { type: "text", text: "So: ", citations: null },
      { type: "text", text: "A says.", citations: [citation, inFile, null] },
      { type: "text", text: " B too.", citations: [{ ...citation, title: null }] },
    ];
    const { result } = await complete(hello, message(content));
    expect(result.choices[0].message.annotations).toEqual([
      {
        type: "url_citation",
        url_citation: { url: "https://a.example", title: "A", start_index: 4, end_index: 11 },
      },
      {
        type: "url_citation",
        url_citation: { url: "https://a.example", title: "", start_index: 11, end_index: 18 },
      },
    ]);
  });

  test("contains json if response_format has a JSON Schema, or a warning if it does not match", async () => {
    const schema = { type: "object", properties: { a: { type: "integer", minimum: 1 } } };
    const response_format = { type: "json_schema", json_schema: { name: "a", schema } };
    const reply = (text: string) => message([{ type: "text", text }]);
    const right = await complete({ ...hello, response_format }, reply('{"a": 1}'));
    expect(right.result.json).toEqual({ a: 1 });
    const wrong = await complete({ ...hello, response_format }, reply('{"a": 0}'));
    expect(wrong.result).toMatchObject({
      json: null,
      warnings: [expect.stringContaining("at /a")],
    });
  });

  test("can be sent back as an assistant message with a tool result", async () => {
    const call = { type: "tool_use", id: "toolu_1", name: "a", input: {} };
    const first = await complete(hello, message([call], { stop_reason: "tool_use" }));
    const second = await complete({
      messages: [
        ...hello.messages,
        first.result.choices[0].message,
        { role: "tool", tool_call_id: "toolu_1", content: "1" },
      ],
    });
    expect(second.body.messages).toEqual([
      hello.messages[0],
      { role: "assistant", content: [call] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "1" }] },
    ]);
  });
});
