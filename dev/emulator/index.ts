import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { LLMock } from "@copilotkit/aimock";
import { type Answer, refusal } from "./answer";
import { Batches } from "./batches";
import { Files } from "./files";
import { models } from "./models";
import { page } from "./pages";
import { estimate, replyTo } from "./replies";

export interface Emulator {
  /** Base URL for a connection. */
  url: string;
  /** Answers the next message with an error, as the API words it. */
  failNext(status: number, type: string, message: string): void;
  /** Lets time pass for batches and files, in ms. */
  advance(ms: number): void;
  stop(): Promise<void>;
}

const modelIds = models.map(({ id }) => id);

/**
 * Claude's API on this machine: aimock answers messages, streamed or not, and this folder adds what
 * it lacks: models, token counts, batches, files, request ids, rate limits, refused keys.
 * It understands nothing; it answers from `replies`.
 */
export const startEmulator = async (): Promise<Emulator> => {
  let passed = 0;
  const now = () => Date.now() + passed;
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
      passed += ms;
    },
    stop: () => mock.stop(),
  };
};

/** Answers what aimock does not know. False leaves a request to aimock. */
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
  const isKnown = key && key !== "wrong";
  if (isKnown && request.method === "POST" && path === "/messages") return false;
  const { status, headers, body } = isKnown
    ? await answer(state, request, path)
    : refusal(401, "authentication_error", "invalid x-api-key");
  response
    .writeHead(status, { "content-type": "application/json", ...headers })
    .end(Buffer.isBuffer(body) ? body : JSON.stringify(body));
  return true;
};

const answer = async (
  { batches, files }: { batches: Batches; files: Files },
  request: IncomingMessage,
  path: string,
): Promise<Answer> => {
  const method = request.method ?? "";
  const query = new URL(request.url ?? "", "http://emulator").searchParams;
  const body = await buffer(request);
  if (["GET", "HEAD"].includes(method) && path === "/models") {
    return { status: 200, body: page(models, query) };
  }
  if (method === "GET" && path.startsWith("/models/")) {
    const id = decodeURIComponent(path.slice("/models/".length));
    const model = models.find((candidate) => candidate.id === id);
    return model ? { status: 200, body: model } : refusal(404, "not_found_error", `model: ${id}`);
  }
  if (method === "POST" && path === "/messages/count_tokens") {
    const { model, messages, system } = parsed(body) as Record<string, unknown>;
    if (typeof model === "string" && !modelIds.includes(model)) {
      return refusal(404, "not_found_error", `model: ${model}`);
    }
    return Array.isArray(messages)
      ? { status: 200, body: { input_tokens: estimate(system ? [system, messages] : messages) } }
      : refusal(400, "invalid_request_error", "messages: Field required");
  }
  if (/^\/messages\/batches(\/|$)/.test(path)) {
    return batches.answer(method, path.slice("/messages/batches".length), query, parsed(body));
  }
  if (/^\/files(\/|$)/.test(path)) {
    return files.answer(method, path.slice("/files".length), query, request.headers, body);
  }
  return refusal(404, "not_found_error", `The emulator has no ${method} /v1${path}.`);
};

const parsed = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString()) ?? {};
  } catch {
    return {};
  }
};
