import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { messagesOf, playing, runBranching, startFlows, turn } from "../../support/agent";
import { apiKey, Logs } from "../../support/component";
import { pdf } from "../../support/files";
import {
  eventStream,
  type Received,
  type Reply,
  refusal,
  type Server,
  startServer,
  textEvents,
} from "../../support/server";

const find = (order: string) => ({ tool: "Find_Order", input: { order } });

const shop = () =>
  startFlows({
    "Find Order": ({ order }) => ({ order, sent: "2026-11-20" }),
    "Refund Order": ({ order }) => ({ order, refunded: true }),
  });

type Flows = Awaited<ReturnType<typeof startFlows>>;

const runAgent = (server: Server, flows: Flows, inputs: object = {}, context: object = {}) =>
  runBranching(
    "runAgent",
    server,
    { task: "Where is it?", flows: flows.rows, ...inputs },
    { ...flows.context, ...context },
  );

const lastMessages = (server: Server) => {
  const last = server.requests.at(-1);
  if (!last) throw new Error("No request.");
  return messagesOf(last);
};

test("runs the flow that Claude calls and returns its result to Claude", async () => {
  const flows = await shop();
  const server = await playing({ t1: find("A-1") }, "It was sent.");
  const { branch, data } = await runAgent(server, flows, { instructions: "Be brief." });
  expect(branch).toBe("Done");
  expect(flows.calls).toMatchObject([{ flow: "Find Order", input: { order: "A-1" } }]);
  expect(flows.calls[0]?.headers).toMatchObject({
    "prismatic-synchronous": "true",
    "prismatic-invoke-type": "Cross Flow",
    "api-key": "flow-key-0123456789",
  });
  const user = { role: "user", content: "Where is it?" };
  const call = { type: "tool_use", id: "t1", name: "Find_Order", input: { order: "A-1" } };
  const tool = (name: string, flow: string) => ({
    name,
    description: `Does ${flow}.`,
    input_schema: {
      type: "object",
      properties: { order: { type: "string", description: "Its number" } },
      required: ["order"],
    },
  });
  expect(server.requests[0]?.json).toEqual({
    model: "claude-sonnet-5-5",
    max_tokens: 32_000,
    messages: [user],
    system: "Be brief.",
    tools: [tool("Find_Order", "Find Order"), tool("Refund_Order", "Refund Order")],
    // Every turn repeats the previous request, so it is cached.
    cache_control: { type: "ephemeral" },
    stream: true,
  });
  const result = {
    type: "tool_result",
    tool_use_id: "t1",
    content: '{"order":"A-1","sent":"2026-11-20"}',
  };
  const turns = [user, { role: "assistant", content: [call] }, { role: "user", content: [result] }];
  expect(lastMessages(server)).toEqual(turns);
  expect(data).toMatchObject({
    status: "done",
    reason: null,
    text: "It was sent.",
    json: null,
    pending: [],
    state: null,
    turns: 2,
    steps: [
      {
        tool: "Find_Order",
        input: { order: "A-1" },
        output: { order: "A-1", sent: "2026-11-20" },
        error: null,
      },
    ],
    usage: { input_tokens: 200, output_tokens: 20, total_tokens: 220 },
    cost: { input: 0.0004, output: 0.0002, total: 0.0006, currency: "USD" },
    conversation: [
      ...turns,
      { role: "assistant", content: [{ type: "text", text: "It was sent." }] },
    ],
    warnings: [],
  });
});

test("runs without flows", async () => {
  const flows = await shop();
  const server = await playing("Hello.");
  const { branch, data } = await runAgent(server, flows, { flows: undefined });
  expect([branch, data.text, data.turns]).toEqual(["Done", "Hello.", 1]);
  expect(server.request().json).not.toHaveProperty("tools");
});

