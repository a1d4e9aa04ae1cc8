import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { apiKey, connectionTo, failure, run } from "../support/component";
import { type Received, refusal, startServer } from "../support/server";

const get = { method: "GET" };
const post = { method: "POST", url: "/things" };

describe("the address", () => {
  test.each([
    ["/models", "/v1/models", ""],
    ["models", "/v1/models", ""],
    ["/v1/models", "/v1/models", ""],
    ["/models/claude x", null, null],
    ["/files/file_1/content?a=1&a=2", "/v1/files/file_1/content", "a=1&a=2"],
    ["/skills/ü%2F", "/v1/skills/%C3%BC%2F", ""],
    ["/v1", "/v1/", ""],
    ["/v1?a=1", "/v1/", "a=1"],
    ["/v10", "/v1/v10", ""],
    ["/a..b/...", "/v1/a..b/...", ""],
  ])("%s goes to %s", async (url, path, query) => {
    const server = await startServer({ body: {} });
    if (path === null) return void (await failure("rawRequest", server, { ...get, url }));
    await run("rawRequest", server, { ...get, url });
    expect(server.request()).toMatchObject({ method: "GET", path, query });
  });

  test.each([
    "https://evil.example/models",
    "//evil.example/models",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "file:///etc/passwd",
    "/models#top",
    "/../admin",
    "/%2e%2e/admin",
    "/..%2fadmin",
    "/files/../models",
    "/files/.%2E",
    "/./models",
    "/models\r\nx-injected: 1",
    "",
    "  ",
  ])("%j is an error before any request", async (url) => {
    const server = await startServer({ body: {} });
    const error = await failure("rawRequest", server, { ...get, url });
    expect(error.message).toMatch(/^URL /);
    expect(server.requests).toHaveLength(0);
  });

  test("is /models unless another is given", async () => {
    const server = await startServer({ body: { data: [] } });
    expect(await run("rawRequest", server, get)).toEqual({ data: [] });
    expect(server.request().path).toBe("/v1/models");
  });

  test("never leads to another host: a redirect is an error, and the credential stays", async () => {
    const other = await startServer({ body: {} });
    const server = await startServer({ status: 307, headers: { location: `${other.url}/v1/x` } });
    const error = await failure("rawRequest", server, post);
    expect(error.message).toContain(`redirect to ${other.url}/v1/x. Redirects are not followed`);
    expect(other.requests).toHaveLength(0);
  });

  test("keeps repeated names of the query, in order, after those of the URL", async () => {
    const server = await startServer({ body: {} });
    await run("rawRequest", server, {
      ...get,
      url: "/files?ids[]=a",
      queryParams: [
        { key: "ids[]", value: "b&c" },
        { key: "ids[]", value: "d" },
        { key: "limit", value: 5 },
        { key: "", value: "" },
      ],
    });
    expect(new URLSearchParams(server.request().query).toString()).toBe(
      new URLSearchParams([
        ["ids[]", "a"],
        ["ids[]", "b&c"],
        ["ids[]", "d"],
        ["limit", "5"],
      ]).toString(),
    );
  });
});

describe("the method", () => {
  test.each(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])("%s is sent", async (method) => {
    const server = await startServer({ body: { ok: true } });
    expect(await run("rawRequest", server, { method })).toEqual({ ok: true });
    expect(server.request().method).toBe(method);
  });

  test("HEAD has no body to return", async () => {
    const server = await startServer({ body: { ok: true } });
    expect(await run("rawRequest", server, { method: "head" })).toBe(null);
  });

  test.each(["", "FETCH"])("%j is an error", async (method) => {
    const server = await startServer({ body: {} });
    expect((await failure("rawRequest", server, { method })).message).toMatch(/^Method /);
    expect(server.requests).toHaveLength(0);
  });
});

