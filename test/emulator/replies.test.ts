/** The replies of the emulator, through the built component: they are made of the request. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Emulator, startEmulator } from "../../dev/emulator";
import { outcomes } from "../../dev/emulator/marks";
import { runBranching } from "../support/agent";
import { failure, run } from "../support/component";
import { png } from "../support/files";

const start = async (): Promise<Emulator> => {
  const emulator = await startEmulator();
  onTestFinished(() => emulator.stop());
  return emulator;
};

const invoice = {
  key: "invoice.pdf",
  value: {
    data: readFileSync(path.resolve(import.meta.dirname, "../../dev/samples/invoice.pdf")),
    contentType: "application/pdf",
  },
};

const field = (name: string, type = "text", more: object = {}) => ({ name, type, ...more });

describe("records", () => {
  test("have values of a PDF, and null for what it does not have", async () => {
    const fields = [
      field("invoiceNumber"),
      field("invoiceDate", "date"),
      field("total", "number"),
      field("purchaseOrder"),
    ];
    const { json, missing } = await run("extractData", await start(), {
      attachments: [invoice],
      fields,
    });
    expect([json, missing]).toEqual([
      { invoiceNumber: "1042", invoiceDate: "2026-11-20", total: 118.5, purchaseOrder: null },
      [],
    ]);
  });

  test("have values of a text, with the passages that they come from", async () => {
    const text =
      "Customer: Paper Clip Works\nE-mail: orders@example.com\nDelivery: December 1, 2026\nTotal: EUR 1,118.50\nPaid: yes";
    const fields = [
      field("customer"),
      field("email"),
      field("delivery", "date"),
      field("total", "number"),
      field("paid", "boolean"),
    ];
    const { branch, data } = await runBranching("extractData", await start(), {
      text,
      fields,
      evidence: "true",
    });
    expect([branch, data.json]).toEqual([
      "Ok",
      {
        customer: "Paper Clip Works",
        email: "orders@example.com",
        delivery: "2026-12-01",
        total: 1118.5,
        paid: true,
      },
    ]);
    expect(data.review).toEqual([]);
  });

  test("are found for each row of a list", async () => {
    const { results } = await run("processList", await start(), {
      items: [{ text: "Total: 12.50 EUR" }, { text: "Total: 7 EUR" }],
      message: "{{text}}",
      fields: [field("total", "number")],
    });
    expect(results.map(({ json }: { json: unknown }) => json)).toEqual([
      { total: 12.5 },
      { total: 7 },
    ]);
  });
});

test.each([
  ["Please refund the invoice, I paid twice.", "Money"],
  ["The parcel is late, the delivery did not arrive.", "Shipping"],
  ["Good morning!", "Else"],
])("%s goes to the branch %s", async (text, branch) => {
  const result = await runBranching("classifyAndBranch", await start(), {
    text,
    branches: [
      { key: "Money", value: "invoices and refunds" },
      { key: "Shipping", value: "parcels and their delivery" },
    ],
  });
  expect(result.branch).toBe(branch);
});

test("a tool is called with inputs of the message, and its result is the reply", async () => {
  const emulator = await start();
  const definitions = JSON.stringify([
    {
      name: "get_stock",
      description: "Stock of an article in a warehouse",
      input_schema: {
        type: "object",
        properties: { article: { type: "string" }, warehouse: { enum: ["Bonn", "Kyoto"] } },
        required: ["article", "warehouse"],
      },
    },
  ]);
  const first = await run("chat", emulator, {
    initialMessage: "What is the stock of article A-17 in the warehouse in Kyoto?",
    tools: { definitions },
  });
  const [{ id, name, input }] = first.toolCalls;
  expect({ name, input }).toEqual({
    name: "get_stock",
    input: { article: "A-17", warehouse: "Kyoto" },
  });
  const last = await run("chat", emulator, {
    conversation: first.conversation,
    tools: { definitions, toolResults: [{ key: id, value: "240" }] },
  });
  expect([last.text, last.toolCalls]).toEqual(["Get stock for A-17, Kyoto returned 240.", []]);
});

test("a web search has sources", async () => {
  const { sources, usage } = await run("chat", await start(), {
    initialMessage: "Search the web: who invented the paper clip?",
    tools: { webSearch: "true" },
  });
  expect(sources.length).toBeGreaterThan(0);
  for (const { url } of sources) expect(new URL(url).hostname).toMatch(/(^|\.)example\.(com|org)$/);
  expect(usage.server_tool_use.web_search_requests).toBe(1);
});

test("a picture counts by its size", async () => {
  const emulator = await start();
  const tokens = async (attachments: unknown[]) =>
    (await run("countTokens", emulator, { message: "Hi", attachments })).input_tokens;
  const small = await tokens([{ key: "a.png", value: png() }]);
  expect(small).toBeGreaterThan(await tokens([]));
});

describe("outcomes", () => {
  const ask = (emulator: Emulator, text: string) =>
    run("chat", emulator, {
      initialMessage: text,
      requestOptions: { maxRetries: "0", onFailure: "returnError" },
    });

  test.each(Object.entries(outcomes))("%s by a mark and by respondNext", async (name, { mark }) => {
    const emulator = await start();
    const seen = ({ truncated, refused, paused, error, sources, stop_reason }: Result) => ({
      truncated,
      refused,
      paused,
      code: error?.code ?? null,
      hasSources: sources.length > 0,
      stop_reason,
    });
    const expected: Record<string, object> = {
      truncated: { truncated: true, stop_reason: "max_tokens" },
      refused: { refused: true, stop_reason: "refusal" },
      paused: { paused: true },
      overloaded: { code: "overloaded" },
      rateLimited: { code: "rate_limited" },
      sources: { hasSources: true },
      // Without tools there is nothing to call.
      toolCalls: { stop_reason: "end_turn" },
    };
    const text = "The paper clips arrived on Tuesday.";
    const marked = seen(await ask(emulator, `${text} ${mark}`));
    expect(marked).toMatchObject(expected[name] ?? {});
    emulator.respondNext(name as keyof typeof outcomes);
    // Chat continues a paused turn itself: the next reply is the rest of it.
    const isContinued = name === "paused";
    expect(seen(await ask(emulator, text))).toMatchObject(
      isContinued ? { paused: false, stop_reason: "end_turn" } : marked,
    );
    expect(seen(await ask(emulator, text))).toMatchObject({ stop_reason: "end_turn", code: null });
  });

  interface Result {
    truncated: boolean;
    refused: boolean;
    paused: boolean;
    error: { code: string } | null;
    sources: unknown[];
    stop_reason: string;
  }
});

test("Max Tokens and stop sequences end a reply", async () => {
  const emulator = await start();
  const initialMessage = "Write a haiku about a paper clip.";
  const cut = await run("chat", emulator, { initialMessage, maxTokens: "3" });
  expect([cut.text, cut.truncated]).toEqual(["Bent once, i", true]);
  const stopped = await run("chat", emulator, { initialMessage, output: { stopSequences: [","] } });
  expect([stopped.text, stopped.stop_reason]).toEqual(["Bent once", "stop_sequence"]);
});

test("the official SDK reads a stream as the message that is sent without one", async () => {
  const emulator = await start();
  const client = new Anthropic({ apiKey: "key", baseURL: emulator.url });
  const request: Anthropic.MessageCreateParamsNonStreaming = {
    model: "claude-sonnet-5-5",
    max_tokens: 2_000,
    messages: [{ role: "user", content: "How warm is it in Bonn?" }],
    tools: [
      {
        name: "get_temperature",
        description: "Temperature in a city",
        input_schema: { type: "object", properties: { city: { type: "string" } } },
      },
    ],
  };
  const steady = (message: Anthropic.Message) =>
    JSON.parse(JSON.stringify(message).replace(/"(msg|toolu)_[^"]+"/g, '"id"'));
  // The SDK adds parsed_output to a message that was streamed.
  const { parsed_output: _, ...streamed } = await client.messages.stream(request).finalMessage();
  expect(steady(streamed)).toEqual(steady(await client.messages.create(request)));
  expect(streamed.stop_reason).toBe("tool_use");
});

describe("requests that the API refuses", () => {
  const user = (content: unknown) => ({ role: "user", content });
  const post = async (body: object) => {
    const { url } = await start();
    const response = await fetch(`${url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": "key", "content-type": "application/json" },
      body: JSON.stringify({
        model: "claude-sonnet-5-5",
        max_tokens: 100,
        messages: [user("Hi")],
        ...body,
      }),
    });
    const { error } = (await response.json()) as { error?: { type: string; message: string } };
    return [response.status, error?.type, error?.message];
  };
  const tool = { name: "a", input_schema: { type: "object" } };
  const call = {
    role: "assistant",
    content: [{ type: "tool_use", id: "t1", name: "a", input: {} }],
  };
  const schema = (more: object) => ({
    output_config: { format: { type: "json_schema", schema: { type: "object", ...more } } },
  });

  test.each<[string, object, number]>([
    ["an unknown model", { model: "claude-0" }, 404],
    ["more tokens than the model's maximum", { max_tokens: 10_000_000 }, 400],
    ["no messages", { messages: [] }, 400],
    ["an empty text", { messages: [user([{ type: "text", text: "" }])] }, 400],
    [
      "a call without its result",
      { tools: [tool], messages: [user("Hi"), call, user("And?")] },
      400,
    ],
    [
      "a result without its call",
      { messages: [user([{ type: "tool_result", tool_use_id: "t9", content: "1" }])] },
      400,
    ],
    ["two tools of one name", { tools: [tool, tool] }, 400],
    ["an unknown forced tool", { tools: [tool], tool_choice: { type: "tool", name: "b" } }, 400],
    [
      "a schema that allows other properties",
      schema({ properties: { a: { type: "string" } } }),
      400,
    ],
    [
      "an unsupported keyword in a schema",
      schema({
        properties: { a: { type: "string", maxLength: 3 } },
        required: ["a"],
        additionalProperties: false,
      }),
      400,
    ],
    [
      "an unknown file",
      { messages: [user([{ type: "document", source: { type: "file", file_id: "file_0" } }])] },
      404,
    ],
  ])("%s", async (_, body, expected) => {
    const [status, type, message] = await post(body);
    expect([status, type]).toEqual([
      expected,
      expected === 404 ? "not_found_error" : "invalid_request_error",
    ]);
    expect(message).toBeTruthy();
  });
});

test("batches and files of a state file are found by the next emulator", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "emulator-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const stateFile = path.join(folder, "state.json");
  const first = await startEmulator({ stateFile });
  const batch = await run("createBatch", first, { items: ["a"], message: "{{item}}" });
  const file = await run("uploadFile", first, { file: Buffer.from("abc"), fileName: "a.txt" });
  await first.stop();
  const second = await startEmulator({ stateFile });
  onTestFinished(() => second.stop());
  expect((await run("getBatch", second, { batchId: batch.id })).id).toBe(batch.id);
  expect((await run("getFile", second, { fileId: file.id })).filename).toBe("a.txt");
  expect((await failure("getFile", second, { fileId: "file_0" })).status).toBe(404);
});
