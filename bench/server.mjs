// The server of the benchmarks, in a process of its own: answers a message, streamed when asked to.
import http from "node:http";

const text = "Bent once, it still holds the pages that we forgot: quiet silver line.";
const message = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-5-5",
  content: [{ type: "text", text, citations: null }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 17, output_tokens: 20 },
};
const events = [
  { type: "message_start", message: { ...message, content: [], stop_reason: null } },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  ...text.match(/.{1,8}/g).map((piece) => ({
    type: "content_block_delta",
    index: 0,
    delta: { type: "text_delta", text: piece },
  })),
  { type: "content_block_stop", index: 0 },
  {
    type: "message_delta",
    delta: { stop_reason: "end_turn", stop_sequence: null },
    usage: { output_tokens: 20 },
  },
  { type: "message_stop" },
];
const stream = events
  .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  .join("");
const json = JSON.stringify(message);

const server = http.createServer((request, response) => {
  let body = "";
  request.on("data", (piece) => (body += piece));
  request.on("end", () => {
    const streamed = body.includes('"stream":true');
    response.writeHead(200, {
      "content-type": streamed ? "text/event-stream" : "application/json",
      "request-id": "req_1",
    });
    response.end(streamed ? stream : json);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => process.send(server.address().port));
