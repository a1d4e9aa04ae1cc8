import type { ServerResponse } from "node:http";
import { createHarness } from "@prismatic-io/spectral/dist/testing";
import { afterEach, describe, expect, test, vi } from "vitest";
import { fileExample } from "../../../src/claude/files/schema";
import { component, connectionTo, failure, run } from "../../support/component";
import { jpeg, pdf } from "../../support/files";
import { type Received, refusal, startServer } from "../../support/server";

afterEach(() => {
  vi.useRealTimers();
});

/** Parses the multipart form of a request. */
const formOf = async ({ raw, headers }: Received) => {
  const form = await new Response(new Uint8Array(raw), {
    headers: { "content-type": String(headers["content-type"]) },
  }).formData();
  const parts = await Promise.all(
    [...form].map(async ([name, part]) => [
      name,
      typeof part === "string"
        ? part
        : {
            name: (part as File).name,
            type: part.type,
            bytes: Buffer.from(await part.arrayBuffer()),
          },
    ]),
  );
  return Object.fromEntries(parts) as { file: { name: string; type: string; bytes: Buffer } };
};

describe("uploadFile", () => {
  const upload = async (inputs: object) => {
    const server = await startServer({ body: fileExample });
    const data = await run("uploadFile", server, { fileName: "a.bin", ...inputs });
    return { data, request: server.request(), form: await formOf(server.request()) };
  };
  const bytes = Buffer.from([0, 1, 2, 250, 13, 10, 255]);

  test("sends the file as a multipart form and returns its metadata", async () => {
    const { data, request, form } = await upload({
      file: { data: bytes, contentType: "application/x-thing" },
      fileName: "thing.bin",
      expiresIn: "24",
    });
    expect(request).toMatchObject({ method: "POST", path: "/v1/files" });
    expect(request.headers["content-type"]).toMatch(/^multipart\/form-data; boundary=/);
    expect(request.headers["content-length"]).toBe(String(request.raw.length));
    expect(request.headers["anthropic-beta"]).toBeUndefined();
    expect(form).toEqual({
      file: { name: "thing.bin", type: "application/x-thing", bytes },
      expires_in_seconds: "86400",
    });
    expect(data).toEqual({ ...fileExample, warnings: [], requestId: "req_1" });
  });

  const text = "a,b\n1,2\n";
  test.each<[string, unknown, Buffer]>([
    ["a file of a previous step", { data: bytes, contentType: "a/b" }, bytes],
    ["a Buffer", bytes, bytes],
    ["a Buffer serialized as JSON", JSON.parse(JSON.stringify(bytes)), bytes],
    [
      "a file serialized as JSON",
      JSON.parse(JSON.stringify({ data: bytes, contentType: "a/b" })),
      bytes,
    ],
    ["a view of a larger array", new Uint8Array([9, ...bytes, 9]).subarray(1, 8), bytes],
    ["an ArrayBuffer", new Uint8Array(bytes).buffer, bytes],
    ["a base64 image", jpeg().toString("base64"), jpeg()],
    ["a data URL", `data:a/b;base64,${bytes.toString("base64")}`, bytes],
    ["an email attachment", { filename: "x", size: 7, data: bytes, contentType: "a/b" }, bytes],
    ["text", text, Buffer.from(text)],
    [
      "base64 data with a binary content type",
      { data: bytes.toString("base64"), contentType: "a/b" },
      bytes,
    ],
    ["an object, as JSON", { a: 1 }, Buffer.from('{\n  "a": 1\n}')],
  ])("accepts %s", async (_, file, expected) => {
    const { form } = await upload({ file });
    expect(form.file.bytes.equals(expected)).toBe(true);
  });

  test.each<[string, unknown, string, string]>([
    [
      "the bytes of a PDF, whatever the name and content type",
      { data: pdf(), contentType: "text/plain" },
      "a.txt",
      "application/pdf",
    ],
    ["the bytes of an image, whatever the name", jpeg(), "a.png", "image/jpeg"],
    [
      "the content type of the file, whatever the name",
      { data: bytes, contentType: "a/b" },
      "a.csv",
      "a/b",
    ],
    ["the name of a Buffer", bytes, "a.csv", "text/csv"],
    [
      "the name if the content type is application/octet-stream",
      { data: bytes, contentType: "application/octet-stream" },
      "a.csv",
      "text/csv",
    ],
    [
      "the name if the content type is text/plain",
      { data: bytes, contentType: "text/plain" },
      "a.csv",
      "text/csv",
    ],
    ["the name of text", "a,b", "a.csv", "text/csv"],
    ["text without an extension", "a,b", "a", "text/plain"],
    ["text with an unknown extension", "a,b", "a.bin", "text/plain"],
    ["text whose length rules out base64", "Hello", "a.bin", "text/plain"],
    ["a Buffer without an extension", bytes, "a", "application/octet-stream"],
    [
      "an extension named like a property of every object",
      bytes,
      "a.constructor",
      "application/octet-stream",
    ],
    [
      "an Office extension in capitals",
      bytes,
      "A.XLSX",
      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ],
  ])("detects the content type from %s", async (_, file, fileName, type) => {
    expect((await upload({ file, fileName })).form.file.type).toBe(type);
  });

  test("decodes base64 text if the extension is of a binary format", async () => {
    const file = bytes.toString("base64");
    for (const base64 of [file, `\n${file}\n`]) {
      const { form } = await upload({ file: base64, fileName: "a.xlsx" });
      expect(form.file.bytes.equals(bytes)).toBe(true);
    }
    expect((await upload({ file, fileName: "a.txt" })).form.file.bytes.toString()).toBe(file);
  });

  test("ignores whitespace around File Name when it detects the type and base64", async () => {
    const file = bytes.toString("base64");
    const { form } = await upload({ file, fileName: " a.xlsx " });
    expect(form.file).toMatchObject({
      name: "a.xlsx",
      type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    });
    expect(form.file.bytes.equals(bytes)).toBe(true);
  });

  test("converts Expires In from fractions of hours to whole seconds", async () => {
    const { form } = await upload({ file: bytes, expiresIn: "1.0001" });
    expect(form).toMatchObject({ expires_in_seconds: "3600" });
    expect((await upload({ file: bytes, expiresIn: 2_160 })).form).toMatchObject({
      expires_in_seconds: "7776000",
    });
  });

  test("waits almost 10 minutes for the response by default", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let pending: ServerResponse | undefined;
    const server = await startServer((_, response) => {
      pending = response;
    });
    const call = run("uploadFile", server, { file: bytes, fileName: "a.bin" });
    await vi.waitUntil(() => pending, { interval: 1 });
    await vi.advanceTimersByTimeAsync(599_000);
    pending?.end(JSON.stringify(fileExample));
    expect((await call).id).toBe(fileExample.id);
  });

  test("warns that a retry may have stored the file twice", async () => {
    const server = await startServer((_, response) => void response.destroy(), {
      body: fileExample,
    });
    const { warnings } = await run("uploadFile", server, { file: bytes, fileName: "a.bin" });
    expect(warnings).toEqual([
      "The file was sent 2 times. Check in List Files whether it is stored more than once.",
    ]);
  });

  test.each([
    ["keeps a plain name", "report.pdf", "report.pdf"],
    ["keeps letters outside ASCII and emoji", "Übersicht 🙂.pdf", "Übersicht 🙂.pdf"],
    ["keeps quotes and parentheses", "it's (1) & more.pdf", "it's (1) & more.pdf"],
    ["replaces forbidden characters", 'a<b>c:d"e|f?g*h\\i/j.pdf', "a_b_c_d_e_f_g_h_i_j.pdf"],
    ["replaces line breaks", "a\r\nX-Evil: 1.pdf", "a__X-Evil_ 1.pdf"],
    ["removes surrounding whitespace", "  report.pdf ", "report.pdf"],
    ["replaces control characters", "a\x7fb.pdf", "a_b.pdf"],
    ["keeps 255 characters", `${"n".repeat(251)}.pdf`, `${"n".repeat(251)}.pdf`],
    ["truncates at 255 characters", `${"n".repeat(300)}.pdf`, `${"n".repeat(251)}.pdf`],
    ["truncates a long extension", `a.${"n".repeat(300)}`, `a.${"n".repeat(253)}`],
    ["does not split an emoji", `${"n".repeat(250)}🙂.pdf`, `${"n".repeat(250)}.pdf`],
  ])("normalizes File Name: %s", async (_, fileName, name) => {
    const { data, form } = await upload({ file: bytes, fileName });
    expect(form.file.name).toBe(name);
    expect(data.warnings).toEqual(
      name === fileName
        ? []
        : [
            `File Name was sent as ${JSON.stringify(name)}: the API accepts at most 255 characters, without < > : " | ? * \\ / or line breaks.`,
          ],
    );
  });

  test.each([
    ["a missing file", { file: undefined }, "File is empty. Reference a file of an earlier step"],
    ["an empty Buffer", { file: Buffer.alloc(0) }, "File is empty."],
    ["an empty file", { file: { data: "", contentType: "text/plain" } }, "File is empty."],
    ["a URL", { file: "https://example.com/a.pdf" }, "File is a URL. Fetch it in an earlier step"],
    [
      "a file ID",
      { file: "file_123" },
      "File is the ID of a file that is already uploaded: file_123.",
    ],
    ["a number", { file: 5 }, "File must be a file"],
    [
      "text with the extension of an image",
      { file: "%PNG broken", fileName: "a.png" },
      "File is text, but a.png is not the name of a text file. Reference binary data of the earlier step, or change the name.",
    ],
    [
      // The length of base64 is a multiple of four.
      "text with the extension of a PDF that is not base64",
      { file: "Hello", fileName: "a.pdf" },
      "File is text, but a.pdf is not the name of a text file.",
    ],
    [
      "binary data with a line break in the content type",
      { file: { data: Buffer.from("x"), name: "x", contentType: "a/b\r\nx-evil: 1" } },
      "File has an invalid content type",
    ],
    [
      "base64 data with a line break in the content type",
      { file: { data: "aGVsbG8gd29ybGQ=", contentType: "a/b\r\nx: 1" } },
      "File has an invalid content type",
    ],
    [
      "an empty File Name",
      { file: "x", fileName: "" },
      "File Name is required. Enter a name such as contract.pdf.",
    ],
    [
      "Expires In below 1 hour",
      { file: "x", expiresIn: "0.5" },
      "Expires In (hours) must be a number from 1 to 2160",
    ],
    [
      "Expires In above 2160 hours",
      { file: "x", expiresIn: "2161" },
      "Expires In (hours) must be a number from 1 to 2160",
    ],
  ])("rejects %s before any request", async (_, inputs, message) => {
    const server = await startServer({ body: fileExample });
    const error = await failure("uploadFile", server, { fileName: "a.bin", ...inputs });
    expect(error.message).toContain(message);
    expect(server.requests).toEqual([]);
  });

  test("rejects a file larger than 500 MB before any request", async () => {
    const server = await startServer({ body: fileExample });
    const file = Buffer.alloc(500 * 1_024 * 1_024 + 1);
    const { message } = await failure("uploadFile", server, { file, fileName: "a.bin" });
    expect(message).toContain("File has 500.1 MB, but the API accepts at most 500 MB.");
    expect(server.requests).toEqual([]);
  });

  test("sends the whole file again on a retry", async () => {
    const server = await startServer(
      refusal(529, "overloaded_error", "Overloaded", { "retry-after-ms": "1" }),
      { body: fileExample },
    );
    await run("uploadFile", server, { file: bytes, fileName: "a.bin" });
    const forms = await Promise.all(server.requests.map(formOf));
    expect(forms.map(({ file }) => file.bytes.equals(bytes))).toEqual([true, true]);
  });

  test("sends Headers of Request Options, such as the beta that some gateways need", async () => {
    const server = await startServer({ body: fileExample });
    await run("uploadFile", server, {
      file: bytes,
      fileName: "a.bin",
      requestOptions: { headers: [{ key: "anthropic-beta", value: "files-api-2025-04-14" }] },
    });
    expect(server.request().headers["anthropic-beta"]).toBe("files-api-2025-04-14");
  });

  test("suggests deleting files when the storage quota is exceeded", async () => {
    const server = await startServer({
      status: 400,
      body: {
        error: {
          type: "invalid_request_error",
          message: "Quota exceeded",
          details: { error_code: "storage_quota_exceeded" },
        },
      },
    });
    const error = await failure("uploadFile", server, { file: "x", fileName: "a.txt" });
    expect(error).toMatchObject({ status: 400, errorCode: "storage_quota_exceeded" });
    expect(error.message).toContain("Delete files that are not needed, or let them expire.");
  });
});

