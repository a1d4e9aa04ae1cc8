/** Generated pages match the definitions (`npm run docs` updates them), and links and names in the guides are valid. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { describeComponent } from "../dev/description";
import { guides, pages, withActionTable } from "../dev/docs/pages";
import { pictureIndex } from "../dev/docs/pictures";
import { writeDocs } from "../dev/docs/writeDocs";
import { errorCodes } from "../src/client/errorCode";
import { labelsOf } from "./support/allSteps";
import type { Input } from "./support/arbitraries";
import { expectNone } from "./support/checks";
import { component } from "./support/component";

const root = path.resolve(import.meta.dirname, "..");
const read = (name: string) => readFileSync(path.join(root, name), "utf8");
const exists = (name: string) => existsSync(path.join(root, name));

/** Relative links of a page whose target does not exist. */
const brokenLinks = (page: string): string[] => {
  const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = ""]) => link);
  return links
    .filter((link) => !exists(path.join(path.dirname(page), link)))
    .map((link) => `${page} links to ${link}, which does not exist: change the link`);
};

describe("generated pages", () => {
  test.each(Object.entries(pages(component)))("%s is up to date", (name, content) => {
    expect(read(`docs/${name}`)).toBe(content);
  });

  test("docs/actions has one page per action", () => {
    expect(readdirSync(path.join(root, "docs/actions")).sort()).toEqual(
      Object.keys(component.actions)
        .map((key) => `${key}.md`)
        .sort(),
    );
  });
});

test("docs/pictures is up to date: npm run docs takes the pictures of changed forms", () => {
  const index = pictureIndex(describeComponent(component));
  expect(JSON.parse(read("docs/pictures/index.json"))).toEqual(index);
  expect(readdirSync(path.join(root, "docs/pictures")).sort()).toEqual(
    ["index.json", "playground.webp", ...Object.keys(index).map((key) => `${key}.webp`)].sort(),
  );
});

describe("guides", () => {
  test("the index lists every guide", () => {
    expect(readdirSync(path.join(root, "docs/guides")).sort()).toEqual(
      guides.map(([file]) => file).sort(),
    );
  });

  test.each(guides)("%s starts with its title, and its links are valid", (file, title) => {
    expect(read(`docs/guides/${file}`).split("\n")[0]).toBe(`# ${title}`);
    expectNone(brokenLinks(`docs/guides/${file}`));
  });

  test.each(["npm/README.md", "examples/code-native/README.md"])(
    "links of %s are valid",
    (page) => {
      expectNone(brokenLinks(page));
    },
  );

  test("failures.md lists every code, and whether it is retryable", () => {
    const rows = [...read("docs/guides/failures.md").matchAll(/^\| `(\w+)` \| (yes|no) \|/gm)];
    expect(
      Object.fromEntries(rows.map(([, code, retryable]) => [code, retryable === "yes"])),
    ).toEqual(errorCodes);
  });

  test("Chat has the inputs that the guides name", () => {
    const texts = guides.map(([file]) => read(`docs/guides/${file}`)).join("\n");
    const labels = labelsOf((component.actions.chat?.inputs ?? []) as Input[]);
    const named = [
      ...["Message", "System Prompt", "Max Tokens", "Variables", "Conversation", "Attachments"],
      ...["Tool Definitions", "Tool Results", "Fallback Models", "Headers", "Cache", "Max Retries"],
    ];
    expectNone([
      ...named
        .filter((label) => !labels.includes(label))
        .map((label) => `Chat has no input "${label}": rename it in docs/guides`),
      ...named
        .filter((label) => !texts.includes(label))
        .map((label) => `No guide names "${label}": remove it from this test`),
    ]);
  });
});

