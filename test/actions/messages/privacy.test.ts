/** Privacy over HTTP: the data is not sent, and is back in the output of the step. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { messagesOf, playing, runBranching, startFlows } from "../../support/agent";
import { connectionTo, failure, Logs, run } from "../../support/component";
import { pdf, png } from "../../support/files";
import { modelWith } from "../../support/models";
import { runs } from "../../support/propertyRuns";
import { type Received, refusal, type Server, startServer, streamed } from "../../support/server";

const email = "ann.lee@example.org";
const phone = "+49 228 123456";
const all = { hide: ["all"], names: ["Ann Lee"] };
const text = `${email} called from ${phone}. Ann Lee is waiting.`;
const masked = "[EMAIL_1] called from [PHONE_1]. [NAME_1] is waiting.";
const modelInfo = { body: modelWith() };

const instruction =
  "Texts in brackets such as [EMAIL_1] stand for data that is hidden. Write them unchanged wherever the data belongs.";

/** Everything that a server received. */
const wireOf = (server: Server) => server.requests.map(({ body }) => body).join("\n");

const expectHidden = (wire: string) => {
  for (const value of [email, phone, "Ann Lee"]) expect(wire).not.toContain(value);
};

test("Chat sends placeholders, and returns the data in text, conversation and content", async () => {
  const server = await startServer(streamed("Write to [EMAIL_1], [NAME_1] ([EMAIL_7])."));
  const data = await run("chat", server, {
    initialMessage: text,
    systemPrompt: `You help ${email}.`,
    privacy: all,
  });
  expect(server.request().json).toEqual({
    model: "claude-sonnet-5-5",
    max_tokens: 16_000,
    system: `You help [EMAIL_1].\n\n${instruction}`,
    messages: [{ role: "user", content: masked }],
    stream: true,
  });
  const reply = `Write to ${email}, Ann Lee ([EMAIL_7]).`;
  expect(data.text).toBe(reply);
  expect(data.content).toEqual([{ type: "text", text: reply }]);
  expect(data.conversation).toEqual([
    { role: "user", content: text },
    { role: "assistant", content: [{ type: "text", text: reply }] },
  ]);
  expect(data.hidden).toEqual({ EMAIL: 1, PHONE: 1, NAME: 1 });
});

test("without Privacy nothing changes", async () => {
  const server = await startServer(streamed("Hi."));
  const data = await run("chat", server, { initialMessage: text, privacy: {} });
  expect(messagesOf(server.request())).toEqual([{ role: "user", content: text }]);
  expect(data).not.toHaveProperty("hidden");
});

test("a longer conversation starts like the one before it", async () => {
  const server = await startServer(streamed("Mail [EMAIL_1]."), streamed("And bob [EMAIL_2]."));
  const first = await run("chat", server, { initialMessage: text, privacy: all });
  const second = await run("chat", server, {
    initialMessage: "Also bob@example.org",
    conversation: first.conversation,
    privacy: all,
  });
  expect(messagesOf(server.requests[1] as Received)).toEqual([
    { role: "user", content: masked },
    { role: "assistant", content: [{ type: "text", text: "Mail [EMAIL_1]." }] },
    { role: "user", content: "Also [EMAIL_2]" },
  ]);
  expect(second.text).toBe("And bob bob@example.org.");
});

test("tool calls have the data, and results of tools are hidden", async () => {
  const definitions = [
    { name: "send", description: `Never to ${email}`, input_schema: { type: "object" } },
  ];
  const server = await playing(
    { t1: { tool: "send", input: { to: "[EMAIL_1]", "[NAME_1]": [{ at: "[PHONE_1]" }] } } },
    "Sent.",
  );
  const first = await run("chat", server, {
    initialMessage: text,
    tools: { definitions },
    privacy: all,
  });
  const input = { to: email, "Ann Lee": [{ at: phone }] };
  expect(first.toolCalls).toEqual([{ id: "t1", name: "send", input }]);
  await run("chat", server, {
    conversation: first.conversation,
    tools: { definitions, toolResults: [{ key: "t1", value: `Sent to ${email}` }] },
    privacy: all,
  });
  expectHidden(wireOf(server));
  expect(messagesOf(server.requests[1] as Received)).toMatchObject([
    { content: masked },
    { content: [{ input: { to: "[EMAIL_1]", "[NAME_1]": [{ at: "[PHONE_1]" }] } }] },
    { content: [{ tool_use_id: "t1", content: "Sent to [EMAIL_1]" }] },
  ]);
});

