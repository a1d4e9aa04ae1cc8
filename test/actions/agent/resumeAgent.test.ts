import { execFile } from "node:child_process";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { seal, unseal } from "../../../src/claude/agent/state";
import { createClient } from "../../../src/client/client";
import { failureWording } from "../../../src/wording/failures";
import {
  messagesOf,
  playing,
  runBranching,
  startFlows,
  type Turn,
  turn,
} from "../../support/agent";
import { apiKey, connectionTo, gatewayTo, Logs } from "../../support/component";
import type { Reply, Server } from "../../support/server";

const find = (order: string) => ({ tool: "Find_Order", input: { order } });
const refund = (order: string) => ({ tool: "Refund_Order", input: { order } });

const shop = () =>
  startFlows({
    "Find Order": ({ order }) => ({ order, sent: true }),
    "Refund Order": ({ order }) => ({ order, refunded: true }),
  });

type Flows = Awaited<ReturnType<typeof startFlows>>;

/** Runs an agent that needs approval for refunds. */
const begin = async (server: Server, flows: Flows, inputs: object = {}) =>
  runBranching(
    "runAgent",
    server,
    { task: "Refund A-1.", flows: flows.rows, approvals: ["Refund Order"], ...inputs },
    flows.context,
  );

const resume = (server: Server, flows: Flows, state: unknown, inputs: object = {}) =>
  runBranching("resumeAgent", server, { state, ...inputs }, flows.context);

const lastMessages = (server: Server) => {
  const request = server.requests.at(-1);
  if (!request) throw new Error("No request.");
  return messagesOf(request);
};

const start = async (...turns: (Turn | Reply)[]) => {
  const flows = await shop();
  const server = await playing(...turns);
  const { branch, data } = await begin(server, flows);
  return { flows, server, branch, data };
};

test("waits for approval and runs the call once it is approved", async () => {
  const { flows, server, branch, data } = await start({ t1: refund("A-1") }, "Refunded.");
  expect(branch).toBe("Waiting");
  expect(data).toMatchObject({
    status: "waiting",
    reason: null,
    pending: [{ id: "t1", tool: "Refund_Order", input: { order: "A-1" } }],
    steps: [],
    turns: 1,
  });
  expect(flows.calls).toEqual([]);

  // The state may be stored as JSON until the decision.
  const state = JSON.parse(JSON.stringify({ state: data.state })).state;
  const resumed = await resume(server, flows, state, { decisions: true });
  expect(resumed.branch).toBe("Done");
  expect(flows.calls).toMatchObject([{ flow: "Refund Order", input: { order: "A-1" } }]);
  expect(resumed.data).toMatchObject({
    status: "done",
    text: "Refunded.",
    pending: [],
    state: null,
    turns: 2,
    steps: [{ tool: "Refund_Order", output: { order: "A-1", refunded: true } }],
    usage: { input_tokens: 200, output_tokens: 20, total_tokens: 220 },
    cost: { total: 0.0006 },
  });
  const [first, second] = server.requests.map(({ json }) => json as { messages: unknown[] });
  // Apart from messages, the request is the same.
  expect({ ...second, messages: [] }).toEqual({ ...first, messages: [] });
});

test("tells Claude that a call was denied, with the reason", async () => {
  const { flows, server, data } = await start({ t1: refund("A-1") }, "I see.");
  const decisions = [{ id: "t1", approved: false, reason: "Too expensive." }];
  const resumed = await resume(server, flows, data.state, { decisions });
  expect(flows.calls).toEqual([]);
  expect(lastMessages(server)[2]).toEqual({
    role: "user",
    content: [
      {
        type: "tool_result",
        tool_use_id: "t1",
        content: "A person denied this call: Too expensive.",
        is_error: true,
      },
    ],
  });
  expect(resumed.data.steps).toMatchObject([
    { error: "A person denied this call: Too expensive." },
  ]);
});