test("runs parallel calls concurrently and returns results in the order of the calls", async () => {
  let running = 0;
  let maxRunning = 0;
  const flows = await startFlows({
    Wait: async ({ order }) => {
      running += 1;
      maxRunning = Math.max(maxRunning, running);
      await sleep(Number(order));
      running -= 1;
      return order;
    },
  });
  const wait = (ms: string) => ({ tool: "Wait", input: { order: ms } });
  const server = await playing({ a: wait("150"), b: wait("20"), c: wait("80") }, "Done.");
  const { data } = await runAgent(server, flows);
  expect(maxRunning).toBe(3);
  expect(lastMessages(server)[2]).toEqual({
    role: "user",
    content: ["150", "20", "80"].map((ms, index) => ({
      type: "tool_result",
      tool_use_id: "abc"[index],
      content: ms,
    })),
  });
  expect(data.steps.map(({ output }: { output: string }) => output)).toEqual(["150", "20", "80"]);
});

describe("tool errors returned to Claude", () => {
  const toolError = async (flows: Flows, call: { tool: string; input: unknown }) => {
    const server = await playing({ t1: call }, "I see.");
    const { branch, data } = await runAgent(server, flows);
    expect(branch).toBe("Done");
    const [result] = (lastMessages(server)[2] as { content: object[] }).content;
    expect(result).toMatchObject({ type: "tool_result", tool_use_id: "t1", is_error: true });
    const { content } = result as { content: string };
    expect(data.steps).toMatchObject([{ output: null, error: content }]);
    return content;
  };

  test("when the flow fails", async () => {
    const flows = await startFlows({
      "Find Order": () => {
        throw new Error("The database is down.");
      },
    });
    expect(await toolError(flows, find("A-1"))).toBe(
      'The flow Find Order failed with 500: {"error":"The database is down."}.',
    );
  });

  test("when the connection to the flow is refused", async () => {
    const flows = await shop();
    flows.context.webhookUrls["Find Order"] = "http://127.0.0.1:1/";
    const error = await toolError(flows, find("A-1"));
    expect(error).toBe("The flow Find Order could not be called: ECONNREFUSED.");
  });

  test("when the tool does not exist", async () => {
    expect(await toolError(await shop(), { tool: "Delete_All", input: {} })).toBe(
      "There is no tool Delete_All.",
    );
  });

  test.each([
    ["lacks a required property", {}, 'at /: Instance does not have required property "order".'],
    [
      "has a property of another type",
      { order: 5 },
      'at /order: Instance type "number" is invalid. Expected "string".',
    ],
  ])("when the input %s, without calling the flow", async (_, input, reason) => {
    const flows = await shop();
    expect(await toolError(flows, { tool: "Find_Order", input })).toBe(
      `The input does not match the schema of Find_Order: ${reason}`,
    );
    expect(flows.calls).toEqual([]);
  });
});

test("returns text, numbers and empty results of flows, and truncates long ones", async () => {
  const outputs = { text: "plain", nothing: undefined, number: 5, long: "x".repeat(250_000) };
  const flows = await startFlows(
    Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, () => output])),
  );
  const call = (tool: string) => ({ tool, input: { order: "" } });
  const server = await playing(
    { a: call("text"), b: call("nothing"), c: call("number"), d: call("long") },
    "Done.",
  );
  const { data } = await runAgent(server, flows);
  const { content } = lastMessages(server)[2] as { content: { content?: string }[] };
  expect(content.map((result) => result.content?.slice(0, 10))).toEqual([
    "plain",
    undefined,
    "5",
    "xxxxxxxxxx",
  ]);
  expect(content[3]?.content).toHaveLength(
    150_000 + "\n[100000 more characters were left out]".length,
  );
  expect(data.steps[3].output).toHaveLength(250_000);
  expect(data.warnings).toEqual([
    "A result of long was too long for Claude: its last 100000 characters were dropped.",
  ]);
});

test("returns Claude's turns unchanged, including thinking blocks", async () => {
  const content = [
    { type: "thinking", thinking: "", signature: "c2lnbmVk" },
    { type: "redacted_thinking", data: "ZGF0YQ==" },
    { type: "text", text: "Let me look." },
    { type: "tool_use", id: "t1", name: "Find_Order", input: { order: "A-1" } },
  ];
  const server = await playing(turn("", { content, stop_reason: "tool_use" }), "Done.");
  await runAgent(server, await shop());
  expect(lastMessages(server)[1]).toEqual({ role: "assistant", content });
});

