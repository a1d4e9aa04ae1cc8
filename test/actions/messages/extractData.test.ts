import { describe, expect, test } from "vitest";
import { component, failure, run } from "../../support/component";
import { png } from "../../support/files";
import { modelWith } from "../../support/models";
import { refusal, startServer, streamed, textMessage } from "../../support/server";

const page = { body: modelWith() };
const without = modelWith({ structured_outputs: { supported: false } });
const text = "Invoice 1042 of November 20, 2026. Total: 118.50 EUR.";
const fields = [
  { name: "number", type: "text", description: "Number of the invoice", required: "true" },
  { name: "total", type: "number", required: true },
  { name: "paid", type: "boolean" },
];
const answer = (record: unknown) => streamed(JSON.stringify({ record }));
const system =
  "Extract what the fields ask for from the user's text and files. Take values only from there and make nothing up: leave out a field that is not in it. Write dates in ISO 8601.";

/** The schema that a request asks for, and the body around it. */
const asked = (json: unknown) => {
  const body = json as {
    output_config: { format: { schema: { properties: Record<string, unknown> } } };
  };
  return body.output_config.format.schema.properties;
};

test("asks for the fields, and returns the record", async () => {
  const server = await startServer(page, answer({ number: "1042", total: 118.5 }));
  const result = await run("extractData", server, { text, fields });
  expect(server.requests[1]?.json).toEqual({
    model: "claude-sonnet-5-5",
    max_tokens: 16_000,
    system,
    messages: [{ role: "user", content: text }],
    output_config: {
      format: {
        type: "json_schema",
        schema: {
          type: "object",
          properties: {
            record: {
              type: "object",
              properties: {
                number: { type: "string", description: "number: Number of the invoice" },
                total: { type: "number", description: "total" },
                paid: { type: "boolean", description: "paid" },
              },
              required: [],
              additionalProperties: false,
            },
          },
          required: ["record"],
          additionalProperties: false,
        },
      },
    },
    stream: true,
  });
  expect(result).toMatchObject({
    json: { number: "1042", total: 118.5, paid: null },
    missing: [],
    text: '{"record":{"number":"1042","total":118.5}}',
    usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
    cost: { total: 0.00007 },
    warnings: [],
    attempts: 1,
  });
});

test("reads files, follows instructions, and names what is missing", async () => {
  const server = await startServer(page, answer({ total: null }));
  const result = await run("extractData", server, {
    attachments: [{ key: "a.png", value: png() }],
    fields,
    instructions: "Totals are in euros.",
  });
  expect(server.requests[1]?.json).toMatchObject({
    system: `${system}\n\nTotals are in euros.`,
    messages: [
      {
        role: "user",
        content: [{ type: "image" }, { type: "text", text: "Read the attached files." }],
      },
    ],
  });
  expect(result).toMatchObject({
    json: { number: null, total: null, paid: null },
    missing: ["number", "total"],
  });
});

describe("each type of field", () => {
  test.each<[object, object, unknown, unknown]>([
    [{ type: "text" }, { type: "string" }, "a", 1],
    [{ type: "number" }, { type: "number" }, 1.5, "1.5"],
    [{ type: "integer" }, { type: "integer" }, 3, 3.5],
    [{ type: "boolean" }, { type: "boolean" }, false, "no"],
    [{ type: "date" }, { type: "string", format: "date" }, "2026-11-20", "20.11.2026"],
    [
      { type: "dateTime" },
      { type: "string", format: "date-time" },
      "2026-11-20T09:30:00Z",
      "2026-11-20",
    ],
    [{ type: "oneOf", choices: "EUR, USD" }, { enum: ["EUR", "USD"] }, "USD", "GBP"],
    [{ type: "number", list: "true" }, { type: "array", items: { type: "number" } }, [1, 2], 1],
    [{}, { type: "string" }, "a", {}],
  ])("%o", async (field, schema, right, wrong) => {
    const row = { name: "it", ...field };
    const server = await startServer(
      page,
      answer({ it: right }),
      answer({ it: wrong }),
      answer({ it: right }),
    );
    const first = await run("extractData", server, { text, fields: [row] });
    expect(first.json).toEqual({ it: right });
    const { record } = asked(server.requests[1]?.json) as {
      record: { properties: { it: object } };
    };
    expect(record.properties.it).toEqual({ ...schema, description: "it" });
    // What is of another type goes back to Claude.
    expect((await run("extractData", server, { text, fields: [row] })).json).toEqual({ it: right });
    expect(server.requests).toHaveLength(4);
  });
});