test("security.md names only tests that exist", () => {
  const named = [
    ...read("docs/security.md").matchAll(/`(test\/[\w/.]+\.test\.ts)(?:: ([^`]+))?`/g),
  ];
  expect(named.length).toBeGreaterThan(25);
  expectNone(
    named.flatMap(([, file = "", title = ""]) => {
      if (!exists(file)) return [`${file} does not exist: change its name in docs/security.md`];
      return read(file).includes(title)
        ? []
        : [`${file} has no test "${title}": change its title in docs/security.md`];
    }),
  );
});

describe("README", () => {
  const readme = read("README.md");

  test("the table of actions is up to date", () => {
    expect(withActionTable(readme, component)).toBe(readme);
  });

  test("the test shown is example.test.ts", () => {
    expect(readme).toContain(read("test/example.test.ts"));
  });

  test("links are valid", () => {
    expectNone(brokenLinks("README.md"));
  });

  test("npm scripts that it names exist", () => {
    const { scripts } = JSON.parse(read("package.json"));
    for (const [, name = ""] of readme.matchAll(/npm run ([a-z:]+)/g))
      expect(scripts).toHaveProperty(name);
  });
});

describe("npm run docs", () => {
  const emptyTable = "# Title\n\n<!-- actions -->\n<!-- /actions -->\n";

  /** A project with a page of an action that no longer exists. */
  const project = async (readme: string) => {
    const folder = await mkdtemp(path.join(tmpdir(), "docs-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    await mkdir(path.join(folder, "docs/actions"), { recursive: true });
    await writeFile(path.join(folder, "docs/actions/old.md"), "# Old");
    await writeFile(path.join(folder, "README.md"), readme);
    return { folder, files: async () => (await readdir(folder, { recursive: true })).sort() };
  };

  test("writes every page and deletes the pages of removed actions", async () => {
    const { folder, files } = await project(emptyTable);
    writeDocs(folder, component);
    for (const [name, content] of Object.entries(pages(component)))
      expect(await readFile(path.join(folder, "docs", name), "utf8")).toBe(content);
    expect(await files()).not.toContain("docs/actions/old.md");
    expect(await readFile(path.join(folder, "README.md"), "utf8")).toContain(
      "(docs/actions/chat.md)",
    );
  });

  test("changes nothing if a page cannot be generated", async () => {
    const { folder, files } = await project(emptyTable);
    const before = await files();
    const broken = {
      ...component,
      actions: { ...component.actions, broken: { ...component.actions.chat, inputs: undefined } },
    } as unknown as typeof component;
    expect(() => writeDocs(folder, broken)).toThrow(TypeError);
    expect(await files()).toEqual(before);
    expect(await readFile(path.join(folder, "README.md"), "utf8")).toBe(emptyTable);
  });

  test("changes nothing if the README has no place for the table of actions", async () => {
    const { folder, files } = await project("# Title\n");
    const before = await files();
    expect(() => writeDocs(folder, component)).toThrow("README.md has no <!-- actions -->");
    expect(await files()).toEqual(before);
  });
});

const handwritten = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  "docs/security.md",
  "bench/README.md",
  ...readdirSync(path.join(root, "docs/decisions")).map((name) => `docs/decisions/${name}`),
];

describe.each(handwritten)("%s", (name) => {
  const text = read(name);

  test("links to existing files", () => {
    for (const [, link = ""] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g))
      expect(existsSync(path.join(root, path.dirname(name), link)), link).toBe(true);
  });

  test("names existing npm scripts", () => {
    const { scripts } = JSON.parse(read("package.json"));
    for (const [, script = ""] of text.matchAll(/npm run ([a-z:]+)/g))
      expect(scripts).toHaveProperty(script);
  });
});

test("the index of decisions lists every decision", () => {
  const index = read("docs/decisions/README.md");
  for (const name of readdirSync(path.join(root, "docs/decisions")))
    if (name !== "README.md") expect(index).toContain(`(${name})`);
});

test("the changelog has the version of the package", () => {
  const { version } = JSON.parse(read("package.json"));
  expect(read("CHANGELOG.md")).toContain(`## ${version} `);
});
