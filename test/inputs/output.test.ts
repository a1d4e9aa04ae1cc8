import { describe, expect, test } from "vitest";
import { failure, run } from "../support/component";
import { modelWith } from "../support/models";
import { refusal, startServer, streamed } from "../support/server";

const page = { body: modelWith() };
const schema = {
  type: "object",
  properties: {
    city: { type: "string", minLength: 2 },
    degrees: { type: "integer", minimum: -90, maximum: 60, description: "Celsius" },
  },
  required: ["city", "degrees"],
};
const hello = { initialMessage: "Weather?" };

/** What comes of an answer, with this schema. */
const answered = async (text: string, jsonSchema: unknown = schema, stop_reason = "end_turn") => {
  const server = await startServer(page, streamed(text, { stop_reason } as object));
  return run("chat", server, { ...hello, output: { jsonSchema } });
};

let deep: object = { type: "string" };
for (let level = 0; level < 20_000; level++) deep = { type: "array", items: deep };

describe("a JSON Schema", () => {
  const many = (count: number, type: unknown) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, { type }]));

  test.each([
    ["as text", JSON.stringify(schema)],
    ["as data", schema],
  ])("%s is sent as the API takes it, and the answer comes as data", async (_, jsonSchema) => {
    const server = await startServer(page, streamed('{"city": "Köln", "degrees": 21}'));
    const result = await run("chat", server, { ...hello, output: { jsonSchema } });
    expect(server.requests[1]?.json).toEqual({
      model: "claude-sonnet-5-5",
      max_tokens: 4096,
      messages: [{ role: "user", content: "Weather?" }],
      output_config: {
        format: {
          type: "json_schema",
          schema: {
            type: "object",
            properties: {
              city: { type: "string", description: "{minLength: 2}" },
              degrees: {
                type: "integer",
                description: "Celsius\n\n{minimum: -90, maximum: 60}",
              },
            },
            required: ["city", "degrees"],
            additionalProperties: false,
          },
        },
      },
      stream: true,
    });
    expect(result).toMatchObject({
      text: '{"city": "Köln", "degrees": 21}',
      json: { city: "Köln", degrees: 21 },
      warnings: [],
    });
  });

  test("goes to a host that says nothing about the model", async () => {
    const server = await startServer(refusal(404, "not_found_error"), streamed("[1]"));
    const output = { jsonSchema: { type: "array", items: { type: "integer" } } };
    expect(await run("chat", server, { ...hello, output })).toMatchObject({ json: [1] });
  });

  test.each([
    [
      "breaks a limit that the API does not hold to",
      '{"city": "K", "degrees": 99}',
      "The answer does not match the JSON Schema (at /city: String is too short (1 < 2). at /degrees: 99 is greater than 60.): json is null.",
    ],
    [
      "lacks a field",
      '{"city": "Köln"}',
      'The answer does not match the JSON Schema (at /: Instance does not have required property "degrees".): json is null.',
    ],
    ["is no JSON", "It is sunny.", /^The answer is no JSON \(.*\): json is null\.$/],
    ["is cut off in the middle", '{"city": "Kö', /^The answer is no JSON \(.*\): json is null\.$/],
  ])("that the answer does not match gives null and a warning: it %s", async (_, text, warning) => {
    expect(await answered(text)).toMatchObject({
      text,
      json: null,
      warnings: [typeof warning === "string" ? warning : expect.stringMatching(warning)],
    });
  });

  test("that is missed in many places names the first three", async () => {
    const many = { type: "array", items: { type: "string" } };
    const [warning] = (await answered("[1, 2, 3, 4, 5]", many)).warnings;
    expect(warning.match(/at \//g)).toHaveLength(3);
  });

  test("of draft 4 is read by that draft", async () => {
    const draft4 = {
      $schema: "http://json-schema.org/draft-04/schema#",
      type: "array",
      items: { type: "number", minimum: 0, exclusiveMinimum: true },
    };
    expect((await answered("[0]", draft4)).warnings[0]).toContain("at /0: ");
    const open = { ...draft4, items: { ...draft4.items, exclusiveMinimum: false } };
    expect((await answered("[0]", open)).json).toEqual([0]);
  });

  test("is not read into a pause", async () => {
    const server = await startServer(
      page,
      { body: { content: [{ type: "text", text: "So" }], stop_reason: "pause_turn", usage: {} } },
      refusal(400, "invalid_request_error"),
    );
    const { json, warnings } = await run("chat", server, {
      ...hello,
      output: { jsonSchema: schema },
    });
    expect(json).toBeNull();
    expect(warnings.join()).not.toContain("The answer is no JSON");
  });

  test("with twenty-four optional fields is as large as the API takes", async () => {
    await answered("{}", { type: "object", properties: many(24, "string") });
  });

  test("tells of what it cannot hold", async () => {
    const map = { type: "object", patternProperties: { "^a": { type: "string" } } };
    expect((await answered("{}", map)).warnings).toEqual([
      expect.stringContaining("objects hold only the properties that the schema names"),
    ]);
  });

  test("finds names with a slash in its references", async () => {
    const slashed = { $ref: "#/$defs/a~1b", $defs: { "a/b": { type: "string" } } };
    expect((await answered('"x"', slashed)).json).toBe("x");
  });

  test("is not read into a refusal", async () => {
    expect(await answered("I cannot.", schema, "refusal")).toMatchObject({
      json: null,
      refused: true,
      warnings: [],
    });
  });

  test("and an answer that is cut off give both reasons", async () => {
    expect(await answered('{"city": "Kö', schema, "max_tokens")).toMatchObject({
      json: null,
      truncated: true,
      warnings: [
        "The answer is cut off at Max Tokens (4096). Raise Max Tokens.",
        expect.stringContaining("json is null"),
      ],
    });
  });

  test("of a draft is read by that draft", async () => {
    const draft7 = {
      $schema: "http://json-schema.org/draft-07/schema#",
      type: "object",
      properties: { a: { $ref: "#/definitions/a" } },
      definitions: { a: { type: "array", items: { type: "integer", exclusiveMinimum: 0 } } },
    };
    expect((await answered('{"a": [1]}', draft7)).json).toEqual({ a: [1] });
    expect((await answered('{"a": [0]}', draft7)).warnings[0]).toContain("at /a/0: ");
    // In it, a reference stands for itself alone.
    const beside = { ...draft7, properties: { a: { $ref: "#/definitions/a", minItems: 2 } } };
    expect((await answered('{"a": [1]}', beside)).json).toEqual({ a: [1] });
  });

  test("is read after the last tool of the API", async () => {
    const content = [
      { type: "text", text: "I look it up." },
      { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} },
      { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] },
      { type: "text", text: '{"city": "Köln",' },
      { type: "text", text: ' "degrees": 1}' },
    ];
    const server = await startServer(page, {
      body: { content, stop_reason: "end_turn", usage: {} },
    });
    const result = await run("chat", server, { ...hello, output: { jsonSchema: schema } });
    expect(result.json).toEqual({ city: "Köln", degrees: 1 });
  });

  test("for a model without structured output is an error before the message is sent", async () => {
    const none = modelWith({ structured_outputs: { supported: false } });
    const server = await startServer({ body: none }, streamed("{}"));
    const error = await failure("chat", server, { ...hello, output: { jsonSchema: schema } });
    expect(error.message).toBe(
      "JSON Schema cannot be used with claude-sonnet-5-5, which has no structured output. Choose another model.",
    );
    expect(server.requests).toHaveLength(1);
  });

  test.each<[unknown, string]>([
    ["{", "JSON Schema takes JSON, but this is none: "],
    ["[]", "JSON Schema takes a JSON object, but a list was given."],
    [{}, "JSON Schema has no type at its root: the API needs one."],
    [
      { type: "objekt" },
      'JSON Schema has a type that is none at its root: "objekt". Types are object, array,',
    ],
    [{ type: [] }, "JSON Schema has a type that is none at its root: []"],
    [
      { type: "object", properties: { a: "string" } },
      "JSON Schema holds no schema at /properties/a.",
    ],
    [
      { type: "object", properties: { a: {} } },
      "JSON Schema has no type at /properties/a: the API needs one.",
    ],
    [{ type: "object", properties: [] }, "takes an object of schemas at /properties."],
    [{ type: "object", required: "a" }, "takes a list of names at /required."],
    [{ type: "array", items: true }, "holds no schema at /items."],
    [{ enum: [] }, "takes a list of values for enum at its root."],
    [{ anyOf: [] }, "takes a list of schemas at /anyOf."],
    [{ type: "string", $id: "http://[bad" }, "cannot be used: "],
    [deep, "is nested more than 500 levels deep, or holds itself."],
    [{ type: "string", pattern: "(" }, "has a pattern that is no regular expression at its root."],
    [{ $ref: "https://example.com/s" }, "refers to https://example.com/s; references begin with"],
    [{ $ref: "#/$defs/a" }, "refers to #/$defs/a, which it does not hold."],
    [
      {
        $ref: "#/$defs/a",
        $defs: { a: { type: "array", items: { $ref: "#/$defs/a" } } },
      },
      "refers to itself at #/$defs/a; the API takes no recursion.",
    ],
    [
      { type: "object", properties: many(25, "string") },
      "has 25 fields that are not required; the API takes 24.",
    ],
    [
      {
        type: "array",
        items: {
          type: "object",
          properties: Object.fromEntries(
            Object.keys(many(17, "")).map((name) => [name, { anyOf: [{ type: "string" }] }]),
          ),
          required: Object.keys(many(17, "")),
        },
      },
      "has 17 fields of several types; the API takes 16.",
    ],
    [
      {
        type: "object",
        properties: many(17, ["string", "null"]),
        required: Object.keys(many(17, "")),
      },
      "has 17 fields of several types; the API takes 16.",
    ],
  ])("%# is an error before any request", async (jsonSchema, message) => {
    const server = await startServer(streamed("{}"));
    const error = await failure("chat", server, { ...hello, output: { jsonSchema } });
    expect(error.name).toBe("InputError");
    expect(error.message).toMatch(/^JSON Schema /);
    expect(error.message).toContain(message);
    expect(server.requests).toHaveLength(0);
  });
});

