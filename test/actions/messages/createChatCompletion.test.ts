import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chatRequests, edges } from "../../support/chatRequests";
import { failure, run } from "../../support/component";
import { modelWith } from "../../support/models";
import { runs } from "../../support/runs";
import { type Reply, startServer, streamed } from "../../support/server";

const older = modelWith({
  thinking: ["adaptive", "enabled", "disabled"],
  code_execution: { supported: false },
});

/** A server that knows the model and streams an answer. */
const answering = (answer: Reply = streamed('{"city": "Bonn"}')) =>
  startServer((request, response) => {
    const isMessage = request.path === "/v1/messages";
    const reply = isMessage ? answer : { body: older };
    if (typeof reply === "function") return reply(request, response);
    const { headers = { "content-type": "application/json" }, body } = reply;
    response.writeHead(200, { "request-id": "req_1", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });

const complete = async (request: Record<string, unknown>, answer?: Reply) => {
  const server = await answering(answer);
  const { messages, ...parameters } = request;
  const result = await run("createChatCompletion", server, { messages, parameters });
  const [{ json } = { json: {} }] = server.requests.slice(-1);
  const { model, stream, ...body } = json as Record<string, unknown>;
  expect({ model, stream }).toEqual({ model: "claude-sonnet-5-5", stream: true });
  return { body, result };
};

describe("the request", () => {
  test.each(Object.entries({ ...chatRequests, ...edges }))(
    "%s",
    async (_, { request, sent, warnings = [] }) => {
      const { body, result } = await complete(request);
      expect(body).toEqual({ max_tokens: 4096, ...sent });
      expect(result.warnings).toEqual(warnings);
    },
  );

  test("may come whole, as text, with a model that is not Claude's", async () => {
    const server = await answering();
    const request = { model: "gpt-5", messages: [{ role: "user", content: "Hi" }], max_tokens: 5 };
    const result = await run("createChatCompletion", server, {
      messages: JSON.stringify(request),
      parameters: '{"max_tokens": 7}',
    });
    expect(server.request().json).toMatchObject({ model: "claude-sonnet-5-5", max_tokens: 7 });
    expect(result.warnings).toEqual([
      "model gpt-5 of the request was replaced by claude-sonnet-5-5, the Model input.",
    ]);
  });

  test("may come with a model that is no name", async () => {
    const server = await answering();
    const request = { model: { a: 1 }, messages: [{ role: "user", content: "Hi" }] };
    const { warnings } = await run("createChatCompletion", server, { messages: request });
    expect(warnings).toEqual([
      'model {"a":1} of the request was replaced by claude-sonnet-5-5, the Model input.',
    ]);
  });

  test.each<[string, object, string]>([
    ["no list", { messages: {} }, "Messages is not as OpenAI's API takes it, at /"],
    ["an empty list", { messages: [] }, "Messages is not as OpenAI's API takes it, at /messages"],
    ["no JSON", { messages: "[" }, "Messages takes JSON, but this is none"],
    ["nothing", { messages: "" }, "Messages is required."],
    ["no role", { messages: [{ content: "Hi" }] }, "Messages is not as OpenAI's API takes it"],
    [
      "another role",
      { messages: [{ role: "critic", content: "Hi" }] },
      "has a role that is none in message 1",
    ],
    ["no content", { messages: [{ role: "user" }] }, "has no content in message 1"],
    [
      "a part without a type",
      { messages: [{ role: "user", content: [{ text: "Hi" }] }] },
      "has a part without a type in message 1, which Claude does not read.",
    ],
    [
      "a tool whose type is no text",
      { parameters: { tools: [{ type: {} }] } },
      "Parameters is not as OpenAI's API takes it, at /tools/0/type",
    ],
    [
      "a choice whose type is no text",
      {
        parameters: {
          tools: [{ type: "function", function: { name: "a" } }],
          tool_choice: { type: {} },
        },
      },
      "Parameters is not as OpenAI's API takes it, at /tool_choice/type",
    ],
    [
      "sound",
      { messages: [{ role: "user", content: [{ type: "input_audio" }] }] },
      'has a part of the type "input_audio" in message 1',
    ],
    [
      "a broken image",
      {
        messages: [
          {
            role: "user",
            content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }],
          },
        ],
      },
      "has a file in message 1 that is no image",
    ],
    [
      "an address that is none",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "a b" } }] }] },
      "has a file in message 1 that has no address that begins with https://",
    ],
    [
      "an address on this machine",
      {
        messages: [
          {
            role: "user",
            content: [{ type: "image_url", image_url: { url: "file:///etc/passwd" } }],
          },
        ],
      },
      "has no address that begins with https:// or http://.",
    ],
    [
      "a file that is no base64",
      {
        messages: [
          { role: "user", content: [{ type: "file", file: { file_data: "Hello this is text" } }] },
        ],
      },
      "has a file in message 1 that is neither base64 nor a data URL.",
    ],
    [
      "a file without data",
      { messages: [{ role: "user", content: [{ type: "file", file: {} }] }] },
      "has a file in message 1 that has no data.",
    ],
    ...(
      [
        ["an empty file", { file_data: "" }, "that has no data."],
        [
          "a file that only code reads",
          { file_id: "file_1", filename: "a.csv" },
          "that is a file of the type text/csv, which Claude reads from its file id only with Code Execution on.",
        ],
        ["a number as address", { file_url: 5 }, "that has no address that begins with https://"],
        ["another address", { file_url: "ftp://a/https:" }, "that has no address that begins with"],
      ] as const
    ).map(
      ([name, file, message]) =>
        [
          name,
          { messages: [{ role: "user", content: [{ type: "file", file }] }] },
          `has a file in message 1 ${message}`,
        ] as [string, object, string],
    ),
    ["no part", { messages: [{ role: "user", content: [null] }] }, "has a part without a type"],
    [
      "a part that is no text",
      { messages: [{ role: "system", content: [null] }] },
      "has a part that is no text in message 1.",
    ],
    [
      "nothing to say",
      { messages: [{ role: "user", content: "  " }] },
      "ends without a message of the user",
    ],
    [
      "arguments that are no object",
      {
        messages: [
          { role: "assistant", tool_calls: [{ id: "1", function: { name: "a", arguments: "5" } }] },
        ],
      },
      "has arguments that are no JSON object in message 1",
    ],
    [
      "arguments that are null",
      {
        messages: [
          {
            role: "assistant",
            tool_calls: [{ id: "1", function: { name: "a", arguments: "null" } }],
          },
        ],
      },
      "has arguments that are no JSON object in message 1, in the call of the tool a.",
    ],
    [
      "a call at its end",
      {
        messages: [
          {
            role: "assistant",
            tool_calls: [{ id: "1", function: { name: "a", arguments: "{}" } }],
          },
        ],
      },
      "has a call of the tool a (1) that no tool message answers before its end.",
    ],
    [
      "a result of another function",
      {
        messages: [
          { role: "assistant", content: "", function_call: { name: "a", arguments: "{}" } },
          { role: "function", name: "b", content: "" },
        ],
      },
      'has a tool message for "b" in message 2, which the assistant did not call before.',
    ],
    [
      "two calls of one id",
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
      "has two tool calls with one id in message 1.",
    ],
    [
      "a choice without tools",
      { parameters: { tool_choice: "required" } },
      "Parameters (tool_choice) asks for a tool, but the request has none.",
    ],
    [
      "an unknown choice",
      {
        parameters: { tools: [{ type: "function", function: { name: "a" } }], tool_choice: "any" },
      },
      'Parameters (tool_choice) is "any": it takes auto, none, required or a function.',
    ],
    [
      "two tools that search the web",
      {
        parameters: {
          tools: [{ type: "function", function: { name: "web_search" } }],
          web_search_options: {},
        },
      },
      "holds a tool named web_search beside web_search_options.",
    ],
    [
      "Claude last",
      {
        messages: [
          { role: "user", content: "Hi" },
          { role: "assistant", content: "Ho" },
        ],
      },
      "ends without a message of the user or of a tool",
    ],
    [
      "a result without a call",
      { messages: [{ role: "tool", tool_call_id: "call_1", content: "" }] },
      'has a tool message for "call_1" in message 1',
    ],
    [
      "a call without a result",
      {
        messages: [
          {
            role: "assistant",
            tool_calls: [{ id: "call_1", function: { name: "a", arguments: "{}" } }],
          },
          { role: "user", content: "Hi" },
        ],
      },
      "has a call of the tool a (call_1) that no tool message answers before message 2",
    ],
    [
      "arguments that are no JSON",
      {
        messages: [
          {
            role: "assistant",
            tool_calls: [{ id: "call_1", function: { name: "a", arguments: "{" } }],
          },
        ],
      },
      "has arguments that are no JSON in message 1",
    ],
    [
      "tools that are none",
      { parameters: { tools: 5 } },
      "Parameters is not as OpenAI's API takes it, at /tools",
    ],
    [
      "a tool with no name",
      { parameters: { tools: [{ type: "function", function: { name: "a b" } }] } },
      "Parameters (tools) has a name that is none in tool 1",
    ],
    [
      "a choice of no tool",
      {
        parameters: {
          tools: [{ type: "function", function: { name: "a" } }],
          tool_choice: { type: "function", function: { name: "b" } },
        },
      },
      "Parameters (tool_choice) names b, which is no tool of the request.",
    ],
    [
      "a schema that is none",
      { parameters: { response_format: { type: "json_schema", json_schema: { schema: {} } } } },
      "Parameters (response_format) has no type at its root",
    ],
    ["no schema", { parameters: { response_format: { type: "json_schema" } } }, "at its root"],
    [
      "a name that is none, deep inside",
      { parameters: { tools: [{ type: "function", function: { name: 5 } }] } },
      "Parameters is not as OpenAI's API takes it, at /tools/0/function/name: ",
    ],
    [
      "numbers without JSON",
      { parameters: { seed: 5n } },
      "Parameters holds a BigInt, which JSON has no form for.",
    ],
    [
      "a hot temperature",
      { parameters: { temperature: 3 } },
      "Parameters is not as OpenAI's API takes it, at /temperature",
    ],
    [
      "a limit of none",
      { parameters: { max_tokens: 0 } },
      "Parameters (max_tokens) takes a whole number of 1 or more",
    ],
    ["parameters in a list", { parameters: [] }, "Parameters takes a JSON object"],
  ])("with %s is an error before any request", async (_, inputs, message) => {
    const server = await answering();
    const error = await failure("createChatCompletion", server, {
      messages: [{ role: "user", content: "Hi" }],
      ...inputs,
    });
    expect(error.name).toBe("InputError");
    expect(error.message).toContain(message);
    expect(server.requests).toHaveLength(0);
  });

  test("of any junk is a request or an error that says why", async () => {
    const junk = fc.anything({ maxDepth: 2 });
    const or = (...values: unknown[]) =>
      fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...values) },
        { weight: 1, arbitrary: junk },
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
        { weight: 1, arbitrary: junk },
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
    const server = await answering();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.array(message, { maxLength: 4 }), junk),
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

