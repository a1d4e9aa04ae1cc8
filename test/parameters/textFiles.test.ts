/** Texts and JSON as files of earlier steps. */
import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { batchExample } from "../../src/claude/batches/schema";
import { failure, run } from "../support/component";
import { pdf } from "../support/files";
import { startServer, streamed } from "../support/server";

const forms: Record<string, (text: string) => unknown> = {
  "a binary": (text) => ({ data: Buffer.from(text), contentType: "application/octet-stream" }),
  "a Buffer": (text) => Buffer.from(text),
  "a binary as JSON text": (text) =>
    JSON.stringify({ data: Buffer.from(text), contentType: "text/plain" }),
  "a Buffer as JSON text": (text) => JSON.stringify(Buffer.from(text)),
  "a binary in UTF-16": (text) => ({ data: Buffer.from(`\ufeff${text}`, "utf16le") }),
  "a file of another service": (text) => ({
    name: "a.txt",
    contentBytes: Buffer.from(text).toString("base64"),
  }),
};

const sentBy = async (inputs: object) => {
  const server = await startServer(streamed('{"n": 1}'));
  await run("chat", server, { initialMessage: "Hi", ...inputs });
  return server.requests.at(-1)?.json as Record<string, unknown>;
};

describe.each(Object.entries(forms))("%s", (_, form) => {
  test.each<[string, object, object]>([
    [
      "Message",
      { initialMessage: form("Grüße") },
      { messages: [{ role: "user", content: "Grüße" }] },
    ],
    ["System Prompt", { systemPrompt: form("Sei kurz.") }, { system: "Sei kurz." }],
    [
      "Variables",
      { initialMessage: "Hi {{name}}", variables: [{ key: "name", value: form("Zoë") }] },
      { messages: [{ role: "user", content: "Hi Zoë" }] },
    ],
    [
      "JSON Schema",
      {
        output: {
          jsonSchema: form('{"type": "object", "properties": {"n": {"type": "integer"}}}'),
        },
      },
      { output_config: { format: { type: "json_schema" } } },
    ],
    [
      "Conversation",
      {
        conversation: form(
          '[{"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}]',
        ),
      },
      {
        messages: [
          { role: "user", content: "A" },
          { role: "assistant", content: "B" },
          { role: "user", content: "Hi" },
        ],
      },
    ],
    [
      "Tool Definitions",
      { tools: { definitions: form('[{"name": "a", "input_schema": {"type": "object"}}]') } },
      { tools: [{ name: "a", input_schema: { type: "object" } }] },
    ],
  ])("is read as %s", async (_, inputs, expected) => {
    expect(await sentBy(inputs)).toMatchObject(expected);
  });
});

test.each<[string, object, string]>([
  [
    "a PDF as Message",
    { initialMessage: { data: pdf(), contentType: "application/pdf" } },
    "Message must be text, but was a file that is not text in UTF-8. Attach files as Attachments, and save texts as UTF-8.",
  ],
  [
    "a result of Chat as Message",
    { initialMessage: { id: "msg_1", text: "Hi", content: [] } },
    "Message must be text, but was an object. Reference its field text.",
  ],
  [
    "a record as Message",
    { initialMessage: { order: "A-1", total: 2 } },
    "Message must be text, but was an object. Reference one of its fields: order, total.",
  ],
  [
    "a list as System Prompt",
    { systemPrompt: ["a", "b"] },
    "System Prompt must be text, but was a list. Reference one of its entries.",
  ],
])("%s is an error that says what to reference", async (_, inputs, message) => {
  const server = await startServer(streamed("Hi."));
  const error = await failure("chat", server, { initialMessage: "Hi", ...inputs });
  expect(error.message).toBe(message);
  expect(server.requests).toEqual([]);
});

/** The messages of a batch that is made of these items. */
const messagesOf = async (items: unknown) => {
  const server = await startServer(({ path }, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(path.endsWith("/batches") ? batchExample : { input_tokens: 1 }));
  });
  await run("createBatch", server, { items, message: "{{name}}|{{note}}" });
  const body = server.requests.find(({ path }) => path.endsWith("/batches"))?.json as
    | { requests: { params: { messages: { content: string }[] } }[] }
    | undefined;
  return body?.requests.map(({ params }) => params.messages[0]?.content);
};

describe("Items as a table", () => {
  test.each<[string, string]>([
    ["CSV", "name,note\nJo,a\nZoë,b\n"],
    ["CSV with a byte order mark and CRLF", "\ufeffname,note\r\nJo,a\r\nZoë,b\r\n"],
    ["CSV with semicolons", 'name;note;"a,b,c"\nJo;a;1\nZoë;b;2'],
    ["TSV", "name\tnote\nJo\ta\n\nZoë\tb\n"],
    ["CSV in quotes", '"name","note"\n"Jo","a"\n"Zoë","b"'],
    ["JSON", '[{"name": "Jo", "note": "a"}, {"name": "Zoë", "note": "b"}]'],
    ["JSON Lines", '{"name": "Jo", "note": "a"}\n{"name": "Zoë", "note": "b"}\n'],
  ])("%s", async (_, text) => {
    for (const items of [text, ...Object.values(forms).map((form) => form(text))]) {
      expect(await messagesOf(items)).toEqual(["Jo|a", "Zoë|b"]);
    }
  });

  test("keeps delimiters, quotes and line breaks within quotes", async () => {
    expect(await messagesOf('name,note\n"Jo, ""the first""","two\r\nlines"')).toEqual([
      'Jo, "the first"|two\r\nlines',
    ]);
  });

  test.each<[string, string, string]>([
    [
      "a row of another length",
      "name,note\nJo,a\nZoë",
      "Items has 1 cells in row 2 of the table, but the header has 2. Check its quotes and delimiters.",
    ],
    [
      "an open quote",
      'name,note\n"Jo,a\nZoë,b',
      "Items has 1 cells in row 1 of the table, but the header has 2.",
    ],
    ["two columns of one name", "name,name\nJo,a", 'Items has two columns named "name".'],
    [
      "no rows",
      "name,note\n",
      "Items must be a list, as JSON, JSON Lines, or a table in CSV or TSV with a header and at least one row.",
    ],
    ["a line that is not JSON", '{"name": "a"}\n{"name": }', "Items, line 2, must be valid JSON"],
    [
      "one object",
      '{"data": []}',
      "Items must be a list. Reference the list inside the given value.",
    ],
  ])("with %s is an error", async (_, items, message) => {
    const server = await startServer(streamed("Hi."));
    const error = await failure("createBatch", server, { items, message: "{{name}}" });
    expect(error.message).toContain(message);
    expect(server.requests).toEqual([]);
  });
});
