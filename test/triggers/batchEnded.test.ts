import { describe, expect, onTestFinished, test } from "vitest";
import { startEmulator } from "../../dev/emulator";
import { batchExample } from "../../src/claude/batches/schema";
import { component, connectionTo, Logs, run } from "../support/component";
import { refusal, startServer } from "../support/server";
import { Instance } from "../support/trigger";

const hour = 3_600_000;
const ago = (hours: number) => new Date(Date.now() - hours * hour).toISOString();

const batch = (id: string, hours: number, isEnded = true) => ({
  ...batchExample,
  id,
  created_at: ago(hours),
  processing_status: isEnded ? "ended" : "in_progress",
});

type Batch = ReturnType<typeof batch>;

/** An API whose batches a test can change between polls. */
const api = async (batches: Batch[], pageSize = 100) => {
  const server = await startServer((request, response) => {
    const query = new URLSearchParams(request.query);
    const sorted = [...batches].sort((a, b) => b.created_at.localeCompare(a.created_at));
    const start = sorted.findIndex(({ id }) => id === query.get("after_id")) + 1;
    const data = sorted.slice(start, start + pageSize);
    const one = batches.find(({ id }) => request.path.endsWith(`/${id}`));
    response.writeHead(200, { "content-type": "application/json" });
    response.end(
      JSON.stringify(
        one ?? {
          data,
          has_more: start + pageSize < sorted.length,
          first_id: data.at(0)?.id ?? null,
          last_id: data.at(-1)?.id ?? null,
        },
      ),
    );
  });
  const instance = new Instance();
  const poll = async (inputs: object = {}) => {
    const result = await instance.run("batchEnded", {
      connection: connectionTo(server.url),
      ...inputs,
    });
    const ended: Batch[] = result.payload.body.data;
    expect(result.resultType).toBe(ended.length > 0 ? "completed" : "polled_no_changes");
    return ended.map(({ id }) => id);
  };
  return { server, poll, instance, batches };
};

test("reports each batch that ended since the last poll once, oldest first", async () => {
  const { poll, batches } = await api([batch("running", 3, false)]);
  expect(await poll()).toEqual([]);
  batches.push(batch("quick", 0.1), batch("slow", 0.2));
  Object.assign(batches[0] as object, { processing_status: "ended" });
  expect(await poll()).toEqual(["running", "slow", "quick"]);
  expect(await poll()).toEqual([]);
  batches.push(batch("new", 0));
  expect(await poll()).toEqual(["new"]);
  expect(await poll()).toEqual([]);
});

test("batches that ended before the first poll are not reported", async () => {
  const { poll } = await api([batch("a", 30), batch("b", 2), batch("c", 0)]);
  expect(await poll()).toEqual([]);
  expect(await poll()).toEqual([]);
});

test("batches created long before they end are reported", async () => {
  const { poll, batches } = await api([batch("long", 30, false), batch("other", 47, false)]);
  expect(await poll()).toEqual([]);
  for (let index = 0; index < 5; index++) {
    batches.push(batch(`n${index}`, 1 - index / 10));
    expect(await poll()).toEqual([`n${index}`]);
  }
  for (const open of batches) open.processing_status = "ended";
  expect(await poll()).toEqual(["other", "long"]);
  expect(await poll()).toEqual([]);
});

test("batches that are listed late are reported", async () => {
  const { poll, batches } = await api([]);
  await poll();
  batches.push(batch("new", 0));
  expect(await poll()).toEqual(["new"]);
  batches.push(batch("late", 0.5));
  expect(await poll()).toEqual(["late"]);
});

test("reads all pages of new batches and none of older ones", async () => {
  const old = Array.from({ length: 50 }, (_, index) => batch(`old${index}`, 100 + index));
  const { poll, batches, server } = await api(old, 10);
  await poll();
  expect(server.requests).toHaveLength(1);
  for (let index = 0; index < 25; index++) batches.push(batch(`n${index}`, 0.5 - index / 100));
  expect(await poll()).toEqual(Array.from({ length: 25 }, (_, index) => `n${index}`));
  expect(server.requests).toHaveLength(1 + 4);
  expect(await poll()).toEqual([]);
});

