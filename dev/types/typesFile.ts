import { execFileSync } from "node:child_process";
import path from "node:path";
import type { Component } from "../component";
import { actionTypes } from "./actionTypes";

/** The file with the types of all actions. */
export const typesFile = "npm/types.d.ts";

/** The content of the file, formatted as the rest of the project. */
export const formattedTypes = (root: string, component: Component): string =>
  execFileSync(
    process.execPath,
    [
      path.join(root, "node_modules/@biomejs/biome/bin/biome"),
      "format",
      `--stdin-file-path=${typesFile}`,
    ],
    { cwd: root, input: actionTypes(component), encoding: "utf8" },
  );
