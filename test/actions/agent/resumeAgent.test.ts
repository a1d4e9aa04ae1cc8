import { execFile } from "node:child_process";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { unseal } from "../../../src/claude/agent/state";
import { createClient } from "../../../src/client/client";
import {
  messagesOf,
  playing,
  runBranching,
  startFlows,
  type Turn,
  turn,
} from "../../support/agent";
import { apiKey, connectionTo, Logs } from "../../support/component";
import type { Reply, Server } from "../../support/server";

const find = (order: string) => ({ tool: "Find_Order", input: { order } });
const refund = (order: string) => ({ tool: "Refund_Order", input: { order } });

const shop = () =>
  startFlows({
    "Find Order": ({ order }) => ({ order, sent: true }),
    "Refund Order": ({ order }) => ({ order, refunded: true }),
  });

type Flows = Awaited<ReturnType<typeof startFlows>>;

/** Runs an agent that needs approval to refund. */
const begin = async (server: Server, flows: Flows, inputs: object = {}) =>
  runBranching(
    "runAgent",
    server,
    { task: "Refund A-1.", flows: flows.rows, approvals: ["Refund Order"], ...inputs },
    flows.context,
  );

const resume = (server: Server, flows: Flows, state: unknown, inputs: object = {}) =>
  runBranching("resumeAgent", server, { state, ...inputs }, flows.context);

