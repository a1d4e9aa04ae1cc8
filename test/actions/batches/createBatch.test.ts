import { afterEach, describe, expect, test, vi } from "vitest";
import { modelExample } from "../../../src/claude/models/schema";
import { apiKey, failure, gatewayTo, Logs, run } from "../../support/component";
import { heic, pdf, png } from "../../support/files";
import { type Received, type Reply, refusal, type Server, startServer } from "../../support/server";

const created = {
  id: "msgbatch_1",
  type: "message_batch",
  processing_status: "in_progress",
  request_counts: { processing: 2, succeeded: 0, errored: 0, canceled: 0, expired: 0 },
  created_at: "2026-11-21T10:00:00Z",
  expires_at: "2026-11-22T10:00:00Z",
  ended_at: null,
  cancel_initiated_at: null,
  archived_at: null,
  results_url: null,
};

/** A server with the count_tokens, models and batches endpoints. */
const api = (
  replies: { batch?: Reply; count?: Reply; list?: Reply; model?: Reply } = {},
): Promise<Server> =>
  startServer((request, response) => {
    const { method, path } = request;
    const reply = path.endsWith("/count_tokens")
      ? (replies.count ?? { body: { input_tokens: 10 } })
      : path.startsWith("/v1/models/")
        ? (replies.model ?? { body: modelExample })
        : method === "GET"
          ? (replies.list ?? { body: { data: [], has_more: false } })
          : (replies.batch ?? { body: created });
    if (typeof reply === "function") return reply(request, response);
    const { status = 200, headers, body } = reply;
    response.writeHead(status, {
      "content-type": "application/json",
      "request-id": "req_1",
      ...headers,
    });
    response.end(JSON.stringify(body));
  });

afterEach(() => {
  vi.useRealTimers();
});

const isCount = ({ path }: Received) => path.endsWith("/count_tokens");

const isBatch = ({ method, path }: Received) =>
  method === "POST" && path === "/v1/messages/batches";

/** The body of the one request that creates a batch. */
const submittedBatch = (server: Server) => {
  const [request, ...more] = server.requests.filter(isBatch);
  expect(more).toEqual([]);
  return request?.json as { requests: { custom_id: string; params: Record<string, unknown> }[] };
};

const messageTexts = (server: Server) =>
  submittedBatch(server).requests.map(
    ({ params }) => (params.messages as { content: string }[])[0]?.content,
  );

const base = { model: "claude-sonnet-5-5", max_tokens: 16_000 };
const user = (content: unknown) => [{ role: "user", content }];

