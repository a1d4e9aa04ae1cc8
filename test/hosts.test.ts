/**
 * Responses of hosts that differ from Anthropic's API, one fixture per host and case.
 * docs/hosts.md lists them with the public reports that they follow.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import path from "node:path";
import { createHarness } from "@prismatic-io/spectral/dist/testing";
import { describe, expect, test } from "vitest";
import { component, failure, gatewayTo, run } from "./support/component";
import { type Reply, type Server, startServer, streamed } from "./support/server";

const root = path.resolve(import.meta.dirname, "..");
const fixtures = path.join(root, "test/fixtures");

const contentTypes: Record<string, string> = {
  ".json": "application/json",
  ".sse": "text/event-stream",
  ".html": "text/html",
};

const used = new Set<string>();

/** A reply with the content of a fixture, and without the headers that only Anthropic sends. */
const fixture = (
  name: string,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Reply => {
  used.add(name);
  const body = readFileSync(path.join(fixtures, name));
  const contentType = contentTypes[path.extname(name)] ?? "";
  return (_, response) => {
    response.writeHead(status, { "content-type": contentType, ...headers });
    response.end(body);
  };
};

const onlyOnce = { requestOptions: { maxRetries: "0" } };

const chat = (server: Server, inputs: object = {}) =>
  run("chat", server, {
    initialMessage: "Hello",
    connection: gatewayTo(server.url),
    ...onlyOnce,
    ...inputs,
  });

/** The fields of a result that hosts affect. Of warnings, the number. */
interface Seen {
  id?: unknown;
  text?: string;
  thinking?: string;
  toolCalls?: { id: unknown; name: string; input: unknown }[];
  stop_reason?: unknown;
  usage?: Record<string, unknown>;
  cost?: object | null;
  requestId?: string | null;
  truncated?: boolean;
  refused?: boolean;
  warnings?: number;
}

const usage = (input_tokens: number, output_tokens: number) => ({
  input_tokens,
  output_tokens,
  total_tokens: input_tokens + output_tokens,
});

const dollars = (input: number, output: number, total: number) => ({
  input,
  output,
  total,
  currency: "USD",
});

/** 12 tokens of input and 6 of output at the price of Claude Sonnet 5.5. */
const priced = {
  stop_reason: "end_turn",
  usage: usage(12, 6),
  cost: dollars(0.000024, 0.00006, 0.000084),
  warnings: 0,
};

/** The same tokens of a model that has no known price. */
const unpriced = { stop_reason: "end_turn", usage: usage(12, 6), cost: null, warnings: 1 };

const findOrder = { id: "call_1", name: "find_order", input: { order: 17 } };
const listOrders = { id: "call_2", name: "list_orders", input: {} };

const messages: [title: string, reply: Reply, expected: Seen][] = [
  [
    "GitHub Copilot: stream without message_stop",
    fixture("github-copilot/no-message-stop.sse"),
    { text: "The invoice is paid.", truncated: false, ...priced },
  ],
  [
    "GitHub Copilot: [DONE] instead of message_stop",
    fixture("github-copilot/done-instead-of-message-stop.sse"),
    { text: "The invoice is paid.", truncated: false, ...priced },
  ],
  [
    "vLLM: [DONE] after message_stop",
    fixture("vllm/done-after-message-stop.sse"),
    { text: "Order 17 has shipped.", ...unpriced },
  ],
  [
    "OpenRouter: comments in the stream, and [DONE] after message_stop",
    fixture("openrouter/comments-and-done.sse"),
    { id: "gen-1", text: "Two tickets are open.", ...unpriced },
  ],
  [
    "CLIProxyAPI: deltas without content_block_start",
    fixture("cli-proxy-api/no-content-block-start.sse"),
    { text: "All done.", ...unpriced, usage: usage(10, 17) },
  ],
  [
    "CLIProxyAPI: content_block_start before message_start",
    fixture("cli-proxy-api/content-before-message-start.sse"),
    { text: "Hello there.", ...unpriced },
  ],
  [
    "New API: deltas without message_start and content_block_start",
    fixture("new-api/no-message-start.sse"),
    { text: "1, 2, 3", ...unpriced },
  ],
  [
    "CC Switch: message_start without content",
    fixture("cc-switch/message-start-without-content.sse"),
    { text: "The report is ready.", ...unpriced },
  ],
  [
    "LiteLLM: message_start twice",
    fixture("litellm/message-start-twice.sse"),
    { text: "One answer.", ...priced },
  ],
  [
    "LiteLLM: content_block_stop twice",
    fixture("litellm/content-block-stop-twice.sse"),
    { text: "", toolCalls: [findOrder], ...priced, stop_reason: "tool_use" },
  ],
  [
    "LiteLLM: content after message_delta",
    fixture("litellm/content-after-message-delta.sse"),
    { text: "First half, second half.", ...priced },
  ],
  [
    "LiteLLM: text in content_block_start",
    fixture("litellm/text-in-content-block-start.sse"),
    { text: "The customer has no open orders.", ...priced },
  ],
  [
    "Freemodel: content_block_start without text",
    fixture("freemodel/content-block-without-text.sse"),
    {
      text: "Text arrives in deltas.",
      ...priced,
      cost: dollars(0.000012, 0.00003, 0.000042),
    },
  ],
  [
    "Vercel AI Gateway: usage in message_delta only",
    fixture("vercel-ai-gateway/usage-in-message-delta.sse"),
    {
      text: "Counted at the end.",
      ...priced,
      usage: usage(11, 5),
      cost: dollars(0.000022, 0.00005, 0.000072),
    },
  ],
  [
    "MiniMax: message_delta without usage",
    fixture("minimax/message-delta-without-usage.sse"),
    { text: "No counts at the end.", ...unpriced, usage: usage(12, 0) },
  ],
  [
    "Plano: message_stop twice",
    fixture("plano/message-stop-twice.sse"),
    { text: "Said once.", ...unpriced },
  ],
  [
    "llama.cpp: tool_use without input",
    fixture("llama-cpp/tool-use-without-input.sse"),
    { toolCalls: [findOrder, listOrders], ...unpriced, stop_reason: "tool_use" },
  ],
  [
    "SGLang: thinking without signature",
    fixture("sglang/thinking-without-signature.sse"),
    { text: "It is late.", thinking: "The order is late.", ...unpriced },
  ],
  [
    "AntSeed: input in content_block_start only",
    fixture("antseed/input-in-content-block-start.sse"),
    { toolCalls: [findOrder], ...unpriced, stop_reason: "tool_use" },
  ],
  [
    "Ollama: two blocks with the same index",
    fixture("ollama/overlapping-block-indexes.sse"),
    { text: "---\nOrder 17.", thinking: "Which order?", ...unpriced },
  ],
  [
    "Amazon Bedrock: stop reason that Anthropic does not have",
    fixture("amazon-bedrock/guardrail-stop-reason.sse"),
    {
      text: "This request was blocked.",
      ...unpriced,
      warnings: 2,
      stop_reason: "guardrail_intervened",
      truncated: false,
      refused: false,
    },
  ],
  [
    "claude-code-router-next: stream with content type text/plain",
    fixture("claude-code-router-next/stream-as-text.sse", {
      headers: { "content-type": "text/plain; charset=utf-8" },
    }),
    { text: "Still a stream.", ...unpriced },
  ],
  [
    "OGX: message in JSON, without stop_sequence",
    fixture("ogx/no-stop-sequence.json"),
    { text: "Hi!", ...unpriced, usage: usage(8, 12) },
  ],
  [
    "AI/ML API: message in OpenAI's format",
    fixture("aiml-api/chat-completion.json"),
    {
      text: "The stock is low.",
      ...priced,
      usage: usage(10, 15),
      cost: dollars(0.00002, 0.00015, 0.00017),
    },
  ],
  [
    "Mistral: content in parts, in OpenAI's format",
    fixture("mistral/content-parts.json"),
    {
      text: "Four.",
      ...unpriced,
      usage: { input_tokens: 4, output_tokens: 4, cache_read_input_tokens: 5, total_tokens: 13 },
    },
  ],
  [
    "OpenRouter: empty tool arguments, in OpenAI's format",
    fixture("openrouter/empty-tool-arguments.json"),
    {
      text: "I check the version.",
      toolCalls: [{ id: "call_1", name: "version", input: {} }],
      ...unpriced,
      stop_reason: "tool_use",
      usage: usage(20, 8),
    },
  ],
  [
    "Other: content with items that are not blocks, and an ID that is a number",
    fixture("other/content-with-null.json"),
    { id: "7", text: "What is left.", ...unpriced, usage: usage(3, 4), warnings: 2 },
  ],
  [
    "Other: counts as text",
    fixture("other/counts-as-text.json"),
    {
      text: "Counted.",
      ...priced,
      usage: { ...usage(11, 5), cache_read_input_tokens: null },
      cost: dollars(0.000022, 0.00005, 0.000072),
    },
  ],
  [
    "Other: no usage",
    fixture("other/no-usage.json"),
    { text: "Uncounted.", usage: { total_tokens: 0 }, cost: null, warnings: 1 },
  ],
  [
    "Other: counts that are null in message_delta",
    fixture("other/null-counts.sse"),
    { text: "Counts stay.", ...priced },
  ],
  [
    "Other: message_delta before content_block_stop",
    fixture("other/message-delta-before-content-block-stop.sse"),
    { text: "In any order.", ...unpriced },
  ],
  [
    "Other: input in content_block_start, then an empty delta",
    fixture("other/input-and-empty-delta.sse"),
    { toolCalls: [findOrder, listOrders], ...unpriced, stop_reason: "tool_use" },
  ],
  [
    "Other: deltas without text",
    fixture("other/deltas-without-text.sse"),
    { text: "A whole text.", ...unpriced },
  ],
  [
    "Other: tool_use without name and input",
    fixture("other/tool-use-without-name.json"),
    {
      toolCalls: [{ id: "3", name: "", input: {} }],
      ...unpriced,
      stop_reason: "tool_use",
      usage: usage(3, 4),
    },
  ],
];

describe("messages", () => {
  test.each(messages)("%s", async (_, reply, expected) => {
    const result = await chat(await startServer(reply));
    const seen = { ...result, warnings: result.warnings.length };
    for (const name of Object.keys(expected)) {
      expect(seen[name], name).toEqual(expected[name as keyof Seen]);
    }
    expect(result.attempts).toBe(1);
  });

  const open = readFileSync(path.join(fixtures, "github-copilot/no-message-stop.sse"));

  test.each<[title: string, end: (response: ServerResponse) => void]>([
    [
      "Other: stream that stays open after message_stop",
      (response) => void response.write('event: message_stop\ndata: {"type":"message_stop"}\n\n'),
    ],
    [
      "Other: connection that breaks after the stop reason",
      (response) => void setTimeout(() => response.destroy(), 20),
    ],
  ])("%s", async (_, end) => {
    const server = await startServer((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(open, () => end(response));
    });
    expect(await chat(server)).toMatchObject({
      text: "The invoice is paid.",
      truncated: false,
      attempts: 1,
    });
  });

  const restart = fixture("other/restart.sse");

  test("Other: message that starts again is requested again", async () => {
    const server = await startServer(restart, streamed("Once upon a time."));
    const requestOptions = { maxRetries: "1" };
    expect(await chat(server, { requestOptions })).toMatchObject({
      text: "Once upon a time.",
      attempts: 2,
    });
  });
});

interface SeenError {
  name: "ApiError" | "ConnectionError";
  status: number | null;
  type?: string;
  requestId?: string;
}

const errors: [title: string, reply: Reply, expected: SeenError, hostSays: string][] = [
  [
    "OpenRouter: error with status 200",
    fixture("openrouter/error-with-status-200.json"),
    { name: "ApiError", status: 502, type: "api_error" },
    "Provider returned error",
  ],
  [
    "LM Studio: error with status 200",
    fixture("lm-studio/error-with-status-200.json"),
    { name: "ApiError", status: 500, type: "api_error" },
    "Unexpected endpoint or method. (POST /v1/messages)",
  ],
  [
    "LiteLLM: error in the stream without an event type",
    fixture("litellm/error-in-stream.sse"),
    { name: "ApiError", status: 503 },
    "The upstream provider is out of capacity",
  ],
  [
    "LiteLLM: error in OpenAI's format",
    fixture("litellm/openai-error.json", { status: 400 }),
    { name: "ApiError", status: 400 },
    "Invalid model name passed in model=unknown-model.",
  ],
  [
    "Ollama: error that is text",
    fixture("ollama/error-text.json", { status: 404 }),
    { name: "ApiError", status: 404, type: "not_found_error" },
    "model 'llama-unknown' not found",
  ],
  [
    "Portkey: error in message, with status failure",
    fixture("portkey/error-status-failure.json", { status: 400 }),
    { name: "ApiError", status: 400, type: "invalid_request_error" },
    "Either x-portkey-config or x-portkey-provider header is required",
  ],
  [
    "Kong: error in message",
    fixture("kong/error-message.json", {
      status: 404,
      headers: { "x-request-id": "kong-1" },
    }),
    { name: "ApiError", status: 404, type: "not_found_error", requestId: "kong-1" },
    "no Route matched with those values",
  ],
  [
    "Amazon Bedrock: error in message, request ID in x-amzn-requestid",
    fixture("amazon-bedrock/error-message.json", {
      status: 403,
      headers: { "x-amzn-requestid": "aws-1" },
    }),
    { name: "ConnectionError", status: 403, type: "permission_error", requestId: "aws-1" },
    "The security token included in the request is invalid.",
  ],
  [
    "MLX Omni Server: error in detail",
    fixture("mlx-omni-server/error-detail.json", { status: 404 }),
    { name: "ApiError", status: 404, type: "not_found_error" },
    "Not Found",
  ],
  [
    "Vertex AI: error in a list",
    fixture("vertex-ai/error-in-list.json", { status: 429 }),
    { name: "ApiError", status: 429, type: "rate_limit_error" },
    "Resource has been exhausted.",
  ],
  [
    "nginx: error page in HTML",
    fixture("nginx/504.html", { status: 504 }),
    { name: "ApiError", status: 504, type: "timeout_error" },
    "504 Gateway Time-out",
  ],
  [
    "Cloudflare: error page in HTML",
    fixture("cloudflare/524.html", { status: 524 }),
    { name: "ApiError", status: 524, type: "api_error" },
    "gateway.example.com | 524: A timeout occurred",
  ],
  [
    "Other: stream in OpenAI's format",
    fixture("other/chat-completion-chunks.sse"),
    { name: "ApiError", status: 200, type: "invalid_response" },
    "",
  ],
];

describe("errors", () => {
  test.each(errors)("%s", async (_, reply, expected, hostSays) => {
    const server = await startServer(reply);
    const connection = gatewayTo(server.url);
    const inputs = { initialMessage: "Hello", connection, ...onlyOnce };
    const error = await failure("chat", server, inputs);
    expect(error).toMatchObject({ ...expected, attempts: 1 });
    expect(error.message).toContain(hostSays);
  });

  test("Other: redirect", async () => {
    const server = await startServer({ status: 307, headers: { location: "https://example.com" } });
    const connection = gatewayTo(server.url);
    const error = await failure("chat", server, { initialMessage: "Hello", connection });
    expect(error).toMatchObject({ name: "ApiError", status: 307, type: "redirect", attempts: 1 });
  });
});

describe("models and endpoints", () => {
  const models = fixture("openrouter/models.json");
  const notFound = fixture("mlx-omni-server/error-detail.json", { status: 404 });
  const noEndpoint = fixture("lm-studio/error-with-status-200.json");
  const mixtral = fixture("vllm/done-after-message-stop.sse");

  test("OpenRouter: model list in OpenAI's format", async () => {
    const server = await startServer(models);
    const connection = gatewayTo(server.url);
    const { result } = await createHarness(component).dataSource("selectModel", { connection });
    expect(result).toEqual([
      { key: "anthropic/claude-sonnet-5.5", label: "Anthropic: Claude Sonnet 5.5" },
      { key: "meta/llama", label: "Meta: Llama" },
    ]);
  });

  test.each<[title: string, reply: Reply]>([
    ["MLX Omni Server: no model info", notFound],
    ["LM Studio: no model info, with status 200", noEndpoint],
  ])("%s", async (_, reply) => {
    const server = await startServer(reply, mixtral);
    const inputs = { model: "mixtral", temperature: "0.5" };
    expect((await chat(server, inputs)).text).toBe("Order 17 has shipped.");
    expect(server.requests.map(({ path }) => path)).toEqual(["/v1/models/mixtral", "/v1/messages"]);
    expect(server.requests[1]?.json).toMatchObject({ temperature: 0.5 });
  });

  test("vLLM: model named by a folder", async () => {
    const server = await startServer(mixtral);
    await chat(server, { model: "./models/mixtral", temperature: "0.5" });
    expect(server.request()).toMatchObject({
      path: "/v1/messages",
      json: { model: "./models/mixtral" },
    });
  });

  test.each<[title: string, reply: Reply, expected: SeenError]>([
    [
      "MLX Omni Server: no token counting",
      notFound,
      { name: "ApiError", status: 404, type: "not_found_error" },
    ],
    [
      "LM Studio: no token counting, with status 200",
      noEndpoint,
      { name: "ApiError", status: 500, type: "api_error" },
    ],
  ])("%s", async (_, reply, expected) => {
    const server = await startServer(reply);
    const connection = gatewayTo(server.url);
    const error = await failure("countTokens", server, { message: "Hello", connection });
    expect(error).toMatchObject(expected);
  });
});

describe("requests", () => {
  test("vLLM: turns of one role are sent as one", async () => {
    const server = await startServer(streamed("Hi."));
    const conversation = [
      { role: "user", content: "One." },
      { role: "user", content: "Two." },
    ];
    await chat(server, { conversation });
    const { messages } = server.request().json as { messages: { role: string }[] };
    expect(messages.map(({ role }) => role)).toEqual(["user"]);
  });

  test("llama.cpp: long bodies have a content length", async () => {
    const server = await startServer(streamed("Hi."));
    await chat(server, { initialMessage: "x".repeat(2_000_000) });
    const { headers, raw } = server.request();
    expect(headers["content-length"]).toBe(String(raw.length));
    expect(headers).not.toHaveProperty("transfer-encoding");
  });
});

describe("fixtures", () => {
  test("are all used", () => {
    const names = readdirSync(fixtures, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.parentPath !== fixtures)
      .map((entry) => path.relative(fixtures, path.join(entry.parentPath, entry.name)));
    expect(names.sort()).toEqual([...used].sort());
  });
});

describe("docs/hosts.md", () => {
  const page = readFileSync(path.join(root, "docs/hosts.md"), "utf8");
  const named = [...page.matchAll(/`(test\/[\w/.]+\.test\.ts)(?:: ([^`]+))?`/g)];

  test("names tests that exist", () => {
    expect(named.length).toBeGreaterThan(40);
    for (const [, file = "", name = ""] of named) {
      expect(existsSync(path.join(root, file)), file).toBe(true);
      expect(readFileSync(path.join(root, file), "utf8"), name).toContain(name);
    }
  });

  test("lists every message and error", () => {
    const listed = named.map(([, , name]) => name);
    for (const [title] of [...messages, ...errors]) expect(listed).toContain(title);
  });
});
