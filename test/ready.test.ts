/** dev/ready.cjs, with which every npm script begins, in a copy with an npm that installs nothing. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse } from "acorn";
import { expect, onTestFinished, test } from "vitest";
import { resultOf, root } from "./support/command";

/** Records its arguments, creates node_modules as npm does, and waits or fails if it is told to. */
const fakeNpm = `#!${process.execPath}
const fs = require("node:fs");
fs.appendFileSync("npm.log", process.argv.slice(2).join(" ") + "\\n");
fs.rmSync("node_modules", { recursive: true, force: true });
fs.mkdirSync("node_modules");
if (process.env.NPM_FAILS) {
  console.error(process.env.NPM_FAILS);
  process.exit(7);
}
const finish = () => fs.writeFileSync("node_modules/.package-lock.json", '{"packages": {}}');
const seconds = Number(process.env.NPM_SECONDS ?? 0);
if (seconds === 0) finish();
else {
  process.on("SIGINT", () => setTimeout(() => {
    fs.appendFileSync("npm.log", "tidied up\\n");
    process.exit(1);
  }, 200));
  fs.writeFileSync("npm.pid", String(process.pid));
  setTimeout(finish, seconds * 1000).ref();
}
`;

const copy = () => {
  const folder = mkdtempSync(path.join(tmpdir(), "ready-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ["dev/ready.cjs", "dev/ready", "package.json", "package-lock.json"])
    cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  for (const name of ["src", "dev/bundle", "assets", "dist", "bin"])
    mkdirSync(path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, "dist/index.js"), "");
  writeFileSync(path.join(folder, "bin/npm"), fakeNpm);
  chmodSync(path.join(folder, "bin/npm"), 0o755);
  const at = (name: string) => path.join(folder, name);
  const start = (env: Record<string, string> = {}, ...args: string[]) =>
    spawn(process.execPath, [at("dev/ready.cjs"), ...args], {
      cwd: folder,
      env: { ...process.env, PATH: `${at("bin")}:${process.env.PATH}`, ...env },
    });
  const run = (env?: Record<string, string>, ...args: string[]) => resultOf(start(env, ...args));
  const log = () => (existsSync(at("npm.log")) ? readFileSync(at("npm.log"), "utf8") : "");
  return { folder, at, start, run, log };
};

const until = async (isTrue: () => boolean) => {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 20));
};

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test("every npm script starts with it", () => {
  const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  for (const script of Object.values(scripts)) expect(script).toMatch(/^node dev\/ready\.cjs\b/);
});

test("an old Node.js can parse it, and learns which version is required", async () => {
  const code = readFileSync(path.join(root, "dev/ready.cjs"), "utf8");
  expect(() => parse(code, { ecmaVersion: 2015 })).not.toThrow();
  const { at, run, log } = copy();
  writeFileSync(at("old.cjs"), 'Object.defineProperty(process, "version", { value: "v20.18.3" });');
  expect(await run({ NODE_OPTIONS: `--require=${at("old.cjs")}` })).toEqual({
    code: 1,
    out: "",
    err: "Node.js 20.19 or newer is required, but v20.18.3 is running. Install it from https://nodejs.org, or choose it with nvm or similar.\n",
  });
  expect(log()).toBe("");
});

test("installs once, and the packages for development also with NODE_ENV=production", async () => {
  const { at, run, log } = copy();
  const { code, out, err } = await run({ NODE_ENV: "production" });
  expect({ code, out, err }).toEqual({
    code: 0,
    out: "",
    err: "Installing the packages (npm ci) …\n",
  });
  expect(log()).toMatch(/^ci --include=dev .*\n$/);
  expect(await run()).toEqual({ code: 0, out: "", err: "" });
  // `npm install --omit=dev` changes npm's record of what is installed.
  writeFileSync(at("node_modules/.package-lock.json"), '{"packages": {"node_modules/a": {}}}');
  await run();
  writeFileSync(at("package-lock.json"), '{"packages": {"node_modules/b": {"version": "1.0.0"}}}');
  await run();
  expect(log().trim().split("\n")).toHaveLength(3);
});

test("accepts packages that a person has installed", async () => {
  const { at, run, log } = copy();
  mkdirSync(at("node_modules"));
  cpSync(at("package-lock.json"), at("node_modules/.package-lock.json"));
  expect(await run()).toMatchObject({ code: 0, err: "" });
  expect(log()).toBe("");
});

test("installs folders that are named", async () => {
  const { at, run } = copy();
  mkdirSync(at("bench"));
  writeFileSync(at("bench/package-lock.json"), '{"packages": {}}');
  expect((await run({}, "bench")).err).toContain("Installing the packages of bench (npm ci) …");
  expect(existsSync(at("bench/node_modules/.ready.json"))).toBe(true);
});

