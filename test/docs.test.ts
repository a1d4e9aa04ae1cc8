/** The pages say what the definitions say. `npm run docs` brings them up to date. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { guides, pages, withActionTable } from "../dev/docs/pages";
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

describe("guides", () => {
  test("are all in the index", () => {
    expect(readdirSync(path.join(root, "docs/guides")).sort()).toEqual(
      guides.map(([file]) => file).sort(),
    );
  });

  test.each(guides)("%s has its title and links to what exists", (file, title) => {
    const guide = read(`docs/guides/${file}`);
    expect(guide.split("\n")[0]).toBe(`# ${title}`);
    for (const [, link = ""] of guide.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      expect(existsSync(path.join(root, "docs/guides", link)), link).toBe(true);
    }
  });

  test("name only inputs that exist", () => {
    const labels = component.actions.chat?.inputs.flatMap((input) => [
      input.label,
      ...(input.inputs ?? []).map((field) => field.label),
    ]);
    for (const label of [
      "Message",
      "System Prompt",
      "Max Tokens",
      "Variables",
      "Conversation",
      "Attachments",
      "Tool Definitions",
      "Tool Results",
      "Fallback Models",
      "Headers",
      "Cache",
      "Max Retries",
    ]) {
      expect(labels).toContain(label);
    }
  });
});

test("security.md names tests that there are", () => {
  const named = [
    ...read("docs/security.md").matchAll(/`(test\/[\w/.]+\.test\.ts)(?:: ([^`]+))?`/g),
  ];
  expect(named.length).toBeGreaterThan(25);
  for (const [, file = "", name = ""] of named) {
    expect(existsSync(path.join(root, file)), file).toBe(true);
    expect(read(file), name).toContain(name);
  }
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