describe("an input in Decisions", () => {
  const changed = { id: "t1", approved: true, input: { order: "A-2" } };

  test("is what the flow is called with, and Claude is told so", async () => {
    const { flows, server, data } = await start({ t1: refund("A-1") }, "I see.");
    const { data: resumed } = await resume(server, flows, data.state, { decisions: [changed] });
    expect(flows.calls.map(({ input }) => input)).toEqual([{ order: "A-2" }]);
    expect(resumed.steps).toMatchObject([
      { tool: "Refund_Order", input: { order: "A-2" }, output: { order: "A-2", refunded: true } },
    ]);
    expect(lastMessages(server).slice(1)).toEqual([
      {
        role: "assistant",
        content: [{ type: "tool_use", id: "t1", name: "Refund_Order", input: { order: "A-1" } }],
      },
      {
        role: "user",
        content: [
          {
            type: "tool_result",
            tool_use_id: "t1",
            content:
              'A person changed the input of this call to {"order":"A-2"}. Its result:\n{"order":"A-2","refunded":true}',
          },
        ],
      },
    ]);
  });

  test("is ignored for a denial, and if it is empty", async () => {
    const denied = await start({ t1: refund("A-1") }, "I see.");
    const decisions = [{ ...changed, approved: false }];
    const { data } = await resume(denied.server, denied.flows, denied.data.state, { decisions });
    expect(data.steps).toMatchObject([
      { input: { order: "A-1" }, error: "A person denied this call." },
    ]);
    const empty = await start({ t1: refund("A-1") }, "I see.");
    await resume(empty.server, empty.flows, empty.data.state, {
      decisions: [{ ...changed, input: null }],
    });
    expect(empty.flows.calls.map(({ input }) => input)).toEqual([{ order: "A-1" }]);
  });

  test.each([
    [
      "that does not match the flow's schema",
      { order: 5 },
      /^Decisions has an invalid input for t1: The input does not match the schema of Refund_Order: at \/order: /,
    ],
    ["without a required field", {}, /^Decisions has an invalid input for t1: .*"order"/],
    ["that is a list", [], "Decisions has an input for t1 (Refund_Order) that is not an object."],
    ["that is text", "{}", "Decisions has an input for t1 (Refund_Order) that is not an object."],
  ])("is an error for one %s, before any call", async (_, input, message) => {
    const { flows, server, data } = await start({ t1: refund("A-1") }, "Never.");
    const decisions = [{ ...changed, input }];
    await expect(resume(server, flows, data.state, { decisions })).rejects.toThrow(message);
    expect(flows.calls).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });
});

test("runs calls without approval immediately and returns all results together, in order", async () => {
  const { flows, server, data } = await start(
    { a: refund("A-1"), b: find("A-1"), c: refund("A-2") },
    "Done.",
  );
  expect(flows.calls.map(({ flow }) => flow)).toEqual(["Find Order"]);
  expect(data.pending.map(({ id }: { id: string }) => id)).toEqual(["a", "c"]);
  const decisions = JSON.stringify([
    { id: "c", approved: "false" },
    { id: "a", approved: "true" },
  ]);
  const resumed = await resume(server, flows, data.state, { decisions });
  expect(flows.calls.map(({ flow }) => flow)).toEqual(["Find Order", "Refund Order"]);
  const { content } = lastMessages(server)[2] as { content: object[] };
  expect(content).toEqual([
    { type: "tool_result", tool_use_id: "a", content: '{"order":"A-1","refunded":true}' },
    { type: "tool_result", tool_use_id: "b", content: '{"order":"A-1","sent":true}' },
    {
      type: "tool_result",
      tool_use_id: "c",
      content: "A person denied this call.",
      is_error: true,
    },
  ]);
  expect(resumed.data.steps.map(({ tool }: { tool: string }) => tool)).toEqual([
    "Find_Order",
    "Refund_Order",
    "Refund_Order",
  ]);
});

test("can wait for approval several times", async () => {
  const { flows, server, data } = await start(
    { t1: refund("A-1") },
    { t2: refund("A-2") },
    "Both.",
  );
  const second = await resume(server, flows, data.state, { decisions: true });
  expect([second.branch, second.data.pending[0].id]).toEqual(["Waiting", "t2"]);
  const third = await resume(server, flows, second.data.state, { decisions: true });
  expect([third.branch, third.data.text, third.data.turns]).toEqual(["Done", "Both.", 3]);
  expect(third.data.steps).toHaveLength(2);
});

