/** Suggest Fields over HTTP, and its rows as Fields of Extract Data. */
import { describe, expect, test } from "vitest";
import { failure, run } from "../../support/component";
import { png } from "../../support/files";
import { modelWith } from "../../support/models";
import { startServer, streamed } from "../../support/server";

const modelInfo = { body: modelWith() };
const text = "Invoice INV-1042. Total: 118.50 EUR.";
const task =
  "Propose the fields of a record for documents like the user's sample. At most 20 fields, most important first. Names are short, in camelCase. A description says how to find the value in other documents, without values of the sample. Type oneOf is for a value that is one of few choices, which contain no commas.";

const proposed = (name: string, rest: object = {}) => ({
  name,
  type: "text",
  description: "",
  required: false,
  list: false,
  choices: [],
  ...rest,
});
const row = (name: string, rest: object = {}) => ({ ...proposed(name), choices: "", ...rest });
const reply = (fields: unknown) => streamed(JSON.stringify({ fields }));

const suggest = async (...fields: object[]) => {
  const server = await startServer(modelInfo, reply(fields));
  return run("suggestFields", server, { text });
};

const closed = (properties: Record<string, object>) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

test("sends the sample with a schema of rows, and returns the rows and their JSON Schema", async () => {
  const total = { type: "number", description: "The amount to pay", required: true };
  const server = await startServer(modelInfo, reply([proposed("total", total)]));
  const data = await run("suggestFields", server, { text });
  expect(server.requests).toHaveLength(2);
  expect(server.requests[1]?.json).toEqual({
    model: "claude-sonnet-5-5",
    max_tokens: 16_000,
    system: task,
    messages: [{ role: "user", content: text }],
    output_config: {
      format: {
        type: "json_schema",
        schema: closed({
          fields: {
            type: "array",
            items: closed({
              name: { type: "string" },
              type: {
                enum: ["text", "number", "integer", "boolean", "date", "dateTime", "oneOf"],
              },
              description: { type: "string" },
              required: { type: "boolean", description: "Whether every document has it" },
              list: { type: "boolean", description: "Whether a document has several values" },
              choices: {
                type: "array",
                items: { type: "string" },
                description: "Only for type oneOf",
              },
            }),
          },
        }),
      },
    },
    stream: true,
  });
  expect(data).toEqual({
    fields: [row("total", total)],
    jsonSchema: closed({
      total: {
        type: ["number", "null"],
        description: "total: The amount to pay. Null if it is not in the text.",
      },
    }),
    usage: expect.objectContaining({ input_tokens: 10, output_tokens: 5, total_tokens: 15 }),
    cost: expect.objectContaining({ total: 0.00007 }),
    warnings: [],
    requestId: "req_2",
  });
});

test("sends Attachments and Instructions", async () => {
  const server = await startServer(modelInfo, reply([proposed("a")]));
  await run("suggestFields", server, {
    attachments: [{ key: "a.png", value: png() }],
    instructions: "Invoices of suppliers.",
  });
  expect(server.requests[1]?.json).toMatchObject({
    system: `${task}\n\nInvoices of suppliers.`,
    messages: [
      {
        role: "user",
        content: [{ type: "image" }, { type: "text", text: "Read the attached files." }],
      },
    ],
  });
});

