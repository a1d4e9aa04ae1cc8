import { Buffer } from "node:buffer";
import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { modelExample } from "../../src/claude/models/schema";
import { failure, run } from "../support/component";
import { gif, heic, jpeg, pdf, png, webp } from "../support/files";
import { refusal, startServer, streamed } from "../support/server";

/** The content that a Chat with these attachments sends, and its warnings. */
const sent = async (attachments: unknown, inputs: object = {}) => {
  const server = await startServer(streamed("Hi."));
  const { warnings } = await run("chat", server, {
    initialMessage: "What is this?",
    attachments,
    ...inputs,
  });
  const { messages } = server.request().json as { messages: { content: object[] }[] };
  return { content: messages[0]?.content, warnings: warnings as string[] };
};

const question = { type: "text", text: "What is this?" };
const image = (bytes: Buffer, type: string) => ({
  type: "image",
  source: { type: "base64", media_type: `image/${type}`, data: bytes.toString("base64") },
});
const document = (title: string, bytes: Buffer) => ({
  type: "document",
  source: { type: "base64", media_type: "application/pdf", data: bytes.toString("base64") },
  title,
});
const text = (title: string, data: string) => ({
  type: "document",
  source: { type: "text", media_type: "text/plain", data },
  title,
});

describe("the kind is read from the bytes", () => {
  test.each([
    ["png", png(), "png"],
    ["jpeg", jpeg(), "jpeg"],
    ["gif", gif(), "gif"],
    ["webp", webp(), "webp"],
  ])("%s, whatever name and content type say", async (_, bytes, type) => {
    const value = { data: bytes, contentType: "image/jpg" };
    expect(await sent([{ key: "report.pdf", value }])).toEqual({
      content: [image(bytes, type), question],
      warnings: [],
    });
  });

  test("a PDF becomes a document with its name as title", async () => {
    const late = Buffer.concat([Buffer.from("\n\n"), pdf()]);
    const value = { data: late, contentType: "application/octet-stream" };
    expect(await sent([{ key: " a.txt ", value }])).toEqual({
      content: [document("a.txt", late), question],
      warnings: [],
    });
  });

  test.each([
    ["a.csv", "id,name\r\n1,Größe\r\n"],
    ["a.json", '{"a": "🙂"}'],
    ["a.md", "# Title\n\nText."],
    ["a.bin", "plain"],
  ])("%s becomes a text document", async (name, words) => {
    const value = { data: Buffer.from(words), contentType: "image/png" };
    expect((await sent([{ key: name, value }])).content).toEqual([text(name, words), question]);
  });

  test.each([
    ["UTF-16 with its mark", Buffer.from("\ufeffGröße", "utf16le"), "Größe"],
    ["UTF-16 in the other order", Buffer.from("\ufeffGröße", "utf16le").swap16(), "Größe"],
    ["UTF-8 with its mark", Buffer.from("\ufeffGröße"), "Größe"],
  ])("%s is decoded", async (_, bytes, words) => {
    expect(await sent([{ key: "a.txt", value: { data: bytes } }])).toEqual({
      content: [text("a.txt", words), question],
      warnings: [],
    });
  });

  test("a text in an old encoding is read, and told of", async () => {
    const value = { data: Buffer.from("Größe; 5 €", "latin1"), contentType: "text/csv" };
    const { content, warnings } = await sent([{ key: "a", value }]);
    expect(content?.[0]).toMatchObject(text("a", "Größe; 5 ¬"));
    expect(warnings).toEqual(['Attachment "a" is not UTF-8: it was read as Windows-1252.']);
  });
});

