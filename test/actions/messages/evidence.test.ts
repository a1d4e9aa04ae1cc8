/** Evidence of Extract Data, shapes by example, and Suggest Fields, over HTTP. */
import { describe, expect, test } from "vitest";
import { runBranching } from "../../support/agent";
import { component, failure, run } from "../../support/component";
import { png } from "../../support/files";
import { validInputs } from "../../support/inputs";
import { modelWith } from "../../support/models";
import { startServer, streamed, textMessage } from "../../support/server";

const modelInfo = { body: modelWith() };
const text = "Invoice 1042 of November 20, 2026. Total: 118.50 EUR.";
const fields = [
  { name: "number", type: "text", required: "true" },
  { name: "total", type: "number", required: "true" },
  { name: "dueDate", type: "date", required: "true" },
];
const reply = (value: unknown) => streamed(JSON.stringify(value));
const extract = (server: { url: string }, inputs: object) =>
  runBranching("extractData", server, { text, ...inputs });

const schemaIn = (json: unknown) =>
  (json as { output_config: { format: { schema: { properties: Record<string, object> } } } })
    .output_config.format.schema;

describe("Evidence", () => {
  const claims = [
    { field: "number", quote: "Invoice 1042", page: 0 },
    { field: "total", quote: "Total: 118.50 EUR", page: 0 },
  ];

  test("asks for the passage of each value", async () => {
    const record = { number: "1042", total: 118.5, dueDate: null };
    const server = await startServer(modelInfo, reply({ record, evidence: claims }));
    await extract(server, { fields, evidence: "true" });
    const { json } = server.requests.at(-1) ?? {};
    expect(json).toMatchObject({
      max_tokens: 32_000,
      system: expect.stringContaining("Copy it exactly, without changes."),
    });
    const { properties, ...rest } = schemaIn(json);
    expect(Object.keys(properties)).toEqual(["record", "evidence"]);
    expect(rest).toMatchObject({ required: ["record", "evidence"], additionalProperties: false });
    expect(properties.evidence).toMatchObject({
      type: "array",
      items: {
        properties: { field: {}, quote: {}, page: {} },
        required: ["field", "quote", "page"],
        additionalProperties: false,
      },
    });
  });

  test("follows Ok if each value is found", async () => {
    const record = { number: "1042", total: 118.5, dueDate: "2026-11-20" };
    const all = [...claims, { field: "dueDate", quote: "November 20, 2026", page: 0 }];
    const server = await startServer(modelInfo, reply({ record, evidence: all }));
    const { branch, data } = await extract(server, { fields, evidence: "true" });
    expect(branch).toBe("Ok");
    expect(data).toMatchObject({
      json: record,
      review: [],
      evidence: {
        number: { quote: "Invoice 1042", page: null, found: "exact" },
        total: { quote: "Total: 118.50 EUR", page: null, found: "close" },
        dueDate: { quote: "November 20, 2026", page: null, found: "close" },
      },
    });
  });

  test("follows Review for a value that is not found and a required field that is missing", async () => {
    const record = { number: "1043", total: 118.5, dueDate: null };
    const server = await startServer(modelInfo, reply({ record, evidence: claims }));
    const { branch, data } = await extract(server, { fields, evidence: "true" });
    expect(branch).toBe("Review");
    expect(data.review).toEqual(["dueDate", "number"]);
    expect(data.evidence.number.found).toBe("no");
    expect(data.missing).toEqual(["dueDate"]);
  });

  test("of a picture cannot be checked", async () => {
    const record = { number: "1043", total: 1, dueDate: "2026-11-20" };
    const server = await startServer(modelInfo, reply({ record, evidence: [] }));
    const { branch, data } = await extract(server, {
      fields,
      evidence: "true",
      attachments: [{ key: "scan.png", value: png() }],
    });
    expect(branch).toBe("Ok");
    expect(data.evidence.number).toEqual({ quote: "", page: null, found: null });
  });

  test("of a list is by record", async () => {
    const records = [
      { number: "1042", total: 118.5, dueDate: "2026-11-20" },
      { number: "9", total: 118.5, dueDate: "2026-11-20" },
    ];
    const evidence = [1, 2].flatMap((record) =>
      [...claims, { field: "dueDate", quote: "November 20, 2026", page: 0 }].map((claim) => ({
        record,
        ...claim,
      })),
    );
    const server = await startServer(modelInfo, reply({ records, evidence }));
    const { branch, data } = await extract(server, {
      fields,
      evidence: "true",
      multiple: "true",
    });
    expect(branch).toBe("Review");
    expect(data.evidence).toHaveLength(2);
    expect(data.review).toEqual(["record 2: number"]);
  });

  test("that is off is not asked for", async () => {
    const record = { number: "1042", total: 118.5, dueDate: "2026-11-20" };
    const server = await startServer(modelInfo, reply({ record }));
    const { branch, data } = await extract(server, { fields });
    expect(branch).toBe("Ok");
    expect(data).toMatchObject({ evidence: null, review: [] });
    expect(Object.keys(schemaIn(server.requests.at(-1)?.json).properties)).toEqual(["record"]);
  });
});

