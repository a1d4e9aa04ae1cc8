/** What the emulator finds in texts and PDFs for a schema, through the steps that ask for data. */
import { expect, test } from "vitest";
import { run } from "../support/component";
import { emulated, hello, invoice, model, send } from "../support/emulator";

type Row = [name: string, type: string, more?: object];

const fields = (...rows: Row[]) =>
  rows.map(([name, type, more]) => ({ name, type, required: true, ...more }));

const attachments = [
  { key: "invoice.pdf", value: { data: invoice, contentType: "application/pdf" } },
];

const extract = async (inputs: object) => run("extractData", await emulated(), { ...inputs });

test("Extract Data returns the values of a PDF, as an attachment and as an uploaded file", async () => {
  const emulator = await emulated();
  const { id } = await run("uploadFile", emulator, { file: invoice, fileName: "invoice.pdf" });
  for (const attached of [attachments, [{ key: "invoice.pdf", value: id }]]) {
    const { json, missing } = await run("extractData", emulator, {
      attachments: attached,
      fields: fields(
        ["number", "text"],
        ["date", "date"],
        ["total", "number"],
        ["currency", "oneOf", { choices: "USD, EUR" }],
        ["supplier", "text"],
        ["address", "text"],
        ["dueDate", "date"],
      ),
    });
    expect(json).toEqual({
      number: "1042",
      date: "2026-11-20",
      total: 118.5,
      currency: "EUR",
      supplier: "Paper Clip Works",
      address: "Clipstrasse 7, Bonn",
      dueDate: null,
    });
    expect(missing).toEqual(["dueDate"]);
  }
});

test("a name with the document in it, such as invoiceDate, is found by the rest of its words", async () => {
  const { json } = await extract({
    attachments,
    fields: fields(
      ["invoiceNumber", "text"],
      ["invoiceDate", "date"],
      ["orderDate", "date"],
      ["deliveryDate", "date"],
      ["purchaseOrder", "text"],
    ),
  });
  expect(json).toEqual({
    invoiceNumber: "1042",
    invoiceDate: "2026-11-20",
    orderDate: "2026-11-20",
    deliveryDate: null,
    purchaseOrder: null,
  });
});

test("the label of the document comes before one of another thing", async () => {
  const { json } = await extract({
    text: "VAT No: GB 123\nInvoice number: MS-2291",
    fields: fields(["number", "text"]),
  });
  expect(json).toEqual({ number: "MS-2291" });
});

const letter = `Invoice number: 2077/B
Invoice date: 20.11.2026
Due: December 1, 2026
Customer: Ann Lee
E-mail: ann@example.com
Phone: +49 228 123456
Subtotal: 1.000,00 EUR
VAT: 190,50 EUR
Total: 1.190,50 EUR
Tags: red, blue and green
Priority: high
Paid: no`;

const letterFields = fields(
  ["invoiceNumber", "text"],
  ["date", "date"],
  ["due_date", "date"],
  ["buyer", "text"],
  ["email", "text"],
  ["phoneNumber", "text"],
  ["net", "number", { description: "Subtotal, without tax" }],
  ["total", "number"],
  ["tax", "number"],
  ["tags", "text", { list: true }],
  ["priority", "oneOf", { choices: "low, high" }],
  ["paid", "boolean"],
  ["iban", "text"],
);

test("labels, dates, amounts, addresses, choices, lists and flags are found in a text", async () => {
  const { json, missing } = await extract({ text: letter, fields: letterFields });
  expect(json).toEqual({
    invoiceNumber: "2077/B",
    date: "2026-11-20",
    due_date: "2026-12-01",
    buyer: "Ann Lee",
    email: "ann@example.com",
    phoneNumber: "+49 228 123456",
    net: 1000,
    total: 1190.5,
    tax: 190.5,
    tags: ["red", "blue", "green"],
    priority: "high",
    paid: false,
    iban: null,
  });
  expect(missing).toEqual(["iban"]);
});

test("values are found in sentences", async () => {
  const { json } = await extract({
    text: "Order A-1042 for Paper Clip Works. Please send 10 boxes by November 30, 2026. It costs 18.50 EUR. Write to shop@example.com.",
    fields: fields(
      ["orderNumber", "text"],
      ["customer", "text"],
      ["boxes", "integer"],
      ["date", "date"],
      ["amount", "number"],
      ["contactEmail", "text"],
      ["deliveryDate", "date"],
    ),
  });
  expect(json).toEqual({
    orderNumber: "A-1042",
    customer: "Paper Clip Works",
    boxes: 10,
    date: "2026-11-30",
    amount: 18.5,
    contactEmail: "shop@example.com",
    deliveryDate: null,
  });
});

test("Evidence quotes passages that are in the text, so that only missing fields are for review", async () => {
  const { evidence, review } = await extract({
    text: letter,
    fields: letterFields,
    evidence: true,
  });
  expect(review).toEqual(["iban"]);
  expect(evidence.total).toEqual({ quote: "Total: 1.190,50 EUR", page: null, found: "close" });
  expect(evidence.invoiceNumber).toEqual({
    quote: "Invoice number: 2077/B",
    page: null,
    found: "exact",
  });
  const inPdf = await extract({ attachments, evidence: true, fields: fields(["total", "number"]) });
  expect(inPdf.evidence.total).toEqual({ quote: "Total EUR 118.50", page: 1, found: null });
});