describe("Items", () => {
  test("become one request each, and submitted is their number", async () => {
    const server = await api();
    const data = await run("createBatch", server, {
      items: [
        { order: "A-1", review: 'Works "well".\nReally.' },
        { order: "A-2", review: "Ω 🙂" },
      ],
      idField: "order",
      message: "Summarize {{ review }} of {{order}}.",
      systemPrompt: "Be brief.",
      maxTokens: "200",
    });
    expect(server.requests.find(isBatch)?.body).toBe(
      JSON.stringify({
        requests: [
          {
            custom_id: "row-000001_A-1",
            params: {
              model: "claude-sonnet-5-5",
              max_tokens: 200,
              messages: user('Summarize Works "well".\nReally. of A-1.'),
              system: "Be brief.",
            },
          },
          {
            custom_id: "row-000002_A-2",
            params: {
              model: "claude-sonnet-5-5",
              max_tokens: 200,
              messages: user("Summarize Ω 🙂 of A-2."),
              system: "Be brief.",
            },
          },
        ],
      }),
    );
    expect(data).toEqual({
      ...created,
      submitted: 2,
      truncatedIds: [],
      warnings: [],
      requestId: "req_1",
    });
  });

  test("accept texts, numbers and objects, as a list or as JSON", async () => {
    const items = ["one", 2, { a: 1, b: [true, null] }];
    for (const value of [items, JSON.stringify(items)]) {
      const server = await api();
      await run("createBatch", server, { items: value });
      expect(submittedBatch(server)).toEqual({
        requests: ["one", "2", '{"a":1,"b":[true,null]}'].map((text, index) => ({
          custom_id: `row-00000${index + 1}`,
          params: { ...base, messages: user(text) },
        })),
      });
    }
  });

  test.each([
    ["a field", "{{a}}", { a: "x" }, "x"],
    ["a number", "{{a}}", { a: 0 }, "0"],
    ["a boolean", "{{a}}", { a: false }, "false"],
    ["an object as JSON", "{{a}}", { a: { b: [1, "ü"] } }, '{"b":[1,"ü"]}'],
    ["a nested field", "{{a.b.c}}", { a: { b: { c: "deep" } } }, "deep"],
    ["an entry of a list", "{{a.1}}", { a: ["x", "y"] }, "y"],
    ["a field with a dot in its name", "{{a.b}}", { "a.b": "own", a: { b: "nested" } }, "own"],
    [
      "a field with a space and punctuation in its name",
      "{{First name?}}",
      { "First name?": "Ada" },
      "Ada",
    ],
    ["the whole item", "{{item}}", { a: 1 }, '{"a":1}'],
    ["a field of the item", "{{item.a}}", { a: 1 }, "1"],
    ["a field named item", "{{item}} {{item.a}}", { item: { a: 1 } }, '{"a":1} 1'],
    ["a field named like a property of every object", "{{constructor}}", { constructor: "x" }, "x"],
    ["a value that looks like a placeholder", "{{a}}", { a: "{{b}} $& $1" }, "{{b}} $& $1"],
  ])("replace a placeholder with %s", async (_, message, item, text) => {
    const server = await api();
    await run("createBatch", server, { items: [item], message });
    expect(messageTexts(server)).toEqual([text]);
  });

  test("replace placeholders in System Prompt", async () => {
    const server = await api();
    await run("createBatch", server, {
      items: [
        { lang: "German", text: "a" },
        { lang: "French", text: "b" },
      ],
      message: "{{text}}",
      systemPrompt: "Answer in {{lang}}.",
    });
    expect(submittedBatch(server).requests.map(({ params }) => params)).toEqual([
      { ...base, messages: user("a"), system: "Answer in German." },
      { ...base, messages: user("b"), system: "Answer in French." },
    ]);
  });

  test("without a value leave the placeholder empty, with a warning", async () => {
    const server = await api();
    const { warnings } = await run("createBatch", server, {
      items: [{ a: "x", b: "1" }, { a: "y" }, { a: "z", b: null }],
      message: "{{a}}:{{b}}",
    });
    expect(messageTexts(server)).toEqual(["x:1", "y:", "z:"]);
    expect(warnings).toEqual([
      "{{b}} has no value in 2 of 3 rows, for example row 2, and was left empty there.",
    ]);
  });

  test("get a valid, unique custom_id from any value of ID Field", async () => {
    const server = await api();
    const { warnings, truncatedIds } = await run("createBatch", server, {
      items: [
        { id: "ü/1 x" },
        { id: "u/1 x" },
        { id: "東京" },
        { id: 7 },
        { id: "n".repeat(100) },
        { id: { a: 1 } },
      ],
      idField: " id ",
    });
    expect(submittedBatch(server).requests.map(({ custom_id }) => custom_id)).toEqual([
      "row-000001-w7wvMSB4",
      "row-000002-dS8xIHg",
      "row-000003-5p2x5Lqs",
      "row-000004_7",
      `row-000005_${"n".repeat(53)}`,
      "row-000006-eyJhIjoxfQ",
    ]);
    expect(truncatedIds).toEqual([
      { customId: `row-000005_${"n".repeat(53)}`, id: "n".repeat(100) },
    ]);
    expect(warnings).toEqual([
      `ID Field: 1 value was truncated, because the API limits the length of IDs, for example "${"n".repeat(60)}". truncatedIds has the values by custom ID; row identifies each result.`,
    ]);
  });

  test.each([
    ["a placeholder", "{{ order }}", { order: "A" }, "_A"],
    ["a nested field", "customer.id", { customer: { id: 7 } }, "_7"],
    ["a date", "day", { day: new Date(0) }, "-MTk3MC0wMS0wMVQwMDowMDowMC4wMDBa"],
  ])("accept %s as ID Field", async (_, idField, item, id) => {
    const server = await api();
    await run("createBatch", server, { items: [item], idField });
    expect(submittedBatch(server).requests[0]?.custom_id).toBe(`row-000001${id}`);
  });

  test("write dates as ISO 8601 text", async () => {
    const server = await api();
    await run("createBatch", server, {
      items: [new Date(0), { at: new Date(0) }],
      message: "{{item.at}}{{item}}",
    });
    expect(messageTexts(server)[0]).toBe("1970-01-01T00:00:00.000Z");
    expect(messageTexts(server)[1]).toMatch(/^1970-01-01T00:00:00.000Z\{/);
  });

  test("write a BigInt as text", async () => {
    const server = await api();
    await run("createBatch", server, { items: [{ n: 2n ** 64n }], message: "{{n}}" });
    expect(messageTexts(server)).toEqual(["18446744073709551616"]);
  });

  test.each([
    ["an item", [new Date(Number.NaN)], "Items has an invalid date."],
    ["a field", [{ at: new Date("soon") }], "Items, field item.at has an invalid date."],
  ])("reject an invalid Date as %s before any request", async (_, items, message) => {
    const server = await api();
    const error = await failure("createBatch", server, { items, message: "{{item.at}}{{item}}" });
    expect(error).toMatchObject({ name: "InputError", message });
    expect(server.requests).toEqual([]);
  });

  test("have lone surrogates replaced, with a warning", async () => {
    const server = await api();
    const lone = "cut \ud83d";
    const { warnings } = await run("createBatch", server, { items: ["a", lone, "c 🙂", lone] });
    expect(server.requests.find(isBatch)?.body).not.toContain("\\ud");
    expect(messageTexts(server)).toEqual(["a", "cut \ufffd", "c 🙂", "cut \ufffd"]);
    expect(warnings).toEqual([
      "Message has an incomplete character, such as half an emoji, in 2 rows, for example row 2. It was sent as \ufffd.",
    ]);
  });

  test("accept texts of 10 MB", async () => {
    const server = await api();
    const items = Array.from({ length: 4 }, () => "long ".repeat(2_000_000));
    expect((await run("createBatch", server, { items })).submitted).toBe(4);
    expect(submittedBatch(server).requests[3]?.params.messages).toEqual(user(items[3]));
  });

  test("keep empty and single braces", async () => {
    const server = await api();
    await run("createBatch", server, { items: ["a"], message: "{{ }} {{item}} {x}" });
    expect(messageTexts(server)).toEqual(["{{ }} a {x}"]);
  });

  test("apply the model inputs of Chat to every request", async () => {
    const server = await api();
    await run("createBatch", server, {
      items: ["a"],
      systemPrompt: "Be brief.",
      reasoning: { thinking: "adaptive", effort: "low" },
      output: {
        jsonSchema: '{"type": "object", "properties": {"n": {"type": "integer"}}}',
        stopSequences: ["END"],
      },
      tools: { webSearch: "true" },
      caching: { cache: "1h" },
      requestOptions: {
        metadataUserId: "u1",
        betas: ["b-1"],
        extraParameters: '{"inference_geo": "us"}',
      },
    });
    expect(submittedBatch(server).requests[0]?.params).toEqual({
      ...base,
      messages: user("a"),
      // System Prompt is the same in all requests, so it is cached instead of the messages.
      system: [
        { type: "text", text: "Be brief.", cache_control: { type: "ephemeral", ttl: "1h" } },
      ],
      thinking: { type: "adaptive" },
      output_config: {
        effort: "low",
        format: {
          type: "json_schema",
          schema: {
            type: "object",
            properties: { n: { type: "integer" } },
            additionalProperties: false,
          },
        },
      },
      tools: [{ type: "web_search_20260318", name: "web_search" }],
      stop_sequences: ["END"],
      metadata: { user_id: "u1" },
      inference_geo: "us",
    });
    expect(server.requests.find(isBatch)?.headers["anthropic-beta"]).toBe("b-1");
  });

  test("redact MCP server tokens of tools in the log", async () => {
    const server = await api();
    const logs = new Logs();
    const token = "mcp-secret-0123456789";
    await run(
      "createBatch",
      server,
      {
        items: ["a"],
        tools: {
          mcpServers: [{ key: "a", value: "https://a.example" }],
          mcpTokens: [{ key: "a", value: token }],
        },
      },
      { logger: logs.logger, globalDebug: true },
    );
    expect(server.requests.find(isBatch)?.body).toContain(token);
    expect(logs.lines.join("\n")).toContain("/v1/messages/batches");
    expect(logs.lines.join("\n")).toContain('{"requests":[{"custom_id":"row-000001","params":');
    expect(logs.lines.join("\n")).not.toContain(token);
  });

  test("need no placeholder in Message if there is only one", async () => {
    const server = await api();
    await run("createBatch", server, { items: [{ a: 1 }], message: "Hi" });
    expect(messageTexts(server)).toEqual(["Hi"]);
  });

  test("can have a placeholder in System Prompt only", async () => {
    const server = await api();
    await run("createBatch", server, {
      items: ["a", "b"],
      message: "Hi",
      systemPrompt: "About {{item}}.",
    });
    expect(submittedBatch(server).requests.map(({ params }) => params.system)).toEqual([
      "About a.",
      "About b.",
    ]);
  });

  test("without a value for System Prompt are counted in the warning", async () => {
    const server = await api();
    const { warnings } = await run("createBatch", server, {
      items: [{ a: "x", b: "1" }, { a: "y" }],
      message: "{{a}}",
      systemPrompt: "About {{b}}.",
    });
    expect(warnings).toEqual([
      "{{b}} has no value in 1 of 2 rows, for example row 2, and was left empty there.",
    ]);
  });

  test("set submitted even if the response has no request_counts", async () => {
    const { request_counts, ...bare } = created;
    const server = await api({ batch: { body: bare } });
    expect((await run("createBatch", server, { items: ["a", "b", "c"] })).submitted).toBe(3);
  });

  test("are not cached without a System Prompt that all requests share", async () => {
    for (const systemPrompt of [undefined, "For {{item}}."]) {
      const server = await api();
      const { warnings } = await run("createBatch", server, {
        items: ["a"],
        systemPrompt,
        caching: { cache: "5m" },
      });
      expect(server.requests.find(isBatch)?.body).not.toContain("cache_control");
      expect(warnings).toEqual([
        "Cache was ignored: only a System Prompt without {{field}} is cached.",
      ]);
    }
  });

  test("allow 300,000 Max Tokens with the beta for long output", async () => {
    const server = await api();
    await run("createBatch", server, {
      items: ["a"],
      maxTokens: "300000",
      requestOptions: { betas: ["output-300k-2026-03-24"] },
    });
    expect(submittedBatch(server).requests[0]?.params.max_tokens).toBe(300_000);
    // The token count endpoint does not support that beta.
    const count = server.requests.find(({ path }) => path.endsWith("/count_tokens"));
    expect(count?.headers["anthropic-beta"]).toBeUndefined();
  });

  test("limit Max Tokens to the model's maximum, with a warning", async () => {
    const server = await api();
    const { warnings } = await run("createBatch", server, { items: ["a"], maxTokens: "300000" });
    expect(warnings).toEqual([
      "Max Tokens was reduced to 128000, the maximum of claude-sonnet-5-5.",
    ]);
  });

  test("accept 100,000 entries", async () => {
    const server = await api();
    const items = Array.from({ length: 100_000 }, (_, index) => ({
      n: index,
      text: `Text ${index}`,
    }));
    const { submitted } = await run("createBatch", server, {
      items,
      idField: "n",
      message: "{{text}}",
    });
    expect(submitted).toBe(100_000);
    const { requests } = submittedBatch(server);
    expect(new Set(requests.map(({ custom_id }) => custom_id)).size).toBe(100_000);
    expect(requests.at(-1)).toEqual({
      custom_id: "row-100000_99999",
      params: { ...base, messages: user("Text 99999") },
    });
  });
});

describe("Attachments Field", () => {
  const base64 = (bytes: Buffer) => bytes.toString("base64");
  const image = {
    type: "image",
    source: { type: "base64", media_type: "image/png", data: base64(png()) },
  };
  const document = (title: string) => ({
    type: "document",
    source: { type: "base64", media_type: "application/pdf", data: base64(pdf()) },
    title,
  });
  const textOf = (text: string) => ({ type: "text", text });
  const contents = (server: Server) =>
    submittedBatch(server).requests.map(
      ({ params }) => (params.messages as { content: unknown }[])[0]?.content,
    );

  test("attaches the file or files of each row, before its message", async () => {
    const server = await api();
    const { warnings } = await run("createBatch", server, {
      items: [
        { order: "A-1", scan: { data: png(), contentType: "image/png" } },
        { order: "A-2", scan: [{ name: "a.pdf", contentBytes: base64(pdf()) }, { data: png() }] },
        { order: "A-3", scan: "https://example.com/a.pdf" },
        { order: "A-4" },
      ],
      attachmentsField: "{{scan}}",
      idField: "order",
      message: "Read the scan of {{order}}.",
    });
    expect(contents(server)).toEqual([
      [image, textOf("Read the scan of A-1.")],
      [document("a.pdf"), image, textOf("Read the scan of A-2.")],
      [
        {
          type: "document",
          source: { type: "url", url: "https://example.com/a.pdf" },
          title: "scan",
        },
        textOf("Read the scan of A-3."),
      ],
      "Read the scan of A-4.",
    ]);
    expect(warnings).toEqual([
      'Row 3, "scan": The text was read as the URL of a file. If that is intended, end the name with the ending of the file, such as .pdf.',
      "Attachments Field has no file in 1 of 4 rows, for example row 4.",
    ]);
  });

  test("accepts items that are files, with one message for all", async () => {
    const server = await api();
    await run("createBatch", server, {
      items: [
        { name: "a.pdf", contentType: "application/pdf", data: base64(pdf()) },
        { name: "b.pdf", contentType: "application/pdf", data: base64(pdf()) },
      ],
      attachmentsField: "item",
      idField: "name",
      message: "Summarize the file.",
    });
    expect(contents(server)).toEqual([
      [document("a.pdf"), textOf("Summarize the file.")],
      [document("b.pdf"), textOf("Summarize the file.")],
    ]);
  });

  test("is left out of {{item}}, and may be nested", async () => {
    const server = await api();
    await run("createBatch", server, {
      items: [{ order: "A-1", mail: { from: "jo@example.com", scan: png() } }],
      attachmentsField: "mail.scan",
    });
    expect(contents(server)).toEqual([
      [image, textOf('{"order":"A-1","mail":{"from":"jo@example.com"}}')],
    ]);
  });

  test("looks up the types of many file IDs together", async () => {
    const ids = Array.from({ length: 120 }, (_, index) => `file_${index}`);
    const list: Reply = ({ query }, response) => {
      const asked = new URLSearchParams(query).getAll("ids[]");
      expect(asked.length).toBeLessThanOrEqual(100);
      const data = asked.map((id) => ({ id, type: "file", mime_type: "application/pdf" }));
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ data, next_page: null }));
    };
    const server = await api({ list });
    await run("createBatch", server, {
      items: ids.map((scan) => ({ scan })),
      attachmentsField: "scan",
      message: "Summarize the file.",
    });
    expect(server.requests.filter(({ path }) => path === "/v1/files")).toHaveLength(2);
    expect(contents(server)[119]).toEqual([
      { type: "document", source: { type: "file", file_id: "file_119" }, title: "scan" },
      textOf("Summarize the file."),
    ]);
  });

  test.each<[string, object, string]>([
    [
      "a file that cannot be read",
      { items: [{ scan: png() }, { scan: { mimeType: "application/pdf" } }] },
      "Attachments Field scan, row 2, describes a file, but has no content. Download the file in an earlier step and reference the result.",
    ],
    [
      "a file that the API does not accept",
      { items: [{ scan: png() }, { scan: [png(), heic()] }] },
      'Attachments Field, row 2, "scan 2" is a HEIC image, which Claude does not read. Convert it to JPEG or PNG.',
    ],
    [
      "a field that no item has",
      { items: [{ a: 1 }] },
      "Attachments Field is scan, but no item has a value for it. Available names: item, a.",
    ],
  ])("rejects %s before any request", async (_, inputs, message) => {
    const server = await api();
    const error = await failure("createBatch", server, {
      attachmentsField: "scan",
      message: "Read it.",
      ...inputs,
    });
    expect(error.message).toBe(message);
    expect(server.requests.filter(isBatch)).toEqual([]);
  });
});

