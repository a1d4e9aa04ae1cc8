/** A request that a model or host refuses is sent once more in another way, with a warning. */
import { expect, test } from "vitest";
import { failure, run } from "../../support/component";
import { modelWith } from "../../support/models";
import {
  type Received,
  type Reply,
  refusal,
  respond,
  startServer,
  streamed,
} from "../../support/server";

const once = { requestOptions: { maxRetries: "0" } };

/** Refuses the requests that a condition is about. */
const refusing =
  (isRefused: (body: Record<string, unknown>) => boolean, message: string, reply: Reply): Reply =>
  (request, response) =>
    respond(
      isRefused(request.json as Record<string, unknown>)
        ? refusal(400, "invalid_request_error", message)
        : reply,
      request,
      response,
    );

const bodyOf = (received: Received | undefined) =>
  (received?.json ?? {}) as { system: string; messages: { role: string; content: unknown }[] };

const sentMessages = (received: Received | undefined) => bodyOf(received).messages;

const thinking = { type: "thinking", thinking: "", signature: "c2ln" };
const text = { type: "text", text: "Paris." };
const has = (what: string) => (body: object) => JSON.stringify(body).includes(what);
const bound =
  "messages.1.content.0: Invalid `signature` in `thinking` block. The block is bound to a different conversation.";

test("thinking of earlier turns is left out if the conversation has changed", async () => {
  const server = await startServer(refusing(has('"thinking"'), bound, streamed("Madrid.")));
  const conversation = [
    { role: "user", content: "Capital of France?" },
    { role: "assistant", content: [thinking, text] },
  ];
  const result = await run("chat", server, {
    ...once,
    initialMessage: "And Spain?",
    systemPrompt: "Today is Friday.",
    conversation,
  });
  const without = [
    { role: "user", content: "Capital of France?" },
    { role: "assistant", content: [text] },
    { role: "user", content: "And Spain?" },
  ];
  expect(server.requests.map(sentMessages)).toEqual([
    [...conversation, { role: "user", content: "And Spain?" }],
    without,
  ]);
  expect(result.warnings).toEqual([
    "The thinking of earlier turns was left out, because System Prompt, Tools, or Conversation has changed since then.",
  ]);
  // The next step does not send the thinking again.
  expect(result.conversation.slice(0, 3)).toEqual(without);
});

test("thinking of a turn that waits for tool results is kept, unless it is refused too", async () => {
  const call = { type: "tool_use", id: "1", name: "a", input: {} };
  const conversation = [
    { role: "user", content: "A" },
    { role: "assistant", content: [thinking, text] },
    { role: "user", content: "B" },
    { role: "assistant", content: [thinking, call] },
  ];
  const inputs = {
    ...once,
    initialMessage: "",
    conversation,
    tools: {
      definitions: [{ name: "a", input_schema: { type: "object" } }],
      toolResults: [{ key: "1", value: "2" }],
    },
  };
  const old = (body: object) =>
    has('[{"type":"thinking","thinking":"","signature":"c2ln"},{"type":"text"')(body);
  const server = await startServer(refusing(old, bound, streamed("Ok.")));
  await run("chat", server, inputs);
  expect(sentMessages(server.requests[1])[3]?.content).toEqual([thinking, call]);
  const strict = await startServer(refusing(has('"thinking"'), bound, streamed("Ok.")));
  const { warnings } = await run("chat", strict, inputs);
  expect(strict.requests).toHaveLength(3);
  expect(sentMessages(strict.requests[2])[3]?.content).toEqual([call]);
  expect(warnings).toHaveLength(1);
});

test("thinking that the API drops is a warning", async () => {
  const dropped = (reason: string, path = "messages.1.content.0") =>
    streamed("Hi.", {
      input_transformations: [{ type: "thinking_dropped", path, reason }],
    } as object);
  const conversation = [
    { role: "user", content: "Capital of France?" },
    { role: "assistant", content: [thinking, text] },
  ];
  const leftOut = "The thinking of earlier turns was left out, because";
  for (const [reason, warning] of [
    ["prefix_binding_mismatch", "System Prompt, Tools, or Conversation has changed since then."],
    ["model_binding_mismatch", "it was made by another model."],
    ["organization_binding_mismatch", "it was made by another account."],
  ] as const) {
    const server = await startServer(dropped(reason));
    const { warnings } = await run("chat", server, { initialMessage: "Hi", conversation });
    expect(server.requests[0]).toMatchObject({
      headers: { "anthropic-beta": "thinking-binding-controls-2026-08-01" },
      json: {
        thinking: {
          type: "adaptive",
          block_binding: { prefix_mismatch_behavior: "drop_block" },
        },
      },
    });
    expect(warnings).toEqual([`${leftOut} ${warning}`]);
  }
});