describe("an example in place of a JSON Schema", () => {
  const example = { number: "INV-1042", total: 118.5 };
  const made = {
    type: "object",
    properties: {
      number: { type: ["string", "null"], description: "Null if not known" },
      total: { type: ["number", "null"], description: "Null if not known" },
    },
    required: ["number", "total"],
    additionalProperties: false,
  };

  test("of Extract Data is sent as a schema, which the output has", async () => {
    const server = await startServer(modelInfo, reply({ record: { number: "1", total: null } }));
    const { data } = await extract(server, { jsonSchema: JSON.stringify(example) });
    expect(schemaIn(server.requests.at(-1)?.json).properties.record).toEqual(made);
    expect(data.schema).toEqual(made);
    expect(data.json).toEqual({ number: "1", total: null });
  });

  test("of Chat is sent as a schema, which the output has", async () => {
    const server = await startServer(modelInfo, reply({ number: "1", total: 2 }));
    const output = { jsonSchema: example };
    const data = await run("chat", server, { initialMessage: "Read it", output });
    expect(schemaIn(server.requests.at(-1)?.json)).toEqual(made);
    expect(data.schema).toEqual(made);
  });

  const exampleOf = async (key: string, inputs: object) => {
    const action = component.actions[key];
    const known = Object.fromEntries((action?.inputs ?? []).map(({ key }) => [key, "x"]));
    const result = await action?.examplePerform?.(
      {} as never,
      { ...known, ...validInputs, ...inputs } as never,
    );
    // biome-ignore lint/suspicious/noExplicitAny: tests read any property of an output
    return (result as any).data;
  };
  const rows = [
    { name: "total", type: "number" },
    { name: "date", type: "date" },
  ];

  test.each<[string, object, string, unknown]>([
    ["chat", { output: { jsonSchema: example } }, "json", example],
    ["runAgent", { outputSchema: example }, "json", example],
    ["extractData", { fields: rows }, "json", { total: 1.5, date: "2026-11-21" }],
    ["extractData", { jsonSchema: example }, "json", example],
    [
      "extractData",
      { fields: rows, multiple: "true" },
      "json",
      [{ total: 1.5, date: "2026-11-21" }],
    ],
    [
      "extractData",
      { jsonSchema: { type: "object", properties: { a: { type: "integer" } } } },
      "json",
      { a: 1 },
    ],
  ])(
    "the designer shows the fields of %s before it has run: %j",
    async (key, inputs, name, json) => {
      expect((await exampleOf(key, inputs))[name]).toEqual(json);
    },
  );

  test("the designer shows the fields of each row of Process List", async () => {
    const inputs = { items: "[]", concurrency: "4", fields: rows };
    const { results } = await exampleOf("processList", inputs);
    expect(results[0].json).toEqual({ total: 1.5, date: "2026-11-21" });
  });
});

describe("Suggest Fields", () => {
  const proposed = [
    {
      name: "number",
      type: "text",
      description: "Its number",
      required: true,
      list: false,
      choices: [],
    },
    {
      name: "currency",
      type: "oneOf",
      description: "",
      required: false,
      list: false,
      choices: ["EUR", "USD"],
    },
    {
      name: "size",
      type: "oneOf",
      description: "",
      required: false,
      list: false,
      choices: ["A, large"],
    },
    { name: "tags", type: "text", description: "", required: false, list: true, choices: ["x"] },
    {
      name: "number",
      type: "text",
      description: "Its number",
      required: true,
      list: false,
      choices: [],
    },
  ];

  test("returns rows that Fields accepts, and the same as a JSON Schema", async () => {
    const server = await startServer(modelInfo, reply({ fields: proposed }));
    const data = await run("suggestFields", server, { text, instructions: "Invoices." });
    expect(server.requests.at(-1)?.json).toMatchObject({
      system: expect.stringMatching(/^Propose the fields [\s\S]+\n\nInvoices\.$/),
      messages: [{ role: "user", content: text }],
    });
    expect(data.fields).toEqual([
      {
        name: "number",
        type: "text",
        description: "Its number",
        required: true,
        list: false,
        choices: "",
      },
      {
        name: "currency",
        type: "oneOf",
        description: "",
        required: false,
        list: false,
        choices: "EUR, USD",
      },
      { name: "size", type: "text", description: "", required: false, list: false, choices: "" },
      { name: "tags", type: "text", description: "", required: false, list: true, choices: "" },
    ]);
    const record = { number: "1042", currency: "EUR", size: "", tags: [] };
    for (const shape of [{ fields: data.fields }, { jsonSchema: data.jsonSchema }]) {
      const extraction = await startServer(modelInfo, reply({ record }));
      const { branch } = await extract(extraction, shape);
      expect(branch).toBe("Ok");
      // What the API does not need is left out of the schema.
      const sent = schemaIn(extraction.requests.at(-1)?.json).properties.record;
      expect(data.jsonSchema).toMatchObject(sent as object);
    }
  });

  test("asks once more if the reply does not match", async () => {
    const server = await startServer(modelInfo, streamed("None."), reply({ fields: [] }));
    const data = await run("suggestFields", server, { text });
    expect(data.fields).toEqual([]);
    expect(server.requests).toHaveLength(3);
  });

  test("fails for a reply without fields, and without a sample", async () => {
    const refused = await startServer(modelInfo, {
      body: { ...textMessage("No."), stop_reason: "refusal" },
    });
    expect(await failure("suggestFields", refused, { text })).toMatchObject({
      name: "IncompleteResponseError",
      code: "refused",
    });
    expect(await failure("suggestFields", refused, {})).toMatchObject({
      message: "Text is required if there are no Attachments.",
    });
  });
});
