/**
 * How the CPU time of a call grows from 1,000 to 10,000 of something, for each list input and each
 * kind of stream event: `node bench/growth.mjs`. More than 12 times is reported, and the exit code is 1.
 */
import http from "node:http";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { createHarness } = require("@prismatic-io/spectral/dist/testing");
const { default: component } = require("../dist/index.js");

const limit = 12;

const message = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-haiku-5-5",
  content: [{ type: "text", text: "Hi." }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
};

const list = (count, make) => Array.from({ length: count }, (_, index) => make(index));

const eventsOf = (events) =>
  events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");

/** A stream with these events between its start and its end. */
const streamOf = (events) =>
  eventsOf([
    { type: "message_start", message: { ...message, content: [] } },
    ...events,
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 1 } },
    { type: "message_stop" },
  ]);

/** A stream of one block with these deltas. */
const stream = (deltas, block = { type: "text", text: "" }) =>
  streamOf([
    { type: "content_block_start", index: 0, content_block: block },
    ...deltas.map((delta) => ({ type: "content_block_delta", index: 0, delta })),
    { type: "content_block_stop", index: 0 },
  ]);

const chat = (inputs, reply) => ({
  key: "chat",
  inputs: { initialMessage: "Hi", ...inputs },
  reply,
});
const turns = (count, text) =>
  list(2 * count, (at) => ({ role: at % 2 ? "assistant" : "user", content: text(at) }));
const definition = (at) => ({ name: `t${at}`, input_schema: { type: "object" } });
const citation = (at) => ({
  type: "citations_delta",
  citation: { type: "char_location", cited_text: `c${at}`, document_index: 0 },
});
const json = (partial_json) => ({ type: "input_json_delta", partial_json });

/** Rows of keys and values. */
const pairs = (count, value) => list(count, (at) => ({ key: `k${at}`, value: value(at) }));
const options = (requestOptions) => chat({ requestOptions });
const webTools = (tools) => chat({ tools: { webSearch: true, ...tools } });
const block = (content_block, index) => [
  { type: "content_block_start", index, content_block },
  { type: "content_block_stop", index },
];
const answer = (record) => ({
  ...message,
  content: [{ type: "text", text: JSON.stringify({ record }) }],
});
const scoresOf = (count) => Object.fromEntries(list(count, (at) => [`k${at}`, 4]));
/** Turns with a call of each tool. */
const calls = (count) => [
  { role: "user", content: "Hi" },
  {
    role: "assistant",
    content: list(count, (at) => ({ type: "tool_use", id: `toolu_${at}`, name: "a", input: {} })),
  },
];
const flowsOf = (count) => ({
  webhookUrls: Object.fromEntries(list(count, (at) => [`Flow ${at}`, "http://127.0.0.1:1"])),
});
const agent = (count, inputs, content) => ({
  key: "runAgent",
  inputs: {
    task: "Hi",
    flows: list(count, (at) => ({ flow: `Flow ${at}`, description: "Does it." })),
    ...inputs,
  },
  context: flowsOf(count),
  reply: content ? { ...message, content, stop_reason: "tool_use" } : message,
});
const batchOf = { id: "msgbatch_1", type: "message_batch", processing_status: "in_progress" };
const raw = (inputs) => ({ key: "rawRequest", inputs: { method: "POST", ...inputs }, reply: {} });

