/** The official SDK as oracle: the connector sends the same requests and makes the same retry decisions. */
import Anthropic, { toFile } from "@anthropic-ai/sdk";
import { afterEach, describe, expect, test, vi } from "vitest";
import { modelExample } from "../src/claude/models/schema";
import { Failure } from "../src/client/failure";
import { sdkRetryPolicy } from "../src/client/retry";
import { run } from "./support/component";
import { type Received, type Server, startServer, streamed, textMessage } from "./support/server";

const sdkFor = (server: Server, maxRetries = 0) =>
  new Anthropic({ apiKey: "sk-ant-x", baseURL: server.url, maxRetries });

const wire = ({ method, path, query, body, json }: Received) => ({
  method,
  path,
  query: [...new URLSearchParams(query)].sort(),
  body: json ?? body,
});

describe("requests equal those of the SDK", () => {
  const same = async (
    reply: Parameters<typeof startServer>[0],
    sdk: (client: Anthropic) => PromiseLike<unknown>,
    connector: (server: Server) => Promise<unknown>,
  ) => {
    const server = await startServer(reply);
    await sdk(sdkFor(server));
    await connector(server);
    const [theirs, ours] = server.requests;
    expect(wire(ours as Received)).toEqual(wire(theirs as Received));
  };

  test.each([
    ["a message only", { initialMessage: "Hello" }, {}],
    [
      "a system prompt and max_tokens",
      { initialMessage: 'Grüße 🙂\u2028\n"quoted"', systemPrompt: "Be brief.", maxTokens: "17" },
      { system: "Be brief.", max_tokens: 17 },
    ],
    [
      "another model",
      { initialMessage: "Hello", model: "claude-opus-5-5" },
      { model: "claude-opus-5-5" },
    ],
  ])("Chat with %s", async (_, inputs, params) => {
    await same(
      streamed("Hi."),
      (client) =>
        client.messages.create({
          model: "claude-sonnet-5-5",
          max_tokens: 16_000,
          messages: [{ role: "user", content: inputs.initialMessage }],
          stream: true,
          ...params,
        }),
      (server) => run("chat", server, inputs),
    );
  });

  test("Count Tokens", () =>
    same(
      { body: { input_tokens: 1 } },
      (client) =>
        client.messages.countTokens({
          model: "claude-haiku-5-5",
          messages: [{ role: "user", content: "Hello" }],
        }),
      (server) => run("countTokens", server, { model: "claude-haiku-5-5", message: "Hello" }),
    ));

  test.each([
    ["a plain model ID", "claude-sonnet-5-5"],
    ["a model ID with reserved characters", "anthropic/claude x?&#%ü"],
  ])("Get Model with %s", (_, model) =>
    same(
      { body: modelExample },
      (client) => client.models.retrieve(model),
      (server) => run("getModel", server, { model }),
    ),
  );

  test.each([
    ["default inputs", {}, { limit: 20 }],
    ["After ID", { limit: "5", afterId: "claude a&b" }, { limit: 5, after_id: "claude a&b" }],
    ["Before ID", { limit: "1000", beforeId: "ü" }, { limit: 1000, before_id: "ü" }],
  ])("List Models with %s", (_, inputs, params) =>
    same(
      { body: { data: [], has_more: false, first_id: null, last_id: null } },
      (client) => client.models.list(params),
      (server) => run("listModels", server, inputs),
    ),
  );

  test("List Models with Fetch All over several pages", async () => {
    const pages = () =>
      startServer(
        { body: { data: [{ id: "b" }], has_more: true, first_id: "b", last_id: "b" } },
        { body: { data: [{ id: "a" }], has_more: false, first_id: "a", last_id: "a" } },
      );
    const [theirs, ours] = [await pages(), await pages()];
    const ids: string[] = [];
    for await (const { id } of sdkFor(theirs).models.list({ limit: 1000 })) ids.push(id);
    const { data } = await run("listModels", ours, { fetchAll: true });
    expect(data.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(ours.requests.map(wire)).toEqual(theirs.requests.map(wire));
  });
});

describe("batch and file requests equal those of the SDK", () => {
  const batch = { id: "msgbatch_1", processing_status: "ended", request_counts: { succeeded: 1 } };
  const page = { data: [], has_more: false, first_id: null, last_id: null };
  const files = { data: [], next_page: null };
  const id = "a b/c?ü";

  /** The requests of both, without the token count that Create Batch asks for first. */
  const both = async (
    body: object,
    sdk: (client: Anthropic) => PromiseLike<unknown>,
    ...call: [key: string, inputs: object]
  ) => {
    const [theirs, ours] = [await startServer({ body }), await startServer({ body })];
    await sdk(sdkFor(theirs));
    await run(call[0], ours, call[1] as Record<string, unknown>);
    const sent = ours.requests.filter(({ path }) => !path.endsWith("/count_tokens"));
    return { theirs: theirs.requests, ours: sent };
  };

  test.each<[string, object, (client: Anthropic) => PromiseLike<unknown>, object]>([
    [
      "createBatch",
      {
        items: [
          { n: 1, text: 'Grüße 🙂\u2028\n"quoted"' },
          { n: 2, text: "b" },
        ],
        message: "{{text}}",
        idField: "n",
      },
      (client) =>
        client.messages.batches.create({
          requests: ['Grüße 🙂\u2028\n"quoted"', "b"].map((content, index) => ({
            custom_id: `row-00000${index + 1}_${index + 1}`,
            params: {
              model: "claude-sonnet-5-5",
              max_tokens: 16_000,
              messages: [{ role: "user", content }],
            },
          })),
        }),
      batch,
    ],
    ["getBatch", { batchId: id }, (client) => client.messages.batches.retrieve(id), batch],
    ["cancelBatch", { batchId: id }, (client) => client.messages.batches.cancel(id), batch],
    ["deleteBatch", { batchId: id }, (client) => client.messages.batches.delete(id), batch],
    [
      "listBatches",
      { limit: "5", afterId: "a&b" },
      (client) => client.messages.batches.list({ limit: 5, after_id: "a&b" }),
      page,
    ],
    ["getFile", { fileId: id }, (client) => client.files.retrieveMetadata(id), { id }],
    ["downloadFile", { fileId: id }, (client) => client.files.download(id), { id }],
    ["deleteFile", { fileId: id }, (client) => client.files.delete(id), { id }],
    [
      "listFiles",
      { limit: "5", page: "a&b" },
      (client) => client.files.list({ limit: 5, page: "a&b" }),
      files,
    ],
    [
      "listFiles",
      { fileIds: ["a", "b c"] },
      (client) => client.files.list({ ids: ["a", "b c"] }),
      files,
    ],
  ])("%s", async (key, inputs, sdk, body) => {
    const { theirs, ours } = await both(body, sdk, key, inputs);
    expect(ours.map(wire)).toEqual(theirs.map(wire));
  });

  test("uploadFile", async () => {
    const bytes = Buffer.from([0, 255, 13, 10, 45, 45]);
    const name = 'Übersicht "1" 🙂.csv';
    const { theirs, ours } = await both(
      { id: "file_1" },
      async (client) =>
        client.files.upload({
          file: await toFile(bytes, name.replaceAll('"', "_"), { type: "text/csv" }),
          expires_in_seconds: 7_200,
        }),
      "uploadFile",
      { file: { data: bytes, contentType: "text/csv" }, fileName: name, expiresIn: "2" },
    );
    const parts = async ({ raw, headers }: Received) => {
      const init = { headers: { "content-type": String(headers["content-type"]) } };
      const form = await new Response(new Uint8Array(raw), init).formData();
      return Promise.all(
        [...form].map(async ([field, part]) =>
          typeof part === "string"
            ? [field, part]
            : [field, (part as File).name, part.type, await part.text()],
        ),
      );
    };
    expect(await parts(ours[0] as Received)).toEqual(await parts(theirs[0] as Received));
  });

  test("getBatchResults returns the same results", async () => {
    const results = ["a", "b", "c"].map((text, index) => ({
      custom_id: `00000${index + 1}`,
      result: { type: "succeeded", message: textMessage(`${text} 🙂 \u2028`) },
    }));
    const server = await startServer(({ path }, response) => {
      const counts = { succeeded: 3 };
      const url = `${server.url}/v1/messages/batches/msgbatch_1/results`;
      if (!path.endsWith("/results")) response.setHeader("content-type", "application/json");
      response.end(
        path.endsWith("/results")
          ? results.map((result) => `${JSON.stringify(result)}\n`).join("")
          : JSON.stringify({ ...batch, request_counts: counts, results_url: url }),
      );
    });
    const texts: unknown[] = [];
    for await (const { result } of await sdkFor(server).messages.batches.results("msgbatch_1")) {
      if (result.type === "succeeded") texts.push(result.message.content);
    }
    const { results: ours } = await run("getBatchResults", server, { batchId: "msgbatch_1" });
    expect(ours.map(({ result }: { result: { content: unknown } }) => result.content)).toEqual(
      texts,
    );
    expect(new Set(server.requests.map(({ method, path }) => `${method} ${path}`)).size).toBe(2);
  });
});

describe("retries follow the SDK", () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  const statuses = Array.from({ length: 200 }, (_, index) => 400 + index);
  const past = "Wed, 21 Oct 2015 07:28:00 GMT";
  const headerSets: Record<string, string>[] = [
    {},
    { "x-should-retry": "true" },
    { "x-should-retry": "false" },
    { "x-should-retry": "maybe" },
    { "retry-after": "2" },
    { "retry-after-ms": "20" },
    { "retry-after": past },
    { "retry-after": "2", "x-should-retry": "false" },
    { "retry-after-ms": "20", "x-should-retry": "true" },
  ];

  /** Methods of the SDK that its types declare private. */
  interface Internals {
    shouldRetry(response: Response, options: object): Promise<boolean>;
    retryRequest(
      options: object,
      remaining: number,
      log: string,
      span: undefined,
      headers: Headers,
    ): Promise<unknown>;
    makeRequest(): Promise<unknown>;
  }
  const sdk = new Anthropic({ apiKey: "sk-ant-x" }) as unknown as Internals;
  const refused = { code: "refused_by_api" as const, message: "No." };

  test("same decision for every status and retry header", async () => {
    for (const headers of headerSets) {
      for (const status of statuses) {
        const theirs = await sdk.shouldRetry(new Response(null, { status, headers }), {});
        const ours = sdkRetryPolicy().shouldRetry(new Failure(refused, { status, headers }));
        expect({ headers, status, retry: ours }).toEqual({ headers, status, retry: theirs });
      }
    }
  });

  test("same number of requests", async () => {
    for (const status of [400, 408, 409, 418, 429, 500, 529]) {
      for (const headers of headerSets) {
        const reply = { status, headers: { "retry-after-ms": "1", ...headers }, body: {} };
        if (headers["retry-after"]) reply.headers["retry-after-ms"] = "1";
        const [theirs, ours] = [
          await startServer(reply, streamed("Hi.")),
          await startServer(reply, streamed("Hi.")),
        ];
        await sdkFor(theirs, 1)
          .messages.create({ model: "m", max_tokens: 1, messages: [], stream: true })
          .then(undefined, () => undefined);
        await run("chat", ours, { initialMessage: "Hi" }).catch(() => undefined);
        expect({ status, headers, requests: ours.requests.length }).toEqual({
          status,
          headers,
          requests: theirs.requests.length,
        });
      }
    }
  });

  const waits: Record<string, string>[] = [
    ...headerSets,
    { "retry-after-ms": "1500.5" },
    { "retry-after-ms": "0", "retry-after": "3" },
    { "retry-after-ms": "-5", "retry-after": "3" },
    { "retry-after-ms": "soon", "retry-after": "3" },
    { "retry-after": "0" },
    { "retry-after": "-1" },
    { "retry-after": "1.5s" },
    { "retry-after": "tomorrow" },
    { "retry-after": "9999999" },
    { "retry-after": "Sat, 21 Nov 2026 12:00:30 GMT" },
  ];
  test("same wait for every retry header", async () => {
    vi.useFakeTimers({ now: new Date("2026-11-21T12:00:00Z"), toFake: ["Date", "setTimeout"] });
    vi.spyOn(Math, "random").mockReturnValue(0.4);
    sdk.makeRequest = async () => undefined;
    for (const headers of waits) {
      for (const retry of [0, 1, 2, 3, 4, 5, 6]) {
        const sleep = vi.spyOn(globalThis, "setTimeout");
        const waiting = sdk.retryRequest(
          { maxRetries: 6 },
          6 - retry,
          "",
          undefined,
          new Headers(headers),
        );
        const theirs = sleep.mock.calls.at(-1)?.[1];
        await vi.runAllTimersAsync();
        await waiting;
        vi.setSystemTime(new Date("2026-11-21T12:00:00Z"));
        const ours = sdkRetryPolicy().delay(new Failure(refused, { headers }), retry);
        expect({ headers, retry, wait: ours }).toEqual({ headers, retry, wait: theirs });
      }
    }
  });

  test("same number of attempts after a closed connection", async () => {
    const closing = () => startServer((_, response) => response.destroy());
    const [theirs, ours] = [await closing(), await closing()];
    await sdkFor(theirs, 2)
      .messages.create({ model: "m", max_tokens: 1, messages: [], stream: true })
      .then(undefined, () => undefined);
    await run("chat", ours, { initialMessage: "Hi" }).catch(() => undefined);
    expect(ours.requests.length).toBe(theirs.requests.length);
  });
});
