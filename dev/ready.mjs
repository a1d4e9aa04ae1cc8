// Makes a fresh clone ready: installs and builds what is missing or older than its sources.
// Plain JavaScript, since it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");

const changedAt = (name) =>
  statSync(path.join(root, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;

const newestIn = (folder) =>
  Math.max(
    ...readdirSync(path.join(root, folder), { recursive: true }).map((name) =>
      changedAt(path.join(folder, name)),
    ),
  );

const run = (...args) => {
  console.error(`> npm ${args.join(" ")}`);
  const { status } = spawnSync("npm", args, {
    cwd: root,
    // What is run for keeps standard output for itself.
    stdio: ["ignore", process.stderr, process.stderr],
    shell: process.platform === "win32",
  });
  if (status !== 0) process.exit(status ?? 1);
};

if (changedAt("node_modules/.package-lock.json") < changedAt("package-lock.json")) {
  run("ci", "--no-audit", "--no-fund", "--loglevel=error");
}

const sources = [
  newestIn("src"),
  newestIn("assets"),
  changedAt("webpack.config.js"),
  changedAt("package-lock.json"),
];
if (changedAt("dist/index.js") < Math.max(...sources)) run("run", "build", "--silent");