describe("the answer", () => {
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

  test("is a completion in OpenAI's format, with what that has no place for beside it", async () => {
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

  test("holds tool calls, their arguments as text", async () => {
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
  ])("that ends with %s has the finish_reason %s", async (stop_reason, finish_reason) => {
    const { result } = await complete(
      hello,
      message([{ type: "text", text: "A" }], { stop_reason }),
    );
    expect(result.choices[0].finish_reason).toBe(finish_reason);
    expect(Boolean(result.choices[0].message.refusal)).toBe(stop_reason === "refusal");
  });

  test("cites the web where it does", async () => {
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

  test("comes as data too where a schema asks for it", async () => {
    const schema = { type: "object", properties: { a: { type: "integer", minimum: 1 } } };
    const response_format = { type: "json_schema", json_schema: { name: "a", schema } };
    const answer = (text: string) => message([{ type: "text", text }]);
    const right = await complete({ ...hello, response_format }, answer('{"a": 1}'));
    expect(right.result.json).toEqual({ a: 1 });
    const wrong = await complete({ ...hello, response_format }, answer('{"a": 0}'));
    expect(wrong.result).toMatchObject({
      json: null,
      warnings: [expect.stringContaining("at /a")],
    });
  });

  test("of one call goes back with the next", async () => {
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
