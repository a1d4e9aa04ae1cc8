/** What a stream says comes out: nothing is lost, and half a reply never counts as a whole one. */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { failure, gatewayTo, run } from "./support/component";
import { runs } from "./support/propertyRuns";
import { eventStream, type Reply, startServer, textMessage } from "./support/server";

const root = "test/fixtures";

type Event = { type: string; [member: string]: unknown };

const chat = async (reply: Reply) =>
  run("chat", await startServer(reply), {
    initialMessage: "Hi",
    requestOptions: { maxRetries: "0" },
  });

const asStream = (body: string | Buffer): Reply => ({
  headers: { "content-type": "text/event-stream" },
  body: body.toString(),
});

/** All texts in a value. */
const textsIn = (value: unknown): string[] => {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
};

const start: Event = { type: "message_start", message: { ...textMessage(""), content: [] } };
const block = (index: number, content_block: object, ...deltas: object[]): Event[] => [
  { type: "content_block_start", index, content_block },
  ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
  { type: "content_block_stop", index },
];
const input = (partial_json: string) => ({ type: "input_json_delta", partial_json });
const end: Event[] = [
  { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 9 } },
  { type: "message_stop" },
];

const calls = [
  start,
  ...block(
    0,
    { type: "text", text: "" },
    { type: "text_delta", text: "I look " },
    { type: "text_delta", text: "both up." },
  ),
  ...block(
    1,
    { type: "tool_use", id: "toolu_1", name: "find_order", input: {} },
    input('{"order":"A-1",'),
    input('"lines":[{"n":1},{"n"'),
    input(":2}]}"),
  ),
  ...block(
    2,
    { type: "tool_use", id: "toolu_2", name: "find_order", input: {} },
    input('{"order":'),
    input('"A-2"}'),
  ),
  ...end,
];

const later = [
  start,
  ...block(
    0,
    { type: "compaction", content: null },
    { type: "compaction_delta", content: "The summary. " },
    { type: "compaction_delta", content: "Its end.", encrypted_content: "c2Vj" },
  ),
  ...block(
    1,
    { type: "note", text: "" },
    { type: "note_delta", text: "A note.", parts: [{ from: "later" }] },
    { type: "note_delta", text: " More." },
  ),
  ...block(2, { type: "text", text: "" }, { type: "text_delta", text: "Ok.", tone: "calm" }),
  {
    type: "message_delta",
    delta: { stop_reason: "end_turn", mood: "fine" },
    usage: { output_tokens: 9 },
    context_management: { applied_edits: [{ type: "clear_tool_uses_20250919" }] },
  },
  { type: "message_stop" },
];

test("deltas, members and edits of a later API come out, and go back in the conversation", async () => {
  const result = await chat(asStream(eventStream(later)));
  const content = [
    { type: "compaction", content: "The summary. Its end.", encrypted_content: "c2Vj" },
    { type: "note", text: "A note. More.", parts: [{ from: "later" }] },
    { type: "text", text: "Ok.", tone: "calm" },
  ];
  expect(result).toMatchObject({
    content,
    mood: "fine",
    context_management: { applied_edits: [{ type: "clear_tool_uses_20250919" }] },
  });
  expect(result.conversation.at(-1)).toEqual({ role: "assistant", content });
});

/** Fixtures of streams that end in an error, or that repeat a part. */
const withoutResult = /error|restart|twice|completion-chunks/;

const streams = readdirSync(root, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith(".sse") && !withoutResult.test(name));

test.each(streams)("no text of an event is missing from the result: %s", async (name) => {
  const stream = readFileSync(`${root}/${name}`, "utf8");
  const inputs = new Map<unknown, string>();
  const said = stream
    .split(/\r?\n/)
    .filter((line) => /^data: ?{/.test(line))
    .map((line) => JSON.parse(line.slice(5)) as Event)
    .flatMap((event) => {
      const { type: _, delta, ...members } = event as { delta?: Record<string, unknown> } & Event;
      if (typeof delta?.partial_json === "string") {
        inputs.set(event.index, (inputs.get(event.index) ?? "") + delta.partial_json);
        return [];
      }
      const { type: __, ...said } = delta ?? {};
      return ["ping", "message_stop"].includes(event.type) ? [] : textsIn([members, said]);
    });
  const result = textsIn(await chat(asStream(stream)));
  for (const json of inputs.values()) said.push(...textsIn(JSON.parse(json || "{}")));
  expect(said.filter((text) => !result.some((whole) => whole.includes(text)))).toEqual([]);
});

const whole = eventStream(calls);

const contentOf = async (stream: string | Buffer, isBroken = false): Promise<unknown> => {
  const server = await startServer((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(stream, () => (isBroken ? response.destroy() : response.end()));
  });
  const inputs = {
    initialMessage: "Hi",
    connection: gatewayTo(server.url),
    requestOptions: { maxRetries: "0" },
  };
  try {
    const { content, toolCalls, stop_reason, truncated } = await run("chat", server, inputs);
    return { content, toolCalls, stop_reason, truncated };
  } catch (error) {
    return (error as Error).name;
  }
};

test("a stream that is cut at any byte gives an error or the whole reply", async () => {
  const expected = await contentOf(whole);
  expect(expected).toMatchObject({ stop_reason: "tool_use", truncated: false });
  const bytes = Buffer.from(whole);
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length), fc.boolean(), async (at, isBroken) => {
      const content = await contentOf(bytes.subarray(0, at), isBroken);
      expect([expected, "ApiError"]).toContainEqual(content);
      if (at < whole.indexOf('{"type":"message_delta"')) expect(content).toBe("ApiError");
    }),
    runs(200),
  );
});