test("Extract Data validates the data, and checks evidence in the text as it is", async () => {
  const name = 'Ann "Q" \\ Lee';
  const reply = {
    record: { email: "[EMAIL_1]", name: "[NAME_1]" },
    evidence: [
      { field: "email", quote: "[EMAIL_1]", page: 0 },
      { field: "name", quote: "[NAME_1]", page: 0 },
    ],
  };
  const server = await startServer(modelInfo, streamed(JSON.stringify(reply)));
  const { branch, data } = await runBranching("extractData", server, {
    text: `${name}: ${email}`,
    jsonSchema: {
      type: "object",
      properties: {
        email: { type: "string", format: "email" },
        name: { type: "string", enum: [name, "Bob"] },
      },
      required: ["email", "name"],
      additionalProperties: false,
    },
    evidence: "true",
    privacy: { hide: ["email"], names: [name] },
  });
  expect([branch, data.json, data.review]).toEqual(["Ok", { email, name }, []]);
  const wire = server.requests.at(-1)?.body ?? "";
  expect(wire).not.toContain(email);
  expect(wire).not.toContain("Ann");
});

test("Classify and Branch, and each row of Process List, hide data", async () => {
  const choice = { reason: "[NAME_1] asks", branch: "Sales", confidence: 0.9 };
  const server = await startServer(modelInfo, streamed(JSON.stringify(choice)));
  const { data } = await runBranching("classifyAndBranch", server, {
    text,
    branches: [{ key: "Sales", value: "offers" }],
    privacy: all,
  });
  expect([data.reason, data.hidden]).toEqual(["Ann Lee asks", { EMAIL: 1, PHONE: 1, NAME: 1 }]);
  const rows = await startServer((request, response) => {
    const [{ content }] = messagesOf(request) as { content: string }[] as [{ content: string }];
    response.writeHead(200, { "content-type": "application/json" });
    const message = { type: "message", role: "assistant", stop_reason: "end_turn" };
    const blocks = [{ type: "text", text: content }];
    response.end(JSON.stringify({ ...message, content: blocks, usage: {} }));
  });
  const list = await run("processList", rows, {
    items: [text, "bob@example.org", email],
    message: "{{item}}",
    privacy: all,
  });
  expect(list.results.map(({ text }: { text: string }) => text)).toEqual([
    text,
    "bob@example.org",
    email,
  ]);
  expect(list.hidden).toEqual({ EMAIL: 2, PHONE: 1, NAME: 1 });
  expectHidden(wireOf(server) + wireOf(rows));
});

test("flows of an agent get the data, their responses are hidden, also after an approval", async () => {
  const flows = await startFlows({
    "Find Order": ({ order }) => ({ order, mobile: "+49 171 9876543" }),
  });
  const server = await playing(
    { t1: { tool: "Find_Order", input: { order: "[EMAIL_1]" } } },
    "[EMAIL_1] has [PHONE_2].",
  );
  const inputs = { task: text, flows: flows.rows, approvals: ["all"], privacy: all };
  const waiting = await runBranching("runAgent", server, inputs, flows.context);
  expect(waiting.data.pending).toMatchObject([{ input: { order: email } }]);
  const { data } = await runBranching(
    "resumeAgent",
    server,
    { state: waiting.data.state, decisions: true },
    flows.context,
  );
  expect(flows.calls).toMatchObject([{ input: { order: email } }]);
  expect([data.text, data.hidden]).toEqual([
    `${email} has +49 171 9876543.`,
    { EMAIL: 1, PHONE: 2, NAME: 1 },
  ]);
  expectHidden(wireOf(server));
  expect(wireOf(server)).not.toContain("9876543");
});

