/** Commands of dev/ as child processes. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "vitest";

export const root = path.resolve(import.meta.dirname, "../..");

/** Starts a script of dev/ without a terminal or an API key, and without dev/ready.cjs. */
export const start = (
  script: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
) => {
  const { ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, COLUMNS, ...rest } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", `dev/${script}`, ...args], {
    cwd: root,
    env: { ...rest, NO_COLOR: "1", ...env },
  });
  child.stdin.end();
  return child;
};

/** The exit code and the output of a process that ends. */
export const resultOf = async (child: ChildProcess) => {
  const [out, err] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    child.exitCode ?? once(child, "exit"),
  ]);
  return { code: child.exitCode, out, err };
};

/** Matches one line, after which nothing follows. */
export const oneLine = (pattern: string) => expect.stringMatching(new RegExp(`^${pattern}\\n$`));
