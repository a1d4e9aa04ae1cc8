import { afterEach, describe, expect, test, vi } from "vitest";
import { modelExample } from "../../../src/claude/models/schema";
import { apiKey, failure, gatewayTo, Logs, run } from "../../support/component";
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

/** Counts tokens, knows the models and takes batches. */
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

/** What was sent to create a batch. */
const sent = (server: Server) => {
  const [request, ...more] = server.requests.filter(isBatch);
  expect(more).toEqual([]);
  return request?.json as { requests: { custom_id: string; params: Record<string, unknown> }[] };
};

const said = (server: Server) =>
  sent(server).requests.map(({ params }) => (params.messages as { content: string }[])[0]?.content);

const base = { model: "claude-sonnet-5-5", max_tokens: 4096 };
const user = (content: unknown) => [{ role: "user", content }];

describe("rows", () => {
  test("make a request each, and the output tells how many went in", async () => {
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
    expect(data).toEqual({ ...created, submitted: 2, warnings: [], requestId: "req_1" });
  });

  test("are texts, numbers or objects, as a list or as JSON", async () => {
    const items = ["one", 2, { a: 1, b: [true, null] }];
    for (const given of [items, JSON.stringify(items)]) {
      const server = await api();
      await run("createBatch", server, { items: given });
      expect(sent(server)).toEqual({
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
    ["a switch", "{{a}}", { a: false }, "false"],
    ["an object as JSON", "{{a}}", { a: { b: [1, "ü"] } }, '{"b":[1,"ü"]}'],
    ["a field of a field", "{{a.b.c}}", { a: { b: { c: "deep" } } }, "deep"],
    ["an entry of a list", "{{a.1}}", { a: ["x", "y"] }, "y"],
    ["a field with a dot in its name", "{{a.b}}", { "a.b": "own", a: { b: "nested" } }, "own"],
    ["a name with blanks and signs", "{{First name?}}", { "First name?": "Ada" }, "Ada"],
    ["the whole item", "{{item}}", { a: 1 }, '{"a":1}'],
    ["a field of the item", "{{item.a}}", { a: 1 }, "1"],
    ["a field named item", "{{item}} {{item.a}}", { item: { a: 1 } }, '{"a":1} 1'],
    ["a field named like a part of every object", "{{constructor}}", { constructor: "x" }, "x"],
    ["a value that looks like a placeholder", "{{a}}", { a: "{{b}} $& $1" }, "{{b}} $& $1"],
  ])("fill a placeholder with %s", async (_, message, item, text) => {
    const server = await api();
    await run("createBatch", server, { items: [item], message });
    expect(said(server)).toEqual([text]);
  });

  test("fill System Prompt too", async () => {
    const server = await api();
    await run("createBatch", server, {
      items: [
        { lang: "German", text: "a" },
        { lang: "French", text: "b" },
      ],
      message: "{{text}}",
      systemPrompt: "Answer in {{lang}}.",
    });
    expect(sent(server).requests.map(({ params }) => params)).toEqual([
      { ...base, messages: user("a"), system: "Answer in German." },
      { ...base, messages: user("b"), system: "Answer in French." },
    ]);
  });

  test("without a value leave a gap, and a warning counts them", async () => {
    const server = await api();
    const { warnings } = await run("createBatch", server, {
      items: [{ a: "x", b: "1" }, { a: "y" }, { a: "z", b: null }],
      message: "{{a}}:{{b}}",
    });
    expect(said(server)).toEqual(["x:1", "y:", "z:"]);
    expect(warnings).toEqual([
      "{{b}} has no value in 2 of 3 rows, such as row 2: it was left empty there.",
    ]);
  });

  test("get ids that are valid and unique whatever the field holds", async () => {
    const server = await api();
    const { warnings } = await run("createBatch", server, {
      items: [
        { id: "ü/1 x" },
        { id: "u/1 x" },
        { id: 7 },
        { id: "n".repeat(100) },
        { id: { a: 1 } },
      ],
      idField: " id ",
    });
    expect(sent(server).requests.map(({ custom_id }) => custom_id)).toEqual([
      "row-000001_--1-x",
      "row-000002_u-1-x",
      "row-000003_7",
      `row-000004_${"n".repeat(53)}`,
      "row-000005_--a--1-",
    ]);
    expect(warnings).toEqual([
      'ID Field: 4 values differ in the results, such as "ü/1 x", there --1-x. Ids take letters, digits, _ and -, 53 of them.',
    ]);
  });

  test.each([
    ["{{ order }}", { order: "A" }, "A"],
    ["customer.id", { customer: { id: 7 } }, "7"],
    ["day", { day: new Date(0) }, "1970-01-01T00-00-00-000Z"],
  ])("take an ID Field written as %s", async (idField, item, id) => {
    const server = await api();
    await run("createBatch", server, { items: [item], idField });
    expect(sent(server).requests[0]?.custom_id).toBe(`row-000001_${id}`);
  });

  test("hold dates as text", async () => {
    const server = await api();
    await run("createBatch", server, {
      items: [new Date(0), { at: new Date(0) }],
      message: "{{item.at}}{{item}}",
    });
    expect(said(server)[0]).toBe("1970-01-01T00:00:00.000Z");
    expect(said(server)[1]).toMatch(/^1970-01-01T00:00:00.000Z\{/);
  });

  test("hold numbers of any size as text", async () => {
    const server = await api();
    await run("createBatch", server, { items: [{ n: 2n ** 64n }], message: "{{n}}" });
    expect(said(server)).toEqual(["18446744073709551616"]);
  });

  test.each([
    [[new Date(Number.NaN)], "Items holds a date that is none."],
    [[{ at: new Date("soon") }], "Items, field item.at holds a date that is none."],
  ])("that are no dates are an error: %o", async (items, message) => {
    const server = await api();
    const error = await failure("createBatch", server, { items, message: "{{item.at}}{{item}}" });
    expect(error).toMatchObject({ name: "InputError", message });
    expect(server.requests).toEqual([]);
  });

  test("with half a character are sent without it, and a warning counts them", async () => {
    const server = await api();
    const half = "cut \ud83d";
    const { warnings } = await run("createBatch", server, { items: ["a", half, "c 🙂", half] });
    expect(server.requests.find(isBatch)?.body).not.toContain("\\ud");
    expect(said(server)).toEqual(["a", "cut \ufffd", "c 🙂", "cut \ufffd"]);
    expect(warnings).toEqual([
      "Message holds half a character, such as an emoji cut in two, in 2 rows, such as row 2: it was sent as \ufffd.",
    ]);
  });

  test("may be very long", async () => {
    const server = await api();
    const items = Array.from({ length: 4 }, () => "long ".repeat(2_000_000));
    expect((await run("createBatch", server, { items })).submitted).toBe(4);
    expect(sent(server).requests[3]?.params.messages).toEqual(user(items[3]));
  });

  test("keep braces that name nothing", async () => {
    const server = await api();
    await run("createBatch", server, { items: ["a"], message: "{{ }} {{item}} {x}" });
    expect(said(server)).toEqual(["{{ }} a {x}"]);
  });

  test("take the model inputs of Chat", async () => {
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
    expect(sent(server).requests[0]?.params).toEqual({
      ...base,
      messages: user("a"),
      // What all rows have in common is cached, not the end of the prompt, where each differs.
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

  test("show no token of an MCP server in the log", async () => {
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

  test("one alone needs no placeholder", async () => {
    const server = await api();
    await run("createBatch", server, { items: [{ a: 1 }], message: "Hi" });
    expect(said(server)).toEqual(["Hi"]);
  });

  test("differ where only System Prompt names a field", async () => {
    const server = await api();
    await run("createBatch", server, {
      items: ["a", "b"],
      message: "Hi",
      systemPrompt: "About {{item}}.",
    });
    expect(sent(server).requests.map(({ params }) => params.system)).toEqual([
      "About a.",
      "About b.",
    ]);
  });

  test("that leave a gap in System Prompt are counted too", async () => {
    const server = await api();
    const { warnings } = await run("createBatch", server, {
      items: [{ a: "x", b: "1" }, { a: "y" }],
      message: "{{a}}",
      systemPrompt: "About {{b}}.",
    });
    expect(warnings).toEqual([
      "{{b}} has no value in 1 of 2 rows, such as row 2: it was left empty there.",
    ]);
  });

  test("tell how many went in, whatever the host counts", async () => {
    const { request_counts, ...bare } = created;
    const server = await api({ batch: { body: bare } });
    expect((await run("createBatch", server, { items: ["a", "b", "c"] })).submitted).toBe(3);
  });

  test("are not cached where they have nothing in common", async () => {
    for (const systemPrompt of [undefined, "For {{item}}."]) {
      const server = await api();
      const { warnings } = await run("createBatch", server, {
        items: ["a"],
        systemPrompt,
        caching: { cache: "5m" },
      });
      expect(server.requests.find(isBatch)?.body).not.toContain("cache_control");
      expect(warnings).toEqual([
        "Caching was left out: only a System Prompt without {{field}} is cached.",
      ]);
    }
  });

  test("may answer at length by the beta for it", async () => {
    const server = await api();
    await run("createBatch", server, {
      items: ["a"],
      maxTokens: "300000",
      requestOptions: { betas: ["output-300k-2026-03-24"] },
    });
    expect(sent(server).requests[0]?.params.max_tokens).toBe(300_000);
    // The count knows nothing of that beta.
    const count = server.requests.find(({ path }) => path.endsWith("/count_tokens"));
    expect(count?.headers["anthropic-beta"]).toBeUndefined();
    const other = await api();
    const { warnings } = await run("createBatch", other, { items: ["a"], maxTokens: "300000" });
    expect(warnings).toEqual([
      "Max Tokens was sent as 128000, the most that claude-sonnet-5-5 takes.",
    ]);
  });

  test("100,000 of them", async () => {
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
    const { requests } = sent(server);
    expect(new Set(requests.map(({ custom_id }) => custom_id)).size).toBe(100_000);
    expect(requests.at(-1)).toEqual({
      custom_id: "row-100000_99999",
      params: { ...base, messages: user("Text 99999") },
    });
  });
});

describe("requests", () => {
  const request = (id: string, params: object = {}) => ({
    custom_id: id,
    params: { ...base, messages: user("Hi"), ...params },
  });

  test("lose half characters, which the API refuses", async () => {
    const server = await api();
    await run("createBatch", server, { requests: [request("a", { messages: user("x\ud83d") })] });
    expect(said(server)).toEqual(["x\ufffd"]);
  });

  test("go as they are", async () => {
    const requests = [
      request("a", { container: "c", top_k: 3 }),
      request("b_-9", { stream: false, max_tokens: 1 }),
      request("i".repeat(64)),
    ];
    for (const given of [requests, JSON.stringify(requests)]) {
      const server = await api();
      const data = await run("createBatch", server, { requests: given, maxTokens: "1" });
      expect(server.requests.find(isBatch)?.body).toBe(JSON.stringify({ requests }));
      expect(data.submitted).toBe(3);
    }
  });

  test.each([
    [[], "Requests is an empty list: there is nothing to do."],
    [{ requests: [] }, "Requests takes a list. Reference the list inside what was given."],
    ["[1]", "Requests takes objects with custom_id and params; request 1 is none."],
    [[{ custom_id: "a" }], "Requests has no params in request 1."],
    [
      [request("a b")],
      "Requests has no valid custom_id in request 1: it takes 1 to 64 letters, digits, _ and -.",
    ],
    [
      [{ ...request("a"), custom_id: 5 }],
      "Requests has no valid custom_id in request 1: it takes 1 to 64 letters, digits, _ and -.",
    ],
    [
      [request("a".repeat(65))],
      "Requests has no valid custom_id in request 1: it takes 1 to 64 letters, digits, _ and -.",
    ],
    [
      [request("a"), request("b"), request("a")],
      "Requests has the custom_id a twice, in requests 1 and 3.",
    ],
    [
      [request("a", { model: undefined })],
      "Requests holds what no batch takes: request 1 (a) has no model.",
    ],
    [
      [request("a", { model: "" })],
      "Requests holds what no batch takes: request 1 (a) has no model.",
    ],
    [
      [request("a", { messages: "Hi" })],
      "Requests holds what no batch takes: request 1 (a) has no messages.",
    ],
    [
      [request("a", { messages: [] })],
      "Requests holds what no batch takes: request 1 (a) has no messages.",
    ],
    [
      [request("a", { max_tokens: "5" })],
      "Requests holds what no batch takes: request 1 (a) has no max_tokens of 1 or more.",
    ],
    [
      [request("a", { max_tokens: 0 })],
      "Requests holds what no batch takes: request 1 (a) has no max_tokens of 1 or more.",
    ],
    [
      [request("a", { stream: true })],
      "Requests holds what no batch takes: request 1 (a) has stream, which batches do not take.",
    ],
    [
      [request("a", { speed: "fast" })],
      "Requests holds what no batch takes: request 1 (a) has speed, which batches do not take.",
    ],
    [
      [request("a", { fallbacks: [] })],
      "Requests holds what no batch takes: request 1 (a) has fallbacks, which batches do not take.",
    ],
  ])("%j is refused before anything is sent", async (requests, message) => {
    const server = await api();
    expect((await failure("createBatch", server, { requests })).message).toBe(message);
    expect(server.requests).toEqual([]);
  });

  test("show no token of an MCP server in the log", async () => {
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

describe("what cannot be a batch is refused before anything is sent:", () => {
  const many = Array.from({ length: 100_001 }, () => "a");
  test.each([
    ["nothing", {}, "Items or Requests is required. Reference a list."],
    ["both", { items: ["a"], requests: [] }, "Requests is an empty list"],
    [
      "items and requests",
      { items: ["a"], requests: [{ custom_id: "a", params: { ...base, messages: user("Hi") } }] },
      "Requests goes without Items: a batch is made of one of them.",
    ],
    ["an empty list", { items: [] }, "Items is an empty list: there is nothing to do."],
    [
      "no list",
      { items: { data: ["a"] } },
      "Items takes a list. Reference the list inside what was given.",
    ],
    ["text that is no JSON", { items: "a, b" }, "Items takes JSON, but this is none"],
    [
      "too many",
      { items: many },
      "Items holds 100001 entries; a batch takes 100000. Split them over several batches.",
    ],
    ["empty rows", { items: ["a", " ", null, {}, "b"] }, "Items is empty in row 2, 3, 4."],
    [
      "many empty rows",
      { items: Array.from({ length: 14 }, () => "") },
      "Items is empty in row 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 4 more.",
    ],
    [
      "an empty row more than there is room for",
      { items: Array.from({ length: 11 }, () => "") },
      "Items is empty in row 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 1 more.",
    ],
    [
      "a message that some rows leave without text",
      { items: [{ a: "x" }, { a: " " }, { b: "y" }], message: "{{a}}" },
      "Message leaves no text in row 2, 3.",
    ],
    [
      "a system prompt that some rows leave without text",
      { items: [{ a: "x" }, { b: "y" }], systemPrompt: "{{a}}", message: "Hi" },
      "System Prompt leaves no text in row 2.",
    ],
    [
      "a placeholder that no row fills",
      { items: [{ a: "x", b: 1 }], message: "{{c}}" },
      "Message names {{c}}, for which no item has a value. Known: item, a, b.",
    ],
    [
      "a placeholder that is a part of every object",
      { items: [{ a: "x" }], message: "{{a}} {{toString}} {{__proto__}}" },
      "Message names {{toString}}, for which no item has a value. Known: item, a.",
    ],
    [
      "a message that is the same for all",
      { items: ["a", "b"], message: "Summarize the review.", systemPrompt: "Be brief." },
      "Message names no {{field}} of the items: every request would be the same.",
    ],
    [
      "a field for texts",
      { items: ["x"], message: "{{a}}" },
      "Message names {{a}}, for which no item has a value. Known: item.",
    ],
    [
      "ids twice",
      { items: [{ id: 1 }, { id: 2 }, { id: "1" }], idField: "id" },
      'ID Field has the value "1" twice, in rows 1 and 3.',
    ],
    [
      "ids that are the same once they are valid",
      { items: [{ id: "a/1" }, { id: "a-1" }], idField: "id" },
      "ID Field has values that cannot be told apart in rows 1 and 2: of both, ids keep a-1.",
    ],
    [
      "rows without an id",
      { items: [{ id: 1 }, { a: 2 }], idField: "id" },
      "ID Field is id, for which row 2 has no value. Known: item, a.",
    ],
    [
      "rows with a blank id",
      { items: [{ id: 1 }, { id: " " }], idField: "id" },
      "ID Field is id, for which row 2 has no value. Known: item, id.",
    ],
    [
      "a file",
      { items: [{ a: Buffer.from("x") }] },
      "Items, field item holds a file in a. Reference the file itself.",
    ],
    [
      "parameters that batches refuse",
      { items: ["a"], requestOptions: { extraParameters: '{"speed": "fast"}' } },
      "Extra Parameters makes a request that no batch takes: it has speed, which batches do not take.",
    ],
    [
      "an answer of no length",
      { items: ["a"], requestOptions: { extraParameters: '{"max_tokens": 0}' } },
      "Extra Parameters makes a request that no batch takes: it has no max_tokens of 1 or more.",
    ],
    [
      "messages in place of Message",
      { items: ["a"], requestOptions: { extraParameters: { messages: user("Hi") } } },
      "Extra Parameters cannot set messages: Message makes it. Remove it.",
    ],
    [
      "extra parameters beside requests",
      {
        requests: [{ custom_id: "a", params: { ...base, messages: user("Hi") } }],
        requestOptions: { extraParameters: '{"top_k": 1}' },
      },
      "Extra Parameters goes only with Items: Requests hold it themselves.",
    ],
    [
      "parameters beside requests",
      {
        requests: [{ custom_id: "a", params: { ...base, messages: user("Hi") } }],
        requestOptions: { metadataUserId: "u" },
      },
      "Metadata User ID goes only with Items: Requests hold it themselves.",
    ],
  ])("%s", async (_, inputs, message) => {
    const server = await api();
    expect((await failure("createBatch", server, inputs)).message).toContain(message);
    expect(server.requests).toEqual([]);
  });

  test("more than 256 MB", async () => {
    const server = await api();
    const systemPrompt = "x".repeat(3_000_000);
    const items = Array.from({ length: 90 }, (_, index) => `${index}`);
    expect((await failure("createBatch", server, { items, systemPrompt })).message).toBe(
      "Items comes to 258 MB as it is sent; a batch takes 256 MB. Split it over several batches.",
    );
    expect(server.requests).toEqual([]);
  });
});

describe("the first request is checked before a batch is made of it", () => {
  test("by counting its tokens, with what counting takes", async () => {
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

  test("with all that makes up a prompt, and the betas for it", async () => {
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

  test("for no longer than a moment", async () => {
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
      refusal(400, "invalid_request_error", "messages: text is too short"),
      "messages: text is too short",
    ],
    [refusal(404, "not_found_error", "model: claude-sonnet-5-5"), "model: claude-sonnet-5-5"],
  ])("and nothing is submitted where it would fail", async (count, message) => {
    const server = await api({ count });
    const error = await failure("createBatch", server, { items: ["a"] });
    expect(error.message).toContain("Nothing is submitted, since the first request would fail.");
    expect(error.message).toContain(message);
    expect(server.requests.filter(isBatch)).toEqual([]);
  });

  test("but not by a gateway, which may refuse to count and nothing else", async () => {
    const server = await api({ count: refusal(400, "invalid_request_error", "Not supported") });
    const connection = gatewayTo(server.url);
    expect((await run("createBatch", server, { connection, items: ["a"] })).submitted).toBe(1);
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ["counts nothing", refusal(404, "not_found_error", "Not found")],
    ["is overloaded", refusal(529, "overloaded_error", "model: claude-sonnet-5-5 is overloaded")],
    ["counts for others only", refusal(403, "permission_error", "No")],
    ["answers nonsense", { body: {} }],
  ])("but a host that %s is no hindrance", async (_, count) => {
    const server = await api({ count });
    expect((await run("createBatch", server, { items: ["a"] })).submitted).toBe(1);
    expect(server.requests.filter(isCount)).toHaveLength(1);
  });
});

describe("a batch is never made twice without a word", () => {
  const cut: Reply = (_, response) => response.destroy();
  const now = () => new Date().toISOString();

  test.each([
    [429, "rate_limit_error"],
    [529, "overloaded_error"],
  ])("after %i it is sent again: nothing was taken", async (status, type) => {
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
    ["no answer", cut],
    [
      "an answer that breaks off",
      ((_, response) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("{");
        setTimeout(() => response.destroy(), 20);
      }) as Reply,
    ],
    ["a server error", refusal(500, "api_error", "Oops")],
    ["a gateway's error", refusal(502, "api_error", "Bad gateway")],
    ["an answer that is no batch", { body: { ok: true } }],
  ])("after %s it is not, and the error names what may have come of it", async (_, batch) => {
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
      "The batch may exist all the same: List Batches shows msgbatch_9, created about now with 2 requests. Look at it before this is run again.",
    );
    expect(error.message).not.toContain("Run again");
    expect(error.message).not.toContain("run again later");
    expect(server.requests.filter(isBatch)).toHaveLength(1);
  });

  test("and knows it without counts or times, and by a clock that differs", async () => {
    const { request_counts, created_at, ...bare } = created;
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
    const server = await api({
      batch: cut,
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
      "List Batches shows uncounted, undated, slow_clock, created about now with 2 requests.",
    );
    expect(server.requests.at(-1)?.query).toBe("limit=100");
  });

  test("and names only the newest of many alike", async () => {
    const data = Array.from({ length: 60 }, (_, index) => ({
      ...created,
      id: `msgbatch_${index + 1}`,
      created_at: now(),
    }));
    const server = await api({ batch: cut, list: { body: { data, has_more: false } } });
    const { message } = await failure("createBatch", server, { items: ["a", "b"] });
    expect(message).toContain(
      "List Batches shows msgbatch_1, msgbatch_2, msgbatch_3, msgbatch_4, msgbatch_5 and 55 more, created about now with 2 requests.",
    );
  });

  test("and says so where there is none, or where it cannot tell", async () => {
    const none = await api({ batch: cut });
    expect((await failure("createBatch", none, { items: ["a"] })).message).toContain(
      "The batch may exist all the same, though List Batches shows none of 1 requests yet: look there again in a few minutes before this is run again.",
    );
    const silent = await api({ batch: cut, list: cut });
    expect((await failure("createBatch", silent, { items: ["a"] })).message).toContain(
      "The batch may exist all the same, and List Batches cannot be asked: look there again in a few minutes before this is run again.",
    );
    const busy = await api({ batch: cut, list: refusal(529, "overloaded_error") });
    await failure("createBatch", busy, { items: ["a"] });
    expect(busy.requests.map(({ method }) => method)).toEqual(["POST", "POST", "GET"]);
  });

  test("and does not wait long for what List Batches says", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const server = await api({ batch: cut, list: () => undefined });
    const call = failure("createBatch", server, { items: ["a"] });
    await vi.waitUntil(() => server.requests.length === 3, { interval: 1 });
    await vi.advanceTimersByTimeAsync(5_001);
    expect((await call).message).toContain("List Batches cannot be asked");
  });

  test("a host that cannot be reached has taken nothing", async () => {
    const error = await failure(
      "createBatch",
      { url: "http://127.0.0.1:1" },
      {
        items: ["a"],
        requestOptions: { maxRetries: "1" },
      },
    );
    expect(error).toMatchObject({ reached: false, attempts: 2 });
    expect(error.message).toContain("Check Base URL");
    expect(error.message).not.toContain("may exist");
  });

  test.each([
    ["is overloaded to the end", 529, {}],
    ["is at its limit to the end", 429, {}],
    ["finds a conflict", 409, {}],
    ["allows no second try", 429, { "x-should-retry": "false" }],
  ])("a host that %s has taken nothing", async (_, status, headers) => {
    const quick = { "retry-after-ms": "1", ...headers };
    const server = await api({ batch: refusal(status, "some_error", "No.", quick) });
    const error = await failure("createBatch", server, { items: ["a"] });
    expect(error.status).toBe(status);
    expect(error.message).not.toContain("may exist");
    const isFinal = status === 409 || "x-should-retry" in headers;
    expect(server.requests.filter(isBatch)).toHaveLength(isFinal ? 1 : 3);
  });

  test("a host that says so gets it again, whatever the status", async () => {
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

  test("a spend limit is final: no waiting lifts it", async () => {
    const details = { error_code: "enforced_spend_limit_reached" };
    const error = { type: "rate_limit_error", message: "No.", details };
    const server = await api({ batch: { status: 429, body: { error } } });
    expect((await failure("createBatch", server, { items: ["a"] })).attempts).toBe(1);
  });

  test("a request that timed out on its way may have arrived", async () => {
    const server = await api({ batch: refusal(408, "timeout_error", "Timeout") });
    const error = await failure("createBatch", server, { items: ["a"] });
    expect(error.message).toContain("The batch may exist all the same");
    expect(server.requests.filter(isBatch)).toHaveLength(1);
  });

  test("takes its time: a large batch is long on its way", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let answer = () => {};
    const server = await api({
      batch: (_, response) => {
        answer = () => response.end(JSON.stringify(created));
      },
    });
    const call = run("createBatch", server, { items: ["a"] });
    await vi.waitUntil(() => server.requests.some(isBatch), { interval: 1 });
    await vi.advanceTimersByTimeAsync(599_000);
    answer();
    expect((await call).id).toBe("msgbatch_1");
  });

  test("a refused request is an error as everywhere", async () => {
    const server = await api({
      batch: refusal(400, "invalid_request_error", "requests: too many"),
    });
    const error = await failure("createBatch", server, { items: ["a"] });
    expect(error.message).toBe(
      "The API answered 400 invalid_request_error: requests: too many. Change the input that this message names. (POST /v1/messages/batches, request id req_1, 1 attempt)",
    );
  });

  test("goes over a connection of its own: a kept one may be closed when it is too late to tell", async () => {
    const server = await api();
    await run("createBatch", server, { items: ["a"] });
    await run("createBatch", server, { items: ["a"] });
    const [count, batch, , again] = server.requests;
    expect(batch?.port).not.toBe(count?.port);
    expect([isBatch(again as Received), again?.port === batch?.port]).toEqual([true, false]);
  });
});