/** What grows, with the call for a count of it. A list input has the name of its key. */
const cases = {
  variables: (n) =>
    chat({
      initialMessage: list(n, (at) => `{{k${at}}}`).join(" "),
      requestOptions: { variables: pairs(n, () => "x") },
    }),
  conversation: (n) => chat({ conversation: turns(n, (at) => `Turn ${at}`) }),
  attachments: (n) =>
    chat({ attachments: list(n, (at) => ({ key: `a${at}.txt`, value: "Text" })) }),
  "tool definitions": (n) => chat({ tools: { definitions: list(n, definition) } }),
  toolResults: (n) =>
    chat({
      initialMessage: "",
      conversation: calls(n),
      tools: {
        definitions: [{ name: "a", input_schema: { type: "object" } }],
        toolResults: list(n, (at) => ({ key: `toolu_${at}`, value: "Done." })),
      },
    }),
  webAllowedDomains: (n) => webTools({ webAllowedDomains: list(n, (at) => `h${at}.example.com`) }),
  webBlockedDomains: (n) => webTools({ webBlockedDomains: list(n, (at) => `h${at}.example.com`) }),
  mcpServers: (n) =>
    chat({ tools: { mcpServers: pairs(n, (at) => `https://h${at}.example.com/mcp`) } }),
  mcpTokens: (n) =>
    chat({
      tools: {
        mcpServers: pairs(n, (at) => `https://h${at}.example.com/mcp`),
        mcpTokens: pairs(n, (at) => `token-${at}`),
      },
    }),
  stopSequences: (n) => chat({ output: { stopSequences: list(n, (at) => `s${at}`) } }),
  fallbackModels: (n) => options({ fallbackModels: list(n, (at) => `claude-${at}`) }),
  betas: (n) => options({ betas: list(n, (at) => `beta-${at}`) }),
  names: (n) =>
    chat({
      initialMessage: list(n, (at) => `Name${at} Lee`).join(" "),
      privacy: { names: list(n, (at) => `Name${at} Lee`) },
    }),
  "hidden values": (n) =>
    chat({
      initialMessage: list(n, (at) => `u${at}@example.org`).join(" "),
      privacy: { hide: "all" },
    }),
  fields: (n) => ({
    key: "extractData",
    inputs: { text: "Hi", fields: list(n, (at) => ({ name: `f${at}`, type: "text" })) },
    reply: answer({}),
  }),
  "records of a list": (n) => ({
    key: "extractData",
    inputs: { text: "Hi", fields: [{ name: "a", type: "text", list: true }] },
    reply: answer({ a: list(n, (at) => `v${at}`) }),
  }),
  examples: (n) => ({
    key: "classifyAndBranch",
    inputs: {
      text: "Hi",
      branches: [{ key: "A", value: "a" }],
      examples: list(n, (at) => ({ key: `Text ${at}`, value: "A" })),
    },
    reply: { ...message, content: [{ type: "text", text: '{"branch": "A"}' }] },
  }),
  rules: (n) => ({
    key: "checkText",
    inputs: { text: "Hi", rules: pairs(n, (at) => `must be ${at}`) },
    reply: { ...message, content: [{ type: "text", text: '{"violations": []}' }] },
  }),
  scores: (n) => ({
    key: "checkText",
    inputs: { text: "Hi", scores: pairs(n, () => "3") },
    reply: {
      ...message,
      content: [{ type: "text", text: JSON.stringify({ scores: scoresOf(n) }) }],
    },
  }),
  links: (n) => ({
    key: "checkText",
    inputs: {
      text: list(n, (at) => `https://h${at}.example.com/`).join(" "),
      rules: [{ key: "linkHosts", value: "example.com" }],
    },
  }),
  flows: (n) => agent(n, {}),
  approvals: (n) => agent(n, { approvals: list(n, (at) => `Flow ${at}`) }),
  "calls that wait": (n) =>
    agent(
      1,
      { approvals: ["Flow 0"] },
      list(n, (at) => ({
        ...{ type: "tool_use", id: `toolu_${at}`, name: "Flow_0", input: {} },
      })),
    ),
  items: (n) => ({
    key: "createBatch",
    inputs: { items: list(n, (at) => ({ id: `r${at}`, text: "Row" })), message: "{{text}}" },
    reply: batchOf,
  }),
  requests: (n) => ({
    key: "createBatch",
    inputs: {
      requests: list(n, (at) => ({
        custom_id: `r${at}`,
        params: { model: "a", max_tokens: 1, messages: [{ role: "user", content: "Hi" }] },
      })),
    },
    reply: batchOf,
  }),
  messages: (n) => ({
    key: "createChatCompletion",
    inputs: { messages: [...turns(n, (at) => `Turn ${at}`), { role: "user", content: "Hi" }] },
  }),
  formData: (n) => raw({ formData: pairs(n, () => "x") }),
  fileData: (n) =>
    raw({
      fileData: pairs(n, () => "x"),
      fileDataFileNames: pairs(n, (at) => `a${at}.txt`),
    }),
  queryParams: (n) => raw({ queryParams: pairs(n, () => "x") }),
  "text deltas": (n) => chat({}, stream(list(n, () => ({ type: "text_delta", text: "word " })))),
  "thinking deltas": (n) =>
    chat(
      {},
      stream(
        list(n, () => ({ type: "thinking_delta", thinking: "hm " })),
        { type: "thinking", thinking: "", signature: "" },
      ),
    ),
  "signature deltas": (n) =>
    chat(
      {},
      stream(
        list(n, () => ({ type: "signature_delta", signature: "c2ln" })),
        { type: "thinking", thinking: "", signature: "" },
      ),
    ),
  "input deltas": (n) =>
    chat(
      {},
      stream([json('{"a":"'), ...list(n, () => json("word ")), json('"}')], {
        ...{ type: "tool_use", id: "toolu_1", name: "a", input: {} },
      }),
    ),
  citations: (n) => chat({}, stream(list(n, citation))),
  "blocks of a stream": (n) =>
    chat({}, streamOf(list(n, (at) => block({ type: "text", text: `b${at}` }, at)).flat())),
  "search results of a stream": (n) =>
    chat(
      {},
      streamOf(
        block(
          {
            type: "web_search_tool_result",
            tool_use_id: "srvtoolu_1",
            content: list(n, (at) => ({
              ...{ type: "web_search_result", title: `t${at}`, encrypted_content: "x" },
              url: `https://h${at}.example.com/`,
            })),
          },
          0,
        ),
      ),
    ),
  pings: (n) => chat({}, streamOf(list(n, () => ({ type: "ping" })))),
  "message deltas": (n) =>
    chat(
      {},
      streamOf(
        list(n, (at) => ({ type: "message_delta", delta: {}, usage: { output_tokens: at } })),
      ),
    ),
  blocks: (n) =>
    chat({}, { ...message, content: list(n, (at) => ({ type: "text", text: `b${at}` })) }),
};

