/** The built component through Portkey's gateway, which runs in front of the emulator. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chatRequests } from "../../test/support/chatRequests";
import { gatewayTo, run } from "../../test/support/component";
import { modelWith } from "../../test/support/models";
import { type Server, startServer, textMessage } from "../../test/support/server";
import { type Emulator, startEmulator } from "../emulator";
import { differences } from "./differences";
import { type Gateway, startGateway } from "./gateway";

let portkey: Gateway;
let emulator: Emulator;

beforeAll(async () => {
  portkey = await startGateway();
  emulator = await startEmulator();
});

afterAll(async () => {
  await portkey?.stop();
  await emulator?.stop();
});

const headersTo = (upstream: string) => ({
  "x-portkey-provider": "anthropic",
  "x-portkey-custom-host": `${upstream}/v1`,
});

/** A connection to the gateway. */
const via = (upstream: string) =>
  gatewayTo(portkey.url, {
    headers: Object.entries(headersTo(upstream))
      .map(([name, value]) => `${name}: ${value}`)
      .join("\n"),
  });

const through = (key: string, inputs: Record<string, unknown>) =>
  run(key, { url: "" }, { ...inputs, connection: via(emulator.url) });

describe("Portkey gateway", () => {
  test("Chat returns a streamed reply", async () => {
    const result = await through("chat", { initialMessage: "Write a haiku." });
    expect(result.text).toContain("Bent once, it still holds");
    expect(result).toMatchObject({ stop_reason: "end_turn", truncated: false, attempts: 1 });
    expect(result.usage.output_tokens).toBeGreaterThan(0);
  });

  test("Chat calls a tool and continues with its result", async () => {
    const schema = { type: "object", properties: { city: { type: "string" } } };
    const tools = { definitions: [{ name: "get_temperature", input_schema: schema }] };
    const first = await through("chat", { initialMessage: "How warm is it in Bonn?", tools });
    expect(first.toolCalls).toMatchObject([{ name: "get_temperature", input: { city: "Bonn" } }]);
    const toolResults = [{ key: first.toolCalls[0].id, value: "21" }];
    const second = await through("chat", {
      conversation: first.conversation,
      tools: { ...tools, toolResults },
    });
    expect(second.text).toBe("Get temperature for Bonn returned 21.");
  });

  test("Chat fails with the error message of the upstream host", async () => {
    const error = await through("chat", { initialMessage: "Hi", model: "claude-2" }).catch(
      (failure) => failure,
    );
    expect(error).toMatchObject({ name: "ApiError", status: 404 });
    expect(error.message).toContain("claude-2");
  });

  test("Count Tokens returns input_tokens", async () => {
    const { input_tokens } = await through("countTokens", { message: "Hello there" });
    expect(input_tokens).toBeGreaterThan(0);
  });

  test("Create Chat Completion returns a reply", async () => {
    const messages = [{ role: "user", content: "Write a haiku." }];
    const { choices } = await through("createChatCompletion", { messages });
    expect(choices[0].message.content).toContain("Bent once");
  });

  test("Raw Request calls the chat completions endpoint of the gateway", async () => {
    const request = {
      model: "claude-sonnet-5-5",
      max_tokens: 100,
      messages: [{ role: "user", content: "Write a haiku." }],
    };
    const completion = await through("rawRequest", {
      method: "POST",
      url: "/chat/completions",
      data: request,
    });
    expect(completion.choices[0].message.content).toContain("Bent once");
  });
});

describe("Create Chat Completion sends the same request as Portkey, except for listed differences", () => {
  const sentByPortkey = async (request: Record<string, unknown>, upstream: Server) => {
    const response = await fetch(`${portkey.url}/v1/chat/completions`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: "Bearer key",
        ...headersTo(upstream.url),
      },
      body: JSON.stringify({ model: "claude-sonnet-5-5", ...request }),
    });
    if (!response.ok) return undefined;
    return upstream.requests.at(-1)?.json as Record<string, unknown>;
  };

  const sentByUs = async (
    { messages, ...parameters }: Record<string, unknown>,
    upstream: Server,
  ) => {
    await run("createChatCompletion", upstream, { messages, parameters });
    const [{ json } = { json: {} }] = upstream.requests.slice(-1);
    const { stream, ...body } = json as Record<string, unknown>;
    return body;
  };

  const older = modelWith({
    thinking: ["adaptive", "enabled", "disabled"],
    code_execution: { supported: false },
  });

  test.each(Object.entries(chatRequests))("%s", async (name, chatRequest) => {
    // Portkey has no default for max_tokens.
    const request = { max_tokens: 1000, ...chatRequest.request };
    const upstream = await startServer(({ path }, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(path === "/v1/messages" ? textMessage("Hi.") : older));
    });
    const byPortkey = await sentByPortkey(request, upstream);
    const ours = normalize(await sentByUs(request, upstream));
    if (byPortkey === undefined) {
      expect(differences[name]?.fields).toEqual(["the whole request"]);
      return;
    }
    const theirs = normalize(byPortkey);
    const fields = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])];
    const differing = fields
      .filter((field) => JSON.stringify(theirs[field]) !== JSON.stringify(ours[field]))
      .sort();
    expect({ name, differing }).toEqual({ name, differing: differences[name]?.fields ?? [] });
  });
});

test("the Portkey guide lists every difference", () => {
  const guide = readFileSync(
    path.join(import.meta.dirname, "../../docs/guides/portkey.md"),
    "utf8",
  );
  for (const { why } of Object.values(differences))
    for (const line of why) expect(guide).toContain(line);
  for (const name of Object.keys(differences)) expect(Object.keys(chatRequests)).toContain(name);
});

/** A request in a normal form: texts as blocks, consecutive turns of one role merged. */
const normalize = (body: Record<string, unknown>): Record<string, unknown> => {
  const blocks = (content: unknown) =>
    (typeof content === "string" ? [{ type: "text", text: content }] : (content as object[])).map(
      sorted,
    );
  const turns: { role: string; content: object[] }[] = [];
  for (const { role, content } of body.messages as { role: string; content: unknown }[]) {
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...blocks(content));
    else turns.push({ role, content: blocks(content) });
  }
  const { system, ...rest } = body;
  const rules = blocks(system ?? []) as { text: string; cache_control?: unknown }[];
  // Several system texts are equivalent to one joined text.
  const texts = rules.map(({ text }) => text).join("\n\n");
  const isMarked = rules.some((block) => block.cache_control);
  return sorted({
    ...rest,
    messages: turns,
    ...(rules.length > 0 ? { system: isMarked ? rules : texts } : {}),
  }) as Record<string, unknown>;
};

const sorted = (value: unknown): object =>
  JSON.parse(
    JSON.stringify(value, (_, part: unknown) =>
      typeof part === "object" && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    ),
  );