describe("every form a file comes in is understood", () => {
  const bytes = png();
  const base64 = bytes.toString("base64");
  test.each<[string, unknown]>([
    ["a binary of an earlier step", { data: bytes, contentType: "image/png" }],
    ["a Buffer", bytes],
    ["a Buffer that became JSON", JSON.parse(JSON.stringify(bytes))],
    ["a binary that became JSON", JSON.parse(JSON.stringify({ data: bytes, contentType: "x/y" }))],
    ["a Uint8Array", Uint8Array.from(bytes)],
    ["a file with its name and size", { data: bytes, filename: "a.png", size: 33 }],
    ["a binary with base64 in it", { data: base64, contentType: "image/png" }],
    ["base64", base64],
    ["base64 in lines", `${base64.slice(0, 20)}\r\n${base64.slice(20)}\n`],
    ["base64 for addresses", bytes.toString("base64url")],
    ["a data URL", `data:image/jpg;base64,${base64}`],
    ["a data URL without a type", `data:;base64,${base64}`],
  ])("%s", async (_, value) => {
    expect(await sent([{ key: "a", value }])).toEqual({
      content: [image(bytes, "png"), question],
      warnings: [],
    });
  });

  test.each<[string, unknown, string]>([
    ["a text", "Plain words.", "Plain words."],
    ["a word that could be base64", "abcdefghijklmnop", "abcdefghijklmnop"],
    ["a text in base64", Buffer.from("Grüße aus Köln").toString("base64"), "Grüße aus Köln"],
    ["a data URL with text", "data:text/plain,Gr%C3%BC%C3%9Fe", "Grüße"],
    ["data", { rows: [1, "zwei"] }, '{\n  "rows": [\n    1,\n    "zwei"\n  ]\n}'],
    ["a list", [1], "[\n  1\n]"],
    [
      "a text that begins like a data URL",
      "Data: revenue was 5, costs 3",
      "Data: revenue was 5, costs 3",
    ],
    ["YAML that begins like one", "data:\n  a: 1", "data:\n  a: 1"],
    ["a text with its type", { data: "name;age\nJo;5", contentType: "text/csv" }, "name;age\nJo;5"],
  ])("%s becomes a text document", async (_, value, words) => {
    expect((await sent([{ key: "a", value }])).content).toEqual([text("a", words), question]);
  });

  test.each([
    ["photo.JPG", "https://example.com/download?id=1", "image"],
    ["anything", "https://example.com/a/photo.webp?size=big", "image"],
    ["report.pdf", "http://example.com/1", "document"],
    ["anything", "https://example.com/report.PDF#page=2", "document"],
  ])("an address (%s, %s)", async (name, url, type) => {
    const title = type === "document" ? { title: name } : {};
    expect((await sent([{ key: name, value: ` ${url} ` }])).content).toEqual([
      { type, source: { type: "url", url }, ...title },
      question,
    ]);
  });

  test.each([
    ["photo.png", "file_011CNha8iCJcU1wXNR6q4V8w", "image"],
    ["report.pdf", "file_011CNha8iCJcU1wXNR6q4V8w", "document"],
    ["notes.txt", "file_011CNha8iCJcU1wXNR6q4V8w", "document"],
    ["x", { id: "file_1", type: "file", mime_type: "image/png", filename: "a" }, "image"],
    ["x", { id: "file_1", type: "file", mime_type: "application/pdf" }, "document"],
  ])("a file id (%s, %o)", async (name, value, type) => {
    const file_id = typeof value === "string" ? value : value.id;
    expect((await sent([{ key: name, value }])).content).toEqual([
      {
        type,
        source: { type: "file", file_id },
        ...(type === "document" ? { title: name } : {}),
      },
      question,
    ]);
  });

  test("a file id under a name that tells nothing is looked up", async () => {
    const server = await startServer(
      { body: { id: "file_1", type: "file", mime_type: "application/pdf", filename: "a.pdf" } },
      streamed("Hi."),
    );
    await run("chat", server, { attachments: [{ key: "contract", value: "file_1" }] });
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /v1/files/file_1",
      "POST /v1/messages",
    ]);
    expect(server.requests[1]?.json).toMatchObject({
      messages: [
        {
          content: [
            {
              type: "document",
              source: { type: "file", file_id: "file_1" },
              title: "contract",
            },
          ],
        },
      ],
    });
  });

  test("a file for code goes into its container", async () => {
    const server = await startServer({ body: modelExample }, streamed("Hi."));
    await run("chat", server, {
      attachments: [{ key: "sales.csv", value: "file_1" }],
      tools: { codeExecution: true },
    });
    expect(server.requests.at(-1)?.json).toMatchObject({
      messages: [{ content: [{ type: "container_upload", file_id: "file_1" }] }],
    });
  });
});

