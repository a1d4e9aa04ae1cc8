// `npm run bench`: compares the CPU time, memory and size of the connector with those of other clients.
// `npm run bench -- --write` saves the figures in RESULTS.md and results.svg. ROUNDS=3 is faster.
import { execFile, execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { markdownTable } from "markdown-table";
import { bundleOf, entries, entryOf } from "./clients.mjs";
import { picture } from "./picture.mjs";

const root = path.resolve(import.meta.dirname, "..");
const here = (name) => path.join(import.meta.dirname, name);
const rounds = Number(process.env.ROUNDS ?? 7);

const names = {
  connector: "Connector",
  plain: "Plain build",
  sdk: "Official SDK",
  langchain: "LangChain",
  ai: "AI SDK",
  floor: "Floor",
};
const all = Object.keys(names);
const others = (...whom) => ["connector", ...whom];

const server = fork(here("server.mjs"));
const [port] = await once(server, "message");
const url = `http://127.0.0.1:${port}`;
const argumentsOf = (script, who, args) =>
  ["--expose-gc", here(script), who, url, ...args].map(String);
/** Runs a script for one client, in a separate process. */
const measure = (script, who, ...args) =>
  JSON.parse(execFileSync(process.execPath, argumentsOf(script, who, args)).toString());

/** Measures the clients in turn, round by round, so that a change in the machine's speed affects all. */
const inTurn = (whom, measureOne) =>
  Array.from({ length: rounds }, () =>
    Object.fromEntries(whom.map((who) => [who, measureOne(who)])),
  );

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

const results = [];
/**
 * Adds a row: the median of each client, and the median ratio of the connector to each.
 *
 * @param goals Maximum for the connector, and maximum ratios to other clients.
 * @param figure Selects the figure of a run.
 */
const report = (what, unit, goals, runs, figure = (run) => run) => {
  const figures = runs.map((run) =>
    Object.fromEntries(Object.entries(run).map(([who, one]) => [who, figure(one)])),
  );
  const value = {};
  const ratio = {};
  for (const who of Object.keys(figures[0])) {
    value[who] = median(figures.map((run) => run[who]));
    ratio[who] = median(figures.map((run) => run.connector / run[who]));
  }
  results.push({ what, unit, goals, value, ratio });
};

const rounded = (value) => value.toFixed(Math.abs(value) < 100 ? 1 : 0);

const tableRow = ({ what, unit, goals, value, ratio }) => {
  return [
    what,
    `${rounded(value.connector)} ${unit}`,
    ...all
      .slice(1)
      .map((who) => (who in value ? `${ratio[who].toFixed(2)} (${rounded(value[who])})` : "")),
    Object.entries(goals)
      .map(([who, maximum]) => {
        const own = who === "connector";
        const isMet = (own ? value.connector : ratio[who]) <= maximum;
        return `${isMet ? "✓" : "✗"} ≤ ${maximum} ${own ? unit : `× ${names[who]}`}`;
      })
      .join(", "),
  ];
};

// Size and load.
const build = (who, env, ...options) => {
  const webpack = path.join(root, "node_modules/webpack/bin/webpack.js");
  const settings = [`out=${path.dirname(bundleOf(who))}`, ...env].flatMap((one) => ["--env", one]);
  execFileSync(process.execPath, [webpack, ...settings, ...options], { cwd: root });
};
for (const [who, code] of [["plain"], ...Object.entries(entries)]) {
  mkdirSync(path.dirname(entryOf(who)), { recursive: true });
  if (code) writeFileSync(entryOf(who), code);
  build(who, ["plain", `entry=${entryOf(who)}`]);
}
const bundled = others("plain", "sdk", "langchain", "ai");
const sizes = [Object.fromEntries(bundled.map((who) => [who, readFileSync(bundleOf(who))]))];
report("Bundle, minified", "kB", { connector: 300 }, sizes, ({ length }) => length / 1_000);
report("Bundle, gzipped", "kB", { connector: 95 }, sizes, (code) => gzipSync(code).length / 1_000);
const loads = inTurn(all, (who) => measure("load.mjs", who));
report("Load", "ms", { plain: 0.35, sdk: 0.3 }, loads, ({ load }) => load);
report("Load and first response", "ms", { plain: 0.5 }, loads, ({ first }) => first);

// Calls. The connector streams every call internally; the others stream if the row says so.
for (const [how, concurrency] of [
  ["one at a time", 1],
  ["32 at a time", 32],
]) {
  const calls = (task, whom, argument) =>
    inTurn(whom, (who) => measure("calls.mjs", who, task, 3200, concurrency, argument));
  const goals = { sdk: 0.6, floor: 2.2 };
  report(`CPU of a Chat call, ${how}`, "µs", goals, calls("chat", all));
  report(
    `CPU of a Chat call, ${how}, all streaming`,
    "µs",
    {},
    calls("stream", others("sdk", "floor"), 4096),
  );
}
const connectionsOf = async (who) => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    argumentsOf("connections.mjs", who, []),
  );
  return [who, Number(stdout)];
};
report("Connections of three calls, 6 s apart", "", { connector: 1 }, [
  Object.fromEntries(await Promise.all(all.map(connectionsOf))),
]);
report(
  "CPU of a stream of 20,000 deltas",
  "ms",
  { sdk: 0.25, floor: 1.4 },
  inTurn(others("sdk", "floor"), (who) => measure("calls.mjs", who, "stream", 20, 1, 20_000)),
  (cpu) => cpu / 1_000,
);