test.each([
  [
    "blocks of labels",
    "Name: Ann Lee\nAge: 31\n\nName: Ben Roe\nAge: 42",
    [
      { name: "Ann Lee", age: 31 },
      { name: "Ben Roe", age: 42 },
    ],
  ],
  [
    "CSV",
    "name,age\nAnn,31\nBen,42",
    [
      { name: "Ann", age: 31 },
      { name: "Ben", age: 42 },
    ],
  ],
  [
    "a Markdown table",
    "| Age | Name |\n| --- | --- |\n| 31 | Ann |\n| 42 | Ben |",
    [
      { name: "Ann", age: 31 },
      { name: "Ben", age: 42 },
    ],
  ],
  ["one record", "Name: Ann\nAge: 31", [{ name: "Ann", age: 31 }]],
  ["no record", "Nothing of this kind.", []],
])("Multiple returns the records of %s", async (_, text, expected) => {
  const { json, review } = await extract({
    text,
    fields: fields(["name", "text"], ["age", "integer"]),
    multiple: true,
    evidence: true,
  });
  expect(json).toEqual(expected);
  expect(review).toEqual([]);
});

test("a list of objects has the lines of an invoice, an object in an object its own labels", async () => {
  const { json } = await extract({
    attachments,
    text: "Customer: Ann Lee\nCity: Bonn",
    jsonSchema: JSON.stringify({
      customer: { name: "A", city: "B" },
      shipping: { carrier: "A" },
      lines: [{ text: "a", quantity: 2, amount: 1.5 }],
    }),
  });
  expect(json).toEqual({
    customer: { name: "Ann Lee", city: "Bonn" },
    shipping: null,
    lines: [
      { text: "paper clips, silver", quantity: 200, amount: 18.5 },
      { text: "clip dispenser", quantity: 1, amount: 100 },
    ],
  });
});

test("Process List returns a record of each row, and Suggest Fields the labels of a sample", async () => {
  const emulator = await emulated();
  const { results } = await run("processList", emulator, {
    items: [
      { company: "Acme", text: "Industry: steel. Employees: 120" },
      { company: "Bolt", text: "Makes clips." },
    ],
    message: "{{company}}: {{text}}",
    jsonSchema: '{"industry": "Office supplies", "employees": 1}',
  });
  expect(results.map(({ json }: { json: unknown }) => json)).toEqual([
    { industry: "steel", employees: 120 },
    { industry: null, employees: null },
  ]);
  const suggested = await run("suggestFields", emulator, { attachments });
  expect(
    suggested.fields.map(({ name, type }: { name: string; type: string }) => [name, type]),
  ).toEqual([
    ["invoiceNumber", "text"],
    ["date", "date"],
    ["total", "number"],
  ]);
});

test("a message that shows the JSON to reply with gets this JSON", async () => {
  const { text } = await run("chat", await emulated(), {
    initialMessage:
      'Rate this review from 1 to 5. Reply with JSON only: {"rating": 1, "order": "A-1"}\n\nOrder B-7 came late and broken.',
  });
  expect(JSON.parse(text)).toEqual({ rating: 2, order: "B-7" });
});

test("values that are not found are null, or the least that the schema accepts", async () => {
  const emulator = await emulated();
  const schema = {
    type: "object",
    properties: {
      a: { type: ["string", "null"] },
      b: { type: "string" },
      c: { type: "integer", description: "{minimum: 3}" },
      d: { anyOf: [{ type: "string", format: "date" }, { type: "null" }] },
      e: { type: "array", items: { type: "string" } },
      f: { $ref: "#/$defs/state" },
      g: { type: "string" },
      h: { const: 7 },
    },
    required: ["a", "b", "c", "d", "e", "f", "h"],
    additionalProperties: false,
    $defs: { state: { type: "string", enum: ["open", "closed"] } },
  };
  for (const format of [
    { output_config: { format: { type: "json_schema", schema } } },
    { output_format: { type: "json_schema", schema } },
    { system: `Reply with JSON only. It must match this JSON Schema: ${JSON.stringify(schema)}` },
  ]) {
    const { json } = await send(emulator, { model, max_tokens: 500, messages: [hello], ...format });
    expect(JSON.parse(json.content.at(-1).text)).toEqual({
      a: null,
      b: "",
      c: 3,
      d: null,
      e: [],
      f: "open",
      h: 7,
    });
  }
});

const branches = [
  { key: "Billing", value: "invoices, payments, refunds" },
  { key: "Bug", value: "something does not work as it should" },
  { key: "Delivery", value: "" },
];

test.each([
  [
    "I was charged twice for my last order.",
    "Billing",
    0.95,
    '"charged", which belongs to Billing',
  ],
  ["The refund of the invoice never came.", "Billing", 0.82, '"invoice" and "refund"'],
  ["The button does nothing.", "Bug", 0.95, '"nothing"'],
  ["My parcel is late.", "Delivery", 0.95, '"late"'],
  ["I like trains.", "Else", 0.9, "No word of the text"],
])("Classify and Branch sorts %s", async (text, branch, confidence, reason) => {
  const result = await run("classifyAndBranch", await emulated(), { text, branches });
  expect(result).toMatchObject({ branch, confidence });
  expect(result.reason).toContain(reason);
});

test("a text of 1 MB, and one without spaces, is read in linear time", async () => {
  const emulator = await emulated();
  const read = async (text: string) =>
    (await run("extractData", emulator, { text, fields: letterFields, evidence: true })).json.total;
  expect(await read(`${"One more sentence is here. ".repeat(40_000)}\nTotal: 5 EUR`)).toBe(5);
  expect(await read("Total: 5 EUR\n".repeat(80_000))).toBe(5);
  expect(await read(`${"a1".repeat(500_000)}\nTotal: 5 EUR`)).toBe(5);
  expect(await read(`${"1,".repeat(500_000)}\nTotal: 5 EUR`)).toBe(5);
});
