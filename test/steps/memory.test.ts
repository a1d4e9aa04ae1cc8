/** Memory by a key, over executions that share the state of an instance. */
import { createHarness } from "@prismatic-io/spectral/dist/testing";
import { describe, expect, test } from "vitest";
import { playing, runBranching, startFlows } from "../support/agent";
import { apiKey, component, connectionTo, failure, Logs } from "../support/component";
import { png } from "../support/files";
import { refusal, type Server, startServer, textMessage } from "../support/server";

type State = Record<string, unknown>;

const prefix = "claude-memory:";
const day = 86_400_000;

/** Stores what an execution changed, entry by entry, as the platform does. Null deletes an entry. */
const stored = (state: State, changed: State = {}): State =>
  Object.fromEntries(
    Object.entries({ ...state, ...changed }).filter(([, value]) => value !== null),
  );

/** Runs Chat with what is stored, and returns what it changes. */
const chat = async (server: Server, inputs: object, crossFlowState: State = {}) => {
  const result = await createHarness(component).action(
    "chat",
    { connection: connectionTo(server.url), ...inputs },
    { logger: new Logs().logger, crossFlowState: structuredClone(crossFlowState) } as object,
  );
  // biome-ignore lint/suspicious/noExplicitAny: tests read any property of an output
  const { data, ...rest } = result as any;
  return { data, changed: rest.crossFlowState as State | undefined };
};

/** Says something in the conversation of a key. */
const say = (server: Server, text: string, state: State = {}, options: object = {}) =>
  chat(server, { initialMessage: text, memory: { key: "a", ...options } }, state);

const sent = (server: Server) => {
  const { json } = server.requests.at(-1) ?? {};
  return (json as { messages: { role: string; content: unknown }[] }).messages;
};

const echo = () =>
  startServer((request, response) => {
    const { content } =
      (request.json as { messages: { content: unknown }[] }).messages.at(-1) ?? {};
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(textMessage(`Re: ${JSON.stringify(content)}`)));
  });

const user = (content: unknown) => ({ role: "user", content });
const claude = (text: string) => ({ role: "assistant", content: [{ type: "text", text }] });

const entryOf = (state: State | undefined, key = "a") =>
  state?.[prefix + key] as { messages: unknown[]; usedAt: string; bytes: number };

describe("a key", () => {
  test("continues from what was kept, and keeps the new turn", async () => {
    const server = await echo();
    const first = await say(server, "One");
    expect(sent(server)).toEqual([user("One")]);
    expect(entryOf(first.changed).messages).toEqual([user("One"), claude('Re: "One"')]);
    expect(first.data.memory).toEqual({ key: "a", turns: 1, turnsLeft: 0, attachmentsLeft: 0 });
    const second = await say(server, "Two", stored({}, first.changed));
    expect(sent(server)).toEqual([user("One"), claude('Re: "One"'), user("Two")]);
    expect(second.data.memory.turns).toBe(2);
    expect(JSON.stringify(second.changed)).not.toContain(apiKey);
  });

  test("does not share anything with another key", async () => {
    const server = await echo();
    const first = await say(server, "One");
    const other = await say(server, "Two", stored({}, first.changed), { key: "b" });
    expect(sent(server)).toEqual([user("Two")]);
    expect(Object.keys(other.changed ?? {})).toEqual([`${prefix}b`]);
  });

  test("without one, nothing is stored", async () => {
    const server = await echo();
    const { data, changed } = await chat(server, { initialMessage: "One" });
    expect(changed).toBeUndefined();
    expect(data.memory).toBeNull();
  });

  test("cannot be combined with Conversation", async () => {
    const server = await echo();
    const inputs = { initialMessage: "One", memory: { key: "a" }, conversation: [user("Zero")] };
    const error = await failure("chat", server, inputs);
    expect(error.message).toBe(
      "Memory Key cannot be combined with Conversation. Remove one of them.",
    );
    expect(server.requests).toEqual([]);
  });
});