describe("the body", () => {
  const sent = async (inputs: object) => {
    const server = await startServer({ body: {} });
    await run("rawRequest", server, { ...post, ...inputs });
    const { body, headers, raw } = server.request();
    return { body, raw, type: headers["content-type"] };
  };

  test("JSON text goes as JSON, to the letter", async () => {
    const data = '{ "n": 12345678901234567890, "a": "ü" }';
    expect(await sent({ data })).toMatchObject({ body: data, type: "application/json" });
  });

  test("an object or a list from an earlier step goes as JSON", async () => {
    expect(await sent({ data: { a: [1] } })).toMatchObject({
      body: '{"a":[1]}',
      type: "application/json",
    });
    expect(await sent({ data: [1] })).toMatchObject({ body: "[1]", type: "application/json" });
  });

  test.each([
    ["a Buffer", Buffer.from([0, 255])],
    ["a payload", { data: Buffer.from([0, 255]) }],
    ["a Buffer that became JSON", JSON.parse(JSON.stringify(Buffer.from([0, 255])))],
    ["a payload that became JSON", JSON.parse(JSON.stringify({ data: Buffer.from([0, 255]) }))],
    ["a Uint8Array", Uint8Array.of(0, 255)],
  ])("%s goes as it is", async (_, data) => {
    const { raw, type } = await sent({ data });
    expect([...raw]).toEqual([0, 255]);
    expect(type).toBe("application/octet-stream");
  });

  test("a file from an earlier step keeps its type", async () => {
    const data = { data: Buffer.from("%PDF"), contentType: "application/pdf" };
    expect(await sent({ data })).toMatchObject({ body: "%PDF", type: "application/pdf" });
  });

  test("other text goes as the content-type header says", async () => {
    const headers = [{ key: "Content-Type", value: "text/plain" }];
    expect(await sent({ data: "{bad", headers })).toMatchObject({
      body: "{bad",
      type: "text/plain",
    });
  });

  test("an object with a file among its fields is no file", async () => {
    const data = { model: "m", data: Buffer.from([1]) };
    expect(await sent({ data })).toMatchObject({
      body: JSON.stringify(data),
      type: "application/json",
    });
  });

  const endless: { more?: unknown } = {};
  endless.more = endless;

  test("nothing given sends nothing", async () => {
    expect(await sent({ data: "", formData: "", fileData: [] })).toEqual({
      body: "",
      raw: Buffer.alloc(0),
      type: undefined,
    });
  });

  test.each([
    ["Data that is not JSON", { data: "{bad" }, "Data is not JSON: "],
    [
      "Data that has no JSON",
      { data: { n: 1n } },
      "Data cannot be written as JSON: Do not know how to serialize a BigInt.",
    ],
    [
      "Data that is a function",
      { data: () => 1 },
      "Data takes what can be written as JSON, which no function can.",
    ],
    ["Data without end", { data: endless }, "Data cannot be written as JSON: "],
    [
      "Data with File Data",
      { data: "{}", fileData: [{ key: "file", value: "x" }] },
      "Data cannot go together with Form Data or File Data",
    ],
    [
      "Data with Form Data",
      { data: "{}", formData: [{ key: "a", value: "x" }] },
      "Data cannot go together with Form Data or File Data",
    ],
    [
      "a name for a file that is not there",
      { fileDataFileNames: [{ key: "file", value: "a.pdf" }] },
      'File Data File Names names "file", which is no key of File Data',
    ],
    [
      "a row without a key",
      { formData: [{ key: "", value: "x" }] },
      "Form Data holds a row without a key",
    ],
    [
      "a file that is none",
      { fileData: [{ key: "file", value: 5 }] },
      'File Data "file" takes a file',
    ],
    ["a list that is none", { formData: "a=b" }, "Form Data takes a list of keys and values"],
    [
      "a content-type beside a form",
      {
        formData: [{ key: "a", value: "x" }],
        headers: [{ key: "content-type", value: "text/plain" }],
      },
      '"content-type" cannot go together with Form Data or File Data',
    ],
  ])("%s is an error before any request", async (_, inputs, message) => {
    const server = await startServer({ body: {} });
    expect((await failure("rawRequest", server, { ...post, ...inputs })).message).toContain(
      message,
    );
    expect(server.requests).toHaveLength(0);
  });
});

