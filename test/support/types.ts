import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

/** The errors of the TypeScript compiler for some lines of code; empty if there are none. */
export const compilerSays = (name: string, lines: readonly (string | undefined)[]): string => {
  // Inside the project so that the SDK resolves, in a folder that git ignores.
  const folder = path.resolve("node_modules/.cache/request-types");
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}.ts`);
  writeFileSync(file, lines.join("\n"));
  const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext"];
  const compiler = path.resolve("node_modules/typescript/bin/tsc");
  try {
    return execFileSync(process.execPath, [compiler, "--ignoreConfig", ...options, file], {
      encoding: "utf8",
    });
  } catch (error) {
    return String((error as { stdout: unknown }).stdout);
  }
};