test("deleted batches do not extend polling to older ones", async () => {
  const { poll, batches } = await api([batch("new", 0), batch("a", 0.5), batch("history", 1.2)]);
  expect(await poll()).toEqual([]);
  batches.shift();
  for (let polls = 0; polls < 3; polls++) expect(await poll()).toEqual([]);
});

test("state contains only recently reported batches", async () => {
  const many = Array.from({ length: 500 }, (_, index) => batch(`a${index}`, 2 + index / 20));
  const { poll, batches, instance } = await api(many);
  await poll();
  batches.push(batch("new", 0));
  await poll();
  const { polling } = instance.state.__prismaticInternal as { polling: { reported: string[] } };
  expect(polling.reported).toEqual(["new"]);
});

test("batches of a failed poll are reported by the next poll", async () => {
  const page = (ids: Batch[]) => ({ body: { data: ids, has_more: false } });
  const ended = batch("a", 1);
  const server = await startServer(
    page([{ ...ended, processing_status: "in_progress" }]),
    refusal(500, "api_error", "Oops", { "x-should-retry": "false" }),
    page([ended]),
  );
  const instance = new Instance();
  const poll = () => instance.run("batchEnded", { connection: connectionTo(server.url) });
  await poll();
  await expect(poll()).rejects.toThrow("Oops");
  expect((await poll()).payload.body.data).toMatchObject([{ id: "a" }]);
});

describe("a state that the platform returns damaged", () => {
  const poll = async (polling: object) => {
    const { server } = await api([batch("a", 1), batch("b", 0.5)]);
    const logs = new Logs();
    const instance = new Instance();
    const run = (context: object) =>
      instance.run("batchEnded", { connection: connectionTo(server.url) }, {}, { ...context });
    const instanceState = { __prismaticInternal: { polling } };
    const { payload } = await run({ instanceState, logger: logs.logger });
    const ended = (payload.body.data as Batch[]).map(({ id }) => id);
    return { ended, logs: logs.lines.filter((line) => line.startsWith("warn")) };
  };
  const unreadable = [
    "warn The state of the last poll cannot be read: batches that ended before this poll do not start the flow.",
  ];

  test.each<[string, object, string[], string[]]>([
    ["a date that is none", { from: "yesterday" }, [], unreadable],
    ["a date that is a number", { from: 5, reported: ["a"] }, [], unreadable],
    ["a date in the future", { from: ago(-1_000) }, [], []],
    ["no list of reported batches", { from: ago(2), reported: { a: 1 } }, ["a", "b"], []],
    ["a list with other values", { from: ago(2), reported: [5, null, "a"] }, ["b"], []],
  ])("%s", async (_, polling, ended, logs) => {
    expect(await poll(polling)).toEqual({ ended, logs });
  });
});

describe("invalid created_at", () => {
  test("batches without created_at are reported once", async () => {
    const page = (...ended: boolean[]) => ({
      body: {
        data: ended.map((isEnded, index) => ({
          ...batch(`b${index}`, 1, isEnded),
          created_at: undefined,
        })),
        has_more: false,
      },
    });
    const server = await startServer(page(false, true), page(true, true), page(true, true));
    const instance = new Instance();
    const poll = async () => {
      const { payload } = await instance.run("batchEnded", {
        connection: connectionTo(server.url),
      });
      return payload.body.data.map(({ id }: { id: string }) => id);
    };
    expect([await poll(), await poll(), await poll()]).toEqual([[], ["b0"], []]);
  });

  test("a batch with created_at in the future does not hide others", async () => {
    const { poll, batches } = await api([batch("ahead", -3)]);
    await poll();
    batches.push(batch("now", 0));
    expect(await poll()).toEqual(["now"]);
    expect(await poll()).toEqual([]);
  });

  test("an old batch between newer ones does not hide the next page", async () => {
    const page = (...data: Batch[]) => ({ data, has_more: true });
    const first = { ...page(batch("new", 1), batch("old", 90)), last_id: "old" };
    const open = batch("open", 2, false);
    const last = { data: [open], has_more: false };
    const done = { data: [{ ...open, processing_status: "ended" }], has_more: false };
    const server = await startServer(...[first, last, first, done].map((body) => ({ body })));
    const instance = new Instance();
    const inputs = { connection: connectionTo(server.url) };
    await instance.run("batchEnded", inputs);
    const { payload } = await instance.run("batchEnded", inputs);
    expect(payload.body.data).toMatchObject([{ id: "open" }]);
  });
});