test("several attachments keep their order and stand before the message", async () => {
  const { content } = await sent([
    { key: "a.png", value: png() },
    { key: "", value: "" },
    { key: "b.txt", value: "B" },
    { key: "b.txt", value: "C" },
  ]);
  expect(content).toEqual([image(png(), "png"), text("b.txt", "B"), text("b.txt", "C"), question]);
});

test("no message is needed beside them", async () => {
  const { content } = await sent([{ key: "a.png", value: png() }], { initialMessage: "" });
  expect(content).toEqual([image(png(), "png")]);
});

test("the conversation goes on with them", async () => {
  const server = await startServer(streamed("A paper clip."), streamed("Silver."));
  const first = await run("chat", server, {
    initialMessage: "What is this?",
    attachments: [{ key: "a.png", value: png() }],
  });
  await run("chat", server, {
    initialMessage: "Which colour?",
    conversation: JSON.parse(JSON.stringify(first.conversation)),
  });
  expect(server.requests[1]?.json).toMatchObject({
    messages: [
      { role: "user", content: [image(png(), "png"), question] },
      { role: "assistant", content: [{ type: "text", text: "A paper clip." }] },
      { role: "user", content: "Which colour?" },
    ],
  });
});

const MiB = 1024 * 1024;

const around: Record<string, unknown> = {};
around.itself = around;

describe("a PDF", () => {
  test("that was changed counts as it is now", async () => {
    const changed = Buffer.concat([pdf({ pages: 700 }), pdf({ pages: 50 })]);
    await sent([{ key: "a.pdf", value: changed }]);
  });

  test("with bytes of another kind before its mark is one", async () => {
    const value = Buffer.concat([Buffer.of(0xff, 0xfe, 0x80), pdf()]);
    expect((await sent([{ key: "a", value }])).content?.[0]).toEqual(document("a", value));
  });

  const tooMany = async (value: Buffer) => {
    const server = await startServer(streamed("Hi."));
    return (await failure("chat", server, { attachments: [{ key: "a.pdf", value }] })).message;
  };

  test("counts by its root, not by a node below it, wherever the root stands", async () => {
    const node = "<< /Type /Pages /Parent 2 0 R /Count 7 >>";
    expect(await tooMany(Buffer.concat([pdf({ pages: 601 }), Buffer.from(node)]))).toContain(
      "601 PDF pages",
    );
    const packed = pdf({ pages: 601, compressed: true });
    expect(await tooMany(Buffer.concat([pdf({ pages: 3 }), packed]))).toContain("601 PDF pages");
    await sent([{ key: "a.pdf", value: Buffer.concat([packed, pdf({ pages: 3 })]) }]);
  });

  test("with line feeds alone around its streams is read", async () => {
    const stream = deflateSync("<< /Type /Pages /Count 601 >>");
    const value = Buffer.concat([
      pdf(),
      Buffer.from("<< /Type /ObjStm >>\nstream\n"),
      stream,
      Buffer.from("\nendstream"),
    ]);
    expect(await tooMany(value)).toContain("601 PDF pages");
  });

  test("with its encryption written out in the trailer is encrypted", async () => {
    const value = Buffer.concat([pdf(), Buffer.from("trailer\n<< /Encrypt << /V 4 >> >>")]);
    expect(await tooMany(value)).toContain("is an encrypted PDF");
  });

  test("that only speaks of encryption is not encrypted", async () => {
    const content = "5 0 obj\n<< /Length 40 >>\nstream\n(/Encrypt 5 0 R)\nendstream\nendobj\n";
    await sent([{ key: "a.pdf", value: Buffer.concat([pdf(), Buffer.from(content)]) }]);
  });

  test("that keeps its trailer in a stream shows that it is encrypted", async () => {
    const trailer = "7 0 obj\n<< /Type /XRef /Encrypt 8 0 R /Length 3 >>\nstream\nabc\nendstream";
    const server = await startServer(streamed("Hi."));
    const value = Buffer.concat([pdf(), Buffer.from(trailer)]);
    const error = await failure("chat", server, { attachments: [{ key: "a.pdf", value }] });
    expect(error.message).toContain("is an encrypted PDF");
  });

  test("is not what only speaks of PDFs", async () => {
    const words = "# About\n\nA PDF begins with %PDF-1.7.";
    const value = { data: Buffer.from(words) };
    expect((await sent([{ key: "a.md", value }])).content).toEqual([text("a.md", words), question]);
  });

  const objects = (word: string, count: number) => deflateSync(word.repeat(count));
  const stream = (content: Buffer) =>
    Buffer.concat([
      Buffer.from("/ObjStm ".repeat(140)),
      Buffer.from("stream\n"),
      content,
      Buffer.from("\nendstream\n"),
    ]);
  test.each<[string, Buffer[]]>([
    ["places in many streams", Array(36).fill(stream(objects("/Pages", 5_000)))],
    [
      "streams without an end",
      [Buffer.from("/ObjStm stream ".repeat(5_000)), Buffer.alloc(20 * MiB)],
    ],
    ["streams of zeros", Array(40).fill(stream(deflateSync(Buffer.alloc(11_000_000))))],
    ["nodes", Array(40).fill(stream(objects("<</Type/Pages/Count 1>>", 5_000)))],
  ])("made to keep its reader busy does not: %s", async (_, parts) => {
    const value = Buffer.concat([Buffer.from("%PDF-1.7\n"), ...parts]);
    // Ends in the test's time limit, or in an error, where the reader lets itself be kept.
    await sent([{ key: "a.pdf", value }]);
  });
});