describe("Requests", () => {
  const request = (id: string, params: object = {}) => ({
    custom_id: id,
    params: { ...base, messages: user("Hi"), ...params },
  });

  test("are repaired, and old thinking is dropped by the API where it does not fit", async () => {
    const server = await api();
    const thinking = { type: "thinking", thinking: "", signature: "c2ln" };
    const textOf = (text: string) => ({ type: "text", text });
    const history = (...content: object[]) => [
      { role: "user", content: "Hi" },
      { role: "assistant", content },
      { role: "user", content: "Go on" },
    ];
    const { warnings } = await run("createBatch", server, {
      requests: [
        request("a", { messages: history({ ...thinking, signature: "" }, textOf("A")) }),
        request("b", { messages: history(thinking, textOf("B")) }),
        request("c"),
      ],
    });
    const [a, b, c] = submittedBatch(server).requests.map(({ params }) => params);
    expect(a).toEqual({ ...base, messages: history(textOf("A")) });
    expect(b).toEqual({
      ...base,
      messages: history(thinking, textOf("B")),
      thinking: {
        type: "adaptive",
        block_binding: { prefix_mismatch_behavior: "drop_block" },
      },
    });
    expect(c).toEqual({ ...base, messages: user("Hi") });
    expect(server.requests.find(isBatch)?.headers["anthropic-beta"]).toContain(
      "thinking-binding-controls-2026-08-01",
    );
    expect(warnings).toEqual([
      "Requests: 1 thinking block without a signature was left out, because the API does not accept them.",
    ]);
  });

  test("have lone surrogates replaced", async () => {
    const server = await api();
    await run("createBatch", server, { requests: [request("a", { messages: user("x\ud83d") })] });
    expect(messageTexts(server)).toEqual(["x\ufffd"]);
  });

  test("are sent unchanged, as a list or as JSON", async () => {
    const requests = [
      request("a", { container: "c", top_k: 3 }),
      request("b_-9", { stream: false, max_tokens: 1 }),
      request("i".repeat(64)),
    ];
    for (const value of [requests, JSON.stringify(requests)]) {
      const server = await api();
      const data = await run("createBatch", server, { requests: value, maxTokens: "1" });
      expect(server.requests.find(isBatch)?.body).toBe(JSON.stringify({ requests }));
      expect(data.submitted).toBe(3);
    }
  });

  test.each([
    ["an empty list", [], "Requests is an empty list: there is nothing to do."],
    [
      "an object with the list inside",
      { requests: [] },
      "Requests must be a list. Reference the list inside the given value.",
    ],
    [
      "a number as a request",
      "[1]",
      "Requests must be a list of objects with custom_id and params, but request 1 is not an object.",
    ],
    ["a request without params", [{ custom_id: "a" }], "Requests has no params in request 1."],
    [
      "a custom_id with a space",
      [request("a b")],
      "Requests has no valid custom_id in request 1: it must consist of 1 to 64 letters, digits, _ and -.",
    ],
    [
      "a number as custom_id",
      [{ ...request("a"), custom_id: 5 }],
      "Requests has no valid custom_id in request 1: it must consist of 1 to 64 letters, digits, _ and -.",
    ],
    [
      "a custom_id of 65 characters",
      [request("a".repeat(65))],
      "Requests has no valid custom_id in request 1: it must consist of 1 to 64 letters, digits, _ and -.",
    ],
    [
      "a repeated custom_id",
      [request("a"), request("b"), request("a")],
      "Requests has the custom_id a twice, in requests 1 and 3.",
    ],
    [
      "a missing model",
      [request("a", { model: undefined })],
      "Requests has a request that batches do not accept: request 1 (a) has no model.",
    ],
    [
      "an empty model",
      [request("a", { model: "" })],
      "Requests has a request that batches do not accept: request 1 (a) has no model.",
    ],
    [
      "text as messages",
      [request("a", { messages: "Hi" })],
      "Requests has a request that batches do not accept: request 1 (a) has no messages.",
    ],
    [
      "empty messages",
      [request("a", { messages: [] })],
      "Requests has a request that batches do not accept: request 1 (a) has no messages.",
    ],
    [
      "text as max_tokens",
      [request("a", { max_tokens: "5" })],
      "Requests has a request that batches do not accept: request 1 (a) has no max_tokens of at least 1.",
    ],
    [
      "max_tokens 0",
      [request("a", { max_tokens: 0 })],
      "Requests has a request that batches do not accept: request 1 (a) has no max_tokens of at least 1.",
    ],
    [
      "stream",
      [request("a", { stream: true })],
      "Requests has a request that batches do not accept: request 1 (a) has stream, which batches do not support.",
    ],
    [
      "speed",
      [request("a", { speed: "fast" })],
      "Requests has a request that batches do not accept: request 1 (a) has speed, which batches do not support.",
    ],
    [
      "fallbacks",
      [request("a", { fallbacks: [] })],
      "Requests has a request that batches do not accept: request 1 (a) has fallbacks, which batches do not support.",
    ],
  ])("reject %s before any request", async (_, requests, message) => {
    const server = await api();
    expect((await failure("createBatch", server, { requests })).message).toBe(message);
    expect(server.requests).toEqual([]);
  });

  test("redact MCP server tokens of mcp_servers and the API key in the log", async () => {
    const server = await api();
    const logs = new Logs();
    const token = "mcp-secret-0123456789";
    const mcp_servers = [
      { type: "url", name: "a", url: "https://a.example", authorization_token: token },
    ];
    await run(
      "createBatch",
      server,
      { requests: [request("a"), request("b", { mcp_servers })] },
      {
        logger: logs.logger,
        globalDebug: true,
      },
    );
    expect(server.requests.find(isBatch)?.body).toContain(token);
    expect(logs.lines.join("\n")).toContain("/v1/messages/batches");
    expect(logs.lines.join("\n")).not.toContain(token);
    expect(logs.lines.join("\n")).not.toContain(apiKey);
  });
});

