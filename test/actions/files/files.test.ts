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

/** The parts of a form, as a server reads them. */
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

  test("sends the file as a form, and returns what the API says of it", async () => {
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
    ["the output of a step", { data: bytes, contentType: "a/b" }, bytes],
    ["a Buffer", bytes, bytes],
    ["a Buffer that became JSON", JSON.parse(JSON.stringify(bytes)), bytes],
    [
      "an output that became JSON",
      JSON.parse(JSON.stringify({ data: bytes, contentType: "a/b" })),
      bytes,
    ],
    ["a part of a larger array", new Uint8Array([9, ...bytes, 9]).subarray(1, 8), bytes],
    ["an ArrayBuffer", new Uint8Array(bytes).buffer, bytes],
    ["base64 of an image", jpeg().toString("base64"), jpeg()],
    ["a data URL", `data:a/b;base64,${bytes.toString("base64")}`, bytes],
    ["a file of an e-mail", { filename: "x", size: 7, data: bytes, contentType: "a/b" }, bytes],
    ["text", text, Buffer.from(text)],
    [
      "base64 with a type that is no text",
      { data: bytes.toString("base64"), contentType: "a/b" },
      bytes,
    ],
    ["data", { a: 1 }, Buffer.from('{\n  "a": 1\n}')],
  ])("takes %s", async (_, file, expected) => {
    const { form } = await upload({ file });
    expect(form.file.bytes.equals(expected)).toBe(true);
  });

  test.each<[string, unknown, string, string]>([
    ["its bytes", { data: pdf(), contentType: "text/plain" }, "a.txt", "application/pdf"],
    ["its bytes", jpeg(), "a.png", "image/jpeg"],
    ["the step before", { data: bytes, contentType: "a/b" }, "a.csv", "a/b"],
    ["its name", bytes, "a.csv", "text/csv"],
    [
      "its name, where the step says little",
      { data: bytes, contentType: "application/octet-stream" },
      "a.csv",
      "text/csv",
    ],
    [
      "its name, where the step says no more than text",
      { data: bytes, contentType: "text/plain" },
      "a.csv",
      "text/csv",
    ],
    ["its name, where it is text", "a,b", "a.csv", "text/csv"],
    ["being text", "a,b", "a", "text/plain"],
    ["being text, whatever its name", "a,b", "a.bin", "text/plain"],
    ["being text of a length that no base64 has", "Hello", "a.bin", "text/plain"],
    ["nothing", bytes, "a", "application/octet-stream"],
    [
      "nothing, where its name is one that every object has",
      bytes,
      "a.constructor",
      "application/octet-stream",
    ],
    [
      "a name of Office's",
      bytes,
      "A.XLSX",
      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ],
  ])("tells what the file is by %s", async (_, file, fileName, type) => {
    expect((await upload({ file, fileName })).form.file.type).toBe(type);
  });

  test("takes base64 for what it is where the name tells that it is no text", async () => {
    const file = bytes.toString("base64");
    for (const given of [file, `\n${file}\n`]) {
      const { form } = await upload({ file: given, fileName: "a.xlsx" });
      expect(form.file.bytes.equals(bytes)).toBe(true);
    }
    expect((await upload({ file, fileName: "a.txt" })).form.file.bytes.toString()).toBe(file);
  });

  test("blanks around the name hide neither its type nor that it is no text", async () => {
    const file = bytes.toString("base64");
    const { form } = await upload({ file, fileName: " a.xlsx " });
    expect(form.file).toMatchObject({
      name: "a.xlsx",
      type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    });
    expect(form.file.bytes.equals(bytes)).toBe(true);
  });

  test("takes a part of an hour, in whole seconds", async () => {
    const { form } = await upload({ file: bytes, expiresIn: "1.0001" });
    expect(form).toMatchObject({ expires_in_seconds: "3600" });
    expect((await upload({ file: bytes, expiresIn: 2_160 })).form).toMatchObject({
      expires_in_seconds: "7776000",
    });
  });

  test("takes its time: a large file is long on its way", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let late: ServerResponse | undefined;
    const server = await startServer((_, response) => {
      late = response;
    });
    const call = run("uploadFile", server, { file: bytes, fileName: "a.bin" });
    await vi.waitUntil(() => late, { interval: 1 });
    await vi.advanceTimersByTimeAsync(599_000);
    late?.end(JSON.stringify(fileExample));
    expect((await call).id).toBe(fileExample.id);
  });

  test("says when it was sent more than once", async () => {
    const server = await startServer((_, response) => void response.destroy(), {
      body: fileExample,
    });
    const { warnings } = await run("uploadFile", server, { file: bytes, fileName: "a.bin" });
    expect(warnings).toEqual([
      "The file was sent 2 times: List Files shows whether it is stored more than once.",
    ]);
  });

  test.each([
    ["report.pdf", "report.pdf"],
    ["Übersicht 🙂.pdf", "Übersicht 🙂.pdf"],
    ["it's (1) & more.pdf", "it's (1) & more.pdf"],
    ['a<b>c:d"e|f?g*h\\i/j.pdf', "a_b_c_d_e_f_g_h_i_j.pdf"],
    ["a\r\nX-Evil: 1.pdf", "a__X-Evil_ 1.pdf"],
    ["  report.pdf ", "report.pdf"],
    ["a\x7fb.pdf", "a_b.pdf"],
    [`${"n".repeat(251)}.pdf`, `${"n".repeat(251)}.pdf`],
    [`${"n".repeat(300)}.pdf`, `${"n".repeat(251)}.pdf`],
    [`a.${"n".repeat(300)}`, `a.${"n".repeat(253)}`],
    [`${"n".repeat(250)}🙂.pdf`, `${"n".repeat(250)}.pdf`],
  ])("names the file %j as the API takes it", async (fileName, name) => {
    const { data, form } = await upload({ file: bytes, fileName });
    expect(form.file.name).toBe(name);
    expect(data.warnings).toEqual(
      name === fileName
        ? []
        : [
            `File Name was sent as ${JSON.stringify(name)}: the API takes 255 characters, none of them < > : " | ? * \\ / or a line break.`,
          ],
    );
  });

  test.each([
    [{ file: undefined }, "File is empty. Reference a file of an earlier step"],
    [{ file: Buffer.alloc(0) }, "File is empty."],
    [{ file: { data: "", contentType: "text/plain" } }, "File is empty."],
    [{ file: "https://example.com/a.pdf" }, "File is an address. Fetch it in a step before"],
    [{ file: "file_123" }, "File is the id of a file that is uploaded already: file_123."],
    [{ file: 5 }, "File takes a file"],
    [
      { file: "%PNG broken", fileName: "a.png" },
      "File is text, but a.png is the name of another kind of file. Let the step before return binary.",
    ],
    [
      // Five digits of base64 are no whole bytes.
      { file: "Hello", fileName: "a.pdf" },
      "File is text, but a.pdf is the name of another kind of file.",
    ],
    [
      { file: { data: Buffer.from("x"), name: "x", contentType: "a/b\r\nx-evil: 1" } },
      "File has a content type that is none",
    ],
    [
      { file: { data: "aGVsbG8gd29ybGQ=", contentType: "a/b\r\nx: 1" } },
      "File has a content type that is none",
    ],
    [{ file: "x", fileName: "" }, "File Name is required. Enter a name such as contract.pdf."],
    [{ file: "x", expiresIn: "0.5" }, "Expires In (hours) takes a number from 1 to 2160"],
    [{ file: "x", expiresIn: "2161" }, "Expires In (hours) takes a number from 1 to 2160"],
  ])("refuses %j before anything is sent", async (inputs, message) => {
    const server = await startServer({ body: fileExample });
    const error = await failure("uploadFile", server, { fileName: "a.bin", ...inputs });
    expect(error.message).toContain(message);
    expect(server.requests).toEqual([]);
  });

  test("refuses a file that is too large before anything is sent", async () => {
    const server = await startServer({ body: fileExample });
    const file = Buffer.alloc(500 * 1_024 * 1_024 + 1);
    const { message } = await failure("uploadFile", server, { file, fileName: "a.bin" });
    expect(message).toContain("File has 501 MB; the API takes 500 MB.");
    expect(server.requests).toEqual([]);
  });

  test("is sent whole again after a failure", async () => {
    const server = await startServer(
      refusal(529, "overloaded_error", "Overloaded", { "retry-after-ms": "1" }),
      { body: fileExample },
    );
    await run("uploadFile", server, { file: bytes, fileName: "a.bin" });
    const forms = await Promise.all(server.requests.map(formOf));
    expect(forms.map(({ file }) => file.bytes.equals(bytes))).toEqual([true, true]);
  });

  test("takes the header that some gateways need", async () => {
    const server = await startServer({ body: fileExample });
    await run("uploadFile", server, {
      file: bytes,
      fileName: "a.bin",
      requestOptions: { headers: [{ key: "anthropic-beta", value: "files-api-2025-04-14" }] },
    });
    expect(server.request().headers["anthropic-beta"]).toBe("files-api-2025-04-14");
  });

  test("says what to do when the storage is full", async () => {
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
    expect(error).toMatchObject({ status: 400, code: "storage_quota_exceeded" });
    expect(error.message).toContain("Delete files that are not needed, or let them expire.");
  });
});