describe("listFiles", () => {
  const file = (id: string) => ({ ...fileExample, id });

  test("returns one page, with Limit and Page in the query", async () => {
    const page = { data: [file("a")], next_page: "page_2" };
    const server = await startServer({ body: page });
    expect(await run("listFiles", server, { page: "page_1", limit: "1" })).toEqual(page);
    expect(server.request()).toMatchObject({ path: "/v1/files", query: "limit=1&page=page_1" });
  });

  test("fetches every page when Fetch All is on, and ignores the other inputs", async () => {
    const server = await startServer(
      { body: { data: [file("a")], next_page: "p=&2" } },
      { body: { data: [file("b")], next_page: null } },
    );
    expect(await run("listFiles", server, { fetchAll: true, limit: "1", page: "x" })).toEqual({
      data: [file("a"), file("b")],
      next_page: null,
    });
    expect(server.requests.map(({ query }) => query)).toEqual([
      "limit=1000",
      "page=p%3D%262&limit=1000",
    ]);
  });

  test("fetches every page from a host with the older cursors has_more and last_id", async () => {
    const server = await startServer(
      { body: { data: [file("a")], has_more: true, first_id: "a", last_id: "a" } },
      { body: { data: [file("b")], has_more: false, first_id: "b", last_id: "b" } },
    );
    const { data } = await run("listFiles", server, { fetchAll: true });
    expect(data).toEqual([file("a"), file("b")]);
    expect(server.requests.map(({ query }) => query)).toEqual([
      "limit=1000",
      "after_id=a&limit=1000",
    ]);
  });

  test("sends File IDs without duplicates and ignores the paging inputs", async () => {
    const server = await startServer({ body: { data: [file("a")], next_page: null } });
    const fileIds = ["a", " b ", "a", ""];
    await run("listFiles", server, { fileIds, fetchAll: true, limit: "5", page: "p" });
    expect(server.request().query).toBe("ids%5B%5D=a&ids%5B%5D=b");
  });

  test("accepts 100 File IDs", async () => {
    const server = await startServer({ body: { data: [], next_page: null } });
    const fileIds = Array.from({ length: 100 }, (_, index) => `f${index}`);
    await run("listFiles", server, { fileIds });
    expect(server.request().query.split("&")).toHaveLength(100);
  });

  test("rejects more than 100 File IDs", async () => {
    const server = await startServer({});
    const fileIds = Array.from({ length: 101 }, (_, index) => `f${index}`);
    expect((await failure("listFiles", server, { fileIds })).message).toBe(
      "File IDs has 101 IDs, but the API accepts at most 100 at a time.",
    );
  });
});

