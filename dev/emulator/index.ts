import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { type ChatCompletionRequest, LLMock } from "@copilotkit/aimock";
import { models } from "./models";
import { replies } from "./replies";

export interface Emulator {
  /** Base URL for a connection. */
  url: string;
  /** Answers the next message with an error, as the API words it. */
  failNext(status: number, type: string, message: string): void;
  stop(): Promise<void>;
}

/**
 * Claude's API on this machine: aimock answers messages, streamed or not, and this file adds what
 * it lacks: the models with their pages, token counts, request ids, rate limits, refused keys.
 * It understands nothing; it answers from `replies`.
 */
export const startEmulator = async (): Promise<Emulator> => {
  const mock = new LLMock({ port: 0, logLevel: "silent", chunkSize: 12 });
  mock.mount("/v1", { handleRequest: answer });
  mock.on({ predicate: ({ model }) => !models.some(({ id }) => id === model) }, ({ model }) => ({
    error: { type: "not_found_error", message: `model: ${model}` },
    status: 404,
  }));
  for (const { when, text = "", toolCalls = [] } of replies) {
    mock.on({ predicate: ({ messages }) => when.test(saidLast(messages)) }, ({ messages }) => ({
      content: text,
      ...(toolCalls.length > 0 && {
        toolCalls: toolCalls.map(({ name, input }) => ({ name, arguments: JSON.stringify(input) })),
      }),
      usage: {
        input_tokens: estimate(messages),
        output_tokens: estimate(text + (toolCalls.length > 0 ? JSON.stringify(toolCalls) : "")),
      },
    }));
  }
  await mock.start();
  return {
    url: mock.url,
    failNext: (status, type, message) => void mock.nextRequestError(status, { type, message }),
    stop: () => mock.stop(),
  };
};

/** The text of the last message, which may be a tool's result. */
const saidLast = (messages: ChatCompletionRequest["messages"]): string => {
  const { content } = messages.at(-1) ?? { content: "" };
  return typeof content === "string" ? content : JSON.stringify(content);
};

/** About four characters make a token. */
const estimate = (value: unknown): number =>
  Math.ceil((typeof value === "string" ? value : JSON.stringify(value)).length / 4);

/** Answers what aimock does not know. False leaves a request to aimock. */
const answer = async (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<boolean> => {
  response.setHeader("request-id", `req_${randomBytes(12).toString("base64url")}`);
  response.setHeader("anthropic-ratelimit-requests-limit", "4000");
  response.setHeader("anthropic-ratelimit-requests-remaining", "3999");
  response.setHeader("anthropic-ratelimit-requests-reset", new Date().toISOString());
  const send = (status: number, body: unknown) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    return true;
  };
  const refuse = (status: number, type: string, message: string) =>
    send(status, { type: "error", error: { type, message } });

  const key = request.headers["x-api-key"] ?? request.headers.authorization;
  if (!key || key === "wrong") return refuse(401, "authentication_error", "invalid x-api-key");
  if (["GET", "HEAD"].includes(request.method ?? "") && path === "/models") {
    return send(200, page(new URL(request.url ?? "", "http://emulator").searchParams));
  }
  if (request.method === "GET" && path.startsWith("/models/")) {
    const id = decodeURIComponent(path.slice("/models/".length));
    const model = models.find((candidate) => candidate.id === id);
    return model ? send(200, model) : refuse(404, "not_found_error", `model: ${id}`);
  }
  if (request.method === "POST" && path === "/messages/count_tokens") {
    const body = (await json(request).catch(() => ({}))) as {
      messages?: unknown;
      system?: unknown;
    };
    return Array.isArray(body.messages)
      ? send(200, {
          input_tokens: estimate(body.system ? [body.system, body.messages] : body.messages),
        })
      : refuse(400, "invalid_request_error", "messages: Field required");
  }
  if (request.method === "POST" && path === "/messages") return false;
  return refuse(404, "not_found_error", `The emulator has no ${request.method} /v1${path}.`);
};

const page = (query: URLSearchParams) => {
  const limit = Number(query.get("limit") ?? 20);
  // As with the API, a cursor of no model leads to an empty page.
  const unknown = ["before_id", "after_id"].some(
    (name) => query.has(name) && !models.some(({ id }) => id === query.get(name)),
  );
  if (unknown) return { data: [], has_more: false, first_id: null, last_id: null };
  const indexOf = (id: string | null) => models.findIndex((model) => model.id === id);
  const before = indexOf(query.get("before_id"));
  const start = before >= 0 ? Math.max(before - limit, 0) : indexOf(query.get("after_id")) + 1;
  const end = before >= 0 ? before : start + limit;
  const data = models.slice(start, end);
  return {
    data,
    has_more: before >= 0 ? start > 0 : end < models.length,
    first_id: data.at(0)?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  };
};