test("a reply with a tool input that is not an object is requested again, and calls no flow", async () => {
  const call = (id: string, input: unknown) => ({
    type: "tool_use",
    id,
    name: "Find_Order",
    input,
  });
  const content = [call("a", { order: "A" }), call("b", '{"order":"B"}{"order":"C"}')];
  const server = await playing(turn("", { content, stop_reason: "tool_use" }), "Done.");
  const flows = await shop();
  const { data } = await runAgent(server, flows);
  expect(flows.calls).toEqual([]);
  expect(server.requests).toHaveLength(2);
  expect(data.text).toBe("Done.");
});

test("a tool input that is JSON text, missing or an empty list is an object", async () => {
  const call = (id: string, input: unknown) => ({
    type: "tool_use",
    id,
    name: "Find_Order",
    input,
  });
  const text = { type: "text", text: "Let me look." };
  const content = [
    text,
    call("a", '{"order":"A"}'),
    call("b", { order: "B" }),
    call("c", null),
    call("d", []),
  ];
  const server = await playing(turn("", { content, stop_reason: "tool_use" }), "Done.");
  const flows = await shop();
  const { data } = await runAgent(server, flows);
  expect(flows.calls).toHaveLength(2);
  expect(lastMessages(server)[1]).toEqual({
    role: "assistant",
    content: [
      text,
      call("a", { order: "A" }),
      call("b", { order: "B" }),
      call("c", {}),
      call("d", {}),
    ],
  });
  expect(data.steps.map(({ input }: { input: unknown }) => input)).toEqual([
    { order: "A" },
    { order: "B" },
    {},
    {},
  ]);
});

test("continues a Conversation with text turns", async () => {
  const server = await playing({ t1: find("A-1") }, "Done.");
  const conversation = [
    { role: "user", content: "Hi" },
    { role: "assistant", content: "Ho" },
  ];
  await runAgent(server, await shop(), { conversation });
  expect(lastMessages(server).slice(0, 3)).toEqual([
    ...conversation,
    { role: "user", content: "Where is it?" },
  ]);
});

test.each([
  ["is reused until it expires", 60_000, "c1"],
  ["is not reused after it has expired", -60_000, undefined],
])("the code execution container %s", async (_, ms, expected) => {
  const container = { id: "c1", expires_at: new Date(Date.now() + ms).toISOString() };
  const server = await playing(turn({ t1: find("A-1") }, { container }), "Done.");
  await runAgent(server, await shop());
  const sent = server.requests[1]?.json as { container?: string } | undefined;
  expect(sent?.container).toBe(expected);
});

test("keeps no large attachment in the conversation once the run is done", async () => {
  const flows = await shop();
  const server = await playing("It is an invoice.");
  const large = Buffer.concat([pdf(), Buffer.alloc(800_000, " ")]);
  const { data } = await runAgent(server, flows, { attachments: [{ key: "a.pdf", value: large }] });
  expect(data.conversation[0].content).toEqual([
    { type: "text", text: '[Attachment "a.pdf" is not part of the stored conversation.]' },
    { type: "text", text: "Where is it?" },
  ]);
  expect(data.warnings).toEqual([
    'conversation does not contain 1 attachment, such as "a.pdf". To ask about it in a later step, turn on Upload Large Attachments, or attach it again.',
  ]);
});

test("reports a model without a known price only once", async () => {
  const model = { model: "mystery-1" };
  const server = await playing(turn({ t1: find("A-1") }, model), turn("Done.", model));
  const { data } = await runAgent(server, await shop());
  expect(data.warnings).toEqual([expect.stringContaining("mystery-1")]);
  expect(data.cost).toBe(null);
});

test("continues a turn that ends with pause_turn", async () => {
  const server = await playing(
    turn("", {
      content: [{ type: "server_tool_use", id: "s1", name: "web_search", input: {} }],
      stop_reason: "pause_turn",
    }),
    { t1: find("A-1") },
    "Done.",
  );
  const { data } = await runAgent(server, await shop());
  expect(data).toMatchObject({ status: "done", text: "Done.", turns: 2 });
  expect(server.requests).toHaveLength(3);
  expect(data.usage.input_tokens).toBe(300);
});