describe("with a Batch ID", () => {
  test("reports only that batch, once", async () => {
    const { poll, batches, server } = await api([batch("one", 1, false), batch("other", 1, false)]);
    expect(await poll({ batchId: "one" })).toEqual([]);
    for (const open of batches) open.processing_status = "ended";
    expect(await poll({ batchId: "one" })).toEqual(["one"]);
    expect(await poll({ batchId: "one" })).toEqual([]);
    // Once it is reported, no more requests are sent.
    expect(server.requests.map(({ path }) => path)).toEqual([
      "/v1/messages/batches/one",
      "/v1/messages/batches/one",
    ]);
  });

  test("reports a batch that polls without Batch ID skipped", async () => {
    const { poll } = await api([batch("one", 0.5)]);
    expect(await poll()).toEqual([]);
    expect(await poll({ batchId: "one" })).toEqual(["one"]);
    expect(await poll({ batchId: "one" })).toEqual([]);
    expect(await poll()).toEqual([]);
  });

  test("reports each batch once when polls alternate between IDs", async () => {
    const { poll, batches } = await api([
      batch("one", 1),
      batch("two", 1),
      batch("open", 1, false),
    ]);
    expect(await poll()).toEqual([]);
    expect(await poll({ batchId: "one" })).toEqual(["one"]);
    expect(await poll({ batchId: "two" })).toEqual(["two"]);
    expect(await poll({ batchId: "open" })).toEqual([]);
    batches.push(batch("new", 0));
    expect(await poll()).toEqual(["new"]);
    for (const batchId of ["one", "two", "open"]) expect(await poll({ batchId })).toEqual([]);
    expect(await poll()).toEqual([]);
  });

  test("stores the latest 100 reported IDs", async () => {
    const names = Array.from({ length: 101 }, (_, index) => `b${index}`);
    const { poll } = await api(names.map((id) => batch(id, 1)));
    for (const batchId of names) expect(await poll({ batchId })).toEqual([batchId]);
    expect(await poll({ batchId: "b100" })).toEqual([]);
    expect(await poll({ batchId: "b1" })).toEqual([]);
    expect(await poll({ batchId: "b0" })).toEqual(["b0"]);
  });

  test("polls all batches when Batch ID is blank", async () => {
    const { poll, batches } = await api([]);
    await poll();
    batches.push(batch("new", 0));
    expect(await poll({ batchId: " " })).toEqual(["new"]);
  });

  test("reports a batch that ended before the first poll", async () => {
    const { poll } = await api([batch("one", 1)]);
    expect(await poll({ batchId: "one" })).toEqual(["one"]);
  });
});

describe("Include Results", () => {
  const start = async () => {
    const emulator = await startEmulator();
    onTestFinished(() => emulator.stop());
    const instance = new Instance();
    const poll = async (inputs: object) => {
      const { payload } = await instance.run("batchEnded", {
        connection: connectionTo(emulator.url),
        ...inputs,
      });
      return payload.body.data;
    };
    return { emulator, poll };
  };

  test("returns results in row order", async () => {
    const { emulator, poll } = await start();
    await poll({ includeResults: "true" });
    const { id } = await run("createBatch", emulator, {
      items: Array.from({ length: 20 }, (_, index) => `Write a haiku ${index}.`),
    });
    const found = [];
    for (let polls = 0; polls < 4; polls++) found.push(...(await poll({ includeResults: "true" })));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ id, warnings: [], results: { counts: { succeeded: 20 } } });
    expect(found[0].results.results.map(({ row }: { row: number }) => row)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
  });

  test("is off by default", async () => {
    const { emulator, poll } = await start();
    await poll({});
    await run("createBatch", emulator, { items: ["a"] });
    const [ended] = [...(await poll({})), ...(await poll({})), ...(await poll({}))];
    expect(ended).toMatchObject({ processing_status: "ended", results: null, warnings: [] });
  });

  test("returns at most 1,000 results per poll, with a warning for the rest", async () => {
    const { emulator, poll } = await start();
    await poll({ includeResults: true });
    const items = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);
    for (const count of [400, 700, 300])
      await run("createBatch", emulator, { items: items(count) });
    await poll({ includeResults: true });
    await poll({ includeResults: true });
    const ended = await poll({ includeResults: true });
    const read = ended.map(({ results }: { results: { results: unknown[]; hasMore: boolean } }) =>
      results ? [results.results.length, results.hasMore] : results,
    );
    expect(read).toEqual([[400, false], [600, true], null]);
    expect(ended[2].warnings).toEqual([
      "This poll already has 1000 results. Get Batch Results returns those of this batch.",
    ]);
  });

  test("reports the batch with a warning when its results cannot be read", async () => {
    const list = (ended: boolean) => ({ body: { data: [batch("a", 1, ended)], has_more: false } });
    const gone = refusal(404, "not_found_error", "Results are gone");
    const server = await startServer(list(false), list(true), gone);
    const instance = new Instance();
    const inputs = { connection: connectionTo(server.url), includeResults: true };
    await instance.run("batchEnded", inputs);
    const { payload } = await instance.run("batchEnded", inputs);
    expect(payload.body.data).toMatchObject([{ id: "a", results: null }]);
    expect(payload.body.data[0].warnings[0]).toContain(
      "The results could not be read: The API returned 404",
    );
  });
});

