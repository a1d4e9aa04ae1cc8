import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Message } from "@anthropic-ai/sdk/resources/messages";
import { onTestFinished } from "vitest";

/** A request that the server received. */
export interface Received {
  method: string;
  path: string;
  /** Path and query exactly as sent: parsing a URL resolves "..". */
  target: string;
  /** The part after the `?`. */
  query: string;
  headers: http.IncomingHttpHeaders;
  raw: Buffer;
  body: string;
  /** The parsed body; undefined if it is not valid JSON. */
  json: unknown;
  /** The client port of the TCP connection, which shows whether a connection was reused. */
  port: number;
}

/** A response, or a function that writes the response itself. */
export type Reply =
  | { status?: number; headers?: Record<string, string>; body?: unknown }
  | ((request: Received, response: ServerResponse) => unknown);

export interface Server {
  url: string;
  requests: Received[];
  /** The only request. Throws if there were none or several. */
  request(): Received;
}

/** Starts an HTTP server that sends the replies in order and repeats the last one. It stops after the test. */
export const startServer = async (...replies: Reply[]): Promise<Server> => {
  const requests: Received[] = [];
  const server = http.createServer(async (message, response) => {
    const request = await receive(message).catch(() => undefined);
    if (!request) return;
    requests.push(request);
    const reply = replies[Math.min(requests.length, replies.length) - 1] ?? {};
    if (typeof reply !== "function") response.setHeader("request-id", `req_${requests.length}`);
    return respond(reply, request, response);
  });
  // As long as Anthropic's, so that in a test only the client or the test closes a connection.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    request: () => {
      const [request] = requests;
      if (!request || requests.length > 1) throw new Error(`${requests.length} requests, not 1`);
      return request;
    },
  };
};

/** Writes a reply. */
export const respond = (reply: Reply, request: Received, response: ServerResponse): unknown => {
  if (typeof reply === "function") return reply(request, response);
  const { status = 200, headers = {}, body } = reply;
  const isText = typeof body === "string" || Buffer.isBuffer(body);
  response.writeHead(status, {
    ...(isText || body === undefined ? {} : { "content-type": "application/json" }),
    ...headers,
  });
  return response.end(isText || body === undefined ? body : JSON.stringify(body));
};

const receive = async (message: IncomingMessage): Promise<Received> => {
  const raw = await buffer(message);
  const { pathname, search } = new URL(message.url ?? "", "http://server");
  const body = raw.toString();
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    json = undefined;
  }
  return {
    method: message.method ?? "",
    path: pathname,
    target: message.url ?? "",
    query: search.slice(1),
    headers: message.headers,
    raw,
    body,
    json,
    port: message.socket.remotePort ?? 0,
  };
};

/** Serializes events as a server-sent event stream. */
export const eventStream = (events: { type: string }[]): string =>
  events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");

/** The events of a text reply, in small chunks. */
export const textEvents = (
  text: string,
  { stop_reason = "end_turn", ...rest }: Partial<Message> = {},
): { type: string }[] =>
  [
    {
      type: "message_start",
      message: { ...textMessage(""), content: [], stop_reason: null, ...rest },
    },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "ping" },
    ...(text.match(/.{1,5}/gs) ?? []).map((chunk) => ({
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text: chunk },
    })),
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason, stop_sequence: null },
      usage: { output_tokens: 5 },
    },
    { type: "message_stop" },
  ] as { type: string }[];

/** A streamed text reply. */
export const streamed = (text: string, message: Partial<Message> = {}): Reply => ({
  headers: { "content-type": "text/event-stream" },
  body: eventStream(textEvents(text, message)),
});

/** A message of the API with one text block. */
export const textMessage = (text: string): Message =>
  ({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-sonnet-5-5",
    content: [{ type: "text", text }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 5 },
  }) as unknown as Message;

/** An error response in the format of the API. */
export const refusal = (
  status: number,
  type: string,
  message = "No.",
  headers: Record<string, string> = {},
): Reply => ({ status, headers, body: { type: "error", error: { type, message } } });