test("other hosts, older models and requests without thinking get no beta", async () => {
  const conversation = [
    { role: "user", content: "Capital of France?" },
    { role: "assistant", content: [thinking, text] },
  ];
  for (const inputs of [
    { conversation, model: "claude-opus-4-6" },
    { conversation: [{ role: "user", content: "Hi" }] },
  ]) {
    const server = await startServer(streamed("Hi."));
    await run("chat", server, { initialMessage: "Hi", ...inputs });
    expect(server.requests[0]?.headers).not.toHaveProperty("anthropic-beta");
    expect(server.requests[0]?.json).not.toHaveProperty("thinking");
  }
});

const weather = { name: "weather", input_schema: { type: "object", properties: {} } };
const time = { ...weather, name: "time" };
const isForced = ({ tool_choice: choice }: { tool_choice?: { type: string } }) =>
  choice?.type === "any" || choice?.type === "tool";
const notForced = "tool_choice: this model does not support forced tool use. Use auto or none.";

test.each([
  ["any", [weather, time], "Reply by calling one of the tools.", "a tool"],
  ["weather", [weather], "Reply by calling the tool weather.", "the tool weather"],
])("Tool Choice %s becomes auto with an instruction", async (toolChoice, tools, system, tool) => {
  const server = await startServer(refusing(isForced, notForced, streamed("Hi.")));
  const { warnings } = await run("chat", server, {
    ...once,
    initialMessage: "Hi",
    systemPrompt: "Be brief.",
    tools: { definitions: [weather, time], toolChoice },
  });
  expect(server.requests[1]?.json).toMatchObject({
    tools,
    tool_choice: { type: "auto" },
    system: `Be brief.\n\n${system}`,
  });
  expect(warnings).toEqual([
    `Tool Choice was sent as auto, with an instruction to call ${tool}: the model cannot be forced.`,
  ]);
});

test("a schema that is too complex is sent in the system prompt, and the reply is validated", async () => {
  const info = { body: modelWith() };
  const hasFormat = ({ output_config: config }: { output_config?: { format?: unknown } }) =>
    config?.format !== undefined;
  const refused = "Schema is too complex for compilation.";
  const reply = streamed('```json\n{"record":{"total":1}}\n```');
  const server = await startServer(info, refusing(hasFormat, refused, reply));
  const result = await run("extractData", server, {
    ...once,
    text: "1",
    fields: [{ name: "total", type: "number" }],
  });
  expect(result.json).toEqual({ total: 1 });
  expect(server.requests[2]?.json).not.toHaveProperty("output_config");
  expect(bodyOf(server.requests[2]).system).toContain('{"type":"object","properties":{"record":');
  expect(result.warnings).toContain(
    "Fields was sent in the system prompt, because it is too complex for structured output.",
  );
});

test("system turns are moved to the system prompt if a host refuses them", async () => {
  const isInPlace = ({ messages }: { messages?: { role: string }[] }) =>
    messages?.some(({ role }) => role === "system") ?? false;
  const refused = 'messages.2.role: Input should be "user" or "assistant", not "system"';
  const server = await startServer(refusing(isInPlace, refused, streamed("Hola.")));
  const conversation = [
    { role: "user", content: "Hi" },
    { role: "assistant", content: "Hello." },
    { role: "system", content: "Answer in Spanish." },
  ];
  const result = await run("chat", server, { ...once, initialMessage: "Hi", conversation });
  expect(server.requests[1]?.json).toMatchObject({
    system: "Answer in Spanish.",
    messages: [{ role: "user" }, { role: "assistant" }, { role: "user" }],
  });
  expect(result.warnings).toEqual([
    "Conversation: system turns were moved to the system prompt, because the host only accepts them there.",
  ]);
  expect(result.conversation[2]).toMatchObject({ role: "system" });
});

test.each([
  ["another error", "max_tokens: must be at least 1", {}],
  ["nothing to leave out", bound, {}],
  ["a tool that is not forced", notForced, { tools: { definitions: [weather] } }],
])("%s is not sent again", async (_, message, inputs) => {
  const server = await startServer(refusal(400, "invalid_request_error", message));
  const error = await failure("chat", server, { ...once, initialMessage: "Hi", ...inputs });
  expect(error.message).toContain(message.slice(0, 30));
  expect(server.requests).toHaveLength(1);
});
