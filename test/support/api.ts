/** Claude's API, as far as it goes without a model: each path gives an answer of its kind. */
import type { ServerResponse } from "node:http";
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

const said = (json: unknown): string => {
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

const page = (item: { id: string }) => ({
  data: [item],
  has_more: false,
  first_id: item.id,
  last_id: item.id,
});

const answer = ({ method, path, json }: Received): unknown => {
  const [, , kind, ...rest] = path.split("/");
  if (path === "/v1/messages") return textMessage(said(json));
  if (path === "/v1/messages/count_tokens") return { input_tokens: 1 };
  if (kind === "models") return rest.length > 0 ? modelExample : page(modelExample);
  if (kind === "files") {
    if (method === "DELETE") return deletedFileExample;
    if (rest.at(-1) === "content") return Buffer.from("Hello");
    return rest.length > 0 || method === "POST" ? fileExample : page(fileExample);
  }
  if (path.startsWith("/v1/messages/batches")) {
    if (method === "DELETE") return deletedBatchExample;
    if (rest.at(-1) === "results") {
      return Buffer.from(results.map((result) => `${JSON.stringify(result)}\n`).join(""));
    }
    return rest.length > 1 || method === "POST" ? batchExample : page(batchExample);
  }
  return {};
};

export const startApi = (): Promise<Server> =>
  startServer((request: Received, response: ServerResponse) => {
    const body = answer(request);
    const isFile = Buffer.isBuffer(body);
    response.writeHead(200, {
      "content-type": isFile ? "application/octet-stream" : "application/json",
    });
    response.end(isFile ? body : JSON.stringify(body));
  });
