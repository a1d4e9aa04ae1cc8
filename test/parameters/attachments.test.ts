import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import path from "node:path";
import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { modelExample } from "../../src/claude/models/schema";
import { failure, run } from "../support/component";
import { gif, heic, jpeg, pdf, png, webp } from "../support/files";
import { refusal, startServer, streamed, textMessage } from "../support/server";

/** The content blocks that a Chat with these attachments sends, and the warnings. */
const sent = async (attachments: unknown, inputs: object = {}) => {
  const server = await startServer(streamed("Hi."));
  const { warnings } = await run("chat", server, {
    initialMessage: "What is this?",
    attachments,
    ...inputs,
  });
  const body = server.requests.at(-1)?.json as { messages: { content: object[] }[] } | undefined;
  return { content: body?.messages[0]?.content, warnings: warnings as string[] };
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

describe("file format detection", () => {
  test.each([
    ["png", png(), "png"],
    ["jpeg", jpeg(), "jpeg"],
    ["gif", gif(), "gif"],
    ["webp", webp(), "webp"],
  ])("detects %s from the bytes, whatever its name and content type", async (_, bytes, type) => {
    const value = { data: bytes, contentType: "image/jpg" };
    expect(await sent([{ key: "report.pdf", value }])).toEqual({
      content: [image(bytes, type), question],
      warnings: [],
    });
  });

  test("sends a PDF as a document with its name as the title", async () => {
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
  ])("sends %s as a text document", async (name, words) => {
    const value = { data: Buffer.from(words), contentType: "image/png" };
    expect((await sent([{ key: name, value }])).content).toEqual([text(name, words), question]);
  });

  test.each([
    ["UTF-16 little-endian with BOM", Buffer.from("\ufeffGröße", "utf16le"), "Größe"],
    ["UTF-16 big-endian with BOM", Buffer.from("\ufeffGröße", "utf16le").swap16(), "Größe"],
    ["UTF-8 with BOM", Buffer.from("\ufeffGröße"), "Größe"],
  ])("decodes %s", async (_, bytes, words) => {
    expect(await sent([{ key: "a.txt", value: { data: bytes } }])).toEqual({
      content: [text("a.txt", words), question],
      warnings: [],
    });
  });

  test("decodes text that is not UTF-8 as Windows-1252, with a warning", async () => {
    const value = { data: Buffer.from("Größe; 5 €", "latin1"), contentType: "text/csv" };
    const { content, warnings } = await sent([{ key: "a", value }]);
    expect(content?.[0]).toMatchObject(text("a", "Größe; 5 ¬"));
    expect(warnings).toEqual([
      'Attachment "a": The file is not UTF-8 and was read as Windows-1252.',
    ]);
  });
});

describe("accepted forms of a file", () => {
  const bytes = png();
  const base64 = bytes.toString("base64");
  test.each<[string, unknown]>([
    ["a binary of a previous step", { data: bytes, contentType: "image/png" }],
    ["a Buffer", bytes],
    ["a Buffer in its JSON form", JSON.parse(JSON.stringify(bytes))],
    ["a binary in its JSON form", JSON.parse(JSON.stringify({ data: bytes, contentType: "x/y" }))],
    ["a Uint8Array", Uint8Array.from(bytes)],
    ["a binary with filename and size", { data: bytes, filename: "a.png", size: 33 }],
    ["a binary whose data is base64", { data: base64, contentType: "image/png" }],
    ["base64", base64],
    ["base64 with line breaks", `${base64.slice(0, 20)}\r\n${base64.slice(20)}\n`],
    ["base64url", bytes.toString("base64url")],
    ["a data URL", `data:image/jpg;base64,${base64}`],
    ["a data URL without a type", `data:;base64,${base64}`],
  ])("%s", async (_, value) => {
    expect(await sent([{ key: "a", value }])).toEqual({
      content: [image(bytes, "png"), question],
      warnings: [],
    });
  });

  test.each<[string, unknown, string]>([
    ["text", "Plain words.", "Plain words."],
    ["a word that is valid base64", "abcdefghijklmnop", "abcdefghijklmnop"],
    ["text in base64", Buffer.from("Grüße aus Köln").toString("base64"), "Grüße aus Köln"],
    ["a data URL with text", "data:text/plain,Gr%C3%BC%C3%9Fe", "Grüße"],
    ["an object", { rows: [1, "zwei"] }, '{\n  "rows": [\n    1,\n    "zwei"\n  ]\n}'],
    ["a list", [1], "[\n  1\n]"],
    ["text that begins with Data:", "Data: revenue was 5, costs 3", "Data: revenue was 5, costs 3"],
    ["YAML that begins with data:", "data:\n  a: 1", "data:\n  a: 1"],
    [
      "text with a content type",
      { data: "name;age\nJo;5", contentType: "text/csv" },
      "name;age\nJo;5",
    ],
  ])("sends %s as a text document", async (_, value, words) => {
    expect((await sent([{ key: "a", value }])).content).toEqual([text("a", words), question]);
  });

  test.each([
    ["an image name", "photo.JPG", "https://example.com/download?id=1", "image"],
    ["an image path", "photo", "https://example.com/a/photo.webp?size=big", "image"],
    ["a PDF name", "report.pdf", "http://example.com/1", "document"],
    ["a PDF path", "report", "https://example.com/report.PDF#page=2", "document"],
  ])("a URL with %s", async (_, name, url, type) => {
    const title = type === "document" ? { title: name } : {};
    expect((await sent([{ key: name, value: ` ${url} ` }])).content).toEqual([
      { type, source: { type: "url", url }, ...title },
      question,
    ]);
  });

  test.each([
    ["an image name", "photo.png", "file_011CNha8iCJcU1wXNR6q4V8w", "image"],
    ["a PDF name", "report.pdf", "file_011CNha8iCJcU1wXNR6q4V8w", "document"],
    ["a text name", "notes.txt", "file_011CNha8iCJcU1wXNR6q4V8w", "document"],
    [
      "image metadata",
      "x",
      { id: "file_1", type: "file", mime_type: "image/png", filename: "a" },
      "image",
    ],
    ["PDF metadata", "x", { id: "file_1", type: "file", mime_type: "application/pdf" }, "document"],
  ])("a file ID with %s", async (_, name, value, type) => {
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

  test("a file ID is looked up, whatever its name", async () => {
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

  test("a file ID is looked up once for all Fallback Models", async () => {
    const server = await startServer(
      { body: { id: "file_1", type: "file", mime_type: "application/pdf", filename: "a.pdf" } },
      refusal(529, "overloaded_error"),
      refusal(529, "overloaded_error"),
      streamed("Hi."),
    );
    await run("chat", server, {
      attachments: [{ key: "contract", value: "file_1" }],
      requestOptions: {
        fallbackModels: ["claude-opus-5-5", "claude-haiku-4-5"],
        maxRetries: "0",
      },
    });
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /v1/files/file_1",
      "POST /v1/messages",
      "POST /v1/messages",
      "POST /v1/messages",
    ]);
  });

  test("a file ID is sent as a container upload for Code Execution", async () => {
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

describe("documents", () => {
  const fixture = (name: string) =>
    readFileSync(path.join(import.meta.dirname, "../claude/documents/files", name));

  test("are sent as text, with a warning", async () => {
    const { content, warnings } = await sent([
      { key: "orders.xlsx", value: { data: fixture("orders.xlsx"), contentType: "x/y" } },
    ]);
    expect(content?.[0]).toMatchObject(
      text("orders.xlsx", expect.stringMatching(/^## Orders 2026\n/) as never),
    );
    expect(warnings).toEqual([
      'Attachment "orders.xlsx": The Excel document was converted to text.',
    ]);
  });

  test("an e-mail is followed by its attachments, without those that Claude does not read", async () => {
    const mail = [
      "Subject: Scan",
      'Content-Type: multipart/mixed; boundary="a"',
      "",
      "--a",
      "",
      "See the files.",
      ...[
        ["scan.png", png()],
        ["offer.docx", fixture("offer.docx")],
        ["old.doc", fixture("offer.doc")],
      ].flatMap(([name, bytes]) => [
        "--a",
        `Content-Disposition: attachment; filename=${name}`,
        "Content-Transfer-Encoding: base64",
        "Content-Type: application/octet-stream",
        "",
        (bytes as Buffer).toString("base64"),
      ]),
      "--a--",
    ].join("\r\n");
    const { content, warnings } = await sent([{ key: "mail.eml", value: Buffer.from(mail) }]);
    expect(content).toEqual([
      text("mail.eml", "Subject: Scan\n\nSee the files."),
      image(png(), "png"),
      text("offer.docx", expect.stringContaining("# Offer 4711") as never),
      question,
    ]);
    expect(warnings).toEqual([
      'Attachment "mail.eml": The e-mail was converted to text, and its 3 attachments were attached too.',
      'Attachment "offer.docx": The Word document was converted to text. 1 picture was left out.',
      'Attachment "mail.eml": The attachment "old.doc" of the e-mail was left out: it has the old Office format .doc, which is not read. Save it as .docx or PDF.',
    ]);
  });

  test("a page that is given as text is reduced to its text", async () => {
    const { content } = await sent([{ key: "page", value: "<html><p>One<p>Two</html>" }]);
    expect(content).toEqual([text("page", "One\n\nTwo"), question]);
  });

  test("are uploaded for Code Execution", async () => {
    const server = await startServer(
      { body: { id: "file_1", type: "file", mime_type: "x/y", filename: "orders.xlsx" } },
      { body: modelExample },
      streamed("Hi."),
    );
    const { warnings } = await run("chat", server, {
      attachments: [{ key: "orders.xlsx", value: fixture("orders.xlsx") }],
      tools: { codeExecution: true },
    });
    expect(server.requests[0]).toMatchObject({ method: "POST", path: "/v1/files" });
    expect(server.requests[0]?.body).toContain('name="expires_in_seconds"\r\n\r\n86400');
    expect(server.requests.at(-1)?.json).toMatchObject({
      messages: [{ content: [{ type: "container_upload", file_id: "file_1" }] }],
    });
    expect(warnings).toContain(
      'Attachment "orders.xlsx" was uploaded as file_1 for Code Execution, and is kept for 1 day.',
    );
  });

  test("as the result of a tool are sent as text, with a warning", async () => {
    const server = await startServer(streamed("Hi."));
    const { warnings } = await run("chat", server, {
      conversation: [
        { role: "user", content: "Hi" },
        { role: "assistant", content: [{ type: "tool_use", id: "t1", name: "a", input: {} }] },
      ],
      tools: {
        definitions: [{ name: "a", input_schema: { type: "object" } }],
        toolResults: [{ key: "t1", value: { data: fixture("orders.xlsx") } }],
      },
    });
    expect(server.request().json).toMatchObject({
      messages: [
        {},
        {},
        { content: [{ content: [text("result", expect.stringContaining("A-1042") as never)] }] },
      ],
    });
    expect(warnings).toEqual(['Tool Results "t1": The Excel document was converted to text.']);
  });
});

describe("in place of the rows", () => {
  const mail = [
    { name: "scan.png", contentType: "image/png", contentBytes: png().toString("base64") },
    { name: "offer.pdf", contentType: "application/pdf", contentBytes: pdf().toString("base64") },
  ];
  const both = [image(png(), "png"), document("offer.pdf", pdf()), question];

  test.each<[string, unknown, object[]]>([
    ["a list of files", mail, both],
    ["a list of files as JSON text", JSON.stringify(mail), both],
    ["a list of files as the value of a row", [{ key: "mail", value: mail }], both],
    [
      "a list of files as JSON text as the value of a row",
      [{ key: "mail", value: JSON.stringify(mail) }],
      both,
    ],
    [
      "an object of files",
      { "a.png": { data: png(), contentType: "image/png" }, "b.pdf": pdf() },
      [image(png(), "png"), document("b.pdf", pdf()), question],
    ],
    [
      "an object of files as JSON text",
      JSON.stringify({ "b.pdf": { data: pdf(), contentType: "application/pdf" } }),
      [document("b.pdf", pdf()), question],
    ],
    ["one file", mail[1], [document("offer.pdf", pdf()), question]],
    ["one binary", { data: pdf() }, [document("Attachment 1", pdf()), question]],
    [
      "a URL",
      "https://example.com/a.png",
      [{ type: "image", source: { type: "url", url: "https://example.com/a.png" } }, question],
    ],
    [
      "a row without a key",
      [{ key: "", value: mail[1] }],
      [document("offer.pdf", pdf()), question],
    ],
  ])("%s is sent as attachments", async (_, attachments, content) => {
    expect((await sent(attachments)).content).toEqual(content);
  });

  test("an e-mail as a record is followed by its attachments, without the markup of its body", async () => {
    const message = {
      subject: "Scan",
      body: { contentType: "html", content: "<html><body><p>See <b>below</b>.</p></body></html>" },
      attachments: mail,
    };
    const { content } = await sent([{ key: "mail", value: message }]);
    const record = { subject: "Scan", body: { contentType: "html", content: "See below." } };
    expect(content).toEqual([text("mail", JSON.stringify(record, null, 2)), ...both]);
  });

  test("a record with a file in base64 is an error that names the field", async () => {
    const server = await startServer(streamed("Hi."));
    const value = { order: "A-1", scans: [{ page: png(2, 3, 2_000).toString("base64") }] };
    const error = await failure("chat", server, { attachments: [{ key: "order", value }] });
    expect(error.message).toBe(
      'Attachments "order" contains a file in scans.0.page. Reference the file itself.',
    );
  });

  test("a file that cannot be read is an error that names it", async () => {
    const server = await startServer(streamed("Hi."));
    const attachments = [...mail, { name: "c.pdf", mimeType: "application/pdf", id: "1" }];
    const error = await failure("chat", server, { attachments });
    expect(error.message).toBe(
      'Attachments "3" describes a file, but has no content. Download the file in an earlier step and reference the result.',
    );
    expect(server.requests).toEqual([]);
  });
});

test("texts that were read as a URL or a file ID are warnings, unless the name shows that it is a file", async () => {
  const attachments = [
    { key: "a", value: "https://example.com/a.png" },
    { key: "b", value: "file_1" },
    { key: "c.png", value: "https://example.com/c.png" },
  ];
  const server = await startServer(
    { body: { id: "file_1", mime_type: "application/pdf" } },
    streamed("Hi."),
  );
  const { warnings } = await run("chat", server, { attachments });
  expect(warnings).toEqual([
    'Attachment "a": The text was read as the URL of a file. If that is intended, end the name with the ending of the file, such as .pdf.',
    'Attachment "b": The text was read as the ID of an uploaded file. If that is intended, end the name with the ending of the file, such as .pdf.',
  ]);
});

test("attachments are sent in order, before the message", async () => {
  const { content } = await sent([
    { key: "a.png", value: png() },
    { key: "", value: "" },
    { key: "b.txt", value: "B" },
    { key: "b.txt", value: "C" },
  ]);
  expect(content).toEqual([image(png(), "png"), text("b.txt", "B"), text("b.txt", "C"), question]);
});

test("Message is optional with attachments", async () => {
  const { content } = await sent([{ key: "a.png", value: png() }], { initialMessage: "" });
  expect(content).toEqual([image(png(), "png")]);
});

test("attachments are kept in Conversation", async () => {
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

describe("Attachments in Conversation", () => {
  const large = Buffer.concat([pdf(), Buffer.alloc(800_000, " ")]);
  const note = (name: string) =>
    textOf(`[Attachment "${name}" is not part of the stored conversation.]`);
  const textOf = (words: string) => ({ type: "text", text: words });
  const thinking = { type: "thinking", thinking: "", signature: "c2ln" };
  const attachments = [
    { key: "a.pdf", value: large },
    { key: "b.png", value: png() },
  ];
  const reply = (...content: object[]) =>
    startServer({ body: { ...textMessage("A."), content: [thinking, textOf("A."), ...content] } });

  test.each<[string, object[], string[]]>([
    [
      "small",
      [note("a.pdf"), image(png(), "png"), question],
      [
        'conversation does not contain 1 attachment, such as "a.pdf". To ask about it in a later step, turn on Upload Large Attachments, or change Attachments in Conversation.',
      ],
    ],
    ["all", [document("a.pdf", large), image(png(), "png"), question], []],
    ["none", [note("a.pdf"), note("image"), question], []],
  ])("%s", async (keepAttachments, content, expected) => {
    const server = await reply();
    const { conversation, warnings } = await run("chat", server, {
      initialMessage: "What is this?",
      attachments,
      requestOptions: { keepAttachments },
    });
    // Without the attachment, its thinking does not fit any more.
    const blocks = keepAttachments === "all" ? [thinking, textOf("A.")] : [textOf("A.")];
    expect(conversation).toEqual([
      { role: "user", content },
      { role: "assistant", content: blocks },
    ]);
    expect(warnings).toEqual(expected);
    expect(server.request().json).toMatchObject({
      messages: [{ content: [document("a.pdf", large), image(png(), "png"), question] }],
    });
  });

  test("are kept while tool calls are open", async () => {
    const server = await reply({ type: "tool_use", id: "toolu_1", name: "a", input: {} });
    const { conversation } = await run("chat", server, {
      initialMessage: "What is this?",
      attachments,
      requestOptions: { keepAttachments: "none" },
    });
    expect(conversation[0].content).toEqual([
      document("a.pdf", large),
      image(png(), "png"),
      question,
    ]);
  });

  test.each(["extractData", "classifyAndBranch"])(
    "%s returns no bytes of its input",
    async (key) => {
      const server = await startServer(
        streamed('{"record": {"a": "x"}, "reason": "x", "branch": "A", "confidence": 1}'),
      );
      const result = await run(key, server, {
        text: "",
        attachments,
        fields: [{ name: "a", type: "text" }],
        branches: [{ key: "A", value: "" }],
      });
      expect(JSON.stringify(result)).not.toContain(large.toString("base64").slice(0, 100));
    },
  );
});

const MiB = 1024 * 1024;

const circular: Record<string, unknown> = {};
circular.itself = circular;

describe("PDF attachments", () => {
  test("a PDF after binary data is sent as a document", async () => {
    const value = Buffer.concat([Buffer.of(0xff, 0xfe, 0x80), pdf()]);
    expect((await sent([{ key: "a", value }])).content?.[0]).toEqual(document("a", value));
  });

  test("text that mentions %PDF is sent as text", async () => {
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
    ["/Pages in many streams", Array(36).fill(stream(objects("/Pages", 5_000)))],
    [
      "streams without an end",
      [Buffer.from("/ObjStm stream ".repeat(5_000)), Buffer.alloc(20 * MiB)],
    ],
    [
      "streams that inflate to zeros",
      Array(40).fill(stream(deflateSync(Buffer.alloc(11_000_000)))),
    ],
    ["many page tree nodes", Array(40).fill(stream(objects("<</Type/Pages/Count 1>>", 5_000)))],
  ])("page counting is fast on a malicious PDF: %s", async (_, parts) => {
    const value = Buffer.concat([Buffer.from("%PDF-1.7\n"), ...parts]);
    // A slow page count exceeds the time limit of the test.
    await sent([{ key: "a.pdf", value }]);
  });
});

describe("edge cases", () => {
  test("images of exactly the maximum size and number are sent", async () => {
    await sent([{ key: "a.png", value: png(8000, 8000) }]);
    const rows = Array.from({ length: 21 }, (_, index) => ({
      key: `${index}`,
      value: png(2000, 1),
    }));
    await sent(rows);
  });

  test("titles are truncated to 500 characters", async () => {
    const { content } = await sent([{ key: "x".repeat(600), value: "A" }]);
    expect(content?.[0]).toHaveProperty("title", "x".repeat(500));
  });

  test("a URL with an uppercase scheme is sent as a URL", async () => {
    const url = "HTTPS://example.com/a.gif";
    expect((await sent([{ key: "a", value: url }])).content?.[0]).toEqual({
      type: "image",
      source: { type: "url", url },
    });
  });

  test("the URL takes precedence over the name, and file metadata over the name", async () => {
    const [fromUrl] =
      (await sent([{ key: "a.png", value: "https://example.com/a.pdf" }])).content ?? [];
    expect(fromUrl).toMatchObject({ type: "document" });
    const file = { type: "file", id: "file_1", mime_type: "image/png" };
    expect((await sent([{ key: "a.pdf", value: file }])).content?.[0]).toMatchObject({
      type: "image",
    });
  });

  test("text that is not UTF-8 is detected by file extension or data URL type", async () => {
    const bytes = Buffer.from("Größe", "latin1");
    expect((await sent([{ key: "a.csv", value: bytes }])).content?.[0]).toEqual(
      text("a.csv", "Größe"),
    );
    const url = `data:text/csv;base64,${bytes.toString("base64")}`;
    expect((await sent([{ key: "a", value: url }])).content?.[0]).toEqual(text("a", "Größe"));
  });

  test("an image in truncated base64 is sent as an image", async () => {
    const digits = png().toString("base64");
    const value = `${digits}${digits}`.slice(0, 41);
    expect((await sent([{ key: "a", value }])).content?.[0]).toMatchObject({ type: "image" });
  });

  test("text that is base64 of control characters is sent as text", async () => {
    const word = Buffer.from("\x01\x02\x03abcdefghijkl").toString("base64");
    expect((await sent([{ key: "a", value: word }])).content?.[0]).toEqual(text("a", word));
  });

  test("the lookup of a file ID is not retried", async () => {
    const server = await startServer(refusal(500, "api_error"));
    await failure("chat", server, { attachments: [{ key: "a", value: "file_1" }] });
    expect(server.requests).toHaveLength(1);
  });

  test("Conversation is validated before file IDs are looked up", async () => {
    const server = await startServer(streamed("Hi."));
    const conversation = [
      { role: "assistant", content: [{ type: "tool_use", id: "1", name: "a", input: {} }] },
    ];
    const attachments = [{ key: "a", value: "file_1" }];
    const error = await failure("chat", server, { conversation, attachments });
    expect(error.message).toContain("has a call to tool a (1) without a result.");
    expect(server.requests).toHaveLength(0);
  });

  test("counts the images of Conversation, those in tool results too", async () => {
    const image = {
      type: "image",
      source: { type: "base64", media_type: "image/png", data: png(3_000, 10).toString("base64") },
    };
    const call = { type: "tool_use", id: "1", name: "a", input: {} };
    const turns = (count: number) => [
      { role: "user", content: "Look." },
      { role: "assistant", content: [call] },
      {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: "1", content: Array(count).fill(image) }],
      },
      { role: "assistant", content: "Seen." },
    ];
    const server = await startServer(streamed("Hi."));
    const attachments = [{ key: "a.png", value: png() }];
    await run("chat", server, { initialMessage: "Hi", conversation: turns(19), attachments });
    const error = await failure("chat", server, {
      initialMessage: "Hi",
      conversation: turns(20),
      attachments,
    });
    expect(error.message).toContain(
      'Attachments has more than 20 images, of which "image in turn 3" has 3000 pixels',
    );
    const alone = await failure("chat", server, {
      initialMessage: "Hi",
      conversation: turns(21),
    });
    expect(alone.message).toMatch(/^Conversation has more than 20 images/);
  });

  test("rejects more than 100 images for a model with a small context window", async () => {
    const server = await startServer({ body: { ...modelExample, max_input_tokens: 200_000 } });
    const attachments = Array.from({ length: 101 }, (_, index) => ({
      key: `${index}`,
      value: png(),
    }));
    const error = await failure("chat", server, { model: "claude-small", attachments });
    expect(error.message).toContain(
      "has 101 images, but the model accepts at most 100 in a request.",
    );
  });
});

describe("rejected attachments", () => {
  test.each<[string, string, unknown, string]>([
    ["an empty file", "a", { data: Buffer.alloc(0) }, "is empty."],
    ["a blank value", "a", " ", "is empty. Reference a file"],
    ["a missing value", "a", undefined, "is empty. Reference a file"],
    ["a blank file", "a", { data: Buffer.from(" \n") }, "is empty."],
    [
      "an object with a Buffer in it",
      "a",
      { rows: [{ scan: Buffer.alloc(3) }] },
      "contains a file in rows.0.scan.",
    ],
    ["circular data", "a", circular, "is nested more than 500 levels deep, or contains itself."],
    ["a number", "a", 5, "must be a file, a URL, a file ID or a text."],
    ["an encrypted PDF", "a.pdf", pdf({ encrypted: true }), "is an encrypted PDF"],
    [
      "a PDF of 601 pages",
      "a.pdf",
      pdf({ pages: 601 }),
      "has 601 PDF pages, but the API accepts at most 600",
    ],
    [
      "a compressed PDF of 601 pages",
      "a",
      pdf({ pages: 601, compressed: true }),
      "has 601 PDF pages",
    ],
    [
      "an image 9000 pixels wide",
      "a.png",
      png(9000, 1),
      "is an image of 9000 × 1 pixels, but the API accepts at most 8000",
    ],
    [
      "an image of 8 MB",
      "a.png",
      png(1, 1, 8 * MiB),
      "is an image of 8.1 MB, but the API accepts at most 7.5 MB.",
    ],
    ["a HEIC image", "a.jpg", heic(), "is a HEIC image"],
    [
      "a damaged Office document",
      "a.docx",
      Buffer.from("PK\x03\x04\0\0\0\0"),
      "is damaged and cannot be read. Save it again, or save it as PDF.",
    ],
    [
      "binary data",
      "a",
      Buffer.from([0xff, 0xfe, 0x00, 0xd8]).subarray(1),
      "has an unsupported format",
    ],
    [
      "text that is not UTF-8, without a type",
      "a",
      Buffer.from("Größe", "latin1"),
      "has an unsupported format",
    ],
    [
      "a PDF of 25 MB",
      "a.pdf",
      Buffer.concat([pdf(), Buffer.alloc(25 * MiB)]),
      "is 33.4 MB when sent",
    ],
    ["a text of 33 MB", "a.txt", "x".repeat(33 * MiB), "is 33 MB when sent"],
    ["an invalid URL", "a.png", "https://[", "is not a valid URL"],
    ["a URL of unknown type", "a", "https://example.com/x", "does not show the type of the file"],
    ["a URL of a text file", "a.csv", "https://example.com/x", "is the URL of a text file"],
    [
      "a data URL with invalid base64",
      "a",
      "data:image/png;base64,%%%",
      "is a data URL whose data is not base64",
    ],
    [
      "a data URL with invalid percent-encoding",
      "a",
      "data:text/plain,%E0%A4%A",
      "is a data URL with invalid encoding",
    ],
    [
      "a file ID of a CSV file without Code Execution",
      "a.csv",
      "file_1",
      "type text/csv, which Claude only reads by file ID if Code Execution is on",
    ],
  ])("%s", async (_, key, value, message) => {
    const server = await startServer(streamed("Hi."));
    const error = await failure("chat", server, { attachments: [{ key, value }] });
    expect(error.name).toBe("InputError");
    expect(error.message).toContain("Attachments");
    if (!/^has \d+ PDF pages/.test(message)) expect(error.message).toContain(`"${key}" `);
    expect(error.message).toContain(message);
    expect(server.requests.filter(({ path }) => path === "/v1/messages")).toHaveLength(0);
  });

  test("a file ID that does not exist", async () => {
    const server = await startServer(refusal(404, "not_found_error"));
    const error = await failure("chat", server, { attachments: [{ key: "a", value: "file_1" }] });
    expect(error.message).toContain(
      'Attachments "a" is a file ID that does not show the type of the file',
    );
    expect(server.requests).toHaveLength(1);
  });

  test("a file ID whose metadata has no valid type", async () => {
    const server = await startServer({ body: { id: "file_1", mime_type: { a: 1 } } });
    const error = await failure("chat", server, { attachments: [{ key: "a", value: "file_1" }] });
    expect(error.message).toContain(
      'Attachments "a" is a file ID that does not show the type of the file',
    );
  });

  test("a file whose name has an extension like constructor or __proto__", async () => {
    const server = await startServer(streamed("Hi."));
    for (const key of ["a.constructor", "__proto__"]) {
      const value = Buffer.of(128);
      const error = await failure("chat", server, { attachments: [{ key, value }] });
      expect(error.name).toBe("InputError");
      expect(error.message).toContain(`Attachments "${key}" `);
    }
    expect(server.requests).toEqual([]);
  });

  test("more than 32 MB in total", async () => {
    const server = await startServer(streamed("Hi."));
    const large = (size: number) => Buffer.concat([pdf(), Buffer.alloc(size * MiB)]);
    const error = await failure("chat", server, {
      attachments: [
        { key: "a.pdf", value: large(10) },
        { key: "b.pdf", value: large(15) },
      ],
    });
    expect(error.message).toBe(
      'Attachments has a total size of 33.4 MB when sent, but a request can have at most 32 MB. The largest is "b.pdf". Attach less, or upload large files and attach them by their file ID.',
    );
    expect(server.requests).toHaveLength(0);
  });

  test("more than 600 images, or images above 2000 pixels among more than 20", async () => {
    const server = await startServer(streamed("Hi."));
    const rows = (count: number, bytes: Buffer) =>
      Array.from({ length: count }, (_, index) => ({ key: `${index}.png`, value: bytes }));
    const many = await failure("chat", server, { attachments: rows(601, png()) });
    expect(many.message).toContain("has 601 images, but the API accepts at most 600");
    const large = [...rows(20, png()), { key: "wide.png", value: png(2001, 5) }];
    expect((await failure("chat", server, { attachments: large })).message).toContain(
      'has more than 20 images, of which "wide.png" has 2001 pixels on one side.',
    );
    await run("chat", server, { attachments: large.slice(1) });
  });

  test("more than 100 PDF pages for a model with a small context window", async () => {
    const small = { ...modelExample, max_input_tokens: 200_000 };
    const server = await startServer({ body: small }, streamed("Hi."));
    const attachments = [{ key: "a.pdf", value: pdf({ pages: 101 }) }];
    const error = await failure("chat", server, { model: "claude-small", attachments });
    expect(error.message).toContain(
      "has 101 PDF pages, but the model accepts at most 100 in a request",
    );
    await run("chat", server, { attachments: [{ key: "a.pdf", value: pdf({ pages: 100 }) }] });
  });
});