describe("rows", () => {
  test("of one name are one row, the last of them in the place of the first", async () => {
    const { fields } = await suggest(
      proposed("a"),
      proposed("b"),
      proposed(" a ", { type: "number" }),
      proposed(" "),
      proposed(""),
    );
    expect(fields).toEqual([row("a", { type: "number" }), row("b")]);
  });

  test.each<[string, object, object]>([
    [
      "One of the choices has each choice once, separated by commas",
      { type: "oneOf", choices: ["EUR", " ", " US dollar ", "EUR"] },
      { type: "oneOf", choices: "EUR, US dollar" },
    ],
    ["One of the choices without choices is text", { type: "oneOf" }, { type: "text" }],
    [
      "One of the choices with blank choices is text",
      { type: "oneOf", choices: ["", " "] },
      { type: "text" },
    ],
    [
      "One of the choices with a comma in a choice is text",
      { type: "oneOf", choices: ["a, b", "c"] },
      { type: "text" },
    ],
    ["another type has no choices", { type: "date", choices: ["a"] }, { type: "date" }],
  ])("of type %s", async (_, given, expected) => {
    const { fields } = await suggest(proposed("a", given));
    expect(fields).toEqual([row("a", expected)]);
  });

  test("and their JSON Schema are accepted by Extract Data as they are, and ask for the same record", async () => {
    const { fields, jsonSchema } = await suggest(
      proposed("number", { description: "At the top", required: true }),
      proposed("total", { type: "number" }),
      proposed("count", { type: "integer" }),
      proposed("paid", { type: "boolean" }),
      proposed("due", { type: "date" }),
      proposed("sentAt", { type: "dateTime" }),
      proposed("currency", { type: "oneOf", choices: ["EUR", "USD"] }),
      proposed("state", { type: "oneOf", choices: ["a,b"] }),
      proposed("tags", { list: true, choices: ["a"] }),
      proposed("Größe in cm", { type: "number", list: true }),
      proposed("number", { required: true }),
    );
    const record = {
      number: "1",
      total: 1.5,
      count: 2,
      paid: true,
      due: null,
      sentAt: "2026-11-21T09:30:00Z",
      currency: "EUR",
      state: "",
      tags: ["a"],
      Gr_e_in_cm: [1],
    };
    const server = await startServer(modelInfo, streamed(JSON.stringify({ record })));
    const byFields = await run("extractData", server, { text, fields });
    const bySchema = await run("extractData", server, { text, jsonSchema });
    const sent = server.requests.filter(({ method }) => method === "POST");
    expect(sent).toHaveLength(2);
    expect(sent[1]?.json).toEqual(sent[0]?.json);
    expect(byFields.json).toEqual({ ...bySchema.json, state: null });
    expect(bySchema).not.toHaveProperty("schema");
  });

  test("without any field are an empty list", async () => {
    const { fields, jsonSchema } = await suggest();
    expect(fields).toEqual([]);
    expect(jsonSchema).toEqual(closed({}));
  });
});

test.each([[{}], [{ text: "" }], [{ instructions: "Invoices" }]])(
  "rejects %j without Text and Attachments before any request",
  async (inputs) => {
    const server = await startServer(modelInfo);
    const error = await failure("suggestFields", server, inputs);
    expect(error.name).toBe("InputError");
    expect(error.message).toBe("Text is required if there are no Attachments.");
    expect(server.requests).toHaveLength(0);
  },
);

test.each([
  [
    "refusal",
    "refused",
    "Claude refused to reply. Change Text or Instructions, or choose another model.",
  ],
  [
    "max_tokens",
    "truncated",
    "The response was truncated at 16000 tokens. Ask for less in one request.",
  ],
] as const)("fails on stop_reason %s with the code %s", async (stop_reason, code, message) => {
  const server = await startServer(modelInfo, streamed('{"fields":[', { stop_reason }));
  const error = await failure("suggestFields", server, { text });
  expect(error).toMatchObject({ name: "IncompleteResponseError", code, retryable: false });
  expect(error.message).toBe(`${message} (request ID req_2)`);
  expect(server.requests).toHaveLength(2);
});

describe("a reply that does not match", () => {
  const incorrect = reply([proposed("total", { type: "money" })]);

  test("is corrected once, adding up usage", async () => {
    const server = await startServer(modelInfo, incorrect, reply([proposed("total")]));
    const data = await run("suggestFields", server, { text });
    expect(server.requests).toHaveLength(3);
    expect(server.requests[2]?.json).toMatchObject({
      messages: [
        { role: "user", content: text },
        { role: "assistant" },
        {
          role: "user",
          content: expect.stringMatching(
            /^The answer does not match the JSON Schema \(at \/fields\/0\/type: .*\)\. Correct this and give the whole answer again\.$/,
          ),
        },
      ],
    });
    expect(data.fields).toEqual([row("total")]);
    expect(data.usage).toMatchObject({ input_tokens: 20, output_tokens: 10 });
  });

  test("fails after two attempts with the code invalid_output", async () => {
    const server = await startServer(modelInfo, incorrect);
    const error = await failure("suggestFields", server, { text });
    expect(error).toMatchObject({ name: "IncompleteResponseError", code: "invalid_output" });
    expect(error.message).toContain("at /fields/0/type: ");
    expect(error.message).toContain("The second response did not correct this.");
    expect(server.requests).toHaveLength(3);
  });
});