test("an approval applies to one call only, even if a later call has the same ID", async () => {
  const { flows, server, data } = await start({ t1: refund("A-1") }, { t1: refund("ALL") }, "No.");
  const second = await resume(server, flows, data.state, { decisions: true });
  expect(second.branch).toBe("Waiting");
  expect(second.data.pending).toEqual([
    { id: "t1", tool: "Refund_Order", input: { order: "ALL" } },
  ]);
  expect(flows.calls.map(({ input }) => input)).toEqual([{ order: "A-1" }]);
});

test("keeps calls pending when too little execution time is left to resume", async () => {
  const { flows, server, data } = await start({ t1: refund("A-1") }, "Refunded.");
  const startedAt = new Date(Date.now() - (15 * 60 - 30 - 4) * 1_000).toISOString();
  const context = { ...flows.context, startedAt };
  const inputs = { state: data.state, decisions: true };
  const late = await runBranching("resumeAgent", server, inputs, context);
  expect(late.data).toMatchObject({ status: "deadline", pending: [{ id: "t1" }] });
  const resumed = await resume(server, flows, late.data.state, { decisions: true });
  expect(resumed.data.text).toBe("Refunded.");
});

test("asks Claude to continue a truncated message", async () => {
  const maxTokens = { stop_reason: "max_tokens" };
  const { flows, server, data } = await start(turn("Half a", maxTokens), "nd a half.");
  expect(data.status).toBe("limit");
  await resume(server, flows, data.state);
  expect(lastMessages(server).slice(1)).toEqual([
    { role: "assistant", content: [{ type: "text", text: "Half a" }] },
    { role: "user", content: "The answer was cut off. Go on from there." },
  ]);
});

test("repeats the turn after a message truncated during thinking", async () => {
  const thinking = [{ type: "thinking", thinking: "Hm", signature: "c2ln" }];
  const truncated = turn("", { stop_reason: "max_tokens", content: thinking });
  const { flows, server, data } = await start(truncated, "Done.");
  await resume(server, flows, data.state);
  expect(lastMessages(server)).toEqual([{ role: "user", content: "Refund A-1." }]);
});

test("keeps the limits of the run, except those that are set again", async () => {
  const flows = await shop();
  const server = await playing({ t1: find("A-1") });
  const limits = { turns: "2", cost: "0.0002" };
  const { data } = await begin(server, flows, { limits });
  expect(data.reason).toContain("The limit Cost (US dollars) was reached");
  const again = await resume(server, flows, data.state, { limits: { cost: "1" } });
  expect(again.data.reason).toBe("The limit Turns was reached: Claude used 2 turns.");
});

test.each([
  ["Total Tokens", { tokens: "150" }, "The limit Total Tokens was reached: 220 of 150 were used."],
  [
    "Cost",
    { cost: "0.0005" },
    "The limit Cost (US dollars) was reached: $0.0006 of $0.0005 were used.",
  ],
])("counts %s from zero when resumed", async (_, limits, reason) => {
  const flows = await shop();
  const server = await playing({ t1: find("A-1") });
  const { data } = await begin(server, flows, { limits: { turns: "1" } });
  const again = await resume(server, flows, data.state, { limits: { turns: "20", ...limits } });
  expect(again.data).toMatchObject({ status: "limit", reason, turns: 3 });
});

test("does not ask for approval of a call with invalid input", async () => {
  const { flows, branch, data } = await start(
    { t1: { tool: "Refund_Order", input: { order: 5 } } },
    "I see.",
  );
  expect([branch, data.steps.length]).toEqual(["Done", 1]);
  expect(flows.calls).toEqual([]);
});

test.each([
  ["all in a list", ["all"], ["a", "b"]],
  ["all as text", "all", ["a", "b"]],
  ["tool and flow names in one entry", ["Refund_Order, Find Order"], ["a", "b"]],
  ["one flow", ["Find Order"], ["a"]],
  ["none", ["none"], []],
  ["an empty list", [], []],
])("Approvals accepts %s", async (_, approvals, pending) => {
  const flows = await shop();
  const server = await playing({ a: find("A-1"), b: refund("A-1") }, "Done.");
  const { data } = await begin(server, flows, { approvals });
  expect(data.pending.map(({ id }: { id: string }) => id)).toEqual(pending);
});

test("Approvals rejects names that are not in Flows", async () => {
  const server = await playing("Never.");
  await expect(begin(server, await shop(), { approvals: ["Refund"] })).rejects.toThrow(
    'Approvals contains "Refund", which is not in Flows.',
  );
});