describe.each([
  ["getFile", "GET", fileExample],
  ["deleteFile", "DELETE", { id: "file_1", type: "file_deleted" }],
])("%s", (key, method, body) => {
  test("calls the API and returns its response", async () => {
    const server = await startServer({ body });
    expect(await run(key, server, { fileId: "file_1" })).toEqual(body);
    expect(server.request()).toMatchObject({ method, path: "/v1/files/file_1" });
  });

  test("encodes special characters in the file ID", async () => {
    const server = await startServer({ body });
    await run(key, server, { fileId: "a b/?x" });
    expect(server.request().path).toBe("/v1/files/a%20b%2F%3Fx");
  });

  test("rejects invalid file IDs", async () => {
    for (const fileId of ["..", "../a", "a/.."]) {
      expect((await failure(key, { url: "" }, { fileId })).message).toMatch(/^File ID must be/);
    }
  });
});

test.each(['{"ok": true}', "null"])("getFile rejects the response %s", async (body) => {
  const server = await startServer({ body });
  expect((await failure("getFile", server, { fileId: "file_1" })).message).toContain(
    "The response is not a file.",
  );
});

describe("downloadFile", () => {
  const download = (server: { url: string }) =>
    createHarness(component).action("downloadFile", {
      connection: connectionTo(server.url),
      fileId: "file_1",
    });

  test.each([
    ["with content-length", undefined],
    ["with chunked encoding", "chunked"],
  ])("returns the bytes and content type of a response %s", async (_, encoding) => {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256));
    const server = await startServer((_, response) => {
      response.writeHead(200, {
        "content-type": "image/png",
        ...(encoding ? {} : { "content-length": bytes.length }),
      });
      response.write(bytes.subarray(0, 70_000));
      response.end(bytes.subarray(70_000));
    });
    const result = await download(server);
    expect(result?.contentType).toBe("image/png");
    expect(bytes.equals(result?.data as Buffer)).toBe(true);
    expect(server.request()).toMatchObject({ method: "GET", path: "/v1/files/file_1/content" });
    // content-length is not the file's size if the response is compressed.
    expect(server.request().headers["accept-encoding"]).toBe("identity");
  });

  test("uses application/octet-stream if the response has no content type", async () => {
    const server = await startServer((_, response) => void response.end("x"));
    expect((await download(server))?.contentType).toBe("application/octet-stream");
  });

  test("does not time out while data keeps arriving", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let openResponse: ServerResponse | undefined;
    const server = await startServer((_, response) => {
      openResponse = response.writeHead(200);
    });
    const call = download(server);
    await vi.waitUntil(() => openResponse, { interval: 1 });
    for (let part = 0; part < 4; part++) {
      openResponse?.write("part ");
      for (let step = 0; step < 50; step++) await new Promise(setImmediate);
      await vi.advanceTimersByTimeAsync(100_000);
    }
    openResponse?.end();
    expect(String((await call)?.data)).toBe("part ".repeat(4));
  });

  test("explains that uploaded files cannot be downloaded", async () => {
    const server = await startServer({
      status: 400,
      body: {
        error: {
          type: "invalid_request_error",
          message: "Not downloadable",
          details: { error_code: "file_not_downloadable" },
        },
      },
    });
    await expect(download(server)).rejects.toThrow(
      "Only files that Claude's tools created can be downloaded, not uploaded files.",
    );
  });

  test("retries when the connection breaks during the download", async () => {
    let tries = 0;
    const server = await startServer((_, response) => {
      tries += 1;
      response.writeHead(200, { "content-length": 6 });
      if (tries > 1) return response.end("whole!");
      response.write("who");
      setTimeout(() => response.destroy(), 20);
    });
    expect(String((await download(server))?.data)).toBe("whole!");
  });
});

