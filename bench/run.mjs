// `npm run bench`: compares the CPU time, memory and size of the connector with those of other clients.
// `npm run bench -- --write` saves the figures in RESULTS.md and results.svg. ROUNDS=3 is faster, and ONLY=models
// measures only what has this word in its name.
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
import { compare, median, verdict } from "./statistics.mjs";

const root = path.resolve(import.meta.dirname, "..");
const here = (name) => path.join(import.meta.dirname, name);
const rounds = Number(process.env.ROUNDS ?? 9);
const isWritten = process.argv.includes("--write");
if (isWritten && process.env.ONLY) throw new Error("--write needs all rows: leave ONLY out.");
const isSelected = (what) => what.toLowerCase().includes((process.env.ONLY ?? "").toLowerCase());

const names = {
  connector: "Connector",
  sdk: "Official SDK",
  axios: "axios.post",
  openai: "openai",
  langchain: "LangChain",
  ai: "AI SDK",
  plain: "Plain build",
};
const all = Object.keys(names);

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

const server = fork(here("server.mjs"));
const [port] = await once(server, "message");
const url = `http://127.0.0.1:${port}`;
const argumentsOf = (script, who, args) =>
  // With a flag of V8, Node's own modules load three times as slowly.
  [...(script === "task.mjs" ? ["--expose-gc"] : []), here(script), who, url, ...args].map(String);
/** Runs a script for one client, in a new process. */
const measure = (script, who, ...args) =>
  JSON.parse(execFileSync(process.execPath, argumentsOf(script, who, args)).toString());

/** Runs of each client, in turn: each round begins with another one. */
const inTurn = (whom, measureOne) => {
  const runs = Object.fromEntries(whom.map((who) => [who, []]));
  for (let round = 0; round < rounds; round++) {
    for (let place = 0; place < whom.length; place++) {
      const who = whom[(round + place) % whom.length];
      runs[who].push(measureOne(who));
    }
  }
  return runs;
};

const results = [];
/**
 * Adds a row.
 *
 * @param goals Maximum for the connector, and maximum ratios to other clients.
 * @param runs Of each client, by round.
 * @param figure Selects the figure of a run.
 */
const report = (what, unit, goals, runs, figure = (run) => run) => {
  const figures = Object.fromEntries(
    Object.entries(runs).map(([who, ones]) => [who, ones.map(figure)]),
  );
  const { connector, ...others } = figures;
  const ratios = Object.fromEntries(
    Object.entries(others).map(([who, theirs]) => [who, compare(connector, theirs)]),
  );
  results.push({ what, unit, goals, figures, ratios });
  console.error(what);
};

// Size.
const bundled = ["connector", "sdk", "openai", "langchain", "ai", "axios", "plain"];
const sizes = Object.fromEntries(bundled.map((who) => [who, [readFileSync(bundleOf(who))]]));
report("Bundle", "kB", { connector: 450 }, sizes, ({ length }) => length / 1_000);
report(
  "Bundle, gzipped",
  "kB",
  { connector: 138 },
  sizes,
  (code) => gzipSync(code, { level: 9 }).length / 1_000,
);

/** Measures if one of the rows is selected. */
const rows = (whats, run) => {
  if (whats.some(isSelected)) run(...whats);
};

// Calls. The connector streams every call internally; the others stream if the row says so.
rows(["Load and ten Chat calls, CPU", "Load, CPU"], (ten, load) => {
  const runs = inTurn(["connector", "sdk", "axios", "langchain", "ai", "plain"], (who) =>
    measure("load.mjs", who),
  );
  report(ten, "ms", { sdk: 0.5 }, runs, (run) => run.ten);
  report(load, "ms", {}, runs, (run) => run.load);
});
const calls = (who, task, argument) => measure("calls.mjs", who, task, 2_000, 1, argument);
rows(["Warm Chat call, CPU"], (what) =>
  report(
    what,
    "µs",
    { axios: 1.35 },
    inTurn(["connector", "sdk", "axios", "langchain", "ai"], (who) => calls(who, "chat")),
  ),
);
rows(["Warm Chat call, all streaming, CPU"], (what) =>
  report(
    what,
    "µs",
    {},
    inTurn(["connector", "sdk", "langchain"], (who) => calls(who, "stream", 4096)),
  ),
);
rows(["Warm Create Chat Completion call, CPU"], (what) =>
  report(
    what,
    "µs",
    { openai: 0.95 },
    inTurn(["connector", "openai"], (who) => calls(who, "completion")),
  ),
);
const connections = "Connections of three calls, 6 s apart";
if (isSelected(connections)) {
  const whom = ["connector", "sdk", "axios", "langchain", "ai"];
  const count = async (who) => {
    const run = argumentsOf("connections.mjs", who, []);
    return [who, [Number((await promisify(execFile)(process.execPath, run)).stdout)]];
  };
  report(connections, "", { connector: 1 }, Object.fromEntries(await Promise.all(whom.map(count))));
}

