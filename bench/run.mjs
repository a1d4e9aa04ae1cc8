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
  Number(execFileSync(process.execPath, ["--expose-gc", ...args.map(String)]).toString());

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Measures both in turn, round by round, so that a machine that slows down slows both. */
const compare = (ours, theirs) => {
  const pairs = Array.from({ length: rounds }, () => [ours(), theirs()]);
  return {
    ours: median(pairs.map(([a]) => a)),
    theirs: median(pairs.map(([, b]) => b)),
    ratio: median(pairs.map(([a, b]) => a / b)),
  };
};

const rows = [];
const report = (what, unit, goal, { ours, theirs, ratio }) =>
  rows.push([
    what,
    `${ours.toFixed(1)} ${unit}`,
    `${theirs.toFixed(1)} ${unit}`,
    ratio.toFixed(2),
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
report("bundle, against a plain webpack build", "kB", "≤ 400 kB", size(kB));
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
server.kill();

console.log(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0].model}, median of ${rounds} rounds\n`,
);
console.log(markdownTable([["What", "Connector", "Other", "Ratio", "Goal"], ...rows]));