test("a tool input with a part moved, doubled or dropped gives an error or the whole input", async () => {
  const expected = await contentOf(whole);
  const parts = calls.flatMap((event, at) =>
    (event.delta as { type?: string } | undefined)?.type === "input_json_delta" ? [at] : [],
  );
  const change = fc.oneof(
    fc.record({ kind: fc.constant("move" as const), to: fc.nat(calls.length - 1) }),
    fc.record({ kind: fc.constant("index" as const), to: fc.nat(3) }),
    fc.record({ kind: fc.constantFrom("double" as const, "drop" as const), to: fc.constant(0) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...parts), change, async (at, { kind, to }) => {
      const events = [...calls];
      const [event] = events.splice(at, kind === "double" ? 0 : 1);
      const part = event ?? (calls[at] as Event);
      if (kind === "double") events.splice(at, 0, part);
      if (kind === "move") events.splice(to, 0, part);
      if (kind === "index") events.splice(at, 0, { ...part, index: to });
      expect([expected, "ApiError"]).toContainEqual(await contentOf(eventStream(events)));
    }),
    runs(200),
  );
});

test.each<[string, Event[], string]>([
  [
    "an input that is not complete",
    [...block(0, { type: "tool_use", id: "1", name: "a", input: {} }, input('{"b":')), ...end],
    "The response has a call to tool a whose input is not a JSON object. Try again",
  ],
  [
    "two inputs in one",
    [...block(0, { type: "tool_use", id: "1", name: "a", input: {} }, input("{}{}")), ...end],
    "The response has a call to tool a whose input is not a JSON object. Try again",
  ],
  [
    "an input without its call",
    [{ type: "content_block_delta", index: 1, delta: input('{"b":1}') }, ...end],
    "The response has the input of a tool call without the call. Try again",
  ],
  [
    "a call that is not closed",
    [...block(0, { type: "tool_use", id: "1", name: "a", input: {} }).slice(0, -1), ...end],
    "The response ended early. Try again",
  ],
  [
    "the stop reason error",
    [{ type: "message_delta", delta: { stop_reason: "error" } }, { type: "message_stop" }],
    "The response ended with an error. Try again",
  ],
  [
    "an empty stop reason",
    [{ type: "message_delta", delta: { stop_reason: "" } }, { type: "message_stop" }],
    "The response ended early. Try again",
  ],
  [
    "an unknown stop reason without message_stop",
    [{ type: "message_delta", delta: { stop_reason: "later" } }],
    "The response ended early. Try again",
  ],
  ["no stop reason", [{ type: "message_stop" }], "The response ended early. Try again"],
])("%s is an error, after a retry", async (_, events, message) => {
  const server = await startServer(asStream(eventStream([start, ...events])));
  const inputs = { initialMessage: "Hi", requestOptions: { maxRetries: "1" } };
  const error = await failure("chat", server, inputs);
  expect(error.message).toContain(message);
  expect(server.requests).toHaveLength(2);
});

test.each([
  [
    "compaction",
    "The API stopped after it summarized the conversation. Continue the conversation for the reply.",
  ],
  ["later", "The stop reason later is not known: check whether the response is complete."],
])("the stop reason %s is a warning", async (stop_reason, warning) => {
  const events = [
    start,
    { type: "message_delta", delta: { stop_reason } },
    { type: "message_stop" },
  ];
  const stream = await chat(asStream(eventStream(events)));
  const json = await chat({ body: { ...textMessage("Hi"), stop_reason } });
  for (const { warnings } of [stream, json]) expect(warnings).toContain(warning);
});

test("a truncated reply keeps half an input as text, and drops the call", async () => {
  const events = [
    start,
    ...block(0, { type: "text", text: "" }, { type: "text_delta", text: "Ok." }),
    ...block(1, { type: "tool_use", id: "1", name: "a", input: {} }, input('{"b":')),
    { type: "message_delta", delta: { stop_reason: "max_tokens" }, usage: { output_tokens: 9 } },
    { type: "message_stop" },
  ];
  const result = await chat(asStream(eventStream(events)));
  expect(result).toMatchObject({ truncated: true, toolCalls: [] });
  expect(result.content[1]).toMatchObject({ input: '{"b":' });
  expect(result.conversation.at(-1)?.content).toEqual([{ type: "text", text: "Ok." }]);
  expect(result.warnings).toContain("The call to tool a is incomplete and was dropped.");
});

test("the model is the one that replied after a fallback on the server", async () => {
  const fallback = {
    type: "fallback",
    from: { model: "claude-fable-5" },
    to: { model: "claude-opus-4-8" },
  };
  const text = { type: "text", text: "Ok." };
  const events = [start, ...block(0, fallback), ...block(1, text), ...later.slice(-2)];
  const stream = await chat(asStream(eventStream(events)));
  const json = await chat({ body: { ...textMessage(""), content: [fallback, text] } });
  for (const { model } of [stream, json]) expect(model).toBe("claude-opus-4-8");
});

test("a stream with content type application/json is read as a stream", async () => {
  const reply = { headers: { "content-type": "application/json" }, body: eventStream(later) };
  expect((await chat(reply)).text).toBe("Ok.");
});

test("a response of OpenAI's Responses API is an error that says so", async () => {
  const body = { id: "resp_1", object: "response", output: [] };
  const server = await startServer({ body });
  const error = await failure("chat", server, { initialMessage: "Hi" });
  expect(error.message).toContain("The host responds in the format of OpenAI's Responses API");
  expect(server.requests).toHaveLength(1);
});