const last = (server: Server) => {
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

test("waits for a person, and goes on once the call is approved", async () => {
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

  // A database may have kept it meanwhile.
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
  // But for its messages, the request is the same.
  expect({ ...second, messages: [] }).toEqual({ ...first, messages: [] });
});

test("a call that is denied goes back to Claude with the reason", async () => {
  const { flows, server, data } = await start({ t1: refund("A-1") }, "I see.");
  const decisions = [{ id: "t1", approved: false, reason: "Too expensive." }];
  const resumed = await resume(server, flows, data.state, { decisions });
  expect(flows.calls).toEqual([]);
  expect(last(server)[2]).toEqual({
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

test("calls that need nobody run at once; all results go back together, in order", async () => {
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
  const { content } = last(server)[2] as { content: object[] };
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

test("may wait again and again", async () => {
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

test("an approval holds for its call alone, even if an id comes again", async () => {
  const { flows, server, data } = await start({ t1: refund("A-1") }, { t1: refund("ALL") }, "No.");
  const second = await resume(server, flows, data.state, { decisions: true });
  expect(second.branch).toBe("Waiting");
  expect(second.data.pending).toEqual([
    { id: "t1", tool: "Refund_Order", input: { order: "ALL" } },
  ]);
  expect(flows.calls.map(({ input }) => input)).toEqual([{ order: "A-1" }]);
});

test("what waits still waits when there is no time to go on", async () => {
  const { flows, server, data } = await start({ t1: refund("A-1") }, "Refunded.");
  const startedAt = new Date(Date.now() - (15 * 60 - 30 - 4) * 1_000).toISOString();
  const context = { ...flows.context, startedAt };
  const inputs = { state: data.state, decisions: true };
  const late = await runBranching("resumeAgent", server, inputs, context);
  expect(late.data).toMatchObject({ status: "deadline", pending: [{ id: "t1" }] });
  const resumed = await resume(server, flows, late.data.state, { decisions: true });
  expect(resumed.data.text).toBe("Refunded.");
});

test("after an answer that was cut off, Claude is asked to go on", async () => {
  const cut = { stop_reason: "max_tokens" };
  const { flows, server, data } = await start(turn("Half a", cut), "nd a half.");
  expect(data.status).toBe("limit");
  await resume(server, flows, data.state);
  expect(last(server).slice(1)).toEqual([
    { role: "assistant", content: [{ type: "text", text: "Half a" }] },
    { role: "user", content: "The answer was cut off. Go on from there." },
  ]);
  const thinking = [{ type: "thinking", thinking: "Hm", signature: "c2ln" }];
  const other = await start(turn("", { ...cut, content: thinking }), "Done.");
  await resume(other.server, other.flows, other.data.state);
  expect(last(other.server)).toEqual([{ role: "user", content: "Refund A-1." }]);
});

test("keeps the limits of the run, but for those that are given again", async () => {
  const flows = await shop();
  const server = await playing({ t1: find("A-1") });
  const limits = { turns: "2", cost: "0.0002" };
  const { data } = await begin(server, flows, { limits });
  expect(data.reason).toContain("Cost is met");
  const again = await resume(server, flows, data.state, { limits: { cost: "1" } });
  expect(again.data.reason).toBe("Turns is met: Claude had 2.");
});

test.each([
  [{ tokens: "150" }, "Total Tokens is met: 220 of 150 were used."],
  [{ cost: "0.0005" }, "Cost is met: $0.0006 of $0.0005 were used."],
])("the limit %j counts anew for each part of a run", async (limits, reason) => {
  const flows = await shop();
  const server = await playing({ t1: find("A-1") });
  const { data } = await begin(server, flows, { limits: { turns: "1" } });
  const again = await resume(server, flows, data.state, { limits: { turns: "20", ...limits } });
  expect(again.data).toMatchObject({ status: "limit", reason, turns: 3 });
});

test("a call that cannot run asks nobody", async () => {
  const { flows, branch, data } = await start(
    { t1: { tool: "Refund_Order", input: { order: 5 } } },
    "I see.",
  );
  expect([branch, data.steps.length]).toEqual(["Done", 1]);
  expect(flows.calls).toEqual([]);
});

test.each([
  [["all"], ["a", "b"]],
  ["all", ["a", "b"]],
  [["Refund_Order, Find Order"], ["a", "b"]],
  [["Find Order"], ["a"]],
  [["none"], []],
  [[], []],
])("Approvals %j wait for %j", async (approvals, waiting) => {
  const flows = await shop();
  const server = await playing({ a: find("A-1"), b: refund("A-1") }, "Done.");
  const { data } = await begin(server, flows, { approvals });
  expect(data.pending.map(({ id }: { id: string }) => id)).toEqual(waiting);
});

test("Approvals for what is no flow are an error", async () => {
  const server = await playing("Never.");
  await expect(begin(server, await shop(), { approvals: ["Refund"] })).rejects.toThrow(
    "Approvals names Refund, which is none of Flows.",
  );
});

describe("decisions that are not clear are refused, and nothing runs:", () => {
  test.each([
    [
      undefined,
      "Decisions is required: a person has to decide on a (Find_Order), b (Refund_Order).",
    ],
    ["", "Decisions is required"],
    [[{ id: "a", approved: true }], "Decisions lacks one for b (Refund_Order)."],
    [
      [
        { id: "a", approved: true },
        { id: "a", approved: false },
      ],
      "Decisions decides on a twice.",
    ],
    [
      [{ id: "x", approved: true }],
      "Decisions decides on x, which does not wait. There is a (Find_Order), b (Refund_Order).",
    ],
    [[{ id: "a" }], "Decisions takes a list with id and approved (true or false) for each call."],
    // What only reads like a yes is none.
    [[{ id: "a", approved: ["true"] }], "Decisions takes a list with id and approved"],
    [
      [{ id: "a", approved: Object.create(null) }],
      "Decisions takes a list with id and approved (true or false) for each call.",
    ],
    ["yes", "Decisions takes JSON"],
    [{ a: true }, "Decisions takes a list with id and approved"],
  ])("%j", async (decisions, message) => {
    const flows = await shop();
    const server = await playing({ a: find("A-1"), b: refund("A-1") }, "Done.");
    const { data } = await begin(server, flows, { approvals: ["all"] });
    await expect(resume(server, flows, data.state, { decisions })).rejects.toThrow(message);
    expect(flows.calls).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });
});

describe("a state that is not what was returned is refused:", () => {
  const change = (state: string, at: number) =>
    state.slice(0, at) + (state[at] === "A" ? "B" : "A") + state.slice(at + 1);

  test.each<[string, (state: string) => unknown]>([
    ["cut off", (state) => state.slice(0, -10)],
    ["changed at its start", (state) => change(state, 12)],
    ["changed in its middle", (state) => change(state, Math.floor(state.length / 2))],
    ["with another seal", (state) => change(state, state.length - 3)],
    ["without its content", (state) => `${state.split(".")[0]}.`],
    ["with more behind it", (state) => `${state}.x`],
    ["with what is no part of it", (state) => `${state.slice(0, 20)}!${state.slice(20)}`],
    ["of another version", (state) => state.replace("agent1", "agent2")],
    ["text of another kind", () => "hello"],
    ["an object", () => ({ request: {} })],
    ["nothing", () => ""],
  ])("%s", async (_, spoil) => {
    const { flows, server, data } = await start({ t1: refund("A-1") }, "Never.");
    await expect(resume(server, flows, spoil(data.state), { decisions: true })).rejects.toThrow(
      /^State (takes|is)/,
    );
    expect(flows.calls).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  test("one of another connection", async () => {
    const { flows, server, data } = await start({ t1: refund("A-1") }, "Never.");
    const connection = connectionTo(server.url, { apiKey: "sk-ant-other-0123456789" });
    await expect(
      resume(server, flows, data.state, { connection, decisions: true }),
    ).rejects.toThrow("made with another connection, API key or instance");
  });

  test("one of another customer's instance, with the same API key", async () => {
    const { flows, server, data } = await start({ t1: refund("A-1") }, "Never.");
    const context = { ...flows.context, instance: { id: "another" } };
    await expect(
      runBranching("resumeAgent", server, { state: data.state, decisions: true }, context),
    ).rejects.toThrow("made with another connection, API key or instance");
    expect(flows.calls).toEqual([]);
  });

  test("but blanks around it do no harm", async () => {
    const { flows, server, data } = await start({ t1: refund("A-1") }, "Done.");
    const { branch } = await resume(server, flows, ` ${data.state}\n`, { decisions: true });
    expect(branch).toBe("Done");
  });
});

describe("the state holds no credential", () => {
  const token = "mcp-token-0123456789";
  const tools = {
    mcpServers: [{ key: "docs", value: "https://mcp.example" }],
    mcpTokens: [{ key: "docs", value: token }],
  };
  /** What the state holds, opened as the connector opens it. */
  const contentOf = (state: string, { url }: Server) => {
    const { account } = createClient({ logger: new Logs().logger as never }, connectionTo(url));
    return JSON.stringify(unseal(state, `${account}.instanceId`));
  };

  test("and asks again for those of MCP servers", async () => {
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
      "MCP Server Tokens is required for docs: the state keeps no token.",
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

test("goes on from a limit, with a new allowance", async () => {
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

test("the answer keeps to Output Schema after a wait", async () => {
  const flows = await shop();
  const outputSchema = {
    type: "object",
    properties: { ok: { type: "boolean" } },
    required: ["ok"],
  };
  const page: Reply = { status: 404, body: {} };
  const server = await playing(page, { t1: refund("A-1") }, '{"ok": true}');
  const { data } = await begin(server, flows, { outputSchema });
  const resumed = await resume(server, flows, data.state, { decisions: true });
  expect(resumed.data.json).toEqual({ ok: true });
});

test("goes on in another process", async () => {
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
  const given = { state: data.state, connection: connectionTo(server.url), context };
  const child = new Promise<string>((resolve, reject) => {
    execFile(process.execPath, ["-e", script, JSON.stringify(given)], (error, out) =>
      error ? reject(error) : resolve(out),
    );
  });
  expect(JSON.parse(await child)).toEqual(["Done", "Refunded.", 2]);
  expect(flows.calls).toHaveLength(1);
});