describe("a multipart form", () => {
  const parts = async ({ headers, raw }: Received) =>
    Promise.all(
      [
        ...(
          await new Response(new Uint8Array(raw), {
            headers: { "content-type": headers["content-type"] ?? "" },
          }).formData()
        ).entries(),
      ].map(async ([name, part]) =>
        typeof part === "string"
          ? { name, text: part }
          : { name, file: part.name, type: part.type, text: await part.text() },
      ),
    );

  const form = {
    formData: [
      { key: "a", value: "1" },
      { key: "a", value: "ü" },
      { key: "blank", value: "  " },
    ],
    fileData: [
      { key: "file", value: { data: Buffer.from("%PDF"), contentType: "application/pdf" } },
      { key: "notes", value: "Hello" },
    ],
    fileDataFileNames: [
      { key: "file", value: "report.pdf" },
      { key: "notes", value: 'a"b\r\n.txt' },
    ],
  };
  const expected = [
    { name: "a", text: "1" },
    { name: "a", text: "ü" },
    { name: "blank", text: "  " },
    { name: "file", file: "report.pdf", type: "application/pdf", text: "%PDF" },
    { name: "notes", file: 'a"b\r\n.txt', type: "text/plain", text: "Hello" },
  ];

  test("holds fields, files, names and types", async () => {
    const server = await startServer({ body: { id: "file_1" } });
    expect(await run("rawRequest", server, { ...post, ...form })).toEqual({ id: "file_1" });
    expect(await parts(server.request())).toEqual(expected);
    expect(server.request().headers["content-length"]).toBe(String(server.request().raw.length));
  });

  test("is built afresh for each attempt", async () => {
    const server = await startServer(refusal(500, "api_error"), refusal(500, "api_error"), {
      body: {},
    });
    await run("rawRequest", server, { ...post, ...form, maxRetries: "2" });
    expect(server.requests).toHaveLength(3);
    for (const request of server.requests) expect(await parts(request)).toEqual(expected);
  });
});

describe("headers", () => {
  test("of the caller win over the connector's own", async () => {
    const server = await startServer({ body: {} });
    await run("rawRequest", server, {
      ...get,
      headers: [
        { key: "Anthropic-Version", value: "2026-10-21" },
        { key: "anthropic-beta", value: "a,b" },
        { key: "user-agent", value: "mine" },
        { key: "x-empty", value: "" },
      ],
    });
    expect(server.request().headers).toMatchObject({
      "anthropic-version": "2026-10-21",
      "anthropic-beta": "a,b",
      "user-agent": "mine",
      "x-empty": "",
      "x-api-key": apiKey,
    });
  });

  test("of one name are joined", async () => {
    const server = await startServer({ body: {} });
    const headers = ["a", "b"].map((value) => ({ key: "anthropic-beta", value }));
    await run("rawRequest", server, { ...get, headers });
    expect(server.request().headers["anthropic-beta"]).toBe("a, b");
  });

  test.each([
    ["X-Api-Key", "sk-other", "carries the credential"],
    ["authorization", "Bearer other", "carries the credential"],
    ["Host", "evil.example", "follows from the request"],
    ["content-length", "5", "follows from the request"],
    ["transfer-encoding", "chunked", "follows from the request"],
    ["trailer", "x", "follows from the request"],
    ["bad name", "x", "is no header"],
    ["x-bad\r\nx-injected", "x", "is no header"],
    ["x-bad", "a\r\nx-injected: 1", "is no header"],
    ["x-bad", "日本", "is no header"],
  ])("%j: %j is an error before any request", async (key, value, message) => {
    const server = await startServer({ body: {} });
    const error = await failure("rawRequest", server, { ...get, headers: [{ key, value }] });
    expect(error.message).toMatch(/^Header /);
    expect(error.message).toContain(message);
    expect(server.requests).toHaveLength(0);
  });
});