describe("listFiles", () => {
  const file = (id: string) => ({ ...fileExample, id });

  test("returns the page that is asked for", async () => {
    const page = { data: [file("a")], next_page: "page_2" };
    const server = await startServer({ body: page });
    expect(await run("listFiles", server, { page: "page_1", limit: "1" })).toEqual(page);
    expect(server.request()).toMatchObject({ path: "/v1/files", query: "limit=1&page=page_1" });
  });

  test("fetches all", async () => {
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

  test("fetches all from a host with the list of the beta before", async () => {
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

  test("returns files by their ids", async () => {
    const server = await startServer({ body: { data: [file("a")], next_page: null } });
    const fileIds = ["a", " b ", "a", ""];
    await run("listFiles", server, { fileIds, fetchAll: true, limit: "5", page: "p" });
    expect(server.request().query).toBe("ids%5B%5D=a&ids%5B%5D=b");
  });

  test("takes as many ids as the API does", async () => {
    const server = await startServer({ body: { data: [], next_page: null } });
    const fileIds = Array.from({ length: 100 }, (_, index) => `f${index}`);
    await run("listFiles", server, { fileIds });
    expect(server.request().query.split("&")).toHaveLength(100);
  });

  test("refuses more ids than the API takes", async () => {
    const server = await startServer({});
    const fileIds = Array.from({ length: 101 }, (_, index) => `f${index}`);
    expect((await failure("listFiles", server, { fileIds })).message).toBe(
      "File IDs holds 101 ids; the API takes 100 at a time.",
    );
  });
});

describe.each([
  ["getFile", "GET", fileExample],
  ["deleteFile", "DELETE", { id: "file_1", type: "file_deleted" }],
])("%s", (key, method, body) => {
  test("calls the API and returns its answer", async () => {
    const server = await startServer({ body });
    expect(await run(key, server, { fileId: "file_1" })).toEqual(body);
    expect(server.request()).toMatchObject({ method, path: "/v1/files/file_1" });
  });

  test("encodes the id", async () => {
    const server = await startServer({ body });
    await run(key, server, { fileId: "a b/?x" });
    expect(server.request().path).toBe("/v1/files/a%20b%2F%3Fx");
  });

  test("refuses an id that is none", async () => {
    for (const fileId of ["..", "../a", "a/.."]) {
      expect((await failure(key, { url: "" }, { fileId })).message).toMatch(/^File ID takes/);
    }
  });
});

test.each(['{"ok": true}', "null"])("getFile refuses %s, which is no file", async (body) => {
  const server = await startServer({ body });
  expect((await failure("getFile", server, { fileId: "file_1" })).message).toContain(
    "The answer is no file.",
  );
});

describe("downloadFile", () => {
  const download = (server: { url: string }) =>
    createHarness(component).action("downloadFile", {
      connection: connectionTo(server.url),
      fileId: "file_1",
    });

  test.each([
    ["of a known length", undefined],
    ["in pieces", "chunked"],
  ])("hands the file on with its type, %s", async (_, encoding) => {
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
    // Compressed, a file does not tell its length.
    expect(server.request().headers["accept-encoding"]).toBe("identity");
  });

  test("hands on what the host gives no type as bytes", async () => {
    const server = await startServer((_, response) => void response.end("x"));
    expect((await download(server))?.contentType).toBe("application/octet-stream");
  });

  test("takes its time, as long as the file goes on coming", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let talk: ServerResponse | undefined;
    const server = await startServer((_, response) => {
      talk = response.writeHead(200);
    });
    const call = download(server);
    await vi.waitUntil(() => talk, { interval: 1 });
    for (let spoken = 0; spoken < 4; spoken++) {
      talk?.write("part ");
      for (let step = 0; step < 50; step++) await new Promise(setImmediate);
      await vi.advanceTimersByTimeAsync(100_000);
    }
    talk?.end();
    expect(String((await call)?.data)).toBe("part ".repeat(4));
  });

  test("says why an uploaded file cannot be downloaded", async () => {
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
      "Only files that Claude's tools have made can be downloaded, not those that were uploaded.",
    );
  });

  test("is read again when it breaks off", async () => {
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

test("a next_page that is no text ends the list", async () => {
  const server = await startServer({ body: { data: [fileExample], next_page: { a: 1 } } });
  expect((await run("listFiles", server, { fetchAll: "true" })).data).toEqual([fileExample]);
  expect(server.requests).toHaveLength(1);
});

test("selectFile shows name, size and day", async () => {
  const odd = { toString: 1 };
  const server = await startServer({
    body: {
      data: [
        fileExample,
        { ...fileExample, id: "file_2", filename: "", size_bytes: 12_345_678 },
        { ...fileExample, id: "file_3", size_bytes: undefined },
        { ...fileExample, id: "file_4", created_at: undefined },
        { id: "file_5" },
        { id: "file_6", filename: odd, size_bytes: odd, created_at: odd },
        { id: odd },
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
