import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { apiKey, connectionTo, failure, run } from "../support/component";
import { type Received, refusal, startServer } from "../support/server";

const get = { method: "GET" };
const post = { method: "POST", url: "/things" };

describe("URL", () => {
  test.each([
    ["/models", "/v1/models", ""],
    ["models", "/v1/models", ""],
    ["/v1/models", "/v1/models", ""],

    ["/files/file_1/content?a=1&a=2", "/v1/files/file_1/content", "a=1&a=2"],
    ["/skills/ü%2F", "/v1/skills/%C3%BC%2F", ""],
    ["/v1", "/v1/", ""],
    ["/v1?a=1", "/v1/", "a=1"],
    ["/v10", "/v1/v10", ""],
    ["/a..b/...", "/v1/a..b/...", ""],
  ])("resolves %s to %s", async (url, path, query) => {
    const server = await startServer({ body: {} });
    await run("rawRequest", server, { ...get, url });
    expect(server.request()).toMatchObject({ method: "GET", path, query });
  });

  test.each([
    ["an absolute URL", "https://evil.example/models"],
    ["a protocol-relative URL", "//evil.example/models"],
    ["a slash and a backslash before a host", "/\\evil.example"],
    ["two backslashes before a host", "\\\\evil.example"],
    ["a scheme without slashes", "http:evil.example"],
    ["a file URL", "file:///etc/passwd"],
    ["a fragment", "/models#top"],
    ["a parent segment at the start", "/../admin"],
    ["an encoded parent segment", "/%2e%2e/admin"],
    ["a parent segment with an encoded slash", "/..%2fadmin"],
    ["a parent segment in the path", "/files/../models"],
    ["a partly encoded parent segment at the end", "/files/.%2E"],
    ["a dot segment", "/./models"],
    ["a space in the path", "/models/claude x"],
    ["a line break", "/models\r\nx-injected: 1"],
    ["an empty URL", ""],
    ["a blank URL", "  "],
  ])("rejects %s as URL before any request", async (_, url) => {
    const server = await startServer({ body: {} });
    const error = await failure("rawRequest", server, { ...get, url });
    expect(error.message).toMatch(/^URL /);
    expect(server.requests).toHaveLength(0);
  });

  test("defaults to /models", async () => {
    const server = await startServer({ body: { data: [] } });
    expect(await run("rawRequest", server, get)).toEqual({ data: [] });
    expect(server.request().path).toBe("/v1/models");
  });

  test("does not follow redirects to another host", async () => {
    const other = await startServer({ body: {} });
    const server = await startServer({ status: 307, headers: { location: `${other.url}/v1/x` } });
    const error = await failure("rawRequest", server, post);
    expect(error.message).toContain(`redirects to ${other.url}/v1/x. Redirects are not followed`);
    expect(other.requests).toHaveLength(0);
  });

  test("appends query parameters to those of the URL, keeping repeated keys in order", async () => {
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

describe("method", () => {
  test.each(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])(
    "sends %s requests",
    async (method) => {
      const server = await startServer({ body: { ok: true } });
      expect(await run("rawRequest", server, { method })).toEqual({ ok: true });
      expect(server.request().method).toBe(method);
    },
  );

  test("returns null for HEAD requests, in any case", async () => {
    const server = await startServer({ body: { ok: true } });
    expect(await run("rawRequest", server, { method: "head" })).toBe(null);
  });

  test.each([
    ["an empty method", ""],
    ["an unknown method", "FETCH"],
  ])("rejects %s", async (_, method) => {
    const server = await startServer({ body: {} });
    expect((await failure("rawRequest", server, { method })).message).toMatch(/^Method /);
    expect(server.requests).toHaveLength(0);
  });
});

describe("request body", () => {
  const sent = async (inputs: object) => {
    const server = await startServer({ body: {} });
    await run("rawRequest", server, { ...post, ...inputs });
    const { body, headers, raw } = server.request();
    return { body, raw, type: headers["content-type"] };
  };

  test("sends JSON text unchanged as application/json", async () => {
    const data = '{ "n": 12345678901234567890, "a": "ü" }';
    expect(await sent({ data })).toMatchObject({ body: data, type: "application/json" });
  });

  test("serializes an object or a list as JSON", async () => {
    expect(await sent({ data: { a: [1] } })).toMatchObject({
      body: '{"a":[1]}',
      type: "application/json",
    });
    expect(await sent({ data: [1] })).toMatchObject({ body: "[1]", type: "application/json" });
  });

  test.each([
    ["a Buffer", Buffer.from([0, 255])],
    ["a file", { data: Buffer.from([0, 255]) }],
    ["a Buffer serialized as JSON", JSON.parse(JSON.stringify(Buffer.from([0, 255])))],
    ["a file serialized as JSON", JSON.parse(JSON.stringify({ data: Buffer.from([0, 255]) }))],
    ["a Uint8Array", Uint8Array.of(0, 255)],
  ])("sends the bytes of %s as application/octet-stream", async (_, data) => {
    const { raw, type } = await sent({ data });
    expect([...raw]).toEqual([0, 255]);
    expect(type).toBe("application/octet-stream");
  });

  test("keeps the content type of a file", async () => {
    const data = { data: Buffer.from("%PDF"), contentType: "application/pdf" };
    expect(await sent({ data })).toMatchObject({ body: "%PDF", type: "application/pdf" });
  });

  test("sends a file with a blank content type as a file of unknown type", async () => {
    const server = await startServer({});
    const data = { data: Buffer.of(1, 2), contentType: " " };
    await run("rawRequest", server, { method: "POST", data });
    expect(server.request().headers["content-type"]).toBe("application/octet-stream");
    expect(server.request().raw).toEqual(Buffer.of(1, 2));
  });

  test("sends text that is not JSON with the content-type header", async () => {
    const headers = [{ key: "Content-Type", value: "text/plain" }];
    expect(await sent({ data: "{bad", headers })).toMatchObject({
      body: "{bad",
      type: "text/plain",
    });
  });

  test("serializes an object with a file in one of its fields as JSON", async () => {
    const data = { model: "m", data: Buffer.from([1]) };
    expect(await sent({ data })).toMatchObject({
      body: JSON.stringify(data),
      type: "application/json",
    });
  });

  const circular: { self?: unknown } = {};
  circular.self = circular;

  test("sends no body when Data, Form Data and File Data are empty", async () => {
    expect(await sent({ data: "", formData: "", fileData: [] })).toEqual({
      body: "",
      raw: Buffer.alloc(0),
      type: undefined,
    });
  });

  test.each([
    ["Data that is not JSON", { data: "{bad" }, "Data must be valid JSON: "],
    [
      "Data with a BigInt",
      { data: { n: 1n } },
      "Data cannot be written as JSON: Do not know how to serialize a BigInt.",
    ],
    [
      "Data that is a function",
      { data: () => 1 },
      "Data must be a JSON value, but was a function.",
    ],
    ["circular Data", { data: circular }, "Data cannot be written as JSON: "],
    [
      "Data combined with File Data",
      { data: "{}", fileData: [{ key: "file", value: "x" }] },
      "Data cannot be combined with Form Data or File Data",
    ],
    [
      "Data combined with Form Data",
      { data: "{}", formData: [{ key: "a", value: "x" }] },
      "Data cannot be combined with Form Data or File Data",
    ],
    [
      "a file name without a file of that key",
      { fileDataFileNames: [{ key: "file", value: "a.pdf" }] },
      'File Data File Names has the key "file", but File Data does not.',
    ],
    [
      "a Form Data row without a key",
      { formData: [{ key: "", value: "x" }] },
      "Form Data has a row without a key",
    ],
    [
      "a number as a file",
      { fileData: [{ key: "file", value: 5 }] },
      'File Data "file" must be a file',
    ],
    ["text as Form Data", { formData: "a=b" }, "Form Data must be a list of keys and values"],
    [
      "a content-type header combined with Form Data",
      {
        formData: [{ key: "a", value: "x" }],
        headers: [{ key: "content-type", value: "text/plain" }],
      },
      '"content-type" cannot be combined with Form Data or File Data',
    ],
  ])("rejects %s before any request", async (_, inputs, message) => {
    const server = await startServer({ body: {} });
    expect((await failure("rawRequest", server, { ...post, ...inputs })).message).toContain(
      message,
    );
    expect(server.requests).toHaveLength(0);
  });
});

describe("multipart form", () => {
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

  test("contains fields and files with their names and content types", async () => {
    const server = await startServer({ body: { id: "file_1" } });
    expect(await run("rawRequest", server, { ...post, ...form })).toEqual({ id: "file_1" });
    expect(await parts(server.request())).toEqual(expected);
    expect(server.request().headers["content-length"]).toBe(String(server.request().raw.length));
  });

  test("is sent completely on every retry", async () => {
    const server = await startServer(refusal(500, "api_error"), refusal(500, "api_error"), {
      body: {},
    });
    await run("rawRequest", server, { ...post, ...form, maxRetries: "2" });
    expect(server.requests).toHaveLength(3);
    for (const request of server.requests) expect(await parts(request)).toEqual(expected);
  });
});

describe("headers", () => {
  test("override the connector's defaults", async () => {
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

  test("with the same name are joined by commas", async () => {
    const server = await startServer({ body: {} });
    const headers = ["a", "b"].map((value) => ({ key: "anthropic-beta", value }));
    await run("rawRequest", server, { ...get, headers });
    expect(server.request().headers["anthropic-beta"]).toBe("a, b");
  });

  test.each([
    ["X-Api-Key", "X-Api-Key", "sk-other", "is the header of the credential"],
    ["authorization", "authorization", "Bearer other", "is the header of the credential"],
    ["Host", "Host", "evil.example", "is set automatically"],
    ["content-length", "content-length", "5", "is set automatically"],
    ["transfer-encoding", "transfer-encoding", "chunked", "is set automatically"],
    ["trailer", "trailer", "x", "is set automatically"],
    ["a name with a space", "bad name", "x", "is not a valid header"],
    ["a name with a line break", "x-bad\r\nx-injected", "x", "is not a valid header"],
    ["a value with a line break", "x-bad", "a\r\nx-injected: 1", "is not a valid header"],
    ["a value outside Latin-1", "x-bad", "日本", "is not a valid header"],
  ])("rejects %s before any request", async (_, key, value, message) => {
    const server = await startServer({ body: {} });
    const error = await failure("rawRequest", server, { ...get, headers: [{ key, value }] });
    expect(error.message).toMatch(/^Header /);
    expect(error.message).toContain(message);
    expect(server.requests).toHaveLength(0);
  });
});

describe("response", () => {
  test("is returned as JSON, text or binary, as Response Type says", async () => {
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

  test("in binary keeps every byte and its content type", async () => {
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

  test("compressed with gzip is decompressed", async () => {
    const server = await startServer({
      headers: { "content-encoding": "gzip", "content-type": "application/json" },
      body: gzipSync('{"a": 1}'),
    });
    expect(await run("rawRequest", server, get)).toEqual({ a: 1 });
  });

  test("in JSON can start with a byte order mark", async () => {
    const server = await startServer({ body: '\ufeff{"a": 1}' });
    expect(await run("rawRequest", server, get)).toEqual({ a: 1 });
  });

  test("that is not JSON is an error that suggests another Response Type and is not retried", async () => {
    const server = await startServer({ body: '{"a": 1}\n{"a": 2}' });
    const error = await failure("rawRequest", server, {
      ...get,
      maxRetries: "2",
      retryAllErrors: true,
    });
    expect(error.message).toContain('is not JSON: it starts with "{\\"a\\": 1}');
    expect(error.message).toContain("Choose another Response Type");
    expect(server.requests).toHaveLength(1);
  });

  test("rejects an unknown Response Type", async () => {
    const server = await startServer({ body: {} });
    expect((await failure("rawRequest", server, { ...get, responseType: "xml" })).message).toMatch(
      /^Response Type must be one of json/,
    );
  });
});

describe("retries", () => {
  const attempts = async (reply: ReturnType<typeof refusal>, inputs: object) => {
    const server = await startServer(reply, { body: { ok: true } });
    await run("rawRequest", server, { ...get, ...inputs }).catch(() => undefined);
    return server.requests.length;
  };

  test("off by default", async () => {
    expect(await attempts(refusal(500, "api_error"), {})).toBe(1);
  });

  test.each([500, 503, 529, 599])("on HTTP %i", async (status) => {
    expect(await attempts(refusal(status, "api_error"), { maxRetries: "1" })).toBe(2);
  });

  test.each([301, 400, 401, 404, 408, 409, 429])(
    "on HTTP %i only if Retry On All Errors is on",
    async (status) => {
      expect(await attempts(refusal(status, "x"), { maxRetries: "1" })).toBe(1);
      expect(
        await attempts(refusal(status, "x"), { maxRetries: "1", retryAllErrors: "true" }),
      ).toBe(2);
    },
  );

  test("on a network error", async () => {
    const server = await startServer((_, response) => response.destroy(), { body: { ok: true } });
    expect(await run("rawRequest", server, { ...get, maxRetries: "1" })).toEqual({ ok: true });
  });

  test("stop at Max Retry Count", async () => {
    const server = await startServer(refusal(500, "api_error"));
    const error = await failure("rawRequest", server, { ...get, maxRetries: "3" });
    expect(server.requests).toHaveLength(4);
    expect(error.attempts).toBe(4);
  });

  test("use exponential backoff instead of Retry Delay", async () => {
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
    ["Timeout", "0", "timeout"],
    ["Timeout", "soon", "timeout"],
    ["Retry Delay", "-1", "retryDelayMS"],
    ["Max Retry Count", "1.5", "maxRetries"],
    ["Retry On All Errors", "perhaps", "retryAllErrors"],
  ])("rejects %s %s", async (_, value, key) => {
    const server = await startServer({ body: {} });
    expect((await failure("rawRequest", server, { ...get, [key]: value })).name).toBe("InputError");
    expect(server.requests).toHaveLength(0);
  });
});

test("aborts an attempt after Timeout", async () => {
  const server = await startServer(() => undefined);
  const error = await failure("rawRequest", server, { ...get, timeout: "50" });
  expect(error).toMatchObject({ status: null, type: "timeout_error", attempts: 1 });
  expect(error.message).toContain("No complete response within 0.05 s.");
});
