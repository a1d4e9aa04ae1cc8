/** Request bodies of Chat, Count Tokens and Create Batch, compiled against the official SDK's types. */
import { expect, test } from "vitest";
import { run } from "../support/component";
import { pdf, png } from "../support/files";
import { modelWith } from "../support/models";
import { startServer, streamed } from "../support/server";
import { compilerSays } from "../support/types";

const definitions = [
  { name: "a", description: "A", input_schema: { type: "object", properties: {}, required: [] } },
];
const call = { type: "tool_use", id: "toolu_1", name: "a", input: {} };
const older = modelWith({
  thinking: ["adaptive", "enabled", "disabled"],
  code_execution: { supported: false },
});

const requests: Record<string, Record<string, unknown>> = {
  plain: {},
  systemPrompt: { systemPrompt: "Be brief.", maxTokens: "5" },
  temperature: { temperature: "0.5", modelInfo: older },
  attachments: {
    attachments: [
      { key: "a.png", value: png() },
      { key: "a.pdf", value: pdf() },
      { key: "a.csv", value: "a,b" },
      { key: "b.png", value: "https://example.com/b.png" },
      { key: "b.pdf", value: "https://example.com/b.pdf" },
      { key: "c.png", value: "file_1" },
      { key: "c.pdf", value: "file_2" },
    ],
  },
  container: { attachments: [{ key: "a.csv", value: "file_1" }], tools: { codeExecution: true } },
  conversation: {
    conversation: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: [{ type: "text", text: "Hello!" }] },
    ],
  },
  toolResults: {
    conversation: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: [call] },
    ],
    tools: { definitions, toolResults: [{ key: "toolu_1", value: { error: "No." } }] },
  },
  fileAsToolResult: {
    conversation: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: [call] },
    ],
    tools: { definitions, toolResults: [{ key: "toolu_1", value: png() }] },
  },
  adaptive: { reasoning: { thinking: "adaptive", effort: "xhigh", showThinking: true } },
  off: { reasoning: { thinking: "off" } },
  offForOlder: { reasoning: { thinking: "off" }, modelInfo: older },
  budget: { reasoning: { thinking: "budget", budgetTokens: "1024" }, modelInfo: older },
  jsonSchema: {
    output: {
      jsonSchema: { type: "object", properties: { a: { type: "integer", minimum: 1 } } },
      stopSequences: ["END"],
    },
  },
  toolChoice: { tools: { definitions, toolChoice: "a", parallel: false } },
  noTool: { tools: { definitions, toolChoice: "none" } },
  openAiTool: { tools: { definitions: { type: "function", function: { name: "b" } } } },
  serverTools: {
    tools: {
      webSearch: true,
      webFetch: true,
      codeExecution: true,
      webMaxUses: "2",
      webAllowedDomains: ["a.example"],
    },
  },
  olderServerTools: {
    tools: { webSearch: true, webFetch: true, codeExecution: true, webBlockedDomains: ["a"] },
    modelInfo: older,
  },
  mcpServers: {
    tools: {
      definitions,
      mcpServers: [{ key: "a", value: "https://a.example" }],
      mcpTokens: [{ key: "a", value: "token-0123" }],
    },
  },
  caching: { caching: { cache: "1h" } },
  requestOptions: { requestOptions: { metadataUserId: "1", serviceTier: "auto" } },
};

test("request bodies match the official SDK's types", async () => {
  const lines = [
    'import type { MessageCreateParamsStreaming as BetaParams } from "@anthropic-ai/sdk/resources/beta/messages";',
    'import type { BatchCreateParams } from "@anthropic-ai/sdk/resources/messages/batches";',
    'import type { MessageCountTokensParams, MessageCreateParamsStreaming } from "@anthropic-ai/sdk/resources/messages";',
    "/** Older models and API versions accept temperature; the SDK's types no longer include it. */",
    "type Params = MessageCreateParamsStreaming & { temperature?: number };",
    "type InBatch = BatchCreateParams.Request;",
    'type BatchParams = { requests: (InBatch & { params: InBatch["params"] & { temperature?: number } })[] };',
  ];
  for (const [name, { modelInfo = modelWith(), ...inputs }] of Object.entries(requests)) {
    const server = await startServer(async ({ path: called }, response) => {
      const stream = streamed("{}") as { headers: Record<string, string>; body: string };
      if (called === "/v1/messages")
        return response.writeHead(200, stream.headers).end(stream.body);
      response.writeHead(200, { "content-type": "application/json" });
      const batch = { id: "msgbatch_1", processing_status: "in_progress" };
      const replies = { count_tokens: { input_tokens: 1 }, batches: batch };
      const [, reply = modelInfo] =
        Object.entries(replies).find(([end]) => called.endsWith(end)) ?? [];
      response.end(JSON.stringify(reply));
    });
    await run("chat", server, { initialMessage: "Hello", ...inputs });
    const { requestOptions, temperature, output, ...counted } = inputs;
    const jsonSchema = (output as { jsonSchema?: unknown } | undefined)?.jsonSchema;
    await run("countTokens", server, { message: "Hello", ...counted, output: { jsonSchema } });
    const { attachments, conversation, tools, ...batched } = inputs;
    await run("createBatch", server, { items: ["Hello"], ...batched });
    const body = (suffix: string) =>
      server.requests.find(({ path: called }) => called.endsWith(suffix))?.body;
    const type = name === "mcpServers" ? "BetaParams" : "Params";
    lines.push(`export const ${name}: ${type} = ${body("/messages")};`);
    lines.push(`export const ${name}Batch: BatchParams = ${body("/batches")};`);
    if (name !== "mcpServers") {
      lines.push(`export const ${name}Count: MessageCountTokensParams = ${body("/count_tokens")};`);
    }
  }
  expect(compilerSays("requests", lines)).toBe("");
  // Control: the compiler rejects a request with a misspelled parameter.
  const [plain] = lines.filter((line) => line.startsWith("export const plain:"));
  const misspelled = [...lines, plain?.replace("plain:", "misspelled:").replace("model", "modle")];
  expect(compilerSays("requests", misspelled)).toContain("modle");
}, 60_000);
