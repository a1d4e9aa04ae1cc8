/**
 * A proxy before the emulator that does to answers what networks, proxies and busy servers do to
 * them. What it does to which call is decided beforehand, so that a call can be repeated.
 */
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep, setImmediate as tick } from "node:timers/promises";
import { promisify } from "node:util";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";

/** What is done to the requests of one call. */
export interface Plan {
  fault: string;
  /** Which of its requests, retries counted: the first is 0. */
  at: number | "all";
  /** Where in the answer, 0 to 1, without 1. */
  place: number;
  /** Chooses among the forms of the fault. */
  form: number;
}

export interface Chaos {
  url: string;
  /** What has reached the emulator, by call, as `POST /v1/messages`. */
  arrived: Map<number, string[]>;
  /** How many connections are open. */
  connections(): Promise<number>;
  stop(): Promise<void>;
}

/** Tells the proxy which call a request belongs to. */
export const callHeader = "x-call";

interface Reply {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** A request with what is needed to answer it oddly. */
interface Exchange {
  /** Has the emulator answer. Without it, the request does not arrive. */
  forward(): Promise<Reply>;
  response: ServerResponse;
  pick<T>(forms: readonly T[]): T;
  place: number;
}

type Fault = (exchange: Exchange) => unknown;

/** @param plans By the number of the call. */
export const startChaos = async (target: string, plans: readonly Plan[]): Promise<Chaos> => {
  const agent = new http.Agent({ keepAlive: true });
  const arrived = new Map<number, string[]>();
  const counts = new Map<number, number>();
  const server = http.createServer(async (request, response) => {
    const body = await buffer(request).catch(() => undefined);
    if (!body) return;
    const call = Number(request.headers[callHeader]);
    const count = counts.get(call) ?? 0;
    counts.set(call, count + 1);
    const { fault, at, place, form } = plans[call] ?? { fault: "none", at: 0, place: 0, form: 0 };
    const play = at === "all" || at === count ? faults[fault] : harmless.none;
    const { pathname } = new URL(request.url ?? "", target);
    const forward = () => {
      arrived.set(call, [...(arrived.get(call) ?? []), `${request.method} ${pathname}`]);
      return ask(target, agent, request, body);
    };
    // What the client hangs up on cannot be answered any more.
    response.on("error", () => {});
    const pick = <T>(forms: readonly T[]): T => forms[form % forms.length] as T;
    await play?.({ forward, response, pick, place });
  });
  server.keepAliveTimeout = 60_000;
  // A client that resets a connection is no fault of the proxy's.
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

/** Headers of one connection, not of the answer. */
const ofConnection = ["connection", "keep-alive", "transfer-encoding", "content-length", "date"];

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
      .request(`${target}${url}`, { method, headers: sent, agent }, async (answer) => {
        const received = Object.entries(answer.headers).filter(
          ([name]) => !ofConnection.includes(name),
        );
        resolve({
          status: answer.statusCode ?? 0,
          headers: Object.fromEntries(received.map(([name, value]) => [name, String(value)])),
          body: await buffer(answer),
        });
      })
      .on("error", reject)
      .end(body);
  });

const isStream = ({ headers }: Reply): boolean =>
  headers["content-type"]?.includes("event-stream") ?? false;

