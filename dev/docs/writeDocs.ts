import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Component } from "../component";
import { pages, withActionTable } from "./pages";
import type { Runs } from "./runs";

/**
 * Writes the generated pages and the README's table of actions, and deletes the pages of
 * actions that no longer exist. Nothing is changed if one of the pages cannot be generated.
 */
export const writeDocs = (root: string, component: Component, runs: Runs): void => {
  const readme = path.join(root, "README.md");
  const files = Object.entries(pages(component, runs)).map(
    ([name, content]) => [path.join(root, name), content] as const,
  );
  const newReadme = withActionTable(readFileSync(readme, "utf8"), component);

  rmSync(path.join(root, "docs/actions"), { recursive: true, force: true });
  for (const [file, content] of files) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  writeFileSync(readme, newReadme);
};