// Streams and large tasks.
const tasks = (task, size, whom) => inTurn(whom, (who) => measure("task.mjs", who, task, size));
const cpu = (run) => run.cpu;
const memory = (run) => run.memory;
rows(["Stream of 20,000 deltas, the first, CPU"], (what) =>
  report(what, "ms", {}, tasks("stream", 20_000, ["connector", "sdk", "langchain"]), cpu),
);
for (const [name, tokens] of [
  ["repeated", 20_000],
  ["repeated, one write per event", 20_001],
]) {
  rows([`Stream of 20,000 deltas, ${name}, CPU`], (what) =>
    report(
      what,
      "ms",
      {},
      inTurn(["connector", "sdk"], (who) => measure("calls.mjs", who, "stream", 10, 1, tokens)),
      (time) => time / 1_000,
    ),
  );
}
const pair = ["connector", "sdk"];
rows(["List Models of 10,000, CPU"], (what) =>
  report(what, "ms", { sdk: 0.85 }, tasks("models", "", pair), cpu),
);
rows(["Message with 25 MB attached, memory"], (what) =>
  report(
    what,
    "MB",
    {},
    tasks("attach", 25_000_000, ["connector", "sdk", "langchain", "ai"]),
    memory,
  ),
);
rows(["Upload of 200 MB, memory", "Upload of 200 MB, CPU"], (ofMemory, ofCpu) => {
  const runs = tasks("upload", 200_000_000, pair);
  report(ofMemory, "MB", {}, runs, memory);
  report(ofCpu, "ms", {}, runs, cpu);
});
const lines = "msgbatch_100000_2000";
for (const [task, name, goals] of [
  ["file", "as a file", { cpu: { sdk: 0.6 }, memory: { connector: 45 } }],
  ["counts", "counts", {}],
  ["all", "all returned", {}],
]) {
  const what = `100,000 batch results (200 MB), ${name}`;
  rows([`${what}, CPU`, `${what}, memory`], (ofCpu, ofMemory) => {
    const runs = tasks(task, lines, pair);
    report(ofCpu, "ms", goals.cpu ?? {}, runs, cpu);
    report(ofMemory, "MB", goals.memory ?? {}, runs, memory);
  });
}
rows(["Batch of 100,000 rows, CPU"], (what) =>
  report(what, "ms", {}, tasks("create", 100_000, pair), cpu),
);

// CPU time by origin.
const profiled = {
  "Load and ten Chat calls": ["load", 10],
  "A warm Chat call": ["chat", 6_000],
  "A completion": ["completion", 6_000],
  "10,000 models": ["models", 20],
  "Results as a file": ["file", 3],
};
if (!process.env.ONLY) build("profile", [], "--devtool", "source-map");
const profiles = process.env.ONLY
  ? []
  : Object.entries(profiled).map(([what, args]) => {
      const runs = Array.from({ length: rounds }, () => measure("profile.mjs", "profile", ...args));
      const origins = [...new Set(runs.flatMap(Object.keys))];
      const share = (origin) => median(runs.map((run) => run[origin] ?? 0));
      return [what, Object.fromEntries(origins.map((origin) => [origin, share(origin)]))];
    });
server.kill();

// Tables.
const rounded = (value) => value.toFixed(Math.abs(value) < 100 ? 1 : 0);
const cellOf = (ratio) => {
  if (!ratio) return "";
  const [minima, middle, low, high] = ["minima", "median", "low", "high"].map((name) =>
    ratio[name].toFixed(2),
  );
  return low === high ? minima : `${minima} / ${middle} (${low}–${high})`;
};
const marks = { met: "✓", missed: "✗", undecided: "?" };
const exact = (value) => ({ minima: value, low: value, high: value });
const goalsOf = ({ unit, goals, figures, ratios }) =>
  Object.entries(goals)
    .map(([who, maximum]) => {
      const own = who === "connector";
      const ratio = own ? exact(median(figures.connector)) : ratios[who];
      const limit = own ? `${maximum} ${unit}` : `${maximum} × ${names[who]}`;
      return `${marks[verdict(ratio, maximum)]} ≤ ${limit}`;
    })
    .join(", ");
const peers = all.slice(1).filter((who) => results.some(({ ratios }) => ratios[who]));
const right = (count) => ["l", ...Array.from({ length: count }, () => "r")];
const ratioTable = markdownTable(
  [
    ["Connector ÷", ...peers.map((who) => names[who]), "Goal"],
    ...results.map((row) => [
      row.what,
      ...peers.map((who) => cellOf(row.ratios[who])),
      goalsOf(row),
    ]),
  ],
  { align: [...right(peers.length), "l"] },
);
const figureTable = markdownTable(
  [
    ["Minimum", "", ...["connector", ...peers].map((who) => names[who])],
    ...results.map(({ what, unit, figures }) => [
      what,
      unit,
      ...["connector", ...peers].map((who) =>
        figures[who] ? rounded(Math.min(...figures[who])) : "",
      ),
    ]),
  ],
  { align: ["l", ...right(peers.length + 1)] },
);
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
  { align: right(profiles.length) },
);
const versionOf = ([name, folder, library]) => {
  const file = path.join(root, folder, "node_modules", library, "package.json");
  return `${name}: \`${library}\` ${JSON.parse(readFileSync(file, "utf8")).version}`;
};
const versions = [
  ["Official SDK", ".", "@anthropic-ai/sdk"],
  ["axios.post", ".", "axios"],
  ["openai", ".", "openai"],
  ["LangChain", "bench", "@langchain/anthropic"],
  ["AI SDK", "bench", "ai"],
].map(versionOf);
const when = new Date().toISOString().slice(0, 10);
const where = `Node ${process.version}, ${cpus().length} × ${cpus()[0].model}, ${when}, ${rounds} rounds. ${versions.join("; ")}.`;
const tables = `${where}

${ratioTable}

## Figures

${figureTable}

## CPU time by origin

Shares of the connector's process, without idle time. Native code of V8 and Node counts towards its caller.

${profileTable}`;
console.log(tables);

if (isWritten) {
  writeFileSync(here("results.svg"), picture(results, names));
  const text = readFileSync(here("RESULTS.md"), "utf8");
  const measured = /(?<=<!-- measured -->\n\n)[\s\S]*?(?=\n*<!-- end -->)/;
  writeFileSync(
    here("RESULTS.md"),
    text.replace(measured, () => tables),
  );
}