/**
 * Lists with a limit of their own, lists of triggers, which call no API, and headers, of which servers
 * accept 8 to 16 kB.
 */
const bounded = [
  ...["hide", "patterns", "fileIds", "branches", "signingSecrets", "eventTypes", "headers"],
];

/** The keys of all list inputs. */
const listInputs = (inputs) =>
  inputs.flatMap(({ key, collection, inputs: inner = [] }) => [
    ...(collection ? [key] : []),
    ...listInputs(inner),
  ]);
const measured = new Set([...Object.keys(cases), ...bounded, "fileDataFileNames"]);
const missing = [component.actions, component.triggers]
  .flatMap(Object.values)
  .flatMap(({ inputs }) => listInputs(inputs))
  .filter((key) => !measured.has(key));
if (missing.length > 0) throw new Error(`Not measured: ${[...new Set(missing)].join(", ")}`);

let reply;
// The headers of a case are longer than usual.
const server = http.createServer({ maxHeaderSize: 8_000_000 }, (request, response) => {
  request.resume().on("end", () => {
    const isStream = typeof reply === "string";
    const type = isStream ? "text/event-stream" : "application/json";
    response.writeHead(200, { "content-type": type });
    response.end(isStream ? reply : JSON.stringify(reply));
  });
});
server.maxHeadersCount = 0;
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const connection = {
  key: "anthropic",
  fields: { apiKey: "sk-ant-growth", baseUrl: `http://127.0.0.1:${server.address().port}` },
};
const logger = Object.fromEntries(
  ["metric", "trace", "debug", "info", "log", "warn", "error"].map((level) => [level, () => {}]),
);

/** CPU time of a call in ms, including the server's. */
const measure = async ({ key, inputs, context, reply: given = message }) => {
  reply = given;
  const before = process.cpuUsage();
  const all = { connection, model: "claude-haiku-5-5", ...inputs };
  await createHarness(component)
    .action(key, all, { logger, ...context })
    .catch((error) => {
      // Not the error: its stack would print the bundle.
      throw new Error(`${key}: ${error.message}`);
    });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};

const best = async (call) => {
  const times = [];
  for (let run = 0; run < 5; run++) times.push(await measure(call));
  return Math.min(...times);
};

for (const [name, make] of Object.entries(cases)) {
  if (!name.includes(process.argv[2] ?? "")) continue;
  await measure(make(1_000));
  let few = await best(make(1_000));
  let many = await best(make(10_000));
  // The machine may have been busy. What grows faster than its input does so each time.
  for (let again = 0; again < 3 && many / few > limit; again++) {
    few = Math.max(few, await best(make(1_000)));
    many = Math.min(many, await best(make(10_000)));
  }
  const ratio = many / few;
  if (ratio > limit) process.exitCode = 1;
  const times = `${few.toFixed(1)} ms, ${many.toFixed(1)} ms`;
  console.log(`${name.padEnd(16)} ${times.padEnd(22)} ${ratio.toFixed(1)} times`);
}
server.close();
server.closeAllConnections();