describe("files", () => {
  const attach = async (value: unknown, privacy: object) => {
    const server = await startServer(streamed("Read."));
    const attachments = [{ key: "a", value }];
    const inputs = { initialMessage: "Read it.", attachments, privacy };
    return { server, read: () => run("chat", server, inputs) };
  };

  test("texts and documents are searched", async () => {
    const { server, read } = await attach({ data: Buffer.from(text), fileName: "a.txt" }, all);
    await read();
    expect(messagesOf(server.request())).toMatchObject([
      { content: [{ type: "document", source: { type: "text", data: masked } }, {}] },
    ]);
  });

  test.each([
    ["an image", png()],
    ["a PDF", pdf({})],
    ["a URL", "https://example.com/a.png"],
  ])("%s is refused, unless it is to be sent", async (_, value) => {
    const refused = await attach(value, all);
    await expect(refused.read()).rejects.toThrow(
      "Attachments contains an image, a PDF or another file whose content cannot be searched for personal data. Attach its text, or set Images and PDFs in Privacy to send it as it is.",
    );
    expect(refused.server.requests).toEqual([]);
    const sent = await attach(value, { ...all, files: "send" });
    await sent.read();
    expect(sent.server.requests).toHaveLength(1);
  });

  test("the input of a tool call in a conversation is no file, whatever its type is", async () => {
    const server = await startServer(streamed("Done."));
    const input = { type: "url", to: email };
    const call = { type: "tool_use", id: "toolu_1", name: "fetch", input };
    await run("chat", server, {
      conversation: [
        { role: "user", content: "Fetch it." },
        { role: "assistant", content: [call] },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "Fetched." }],
        },
      ],
      initialMessage: "And now?",
      privacy: all,
    });
    expect(messagesOf(server.request())).toMatchObject([
      {},
      { content: [{ ...call, input: { type: "url", to: "[EMAIL_1]" } }] },
      {},
    ]);
  });

  test("large texts are not uploaded", async () => {
    const large = `${"x ".repeat(3_000_000)}${email}`;
    const server = await startServer(streamed("Read."));
    await run("chat", server, {
      initialMessage: "Read it.",
      attachments: [{ key: "a.txt", value: Buffer.from(large) }],
      requestOptions: { uploadLargeAttachments: "day" },
      privacy: { ...all, files: "send" },
    }).catch(() => undefined);
    expect(server.requests.map(({ path }) => path)).not.toContain("/v1/files");
    expectHidden(wireOf(server));
  });
});

test("a list that becomes a batch is refused", async () => {
  const error = await failure("processList", await startServer(), {
    items: ["a", "b"],
    message: "{{item}}",
    batchAbove: "1",
    privacy: all,
  });
  expect(error.message).toBe(
    "Batch Above cannot be combined with Privacy: Get Batch Results could not put the data back. Leave one of the two empty.",
  );
});

test.each<[string, object, string]>([
  [
    "hide",
    { hide: ["mail"] },
    'Hide must be of email, phone, iban, card, ssn, ip, secret or all, but contains "mail".',
  ],
  [
    "names",
    { names: ["A"] },
    'Hide Names contains "A". A name has at least 2 characters, and letters.',
  ],
  [
    "patterns",
    { patterns: [{ key: "a", value: "(" }] },
    'Hide Patterns "a" contains (, which is not valid: Unterminated group.',
  ],
  [
    "a pattern that backtracks",
    { patterns: [{ key: "a", value: "(a+)+$" }] },
    "Hide Patterns contains (a+)+$, which is too slow for a text of 41 characters. Simplify it: repetitions in repetitions, such as (a+)+, are slow.",
  ],
])("%s that cannot be used is an error", async (_, privacy, message) => {
  const server = await startServer();
  const error = await failure("chat", server, {
    initialMessage: `${"a".repeat(40)}!`,
    privacy,
  });
  expect([error.name, error.message]).toEqual(["InputError", message]);
  expect(server.requests).toEqual([]);
});

test("thinking that names data is not sent, and thinking with placeholders stays as it was signed", async () => {
  const thinking = (about: string) => ({
    role: "assistant",
    content: [
      { type: "thinking", thinking: about, signature: "c2ln" },
      { type: "text", text: "Hi." },
    ],
  });
  const conversation = [
    { role: "user", content: "Hi" },
    thinking(`It is ${email}.`),
    { role: "user", content: "Hi" },
    thinking("It is [EMAIL_1]."),
  ];
  const server = await startServer(streamed("Hi."));
  await run("chat", server, { initialMessage: "Hi", conversation, privacy: all });
  const blocks = messagesOf(server.request()).map((turn) => (turn as { content: unknown }).content);
  expect(blocks).toEqual([
    "Hi",
    [{ type: "text", text: "Hi." }],
    "Hi",
    [
      { type: "thinking", thinking: "It is [EMAIL_1].", signature: "c2ln" },
      { type: "text", text: "Hi." },
    ],
    "Hi",
  ]);
});

test("errors and logs do not contain the data", async () => {
  const server = await startServer(
    refusal(400, "invalid_request_error", "messages.0: [EMAIL_1] is not valid."),
  );
  const logs = new Logs();
  const context = { logger: logs.logger, globalDebug: true };
  const inputs = { initialMessage: text, privacy: all };
  const error = await failure("chat", server, inputs, context);
  expectHidden([error.message, error.stack, ...logs.lines].join("\n"));
  const invalid = await failure("chat", server, {
    ...inputs,
    requestOptions: { onFailure: email },
  });
  expect(invalid.message).toContain("[EMAIL]");
  expectHidden(invalid.message);
});

