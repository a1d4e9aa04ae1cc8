// `npm run bench`: ratios of the connector to what it is measured against, both sides in one run.
import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { markdownTable } from "markdown-table";

const root = path.resolve(import.meta.dirname, "..");
const here = (name) => path.join(import.meta.dirname, name);
const rounds = Number(process.env.ROUNDS ?? 7);

const measure = (...args) =>
  JSON.parse(execFileSync(process.execPath, ["--expose-gc", ...args.map(String)]).toString());

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Measures both in turn, round by round, so that a machine that slows down slows both. */
const compare = (ours, theirs) => summary(Array.from({ length: rounds }, () => [ours(), theirs()]));

const summary = (pairs) => ({
  ours: median(pairs.map(([a]) => a)),
  theirs: median(pairs.map(([, b]) => b)),
  ratio: median(pairs.map(([a, b]) => a / b)),
});

const rows = [];
const report = (what, unit, goal, { ours, theirs, ratio }) =>
  rows.push([
    what,
    `${ours.toFixed(1)} ${unit}`,
    theirs === undefined ? "" : `${theirs.toFixed(1)} ${unit}`,
    ratio?.toFixed(2) ?? "",
    goal,
  ]);

const plain = mkdtempSync(path.join(tmpdir(), "plain-"));
execFileSync(
  process.execPath,
  ["node_modules/webpack/bin/webpack.js", "--env", "plain", "--env", `out=${plain}`],
  { cwd: root },
);
const bundle = path.join(root, "dist/index.js");
const plainBundle = path.join(plain, "index.js");
const kB = (file) => statSync(file).size / 1000;
const gzip = (file) => gzipSync(readFileSync(file)).length / 1000;

const size = (measureSize) => ({
  ours: measureSize(bundle),
  theirs: measureSize(plainBundle),
  ratio: measureSize(bundle) / measureSize(plainBundle),
});
report("bundle, against a plain webpack build", "kB", "≤ 300 kB", size(kB));
report("bundle gzipped, against a plain webpack build", "kB", "", size(gzip));
report(
  "load, against a plain webpack build",
  "ms",
  "≤ 0.5",
  compare(
    () => measure(here("load.mjs"), bundle),
    () => measure(here("load.mjs"), plainBundle),
  ),
);
rmSync(plain, { recursive: true });

const server = fork(here("server.mjs"));
const [port] = await once(server, "message");
const client = (who, calls, concurrency) => () =>
  measure(here("client.mjs"), who, `http://127.0.0.1:${port}`, calls, concurrency);
for (const [how, concurrency] of [
  ["one at a time", 1],
  ["32 at a time", 32],
]) {
  const ours = client("connector", 3200, concurrency);
  for (const [who, name, goal] of [
    ["sdk-streaming", "the SDK streaming too", "≤ 0.6"],
    ["sdk", "the SDK not streaming", ""],
  ]) {
    report(
      `CPU a Chat call, ${how}, against ${name}`,
      "µs",
      goal,
      compare(ours, client(who, 3200, concurrency)),
    );
  }
}
const longStream = (who) => () =>
  measure(here("client.mjs"), who, `http://127.0.0.1:${port}`, 20, 1, 20_000) / 1_000;
report(
  "CPU to fold 20,000 deltas, against the SDK's finalMessage",
  "ms",
  "≤ 0.4",
  compare(longStream("connector"), longStream("sdk-streaming")),
);
const document = (who) => () =>
  measure(here("client.mjs"), who, `http://127.0.0.1:${port}`, "file", 1);
report(
  "memory over start for a 25 MB document, against the SDK",
  "MB",
  "≤ 1.1",
  compare(document("connector"), document("sdk-streaming")),
);

const task = (who, what, size) =>
  measure(here("task.mjs"), who, what, `http://127.0.0.1:${port}`, size);
/** Rows for CPU and memory of a large task, both from the same runs. */
const reportTask = (name, size, goals, ours, theirs = ours) => {
  const runs = Array.from({ length: rounds }, () => [
    task("connector", ours, size),
    task("sdk", theirs, size),
  ]);
  for (const [figure, label, unit] of [
    ["cpu", "CPU", "ms"],
    ["memory", "memory over start", "MB"],
  ]) {
    const pairs = runs.map((pair) => pair.map((run) => run[figure]));
    report(`${label}, ${name}`, unit, goals[figure] ?? "", summary(pairs));
  }
};
const lines = "msgbatch_100000_2000";
const goals = { cpu: "≤ 0.7", memory: "≤ 80 MB" };
const beyond = "as a file (memory without it)";
reportTask("200 MB of results, counts", lines, goals, "counts");
reportTask(`200 MB of results, ${beyond}`, lines, { cpu: "≤ 0.7" }, "file", "counts");
reportTask("200 MB of results, 10,000 of 100,000 returned", lines, {}, "results", "counts");
reportTask("200 MB of results, all 100,000 returned", lines, {}, "all");
const unannounced = `${lines}_chunked`;
reportTask("200 MB of unknown length, counts", unannounced, goals, "counts");
reportTask(`200 MB of unknown length, ${beyond}`, unannounced, {}, "file", "counts");
for (const [what, name] of [
  ["counts", "counts"],
  ["file", beyond],
]) {
  const { memory } = task("connector", what, "msgbatch_100000_6000");
  report(`memory over start, 600 MB of results, ${name}`, "MB", "≤ 80 MB", { ours: memory });
}
reportTask("upload of 200 MB", 200_000_000, { memory: "≤ 0.25" }, "upload");
reportTask("batch of 100,000 rows created", 100_000, {}, "create");
const oneRow = (count) => () => (task("connector", "create", count).cpu / count) * 1_000;
report(
  "CPU a row of a batch of 100,000, against one of 50,000",
  "µs",
  "≤ 1.2",
  compare(oneRow(100_000), oneRow(50_000)),
);
server.kill();

console.log(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0].model}, median of ${rounds} rounds\n`,
);
console.log(markdownTable([["What", "Connector", "Other", "Ratio", "Goal"], ...rows]));
