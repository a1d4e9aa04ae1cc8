/** Tools that the flow and the API run, citations, and replies in words, through the built component. */
import { expect, test } from "vitest";
import { runBranching, startFlows } from "../support/agent";
import { run } from "../support/component";
import { emulated, hello, invoice, model, sdkOf, send } from "../support/emulator";
import { png } from "../support/files";

const tool = (name: string, description: string, properties: object, required: string[] = []) => ({
  name,
  description,
  input_schema: { type: "object", properties, required },
});
const text = { type: "string" };

const tools = [
  tool("get_weather", "The weather in a city", { city: text, days: { type: "integer" } }, ["city"]),
  tool("create_ticket", "Creates a ticket", { title: text, urgent: { type: "boolean" } }, [
    "title",
    "urgent",
  ]),
  tool("send_mail", "Sends an e-mail", { to: { type: "string", format: "email" }, date: text }, [
    "to",
  ]),
];

test.each([
  ["How cold is it in New York?", "get_weather", { city: "New York" }],
  ["The weather in Bonn for 3 days, please", "get_weather", { city: "Bonn", days: 3 }],
  [
    "Create a ticket: Title: Printer is broken, Urgent: yes",
    "create_ticket",
    {
      title: "Printer is broken",
      urgent: true,
    },
  ],
  ["Make a ticket.", "create_ticket", { title: "Make a ticket.", urgent: false }],
  [
    "Send a mail to ann@example.com on November 30, 2026",
    "send_mail",
    {
      to: "ann@example.com",
      date: "2026-11-30",
    },
  ],
])("%s calls %s", async (initialMessage, name, input) => {
  const { toolCalls } = await run("chat", await emulated(), {
    initialMessage,
    tools: { definitions: tools },
  });
  expect(toolCalls).toMatchObject([{ name, input }]);
  expect(Object.keys(toolCalls[0].input).length).toBe(Object.keys(input).length);
});

test("no tool is called for a message without its words, unless Tool Choice asks for one", async () => {
  const emulator = await emulated();
  const chat = (more: object) =>
    run("chat", emulator, {
      initialMessage: "Good morning",
      tools: { definitions: tools, ...more },
    });
  expect((await chat({})).text).toBe("The emulator received: Good morning");
  expect((await chat({ toolChoice: "any" })).toolCalls).toMatchObject([{ name: "get_weather" }]);
  expect((await chat({ toolChoice: "send_mail" })).toolCalls).toMatchObject([
    { name: "send_mail" },
  ]);
  expect((await chat({ toolChoice: "none" })).toolCalls).toEqual([]);
});

test("the result of a tool is repeated in a sentence, and the tool is not called again", async () => {
  const emulator = await emulated();
  const definitions = { definitions: tools, toolChoice: "any" };
  const first = await run("chat", emulator, {
    initialMessage: "How is the weather in Bonn?",
    tools: { definitions: tools },
  });
  const [{ id }] = first.toolCalls;
  for (const [value, sentence] of [
    ["21", "Get weather for Bonn returned 21."],
    ['{"sky": "clear", "wind": {"speed": 3}}', "Get weather for Bonn returned sky clear, speed 3."],
  ]) {
    const toolResults = [{ key: id, value }];
    const next = await run("chat", emulator, {
      conversation: first.conversation,
      tools: { definitions: tools, toolResults },
    });
    expect(next).toMatchObject({ text: sentence, toolCalls: [], stop_reason: "end_turn" });
  }
  const failed = await send(emulator, {
    model,
    max_tokens: 100,
    tools,
    tool_choice: { type: "tool", name: definitions.definitions[0]?.name },
    messages: [
      ...first.conversation,
      {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: id, is_error: true, content: "No network." }],
      },
    ],
  });
  expect(failed.json.content.at(-1).text).toBe("Get weather for Bonn failed: No network.");
});