describe("the answer", () => {
  test("comes as JSON, text or binary", async () => {
    const server = await startServer({
      headers: { "content-type": "application/json; charset=utf-8" },
      body: '{"a": 1}',
    });
    expect(await run("rawRequest", server, get)).toEqual({ a: 1 });
    expect(await run("rawRequest", server, { ...get, responseType: "text" })).toBe('{"a": 1}');
    for (const responseType of ["arraybuffer", "binary"]) {
      const data = await run("rawRequest", server, { ...get, responseType });
      expect(Buffer.isBuffer(data)).toBe(true);
      expect(data.toString()).toBe('{"a": 1}');
    }
  });

  test("keeps binary to the byte, with its content type", async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
    const server = await startServer({ headers: { "content-type": "image/png" }, body: bytes });
    const { createHarness } = await import("@prismatic-io/spectral/dist/testing");
    const { component } = await import("../support/component");
    const result = await createHarness(component).action("rawRequest", {
      connection: connectionTo(server.url),
      ...get,
      responseType: "arraybuffer",
    });
    expect(result).toEqual({ data: bytes, contentType: "image/png" });
  });

  test("is unpacked when it comes compressed", async () => {
    const server = await startServer({
      headers: { "content-encoding": "gzip", "content-type": "application/json" },
      body: gzipSync('{"a": 1}'),
    });
    expect(await run("rawRequest", server, get)).toEqual({ a: 1 });
  });

  test("may begin with a byte order mark", async () => {
    const server = await startServer({ body: '\ufeff{"a": 1}' });
    expect(await run("rawRequest", server, get)).toEqual({ a: 1 });
  });

  test("that is not JSON says what it is and what to do", async () => {
    const server = await startServer({ body: '{"a": 1}\n{"a": 2}' });
    const error = await failure("rawRequest", server, {
      ...get,
      maxRetries: "2",
      retryAllErrors: true,
    });
    expect(error.message).toContain('is not JSON but begins with "{\\"a\\": 1}');
    expect(error.message).toContain("Choose another Response Type");
    expect(server.requests).toHaveLength(1);
  });

  test("of another type than the list has is an error", async () => {
    const server = await startServer({ body: {} });
    expect((await failure("rawRequest", server, { ...get, responseType: "xml" })).message).toMatch(
      /^Response Type takes json/,
    );
  });
});

describe("retries", () => {
  const attempts = async (reply: ReturnType<typeof refusal>, inputs: object) => {
    const server = await startServer(reply, { body: { ok: true } });
    await run("rawRequest", server, { ...get, ...inputs }).catch(() => undefined);
    return server.requests.length;
  };

  test("none unless Max Retry Count is given", async () => {
    expect(await attempts(refusal(500, "api_error"), {})).toBe(1);
  });

  test.each([500, 503, 529, 599])("after HTTP %i", async (status) => {
    expect(await attempts(refusal(status, "api_error"), { maxRetries: "1" })).toBe(2);
  });

  test.each([301, 400, 401, 404, 408, 409, 429])(
    "not after HTTP %i, unless Retry On All Errors is on",
    async (status) => {
      expect(await attempts(refusal(status, "x"), { maxRetries: "1" })).toBe(1);
      expect(
        await attempts(refusal(status, "x"), { maxRetries: "1", retryAllErrors: "true" }),
      ).toBe(2);
    },
  );

  test("after a network error", async () => {
    const server = await startServer((_, response) => response.destroy(), { body: { ok: true } });
    expect(await run("rawRequest", server, { ...get, maxRetries: "1" })).toEqual({ ok: true });
  });

  test("as often as Max Retry Count says, with backoff too", async () => {
    const server = await startServer(refusal(500, "api_error"));
    const error = await failure("rawRequest", server, { ...get, maxRetries: "3" });
    expect(server.requests).toHaveLength(4);
    expect(error.attempts).toBe(4);
    const backoff = await startServer(refusal(500, "api_error"), { body: { ok: true } });
    const inputs = {
      ...get,
      maxRetries: "1",
      useExponentialBackoff: "true",
      retryDelayMS: "60000",
    };
    expect(await run("rawRequest", backoff, inputs)).toEqual({ ok: true });
  });

  test.each([
    ["timeout", "0"],
    ["timeout", "soon"],
    ["retryDelayMS", "-1"],
    ["maxRetries", "1.5"],
    ["retryAllErrors", "perhaps"],
  ])("%s %s is an error", async (key, value) => {
    const server = await startServer({ body: {} });
    expect((await failure("rawRequest", server, { ...get, [key]: value })).name).toBe("InputError");
    expect(server.requests).toHaveLength(0);
  });
});

test("Timeout ends an attempt that takes longer", async () => {
  const server = await startServer(() => undefined);
  const error = await failure("rawRequest", server, { ...get, timeout: "50" });
  expect(error).toMatchObject({ status: null, type: "timeout_error", attempts: 1 });
  expect(error.message).toContain("No complete answer within 0.05 s.");
});
