import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import type { Batches } from "./batches";
import type { Files } from "./files";
import type { Outcome } from "./marks";
import type { Messages } from "./messages";
import { models } from "./models";
import { page } from "./pages";
import { commonHeaders, type EmulatorResponse, errorResponse } from "./response";
import { streamMessage } from "./stream";

interface Parts {
  messages: Messages;
  batches: Batches;
  files: Files;
  /** What the next messages get, in order. */
  next: { response?: EmulatorResponse; outcome?: Outcome }[];
  settings: { delayMs: number };
  /** Called after a request that may have changed batches or files. */
  changed(): void;
}

/** The API accepts no larger request for a message. */
const maxBytes = 32 * 1024 * 1024;

/** Handles the requests of the emulator's server. */
export const createHandler =
  (parts: Parts) => async (request: IncomingMessage, response: ServerResponse) => {
    for (const [name, value] of Object.entries(commonHeaders())) response.setHeader(name, value);
    // The client may have gone: then there is nobody to respond to.
    const body = await buffer(request).catch(() => undefined);
    if (!body) return;
    const send = ({ status, headers, body: sent }: EmulatorResponse) => {
      if (response.destroyed) return;
      response
        .writeHead(status, { "content-type": "application/json", ...headers })
        .end(Buffer.isBuffer(sent) ? sent : JSON.stringify(sent));
    };
    try {
      const result = await respond(parts, request, body);
      if (!("message" in result)) return send(result);
      if (!result.isStreamed) return send({ status: 200, body: result.message });
      response.writeHead(200, {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache",
      });
      await streamMessage(response, result.message, parts.settings.delayMs);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else send(errorResponse(500, "api_error", `The emulator failed: ${error}`));
    }
  };

type Result =
  | EmulatorResponse
  | { message: Parameters<typeof streamMessage>[1]; isStreamed: boolean };

const respond = async (parts: Parts, request: IncomingMessage, body: Buffer): Promise<Result> => {
  const { messages, batches, files } = parts;
  const { method = "", headers } = request;
  const { pathname, searchParams: query } = new URL(request.url ?? "", "http://emulator");
  const path = pathname.replace(/^\/v1(?=\/)/, "");
  const key = headers["x-api-key"] ?? headers.authorization;
  if (!key || key === "wrong")
    return errorResponse(401, "authentication_error", "invalid x-api-key");
  const betas = String(headers["anthropic-beta"] ?? "");
  if (method === "POST" && path === "/messages") return respondToMessage(parts, body, betas);
  if (method === "POST" && path === "/messages/count_tokens") {
    return messages.countTokens(parsed(body), betas);
  }
  if (["GET", "HEAD"].includes(method) && path === "/models") {
    return { status: 200, body: page(models, query) };
  }
  if (method === "GET" && path.startsWith("/models/")) {
    const id = decodeURIComponent(path.slice("/models/".length));
    const model = models.find((candidate) => candidate.id === id);
    return model
      ? { status: 200, body: model }
      : errorResponse(404, "not_found_error", `model: ${id}`);
  }
  if (/^\/messages\/batches(\/|$)/.test(path)) {
    const rest = path.slice("/messages/batches".length);
    return batches.respond(method, rest, query, parsed(body)).finally(parts.changed);
  }
  if (/^\/files(\/|$)/.test(path)) {
    const rest = path.slice("/files".length);
    return files.respond(method, rest, query, headers, body).finally(parts.changed);
  }
  const message = `The emulator does not support ${method} ${pathname}.`;
  return errorResponse(404, "not_found_error", message);
};

const respondToMessage = async (
  { messages, next }: Parts,
  body: Buffer,
  betas: string,
): Promise<Result> => {
  if (body.length > maxBytes) {
    return errorResponse(413, "request_too_large", "Request exceeds the maximum size");
  }
  const { response, outcome } = next.shift() ?? {};
  if (response) return response;
  const request = parsed(body);
  const reply = await messages.reply(request, { betas, outcome });
  if ("refused" in reply) return reply.refused;
  return { message: reply.message, isStreamed: (request as { stream?: unknown }).stream === true };
};

/** The JSON of a request, undefined if it is none. */
const parsed = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
};