test("Ctrl-C waits for npm and exits with 130, and the next run installs again", async () => {
  const { at, start, run, log } = copy();
  const child = start({ NPM_SECONDS: "60" });
  const result = resultOf(child);
  await until(() => existsSync(at("npm.pid")));
  child.kill("SIGINT");
  expect((await result).code).toBe(130);
  expect(log()).toContain("tidied up");
  expect(isRunning(Number(readFileSync(at("npm.pid"), "utf8")))).toBe(false);
  expect(existsSync(at(".ready.lock"))).toBe(false);
  expect((await run()).code).toBe(0);
  expect(log().match(/^ci /gm)).toHaveLength(2);
});

test("a second command waits for the first, and says so", async () => {
  const { start, run, log } = copy();
  const first = start({ NPM_SECONDS: "1" });
  const result = resultOf(first);
  await until(() => log() !== "");
  const second = await run();
  expect(second).toEqual({
    code: 0,
    out: "",
    err: `Waiting for another command that installs or builds (process ${first.pid}). If that process does neither, delete .ready.lock.\n`,
  });
  expect((await result).code).toBe(0);
  expect(log().match(/^ci /gm)).toHaveLength(1);
});

test("ignores the lock of a process that is gone", async () => {
  const { at, run } = copy();
  const gone = spawn(process.execPath, ["--version"]);
  await once(gone, "exit");
  writeFileSync(at(".ready.lock"), String(gone.pid));
  expect(await run()).toMatchObject({ code: 0, err: "Installing the packages (npm ci) …\n" });
  expect(existsSync(at(".ready.lock"))).toBe(false);
});

test("says in one line why npm failed, and what to do", async () => {
  const { at, run } = copy();
  const offline = [
    "npm error code ENOTFOUND",
    "npm error network request to https://registry.example.com/zod failed, reason: getaddrinfo ENOTFOUND",
    "npm error A complete log of this run can be found in: /home/a/.npm/_logs/1.log",
  ].join("\n");
  const start = "Installing the packages (npm ci) …\n";
  expect(await run({ NPM_FAILS: offline })).toEqual({
    code: 7,
    out: "",
    err: `${start}npm ci failed: request to https://registry.example.com/zod failed, reason: getaddrinfo ENOTFOUND. Check the network, and the registry that npm config get registry shows. Then run the command again.\n`,
  });
  expect(existsSync(at("node_modules/.ready.json"))).toBe(false);
  expect(
    (
      await run({
        NPM_FAILS: "npm error code EUSAGE\nnpm error No lock\nnpm error See npm help ci",
      })
    ).err,
  ).toBe(`${start}npm ci failed: No lock. Run npm ci to see all of its output.\n`);
});

test("says in one line that a file is missing", async () => {
  const { at, run } = copy();
  rmSync(at("package-lock.json"));
  expect(await run()).toEqual({
    code: 1,
    out: "",
    err: `ENOENT: no such file or directory, access '${at("package-lock.json")}'\n`,
  });
});

test("says in one line that a folder is missing", async () => {
  const { at, run } = copy();
  rmSync(at("assets"), { recursive: true });
  expect(await run()).toEqual({
    code: 1,
    out: "",
    err: `Installing the packages (npm ci) …\nENOENT: no such file or directory, scandir '${at("assets")}'\n`,
  });
});

test("exits with the status of npm if nobody reads its messages", async () => {
  const child = copy().start({ NPM_FAILS: "npm error No lock" });
  child.stderr.destroy();
  expect(await once(child, "exit")).toEqual([7, null]);
});

test("builds if a source is newer, once", async () => {
  const { at, run } = copy();
  mkdirSync(at("node_modules/webpack/bin"), { recursive: true });
  cpSync(at("package-lock.json"), at("node_modules/.package-lock.json"));
  const webpack = at("node_modules/webpack/bin/webpack.js");
  writeFileSync(webpack, "");
  await new Promise((resolve) => setTimeout(resolve, 20));
  writeFileSync(at("src/index.ts"), "");
  expect((await run({}, "--no-build")).err).toBe("");
  expect((await run()).err).toBe("Building the component (webpack) …\n");
  // webpack leaves its output as it is if nothing in it has changed.
  expect((await run()).err).toBe("");
  await new Promise((resolve) => setTimeout(resolve, 20));
  writeFileSync(at("src/index.ts"), "");
  writeFileSync(webpack, "process.exit(2)");
  expect(await run()).toMatchObject({ code: 2, err: expect.stringContaining("The build failed.") });
});