test("several records come as a list", async () => {
  const records = [{ number: "1", total: 1 }, { number: "2" }];
  const server = await startServer(page, streamed(JSON.stringify({ records })));
  const result = await run("extractData", server, { text, fields, multiple: "true" });
  expect(asked(server.requests[1]?.json)).toMatchObject({
    records: { type: "array", items: { type: "object" } },
  });
  expect(result).toMatchObject({
    json: [
      { number: "1", total: 1, paid: null },
      { number: "2", total: null, paid: null },
    ],
    missing: ["record 2: total"],
  });
});

test("names in any script come back as they are", async () => {
  const rows = ["Größe", "数量", "a b", "field_1"].map((name) => ({ name, required: true }));
  const record = { field_1_: "1", field_2: "2", field_3: "3", field_1: "4" };
  const server = await startServer(page, answer(record));
  const result = await run("extractData", server, { text, fields: rows });
  expect(result.json).toEqual({ Größe: "1", 数量: "2", "a b": "3", field_1: "4" });
});

test("forty fields are as many as the API takes: the last may be null, the first left out", async () => {
  const rows = Array.from({ length: 40 }, (_, index) => ({ name: `f${index}` }));
  const record = Object.fromEntries(rows.slice(24).map(({ name }) => [name, null]));
  const server = await startServer(page, answer(record));
  const result = await run("extractData", server, { text, fields: rows });
  expect(Object.keys(result.json)).toHaveLength(40);
  const { record: schema } = asked(server.requests[1]?.json) as { record: { required: string[] } };
  expect(schema.required).toHaveLength(16);
});

describe("an answer of another shape", () => {
  const wrong = answer({ total: "much" });

  test("is sent back with what is wrong, once, and both are counted", async () => {
    const server = await startServer(page, wrong, answer({ total: 118.5 }));
    const result = await run("extractData", server, { text, fields });
    expect(server.requests[2]?.json).toMatchObject({
      messages: [
        { role: "user", content: text },
        { role: "assistant", content: [{ type: "text", text: '{"record":{"total":"much"}}' }] },
        {
          role: "user",
          content:
            'The answer does not match the fields (at /total: Instance type "string" is invalid. Expected "number".). Correct this and give the whole answer again.',
        },
      ],
    });
    expect(result).toMatchObject({
      json: { total: 118.5 },
      attempts: 2,
      usage: { input_tokens: 20, output_tokens: 10 },
      cost: { total: 0.00014 },
    });
  });

  test("twice is an error that says which field and why", async () => {
    const rows = [{ name: "Betrag €", type: "number" }];
    const server = await startServer(page, answer({ field_1: "much" }));
    const error = await failure("extractData", server, { text, fields: rows });
    expect(error.name).toBe("ExtractionError");
    expect(error.message).toBe(
      'The answer does not match the fields (at /Betrag €: Instance type "string" is invalid. Expected "number".), and so did the answer before it. (request id req_3)',
    );
    expect(server.requests).toHaveLength(3);
  });

  test.each([
    ["refusal", "Claude declined to answer. Change Text or Instructions, or choose another model."],
    ["max_tokens", "The answer is cut off at Max Tokens (16000). Hand over less at a time."],
  ] as const)("that ends with %s is an error that says so", async (stop_reason, message) => {
    const server = await startServer(page, streamed('{"record":', { stop_reason }));
    const error = await failure("extractData", server, { text, fields });
    expect(error.name).toBe("ExtractionError");
    expect(error.message).toContain(message);
    expect(server.requests).toHaveLength(2);
  });
});

