/** Malicious hosts and malicious inputs. docs/security.md lists the threats with their tests. */
import { describe, expect, test } from "vitest";
import { apiKey, failure, run } from "./support/component";
import { eventStream, type Reply, startServer, textEvents } from "./support/server";

const once = { requestOptions: { maxRetries: "0" } };

describe("malicious hosts", () => {
  test("an endless stream is an error", async () => {
    const [start, block] = textEvents("");
    const delta = {
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text: "x".repeat(1_000_000) },
    };
    const chunk = eventStream([delta]);
    const server = await startServer((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(eventStream([start, block] as { type: string }[]));
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on("drain", more);
      more();
    });
    const error = await failure("chat", server, { initialMessage: "Hi", ...once });
    expect(error.message).toContain("The response is larger than 256 MB.");
  });

  test("an endless JSON body is an error", async () => {
    const chunk = Buffer.alloc(1_000_000, " ");
    const server = await startServer((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on("drain", more);
      more();
    });
    const error = await failure("getModel", server, once);
    expect(error.message).toContain("The response is larger than 256 MB.");
  });

  test("an endless list is an error", async () => {
    let page = 0;
    const server = await startServer((_, response) => {
      page += 1;
      const data = Array.from({ length: 10_000 }, (_, index) => ({ id: `m${page}-${index}` }));
      response.end(JSON.stringify({ data, has_more: true, last_id: `m${page}` }));
    });
    const error = await failure("listModels", server, { fetchAll: true, ...once });
    expect(error.message).toContain("The list has more than 100000 items.");
    expect(server.requests).toHaveLength(10);
  });

  test("deeply nested JSON is an error", async () => {
    for (const body of [
      `${"[".repeat(200_000)}${"]".repeat(200_000)}`,
      `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`,
    ]) {
      const server = await startServer({ headers: { "content-type": "application/json" }, body });
      const inputs = { method: "GET", url: "/models" };
      const error = await failure("rawRequest", server, inputs);
      expect(error.name).toBe("ApiError");
      expect(error.message).toContain("nested more than 1000 levels deep");
    }
  });

  test("huge response headers are an error", async () => {
    const server = await startServer({ headers: { "x-huge": "x".repeat(100_000) }, body: {} });
    const error = await failure("getModel", server, once);
    expect(error.name).toBe("ApiError");
  });

  test("a response cannot pollute prototypes", async () => {
    const body = '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}';
    const server = await startServer({ headers: { "content-type": "application/json" }, body });
    await run("rawRequest", server, { method: "GET", url: "/models" });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test.each([301, 302, 303, 307, 308])(
    "a redirect with status %i is not followed",
    async (status) => {
      const other = await startServer({ body: {} });
      const redirect: Reply = { status, headers: { location: `${other.url}/v1/models` } };
      const server = await startServer(redirect);
      await failure("getModel", server, once);
      expect(other.requests).toEqual([]);
    },
  );
});

describe("malicious inputs", () => {
  const polluting = '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}';

  test.each([
    ["chat", { initialMessage: "Hi", requestOptions: { extraParameters: polluting } }],
    ["chat", { initialMessage: "Hi", conversation: `[${polluting}]` }],
    ["chat", { initialMessage: "Hi", output: { jsonSchema: polluting } }],
    ["chat", { initialMessage: "Hi", tools: { definitions: `[${polluting}]` } }],
    ["chat", { initialMessage: "{{__proto__}}", variables: [{ key: "__proto__", value: "x" }] }],
    ["createBatch", { items: `[${polluting}]` }],
    ["createBatch", { requests: `[${polluting}]` }],
    ["createChatCompletion", { messages: `[${polluting}]`, parameters: polluting }],
    ["rawRequest", { method: "POST", url: "/messages", data: polluting }],
  ])("JSON in an input of %s cannot pollute prototypes", async (key, inputs) => {
    const server = await startServer({
      body: { id: "a", processing_status: "ended", content: [] },
    });
    await run(key, server, inputs).catch(() => undefined);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(Object.prototype).not.toHaveProperty("polluted");
  });

  const ids = [
    "../secrets",
    "a/../b",
    "a\\..\\b",
    "..%2f..",
    "a\r\nx-evil: 1",
    "a\0b",
    "a?x=1#y",
    "//evil.example",
    "a b",
  ];

  test.each([
    ["getModel", "model"],
    ["getBatch", "batchId"],
    ["deleteBatch", "batchId"],
    ["getFile", "fileId"],
    ["deleteFile", "fileId"],
  ])("the ID in %s cannot lead to another path", async (key, input) => {
    for (const id of ids) {
      const server = await startServer({ body: { id: "a", processing_status: "ended" } });
      await run(key, server, { [input]: id }).catch(() => undefined);
      for (const { path, query, headers } of server.requests) {
        expect(path.split("/").length).toBe(key.endsWith("Batch") ? 5 : 4);
        // Some servers decode a path before they resolve "..".
        expect(path).not.toMatch(/(\/|%2f|%5c)\.\.?(\/|%2f|%5c|$)/i);
        expect(query).toBe("");
        expect(headers["x-evil"]).toBeUndefined();
      }
    }
  });

  test.each([
    ["chat", { requestOptions: { headers: [{ key: "x-a", value: "b\r\nx-evil: 1" }] } }],
    ["chat", { requestOptions: { headers: [{ key: "x-a\r\nx-evil", value: "1" }] } }],
    ["chat", { requestOptions: { betas: ["a\r\nx-evil: 1"] } }],
    ["rawRequest", { method: "GET", headers: [{ key: "x-a", value: "b\nx-evil: 1" }] }],
    [
      "uploadFile",
      { file: { data: Buffer.from("x"), contentType: "a/b\r\nx-evil: 1" }, fileName: "a" },
    ],
  ])("an input of %s cannot add a header", async (key, inputs) => {
    const server = await startServer({ body: { id: "a", content: [] } });
    const error = await failure(key, server, { initialMessage: "Hi", ...inputs });
    expect(error.name).toBe("InputError");
    expect(server.requests).toEqual([]);
  });

  const long = 50_000;

  test.each<[string, object]>([
    ["chat", { initialMessage: "{{".repeat(long), variables: [{ key: "a", value: "b" }] }],
    ["chat", { initialMessage: `{{${" ".repeat(long)}`, variables: [{ key: "a", value: "b" }] }],
    ["chat", { initialMessage: "Hi", attachments: [{ key: "a", value: "data:".repeat(long) }] }],
    [
      "chat",
      {
        initialMessage: "Hi",
        attachments: [{ key: "a.pdf", value: Buffer.from(`%PDF-1.7${"<< /Type ".repeat(long)}`) }],
      },
    ],
    [
      "chat",
      {
        initialMessage: "Hi",
        attachments: [{ key: "a", value: `${"A".repeat(long)}=`.repeat(3) }],
      },
    ],
    [
      "createBatch",
      { items: [{ a: "x" }], message: `{{a}}${"{{a}".repeat(long)}`, idField: "{{".repeat(long) },
    ],
    ["uploadFile", { file: "x", fileName: `${".a".repeat(long)}` }],
    ["rawRequest", { method: "GET", url: `/models?${"a=&".repeat(long)}` }],
  ])("a long input of %s causes no catastrophic backtracking", async (key, inputs) => {
    const server = await startServer({
      body: { id: "a", processing_status: "ended", content: [] },
    });
    // A regular expression with catastrophic backtracking would exceed the time limit of the test.
    await run(key, server, inputs as Record<string, unknown>).catch((error: Error) => {
      expect(error.message.length).toBeLessThan(3_000);
      expect(error.message).not.toContain(apiKey);
    });
  });

  test("an error about a long input quotes its start, and ends with what to change", async () => {
    const error = await failure("createBatch", await startServer(), {
      items: [{ a: "x" }],
      message: "{{a}}",
      idField: "b".repeat(50_000),
    });
    expect(error.message).toMatch(
      /^ID Field is b{997}… \(48061 more characters\) …b{942}, but row 1 has no value for it\. Available names: item, a\.$/,
    );
  });
});