describe("Decisions", () => {
  test.each([
    [
      "a missing value",
      undefined,
      "Decisions is required: a person must decide on a (Find_Order), b (Refund_Order).",
    ],
    ["empty text", "", "Decisions is required"],
    [
      "a missing decision",
      [{ id: "a", approved: true }],
      "Decisions has no decision on b (Refund_Order).",
    ],
    [
      "two decisions on one call",
      [
        { id: "a", approved: true },
        { id: "a", approved: false },
      ],
      "Decisions has two decisions on a.",
    ],
    [
      "an unknown ID",
      [{ id: "x", approved: true }],
      "Decisions has a decision on x, which is not pending. Pending calls: a (Find_Order), b (Refund_Order).",
    ],
    [
      "a decision without approved",
      [{ id: "a" }],
      "Decisions must be a list with id and approved (true or false) for each call.",
    ],
    // Only true and false approve or deny, not values that convert to them.
    [
      "a list as approved",
      [{ id: "a", approved: ["true"] }],
      "Decisions must be a list with id and approved",
    ],
    [
      "an object as approved",
      [{ id: "a", approved: Object.create(null) }],
      "Decisions must be a list with id and approved (true or false) for each call.",
    ],
    ["text other than true and false", "yes", "Decisions must be valid JSON"],
    ["an object", { a: true }, "Decisions must be a list with id and approved"],
  ])("rejects %s without running a call", async (_, decisions, message) => {
    const flows = await shop();
    const server = await playing({ a: find("A-1"), b: refund("A-1") }, "Done.");
    const { data } = await begin(server, flows, { approvals: ["all"] });
    await expect(resume(server, flows, data.state, { decisions })).rejects.toThrow(message);
    expect(flows.calls).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });
});

