/**
 * How the CPU time of a call grows from 1,000 to 10,000 of something, for each list input and each
 * kind of stream event: `node bench/growth.mjs`. More than 15 times is reported, and the exit code is 1.
 */
import http from "node:http";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { createHarness } = require("@prismatic-io/spectral/dist/testing");
const { default: component } = require("../dist/index.js");

const limit = 15;

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

/** A stream of one block with these deltas. */
const stream = (deltas, block = { type: "text", text: "" }) =>
  eventsOf([
    { type: "message_start", message: { ...message, content: [] } },
    { type: "content_block_start", index: 0, content_block: block },
    ...deltas.map((delta) => ({ type: "content_block_delta", index: 0, delta })),
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 1 } },
    { type: "message_stop" },
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

/** What grows, with the call for a count of it. */
const cases = {
  variables: (n) =>
    chat({
      initialMessage: list(n, (at) => `{{v${at}}}`).join(" "),
      requestOptions: { variables: list(n, (at) => ({ key: `v${at}`, value: "x" })) },
    }),
  turns: (n) => chat({ conversation: turns(n, (at) => `Turn ${at}`) }),
  attachments: (n) =>
    chat({ attachments: list(n, (at) => ({ key: `a${at}.txt`, value: "Text" })) }),
  tools: (n) => chat({ tools: { definitions: list(n, definition) } }),
  "stop sequences": (n) => chat({ output: { stopSequences: list(n, (at) => `s${at}`) } }),
  fields: (n) => ({
    key: "extractData",
    inputs: { text: "Hi", fields: list(n, (at) => ({ name: `f${at}`, type: "text" })) },
    reply: { ...message, content: [{ type: "text", text: '{"record": {}}' }] },
  }),
  rows: (n) => ({
    key: "createBatch",
    inputs: { items: list(n, (at) => ({ id: `r${at}`, text: "Row" })), message: "{{text}}" },
    reply: { id: "msgbatch_1", type: "message_batch", processing_status: "in_progress" },
  }),
  "hidden values": (n) =>
    chat({
      initialMessage: list(n, (at) => `u${at}@example.org`).join(" "),
      privacy: { hide: "all" },
    }),
  "hidden names": (n) =>
    chat({
      initialMessage: list(n, (at) => `Name${at} Lee`).join(" "),
      privacy: { names: list(n, (at) => `Name${at} Lee`) },
    }),
  links: (n) => ({
    key: "checkText",
    inputs: {
      text: list(n, (at) => `https://h${at}.example.com/`).join(" "),
      rules: [{ key: "linkHosts", value: "example.com" }],
    },
  }),
  "text deltas": (n) => chat({}, stream(list(n, () => ({ type: "text_delta", text: "word " })))),
  "thinking deltas": (n) =>
    chat(
      {},
      stream(
        list(n, () => ({ type: "thinking_delta", thinking: "hm " })),
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
  blocks: (n) =>
    chat({}, { ...message, content: list(n, (at) => ({ type: "text", text: `b${at}` })) }),
};

let reply;
const server = http.createServer((request, response) => {
  request.resume().on("end", () => {
    const isStream = typeof reply === "string";
    const type = isStream ? "text/event-stream" : "application/json";
    response.writeHead(200, { "content-type": type });
    response.end(isStream ? reply : JSON.stringify(reply));
  });
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const connection = {
  key: "anthropic",
  fields: { apiKey: "sk-ant-growth", baseUrl: `http://127.0.0.1:${server.address().port}` },
};
const logger = Object.fromEntries(
  ["metric", "trace", "debug", "info", "log", "warn", "error"].map((level) => [level, () => {}]),
);

/** CPU time of a call in ms, including the server's. */
const measure = async ({ key, inputs, reply: given = message }) => {
  reply = given;
  const before = process.cpuUsage();
  const all = { connection, model: "claude-haiku-5-5", ...inputs };
  await createHarness(component).action(key, all, { logger });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};

const best = async (call) => {
  const times = [];
  for (let run = 0; run < 3; run++) times.push(await measure(call));
  return Math.min(...times);
};

for (const [name, make] of Object.entries(cases)) {
  await measure(make(1_000));
  const [few, many] = [await best(make(1_000)), await best(make(10_000))];
  const ratio = many / few;
  if (ratio > limit) process.exitCode = 1;
  const times = `${few.toFixed(1)} ms, ${many.toFixed(1)} ms`;
  console.log(`${name.padEnd(16)} ${times.padEnd(22)} ${ratio.toFixed(1)} times`);
}
server.close();
server.closeAllConnections();