test("returns the final message as JSON that matches Output Schema", async () => {
  const outputSchema = {
    type: "object",
    properties: { sent: { type: "boolean" } },
    required: ["sent"],
  };
  const noModelInfo: Reply = { status: 404, body: {} };
  const server = await playing(noModelInfo, { t1: find("A-1") }, '{"sent": true}');
  const { data } = await runAgent(server, await shop(), { outputSchema });
  expect(data.json).toEqual({ sent: true });
  expect(server.requests[1]?.json).toMatchObject({
    output_config: { format: { type: "json_schema" } },
  });
});

test("asks Claude once to correct a message that does not match Output Schema", async () => {
  const outputSchema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
  const noModelInfo: Reply = { status: 404, body: {} };
  const corrected = await playing(noModelInfo, "no JSON", '{"n": 1}');
  const { data } = await runAgent(corrected, await shop(), { outputSchema });
  expect(data).toMatchObject({ status: "done", json: { n: 1 }, turns: 2 });
  expect(lastMessages(corrected).at(-1)).toMatchObject({
    role: "user",
    content: expect.stringMatching(/^The answer is not JSON .* Answer again\.$/),
  });
  const never = await playing(noModelInfo, '{"n": "x"}', '{"n": "y"}');
  const stopped = await runAgent(never, await shop(), { outputSchema });
  expect(stopped.branch).toBe("Stopped");
  expect(stopped.data).toMatchObject({ status: "error", json: null, turns: 2, state: null });
  expect(stopped.data.reason).toMatch(/^The response does not match Output Schema/);
});

test("disables parallel tool use when Parallel Tool Calls is off and flows are the only tools", async () => {
  const server = await playing("Hi.");
  await runAgent(server, await shop(), { tools: { parallel: "false" } });
  expect(server.request().json).toMatchObject({
    tool_choice: { type: "auto", disable_parallel_tool_use: true },
  });
});

test("sends the flow's whole schema to Claude, including $defs", async () => {
  const flows = await shop();
  const $defs = { order: { type: "string" } };
  const properties = { order: { $ref: "#/$defs/order" } };
  const schemas = flows.context.flowSchemas as Record<string, { invoke: object }>;
  schemas["Find Order"] = { invoke: { $schema: "x", title: "t", $comment: "", properties, $defs } };
  const server = await playing({ t1: find("A-1") }, "Done.");
  const { data } = await runAgent(server, flows);
  expect(server.requests[0]?.json).toMatchObject({
    tools: [{ input_schema: { type: "object", properties, $defs } }, {}],
  });
  expect(data.steps[0].error).toBeNull();
});

describe("warns Claude that the flow may have run anyway", () => {
  const warning = "It may have run anyway.";

  test.each<[string, (response: ServerResponse) => void, string]>([
    [
      "when the connection breaks",
      (response) => response.destroy(),
      `The flow Find Order gave no complete response: ECONNRESET. ${warning}`,
    ],
    [
      "when a gateway times out",
      (response) => response.writeHead(504).end("Time-out"),
      `The flow Find Order failed with 504: Time-out. ${warning}`,
    ],
  ])("%s", async (_, respond, error) => {
    const flows = await shop();
    const flow = await startServer((_, response) => respond(response));
    flows.context.webhookUrls["Find Order"] = flow.url;
    const server = await playing({ t1: find("A-1") }, "I see.");
    const { data } = await runAgent(server, flows);
    expect(data.steps).toMatchObject([{ output: null, error }]);
  });
});

describe("flow result", () => {
  const outputOf = async (...replies: Reply[]) => {
    const flows = await shop();
    const flow = await startServer(...replies);
    flows.context.webhookUrls["Find Order"] = `${flow.url}/call`;
    const server = await playing({ t1: find("A-1") }, "I see.");
    const { data } = await runAgent(server, flows);
    expect(data.steps[0].error).toBeNull();
    return data.steps[0].output;
  };

  test("is read from the address of a 303 redirect", async () => {
    const redirect: Reply = { status: 303, headers: { location: "/result" } };
    expect(await outputOf(redirect, { body: { found: true } })).toEqual({ found: true });
  });

  test("replaces files with a note", async () => {
    const pdf = { headers: { "content-type": "application/pdf" }, body: "%PDF-1.7" };
    expect(await outputOf(pdf)).toBe("[a file of the type application/pdf]");
    const inside = { body: { a: 1, pdf: { data: Buffer.from("xyz"), contentType: "a/b" } } };
    expect(await outputOf(inside)).toEqual({
      a: 1,
      pdf: { data: "[a file of 3 bytes]", contentType: "a/b" },
    });
  });

  test("does not contain the flow's API key", async () => {
    const echo: Reply = ({ headers }, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ headers }));
    };
    expect(JSON.stringify(await outputOf(echo))).not.toContain("flow-key-0123456789");
  });
});