describe("at the edge", () => {
  test("sides and counts of just the limit are sent", async () => {
    await sent([{ key: "a.png", value: png(8000, 8000) }]);
    const rows = Array.from({ length: 21 }, (_, index) => ({
      key: `${index}`,
      value: png(2000, 1),
    }));
    await sent(rows);
  });

  test("titles are cut to what the API takes", async () => {
    const { content } = await sent([{ key: "x".repeat(600), value: "A" }]);
    expect(content?.[0]).toHaveProperty("title", "x".repeat(500));
  });

  test("a GIF by its address, in capitals", async () => {
    const url = "HTTPS://example.com/a.gif";
    expect((await sent([{ key: "a", value: url }])).content?.[0]).toEqual({
      type: "image",
      source: { type: "url", url },
    });
  });

  test("the name counts before the address, what the Files API says before the name", async () => {
    const [image] =
      (await sent([{ key: "a.png", value: "https://example.com/a.pdf" }])).content ?? [];
    expect(image).toMatchObject({ type: "image" });
    const file = { type: "file", id: "file_1", mime_type: "image/png" };
    expect((await sent([{ key: "a.pdf", value: file }])).content?.[0]).toMatchObject({
      type: "image",
    });
  });

  test("an old text is known by its name, or by a data URL's type", async () => {
    const bytes = Buffer.from("Größe", "latin1");
    expect((await sent([{ key: "a.csv", value: bytes }])).content?.[0]).toEqual(
      text("a.csv", "Größe"),
    );
    const url = `data:text/csv;base64,${bytes.toString("base64")}`;
    expect((await sent([{ key: "a", value: url }])).content?.[0]).toEqual(text("a", "Größe"));
  });

  test("an image whose base64 is cut off is still sent as an image", async () => {
    const digits = png().toString("base64");
    const value = `${digits}${digits}`.slice(0, 41);
    expect((await sent([{ key: "a", value }])).content?.[0]).toMatchObject({ type: "image" });
  });

  test("a word whose bytes would be control characters is a word", async () => {
    const word = Buffer.from("\x01\x02\x03abcdefghijkl").toString("base64");
    expect((await sent([{ key: "a", value: word }])).content?.[0]).toEqual(text("a", word));
  });

  test("a file is looked up once, even where the host is out of order", async () => {
    const server = await startServer(refusal(500, "api_error"));
    await failure("chat", server, { attachments: [{ key: "a", value: "file_1" }] });
    expect(server.requests).toHaveLength(1);
  });

  test("a broken conversation shows before a file is looked up", async () => {
    const server = await startServer(streamed("Hi."));
    const conversation = [
      { role: "assistant", content: [{ type: "tool_use", id: "1", name: "a", input: {} }] },
    ];
    const attachments = [{ key: "a", value: "file_1" }];
    const error = await failure("chat", server, { conversation, attachments });
    expect(error.message).toContain("that no result follows");
    expect(server.requests).toHaveLength(0);
  });

  test("more images than a small context window takes", async () => {
    const server = await startServer({ body: { ...modelExample, max_input_tokens: 200_000 } });
    const attachments = Array.from({ length: 101 }, (_, index) => ({
      key: `${index}`,
      value: png(),
    }));
    const error = await failure("chat", server, { model: "claude-small", attachments });
    expect(error.message).toContain("holds 101 images; the model takes 100 in a request.");
  });
});