test("listFiles stops at a next_page that is not text", async () => {
  const server = await startServer({ body: { data: [fileExample], next_page: { a: 1 } } });
  expect((await run("listFiles", server, { fetchAll: "true" })).data).toEqual([fileExample]);
  expect(server.requests).toHaveLength(1);
});

test("selectFile labels files with name, size and date", async () => {
  const malformed = { toString: 1 };
  const server = await startServer({
    body: {
      data: [
        fileExample,
        { ...fileExample, id: "file_2", filename: "", size_bytes: 12_345_678 },
        { ...fileExample, id: "file_3", size_bytes: undefined },
        { ...fileExample, id: "file_4", created_at: undefined },
        { id: "file_5" },
        { id: "file_6", filename: malformed, size_bytes: malformed, created_at: malformed },
        { id: malformed },
      ],
      next_page: "x",
    },
  });
  const { result } = await createHarness(component).dataSource("selectFile", {
    connection: connectionTo(server.url),
  });
  expect(result).toEqual([
    { key: fileExample.id, label: "contract.pdf (205 kB, 2026-11-20)" },
    { key: "file_2", label: "file_2 (12.3 MB, 2026-11-20)" },
    { key: "file_3", label: "contract.pdf (2026-11-20)" },
    { key: "file_4", label: "contract.pdf (205 kB)" },
    { key: "file_5", label: "file_5" },
    { key: "file_6", label: "file_6" },
  ]);
});
