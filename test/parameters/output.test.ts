import { describe, expect, test } from "vitest";
import { failure, run } from "../support/component";
import { modelWith } from "../support/models";
import { refusal, startServer, streamed } from "../support/server";

const modelInfo = { body: modelWith() };
const schema = {
  type: "object",
  properties: {
    city: { type: "string", minLength: 2 },
    degrees: { type: "integer", minimum: -90, maximum: 60, description: "Celsius" },
  },
  required: ["city", "degrees"],
};
const hello = { initialMessage: "Weather?" };

/** The output of Chat for a reply with this text and JSON Schema. */
const resultOf = async (text: string, jsonSchema: unknown = schema, stop_reason = "end_turn") => {
  const server = await startServer(modelInfo, streamed(text, { stop_reason } as object));
  return run("chat", server, { ...hello, output: { jsonSchema } });
};

let deep: object = { type: "string" };
for (let level = 0; level < 20_000; level++) deep = { type: "array", items: deep };

describe("JSON Schema", () => {
  const many = (count: number, type: unknown) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, { type }]));

  test.each([
    ["text", JSON.stringify(schema)],
    ["an object", schema],
  ])(
    "given as %s is sent in the API's format, and the reply is parsed into json",
    async (_, jsonSchema) => {
      const server = await startServer(modelInfo, streamed('{"city": "Köln", "degrees": 21}'));
      const result = await run("chat", server, { ...hello, output: { jsonSchema } });
      expect(server.requests[1]?.json).toEqual({
        model: "claude-sonnet-5-5",
        max_tokens: 16_000,
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
    },
  );

  test("is sent to a host without model info", async () => {
    const server = await startServer(refusal(404, "not_found_error"), streamed("[1]"));
    const output = { jsonSchema: { type: "array", items: { type: "integer" } } };
    expect(await run("chat", server, { ...hello, output })).toMatchObject({ json: [1] });
  });

  test.each([
    [
      "a value outside its limits",
      '{"city": "K", "degrees": 99}',
      "The response does not match JSON Schema (at /city: String is too short (1 < 2). at /degrees: 99 is greater than 60.), so json is null.",
    ],
    [
      "a missing field",
      '{"city": "Köln"}',
      'The response does not match JSON Schema (at /: Instance does not have required property "degrees".), so json is null.',
    ],
    ["invalid JSON", "It is sunny.", /^The response is not JSON \(.*\), so json is null\.$/],
    ["truncated JSON", '{"city": "Kö', /^The response is not JSON \(.*\), so json is null\.$/],
  ])("%s in the reply sets json to null and adds a warning", async (_, text, warning) => {
    expect(await resultOf(text)).toMatchObject({
      text,
      json: null,
      warnings: [typeof warning === "string" ? warning : expect.stringMatching(warning)],
    });
  });

  test("warnings list at most three mismatches", async () => {
    const many = { type: "array", items: { type: "string" } };
    const [warning] = (await resultOf("[1, 2, 3, 4, 5]", many)).warnings;
    expect(warning.match(/at \//g)).toHaveLength(3);
  });

  test("draft 4 is validated as draft 4", async () => {
    const draft4 = {
      $schema: "http://json-schema.org/draft-04/schema#",
      type: "array",
      items: { type: "number", minimum: 0, exclusiveMinimum: true },
    };
    expect((await resultOf("[0]", draft4)).warnings[0]).toContain("at /0: ");
    const open = { ...draft4, items: { ...draft4.items, exclusiveMinimum: false } };
    expect((await resultOf("[0]", open)).json).toEqual([0]);
  });

  test("is not checked on a paused reply", async () => {
    const server = await startServer(
      modelInfo,
      { body: { content: [{ type: "text", text: "So" }], stop_reason: "pause_turn", usage: {} } },
      refusal(400, "invalid_request_error"),
    );
    const { json, warnings } = await run("chat", server, {
      ...hello,
      output: { jsonSchema: schema },
    });
    expect(json).toBeNull();
    expect(warnings.join()).not.toContain("The response is not JSON");
  });

  test("accepts 24 optional fields", async () => {
    await resultOf("{}", { type: "object", properties: many(24, "string") });
  });

  test("warns about patternProperties", async () => {
    const map = { type: "object", patternProperties: { "^a": { type: "string" } } };
    expect((await resultOf("{}", map)).warnings).toEqual([
      expect.stringContaining("the object at / can only have the properties that the schema names"),
    ]);
  });

  test("resolves references to names with a slash", async () => {
    const slashed = { $ref: "#/$defs/a~1b", $defs: { "a/b": { type: "string" } } };
    expect((await resultOf('"x"', slashed)).json).toBe("x");
  });

  test("is not checked on a refusal", async () => {
    expect(await resultOf("I cannot.", schema, "refusal")).toMatchObject({
      json: null,
      refused: true,
      warnings: [],
    });
  });

  test("a truncated reply is reported as truncated and as invalid", async () => {
    expect(await resultOf('{"city": "Kö', schema, "max_tokens")).toMatchObject({
      json: null,
      truncated: true,
      warnings: [
        "The response was truncated at 16000 tokens. Increase Max Tokens.",
        expect.stringContaining("json is null"),
      ],
    });
  });

  test("draft 7 is validated as draft 7", async () => {
    const draft7 = {
      $schema: "http://json-schema.org/draft-07/schema#",
      type: "object",
      properties: { a: { $ref: "#/definitions/a" } },
      definitions: { a: { type: "array", items: { type: "integer", exclusiveMinimum: 0 } } },
    };
    expect((await resultOf('{"a": [1]}', draft7)).json).toEqual({ a: [1] });
    expect((await resultOf('{"a": [0]}', draft7)).warnings[0]).toContain("at /a/0: ");
    // In draft 7, keywords alongside $ref are ignored.
    const withSibling = { ...draft7, properties: { a: { $ref: "#/definitions/a", minItems: 2 } } };
    expect((await resultOf('{"a": [1]}', withSibling)).json).toEqual({ a: [1] });
  });

  test("json is parsed from the text after the last server tool", async () => {
    const content = [
      { type: "text", text: "I look it up." },
      { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} },
      { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] },
      { type: "text", text: '{"city": "Köln",' },
      { type: "text", text: ' "degrees": 1}' },
    ];
    const server = await startServer(modelInfo, {
      body: { content, stop_reason: "end_turn", usage: {} },
    });
    const result = await run("chat", server, { ...hello, output: { jsonSchema: schema } });
    expect(result.json).toEqual({ city: "Köln", degrees: 1 });
  });

  test("is sent in the system prompt to a model without structured output", async () => {
    const none = modelWith({ structured_outputs: { supported: false } });
    const server = await startServer({ body: none }, streamed('{"city": "Köln", "degrees": 1}'));
    const result = await run("chat", server, { ...hello, output: { jsonSchema: schema } });
    const body = server.requests[1]?.json as { system: string };
    expect(body).not.toHaveProperty("output_config");
    expect(body.system).toContain("It must match this JSON Schema: {");
    expect(result).toMatchObject({
      json: { city: "Köln", degrees: 1 },
      warnings: [
        "JSON Schema was sent in the system prompt, because the model does not support structured output.",
      ],
    });
  });

  test.each([
    [
      "recursion",
      { $ref: "#/$defs/a", $defs: { a: { type: "array", items: { $ref: "#/$defs/a" } } } },
    ],
    ["25 properties that are not required", { type: "object", properties: many(25, "string") }],
    [
      "17 properties of several types",
      {
        type: "object",
        properties: many(17, ["string", "null"]),
        required: Object.keys(many(17, "")),
      },
    ],
  ])("with %s is sent in the system prompt", async (_, jsonSchema) => {
    const server = await startServer(modelInfo, streamed("[]"));
    const result = await run("chat", server, { ...hello, output: { jsonSchema } });
    expect(server.requests[1]?.json).not.toHaveProperty("output_config");
    expect(result.warnings[0]).toBe(
      "JSON Schema was sent in the system prompt, because it is too complex for structured output.",
    );
  });

  test("property names that the API does not accept are mapped back in json", async () => {
    const properties = { "Order Number": { type: "string" }, $top: { type: "integer" } };
    const jsonSchema = { type: "object", properties, required: ["Order Number"] };
    const server = await startServer(modelInfo, streamed('{"Order_Number": "A-1", "_top": 2}'));
    const result = await run("chat", server, { ...hello, output: { jsonSchema } });
    expect(server.requests[1]?.json).toMatchObject({
      output_config: {
        format: {
          schema: {
            properties: { Order_Number: { type: "string" }, _top: { type: "integer" } },
            required: ["Order_Number"],
          },
        },
      },
    });
    expect(result).toMatchObject({ json: { "Order Number": "A-1", $top: 2 }, warnings: [] });
  });

  const invalid: [jsonSchema: unknown, message: string][] = [
    ["{", "JSON Schema must be valid JSON: "],
    ["[]", "JSON Schema must be a JSON object, but was a list."],
    [{}, "JSON Schema has no type at /: the API requires one."],
    [
      { type: "objekt" },
      'JSON Schema has an invalid type at /: "objekt". Use one of object, array,',
    ],
    [{ type: [] }, "JSON Schema has an invalid type at /: []"],
    [
      { type: "object", properties: { a: "string" } },
      "JSON Schema is not a valid JSON Schema: /properties/a must be a schema.",
    ],
    [
      { type: "object", properties: { a: {} } },
      "JSON Schema has no type at /properties/a: the API requires one.",
    ],
    [{ type: "object", properties: [] }, "/properties must be an object of schemas."],
    [{ type: "object", required: "a" }, "/required must be a list of names."],
    [{ type: "array", items: true }, "/items must be a schema."],
    [{ enum: [] }, "/enum must be a list of values."],
    [{ anyOf: [] }, "/anyOf must be a list of schemas."],
    [{ type: "string", $id: "http://[bad" }, "is not a valid JSON Schema: "],
    [deep, "is nested more than 500 levels deep, or contains itself."],
    [
      { type: "string", pattern: "(" },
      "has a pattern at / that is not a valid regular expression.",
    ],
    [
      { $ref: "https://example.com/s" },
      "refers to https://example.com/s, but references must start with",
    ],
    [{ $ref: "#/$defs/a" }, "refers to #/$defs/a, which it does not contain."],
    [{ $ref: "#" }, "has a $ref that refers to itself: #."],
    [
      { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/a" } } },
      "has a $ref that refers to itself: #/$defs/a.",
    ],
  ];
  test("invalid schemas are an InputError before any request", async () => {
    const server = await startServer(streamed("{}"));
    for (const [jsonSchema, message] of invalid) {
      const error = await failure("chat", server, { ...hello, output: { jsonSchema } });
      expect.soft(error.name, message).toBe("InputError");
      expect.soft(error.message).toMatch(/^JSON Schema /);
      expect.soft(error.message).toContain(message);
    }
    expect(server.requests).toHaveLength(0);
  });
});

test("Stop Sequences are sent without blank ones, and stop_reason is returned", async () => {
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
      "The response was truncated at 16000 tokens. Increase Max Tokens. (request ID req_1)",
    ],
    [
      "model_context_window_exceeded",
      "The response was truncated because the context window of the model is full. Send less.",
    ],
    ["refusal", "Claude refused to reply. Change Message, or add Fallback Models."],
  ] as const)("fails on stop_reason %s", async (stop_reason, message) => {
    const server = await startServer(streamed("Half", { stop_reason }));
    const error = await failure("chat", server, { ...hello, output: { failWhenIncomplete } });
    expect(error).toMatchObject({
      name: "IncompleteResponseError",
      isSpectralError: true,
      stopReason: stop_reason,
      requestId: "req_1",
    });
    expect(error.message).toContain(message);
  });

  test("reports the category and explanation of a refusal", async () => {
    const stop_details = { type: "refusal", category: "cyber", explanation: "It does harm." };
    const message = { content: [], stop_reason: "refusal", stop_details, usage: {} };
    const server = await startServer({ body: message });
    const error = await failure("chat", server, { ...hello, output: { failWhenIncomplete } });
    expect(error.message).toContain("Claude refused to reply (cyber: It does harm.). ");
  });

  test("fails when the reply does not match JSON Schema", async () => {
    const server = await startServer(modelInfo, streamed("{}"));
    const error = await failure("chat", server, {
      ...hello,
      output: { jsonSchema: schema, failWhenIncomplete },
    });
    expect(error.message).toMatch(
      /^The response does not match JSON Schema \(at \/: .*\)\. Change JSON Schema or Message\. /,
    );
  });

  test("passes a complete reply and a tool call", async () => {
    const server = await startServer(modelInfo, streamed('{"city": "Köln", "degrees": 1}'));
    const output = { jsonSchema: schema, failWhenIncomplete };
    expect((await run("chat", server, { ...hello, output })).json).toBeTruthy();
    const call = { type: "tool_use", id: "toolu_1", name: "weather", input: {} };
    const tool = await startServer(modelInfo, {
      body: { content: [call], stop_reason: "tool_use", usage: {} },
    });
    expect((await run("chat", tool, { ...hello, output })).toolCalls).toHaveLength(1);
  });
});