describe("stops", () => {
  const endlessCalls = () => playing({ t1: find("A-1") });

  test.each([
    [
      "at the maximum number of turns",
      { turns: "3" },
      "The limit Turns was reached: Claude used 3 turns.",
      3,
    ],
    [
      "above the token limit",
      { tokens: "150" },
      "The limit Total Tokens was reached: 220 of 150 were used.",
      2,
    ],
    [
      "at exactly the token limit",
      { tokens: "220" },
      "The limit Total Tokens was reached: 220 of 220 were used.",
      2,
    ],
    [
      "above the cost limit",
      { cost: "0.0005" },
      "The limit Cost (US dollars) was reached: $0.0006 of $0.0005 were used.",
      2,
    ],
    [
      "at exactly the cost limit",
      { cost: "0.0006" },
      "The limit Cost (US dollars) was reached: $0.0006 of $0.0006 were used.",
      2,
    ],
    ["after 20 turns by default", {}, "The limit Turns was reached: Claude used 20 turns.", 20],
  ])("%s", async (_, limits, reason, turns) => {
    const server = await endlessCalls();
    const flows = await shop();
    const { branch, data } = await runAgent(server, flows, { limits });
    expect(branch).toBe("Stopped");
    expect(data).toMatchObject({ status: "limit", reason, turns });
    expect(server.requests).toHaveLength(turns);
    // The last calls still run, so resuming does not repeat any.
    expect(flows.calls).toHaveLength(turns);
    expect(data.state).toMatch(/^agent1\./);
  });

  test("when Cost is limited and the model's price is unknown", async () => {
    const server = await playing(turn({ t1: find("A-1") }, { model: "mystery-1" }));
    const { data } = await runAgent(server, await shop(), { limits: { cost: "1" } });
    expect(data).toMatchObject({
      status: "limit",
      reason: "Cost (US dollars) cannot be applied: the cost of a response is not known.",
      cost: null,
    });
  });

  test("when Total Tokens is limited and the host reports no usage", async () => {
    const server = await playing(turn({ t1: find("A-1") }, { usage: undefined }));
    const flows = await shop();
    const { data } = await runAgent(server, flows, { limits: { tokens: "100" } });
    expect(data).toMatchObject({
      status: "limit",
      reason: "Total Tokens cannot be applied: the host does not report token usage.",
    });
    expect(flows.calls).toHaveLength(1);
  });

  /** The start time of an execution whose time for agent turns ends in these seconds. */
  const startedAtWith = (secondsLeft: number) =>
    new Date(Date.now() - (15 * 60 - 30 - secondsLeft) * 1_000).toISOString();

  test("before the first turn when too little execution time is left", async () => {
    const server = await endlessCalls();
    const { branch, data } = await runAgent(
      server,
      await shop(),
      {},
      { startedAt: startedAtWith(4) },
    );
    expect([branch, data.status, data.turns]).toEqual(["Stopped", "deadline", 0]);
    expect(server.requests).toEqual([]);
    expect(data.state).toMatch(/^agent1\./);
  });

  test("when execution time runs out during a flow, which may have run anyway", async () => {
    const flows = await startFlows({ "Find Order": () => sleep(20_000, "late") });
    const server = await playing({ t1: find("A-1") }, "Never reached.");
    const { data } = await runAgent(server, flows, {}, { startedAt: startedAtWith(6) });
    const error = "The flow Find Order did not respond in time. It may have run anyway.";
    expect(data).toMatchObject({ status: "deadline", turns: 1, steps: [{ error }] });
    expect(data.conversation[2].content).toMatchObject([{ content: error, is_error: true }]);
    expect(server.requests).toHaveLength(1);
  });

  test("on a refusal, with Claude's explanation as reason", async () => {
    const server = await playing(
      turn("", {
        content: [],
        stop_reason: "refusal",
        stop_details: { type: "refusal", category: "cyber", explanation: "Not that." },
      }),
    );
    const { branch, data } = await runAgent(server, await shop());
    expect(branch).toBe("Stopped");
    expect(data).toMatchObject({
      status: "refused",
      reason: "Not that.",
      refused: true,
      state: null,
    });
  });

  test("on a refusal without an explanation", async () => {
    const server = await playing(turn("", { content: [], stop_reason: "refusal" }));
    const { data } = await runAgent(server, await shop());
    expect(data).toMatchObject({ status: "refused", reason: "Claude refused to reply." });
  });

  test("at max_tokens, dropping the truncated tool call", async () => {
    const server = await playing(turn({ t1: find("A-1") }, { stop_reason: "max_tokens" }));
    const flows = await shop();
    const { data } = await runAgent(server, flows);
    expect(data).toMatchObject({
      status: "limit",
      reason: "A response was truncated at 32000 tokens. Increase Max Tokens in Limits.",
    });
    expect(flows.calls).toEqual([]);
    expect(data.conversation).toHaveLength(1);
    expect(data.warnings).toEqual(["The call to tool Find_Order is incomplete and was dropped."]);
  });

  test("at max_tokens, running the complete tool calls when resumed", async () => {
    const truncated = turn({ t1: find("A-1"), t2: find("A-") }, { stop_reason: "max_tokens" });
    const server = await playing(truncated, "Done.");
    const flows = await shop();
    const { data } = await runAgent(server, flows);
    expect(data.conversation).toHaveLength(2);
    const inputs = { state: data.state };
    const resumed = await runBranching("resumeAgent", server, inputs, flows.context);
    expect(resumed.data).toMatchObject({ status: "done", text: "Done." });
    expect(flows.calls.map(({ input }) => input)).toEqual([{ order: "A-1" }]);
    expect(lastMessages(server).slice(1)).toEqual([
      {
        role: "assistant",
        content: [{ type: "tool_use", id: "t1", name: "Find_Order", input: { order: "A-1" } }],
      },
      {
        role: "user",
        content: [
          {
            type: "tool_result",
            tool_use_id: "t1",
            content: '{"order":"A-1","sent":"2026-11-20"}',
          },
        ],
      },
    ]);
  });

  test("at max_tokens during thinking, leaving out the turn", async () => {
    const content = [{ type: "redacted_thinking", data: "ZGF0YQ==" }];
    const server = await playing(turn("", { content, stop_reason: "max_tokens" }));
    const { data } = await runAgent(server, await shop());
    expect(data.status).toBe("limit");
    expect(data.conversation).toHaveLength(1);
  });

  test("when continuing a paused turn fails, keeping the paused turn", async () => {
    const content = [{ type: "server_tool_use", id: "s1", name: "web_search", input: {} }];
    const server = await playing(
      turn("", { content, stop_reason: "pause_turn" }),
      refusal(400, "invalid_request_error", "Bad."),
    );
    const { data } = await runAgent(server, await shop());
    expect(data.status).toBe("error");
    expect(data.reason).toMatch(
      /^The response is incomplete: the API paused it, and it could not be continued: .*Bad\./,
    );
    expect(data.conversation[1]).toEqual({ role: "assistant", content });
    expect(data.state).toMatch(/^agent1\./);
  });

  test("when the context window is full, dropping the truncated tool call", async () => {
    const full = { stop_reason: "model_context_window_exceeded" };
    const server = await playing(turn({ t1: find("A-1") }, full));
    const flows = await shop();
    const { data } = await runAgent(server, flows);
    expect(data).toMatchObject({
      status: "limit",
      reason: "The context window of the model is full.",
      state: null,
    });
    expect(data.conversation).toHaveLength(1);
    expect(flows.calls).toEqual([]);
  });

  test("when two tool calls in a turn have the same ID", async () => {
    const block = { type: "tool_use", id: "t1", name: "Find_Order", input: { order: "A" } };
    const server = await playing(turn("", { content: [block, block], stop_reason: "tool_use" }));
    const flows = await shop();
    const { data } = await runAgent(server, flows);
    expect(data).toMatchObject({
      status: "error",
      reason: "Two calls of one turn have the same ID.",
      state: null,
    });
    expect(flows.calls).toEqual([]);
  });

  test("at the time limit of Minutes, without waiting for a running flow", async () => {
    const flows = await startFlows({ "Find Order": () => sleep(20_000, "late") });
    const server = await endlessCalls();
    const { data } = await runAgent(server, flows, { limits: { minutes: "0.01" } });
    expect(data).toMatchObject({
      status: "limit",
      reason: "The limit Minutes was reached: the step ran for 0.01 minutes.",
      turns: 1,
    });
    expect(data.steps[0].error).toContain("did not respond in time");
  });

  test("when the API does not respond before execution time runs out", async () => {
    const server = await playing(() => undefined);
    const { data } = await runAgent(server, await shop(), {}, { startedAt: startedAtWith(6) });
    expect(data).toMatchObject({ status: "deadline", turns: 0 });
    expect(data.state).toMatch(/^agent1\./);
  });

  test("when execution time runs out during a response, repeating the turn when resumed with unknown cost", async () => {
    const flows = await shop();
    const server = await playing((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const events = textEvents("Half an answer").slice(0, 5);
      response.write(eventStream(events));
    }, "Whole.");
    const { data } = await runAgent(server, flows, {}, { startedAt: startedAtWith(6) });
    expect(data).toMatchObject({ status: "deadline", turns: 1, cost: null, text: "Half an an" });
    expect(data.warnings.join()).not.toContain("dropped");
    expect(data.conversation).toHaveLength(1);
    const inputs = { state: data.state, limits: { cost: "1" } };
    const resumed = await runBranching("resumeAgent", server, inputs, flows.context);
    expect(resumed.data).toMatchObject({ status: "done", text: "Whole.", cost: null });
  });

  test("when execution time runs out during a response, warning about server tools already used", async () => {
    const [start] = textEvents("");
    const server = await playing((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const blocks = ["server_tool_use", "mcp_tool_use"].flatMap((type, index) => [
        {
          type: "content_block_start",
          index,
          content_block: { type, id: `s${index}`, name: `tool_${index}`, input: {} },
        },
        { type: "content_block_stop", index },
      ]);
      response.write(eventStream([start, ...blocks] as Parameters<typeof eventStream>[0]));
    });
    const { data } = await runAgent(server, await shop(), {}, { startedAt: startedAtWith(6) });
    expect(data.status).toBe("deadline");
    expect(data.warnings).toContain(
      "A reply was interrupted because the execution ran out of time, and was dropped. It had already used tool_0, tool_1.",
    );
  });

  test("when the API fails after the first turn, keeping earlier steps", async () => {
    const server = await playing(
      { t1: find("A-1") },
      refusal(400, "invalid_request_error", "Bad."),
    );
    const { branch, data } = await runAgent(server, await shop());
    expect(branch).toBe("Stopped");
    expect(data).toMatchObject({ status: "error", turns: 1, steps: [{ tool: "Find_Order" }] });
    expect(data.reason).toContain("Bad.");
    expect(data.state).toMatch(/^agent1\./);
  });

  test("with an error when the API fails in the first turn", async () => {
    const server = await playing(refusal(400, "invalid_request_error", "Bad."));
    await expect(runAgent(server, await shop())).rejects.toThrow("Bad.");
  });
});

