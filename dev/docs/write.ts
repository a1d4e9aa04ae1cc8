/** Writes docs/ and the README's table of actions from the definitions: `npm run docs`. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { builtComponent } from "../component";
import { pages, withActionTable } from "./pages";

const root = path.resolve(__dirname, "../..");

rmSync(path.join(root, "docs/actions"), { recursive: true, force: true });
for (const [name, content] of Object.entries(pages(builtComponent))) {
  const file = path.join(root, "docs", name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}
const readme = path.join(root, "README.md");
writeFileSync(readme, withActionTable(readFileSync(readme, "utf8"), builtComponent));
console.log("docs/ and the table of actions in README.md are up to date.");
