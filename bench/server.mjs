// The server of the benchmarks, in a separate process: a message (streamed on request), a completion in
// OpenAI's format, a list of 10,000 models, and the batches and files of batches.mjs.
import http from "node:http";
import { setImmediate } from "node:timers/promises";
import { respond } from "./batches.mjs";

const text = "Bent once, it still holds the pages that we forgot: quiet silver line.";
const message = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-5-5",
  content: [{ type: "text", text }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 17, output_tokens: 20 },
};
const events = (chunks) => [
  { type: "message_start", message: { ...message, content: [], stop_reason: null } },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  ...chunks.map((chunk) => ({
    type: "content_block_delta",
    index: 0,
    delta: { type: "text_delta", text: chunk },
  })),
  { type: "content_block_stop", index: 0 },
  {
    type: "message_delta",
    delta: { stop_reason: "end_turn", stop_sequence: null },
    usage: { output_tokens: 20 },
  },
  { type: "message_stop" },
];
const stream = (chunks) =>
  events(chunks)
    .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    .join("");
const short = stream(text.match(/.{1,8}/g));
const long = stream(Array.from({ length: 20_000 }, (_, index) => ` word ${index}`));
const json = JSON.stringify(message);
const completion = JSON.stringify({
  id: "msg_1",
  object: "chat.completion",
  created: 1_795_800_000,
  model: message.model,
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: text },
      finish_reason: "stop",
      logprobs: null,
    },
  ],
  usage: { prompt_tokens: 17, completion_tokens: 20, total_tokens: 37 },
});

/** Headers such as the live API sends with each response: a client reads them all. */
const headers = {
  "anthropic-organization-id": "00000000-0000-4000-8000-000000000000",
  ...Object.fromEntries(
    ["requests", "tokens", "input-tokens", "output-tokens"].flatMap((what) => [
      [`anthropic-ratelimit-${what}-limit`, "4000000"],
      [`anthropic-ratelimit-${what}-remaining`, "3999000"],
      [`anthropic-ratelimit-${what}-reset`, "2026-11-28T12:00:00Z"],
    ]),
  ),
  "request-id": "req_011CZkZaBF1tNoB5wlCeusgy",
  "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
  "x-envoy-upstream-service-time": "812",
  "cf-cache-status": "DYNAMIC",
  "cf-ray": "9a2b3c4d5e6f7a8b-FRA",
  "x-robots-tag": "none",
  server: "cloudflare",
};

/** The number of tokens asked for selects the stream. */
const streams = { 20000: { text: long }, 20001: { text: long, isSplit: true } };

const capability = { supported: true };
const models = Array.from({ length: 10_000 }, (_, index) => ({
  type: "model",
  id: `claude-${index}`,
  display_name: `Claude ${index}`,
  created_at: "2026-09-29T00:00:00Z",
  max_input_tokens: 1_000_000,
  max_tokens: 128_000,
  capabilities: {
    batch: capability,
    citations: capability,
    image_input: capability,
    pdf_input: capability,
    structured_outputs: capability,
    thinking: { ...capability, types: { adaptive: capability, enabled: capability } },
  },
}));
const modelsPage = ({ searchParams }) => {
  const from = Number(searchParams.get("after_id")?.slice("claude-".length) ?? -1) + 1;
  const to = from + Number(searchParams.get("limit") ?? 20);
  const data = models.slice(from, to);
  const ids = { first_id: data.at(0)?.id ?? null, last_id: data.at(-1)?.id ?? null };
  return JSON.stringify({ data, has_more: to < models.length, ...ids });
};

/** Each event in a write of its own, as they arrive from the API. */
const writeEach = async (response, events) => {
  for (const event of events.split(/(?<=\n\n)/)) {
    response.write(event);
    await setImmediate();
  }
  response.end();
};

const server = http.createServer((request, response) => {
  // Like the API, the server does not say how long it keeps the connection open. The client decides.
  response.setHeader("connection", "keep-alive");
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (request.url.startsWith("/v1/models?")) {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(modelsPage(new URL(request.url, "http://localhost")));
    return;
  }
  if (respond(request, response)) return;
  // The parameters are at the start and the end of a body; the middle may be a file.
  let start = "";
  let end = "";
  request.on("data", (chunk) => {
    if (start.length < 1_000) start += chunk.toString("latin1", 0, 1_000);
    end = (end + chunk.toString("latin1", Math.max(0, chunk.length - 1_000))).slice(-1_000);
  });
  request.on("end", () => {
    const has = (parameter) => `${start} ${end}`.includes(parameter);
    const streamed = has('"stream":true');
    response.writeHead(200, {
      "content-type": streamed ? "text/event-stream" : "application/json",
    });
    if (!streamed) return response.end(request.url === "/v1/chat/completions" ? completion : json);
    const [, tokens] = /"max_tokens":(\d+)/.exec(`${start} ${end}`) ?? [];
    const { text: events = short, isSplit } = streams[tokens] ?? {};
    if (isSplit) writeEach(response, events);
    else response.end(events);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => process.send(server.address().port));