// Large tasks.
const cpu = (run) => run.cpu;
const memory = (run) => run.memory;
const tasks = (task, size, ...whom) =>
  inTurn(others(...whom), (who) => measure("task.mjs", who, task, size));
const requests = {};
for (const who of others("sdk", "floor")) {
  measure("task.mjs", who, "models");
  server.send("pages");
  [requests[who]] = await once(server, "message");
}
report("Requests for 10,000 models", "", { connector: 10 }, [requests]);
report("CPU of 10,000 models", "ms", { sdk: 0.45 }, tasks("models", "", "sdk", "floor"), cpu);
report(
  "Memory of a message with 25 MB attached",
  "MB",
  { sdk: 0.25 },
  tasks("attach", 25_000_000, "sdk", "langchain", "ai"),
  memory,
);
const uploads = tasks("upload", 200_000_000, "sdk");
report("Memory of an upload of 200 MB", "MB", { connector: 20 }, uploads, memory);
report("CPU of an upload of 200 MB", "ms", {}, uploads, cpu);
const lines = "msgbatch_100000_2000";
for (const [task, name, id, goals] of [
  ["counts", "counts", lines, { cpu: { sdk: 0.6 } }],
  ["file", "as a file", lines, { cpu: { sdk: 0.6 }, memory: { sdk: 0.5 } }],
  ["results", "10,000 returned", lines, {}],
  ["all", "all returned", lines, {}],
  ["counts", "counts, of unknown length", `${lines}_chunked`, {}],
  ["file", "as a file, of unknown length", `${lines}_chunked`, {}],
]) {
  const runs = tasks(task, id, "sdk");
  report(`CPU of 100,000 batch results (200 MB), ${name}`, "ms", goals.cpu ?? {}, runs, cpu);
  report("Memory of the same task", "MB", goals.memory ?? {}, runs, memory);
}
for (const [task, name] of [
  ["counts", "counts"],
  ["file", "as a file"],
]) {
  const runs = [{ connector: measure("task.mjs", "connector", task, "msgbatch_100000_6000") }];
  report(`Memory of 600 MB of batch results, ${name}`, "MB", {}, runs, memory);
}
report("CPU of a batch of 100,000 rows", "ms", {}, tasks("create", 100_000, "sdk"), cpu);

// CPU time by origin.
build("profile", [], "--devtool", "source-map");
const profiles = Object.entries({
  "A Chat call": ["chat", 6_000],
  "10,000 models": ["models", 20],
  Load: ["load", 1],
}).map(([what, args]) => {
  const runs = Array.from({ length: rounds }, () => measure("profile.mjs", "profile", ...args));
  const origins = [...new Set(runs.flatMap(Object.keys))];
  const share = (origin) => median(runs.map((run) => run[origin] ?? 0));
  return [what, Object.fromEntries(origins.map((origin) => [origin, share(origin)]))];
});
server.kill();

const head = ["Measurement", names.connector, ...all.slice(1).map((who) => names[who]), "Goal"];
const align = ["l", ...all.map(() => "r"), "l"];
const table = markdownTable([head, ...results.map(tableRow)], { align });
const origins = [...new Set(profiles.flatMap(([, shares]) => Object.keys(shares)))]
  .map((origin) => [origin, ...profiles.map(([, shares]) => shares[origin] ?? 0)])
  .filter(([, ...shares]) => Math.max(...shares) >= 0.01)
  .sort(([, a], [, b]) => b - a);
const profileTable = markdownTable(
  [
    ["Origin", ...profiles.map(([what]) => what)],
    ...origins.map(([origin, ...shares]) => [
      origin,
      ...shares.map((share) => `${(100 * share).toFixed(0)} %`),
    ]),
  ],
  { align: ["l", ...profiles.map(() => "r")] },
);
const when = new Date().toISOString().slice(0, 10);
const where = `Node ${process.version}, ${cpus().length} × ${cpus()[0].model}, ${when}, median of ${rounds} rounds`;
console.log(`${where}\n\n${table}\n\n${profileTable}`);

if (process.argv.includes("--write")) {
  const versions = Object.entries({
    "Official SDK": [".", "@anthropic-ai/sdk"],
    LangChain: ["bench", "@langchain/anthropic"],
    "AI SDK": ["bench", "ai"],
  }).map(([name, [folder, library]]) => {
    const file = path.join(root, folder, "node_modules", library, "package.json");
    return `${name} is \`${library}\` ${JSON.parse(readFileSync(file, "utf8")).version}`;
  });
  writeFileSync(here("results.svg"), picture(results, names));
  writeFileSync(
    here("RESULTS.md"),
    `# Benchmark results

Written by \`npm run bench -- --write\`. ${where}; server and client are separate processes.

![CPU time, load time and memory of each client, relative to the official SDK](results.svg)

The other columns contain the ratio of the connector's figure to theirs, followed by their figure in parentheses. ${versions.join(", ")}; Plain build is the connector in a bundle without optimizations; Floor is minimal code on Node's http module with a persistent connection. Memory is the peak above the start, not counting the input and a returned file. Batch results as a file are compared with a loop in the SDK that discards each result.

${table}

## CPU time by origin

Shares of the connector's process, without idle time. Native code of V8 and Node counts towards its caller. [Missed goals](README.md#missed-goals) explains the figures.

${profileTable}
`,
  );
}