describe("State", () => {
  const changeAt = (state: string, at: number) =>
    state.slice(0, at) + (state[at] === "A" ? "B" : "A") + state.slice(at + 1);

  test.each<[string, (state: string) => unknown]>([
    ["a truncated state", (state) => state.slice(0, -10)],
    ["a state changed at the start", (state) => changeAt(state, 12)],
    ["a state changed in the middle", (state) => changeAt(state, Math.floor(state.length / 2))],
    ["a state with a changed seal", (state) => changeAt(state, state.length - 3)],
    ["a state without content", (state) => `${state.split(".")[0]}.`],
    ["a state with trailing text", (state) => `${state}.x`],
    ["a state with an invalid character", (state) => `${state.slice(0, 20)}!${state.slice(20)}`],
    ["a state of another version", (state) => state.replace("agent1", "agent2")],
    ["other text", () => "hello"],
    ["an object", () => ({ request: {} })],
    ["an empty state", () => ""],
  ])("rejects %s without running a call", async (_, corrupt) => {
    const { flows, server, data } = await start({ t1: refund("A-1") }, "Never.");
    await expect(resume(server, flows, corrupt(data.state), { decisions: true })).rejects.toThrow(
      /^State (must be|cannot be read|is)/,
    );
    expect(flows.calls).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  test("rejects a state of another connection", async () => {
    const { flows, server, data } = await start({ t1: refund("A-1") }, "Never.");
    const connection = connectionTo(server.url, { apiKey: "sk-ant-other-0123456789" });
    await expect(
      resume(server, flows, data.state, { connection, decisions: true }),
    ).rejects.toThrow("made with another connection, API key or instance");
  });

  test("rejects a state of another instance with the same API key", async () => {
    const { flows, server, data } = await start({ t1: refund("A-1") }, "Never.");
    const context = { ...flows.context, instance: { id: "another" } };
    await expect(
      runBranching("resumeAgent", server, { state: data.state, decisions: true }, context),
    ).rejects.toThrow("made with another connection, API key or instance");
    expect(flows.calls).toEqual([]);
  });

  test("of a connection without a credential is null, and not accepted", async () => {
    const flows = await shop();
    const server = await playing({ t1: find("A-1") }, "Never.");
    const connection = gatewayTo(server.url, { authentication: "none", credential: "" });
    const inputs = { connection, task: "Find A-1.", flows: flows.rows };
    const { branch, data } = await runBranching(
      "runAgent",
      server,
      { ...inputs, limits: { turns: "1" } },
      flows.context,
    );
    expect([branch, data.state, data.warnings.at(-1)]).toEqual([
      "Stopped",
      null,
      "state is null, because the connection has no credential: a later step could not verify it.",
    ]);
    await expect(
      runBranching("runAgent", server, { ...inputs, approvals: ["Find Order"] }, flows.context),
    ).rejects.toThrow("Approvals needs a connection with a credential");
    const forged = seal({}, ".instanceId");
    await expect(resume(server, flows, forged, { connection })).rejects.toThrow(
      "State cannot be verified, because the connection has no credential.",
    );
    expect(server.requests).toHaveLength(1);
  });

  test("of a gateway whose Extra Headers contain a credential is accepted", async () => {
    const flows = await shop();
    const server = await playing({ t1: refund("A-1") }, "Done.");
    const headers = "x-portkey-api-key: pk-0123456789";
    const connection = gatewayTo(server.url, { authentication: "none", credential: "", headers });
    const { data } = await begin(server, flows, { connection });
    const resumed = await resume(server, flows, data.state, { connection, decisions: true });
    expect(resumed.branch).toBe("Done");
  });

  test("ignores surrounding whitespace", async () => {
    const { flows, server, data } = await start({ t1: refund("A-1") }, "Done.");
    const { branch } = await resume(server, flows, ` ${data.state}\n`, { decisions: true });
    expect(branch).toBe("Done");
  });
});

describe("credentials in State", () => {
  const token = "mcp-token-0123456789";
  const tools = {
    mcpServers: [{ key: "docs", value: "https://mcp.example" }],
    mcpTokens: [{ key: "docs", value: token }],
  };
  /** The decrypted content of a state. */
  const contentOf = (state: string, { url }: Server) => {
    const { account } = createClient({ logger: new Logs().logger as never }, connectionTo(url), {
      describe: failureWording({}),
    });
    return JSON.stringify(unseal(state, `${account}.instanceId`));
  };

  test("are left out, and MCP Server Tokens is required again", async () => {
    const flows = await shop();
    const server = await playing({ t1: refund("A-1") }, "Done.");
    const { data } = await begin(server, flows, { tools });
    const content = contentOf(data.state, server);
    expect(content).toContain("mcp.example");
    for (const secret of [token, apiKey, "flow-key-0123456789"]) {
      expect(content).not.toContain(secret);
      expect(JSON.stringify(data)).not.toContain(secret);
    }
    await expect(resume(server, flows, data.state, { decisions: true })).rejects.toThrow(
      "MCP Server Tokens is required for docs, because the state contains no tokens.",
    );
    const { mcpTokens } = tools;
    const resumed = await resume(server, flows, data.state, { decisions: true, mcpTokens });
    expect(resumed.branch).toBe("Done");
    const [first, second] = server.requests.map(({ json, headers }) => ({ json, headers }));
    const servers = [
      { type: "url", name: "docs", url: "https://mcp.example", authorization_token: token },
    ];
    expect(first?.json).toMatchObject({ mcp_servers: servers });
    expect(second?.json).toMatchObject({ mcp_servers: servers });
    expect(second?.headers["anthropic-beta"]).toBe(first?.headers["anthropic-beta"]);
  });
});

test("resumes after Turns was reached, counting turns from zero", async () => {
  const flows = await shop();
  const server = await playing({ t1: find("A-1") }, { t2: find("A-2") }, "Done.");
  const { data } = await begin(server, flows, { limits: { turns: "1" } });
  expect([data.status, data.turns, data.steps.length]).toEqual(["limit", 1, 1]);
  const second = await resume(server, flows, data.state, { limits: { turns: "1" } });
  expect([second.data.status, second.data.turns]).toEqual(["limit", 2]);
  const third = await resume(server, flows, second.data.state);
  expect(third.data).toMatchObject({ status: "done", turns: 3, text: "Done." });
  expect(flows.calls.map(({ input }) => input)).toEqual([{ order: "A-1" }, { order: "A-2" }]);
});

test("applies Output Schema after an approval", async () => {
  const flows = await shop();
  const outputSchema = {
    type: "object",
    properties: { ok: { type: "boolean" } },
    required: ["ok"],
  };
  const noModelInfo: Reply = { status: 404, body: {} };
  const server = await playing(noModelInfo, { t1: refund("A-1") }, '{"ok": true}');
  const { data } = await begin(server, flows, { outputSchema });
  const resumed = await resume(server, flows, data.state, { decisions: true });
  expect(resumed.data.json).toEqual({ ok: true });
});

test("resumes in another process", async () => {
  const { flows, server, data } = await start({ t1: refund("A-1") }, "Refunded.");
  const script = `
    const { actions } = require(${JSON.stringify(path.resolve("dist/index.js"))}).default;
    const { state, connection, context } = JSON.parse(process.argv[1]);
    const logger = { debug() {}, warn() {} };
    actions.resumeAgent
      .perform({ ...context, logger }, { state, connection, decisions: "true", mcpTokens: [] })
      .then(({ branch, data }) => console.log(JSON.stringify([branch, data.text, data.turns])));
  `;
  const context = { ...flows.context, instance: { id: "instanceId" } };
  const input = { state: data.state, connection: connectionTo(server.url), context };
  const child = new Promise<string>((resolve, reject) => {
    execFile(process.execPath, ["-e", script, JSON.stringify(input)], (error, out) =>
      error ? reject(error) : resolve(out),
    );
  });
  expect(JSON.parse(await child)).toEqual(["Done", "Refunded.", 2]);
  expect(flows.calls).toHaveLength(1);
});

describe("a state that is handed in twice", () => {
  const resumeWith = (
    { flows, server }: { flows: Flows; server: Server },
    state: unknown,
    crossFlowState: Record<string, unknown>,
    inputs: object = { decisions: true },
  ) =>
    runBranching("resumeAgent", server, { state, ...inputs }, { ...flows.context, crossFlowState });

  test("runs its calls once, in later executions too", async () => {
    const started = await start({ t1: refund("A-1") }, "Refunded.", "Never.");
    const { state } = started.data;
    const first = await resumeWith(started, state, {});
    expect([first.branch, started.flows.calls.length]).toEqual(["Done", 1]);
    const entries = Object.entries(first.crossFlowState ?? {});
    expect(entries).toEqual([
      [expect.stringMatching(/^claude-agent1\.[\w-]{43}$/), { at: expect.stringMatching(/Z$/) }],
    ]);
    const stored = JSON.parse(JSON.stringify(first.crossFlowState));
    await expect(resumeWith(started, ` ${state}`, stored)).rejects.toThrow(
      "State was resumed before, and its calls would run twice. Use the state that was returned then.",
    );
    expect(started.flows.calls).toHaveLength(1);
    expect(started.server.requests).toHaveLength(2);
  });

  test("can be resumed after a failure before its first call, and not after a denial", async () => {
    const started = await start({ t1: refund("A-1") }, "Denied.");
    const { state } = started.data;
    await expect(resumeWith(started, state, {}, { decisions: "maybe" })).rejects.toThrow();
    const late = { startedAt: new Date(Date.now() - (15 * 60 - 30 - 4) * 1_000).toISOString() };
    const unchanged = await runBranching(
      "resumeAgent",
      started.server,
      { state, decisions: false },
      { ...started.flows.context, ...late, crossFlowState: {} },
    );
    expect([unchanged.branch, unchanged.crossFlowState]).toEqual(["Stopped", undefined]);
    const denied = await resumeWith(started, state, {}, { decisions: false });
    expect(Object.keys(denied.crossFlowState ?? {})).toHaveLength(1);
  });

  test("is forgotten after 90 days, with what cannot be read", async () => {
    const started = await start({ t1: refund("A-1") }, "Refunded.");
    const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
    const { crossFlowState } = await resumeWith(started, started.data.state, {
      "claude-agent1.old": { at: ago(91) },
      "claude-agent1.new": { at: ago(89) },
      "claude-agent1.odd": 5,
      other: { at: ago(99) },
    });
    expect(crossFlowState).toMatchObject({ "claude-agent1.old": null, "claude-agent1.odd": null });
    expect(Object.keys(crossFlowState ?? {})).toHaveLength(3);
  });
});

test("Max Tokens of Limits applies to the rest of the run", async () => {
  const { flows, server, data } = await start({ t1: refund("A-1") }, "Refunded.");
  await resume(server, flows, data.state, { decisions: true, limits: { maxTokens: "64000" } });
  expect(server.requests.map(({ json }) => (json as { max_tokens: number }).max_tokens)).toEqual([
    32_000, 64_000,
  ]);
});