describe("what cannot be read is an error that names it, before a message is sent", () => {
  test.each<[string, string, unknown, string]>([
    ["empty", "a", { data: Buffer.alloc(0) }, "is empty."],
    ["blank", "a", " ", "is empty. Reference a file"],
    ["missing", "a", undefined, "is empty. Reference a file"],
    ["a blank text", "a", { data: Buffer.from(" \n") }, "is empty."],
    [
      "data with a file in it",
      "a",
      { rows: [{ scan: Buffer.alloc(3) }] },
      "holds a file in rows.0.scan.",
    ],
    ["data around itself", "a", around, "is nested more than 500 levels deep, or holds itself."],
    ["a number", "a", 5, "takes a file, an address, a file id or a text."],
    ["encrypted", "a.pdf", pdf({ encrypted: true }), "is an encrypted PDF"],
    ["601 pages", "a.pdf", pdf({ pages: 601 }), "holds 601 PDF pages; the API takes 600"],
    ["601 packed pages", "a", pdf({ pages: 601, compressed: true }), "holds 601 PDF pages"],
    [
      "9000 pixels wide",
      "a.png",
      png(9000, 1),
      "is an image of 9000 × 1 pixels; the API takes 8000",
    ],
    ["an image of 8 MB", "a.png", png(1, 1, 8 * MiB), "is an image of 8 MB; the API takes 7.5 MB."],
    ["HEIC", "a.jpg", heic(), "is an image of the kind HEIC"],
    [
      "a ZIP",
      "a.docx",
      Buffer.from("PK\x03\x04\0\0\0\0"),
      "is no image (JPEG, PNG, GIF, WebP), no PDF",
    ],
    ["bytes of no kind", "a", Buffer.from([0xff, 0xfe, 0x00, 0xd8]).subarray(1), "is no image"],
    ["old text of no kind", "a", Buffer.from("Größe", "latin1"), "is no image"],
    [
      "25 MB of PDF",
      "a.pdf",
      Buffer.concat([pdf(), Buffer.alloc(25 * MiB)]),
      "takes 33.3 MB as it is sent",
    ],
    ["33 MB of text", "a.txt", "x".repeat(33 * MiB), "takes 33 MB as it is sent"],
    ["a broken address", "a.png", "https://[", "is no address"],
    ["an address of nothing known", "a", "https://example.com/x", "does not tell what is there"],
    ["an address of a text", "a.csv", "https://example.com/x", "is the address of a text"],
    [
      "a data URL of no base64",
      "a",
      "data:image/png;base64,%%%",
      "is a data URL whose data is not base64",
    ],
    [
      "a data URL badly encoded",
      "a",
      "data:text/plain,%E0%A4%A",
      "is a data URL that is not well encoded",
    ],
    [
      "a table by its file id",
      "a.csv",
      "file_1",
      "type text/csv, which Claude reads from its file id only",
    ],
  ])("%s", async (_, key, value, message) => {
    const server = await startServer(streamed("Hi."));
    const error = await failure("chat", server, { attachments: [{ key, value }] });
    expect(error.name).toBe("InputError");
    expect(error.message).toContain("Attachments");
    if (!message.startsWith("holds")) expect(error.message).toContain(`"${key}" `);
    expect(error.message).toContain(message);
    expect(server.requests.filter(({ path }) => path === "/v1/messages")).toHaveLength(0);
  });

  test("a file id that nobody knows", async () => {
    const server = await startServer(refusal(404, "not_found_error"));
    const error = await failure("chat", server, { attachments: [{ key: "a", value: "file_1" }] });
    expect(error.message).toContain('Attachments "a" is a file id that does not tell');
    expect(server.requests).toHaveLength(1);
  });

  test("a file id of which the host tells no type, or something else", async () => {
    const server = await startServer({ body: { id: "file_1", mime_type: { a: 1 } } });
    const error = await failure("chat", server, { attachments: [{ key: "a", value: "file_1" }] });
    expect(error.message).toContain('Attachments "a" is a file id that does not tell');
  });

  test("a file of which neither bytes nor name tell, also where every object has that name", async () => {
    const server = await startServer(streamed("Hi."));
    for (const key of ["a.constructor", "__proto__"]) {
      const value = Buffer.of(128);
      const error = await failure("chat", server, { attachments: [{ key, value }] });
      expect(error.name).toBe("InputError");
      expect(error.message).toContain(`Attachments "${key}" `);
    }
    expect(server.requests).toEqual([]);
  });

  test("too much together", async () => {
    const server = await startServer(streamed("Hi."));
    const large = (size: number) => Buffer.concat([pdf(), Buffer.alloc(size * MiB)]);
    const error = await failure("chat", server, {
      attachments: [
        { key: "a.pdf", value: large(10) },
        { key: "b.pdf", value: large(15) },
      ],
    });
    expect(error.message).toBe(
      'Attachments holds 33.3 MB as they are sent, most of it in "b.pdf"; a request takes 32 MB. Attach less, or upload large files and attach them by their file id.',
    );
    expect(server.requests).toHaveLength(0);
  });

  test("too many images, and too large ones among many", async () => {
    const server = await startServer(streamed("Hi."));
    const rows = (count: number, bytes: Buffer) =>
      Array.from({ length: count }, (_, index) => ({ key: `${index}.png`, value: bytes }));
    const many = await failure("chat", server, { attachments: rows(601, png()) });
    expect(many.message).toContain("holds 601 images; the API takes 600");
    const large = [...rows(20, png()), { key: "wide.png", value: png(2001, 5) }];
    expect((await failure("chat", server, { attachments: large })).message).toContain(
      '"wide.png" is an image of 2001 pixels on one side; with more than 20 images',
    );
    await run("chat", server, { attachments: large.slice(1) });
  });

  test("more pages than a small context window takes", async () => {
    const small = { ...modelExample, max_input_tokens: 200_000 };
    const server = await startServer({ body: small }, streamed("Hi."));
    const attachments = [{ key: "a.pdf", value: pdf({ pages: 101 }) }];
    const error = await failure("chat", server, { model: "claude-small", attachments });
    expect(error.message).toContain("holds 101 PDF pages; the model takes 100 in a request");
    await run("chat", server, { attachments: [{ key: "a.pdf", value: pdf({ pages: 100 }) }] });
  });
});