describe("invalid input", () => {
  const many = Array.from({ length: 100_001 }, () => "a");
  test.each([
    ["neither Items nor Requests", {}, "Items or Requests is required. Reference a list."],
    [
      "Items combined with empty Requests",
      { items: ["a"], requests: [] },
      "Requests is an empty list",
    ],
    [
      "Items combined with Requests",
      { items: ["a"], requests: [{ custom_id: "a", params: { ...base, messages: user("Hi") } }] },
      "Requests cannot be combined with Items: a batch is made of one of them.",
    ],
    ["an empty list of Items", { items: [] }, "Items is an empty list: there is nothing to do."],
    [
      "an object as Items",
      { items: { data: ["a"] } },
      "Items must be a list. Reference the list inside the given value.",
    ],
    ["Items in invalid JSON", { items: "a, b" }, "Items must be a list, as JSON"],
    [
      "more than 100,000 Items",
      { items: many },
      "Items has 100001 entries, but at most 100000 are accepted. Split them over several steps.",
    ],
    [
      "empty Items, listing their rows",
      { items: ["a", " ", null, {}, "b"] },
      "Items is empty in rows 2, 3, 4.",
    ],
    [
      "empty Items, listing 10 of 14 rows",
      { items: Array.from({ length: 14 }, () => "") },
      "Items is empty in rows 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 4 more.",
    ],
    [
      "empty Items, listing 10 of 11 rows",
      { items: Array.from({ length: 11 }, () => "") },
      "Items is empty in rows 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 1 more.",
    ],
    [
      "a Message that is blank for some items",
      { items: [{ a: "x" }, { a: " " }, { b: "y" }], message: "{{a}}" },
      "Message has no text in rows 2, 3.",
    ],
    [
      "a System Prompt that is blank for some items",
      { items: [{ a: "x" }, { b: "y" }], systemPrompt: "{{a}}", message: "Hi" },
      "System Prompt has no text in row 2.",
    ],
    [
      "a placeholder that no item has a value for",
      { items: [{ a: "x", b: 1 }], message: "{{c}}" },
      "Message contains {{c}}, but no item has a value for it. Available names: item, a, b.",
    ],
    [
      "a placeholder named like a property of every object",
      { items: [{ a: "x" }], message: "{{a}} {{toString}} {{__proto__}}" },
      "Message contains {{toString}}, but no item has a value for it. Available names: item, a.",
    ],
    [
      "a Message without placeholders for several Items",
      { items: ["a", "b"], message: "Summarize the review.", systemPrompt: "Be brief." },
      "Message has no {{field}} of the items: every request would be the same.",
    ],
    [
      "a placeholder for a field if Items are texts",
      { items: ["x"], message: "{{a}}" },
      "Message contains {{a}}, but no item has a value for it. Available names: item.",
    ],
    [
      "a repeated ID Field value",
      { items: [{ id: 1 }, { id: 2 }, { id: "1" }], idField: "id" },
      'ID Field has the value "1" twice, in rows 1 and 3.',
    ],
    [
      "a missing ID Field value",
      { items: [{ id: 1 }, { a: 2 }], idField: "id" },
      "ID Field is id, but row 2 has no value for it. Available names: item, a.",
    ],
    [
      "a blank ID Field value",
      { items: [{ id: 1 }, { id: " " }], idField: "id" },
      "ID Field is id, but row 2 has no value for it. Available names: item, id.",
    ],
    [
      "a file inside an item",
      { items: [{ a: Buffer.from("x") }] },
      "Items, field item contains a file in a. Reference the file itself.",
    ],
    [
      "Extra Parameters that batches do not support",
      { items: ["a"], requestOptions: { extraParameters: '{"speed": "fast"}' } },
      "Extra Parameters makes a request that batches do not accept: it has speed, which batches do not support.",
    ],
    [
      "Extra Parameters with max_tokens 0",
      { items: ["a"], requestOptions: { extraParameters: '{"max_tokens": 0}' } },
      "Extra Parameters makes a request that batches do not accept: it has no max_tokens of at least 1.",
    ],
    [
      "Extra Parameters with messages",
      { items: ["a"], requestOptions: { extraParameters: { messages: user("Hi") } } },
      "Extra Parameters cannot set messages, which Message sets. Remove it.",
    ],
    [
      "Extra Parameters combined with Requests",
      {
        requests: [{ custom_id: "a", params: { ...base, messages: user("Hi") } }],
        requestOptions: { extraParameters: '{"top_k": 1}' },
      },
      "Extra Parameters can only be used with Items. Set it in the params of each request instead.",
    ],
    [
      "Metadata User ID combined with Requests",
      {
        requests: [{ custom_id: "a", params: { ...base, messages: user("Hi") } }],
        requestOptions: { metadataUserId: "u" },
      },
      "Metadata User ID can only be used with Items. Set it in the params of each request instead.",
    ],
  ])("rejects %s before any request", async (_, inputs, message) => {
    const server = await api();
    expect((await failure("createBatch", server, inputs)).message).toContain(message);
    expect(server.requests).toEqual([]);
  });

  test("rejects a batch of more than 256 MB before any request", async () => {
    const server = await api();
    const systemPrompt = "x".repeat(3_000_000);
    const items = Array.from({ length: 90 }, (_, index) => `${index}`);
    expect((await failure("createBatch", server, { items, systemPrompt })).message).toBe(
      "Items is 257.6 MB when sent, but a batch can have at most 256 MB. Split it over several batches.",
    );
    expect(server.requests).toEqual([]);
  });
});