describe("a test in the designer", () => {
  test("returns the latest ended batch and does not change the state", async () => {
    const { server, poll, batches, instance } = await api([
      batch("old", 500),
      batch("latest", 2),
      batch("running", 1, false),
    ]);
    const inputs = { connection: connectionTo(server.url) };
    const tryOut = () => instance.run("batchEnded", inputs, {}, { isSimulatedTestExecution: true });
    for (let tries = 0; tries < 2; tries++) {
      const { payload, resultType } = await tryOut();
      expect(payload.body.data).toMatchObject([{ id: "latest" }]);
      expect(resultType).toBe("completed");
    }
    expect(instance.state).toEqual({});
    expect(await poll()).toEqual([]);
    for (const open of batches) open.processing_status = "ended";
    await tryOut();
    expect(await poll()).toEqual(["running"]);
  });

  const tryOut = async (instance: Instance, inputs: object) => {
    const context = { isSimulatedTestExecution: true };
    const { payload } = await instance.run("batchEnded", { ...inputs }, {}, context);
    return payload.body.data.map(({ id }: { id: string }) => id);
  };

  test("returns a batch of any age from the first page", async () => {
    const batches = Array.from({ length: 30 }, (_, index) => batch(`b${index}`, 900 + index));
    const { server, instance } = await api(batches, 10);
    expect(await tryOut(instance, { connection: connectionTo(server.url) })).toEqual(["b0"]);
    expect(server.requests).toHaveLength(1);
  });

  test("returns the batch of Batch ID if it has ended", async () => {
    const { server, instance } = await api([batch("a", 1), batch("b", 2), batch("c", 3, false)]);
    const connection = connectionTo(server.url);
    expect(await tryOut(instance, { connection, batchId: "b" })).toEqual(["b"]);
    expect(await tryOut(instance, { connection, batchId: "c" })).toEqual([]);
    expect(instance.state).toEqual({});
  });
});

test("each batch starts a separate execution", () => {
  const { batchEnded } = component.triggers;
  expect(batchEnded).toMatchObject({
    isPollingTrigger: true,
    triggerResolverSupport: "required",
    triggerResolverDefaultBatchSize: 1,
    scheduleSupport: "required",
  });
  const data = [batch("a", 1), batch("b", 1)];
  const items = batchEnded?.resolveTriggerItems?.(
    {} as never,
    { payload: { body: { data } } } as never,
  );
  expect(items).toEqual(data);
});

test("the API key is not logged", async () => {
  const { server, instance } = await api([batch("a", 1)]);
  const logs = new Logs();
  const connection = connectionTo(server.url);
  await instance.run("batchEnded", { connection }, {}, { logger: logs.logger, globalDebug: true });
  expect(logs.lines.join("\n")).toContain("/v1/messages/batches");
  expect(logs.lines.join("\n")).not.toContain(String(connection.fields.apiKey));
});