describe("for any text", () => {
  const values = fc.oneof(
    fc.emailAddress(),
    fc.constantFrom(
      ...["+49 228 123456", "(212) 555-0142", "+1-202-555-0187", "0228/1234567"],
      ...["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819", "FR1420041010050500013M02606"],
      ...["4111 1111 1111 1111", "5500-0000-0000-0004", "378282246310005"],
      ...["123-45-6789", "10.0.0.12", "2001:db8::ff00:42:8329", "192.168.100.254"],
      ...[
        "sk-ant-api03-abcdefghijklmnopqrst",
        "ghp_0123456789abcdefghij0123456789abcdef",
        "AKIAIOSFODNN7EXAMPLE",
      ],
    ),
  );
  const word = fc.stringMatching(/^[\p{Ll}]{0,8}$/u);
  const texts = fc
    .array(fc.tuple(word, values, fc.constantFrom(" ", "\n", ", ", "; ", " (x) ", "\t")), {
      minLength: 1,
      maxLength: 12,
    })
    .map((parts) => ({
      text: parts.map(([before, value, after]) => `${before} ${value}${after}`).join(""),
      values: parts.map(([, value]) => value),
    }));
  const odd = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("[EMAIL_1]", "[TEXT_1]", "[EMAIL_2][PHONE_1]", '"\\', "{{x}}"),
  );

  test("no value is on the wire, and an echo of it is the text", async () => {
    const server = await startServer((request, response) => {
      const messages = messagesOf(request) as { content: string }[];
      response.writeHead(200, { "content-type": "application/json" });
      const content = [{ type: "text", text: messages.at(-1)?.content }];
      const message = { type: "message", role: "assistant", content, stop_reason: "end_turn" };
      response.end(JSON.stringify({ ...message, usage: { input_tokens: 1, output_tokens: 1 } }));
    });
    await fc.assert(
      fc.asyncProperty(texts, odd, odd, async ({ text, values }, before, after) => {
        server.requests.length = 0;
        const initialMessage = `${before} ${text} ${after}`;
        const data = await run("chat", server, { initialMessage, privacy: { hide: "all" } });
        expect(data.text).toBe(initialMessage.toWellFormed());
        const wire = wireOf(server);
        for (const value of values) expect(wire).not.toContain(value);
        expect(JSON.stringify(data.hidden)).toMatch(/^\{("[A-Z]+":\d+,?)+\}$/);
      }),
      runs(200),
    );
  });

  test("dates, amounts, times and order numbers are not hidden", async () => {
    const plain = [
      "2026-11-20, 20.11.2026, 11/20/2026, 20/11/26, November 20, 2026 at 12:30:45",
      "1.234.567,00 EUR, $1,234,567.00, 118.50, 1 234 567,89, 19 %",
      "Order 1042-2026-11-25, A-1042, INV-2026-000123, ISBN 978-3-16-148410-0, version 1.2.3",
    ].join("\n");
    const server = await startServer(streamed("Hi."));
    const { hidden } = await run("chat", server, { initialMessage: plain, privacy: all });
    expect(messagesOf(server.request())).toEqual([{ role: "user", content: plain }]);
    expect(hidden).toEqual({});
  });

  test("a text of 1 MB is masked", async () => {
    const many = Array.from({ length: 30_000 }, (_, index) => `user${index}@example.org`).join(" ");
    const server = await startServer(streamed("[EMAIL_30000]"));
    const data = await run("chat", server, { initialMessage: many, privacy: all });
    expect(wireOf(server)).not.toContain("@example.org");
    expect([data.text, data.hidden]).toEqual(["user29999@example.org", { EMAIL: 30_000 }]);
  });
});

test("another connection's own fields are not searched: only what is asked for is hidden", async () => {
  const server = await startServer(streamed("Hi."));
  const { hidden } = await run("chat", server, {
    connection: connectionTo(server.url),
    initialMessage: text,
    privacy: { names: ["ann lee"], patterns: [{ key: "e-mail user", value: "[a-z.]+(?=@)" }] },
  });
  expect(messagesOf(server.request())).toEqual([
    {
      role: "user",
      content: `[E_MAIL_USER_1]@example.org called from ${phone}. [NAME_1] is waiting.`,
    },
  ]);
  expect(hidden).toEqual({ E_MAIL_USER: 1, NAME: 1 });
});