describe("executions at the same time", () => {
  test("with different keys do not affect each other", async () => {
    const server = await echo();
    const start = stored({}, (await say(server, "Zero")).changed);
    const [a, b] = [await say(server, "One", start), await say(server, "Two", start, { key: "b" })];
    for (const state of [
      stored(stored(start, a.changed), b.changed),
      stored(stored(start, b.changed), a.changed),
    ]) {
      expect(entryOf(state).messages).toHaveLength(4);
      expect(entryOf(state, "b").messages).toEqual([user("Two"), claude('Re: "Two"')]);
    }
  });

  test("with the same key: the one that ends last is kept, as a whole", async () => {
    const server = await echo();
    const start = stored({}, (await say(server, "Zero")).changed);
    const [a, b] = [await say(server, "One", start), await say(server, "Two", start)];
    const state = stored(stored(start, a.changed), b.changed);
    expect(entryOf(state).messages).toEqual([
      user("Zero"),
      claude('Re: "Zero"'),
      user("Two"),
      claude('Re: "Two"'),
    ]);
  });
});

describe("what is kept", () => {
  test("has at most Turns Kept turns", async () => {
    const server = await echo();
    let state: State = {};
    for (const text of ["One", "Two", "Three"]) {
      const { changed } = await say(server, text, state, { turnsKept: "2" });
      state = stored(state, changed);
    }
    expect(entryOf(state).messages.slice(0, 1)).toEqual([user("Two")]);
    const { data } = await say(server, "Four", state, { turnsKept: "2" });
    expect(data.memory).toMatchObject({ turns: 2, turnsLeft: 1 });
  });

  test("has at most 200 kB: the oldest turns leave whole", async () => {
    const server = await echo();
    let state: State = {};
    for (const text of ["a", "b", "c"]) {
      const { changed } = await say(server, text.repeat(40_000), state);
      state = stored(state, changed);
    }
    const { messages } = entryOf(state);
    expect(messages.slice(0, 1)).toEqual([user("b".repeat(40_000))]);
    expect(JSON.stringify(messages).length).toBeLessThan(200_000);
  });

  test("has a note in place of an attachment", async () => {
    const server = await startServer({ body: textMessage("A picture.") });
    const { data, changed } = await chat(server, {
      initialMessage: "Look",
      attachments: [{ key: "a.png", value: png() }],
      memory: { key: "a" },
    });
    expect(data.memory.attachmentsLeft).toBe(1);
    expect(JSON.stringify(changed)).not.toContain(png().toString("base64").slice(0, 40));
    expect(JSON.stringify(changed)).toContain("Look");
  });

  test("is nothing with Turns Kept 0", async () => {
    const server = await echo();
    const { changed } = await say(server, "Two", {}, { turnsKept: "0" });
    expect(changed).toEqual({ [`${prefix}a`]: null });
  });

  test("is forgotten with Forget", async () => {
    const server = await echo();
    const { changed } = await say(server, "One");
    const second = await say(server, "Two", stored({}, changed), { forget: "true" });
    expect(sent(server)).toEqual([user("Two")]);
    expect(entryOf(second.changed).messages).toEqual([user("Two"), claude('Re: "Two"')]);
  });

  test("stays as it was if the step fails", async () => {
    const server = await startServer(refusal(400, "invalid_request_error"));
    await expect(say(server, "One")).rejects.toMatchObject({ code: "invalid_request" });
  });

  test("that cannot be read is a warning, and the conversation starts anew", async () => {
    const server = await echo();
    const { data } = await say(server, "One", { [`${prefix}a`]: { messages: "broken" } });
    expect(sent(server)).toEqual([user("One")]);
    expect(data.warnings).toEqual(["The memory of this key cannot be read. It starts anew."]);
  });

  test("with a tool call without a result goes on", async () => {
    const call = { type: "tool_use", id: "call_1", name: "look", input: {} };
    const messages = [user("One"), { role: "assistant", content: [call] }];
    const server = await echo();
    await chat(
      server,
      {
        initialMessage: "Two",
        memory: { key: "a" },
        tools: { definitions: [{ name: "look", input_schema: { type: "object" } }] },
      },
      { [`${prefix}a`]: { messages, usedAt: new Date().toISOString(), bytes: 100 } },
    );
    expect(sent(server).at(-1)).toEqual(
      user([
        {
          type: "tool_result",
          tool_use_id: "call_1",
          content: "This call has no result.",
          is_error: true,
        },
        { type: "text", text: "Two" },
      ]),
    );
  });
});

