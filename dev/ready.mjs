// Prepares a clone: installs packages and builds the component, if missing or out of date.
// Arguments: folders with a package.json of their own to install as well.
// Plain JavaScript, because it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");

const changedAt = (...names) =>
  statSync(path.join(root, ...names), { throwIfNoEntry: false })?.mtimeMs ?? 0;

const newestIn = (folder) =>
  Math.max(
    ...readdirSync(path.join(root, folder), { recursive: true }).map((name) =>
      changedAt(folder, name),
    ),
  );

const npm = (folder, ...args) => {
  console.error(`> npm ${args.join(" ")}`);
  const { status } = spawnSync("npm", args, {
    cwd: path.join(root, folder),
    // Standard output is reserved for the command that runs next.
    stdio: ["ignore", process.stderr, process.stderr],
    shell: process.platform === "win32",
  });
  if (status !== 0) process.exit(status ?? 1);
};

for (const folder of [".", ...process.argv.slice(2)]) {
  const installed = changedAt(folder, "node_modules/.package-lock.json");
  if (installed < changedAt(folder, "package-lock.json")) {
    npm(folder, "ci", "--no-audit", "--no-fund", "--loglevel=error");
  }
}

const sources = ["webpack.config.js", "package-lock.json", "package.json"].map((name) =>
  changedAt(name),
);
if (
  changedAt("dist/index.js") <
  Math.max(newestIn("src"), newestIn("dev/bundle"), newestIn("assets"), ...sources)
) {
  npm(".", "run", "build", "--silent");
}
