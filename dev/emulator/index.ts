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
import { checkThinking, type MessagesBody, signatureOf, thinks } from "./thinking";

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
    handleRequest: (request, response, path) => handle(state, mock.url, request, response, path),
  });
  mock.on({ predicate: ({ model }) => !modelIds.includes(model) }, ({ model }) => ({
    error: { type: "not_found_error", message: `model: ${model}` },
    status: 404,
  }));
  mock.on({ predicate: () => true }, ({ messages, _context: signature }) => {
    const { text = "", toolCalls = [] } = replyTo(messages);
    return {
      ...(signature?.startsWith(noThinking) === false && {
        reasoning: thinkingText,
        reasoningSignature: signature,
      }),
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
  url: string,
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
  const isMessage = request.method === "POST" && path === "/messages";
  if (isValidKey && isMessage && request.headers[contextHeader]) return false;
  const { status, headers, body } = !isValidKey
    ? errorResponse(401, "authentication_error", "invalid x-api-key")
    : isMessage
      ? await respondToMessage(url, request)
      : await respond(state, request, path);
  response
    .writeHead(status, { "content-type": "application/json", ...headers })
    .end(Buffer.isBuffer(body) ? body : JSON.stringify(body));
  return true;
};

/** The header by which a request tells aimock's reply the signature of its thinking. */
const contextHeader = "x-aimock-context";
const noThinking = "none";
const thinkingText = "Emulated.";

/** Checks the thinking of the conversation, and has aimock respond. */
const respondToMessage = async (
  url: string,
  request: IncomingMessage,
): Promise<EmulatorResponse> => {
  const sent = await buffer(request);
  const body = parsed(sent) as MessagesBody;
  const isChecked = typeof body.model === "string" && Array.isArray(body.messages);
  const checked = isChecked
    ? checkThinking(body, String(request.headers["anthropic-beta"]))
    : { dropped: [] };
  if ("refused" in checked) return checked.refused;
  const response = await fetch(`${url}/v1/messages`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-api-key": "emulated",
      [contextHeader]:
        isChecked && thinks(body) ? signatureOf(body, body.messages.length) : noThinking,
    },
    body: new Uint8Array(sent),
  });
  let text = await response.text();
  if (body.thinking?.display !== "summarized") {
    text = text.replaceAll(`"thinking":"${thinkingText}"`, '"thinking":""');
  }
  if (checked.dropped.length > 0) {
    const dropped = JSON.stringify(checked.dropped);
    text = text.replace('"usage":', () => `"input_transformations":${dropped},"usage":`);
  }
  const type = response.headers.get("content-type") ?? "application/json";
  const retryAfter = response.headers.get("retry-after");
  return {
    status: response.status,
    headers: { "content-type": type, ...(retryAfter && { "retry-after": retryAfter }) },
    body: Buffer.from(text),
  };
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
