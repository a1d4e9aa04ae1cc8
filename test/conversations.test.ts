/**
 * A conversation over many executions, with a server that compares system, tools and earlier turns
 * with what each thinking block was made with, as the API does.
 */
import { createHash } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { startEmulator } from "../dev/emulator";
import { run } from "./support/component";
import { png } from "./support/files";
import {
  eventStream,
  type Reply,
  refusal,
  respond,
  startServer,
  textMessage,
} from "./support/server";

interface Body {
  model: string;
  system?: unknown;
  tools?: unknown;
  messages: { role: string; content: string | { type: string; signature?: string }[] }[];
}

const signatureOf = ({ system, tools, messages }: Body, turns: number): string =>
  createHash("sha256")
    .update(JSON.stringify([system, tools, messages.slice(0, turns)]))
    .digest("base64");

/** Replies with thinking that is bound to the request, and refuses thinking of another one. */
const strictServer = (overloaded?: string) => {
  const accepted: Body[] = [];
  const reply: Reply = (request, response) => {
    const body = request.json as Body;
    if (body.model === overloaded) {
      return respond(refusal(529, "overloaded_error"), request, response);
    }
    const bound = body.messages.findIndex(
      ({ content }, turn) =>
        Array.isArray(content) &&
        content.some(
          ({ type, signature }) => type === "thinking" && signature !== signatureOf(body, turn),
        ),
    );
    if (bound >= 0) {
      const message = `messages.${bound}.content.0: Invalid \`signature\` in \`thinking\` block. The block is bound to a different conversation.`;
      return respond(refusal(400, "invalid_request_error", message), request, response);
    }
    accepted.push(body);
    const signature = signatureOf(body, body.messages.length);
    const content = [
      { type: "thinking", thinking: "Hm.", signature },
      { type: "text", text: `Reply ${accepted.length}.` },
    ];
    const events = [
      { type: "message_start", message: { ...textMessage(""), model: body.model, content: [] } },
      ...content.flatMap((content_block, index) => [
        { type: "content_block_start", index, content_block },
        { type: "content_block_stop", index },
      ]),
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } },
      { type: "message_stop" },
    ];
    response.writeHead(200, { "content-type": "text/event-stream" });
    return response.end(eventStream(events));
  };
  return { accepted, start: () => startServer(reply) };
};

const weather = { name: "weather", input_schema: { type: "object", properties: {} } };
const time = { ...weather, name: "time" };
const image = { key: "image", value: png() };

/** What changes before a turn, and whether thinking of earlier turns does not fit any more. */
const turns: [change: string, inputs: { requestOptions?: object }, isChanged: boolean][] = [
  ["nothing", {}, false],
  ["nothing", {}, false],
  ["a System Prompt", { systemPrompt: "Today is Monday." }, true],
  ["another System Prompt", { systemPrompt: "Today is Tuesday." }, true],
  ["nothing", { systemPrompt: "Today is Tuesday." }, false],
  ["a tool", { systemPrompt: "Today is Tuesday.", tools: { definitions: [weather] } }, true],
  ["one tool more", { tools: { definitions: [weather, time] } }, true],
  ["no tools", {}, true],
  ["an image", { attachments: [image] }, false],
  [
    "a fallback model",
    { model: "claude-fable-5-2", requestOptions: { fallbackModels: ["claude-opus-5-5"] } },
    false,
  ],
  ["a history without its start", {}, true],
  ["nothing", {}, false],
] as never;

/** Runs the turns, and compares the warnings about thinking of each. */
const converse = async (
  server: { url: string },
  beforeTurn?: (change: string) => void,
): Promise<string[]> => {
  let conversation: unknown[] = [];
  const texts: string[] = [];
  for (const [index, [change, inputs, isChanged]] of turns.entries()) {
    if (change.startsWith("a history")) conversation = conversation.slice(4);
    beforeTurn?.(change);
    const result = await run("chat", server, {
      initialMessage: `Turn ${index + 1}`,
      conversation,
      ...inputs,
      requestOptions: { maxRetries: "0", ...inputs.requestOptions },
    });
    texts.push(result.text);
    const warnings = result.warnings.filter((text: string) => text.includes("thinking"));
    expect(warnings.length, `${index + 1}: ${change}`).toBe(isChanged ? 1 : 0);
    conversation = result.conversation;
  }
  return texts;
};

test("twelve turns are answered, whatever changes between them", async () => {
  const { accepted, start } = strictServer("claude-fable-5-2");
  expect(await converse(await start())).toEqual(turns.map((_, index) => `Reply ${index + 1}.`));
  expect(accepted).toHaveLength(turns.length);
});

test("twelve turns are answered by the emulator, which drops thinking as Anthropic does", async () => {
  const emulator = await startEmulator();
  onTestFinished(emulator.stop);
  const texts = await converse(emulator, (change) => {
    if (change === "a fallback model") emulator.failNext(529, "overloaded_error", "Overloaded");
  });
  expect(texts).toEqual(
    turns.map(([change], index) =>
      change === "an image"
        ? "Emulated description of a picture, image/png, 2 × 3 pixels."
        : `The emulator received: Turn ${index + 1}`,
    ),
  );
});

test("the emulator refuses thinking of another conversation, unless it may drop it", async () => {
  const emulator = await startEmulator();
  onTestFinished(emulator.stop);
  const send = async (body: object, betas = "") => {
    const response = await fetch(`${emulator.url}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": "key", "anthropic-beta": betas },
      body: JSON.stringify({ model: "claude-fable-5-2", max_tokens: 100, ...body }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const hello = { role: "user", content: "Hi" };
  const { body: first } = await send({ messages: [hello] });
  const messages = [hello, { role: "assistant", content: first.content }, hello];
  expect(first.content).toMatchObject([{ type: "thinking", thinking: "" }, { type: "text" }]);
  expect(await send({ messages })).toMatchObject({ status: 200 });
  expect(await send({ messages, system: "Be brief." })).toMatchObject({
    status: 400,
    body: { error: { message: expect.stringMatching(/^messages\.1\.content\.0: Invalid/) } },
  });
  const thinking = {
    type: "adaptive",
    block_binding: { prefix_mismatch_behavior: "drop_block" },
  };
  expect(
    await send({ messages, system: "Be brief.", thinking }, "thinking-binding-controls-2026-08-01"),
  ).toMatchObject({
    status: 200,
    body: {
      input_transformations: [
        { type: "thinking_dropped", path: "messages.1.content.0", reason: "prefix_mismatch" },
      ],
    },
  });
});

test("Run Agent continues a conversation that was made with another System Prompt", async () => {
  const { start } = strictServer();
  const server = await start();
  const { conversation } = await run("chat", server, {
    initialMessage: "Hi",
    systemPrompt: "Be brief.",
  });
  const result = await run("runAgent", server, { task: "Go on.", conversation });
  expect(result).toMatchObject({ status: "done", text: "Reply 2." });
  expect(result.warnings).toEqual([expect.stringContaining("thinking of earlier turns")]);
  // The stored conversation has none of the thinking that is refused.
  const again = await run("runAgent", server, {
    task: "And on.",
    conversation: result.conversation,
  });
  expect(again).toMatchObject({ status: "done", text: "Reply 3.", warnings: [] });
});
