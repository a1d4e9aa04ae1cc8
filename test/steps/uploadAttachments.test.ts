/** Upload Large Attachments of Chat. */
import { expect, test } from "vitest";
import { fileExample } from "../../src/claude/files/schema";
import { failure, run } from "../support/component";
import { pdf, png } from "../support/files";
import { type Received, type Reply, refusal, startServer, streamed } from "../support/server";

const large = Buffer.concat([pdf(), Buffer.alloc(5_000_000, " ")]);
const small = pdf();
const attachments = [
  { key: "large.pdf", value: { data: large } },
  { key: "small.pdf", value: { data: small } },
  {
    key: "large.txt",
    value: { data: Buffer.alloc(5_000_000, "text "), contentType: "text/plain" },
  },
];

const api = (message: Reply = streamed("Read.")) => {
  let uploads = 0;
  return startServer((request, response) => {
    const reply =
      request.path === "/v1/files"
        ? { body: { ...fileExample, id: `file_${++uploads}` } }
        : message;
    if (typeof reply === "function") return reply(request, response);
    response.writeHead(reply.status ?? 200, {
      "content-type": "application/json",
      ...reply.headers,
    });
    response.end(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body));
  });
};

const contentOf = ({ json }: Received) =>
  (json as { messages: { content: unknown }[] }).messages[0]?.content;

const chat = (server: { url: string }, uploadAttachments: string | undefined, more: object = {}) =>
  run("chat", server, {
    initialMessage: "Read this.",
    attachments,
    requestOptions: { uploadAttachments, ...more },
  });

test.each([
  ["day", "86400"],
  ["month", "2592000"],
  ["keep", undefined],
])("%s: large attachments are uploaded, small ones sent inline", async (option, seconds) => {
  const server = await api();
  const { warnings } = await chat(server, option);
  const uploads = server.requests.filter(({ path }) => path === "/v1/files");
  expect(uploads).toHaveLength(2);
  for (const { body } of uploads) {
    expect(/name="expires_in_seconds"\r\n\r\n(\d+)/.exec(body)?.[1]).toBe(seconds);
  }
  const message = server.requests.find(({ path }) => path === "/v1/messages");
  const ids = contentOf(message as Received) as { source?: { file_id?: string } }[];
  expect(ids.map(({ source }) => source?.file_id !== undefined)).toEqual([
    true,
    false,
    true,
    false,
  ]);
  expect(ids[0]).toMatchObject({ type: "document", title: "large.pdf" });
  expect(warnings.sort()).toEqual([
    `Attachment "large.pdf" was uploaded as ${ids[0]?.source?.file_id}.`,
    `Attachment "large.txt" was uploaded as ${ids[2]?.source?.file_id}.`,
  ]);
});

test("uploads an image under a valid file name and reports it alongside other warnings", async () => {
  const server = await api();
  const { warnings } = await run("chat", server, {
    initialMessage: "Look at this.",
    attachments: [{ key: "scan/1", value: { data: png(2, 3, 5_000_000) } }],
    variables: [{ key: "unused", value: "x" }],
    requestOptions: { uploadAttachments: "day" },
  });
  const [upload, message] = server.requests;
  expect(upload?.body).toContain('filename="scan_1"');
  expect(upload?.body).toContain("Content-Type: image/png");
  expect((contentOf(message as Received) as object[])[0]).toEqual({
    type: "image",
    source: { type: "file", file_id: "file_1" },
  });
  expect(warnings).toEqual([
    "Variable unused is not used: no text contains {{unused}}.",
    'Attachment "scan/1" was uploaded as file_1.',
  ]);
});

test("uploads nothing by default or when off", async () => {
  for (const option of [undefined, "off", ""]) {
    const server = await api();
    await chat(server, option);
    expect(server.requests.map(({ path }) => path)).toEqual(["/v1/messages"]);
  }
});

test("uploads once for all Fallback Models", async () => {
  const server = await api(refusal(529, "overloaded_error"));
  const error = await failure("chat", server, {
    initialMessage: "Read this.",
    attachments,
    requestOptions: {
      uploadAttachments: "day",
      maxRetries: "0",
      fallbackModels: ["claude-opus-5-5"],
    },
  });
  expect(error.status).toBe(529);
  expect(server.requests.filter(({ path }) => path === "/v1/files")).toHaveLength(2);
});

test("rejects an encrypted PDF before any request", async () => {
  const server = await api();
  const locked = Buffer.concat([large, Buffer.from("\ntrailer << /Encrypt 5 0 R >>\n%%EOF")]);
  const error = await failure("chat", server, {
    initialMessage: "Read this.",
    attachments: [{ key: "locked.pdf", value: { data: locked } }],
    requestOptions: { uploadAttachments: "day" },
  });
  expect(error.message).toContain('Attachments "locked.pdf" is an encrypted PDF');
  expect(server.requests).toEqual([]);
});
