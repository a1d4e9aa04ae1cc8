/** Claude's API, as far as it goes without a model: each path gives an answer of its kind. */
import type { ServerResponse } from "node:http";
import type { Message } from "@anthropic-ai/sdk/resources/messages";
import { batchExample, deletedBatchExample } from "../../src/claude/batches/schema";
import { deletedFileExample, fileExample } from "../../src/claude/files/schema";
import { modelExample } from "../../src/claude/models/schema";
import { type Received, type Server, startServer, textMessage } from "./server";

interface Schema {
  type?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema>;
}

/** A value of a schema, as far as the connector's own schemas go. */
const exampleOf = ({ type, enum: choices, properties = {} }: Schema): unknown => {
  if (choices) return choices[0];
  if (type === "object") {
    return Object.fromEntries(
      Object.entries(properties).map(([name, part]) => [name, exampleOf(part ?? {})]),
    );
  }
  return { array: [], string: "a", number: 0.5, integer: 1, boolean: true }[String(type)] ?? null;
};

interface Asked {
  output_config?: { format?: { schema?: Schema } };
}

/** What is asked for: text, or data of a schema. */
const textFor = (json: unknown): string => {
  const schema = (json as Asked | undefined)?.output_config?.format?.schema;
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

/** The events that a message comes in. */
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

/** How an answer is written, and as what. */
interface Form {
  type: string;
  write(value: unknown): string;
}

const asJson: Form = { type: "application/json", write: (value) => JSON.stringify(value) ?? "" };

const inLines = (type: string, write: (value: unknown) => string): Form => ({
  type,
  write: (value) => (Array.isArray(value) ? value.map(write).join("") : write(value)),
});

const asLines = inLines("application/x-jsonl", (value) => `${asJson.write(value)}\n`);

const asEvents = inLines("text/event-stream", (value) => `data: ${asJson.write(value)}\n\n`);

const asBytes: Form = {
  type: "application/octet-stream",
  write: (value) => (typeof value === "string" ? value : asJson.write(value)),
};

const answer = (
  { method, path, json }: Received,
  message: Message | undefined,
  streams: boolean,
): [value: unknown, form: Form] => {
  const [, , kind, ...rest] = path.split("/");
  if (path === "/v1/messages") {
    const said = message ?? textMessage(textFor(json));
    return streams && said.content ? [eventsOf(said), asEvents] : [said, asJson];
  }
  if (path === "/v1/messages/count_tokens") return [{ input_tokens: 1 }, asJson];
  if (kind === "models") return [rest.length > 0 ? modelExample : page(modelExample), asJson];
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

/** What the API makes of its answers. */
export interface Manner {
  /** What Claude says, if not what is asked for. */
  message?: Message;
  /** Whether messages come as a stream. */
  streams?: boolean;
  status?: number;
  headers?: Record<string, string>;
  /** Takes an answer before it is written. */
  change?(value: unknown): unknown;
}

/** @param manner Looked at with each request. */
export const startApi = (manner: () => Manner = () => ({})): Promise<Server> =>
  startServer((request: Received, response: ServerResponse) => {
    const { message, streams = false, status = 200, headers, change = (value) => value } = manner();
    const [value, { type, write }] =
      status < 300 ? answer(request, message, streams) : [failure, asJson];
    response.writeHead(status, { "content-type": type, "request-id": "req_1", ...headers });
    response.end(write(change(value)));
  });
