/** A server that sends a valid response of Claude's API for each path. */
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Message } from "@anthropic-ai/sdk/resources/messages";
import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";
import { batchExample, deletedBatchExample } from "../../src/claude/batches/schema";
import { deletedFileExample, fileExample } from "../../src/claude/files/schema";
import { modelExample } from "../../src/claude/models/schema";
import { type Received, type Server, startServer, textMessage } from "./server";

interface Schema {
  type?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema>;
}

/** A value that matches a schema, for the keywords that the connector's own schemas use. */
const exampleOf = ({ type, enum: choices, properties = {} }: Schema): unknown => {
  if (choices) return choices[0];
  if (type === "object") {
    return Object.fromEntries(
      Object.entries(properties).map(([name, part]) => [name, exampleOf(part ?? {})]),
    );
  }
  return { array: [], string: "a", number: 0.5, integer: 1, boolean: true }[String(type)] ?? null;
};

interface MessageRequest {
  output_config?: { format?: { schema?: Schema } };
}

/** The text of the reply: JSON if the request has a schema. */
const textFor = (json: unknown): string => {
  const schema = (json as MessageRequest | undefined)?.output_config?.format?.schema;
  return schema ? JSON.stringify(exampleOf(schema)) : "Hello";
};

const results = [
  {
    custom_id: "row-000001",
    result: { type: "succeeded", message: textMessage("Hello") },
  },
  {
    custom_id: "row-000002",
    result: {
      type: "errored",
      error: { error: { type: "invalid_request_error", message: "No." } },
    },
  },
];

const failure = { type: "error", error: { type: "x", message: "No." }, request_id: "req_2" };

const page = (item: { id: string }) => ({
  data: [item],
  has_more: false,
  first_id: item.id,
  last_id: item.id,
});

/** The events that stream a message. */
const eventsOf = ({ content, stop_reason, stop_sequence, usage, ...message }: Message) => [
  { type: "message_start", message: { ...message, content: [], stop_reason: null, usage } },
  ...content.flatMap((block, index) => [
    {
      type: "content_block_start",
      index,
      content_block: block.type === "text" ? { ...block, text: "" } : block,
    },
    ...(block.type === "text"
      ? [{ type: "content_block_delta", index, delta: { type: "text_delta", text: block.text } }]
      : []),
    { type: "content_block_stop", index },
  ]),
  { type: "message_delta", delta: { stop_reason, stop_sequence }, usage },
  { type: "message_stop" },
];

/** How a body is serialized, with its content type. */
interface Format {
  type: string;
  write(value: unknown): string;
}

const asJson: Format = { type: "application/json", write: (value) => JSON.stringify(value) ?? "" };

const inLines = (type: string, write: (value: unknown) => string): Format => ({
  type,
  write: (value) => (Array.isArray(value) ? value.map(write).join("") : write(value)),
});

const asLines = inLines("application/x-jsonl", (value) => `${asJson.write(value)}\n`);

const asEvents = inLines("text/event-stream", (value) => `data: ${asJson.write(value)}\n\n`);

const asBytes: Format = {
  type: "application/octet-stream",
  write: (value) => (typeof value === "string" ? value : asJson.write(value)),
};

const responseTo = (
  { method, path, json }: Received,
  { message, model = modelExample, streams = false }: ResponseOptions,
): [value: unknown, format: Format] => {
  const [, , kind, ...rest] = path.split("/");
  if (path === "/v1/messages") {
    const reply = message ?? textMessage(textFor(json));
    return streams && reply.content ? [eventsOf(reply), asEvents] : [reply, asJson];
  }
  if (path === "/v1/messages/count_tokens") return [{ input_tokens: 1 }, asJson];
  if (kind === "models") return [rest.length > 0 ? model : page(model), asJson];
  if (kind === "files") {
    if (method === "DELETE") return [deletedFileExample, asJson];
    if (rest.at(-1) === "content") return ["Hello", asBytes];
    return [rest.length > 0 || method === "POST" ? fileExample : page(fileExample), asJson];
  }
  if (path.startsWith("/v1/messages/batches")) {
    if (method === "DELETE") return [deletedBatchExample, asJson];
    if (rest.at(-1) === "results") return [results, asLines];
    return [rest.length > 1 || method === "POST" ? batchExample : page(batchExample), asJson];
  }
  return [{}, asJson];
};

/** How a response differs from the default. */
export interface ResponseOptions {
  /** Claude's reply. Default: text, or JSON that matches the request's schema. */
  message?: Message;
  /** The only model. */
  model?: ModelInfo;
  /** Whether messages are streamed. */
  streams?: boolean;
  status?: number;
  /** Time before the response, in milliseconds. */
  delayMs?: number;
  headers?: Record<string, string>;
  /** Changes a response before it is serialized. */
  change?(value: unknown): unknown;
}

/** @param optionsFor Called for each request. */
export const startApi = (optionsFor: () => ResponseOptions = () => ({})): Promise<Server> =>
  startServer(async (request: Received, response: ServerResponse) => {
    const options = optionsFor();
    const { status = 200, headers, delayMs = 0, change = (value) => value } = options;
    const [value, { type, write }] =
      status < 300 ? responseTo(request, options) : [failure, asJson];
    if (delayMs > 0) await sleep(delayMs);
    response.writeHead(status, { "content-type": type, "request-id": "req_1", ...headers });
    response.end(write(change(value)));
  });
