/**
 * A load test: 200 flows at once in one process, each of another customer, against the emulator behind a
 * proxy that injects faults. `node --import tsx --expose-gc bench/flows.mjs` runs for ten minutes, or
 * for MINUTES. Prints the outcomes, the heap and the connections, and exits with 1 for an answer of
 * another customer, a wrong answer, a leak or a connection that is left over.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";

const flows = 200;
const minutes = Number(process.env.MINUTES ?? 10);
/** Calls before the first measurement of the heap: code is compiled, caches and pools are filled. */
const warmUpMinutes = Math.min(1, minutes / 5);
/** How much the heap may grow. */
const tolerance = 0.05;

const keyOf = (customer) => `sk-ant-api03-customer-${customer}-${"x".repeat(40)}`;
/** In each text of a customer, and in no other. */
const markOf = (customer, call) => `C${customer}-${call}`;
const callHeader = "x-call";

/** In a process of its own: the emulator, and the proxy that also checks whose key and text arrive. */
const serve = async () => {
  const { startEmulator } = await import("../dev/emulator/index.ts");
  const { faultNames, startChaos } = await import("../test/support/chaos.ts");
  const random = (below) => Math.floor(Math.random() * below);
  const planOf = () => ({
    fault: random(2) ? "none" : faultNames[random(faultNames.length)],
    at: [0, 0, 1, "all"][random(4)],
    place: Math.random(),
    form: random(1_000_000),
  });
  const plans = new Map();
  // Looked up once for each request; a retry has the plan of its call.
  const lookUp = {
    get: (_, call) => {
      if (!plans.has(call)) plans.set(call, planOf());
      return plans.get(call);
    },
  };
  let mixed = 0;
  const emulator = await startEmulator();
  const chaos = await startChaos(emulator.url, new Proxy([], lookUp), ({ headers }, body) => {
    const [, customer] = /customer-(\d+)-/.exec(headers["x-api-key"]) ?? [];
    const marks = [...body.matchAll(/\bC(\d+)-\d+/g)].map(([, of]) => of);
    if (marks.some((of) => of !== customer)) mixed++;
    return Number(headers[callHeader]);
  });
  process.on("message", async () => process.send([await chaos.connections(), mixed]));
  process.send(chaos.url);
};

/** What a flow does. `view` returns the texts of the output, each of which has the customer's mark. */
const steps = [
  { key: "chat", inputs: (mark) => ({ initialMessage: `Remember ${mark}.` }), view: (o) => o.text },
  {
    key: "chat",
    inputs: (mark) => ({
      initialMessage: `Summarize: ${mark}@example.org called.`,
      privacy: { hide: ["all"] },
    }),
    view: ({ text, hidden }) => (hidden.EMAIL === 1 ? text : ""),
  },
  {
    key: "extractData",
    inputs: (mark) => ({
      text: `Order number: ${mark}`,
      fields: [{ name: "orderNumber", type: "text" }],
    }),
    view: ({ json }) => json.orderNumber,
  },
  {
    key: "createChatCompletion",
    inputs: (mark) => ({ messages: [{ role: "user", content: `Remember ${mark}.` }] }),
    view: ({ choices }) => choices[0].message.content,
  },
  {
    key: "processList",
    inputs: (mark) => ({ items: [`${mark} a`, `${mark} b`], message: "Repeat {{item}}" }),
    view: ({ results }) => results.map(({ text }) => text),
  },
];

/** Calls of a flow, one after the other, until the time is up. */
const flow = async ({ run, url, customer, until, outcomes }) => {
  const connection = { key: "anthropic", fields: { apiKey: keyOf(customer), baseUrl: url } };
  while (performance.now() < until) {
    const call = outcomes.calls++;
    const { key, inputs, view } = steps[call % steps.length];
    const mark = markOf(customer, call);
    const headers = [{ key: callHeader, value: String(call) }];
    const requestOptions = { headers, maxRetries: "1", timeout: "5" };
    try {
      const output = await run(key, { connection, ...inputs(mark), requestOptions });
      const texts = [view(output)].flat().map(String);
      const marks = texts.join().matchAll(/\bC\d+-\d+/g);
      if ([...marks].some(([found]) => found !== mark)) outcomes.mixed++;
      else if (texts.length > 0 && texts.every((text) => text.includes(mark))) outcomes.correct++;
      // A row that failed has its error beside it, and rows that remain have a reason.
      else if (output.reason || output.results?.some(({ error }) => error)) outcomes.errors++;
      else outcomes.wrong.push(`${key}: ${JSON.stringify(output).slice(0, 500)}`);
    } catch (error) {
      if (/^(ApiError|ConnectionError|IncompleteResponseError)$/.test(error.name))
        outcomes.errors++;
      else outcomes.wrong.push(`${key}: ${error.stack}`);
    }
  }
};

const heap = async () => {
  // Sockets that are closing, and what waits for them.
  await sleep(2_000);
  for (let run = 0; run < 3; run++) global.gc();
  return process.memoryUsage().heapUsed / 1e6;
};

const main = async () => {
  const server = fork(import.meta.filename, ["serve"]);
  const [url] = await once(server, "message");
  const require = createRequire(import.meta.url);
  const { actions } = require("../dist/index.js").default;
  const silent = () => undefined;
  const logger = Object.fromEntries(
    ["metric", "trace", "debug", "info", "log", "warn", "error"].map((level) => [level, silent]),
  );
  // As the platform does. The harness of spectral keeps what it has seen.
  const run = async (key, inputs) => {
    const context = { logger, startedAt: new Date().toISOString(), instanceState: {} };
    const defaults = actions[key].inputs.map((input) => [input.key, input.default ?? ""]);
    const all = { ...Object.fromEntries(defaults), ...inputs };
    return (await actions[key].perform(context, all)).data;
  };
  const runFlows = async (time, outcomes) => {
    const until = performance.now() + time * 60_000;
    const one = (_, customer) => flow({ run, url, customer, until, outcomes });
    await Promise.all(Array.from({ length: flows }, one));
  };
  const outcomes = { calls: 0, correct: 0, errors: 0, mixed: 0, wrong: [] };
  await runFlows(warmUpMinutes, outcomes);
  const before = await heap();
  await runFlows(minutes, outcomes);
  const after = await heap();

  let connections;
  let mixedRequests;
  const ask = async () => {
    server.send("state");
    [[connections, mixedRequests]] = await once(server, "message");
  };
  // The server closes connections that are idle for a minute.
  for (let poll = 0; poll < 80; poll++) {
    await ask();
    if (connections === 0) break;
    await sleep(1_000);
  }
  server.kill();
  const { calls, correct, errors, mixed, wrong } = outcomes;
  const growth = after / before - 1;
  console.log(
    [
      `${flows} flows at once for ${minutes} minutes: ${calls} calls, ${correct} correct, ${errors} with an error, ${wrong.length} wrong`,
      `answers of another customer: ${mixed}, requests with the key of another customer: ${mixedRequests}`,
      `heap: ${before.toFixed(1)} MB before, ${after.toFixed(1)} MB after (${(100 * growth).toFixed(1)} %)`,
      `connections left over: ${connections}`,
      ...wrong.slice(0, 5),
    ].join("\n"),
  );
  const isFaulty = mixed + mixedRequests + wrong.length + connections > 0 || growth > tolerance;
  process.exit(isFaulty ? 1 : 0);
};

await (process.argv[2] === "serve" ? serve() : main());