const shop = {
  "Find Order": ({ order }: { order: string }) => ({
    order,
    state: order === "A-1" ? "lost" : "sent",
  }),
  "Refund Order": ({ order }: { order: string }) => ({ order, refunded: true }),
};

test.each([
  ["Find order A-1 and refund it if it is lost.", ["Find Order", "Refund Order"]],
  ["Find order A-2 and refund it if it is lost.", ["Find Order"]],
  ["Refund order A-2.", ["Refund Order"]],
  ["Good morning.", []],
])("Run Agent: %s", async (task, expected) => {
  const flows = await startFlows(shop as never);
  const { branch, data } = await runBranching(
    "runAgent",
    await emulated(),
    { task, flows: Object.keys(shop).map((flow) => ({ flow })) },
    {
      ...flows.context,
      flowSchemas: Object.fromEntries(
        Object.keys(shop).map((name) => [
          name,
          {
            invoke: {
              title: name,
              type: "object",
              properties: { order: text },
              required: ["order"],
            },
          },
        ]),
      ),
    },
  );
  expect(branch).toBe("Done");
  expect(flows.calls.map(({ flow }) => flow)).toEqual(expected);
  const [, order] = /(A-\d)/.exec(task) ?? [];
  for (const { input } of data.steps) expect(input).toEqual({ order });
});

test("Web Search, Web Fetch and Code Execution return sources and files", async () => {
  const emulator = await emulated();
  const chat = (initialMessage: string, used: object) =>
    run("chat", emulator, { initialMessage, tools: used });
  expect(await chat("Who won?", { webSearch: true })).toMatchObject({
    text: "Emulated search result: Emulated page 1 is about: Who won. Emulated page 2 is about: Who won.",
    sources: [
      { url: "https://example.com/emulated", title: "Emulated page 1" },
      { url: "https://example.org/emulated", title: "Emulated page 2" },
    ],
    usage: { server_tool_use: { web_search_requests: 1, web_fetch_requests: 0 } },
  });
  expect(await chat("Read https://example.com/news.", { webFetch: true })).toMatchObject({
    sources: [{ url: "https://example.com/news", title: "Emulated page" }],
    usage: { server_tool_use: { web_search_requests: 0, web_fetch_requests: 1 } },
  });
  const { files } = await chat("Draw a chart.", { codeExecution: true });
  const file = await run("downloadFile", emulator, { fileId: files[0].fileId });
  expect(String(file)).toMatch(/^month,total\n/);
});

test("citations quote the documents that have them on, with their place", async () => {
  const sdk = sdkOf(await emulated());
  const data = "Clips are silver. The total is 5 EUR. Bye.";
  const on = { citations: { enabled: true } };
  const { content } = await sdk.messages
    .stream({
      model,
      max_tokens: 500,
      thinking: { type: "disabled" },
      messages: [
        {
          role: "user",
          content: [
            {
              type: "document",
              source: { type: "text", media_type: "text/plain", data: "Total." },
            },
            { type: "document", ...on, source: { type: "text", media_type: "text/plain", data } },
            {
              type: "document",
              ...on,
              title: "Invoice",
              source: {
                type: "base64",
                media_type: "application/pdf",
                data: invoice.toString("base64"),
              },
            },
            {
              type: "document",
              ...on,
              source: {
                type: "content",
                content: [
                  { type: "text", text: "No." },
                  { type: "text", text: "A total." },
                ],
              },
            },
            { type: "text", text: "How high is the total?" },
          ],
        },
      ],
    })
    .finalMessage();
  const citations = content.flatMap((block) =>
    block.type === "text" ? (block.citations ?? []) : [],
  );
  expect(citations).toMatchObject([
    { type: "char_location", cited_text: "The total is 5 EUR.", document_index: 1 },
    {
      type: "page_location",
      cited_text: "Total EUR 118.50",
      document_index: 2,
      document_title: "Invoice",
      start_page_number: 1,
      end_page_number: 2,
    },
    {
      type: "content_block_location",
      cited_text: "A total.",
      document_index: 3,
      start_block_index: 1,
      end_block_index: 2,
    },
  ]);
  const [first] = citations;
  if (first?.type !== "char_location") throw new Error("no char_location");
  expect(data.slice(first.start_char_index, first.end_char_index)).toBe(first.cited_text);
});

