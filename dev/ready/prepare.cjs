// Installs and builds. Plain JavaScript, because it runs before anything is installed.
const { accessSync, readdirSync, statSync, utimesSync } = require("node:fs");
const path = require("node:path");
const { run } = require("./child.cjs");
const { isInstalled, markInstalled } = require("./installed.cjs");
const { withLock } = require("./lock.cjs");

const root = path.resolve(__dirname, "../..");

const fail = (message, status) => {
  throw Object.assign(new Error(message), { status });
};

const install = async (folder) => {
  // npm reports a missing file in a paragraph.
  accessSync(path.join(root, folder, "package-lock.json"));
  // Time limits of npm, so that it gives up after seconds without a network, not after minutes.
  const waits = ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"];
  // NODE_ENV=production and omit=dev in a configuration leave out what the commands need.
  const args = ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error", ...waits];
  const at = folder === "." ? "" : ` of ${folder}`;
  console.error(`Installing the packages${at} (npm ci) …`);
  const { code, errors } = await run("npm", args, { cwd: path.join(root, folder) });
  if (code !== 0) fail(installFailure(errors), code);
  markInstalled(path.join(root, folder));
};

/** npm's own reason in one line, and what to do. */
const installFailure = (errors) => {
  const lines = errors
    .split("\n")
    .map((line) => /^npm (?:error|ERR!) (.*)/.exec(line)?.[1].trim() ?? "")
    .filter((line) => line && !/complete log of this run|^\S+\.log$/.test(line));
  const isOffline =
    /\b(ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|ENETUNREACH|ENOTCACHED|EHOSTUNREACH)\b/.test(errors);
  const reason =
    lines.find((line) => /request to /.test(line)) ??
    lines.find((line) => !/^(code|syscall|path|errno|command) /.test(line)) ??
    "no reason given";
  const advice = isOffline
    ? "Check the network, and the registry that npm config get registry shows. Then run the command again."
    : "Run npm ci to see all of its output.";
  return `npm ci failed: ${reason.replace(/^(network |FetchError: )+/, "").replace(/\.?$/, ".")} ${advice}`;
};

const changedAt = (...names) =>
  statSync(path.join(root, ...names), { throwIfNoEntry: false })?.mtimeMs ?? 0;

const newestIn = (folder) =>
  Math.max(
    ...readdirSync(path.join(root, folder), { recursive: true }).map((name) =>
      changedAt(folder, name),
    ),
  );

const isBuilt = () => {
  const sources = ["webpack.config.js", "package-lock.json", "package.json"].map((name) =>
    changedAt(name),
  );
  const newest = Math.max(newestIn("src"), newestIn("dev/bundle"), newestIn("assets"), ...sources);
  return changedAt("dist/index.js") >= newest;
};

const build = async () => {
  console.error("Building the component (webpack) …");
  const webpack = path.join(root, "node_modules/webpack/bin/webpack.js");
  const { code } = await run(process.execPath, [webpack], { cwd: root, shows: true });
  if (code !== 0) fail("The build failed.", code);
  // webpack leaves a file as it is if its content does not change.
  const now = new Date();
  utimesSync(path.join(root, "dist/index.js"), now, now);
};

/** Does what is missing. Another process may do it while this one waits, so each check is repeated. */
const ensure = async (isDone, act) => {
  if (isDone()) return;
  await withLock(path.join(root, ".ready.lock"), async () => {
    if (!isDone()) await act();
  });
};

exports.prepare = async (args) => {
  // Nobody reads the messages of `npm start 2>&1 | head -1`. The installation is completed anyway.
  process.stderr.on("error", () => undefined);
  const folders = args.filter((arg) => !arg.startsWith("--"));
  try {
    for (const folder of [".", ...folders]) {
      await ensure(
        () => isInstalled(path.join(root, folder)),
        () => install(folder),
      );
    }
    if (!args.includes("--no-build")) await ensure(isBuilt, build);
  } catch (error) {
    console.error(error.message);
    process.exitCode = error.status ?? 1;
  }
};
