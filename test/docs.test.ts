/** The pages say what the definitions say. `npm run docs` brings them up to date. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { pages, withActionTable } from "../dev/docs/pages";
import { component } from "./support/component";

const root = path.resolve(import.meta.dirname, "..");
const read = (name: string) => readFileSync(path.join(root, name), "utf8");

describe("docs", () => {
  test.each(Object.entries(pages(component)))("%s is up to date", (name, content) => {
    expect(read(`docs/${name}`)).toBe(content);
  });

  test("hold no page of an action that is gone", () => {
    expect(readdirSync(path.join(root, "docs/actions")).sort()).toEqual(
      Object.keys(component.actions)
        .map((key) => `${key}.md`)
        .sort(),
    );
  });
});

describe("README", () => {
  const readme = read("README.md");

  test("lists the actions", () => {
    expect(withActionTable(readme, component)).toBe(readme);
  });

  test("shows a test that runs", () => {
    expect(readme).toContain(read("test/example.test.ts"));
  });

  test("links to what exists", () => {
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(
      ([, target = ""]) => target,
    );
    expect(links.length).toBeGreaterThan(0);
    for (const link of links)
      expect(() => readdirSync(path.dirname(path.join(root, link)))).not.toThrow();
    for (const link of links)
      expect(readdirSync(path.dirname(path.join(root, link)))).toContain(path.basename(link));
  });

  test("names only scripts that exist", () => {
    const { scripts } = JSON.parse(read("package.json"));
    for (const [, name = ""] of readme.matchAll(/npm run ([a-z:]+)/g))
      expect(scripts).toHaveProperty(name);
  });
});
