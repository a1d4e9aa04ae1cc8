/** The budget of a day: what steps spend is stored for the next, and none sends more once it is spent. */
import { createHarness } from "@prismatic-io/spectral/dist/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { playing, startFlows, turn } from "../support/agent";
import { component, connectionTo, gatewayTo, Logs } from "../support/component";
import { refusal, type Server, startServer, streamed, textMessage } from "../support/server";

type State = Record<string, unknown>;

const now = new Date("2026-11-28T23:00:00Z");
const today = "claude-spend:2026-11-28";
const yesterday = "claude-spend:2026-11-27";

/** Of a reply with 10 input and 5 output tokens. */
const cost = 0.00007;

beforeEach(() => void vi.useFakeTimers({ now, toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

/** Runs an action whose connection has a budget, and returns its whole result or its error. */
const step = async (
  key: string,
  server: { url: string },
  dailyBudget: unknown,
  inputs: object,
  { crossFlowState = {}, ...context }: { crossFlowState?: State; [name: string]: unknown } = {},
  connect: typeof connectionTo = connectionTo,
  // biome-ignore lint/suspicious/noExplicitAny: tests read any property of a result or an error
): Promise<any> =>
  createHarness(component)
    .action(key, { connection: connect(server.url, { dailyBudget }), ...inputs }, {
      logger: new Logs().logger,
      crossFlowState: structuredClone(crossFlowState),
      ...context,
    } as object)
    .catch((error: unknown) => error);

const hello = { initialMessage: "Hello" };

const chat = (server: Server, budget: unknown, state: State = {}, inputs: object = {}) =>
  step("chat", server, budget, { ...hello, ...inputs }, { crossFlowState: state });

const overBudget = {
  code: "over_budget",
  retryable: false,
  status: null,
  requestId: null,
};

const message = (spent: number, budget: number) =>
  `Daily Budget (US dollars) of the connection is spent: $${spent} of $${budget}. It starts again at 00:00 UTC. Wait until then, or increase it.`;

describe("a step", () => {
  test("sends below the budget, and stores what it costs", async () => {
    const server = await startServer(streamed("Hi."));
    const first = await chat(server, "0.0001");
    expect(first.data.text).toBe("Hi.");
    expect(first.crossFlowState).toEqual({ [today]: { cost } });
    expect(first.data.warnings).toEqual([]);
    // The budget is exceeded by the request that reaches it.
    const second = await chat(server, "0.0001", first.crossFlowState);
    expect(second.crossFlowState).toEqual({ [today]: { cost: 0.00014 } });
    expect(await chat(server, "0.0001", second.crossFlowState)).toMatchObject({
      ...overBudget,
      name: "ApiError",
      message: message(0.00014, 0.0001),
      attempts: 0,
      mayHaveArrived: false,
    });
    expect(server.requests).toHaveLength(2);
  });

  test("sends nothing once exactly the budget is spent, or if it is 0", async () => {
    const server = await startServer(streamed("Hi."));
    expect((await chat(server, 5, { [today]: { cost: 5 } })).message).toBe(message(5, 5));
    expect((await chat(server, "0")).message).toBe(message(0, 0));
    expect(server.requests).toEqual([]);
  });

  test("starts again on the next day in UTC, and deletes the entries of earlier days", async () => {
    const server = await startServer(streamed("Hi."));
    const other = { "claude-memory:a": { messages: [] }, counter: 1 };
    const state = { ...other, [yesterday]: { cost: 9 }, "claude-spend:2026-11-26": { cost: 1 } };
    const { crossFlowState } = await chat(server, "5", state);
    expect(crossFlowState).toEqual({
      [today]: { cost },
      [yesterday]: null,
      "claude-spend:2026-11-26": null,
    });
    vi.setSystemTime(new Date("2026-11-29T00:00:00Z"));
    expect((await chat(server, "5", { [today]: { cost: 5 } })).crossFlowState).toEqual({
      "claude-spend:2026-11-29": { cost },
      [today]: null,
    });
  });

  test("counts a reply that comes after midnight on the new day", async () => {
    const server = await startServer((_, response) => {
      vi.setSystemTime(new Date("2026-11-29T00:00:01Z"));
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(textMessage("Hi.")));
    });
    expect((await chat(server, "5", { [today]: { cost: 4 } })).crossFlowState).toEqual({
      "claude-spend:2026-11-29": { cost },
      [today]: null,
    });
  });

  test.each([
    ["text", "5"],
    ["a list", [5]],
    ["a negative amount", { cost: -5 }],
    ["an amount that is not a number", { cost: "lots" }],
    ["an entry without an amount", {}],
    ["null", null],
  ])("counts a damaged entry as nothing: %s", async (_, entry) => {
    const server = await startServer(streamed("Hi."));
    const { data, crossFlowState } = await chat(server, "5", { [today]: entry });
    expect(data.text).toBe("Hi.");
    expect(crossFlowState).toEqual({ [today]: { cost } });
  });

  test("stores its cost in addition to its memory", async () => {
    const server = await startServer(streamed("Hi."));
    const { crossFlowState } = await chat(server, "5", {}, { memory: { key: "a" } });
    expect(Object.keys(crossFlowState)).toEqual(["claude-memory:a", today]);
    expect(crossFlowState).toMatchObject({
      "claude-memory:a": { messages: [{ role: "user" }, { role: "assistant" }] },
      [today]: { cost },
    });
  });

  test.each(["", "  ", undefined, null])("without a budget (%j) stores nothing", async (budget) => {
    const server = await startServer(streamed("Hi."));
    const result = await chat(server, budget, { [today]: { cost: 1_000 } });
    expect(Object.keys(result)).toEqual(["data"]);
    expect(result.data.text).toBe("Hi.");
  });

  test("sends the same request with and without a budget", async () => {
    const server = await startServer(streamed("Hi."));
    await chat(server, "5");
    await chat(server, "");
    const [first, second] = server.requests;
    expect(first?.body).toBe(second?.body);
    expect(first?.headers).toEqual(second?.headers);
  });

  test("stores nothing for requests that are free, and the cost of a gateway", async () => {
    const refused = await startServer(refusal(400, "invalid_request_error"));
    const onFailure = { requestOptions: { onFailure: "returnError" } };
    const result = await chat(refused, "5", { [today]: { cost: 1 } }, onFailure);
    expect(result.data.error.code).toBe("invalid_request");
    expect(result.crossFlowState).toBeUndefined();
    const server = await startServer(streamed("Hi."));
    const { crossFlowState } = await step("chat", server, "5", hello, {}, gatewayTo);
    expect(crossFlowState).toEqual({ [today]: { cost } });
  });

  test("without On Failure counts too: Suggest Fields", async () => {
    const json = '{"fields":[]}';
    const server = await startServer(streamed(json));
    const { crossFlowState } = await step("suggestFields", server, "5", { text: "Total: 5" });
    expect(crossFlowState).toEqual({ [today]: { cost } });
  });

  test("warns if the cost of a request is not known", async () => {
    const server = await startServer(streamed("Hi.", { model: "claude-mystery-9" as never }));
    const logs = new Logs();
    const context = { logger: logs.logger };
    const { data, crossFlowState } = await step("chat", server, "5", hello, context);
    const warning = "A request of unknown cost is not counted in Daily Budget (US dollars).";
    expect(data.warnings.filter((text: string) => text === warning)).toEqual([warning]);
    expect(logs.lines).toContain(`warn ${warning}`);
    expect(crossFlowState).toBeUndefined();
    const without = await step("chat", server, "", hello);
    expect(without.data.warnings).not.toContain(warning);
  });
});

describe("On Failure", () => {
  const returned = (choice: string, more: object = {}) => ({
    requestOptions: { onFailure: choice, ...more },
  });

  test("returns that the budget is spent, or the fallback", async () => {
    const server = await startServer(streamed("Hi."));
    const state = { [today]: { cost: 5 } };
    const failed = await chat(server, "5", state, returned("returnError"));
    expect(failed.data).toMatchObject({ ok: false, text: "", error: overBudget });
    expect(failed.data.error.message).toBe(message(5, 5));
    expect(failed.crossFlowState).toBeUndefined();
    const fallback = returned("returnFallback", { fallback: "Later." });
    const { data } = await chat(server, "5", state, fallback);
    expect(data).toMatchObject({ ok: false, text: "Later.", error: overBudget });
    expect(server.requests).toEqual([]);
  });

  test("stores the cost of a failed step, which an error that is thrown cannot", async () => {
    const server = await startServer(streamed("Hi", { stop_reason: "max_tokens" }));
    const strict = { output: { failWhenIncomplete: true } };
    const failed = await chat(server, "5", {}, { ...strict, ...returned("returnError") });
    expect(failed.data.error.code).toBe("truncated");
    expect(failed.crossFlowState).toEqual({ [today]: { cost } });
    const thrown = await chat(server, "5", {}, strict);
    expect(thrown).toBeInstanceOf(Error);
    expect(thrown.code).toBe("truncated");
  });
});

describe("an agent", () => {
  const shop = () => startFlows({ "Find Order": () => ({ sent: true }) });
  const call = { tool: "Find_Order", input: { order: "A-1" } };
  /** Of a turn with 100 input and 10 output tokens. */
  const turnCost = 0.0003;

  test("stops between two turns, and continues on the next day", async () => {
    const flows = await shop();
    const server = await playing({ t1: call }, { t2: call }, turn("Sent."));
    const inputs = { task: "Where is it?", flows: flows.rows };
    const stopped = await step("runAgent", server, "0.0005", inputs, flows.context);
    expect(server.requests).toHaveLength(2);
    expect(flows.calls).toHaveLength(2);
    expect(stopped.branch).toBe("Stopped");
    expect(stopped.data).toMatchObject({
      ok: true,
      status: "error",
      reason: message(0.0006, 0.0005),
      turns: 2,
      cost: { total: 2 * turnCost },
    });
    expect(stopped.crossFlowState).toEqual({ [today]: { cost: 0.0006 } });

    const { state } = stopped.data;
    const later = { ...flows.context, crossFlowState: stopped.crossFlowState };
    const again = await step("resumeAgent", server, "0.0005", { state }, later);
    expect(again.branch).toBe("Stopped");
    expect(server.requests).toHaveLength(2);

    vi.setSystemTime(new Date("2026-11-29T08:00:00Z"));
    const done = await step("resumeAgent", server, "0.0005", { state: again.data.state }, later);
    expect(done.branch).toBe("Done");
    expect(done.data.text).toBe("Sent.");
    const { [today]: old, "claude-spend:2026-11-29": spent, ...resumed } = done.crossFlowState;
    expect([old, spent]).toEqual([null, { cost: turnCost }]);
    expect(Object.keys(resumed)).toEqual([expect.stringMatching(/^claude-agent/)]);
  });

  test("fails before its first turn", async () => {
    const flows = await shop();
    const server = await playing("Sent.");
    const context = { ...flows.context, crossFlowState: { [today]: { cost: 1 } } };
    const error = await step("runAgent", server, "1", { task: "Find it." }, context);
    expect(error).toMatchObject({ ...overBudget, message: message(1, 1) });
    expect(server.requests).toEqual([]);
  });
});

describe("a list", () => {
  const rows = { items: '["a", "b", "c", "d"]', message: "{{item}}", concurrency: "1" };
  const replying = () =>
    startServer(({ path }, response) => {
      const isMessage = path === "/v1/messages";
      response.writeHead(isMessage ? 200 : 404, { "content-type": "application/json" });
      response.end(isMessage ? JSON.stringify(textMessage("Hi.")) : "{}");
    });

  test("leaves the rows that the budget does not allow in remaining", async () => {
    const server = await replying();
    const { branch, data, crossFlowState } = await step("processList", server, "0.0001", rows);
    expect(branch).toBe("Remaining");
    expect(data.results.map(({ row, ok }: { row: number; ok: boolean }) => [row, ok])).toEqual([
      [1, true],
      [2, true],
    ]);
    expect(data).toMatchObject({ failed: [], remaining: ["c", "d"] });
    expect(data.reason).toBe(`The other rows would fail too: ${message(0.00014, 0.0001)}`);
    expect(crossFlowState).toEqual({ [today]: { cost: 0.00014 } });
    expect(server.requests.filter(({ path }) => path === "/v1/messages")).toHaveLength(2);
  });

  test("fails as one if the budget allows no row", async () => {
    const server = await replying();
    const state = { crossFlowState: { [today]: { cost: 1 } } };
    const error = await step("processList", server, "1", rows, state);
    expect(error).toMatchObject({ ...overBudget, message: message(1, 1) });
    const fallback = { requestOptions: { onFailure: "returnFallback", fallback: "-" } };
    const kept = await step("processList", server, "1", { ...rows, ...fallback }, state);
    expect(kept).toMatchObject({
      branch: "Remaining",
      data: { results: [], remaining: ["a", "b", "c", "d"] },
    });
  });
});

describe("the field", () => {
  test.each(["-1", "lots", "1,5", "1000001", "Infinity"])("refuses %j", async (budget) => {
    const server = await startServer(streamed("Hi."));
    for (const connect of [connectionTo, gatewayTo]) {
      const error = await step("chat", server, budget, hello, {}, connect);
      expect(error).toMatchObject({ name: "ConnectionError", code: "invalid_connection" });
      expect(error.message).toBe(
        `Daily Budget (US dollars) must be a number from 0 to 1000000, but was "${budget}".`,
      );
    }
    expect(server.requests).toEqual([]);
  });
});