/** Events of a stream, pieces of anything else. */
const piecesOf = (reply: Reply, length = 64): Buffer[] => {
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

const write = async (response: ServerResponse, pieces: readonly Buffer[], pause?: number) => {
  for (const piece of pieces) {
    if (response.destroyed) return;
    response.write(piece);
    await (pause === undefined ? tick() : sleep(pause));
  }
};

/** The answer, in chunks where it is a stream. */
const answer = async (response: ServerResponse, reply: Reply): Promise<void> => {
  response.writeHead(reply.status, reply.headers);
  if (!isStream(reply)) return void response.end(reply.body);
  await write(response, piecesOf(reply));
  response.end();
};

/** The answer up to a place, at least one byte of it less. The connection stays open. */
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

/** Silence. The proxy ends it by itself later than any call waits that has a short timeout. */
const stall = async (exchange: Exchange): Promise<void> => {
  await sleep(1_500, undefined, { ref: false });
  reset(exchange);
};

/** An answer byte by byte, of which HTTP may make nothing. */
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

const chunk = (size: number, data: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${size.toString(16)}\r\n`), data, Buffer.from("\r\n")]);

/** Through these, every call gets its right answer. */
const harmless = {
  none: async ({ forward, response }) => answer(response, await forward()),

  split: async ({ forward, response, pick }) => {
    const reply = await forward();
    response.writeHead(reply.status, reply.headers);
    await write(response, piecesOf({ ...reply, headers: {} }, pick([1, 2, 3, 5, 7])));
    response.end();
  },

  trickle: async ({ forward, response }) => {
    const reply = await forward();
    response.writeHead(reply.status, reply.headers);
    await write(response, piecesOf({ ...reply, headers: {} }, reply.body.length / 8), 20);
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

  announced: async ({ forward, response, pick }) => {
    const early = pick([
      () => response.writeContinue(),
      () => response.writeProcessing(),
      () => response.writeEarlyHints({ link: "</style.css>; rel=preload" }),
    ]);
    early();
    await answer(response, await forward());
  },

  /** As HTTP/1.0 ends an answer. */
  "until close": async (exchange) => {
    const reply = await exchange.forward();
    await raw(exchange, head(reply, { connection: "close" }), ...piecesOf(reply));
  },

  /** The kept connection is gone when the next call wants it. */
  "closed after": async (exchange) => {
    await answer(exchange.response, await exchange.forward());
    await exchange.pick([tick, () => sleep(1), () => sleep(5)])();
    exchange.pick([hangUp, reset])(exchange);
  },

  /** What formats allow around the answer. */
  chatter: async ({ forward, response, pick }) => {
    const reply = await forward();
    if (reply.headers["content-type"] === "text/csv") return answer(response, reply);
    const around = isStream(reply)
      ? pick([": comment\n\n", 'event: ping\ndata: {"type": "ping"}\n\n', "\r\n", "retry: 5\n\n"])
      : pick(["\n", "\r\n", " \n"]);
    const pieces = isStream(reply) ? eventsOf(reply) : [reply.body.toString()];
    const mark = isStream(reply) ? pick(["", "\ufeff"]) : "";
    const body = `${mark}${around}${pieces.join(around)}${around}`;
    await answer(response, withEvents(reply, [body]));
  },

  /**
   * An event twice that says the same twice. Not a piece of text: events have no number, so the
   * piece could as well have been written twice, and nobody can tell.
   */
  "doubled event": async ({ forward, response, place }) => {
    const reply = await forward();
    if (!isStream(reply)) return answer(response, reply);
    const events = eventsOf(reply);
    const whole = events.filter((event) => !/content_block_(start|delta)/.test(event));
    const twice = whole[Math.floor(place * whole.length)];
    const doubled = events.flatMap((event) => (event === twice ? [event, event] : event));
    await answer(response, withEvents(reply, doubled));
  },
} satisfies Record<string, Fault>;

/** Waits that servers ask for, sensible or not. */
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

/** What stands in answers that say no. */
const noes = [
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

const no = (statuses: readonly number[], arrives = false): Fault => {
  return async (exchange) => {
    const { response, pick, place } = exchange;
    const body = noes[Math.floor(place * noes.length)];
    const status = statuses[Math.floor((place * 1_000) % statuses.length)] ?? 500;
    const type = pick(["application/json", "text/html", "text/plain; charset=latin1"]);
    const wait = pick(waits());
    // A server that wants to be asked again has not taken the request, or it would be lying.
    if (arrives && wait["x-should-retry"] !== "true") await exchange.forward();
    response.writeHead(status, { "content-type": type, ...wait });
    // One that breaks off or never ends still says no.
    const end = pick([undefined, undefined, undefined, hangUp, stall]);
    if (!end) return response.end(body);
    response.write(body || " ");
    await tick();
    await end(exchange);
  };
};

/** Through these, a call gets its right answer or an error that says what happened. */
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

  "stalled within": async (exchange) => {
    await begin(exchange, await exchange.forward(), exchange.pick([true, false]));
    await stall(exchange);
  },

  cut: async (exchange) => {
    await begin(exchange, await exchange.forward(), exchange.pick([true, false]));
    exchange.pick([hangUp, hangUp, reset, reset])(exchange);
  },

  /** As a proxy ends an answer that broke off behind it: for HTTP, it is whole. */
  "ended early": async (exchange) => {
    const reply = await exchange.forward();
    const length = 1 + Math.floor(exchange.place * (reply.body.length - 1));
    await answer(exchange.response, { ...reply, body: reply.body.subarray(0, length) });
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
   * Some bytes of a chunk twice, so that it is longer than it says. Not a whole chunk, nor bytes in
   * an answer that ends with the connection: such an answer is another one, and a valid one.
   */
  "doubled bytes": async (exchange) => {
    const reply = await exchange.forward();
    const pieces = piecesOf(reply);
    const at = Math.floor(exchange.place * pieces.length);
    const chunks = pieces.map((piece, index) => {
      const from = Math.floor(exchange.place * piece.length);
      const again = piece.subarray(from, from + exchange.pick([1, 2, 3, 10, 1_000]));
      const sent = index === at ? [piece.subarray(0, from), again, piece.subarray(from)] : [piece];
      return chunk(piece.length, Buffer.concat(sent));
    });
    await raw(exchange, head(reply, { "transfer-encoding": "chunked" }), ...chunks, "0\r\n\r\n");
  },

  /** A second answer that nobody asked for is not taken for that of the next call. */
  "answered twice": async (exchange) => {
    const { response, forward } = exchange;
    const reply = await forward();
    const length = { "content-length": String(reply.body.length) };
    const other = 'HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{"id": "other"}';
    response.socket?.write(
      Buffer.concat([Buffer.from(head(reply, length)), reply.body, Buffer.from(other)]),
    );
  },

  /** As a proxy that asks again when an answer breaks off, and sends what comes after what came. */
  "begun anew": async ({ forward, response, place }) => {
    const reply = await forward();
    const events = isStream(reply) ? eventsOf(reply) : reply.body.toString().split(/(?<=\n)/);
    const before = events.slice(0, 1 + Math.floor(place * events.length));
    await answer(response, withEvents(reply, [...before, ...events]));
  },

  "error within": async ({ forward, response, place, pick }) => {
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
    await answer(response, withEvents(reply, events));
  },

  limits: no([429, 529, 408, 409]),

  "server error": no([500, 502, 503, 504, 520, 599], true),

  refused: no([400, 401, 402, 403, 404, 405, 413, 418, 422, 501]),

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

  "no HTTP": async (exchange) => {
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

/** Those that a call must not wait for long. */
export const isSilent = (fault: string): boolean =>
  ["stalled", "stalled within", "limits", "server error", "refused"].includes(fault);