describe("check of the first request by counting its tokens", () => {
  test("is sent before the batch, without parameters that token counting does not support", async () => {
    const server = await api();
    await run("createBatch", server, {
      items: [{ a: "first" }, { a: "second" }],
      message: "{{a}}",
      requestOptions: { metadataUserId: "u", extraParameters: '{"container": "c"}' },
    });
    const [count, batch] = server.requests;
    expect(count?.path).toBe("/v1/messages/count_tokens");
    expect(count?.json).toEqual({ model: base.model, messages: user("first") });
    expect(batch?.path).toBe("/v1/messages/batches");
  });

  test("contains all prompt parameters and the betas that token counting supports", async () => {
    const server = await api();
    const prompt = {
      model: base.model,
      messages: user("Hi"),
      system: "Be brief.",
      tools: [{ name: "a", input_schema: { type: "object" } }],
      tool_choice: { type: "any" },
      thinking: { type: "adaptive" },
      output_config: { effort: "low" },
      cache_control: { type: "ephemeral" },
      mcp_servers: [{ type: "url", name: "a", url: "https://a.example" }],
    };
    const rest = { max_tokens: 9, temperature: 1, stop_sequences: ["END"], metadata: {} };
    await run("createBatch", server, {
      requests: [{ custom_id: "a", params: { ...prompt, ...rest } }],
      requestOptions: { betas: ["b-1", "output-300k-2026-03-24", "b-2"] },
    });
    const [count, batch] = server.requests;
    expect(count?.json).toEqual(prompt);
    expect(count?.headers["anthropic-beta"]).toBe("b-1,b-2");
    expect(batch?.headers["anthropic-beta"]).toBe("b-1,output-300k-2026-03-24,b-2");
  });

  test("times out after 5 seconds, and the batch is submitted anyway", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const server = await api({ count: () => undefined });
    const call = run("createBatch", server, { items: ["a"] });
    await vi.waitUntil(() => server.requests.length === 1, { interval: 1 });
    await vi.advanceTimersByTimeAsync(5_001);
    expect((await call).submitted).toBe(1);
    expect(server.requests.filter(isCount)).toHaveLength(1);
  });

  test.each([
    [
      "HTTP 400",
      refusal(400, "invalid_request_error", "messages: text is too short"),
      "messages: text is too short",
    ],
    [
      "HTTP 404 for the model",
      refusal(404, "not_found_error", "model: claude-sonnet-5-5"),
      "model: claude-sonnet-5-5",
    ],
  ])("prevents the batch on %s", async (_, count, message) => {
    const server = await api({ count });
    const error = await failure("createBatch", server, { items: ["a"] });
    expect(error.message).toContain("Nothing was submitted, because the first request would fail.");
    expect(error.message).toContain(message);
    expect(server.requests.filter(isBatch)).toEqual([]);
  });

  test("is skipped for gateways, which may not support token counting", async () => {
    const server = await api({ count: refusal(400, "invalid_request_error", "Not supported") });
    const connection = gatewayTo(server.url);
    expect((await run("createBatch", server, { connection, items: ["a"] })).submitted).toBe(1);
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ["HTTP 404 for the endpoint", refusal(404, "not_found_error", "Not found")],
    ["HTTP 529", refusal(529, "overloaded_error", "model: claude-sonnet-5-5 is overloaded")],
    ["HTTP 403", refusal(403, "permission_error", "No")],
    ["a response without input_tokens", { body: {} }],
  ])("does not prevent the batch on %s", async (_, count) => {
    const server = await api({ count });
    expect((await run("createBatch", server, { items: ["a"] })).submitted).toBe(1);
    expect(server.requests.filter(isCount)).toHaveLength(1);
  });
});