describe("an odd answer", () => {
  const messageOf = (content: object[], stop_reason = "end_turn") => ({
    body: { ...textMessage(""), content, stop_reason },
  });
  const right = answer({ total: 1 });

  test.each<[string, object[]]>([
    [
      "of thinking alone",
      [
        { type: "thinking", thinking: "Hm.", signature: "c2ln" },
        { type: "text", text: "" },
      ],
    ],
    [
      "by a tool whose input is no object",
      [{ type: "tool_use", id: "toolu_1", name: "answer", input: "s" }],
    ],
    ["without content", []],
  ])("%s is corrected without sending it back: the API would refuse it", async (_, content) => {
    const server = await startServer(page, messageOf(content), right);
    expect((await run("extractData", server, { text, fields })).json).toMatchObject({ total: 1 });
    expect(server.requests[2]?.json).toMatchObject({
      messages: [{ role: "user", content: text }, { role: "user" }],
    });
  });

  test("in several tool calls is corrected, not cut down to the first", async () => {
    const call = (id: string) => ({ type: "tool_use", id, name: "answer", input: { record: {} } });
    const server = await startServer(
      page,
      messageOf([call("toolu_1"), call("toolu_2")], "tool_use"),
      right,
    );
    await run("extractData", server, { text, fields });
    expect(server.requests[2]?.json).toMatchObject({
      messages: [{}, {}, { content: [{ tool_use_id: "toolu_1" }, { tool_use_id: "toolu_2" }] }],
    });
  });

  test("that cannot be corrected is an error that says both", async () => {
    const server = await startServer(
      page,
      answer({ total: "much" }),
      refusal(400, "invalid_request_error", "No."),
    );
    const error = await failure("extractData", server, { text, fields });
    expect(error.name).toBe("ExtractionError");
    expect(error.message).toContain("at /total: ");
    expect(error.message).toContain("it was not corrected: The API answered 400");
  });

  test("that ends for a reason of the host's own is an answer", async () => {
    const server = await startServer(
      page,
      streamed('{"record":{"total":1}}', { stop_reason: "stop" as never }),
    );
    expect((await run("extractData", server, { text, fields })).json).toMatchObject({ total: 1 });
  });

  test.each([{ record: [] }, { record: null }, {}, [], "a", null])(
    "of no record (%j) is corrected",
    async (odd) => {
      const server = await startServer(page, streamed(JSON.stringify(odd)), right);
      expect((await run("extractData", server, { text, fields })).json).toMatchObject({ total: 1 });
      expect(server.requests).toHaveLength(3);
    },
  );

  test("names the right one of many fields", async () => {
    const rows = Array.from({ length: 12 }, (_, index) => ({ name: `Größe $& ${index + 1}` }));
    const server = await startServer(page, answer({ field_12: 5 }));
    const error = await failure("extractData", server, { text, fields: rows });
    expect(error.message).toContain("(at /Größe $& 12: ");
  });

  test("does not fill fields that are called like what objects inherit", async () => {
    const rows = ["constructor", "toString"].map((name) => ({ name, required: true }));
    const server = await startServer(page, answer({}));
    expect(await run("extractData", server, { text, fields: rows })).toMatchObject({
      json: { constructor: null, toString: null },
      missing: ["constructor", "toString"],
    });
  });
});

describe("a model without structured output, and a host that tells nothing of its models", () => {
  const call = (input: unknown, id = "toolu_1") => ({
    body: {
      ...textMessage(""),
      content: [{ type: "tool_use", id, name: "answer", input }],
      stop_reason: "tool_use",
    },
  });

  test.each([
    ["model", { body: without }],
    ["host", refusal(404, "not_found_error")],
  ])("%s: a tool carries the answer, and its repair", async (_, first) => {
    const server = await startServer(
      first,
      call({ record: { total: "much" } }),
      call({ record: { total: 1 } }, "toolu_2"),
    );
    const result = await run("extractData", server, { text, fields });
    const body = server.requests[1]?.json as Record<string, unknown>;
    expect(body).not.toHaveProperty("output_config");
    expect(body.tool_choice).toEqual({
      type: "tool",
      name: "answer",
      disable_parallel_tool_use: true,
    });
    expect(body.tools).toMatchObject([
      { name: "answer", input_schema: { type: "object", required: ["record"] } },
    ]);
    expect(server.requests[2]?.json).toMatchObject({
      messages: [
        { role: "user" },
        { role: "assistant", content: [{ type: "tool_use", id: "toolu_1" }] },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: "toolu_1", is_error: true }],
        },
      ],
    });
    expect(result.json).toEqual({ number: null, total: 1, paid: null });
  });
});

