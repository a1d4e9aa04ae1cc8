import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { LLMock } from "@copilotkit/aimock";
import { Batches } from "./batches";
import { Files } from "./files";
import { models } from "./models";
import { page } from "./pages";
import { estimate, replyTo } from "./replies";
import { type EmulatorResponse, errorResponse } from "./response";

export interface Emulator {
  /** The base URL for a connection. */
  url: string;
  /** Responds to the next message with an error in the API's format. */
  failNext(status: number, type: string, message: string): void;
  /** Advances the clock of batches and files, in ms. */
  advance(ms: number): void;
  stop(): Promise<void>;
}

const modelIds = models.map(({ id }) => id);

/**
 * Starts an emulator of Claude's API on this machine. aimock responds to messages, streamed or not.
 * This folder adds what aimock does not have: models, token counts, batches, files, request IDs, rate
 * limits and invalid API keys. The replies are fixed texts, see `replies`.
 */
export const startEmulator = async (): Promise<Emulator> => {
  let advancedMs = 0;
  const now = () => Date.now() + advancedMs;
  const state = { batches: new Batches(now, modelIds), files: new Files(now) };
  const mock = new LLMock({ port: 0, logLevel: "silent", chunkSize: 12 });
  mock.mount("/v1", {
    handleRequest: (request, response, path) => handle(state, request, response, path),
  });
  mock.on({ predicate: ({ model }) => !modelIds.includes(model) }, ({ model }) => ({
    error: { type: "not_found_error", message: `model: ${model}` },
    status: 404,
  }));
  mock.on({ predicate: () => true }, ({ messages }) => {
    const { text = "", toolCalls = [] } = replyTo(messages);
    return {
      content: text,
      ...(toolCalls.length > 0 && {
        toolCalls: toolCalls.map(({ name, input }) => ({ name, arguments: JSON.stringify(input) })),
      }),
      usage: {
        input_tokens: estimate(messages),
        output_tokens: estimate(text + (toolCalls.length > 0 ? JSON.stringify(toolCalls) : "")),
      },
    };
  });
  await mock.start();
  return {
    url: mock.url,
    failNext: (status, type, message) => void mock.nextRequestError(status, { type, message }),
    advance: (ms) => {
      advancedMs += ms;
    },
    stop: () => mock.stop(),
  };
};

/** Responds to requests that aimock does not support. Returns false to leave the request to aimock. */
const handle = async (
  state: { batches: Batches; files: Files },
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<boolean> => {
  response.setHeader("request-id", `req_${randomBytes(12).toString("base64url")}`);
  response.setHeader("anthropic-ratelimit-requests-limit", "4000");
  response.setHeader("anthropic-ratelimit-requests-remaining", "3999");
  response.setHeader("anthropic-ratelimit-requests-reset", new Date().toISOString());
  const key = request.headers["x-api-key"] ?? request.headers.authorization;
  const isValidKey = key && key !== "wrong";
  if (isValidKey && request.method === "POST" && path === "/messages") return false;
  const { status, headers, body } = isValidKey
    ? await respond(state, request, path)
    : errorResponse(401, "authentication_error", "invalid x-api-key");
  response
    .writeHead(status, { "content-type": "application/json", ...headers })
    .end(Buffer.isBuffer(body) ? body : JSON.stringify(body));
  return true;
};

const respond = async (
  { batches, files }: { batches: Batches; files: Files },
  request: IncomingMessage,
  path: string,
): Promise<EmulatorResponse> => {
  const method = request.method ?? "";
  const query = new URL(request.url ?? "", "http://emulator").searchParams;
  const body = await buffer(request);
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
  if (method === "POST" && path === "/messages/count_tokens") {
    const { model, messages, system } = parsed(body) as Record<string, unknown>;
    if (typeof model === "string" && !modelIds.includes(model)) {
      return errorResponse(404, "not_found_error", `model: ${model}`);
    }
    return Array.isArray(messages)
      ? { status: 200, body: { input_tokens: estimate(system ? [system, messages] : messages) } }
      : errorResponse(400, "invalid_request_error", "messages: Field required");
  }
  if (/^\/messages\/batches(\/|$)/.test(path)) {
    return batches.respond(method, path.slice("/messages/batches".length), query, parsed(body));
  }
  if (/^\/files(\/|$)/.test(path)) {
    return files.respond(method, path.slice("/files".length), query, request.headers, body);
  }
  return errorResponse(
    404,
    "not_found_error",
    `The emulator does not support ${method} /v1${path}.`,
  );
};

const parsed = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString()) ?? {};
  } catch {
    return {};
  }
};