test.each([
  ["an empty Task", { task: "" }, "Task is required."],
  [
    "an Output Schema that is a list",
    { outputSchema: "[]" },
    "Output Schema must be a JSON object",
  ],
  [
    "an Output Schema with an unknown type",
    { outputSchema: { type: "nothing" } },
    "Output Schema ",
  ],
  [
    "mcp_servers that is not a list in Extra Parameters",
    { requestOptions: { extraParameters: { mcp_servers: {} } } },
    "Extra Parameters must have a list in mcp_servers.",
  ],
  ["a limit of 0 turns", { limits: { turns: "0" } }, "Turns must be a whole number from 1 to 1000"],
])("rejects %s before any request", async (_, inputs, message) => {
  const server = await playing("Never.");
  await expect(runAgent(server, await shop(), inputs)).rejects.toThrow(message);
  expect(server.requests).toEqual([]);
});

describe("Flows", () => {
  test.each([
    [
      "an unknown flow",
      [{ flow: "Nowhere" }],
      'Flows contains "Nowhere", but this integration has no such flow. Available flows: Find Order, Refund Order.',
    ],
    ["a row without a flow", [{ description: "Does." }], "Flows has no Flow in row 1."],
    [
      "a flow listed twice",
      [
        { flow: "Find Order", description: "a" },
        { flow: "Find Order", description: "b" },
      ],
      "Flows contains Find Order twice.",
    ],
    [
      "a flow without a description",
      [{ flow: "Find Order" }],
      "Description is required for Find Order, because the schema of the flow has no description.",
    ],
    ["text instead of a list", "Find Order", "Flows must be a list of rows."],
  ])("rejects %s before any request", async (_, rows, message) => {
    const server = await playing("Never.");
    await expect(runAgent(server, await shop(), { flows: rows })).rejects.toThrow(message);
    expect(server.requests).toEqual([]);
  });

  test("uses the comment of a flow's schema as description and ignores empty rows", async () => {
    const flows = await shop();
    const schemas = flows.context.flowSchemas as Record<string, { invoke: object }>;
    schemas["Find Order"] = {
      invoke: { title: "Find", $comment: "Finds an order.", properties: {} },
    };
    const server = await playing("Hi.");
    await runAgent(server, flows, { flows: [{ flow: "Find Order" }, {}] });
    expect(server.request().json).toMatchObject({
      tools: [{ name: "Find_Order", description: "Finds an order." }],
    });
  });

  test.each([
    [{ title: "Find", description: "Looks up." }, "Looks up."],
    [{ title: "Find", $comment: "Finds.", description: "Looks up." }, "Looks up."],
    [{ title: "Title only" }, "Title only"],
  ])("uses %j of a flow's schema as description", async (about, description) => {
    const flows = await shop();
    const schemas = flows.context.flowSchemas as Record<string, { invoke: object }>;
    schemas["Find Order"] = { invoke: { ...about, properties: {} } };
    const server = await playing("Hi.");
    await runAgent(server, flows, { flows: [{ flow: "Find Order" }] });
    expect(server.request().json).toMatchObject({
      tools: [
        { name: "Find_Order", description, input_schema: { type: "object", properties: {} } },
      ],
    });
    expect(JSON.stringify(server.request().json).split(description)).toHaveLength(2);
  });
});