const pdf = { key: "invoice.pdf", value: { data: invoice, contentType: "application/pdf" } };
const picture = (name: string, width: number) => ({
  key: name,
  value: { data: png(width, 96), contentType: "image/png" },
});

test.each([
  ["Hello there", {}, "The emulator received: Hello there"],
  [
    "Summarize this: Clips hold. They are silver. They are cheap.",
    {},
    "Emulated summary: Clips hold. They are silver.",
  ],
  ["Translate to German: Good morning.", {}, "Emulated translation to German of: Good morning."],
  [
    "Good morning.",
    { systemPrompt: "Translate the text into French." },
    "Emulated translation to French of: Good morning.",
  ],
  [
    "Please summarize the file.",
    { attachments: [pdf] },
    "Emulated summary: Invoice 1042 Paper Clip Works, Clipstrasse 7, Bonn",
  ],
  [
    "How high is the total?",
    { attachments: [pdf] },
    "Emulated reply from invoice.pdf: Total EUR 118.50",
  ],
  [
    "Describe both.",
    { attachments: [picture("a.png", 96), picture("b.png", 20)] },
    "Emulated description of a picture, image/png, 96 × 96 pixels.\nEmulated description of a picture, image/png, 20 × 96 pixels.",
  ],
  ["Is this good or bad? The box was empty.", {}, "bad"],
  ["Is it a bug or delivery? My parcel is late.", {}, "delivery"],
])("%s is replied to in words", async (initialMessage, inputs, expected) => {
  const { text } = await run("chat", await emulated(), { initialMessage, ...inputs });
  expect(text).toBe(expected);
});

test("a conversation is continued: shorter, in one line, what was said before", async () => {
  const emulator = await emulated();
  let conversation: unknown;
  const say = async (initialMessage: string) => {
    const result = await run("chat", emulator, { initialMessage, conversation });
    conversation = result.conversation;
    return result.text;
  };
  expect(await say("I like blue clips best.")).toBe(
    "The emulator received: I like blue clips best.",
  );
  expect(await say("Shorter, please.")).toBe("The emulator received: I");
  expect(await say("Which clips do I like?")).toBe("You said: I like blue clips best.");
  expect(await say("Write a haiku.")).toContain("quiet silver line.");
  expect(await say("The same in one line.")).toBe("A bent silver line holds the forgotten pages.");
});

test("requests of a batch get the replies of messages", async () => {
  const emulator = await emulated();
  const { id: batchId } = await run("createBatch", emulator, {
    requests: [
      { messages: [{ role: "user", content: "Weather in Bonn?" }], tools },
      { messages: [{ role: "user", content: "Hi #overloaded" }] },
      { messages: [{ role: "assistant", content: "Hi" }] },
      { messages: [hello], max_tokens: 1_000_000 },
    ].map((params, index) => ({
      custom_id: `r${index}`,
      params: { model, max_tokens: 99, ...params },
    })),
  });
  for (let poll = 0; poll < 3; poll++) await run("getBatch", emulator, { batchId });
  const { results } = await run("getBatchResults", emulator, { batchId });
  expect(results).toMatchObject([
    {
      status: "succeeded",
      result: { toolCalls: [{ name: "get_weather", input: { city: "Bonn" } }] },
    },
    { status: "errored", reason: "overloaded_error: Overloaded" },
    {
      status: "errored",
      reason: 'invalid_request_error: messages: first message must use the "user" role',
    },
    { status: "errored", reason: expect.stringContaining("max_tokens: 1000000 > 128000") },
  ]);
});