describe("other keys", () => {
  const entry = (daysAgo: number, bytes = 100) => ({
    messages: [user("x")],
    usedAt: new Date(Date.now() - daysAgo * day).toISOString(),
    bytes,
  });

  test("that were unused for Days Kept days are deleted", async () => {
    const server = await echo();
    const state = {
      [`${prefix}old`]: entry(8),
      [`${prefix}new`]: entry(6),
      unrelated: { usedAt: "2020-01-01T00:00:00Z" },
    };
    const { changed } = await say(server, "One", state, { daysKept: "7" });
    expect(Object.entries(changed ?? {}).filter(([, value]) => value === null)).toEqual([
      [`${prefix}old`, null],
    ]);
    expect(stored(state, changed)).toHaveProperty("unrelated");
  });

  test("leave if all together exceed 16 MB, those unused for longest first", async () => {
    const server = await echo();
    const state = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`${prefix}${index}`, entry(index / 10, 200_000)]),
    );
    const { changed } = await say(server, "One", state);
    const deleted = Object.keys(changed ?? {}).filter((name) => changed?.[name] === null);
    expect(deleted.length).toBeGreaterThan(15);
    expect(deleted).toContain(`${prefix}99`);
    expect(deleted).not.toContain(`${prefix}50`);
  });
});

describe("an agent", () => {
  const find = { call_1: { tool: "Find_Order", input: { order: "A-1042" } } };

  test("keeps its tool calls with their results, and continues from them", async () => {
    const server = await playing(find, "Lost.", "As I said.");
    const flows = await startFlows({ "Find Order": () => ({ state: "lost" }) });
    const inputs = { flows: flows.rows, memory: { key: "a" } };
    const run = async (task: string, crossFlowState: State) =>
      (await createHarness(component).action(
        "runAgent",
        { connection: connectionTo(server.url), task, ...inputs },
        { logger: new Logs().logger, ...flows.context, crossFlowState } as object,
        // biome-ignore lint/suspicious/noExplicitAny: tests read any property of an output
      )) as any;
    const first = await run("Where is it?", {});
    expect(first.branch).toBe("Done");
    const { messages } = entryOf(first.crossFlowState);
    expect(messages).toHaveLength(4);
    const second = await run("Again?", stored({}, first.crossFlowState));
    expect(second.data.memory.turns).toBe(2);
    const texts = sent(server).map(({ role }) => role);
    expect(texts).toEqual(["user", "assistant", "user", "assistant", "user"]);
    expect(JSON.stringify(sent(server))).toContain("lost");
  });

  test("that waits for approval keeps nothing until it is done", async () => {
    const server = await playing(find, "Found.");
    const flows = await startFlows({ "Find Order": () => ({ state: "lost" }) });
    const waiting = await runBranching(
      "runAgent",
      server,
      { task: "Where?", flows: flows.rows, approvals: ["Find Order"], memory: { key: "a" } },
      { ...flows.context, crossFlowState: {} },
    );
    expect(waiting.branch).toBe("Waiting");
    expect((waiting as { crossFlowState?: object }).crossFlowState).toBeUndefined();
    const done = await runBranching(
      "resumeAgent",
      server,
      { state: waiting.data.state, decisions: "true" },
      { ...flows.context, crossFlowState: {} },
    );
    expect(done.branch).toBe("Done");
    expect(entryOf((done as { crossFlowState?: State }).crossFlowState).messages).toHaveLength(4);
  });
});