test("Max Tokens in Limits is the limit of each response", async () => {
  const server = await playing("Hi.");
  await runAgent(server, await shop(), { limits: { maxTokens: "500" } });
  expect(server.request().json).toMatchObject({ max_tokens: 500 });
});

test("converts flow names to valid, unique tool names", async () => {
  const names = ["Größe & Preis", "Find Order", "Find_Order", "!!!", "x".repeat(100)];
  const flows = await startFlows(Object.fromEntries(names.map((name) => [name, () => name])));
  const server = await playing({ t1: { tool: "Find_Order_2", input: { order: "" } } }, "Hi.");
  const { data } = await runAgent(server, flows);
  const [{ json }] = server.requests as [Received, ...Received[]];
  const { tools } = json as { tools: { name: string }[] };
  expect(tools.map(({ name }) => name)).toEqual([
    "Gr_e_Preis",
    "Find_Order",
    "Find_Order_2",
    "flow",
    "x".repeat(60),
  ]);
  expect(data.steps[0].output).toBe("Find_Order");
});

test("does not reveal API keys of flows or of the connection in outputs, errors or logs", async () => {
  const flows = await startFlows({
    "Find Order": () => {
      throw new Error("No.");
    },
  });
  const logs = new Logs();
  const server = await playing({ t1: find("A-1") }, { t2: find("A-2") });
  const { data } = await runAgent(
    server,
    flows,
    { limits: { turns: "2" } },
    { logger: logs.logger, globalDebug: true },
  );
  const seen = JSON.stringify(data) + logs.lines.join("\n");
  expect(seen).not.toContain("flow-key-0123456789");
  expect(seen).not.toContain(apiKey);
});