test("stop sequences are sent, and the one that ended the answer is told", async () => {
  const server = await startServer(streamed("One", { stop_reason: "stop_sequence" }));
  const result = await run("chat", server, {
    ...hello,
    output: { stopSequences: ["END", "", "\n\n", "###"] },
  });
  expect(server.request().json).toMatchObject({ stop_sequences: ["END", "###"] });
  expect(result.stop_reason).toBe("stop_sequence");
});

describe("Fail When Incomplete", () => {
  const failWhenIncomplete = "true";
  test.each([
    [
      "max_tokens",
      "The answer is cut off at Max Tokens (4096). Raise Max Tokens. (request id req_1)",
    ],
    [
      "model_context_window_exceeded",
      "The answer is cut off: the context window of the model is full. Send less.",
    ],
    ["refusal", "Claude declined to answer. Change Message, or add Fallback Models."],
  ] as const)("turns %s into an error", async (stop_reason, message) => {
    const server = await startServer(streamed("Half", { stop_reason }));
    const error = await failure("chat", server, { ...hello, output: { failWhenIncomplete } });
    expect(error).toMatchObject({
      name: "IncompleteAnswerError",
      isSpectralError: true,
      stopReason: stop_reason,
      requestId: "req_1",
    });
    expect(error.message).toContain(message);
  });

  test("says why Claude declined", async () => {
    const stop_details = { type: "refusal", category: "cyber", explanation: "It does harm." };
    const message = { content: [], stop_reason: "refusal", stop_details, usage: {} };
    const server = await startServer({ body: message });
    const error = await failure("chat", server, { ...hello, output: { failWhenIncomplete } });
    expect(error.message).toContain("Claude declined to answer (cyber: It does harm.). ");
  });

  test("turns an answer of another shape into an error", async () => {
    const server = await startServer(page, streamed("{}"));
    const error = await failure("chat", server, {
      ...hello,
      output: { jsonSchema: schema, failWhenIncomplete },
    });
    expect(error.message).toMatch(
      /^The answer does not match the JSON Schema \(at \/: .*\)\. Change JSON Schema or Message\. /,
    );
  });

  test("lets a whole answer pass, and a call of a tool", async () => {
    const server = await startServer(page, streamed('{"city": "Köln", "degrees": 1}'));
    const output = { jsonSchema: schema, failWhenIncomplete };
    expect((await run("chat", server, { ...hello, output })).json).toBeTruthy();
    const call = { type: "tool_use", id: "toolu_1", name: "weather", input: {} };
    const tool = await startServer(page, {
      body: { content: [call], stop_reason: "tool_use", usage: {} },
    });
    expect((await run("chat", tool, { ...hello, output })).toolCalls).toHaveLength(1);
  });
});
