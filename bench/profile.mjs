// `node bench/profile.mjs CLIENT URL TASK CALLS`: prints as JSON how the CPU time of a client's calls is
// divided among packages and folders. TASK `load` loads the bundle, and makes the calls with it.
import { readFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { SourceMap } from "node:module";
import { bundleOf, clients } from "./clients.mjs";

const [who, url, task, calls] = process.argv.slice(2);
const file = bundleOf(who);
const map = new SourceMap(JSON.parse(readFileSync(`${file}.map`, "utf8")));

const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.setSamplingInterval", { interval: 100 });
const isCold = task === "load";
const make = async (count) => {
  const argument = task === "file" ? "msgbatch_100000_2000" : undefined;
  const name = isCold ? "chat" : task;
  for (let done = 0; done < count; done++) await clients[who](url)[name](argument);
};
if (!isCold) await make(calls / 2);
await session.post("Profiler.start");
await make(calls);
const { profile } = await session.post("Profiler.stop");

/** The package or the folder of src that a frame of the bundle belongs to. */
const inBundle = ({ lineNumber, columnNumber }) => {
  const { originalSource = "" } = map.findEntry(lineNumber, columnNumber);
  const [, name] =
    /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(originalSource) ?? [];
  return (
    name ??
    /src(\/(client|parameters|steps|claude|wording))?/.exec(originalSource)?.[0] ??
    "webpack"
  );
};

const named = new Map([
  ["(garbage collector)", "Garbage collector"],
  ["(program)", "V8"],
  ["wrapSafe", "Parsing of the bundle"],
]);

const originOf = ({ callFrame }, caller) => {
  const { functionName, url: script } = callFrame;
  if (named.has(functionName)) return named.get(functionName);
  if (script.endsWith(file)) return inBundle(callFrame);
  if (script.startsWith("node:")) return "Node";
  // Native code of V8 and Node counts towards its caller.
  return script === "" ? caller : "bench";
};

const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
const origins = new Map();
const visit = (node, caller) => {
  const origin = originOf(node, caller);
  origins.set(node.id, node.callFrame.functionName === "(idle)" ? undefined : origin);
  for (const child of node.children ?? []) visit(nodes.get(child), origin);
};
visit(profile.nodes[0], "V8");

const times = {};
profile.samples.forEach((id, index) => {
  const origin = origins.get(id);
  if (origin) times[origin] = (times[origin] ?? 0) + profile.timeDeltas[index];
});
const sum = Object.values(times).reduce((total, time) => total + time, 0);
console.log(
  JSON.stringify(
    Object.fromEntries(Object.entries(times).map(([name, time]) => [name, time / sum])),
  ),
);
process.exit();