describe("errors and retries of the request that creates the batch", () => {
  const disconnect: Reply = (_, response) => response.destroy();
  const now = () => new Date().toISOString();

  test.each([
    [429, "rate_limit_error"],
    [529, "overloaded_error"],
  ])("retried on HTTP %i, which creates no batch", async (status, type) => {
    let tries = 0;
    const server = await api({
      batch: (_, response) => {
        tries += 1;
        response.writeHead(tries === 1 ? status : 200, { "retry-after-ms": "1" });
        response.end(JSON.stringify(tries === 1 ? { error: { type, message: "No" } } : created));
      },
    });
    expect((await run("createBatch", server, { items: ["a"] })).id).toBe("msgbatch_1");
    expect(tries).toBe(2);
  });

  test.each([
    ["a connection that breaks before the response", disconnect],
    [
      "a connection that breaks during the response",
      ((_, response) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("{");
        setTimeout(() => response.destroy(), 20);
      }) as Reply,
    ],
    ["HTTP 500", refusal(500, "api_error", "Oops")],
    ["HTTP 502", refusal(502, "api_error", "Bad gateway")],
    ["a response that is not a batch", { body: { ok: true } }],
  ])(
    "not retried on %s, and the error names batches that may have been created",
    async (_, batch) => {
      const other = { ...created, id: "msgbatch_9", created_at: now() };
      const server = await api({
        batch,
        list: {
          body: {
            data: [
              other,
              { ...other, id: "old", created_at: "2026-11-01T00:00:00Z" },
              { ...other, id: "more", request_counts: { processing: 3 } },
            ],
            has_more: false,
          },
        },
      });
      const error = await failure("createBatch", server, { items: ["a", "b"] });
      expect(error.message).toContain(
        "The batch may have been created anyway: List Batches shows msgbatch_9, created recently with 2 requests. Check this before retrying.",
      );
      expect(error.message).not.toContain("Try again");
      expect(error.message).not.toContain("try again later");
      expect(server.requests.filter(isBatch)).toHaveLength(1);
    },
  );

  test("error also names batches without counts or times, and tolerates a clock difference", async () => {
    const { request_counts, created_at, ...bare } = created;
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
    const server = await api({
      batch: disconnect,
      list: {
        body: {
          data: [
            { ...bare, id: "uncounted", created_at: now() },
            { ...bare, id: "undated", request_counts },
            { ...created, id: "slow_clock", created_at: hoursAgo(0.5) },
            { ...created, id: "before", created_at: hoursAgo(2) },
          ],
          has_more: false,
        },
      },
    });
    expect((await failure("createBatch", server, { items: ["a", "b"] })).message).toContain(
      "List Batches shows uncounted, undated, slow_clock, created recently with 2 requests.",
    );
    expect(server.requests.at(-1)?.query).toBe("limit=100");
  });

  test("error names at most 5 batches that may have been created", async () => {
    const data = Array.from({ length: 60 }, (_, index) => ({
      ...created,
      id: `msgbatch_${index + 1}`,
      created_at: now(),
    }));
    const server = await api({ batch: disconnect, list: { body: { data, has_more: false } } });
    const { message } = await failure("createBatch", server, { items: ["a", "b"] });
    expect(message).toContain(
      "List Batches shows msgbatch_1, msgbatch_2, msgbatch_3, msgbatch_4, msgbatch_5 and 55 more, created recently with 2 requests.",
    );
  });

  test("error says that List Batches shows no such batch", async () => {
    const none = await api({ batch: disconnect });
    expect((await failure("createBatch", none, { items: ["a"] })).message).toContain(
      "The batch may have been created anyway, but List Batches does not show one with 1 request yet. Check again in a few minutes before retrying.",
    );
  });

  test("error says that List Batches failed, which is not retried", async () => {
    const silent = await api({ batch: disconnect, list: disconnect });
    expect((await failure("createBatch", silent, { items: ["a"] })).message).toContain(
      "The batch may have been created anyway, but List Batches cannot be read. Check again in a few minutes before retrying.",
    );
    const busy = await api({ batch: disconnect, list: refusal(529, "overloaded_error") });
    await failure("createBatch", busy, { items: ["a"] });
    expect(busy.requests.map(({ method }) => method)).toEqual(["POST", "POST", "GET"]);
  });

  test("List Batches for the error times out after 5 seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const server = await api({ batch: disconnect, list: () => undefined });
    const call = failure("createBatch", server, { items: ["a"] });
    await vi.waitUntil(() => server.requests.length === 3, { interval: 1 });
    await vi.advanceTimersByTimeAsync(5_001);
    expect((await call).message).toContain("List Batches cannot be read");
  });

  test("retried on a refused connection, which creates no batch", async () => {
    const error = await failure(
      "createBatch",
      { url: "http://127.0.0.1:1" },
      {
        items: ["a"],
        requestOptions: { maxRetries: "1" },
      },
    );
    expect(error).toMatchObject({ mayHaveArrived: false, attempts: 2 });
    expect(error.message).toContain("Check Base URL");
    expect(error.message).not.toContain("may have been created");
  });

  test.each([
    ["HTTP 529 on every attempt", 529, {}],
    ["HTTP 429 on every attempt", 429, {}],
    ["HTTP 409, which is not retried", 409, {}],
    [
      "HTTP 429 with x-should-retry: false, which is not retried",
      429,
      { "x-should-retry": "false" },
    ],
  ])("error does not mention a possible batch on %s", async (_, status, headers) => {
    const quick = { "retry-after-ms": "1", ...headers };
    const server = await api({ batch: refusal(status, "some_error", "No.", quick) });
    const error = await failure("createBatch", server, { items: ["a"] });
    expect(error.status).toBe(status);
    expect(error.message).not.toContain("may have been created");
    const isFinal = status === 409 || "x-should-retry" in headers;
    expect(server.requests.filter(isBatch)).toHaveLength(isFinal ? 1 : 3);
  });

  test("retried on HTTP 500 with x-should-retry: true", async () => {
    let tries = 0;
    const again = { "x-should-retry": "true", "retry-after-ms": "1" };
    const server = await api({
      batch: (_, response) => {
        tries += 1;
        response.writeHead(tries === 1 ? 500 : 200, again);
        response.end(JSON.stringify(tries === 1 ? {} : created));
      },
    });
    expect((await run("createBatch", server, { items: ["a"] })).id).toBe("msgbatch_1");
    expect(tries).toBe(2);
  });

  test("not retried at a spend limit", async () => {
    const details = { error_code: "enforced_spend_limit_reached" };
    const error = { type: "rate_limit_error", message: "No.", details };
    const server = await api({ batch: { status: 429, body: { error } } });
    expect((await failure("createBatch", server, { items: ["a"] })).attempts).toBe(1);
  });

  test("not retried on HTTP 408, after which the batch may exist", async () => {
    const server = await api({ batch: refusal(408, "timeout_error", "Timeout") });
    const error = await failure("createBatch", server, { items: ["a"] });
    expect(error.message).toContain("The batch may have been created anyway");
    expect(server.requests.filter(isBatch)).toHaveLength(1);
  });

  test("waits almost 10 minutes for the response by default", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let respond = () => {};
    const server = await api({
      batch: (_, response) => {
        respond = () => response.end(JSON.stringify(created));
      },
    });
    const call = run("createBatch", server, { items: ["a"] });
    await vi.waitUntil(() => server.requests.some(isBatch), { interval: 1 });
    await vi.advanceTimersByTimeAsync(599_000);
    respond();
    expect((await call).id).toBe("msgbatch_1");
  });

  test("HTTP 400 is an error with the API's message", async () => {
    const server = await api({
      batch: refusal(400, "invalid_request_error", "requests: too many"),
    });
    const error = await failure("createBatch", server, { items: ["a"] });
    expect(error.message).toBe(
      "The API returned 400 invalid_request_error: requests: too many. Correct the input that this message is about. (POST /v1/messages/batches, request ID req_1, 1 attempt)",
    );
  });

  test("uses a new connection, because a kept-alive one may be closed while the request is sent", async () => {
    const server = await api();
    await run("createBatch", server, { items: ["a"] });
    await run("createBatch", server, { items: ["a"] });
    const [count, batch, , again] = server.requests;
    expect(batch?.port).not.toBe(count?.port);
    expect([isBatch(again as Received), again?.port === batch?.port]).toEqual([true, false]);
  });
});
