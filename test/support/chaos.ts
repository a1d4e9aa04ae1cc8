/**
 * A proxy in front of the emulator that injects the faults of networks, proxies and overloaded servers
 * into responses. The fault of each call is planned beforehand, so that a call can be reproduced.
 */
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep, setImmediate as tick } from "node:timers/promises";
import { promisify } from "node:util";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";

/** The fault of one call. */
export interface Plan {
  fault: string;
  /** The request that fails, counted from 0, retries included. */
  at: number | "all";
  /** Position in the response: at least 0 and less than 1. */
  place: number;
  /** Selects one of the variants of the fault. */
  form: number;
}

export interface Chaos {
  url: string;
  /** Requests that reached the emulator, by call, such as `POST /v1/messages`. */
  arrived: Map<number, string[]>;
  /** Number of open connections. */
  connections(): Promise<number>;
  stop(): Promise<void>;
}

/** Request header with the number of the call. */
export const callHeader = "x-call";

interface Reply {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** A request with what a fault needs to respond. */
interface Exchange {
  /** Sends the request to the emulator. Without this call, it never arrives there. */
  forward(): Promise<Reply>;
  response: ServerResponse;
  pick<T>(forms: readonly T[]): T;
  place: number;
}

type Fault = (exchange: Exchange) => unknown;

/**
 * @param plans Indexed by the number of the call.
 * @param callOf The number of the call that a request belongs to.
 */
export const startChaos = async (
  target: string,
  plans: readonly Plan[],
  callOf = ({ headers }: IncomingMessage, _body: string) => Number(headers[callHeader]),
): Promise<Chaos> => {
  const agent = new http.Agent({ keepAlive: true });
  const arrived = new Map<number, string[]>();
  const counts = new Map<number, number>();
  const server = http.createServer(async (request, response) => {
    const body = await buffer(request).catch(() => undefined);
    if (!body) return;
    const call = callOf(request, body.toString());
    const count = counts.get(call) ?? 0;
    counts.set(call, count + 1);
    const { fault, at, place, form } = plans[call] ?? { fault: "none", at: 0, place: 0, form: 0 };
    const inject = at === "all" || at === count ? faults[fault] : harmless.none;
    const { pathname } = new URL(request.url ?? "", target);
    const forward = () => {
      arrived.set(call, [...(arrived.get(call) ?? []), `${request.method} ${pathname}`]);
      return ask(target, agent, request, body);
    };
    // A client that has closed the connection gets no response.
    response.on("error", () => {});
    const pick = <T>(forms: readonly T[]): T => forms[form % forms.length] as T;
    await inject?.({ forward, response, pick, place });
  });
  server.keepAliveTimeout = 60_000;
  // A client may reset its connection.
  server.on("clientError", (_, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived,
    connections: promisify(server.getConnections.bind(server)),
    stop: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** Headers that belong to the connection, not to the response. */
const connectionHeaders = [
  "connection",
  "keep-alive",
  "transfer-encoding",
  "content-length",
  "date",
];

const ask = (
  target: string,
  agent: http.Agent,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const sent = {
      ...headers,
      host: new URL(target).host,
      "accept-encoding": "identity",
    };
    http
      .request(`${target}${url}`, { method, headers: sent, agent }, async (response) => {
        const received = Object.entries(response.headers).filter(
          ([name]) => !connectionHeaders.includes(name),
        );
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(received.map(([name, value]) => [name, String(value)])),
          body: await buffer(response),
        });
      })
      .on("error", reject)
      .end(body);
  });

const isStream = ({ headers }: Reply): boolean =>
  headers["content-type"]?.includes("event-stream") ?? false;

/** The events of a stream, or chunks of any other body. */
const chunksOf = (reply: Reply, length = 64): Buffer[] => {
  if (isStream(reply)) return eventsOf(reply).map((event) => Buffer.from(event));
  const count = Math.ceil(reply.body.length / length);
  return Array.from({ length: count }, (_, index) =>
    reply.body.subarray(index * length, (index + 1) * length),
  );
};

const eventsOf = ({ body }: Reply): string[] =>
  body
    .toString()
    .split(/(?<=\n\n)/)
    .filter((event) => event.trim() !== "");

const withEvents = (reply: Reply, events: string[]): Reply => ({
  ...reply,
  body: Buffer.from(events.join("")),
});

const write = async (response: ServerResponse, chunks: readonly Buffer[], pause?: number) => {
  for (const chunk of chunks) {
    if (response.destroyed) return;
    response.write(chunk);
    await (pause === undefined ? tick() : sleep(pause));
  }
};

/** Sends the response, in chunks if it is a stream. */
const respond = async (response: ServerResponse, reply: Reply): Promise<void> => {
  response.writeHead(reply.status, reply.headers);
  if (!isStream(reply)) return void response.end(reply.body);
  await write(response, chunksOf(reply));
  response.end();
};

/** Sends the response up to `place`, at least one byte short. The connection stays open. */
const begin = async ({ response, place }: Exchange, reply: Reply, announced: boolean) => {
  const length = announced ? { "content-length": String(reply.body.length) } : {};
  response.writeHead(reply.status, { ...reply.headers, ...length });
  response.flushHeaders();
  const part = reply.body.subarray(0, Math.floor(place * reply.body.length));
  if (part.length > 0) response.write(part);
  await tick();
};

const hangUp = ({ response }: Exchange): void => void response.socket?.destroySoon();

const reset = ({ response }: Exchange): void => void response.socket?.resetAndDestroy();

/** Sends nothing, and resets the connection later than any short timeout. */
const stall = async (exchange: Exchange): Promise<void> => {
  await sleep(1_500, undefined, { ref: false });
  reset(exchange);
};

/** Writes raw bytes, which need not be valid HTTP. */
const raw = async (exchange: Exchange, ...parts: (string | Buffer)[]): Promise<void> => {
  for (const part of parts) {
    exchange.response.socket?.write(part);
    await tick();
  }
  hangUp(exchange);
};

const head = ({ status, headers }: Reply, more: Record<string, string>): string => {
  const lines = Object.entries({ ...headers, ...more }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `HTTP/1.1 ${status} OK\r\n${lines.join("")}\r\n`;
};

const httpChunk = (size: number, data: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${size.toString(16)}\r\n`), data, Buffer.from("\r\n")]);

/** Faults through which every call gets the correct result. */
const harmless = {
  none: async ({ forward, response }) => respond(response, await forward()),

  split: async ({ forward, response, pick }) => {
    const reply = await forward();
    response.writeHead(reply.status, reply.headers);
    await write(response, chunksOf({ ...reply, headers: {} }, pick([1, 2, 3, 5, 7])));
    response.end();
  },

  trickle: async ({ forward, response }) => {
    const reply = await forward();
    response.writeHead(reply.status, reply.headers);
    await write(response, chunksOf({ ...reply, headers: {} }, reply.body.length / 8), 20);
    response.end();
  },

  compressed: async ({ forward, response, pick }) => {
    const reply = await forward();
    const [encoding, body] = pick([
      ["gzip", gzipSync(reply.body)],
      ["x-gzip", gzipSync(reply.body)],
      ["deflate", deflateSync(reply.body)],
      ["br", brotliCompressSync(reply.body)],
    ] as const);
    response.writeHead(reply.status, { ...reply.headers, "content-encoding": encoding });
    await write(response, [body.subarray(0, body.length / 2), body.subarray(body.length / 2)]);
    response.end();
  },

  "informational response": async ({ forward, response, pick }) => {
    const early = pick([
      () => response.writeContinue(),
      () => response.writeProcessing(),
      () => response.writeEarlyHints({ link: "</style.css>; rel=preload" }),
    ]);
    early();
    await respond(response, await forward());
  },

  /** The end of the connection ends the response, as in HTTP/1.0. */
  "until close": async (exchange) => {
    const reply = await exchange.forward();
    await raw(exchange, head(reply, { connection: "close" }), ...chunksOf(reply));
  },

  /** The kept-alive connection is closed when the next call uses it. */
  "closed after": async (exchange) => {
    await respond(exchange.response, await exchange.forward());
    await exchange.pick([tick, () => sleep(1), () => sleep(5)])();
    exchange.pick([hangUp, reset])(exchange);
  },

  /** Comments, pings and whitespace that the format allows. */
  "optional content": async ({ forward, response, pick }) => {
    const reply = await forward();
    if (reply.headers["content-type"] === "text/csv") return respond(response, reply);
    const around = isStream(reply)
      ? pick([
          ": comment\n\n",
          "data:\n\n",
          "data: null\n\n",
          'event: ping\ndata: {"type": "ping"}\n\n',
          "\r\n",
          "retry: 5\n\n",
        ])
      : pick(["\n", "\r\n", " \n"]);
    const chunks = isStream(reply) ? eventsOf(reply) : [reply.body.toString()];
    const mark = isStream(reply) ? pick(["", "\ufeff"]) : "";
    const body = `${mark}${around}${chunks.join(around)}${around}`;
    await respond(response, withEvents(reply, [body]));
  },

  /**
   * Sends an event twice that can be repeated without a change. Not a delta: events have no number,
   * so a repeated delta cannot be told from repeated text.
   */
  "doubled event": async ({ forward, response, place }) => {
    const reply = await forward();
    if (!isStream(reply)) return respond(response, reply);
    const events = eventsOf(reply);
    const repeatable = events.filter((event) => !/content_block_(start|delta)/.test(event));
    const twice = repeatable[Math.floor(place * repeatable.length)];
    const doubled = events.flatMap((event) => (event === twice ? [event, event] : event));
    await respond(response, withEvents(reply, doubled));
  },
} satisfies Record<string, Fault>;

/** Retry headers, valid and invalid. */
const waits = (): Record<string, string | string[]>[] => [
  { "retry-after-ms": "5" },
  { "retry-after": "0.01" },
  { "retry-after": "0" },
  { "retry-after": "-1" },
  { "retry-after": "soon" },
  { "retry-after": "" },
  { "retry-after": "86400" },
  { "retry-after": "1e300" },
  { "retry-after": ["0.01", "7"] },
  { "retry-after": new Date(Date.now() + 500).toUTCString() },
  { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" },
  { "retry-after-ms": "NaN", "retry-after": "0.01" },
  { "retry-after-ms": "5", "x-should-retry": "true" },
  { "x-should-retry": "false" },
  { "anthropic-ratelimit-requests-remaining": "none", "retry-after-ms": "5" },
  {},
];

const html =
  "<!doctype html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";

const errorOf = (type: string, message: unknown) =>
  JSON.stringify({ type: "error", error: { type, message } });

/** Bodies of error responses. */
const errorBodies = [
  errorOf("overloaded_error", "Overloaded"),
  errorOf("api_error", ""),
  errorOf("api_error", { text: "No." }),
  errorOf("api_error", "x".repeat(200_000)),
  errorOf("api_error", "Not now.").slice(0, 40),
  html,
  html.replace(/<title>.*<\/title>/, ""),
  "",
  "null",
  "[]",
  '"No."',
  '{"error": "No."}',
  '{"message": "No."}',
  '{"detail": [{"loc": ["body"], "msg": "No."}]}',
  '{"error": {"message": "No.", "type": null, "code": 7}}',
  Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3]),
];

const errorWith = (statuses: readonly number[], arrives = false): Fault => {
  return async (exchange) => {
    const { response, pick, place } = exchange;
    const body = errorBodies[Math.floor(place * errorBodies.length)];
    const status = statuses[Math.floor((place * 1_000) % statuses.length)] ?? 500;
    const type = pick(["application/json", "text/html", "text/plain; charset=latin1"]);
    const wait = pick(waits());
    // A server that requests a retry has not processed the request.
    if (arrives && wait["x-should-retry"] !== "true") await exchange.forward();
    response.writeHead(status, { "content-type": type, ...wait });
    // A truncated or endless error response is still an error.
    const end = pick([undefined, undefined, undefined, hangUp, stall]);
    if (!end) return response.end(body);
    response.write(body || " ");
    await tick();
    await end(exchange);
  };
};

/** Faults through which a call gets the correct result or a clear error. */
const harmful = {
  reset: async (exchange) => {
    if (exchange.pick([true, false])) await exchange.forward();
    reset(exchange);
  },

  closed: async (exchange) => {
    if (exchange.pick([true, false])) await exchange.forward();
    hangUp(exchange);
  },

  stalled: async (exchange) => {
    if (exchange.pick([true, false])) await exchange.forward();
    await stall(exchange);
  },

  "stalled midway": async (exchange) => {
    await begin(exchange, await exchange.forward(), exchange.pick([true, false]));
    await stall(exchange);
  },

  truncated: async (exchange) => {
    await begin(exchange, await exchange.forward(), exchange.pick([true, false]));
    exchange.pick([hangUp, hangUp, reset, reset])(exchange);
  },

  /** As a proxy ends a response that was interrupted behind it: complete for HTTP. */
  "ended early": async (exchange) => {
    const reply = await exchange.forward();
    const length = 1 + Math.floor(exchange.place * (reply.body.length - 1));
    await respond(exchange.response, { ...reply, body: reply.body.subarray(0, length) });
  },

  empty: async ({ forward, response, pick }) => {
    const { headers } = await forward();
    response.writeHead(pick([200, 204]), pick([headers, {}])).end();
  },

  "wrong length": async (exchange) => {
    const reply = await exchange.forward();
    const { length } = reply.body;
    const wrong = exchange.pick([length + 1, length + 1_000, length - 2, Math.floor(length / 2)]);
    await raw(exchange, head(reply, { "content-length": String(wrong) }), reply.body);
  },

  /**
   * Repeats some bytes of a chunk, so that it is longer than its announced size. Repeating a whole
   * chunk, or bytes of a response without a length, would produce another valid response.
   */
  "doubled bytes": async (exchange) => {
    const reply = await exchange.forward();
    const chunks = chunksOf(reply);
    const at = Math.floor(exchange.place * chunks.length);
    const sent = chunks.map((chunk, index) => {
      const from = Math.floor(exchange.place * chunk.length);
      const again = chunk.subarray(from, from + exchange.pick([1, 2, 3, 10, 1_000]));
      const parts = index === at ? [chunk.subarray(0, from), again, chunk.subarray(from)] : [chunk];
      return httpChunk(chunk.length, Buffer.concat(parts));
    });
    await raw(exchange, head(reply, { "transfer-encoding": "chunked" }), ...sent, "0\r\n\r\n");
  },

  /** Sends a second, unrequested response, which must not become the response to the next call. */
  "second response": async (exchange) => {
    const { response, forward } = exchange;
    const reply = await forward();
    const length = { "content-length": String(reply.body.length) };
    const other = 'HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{"id": "other"}';
    response.socket?.write(
      Buffer.concat([Buffer.from(head(reply, length)), reply.body, Buffer.from(other)]),
    );
  },

  /** As a proxy that repeats an interrupted request and appends the second response to the first. */
  restarted: async ({ forward, response, place }) => {
    const reply = await forward();
    const events = isStream(reply) ? eventsOf(reply) : reply.body.toString().split(/(?<=\n)/);
    const before = events.slice(0, 1 + Math.floor(place * events.length));
    await respond(response, withEvents(reply, [...before, ...events]));
  },

  /** As a gateway ends a stream that was interrupted behind it: with the events of a whole one. */
  "ended as whole": async ({ forward, response, place, pick }) => {
    const reply = await forward();
    if (!isStream(reply)) return respond(response, reply);
    const events = eventsOf(reply);
    const deltas = events.findIndex((event) => event.includes('"type":"message_delta"'));
    const before = events.slice(0, 1 + Math.floor(place * (deltas - 1)));
    const filled = before.map((event) =>
      event.replace('"stop_reason":null', pick(['"stop_reason":"end_turn"', '"stop_reason":""'])),
    );
    const stop = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';
    const reason = (stop_reason: string) =>
      `data: ${JSON.stringify({ type: "message_delta", delta: { stop_reason } })}\n\n`;
    const end = pick(["", stop, reason("") + stop, reason("error") + stop]);
    await respond(response, withEvents(reply, [...filled, end]));
  },

  /** Moves a part of a tool input, or drops or repeats it. */
  "changed input": async ({ forward, response, place, pick }) => {
    const reply = await forward();
    const events = isStream(reply) ? eventsOf(reply) : [];
    const isPart = (event: string) => /input_json_delta.*"partial_json":"[^"]/.test(event);
    const parts = events.filter(isPart);
    const part = parts[Math.floor(place * parts.length)];
    if (part === undefined) return respond(response, reply);
    const changed = pick<(event: string) => string[]>([
      () => [],
      (event) => [event, event],
      (event) => [event.replace(/"index":\d+/, '"index":7')],
      (event) => [event.replace(/"partial_json":"([^"\\]*).*?"}/, '"partial_json":"$1"}')],
    ]);
    const sent = events.flatMap((event) => (event === part ? changed(event) : event));
    await respond(response, withEvents(reply, sent));
  },

  "error with status 200": ({ response, pick }) => {
    const raw = errorOf("invalid_request_error", "No.");
    const error = pick([
      { code: 429, message: "No." },
      { code: "402", type: "None", message: "No." },
      { code: 400, message: "Provider returned error", metadata: { raw } },
      { type: "api_error", message: `400 ${raw}` },
      { status: 503, message: "No.\n    at run (/app/server.js:1:2)" },
    ]);
    response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify(pick([{ error }, { type: "error", error }, { errors: [error] }])));
  },

  "error midway": async ({ forward, response, place, pick }) => {
    const reply = await forward();
    const events = isStream(reply) ? eventsOf(reply) : [reply.body.toString()];
    const error = pick([
      errorOf("overloaded_error", "Overloaded"),
      errorOf("invalid_request_error", "No."),
      errorOf("api_error", null),
      '{"error": "No."}',
      '{"type": "error"}',
    ]);
    events.splice(Math.floor(place * events.length), 1, `event: error\ndata: ${error}\n\n`);
    await respond(response, withEvents(reply, events));
  },

  "rate limit": errorWith([429, 529, 408, 409]),

  "server error": errorWith([500, 502, 503, 504, 520, 599], true),

  "client error": errorWith([400, 401, 402, 403, 404, 405, 413, 418, 422, 501]),

  redirect: ({ response, pick }) => {
    const location = pick(["https://example.org/", "/login", "", undefined]);
    response
      .writeHead(pick([301, 302, 304, 307, 308]), location === undefined ? {} : { location })
      .end(pick(["", html]));
  },

  html: async ({ forward, response, pick }) => {
    await forward();
    const type = pick(["text/html", "text/html; charset=utf-8", "application/json"]);
    response.writeHead(200, { "content-type": type }).end(html);
  },

  "other JSON": async ({ forward, response, pick }) => {
    await forward();
    const body = pick([
      "null",
      "42",
      '"text"',
      "[]",
      "{}",
      '{"message": "ok"}',
      '{"data": null}',
      '{"id": 5}',
      errorOf("overloaded_error", "Overloaded"),
    ]);
    response.writeHead(200, { "content-type": "application/json" }).end(body);
  },

  "wrong type": async ({ forward, response, pick }) => {
    const reply = await forward();
    const { "content-type": _, ...headers } = reply.headers;
    const type = pick([
      "text/plain",
      "text/html",
      "application/json",
      "text/event-stream",
      ";",
      "",
    ]);
    response.writeHead(200, { ...headers, ...(type && { "content-type": type }) }).end(reply.body);
  },

  "wrong encoding": async ({ forward, response, pick, place }) => {
    const { status, headers, body } = await forward();
    const zipped = gzipSync(body);
    const [encoding, sent] = pick([
      ["gzip", body],
      ["br", zipped],
      ["gzip", zipped.subarray(0, Math.floor(place * zipped.length))],
      ["gzip", Buffer.concat([zipped.subarray(0, 20), zipped])],
      ["identity", zipped],
    ] as const);
    response.writeHead(status, { ...headers, "content-encoding": encoding }).end(sent);
  },

  "invalid HTTP": async (exchange) => {
    const { forward, pick } = exchange;
    const reply = await forward();
    const length = String(reply.body.length);
    await raw(
      exchange,
      ...pick<(string | Buffer)[]>([
        ["SSH-2.0-OpenSSH_9.6\r\n"],
        [Buffer.from([0x15, 3, 1, 0, 2, 2, 0x46])],
        ["HTTP/1.1 2OO OK\r\n\r\n"],
        ["HTTP/1.1 200 OK\r\nno header\r\n\r\n", reply.body],
        [head(reply, { "x-long": "x".repeat(20_000), "content-length": length }), reply.body],
        [head(reply, { "content-length": length, "Content-Length": "1" }), reply.body],
        [head(reply, { "transfer-encoding": "chunked" }), reply.body],
        [head(reply, { "transfer-encoding": "chunked", "content-length": length }), reply.body],
        [head(reply, { "content-length": length }).slice(0, 40)],
      ]),
    );
  },
} satisfies Record<string, Fault>;

const faults: Record<string, Fault> = { ...harmless, ...harmful };

export const faultNames = Object.keys(faults);

export const isHarmless = (fault: string): boolean => fault in harmless;

/** Whether a call through the fault needs a short timeout. */
export const isSilent = (fault: string): boolean =>
  ["stalled", "stalled midway", "rate limit", "server error", "client error"].includes(fault);