describe("a JSON Schema in place of fields", () => {
  const jsonSchema = {
    type: "object",
    properties: { lines: { type: "array", items: { $ref: "#/$defs/line" } } },
    $defs: { line: { type: "object", properties: { price: { type: "number", minimum: 0 } } } },
  };

  test("gives data as it says, its references intact", async () => {
    const record = { lines: [{ price: 5 }] };
    const server = await startServer(page, answer(record));
    const result = await run("extractData", server, { text, jsonSchema });
    expect(result).toMatchObject({ json: record, missing: [] });
    expect(server.requests[1]?.json).toMatchObject({
      output_config: {
        format: {
          schema: {
            $defs: { line: { type: "object" } },
            properties: { record: { properties: { lines: { items: { $ref: "#/$defs/line" } } } } },
          },
        },
      },
    });
  });

  test("is held against the answer in full", async () => {
    const server = await startServer(page, answer({ lines: [{ price: -1 }] }));
    const error = await failure("extractData", server, { text, jsonSchema });
    expect(error.message).toContain("(at /lines/0/price: ");
  });
});

test("the example shows the given fields", async () => {
  const rows = [
    { name: "total", type: "number" },
    { name: "tags", type: "text", list: true },
    { name: "size", type: "oneOf", choices: ["S", "M"] },
  ];
  const perform = component.actions.extractData?.examplePerform;
  const inputs = { model: "m", fields: rows, multiple: "true" };
  expect(await perform?.({} as never, inputs as never)).toMatchObject({
    data: { json: [{ total: 1.5, tags: ["text"], size: "S" }], missing: [] },
  });
});

describe("bad input is an error before any request", () => {
  test.each<[object, string]>([
    [{ text: "" }, "Text is required where there are no Attachments."],
    [{ fields: [] }, "Fields is required: add a row for each field to extract."],
    [{ fields: "total" }, "Fields takes a list of fields."],
    [{ fields: [{ name: "a" }, {}, { required: true }] }, "Fields has no Name in row 3."],
    [
      { fields: [], jsonSchema: { properties: { a: {} } } },
      "JSON Schema has no type at /properties/a",
    ],
    [{ fields: [{ name: "a", type: "money" }] }, "Type takes text, number"],
    [{ fields: [{ name: "a", type: "oneOf" }] }, "Choices is required for a"],
    [
      { fields: [{ name: "a", choices: "b" }] },
      "Choices goes only with the Type One of the choices",
    ],
    [{ fields: [{ name: "a" }, { name: " a " }] }, "Fields holds two fields with the name a."],
    [
      { fields: Array.from({ length: 41 }, (_, index) => ({ name: `f${index}` })) },
      "Fields holds 41 fields; the API takes 40.",
    ],
    [{ jsonSchema: { type: "object" } }, "JSON Schema cannot go together with Fields."],
    [{ fields: [], jsonSchema: "{" }, "JSON Schema takes JSON"],
    [{ fields: [], jsonSchema: { type: "x" } }, "JSON Schema has a type that is none"],
    [{ multiple: "perhaps" }, "Multiple takes true or false"],
  ])("%j", async (inputs, message) => {
    const server = await startServer(page);
    const error = await failure("extractData", server, { text, fields, ...inputs });
    expect(error.name).toBe("InputError");
    expect(error.message).toContain(message);
    expect(server.requests).toHaveLength(0);
  });
});
