/** Generated pages match the definitions (`npm run docs` updates them), and names in the guides are valid. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { describeComponent, type StepDescription } from "../dev/description";
import { actionGuides } from "../dev/docs/actionGuide";
import { guides } from "../dev/docs/guides";
import { pages, withActionTable } from "../dev/docs/pages";
import { pictureIndex } from "../dev/docs/pictures";
import { runAll } from "../dev/docs/runs";
import { skillFile } from "../dev/docs/skill";
import { writeDocs } from "../dev/docs/writeDocs";
import { errorCodes } from "../src/client/errorCode";
import { labelsOf } from "./support/allSteps";
import type { Input } from "./support/arbitraries";
import { expectNone } from "./support/checks";
import { component } from "./support/component";

const root = path.resolve(import.meta.dirname, "..");
const read = (name: string) => readFileSync(path.join(root, name), "utf8");
const exists = (name: string) => existsSync(path.join(root, name));

const runs = await runAll(component);
const generated = pages(component, runs);

describe("generated pages", () => {
  test.each(Object.entries(generated))("%s is up to date", (name, content) => {
    expect(read(name)).toBe(content);
  });

  test("examples are the same in each run", async () => {
    expect(await runAll(component)).toEqual(runs);
  });

  test("docs/actions has one page per action", () => {
    expect(readdirSync(path.join(root, "docs/actions")).sort()).toEqual(
      Object.keys(component.actions)
        .map((key) => `${key}.md`)
        .sort(),
    );
  });
});

describe("flows and questions of actions", () => {
  const { actions } = describeComponent(component);

  test("every action has some, and flows show it in bold", () => {
    expect(Object.keys(actionGuides).sort()).toEqual(actions.map(({ key }) => key).sort());
    expectNone(
      actions.flatMap(({ key, label }) =>
        (actionGuides[key]?.flows ?? [])
          .filter((flow) => !flow.includes(`**${label}**`))
          .map((flow) => `dev/docs/actionGuide.ts, ${key}: write **${label}** in "${flow}"`),
      ),
    );
  });

  test("references are to outputs that exist", () => {
    const outputs = Object.fromEntries(
      actions.map(({ key, outputs }) => [key, outputs?.map(({ name }) => name)]),
    );
    const texts = Object.values(actionGuides).map((guide) => JSON.stringify(guide));
    const references = [...texts.join().matchAll(/`(\w+)\.results\.(\w+)/g)];
    expect(references.length).toBeGreaterThan(15);
    expectNone(
      references
        .filter(([, step = "", name = ""]) => outputs[step] && !outputs[step].includes(name))
        .map(([text]) => `dev/docs/actionGuide.ts: ${text} is not an output`),
    );
  });
});

describe("SKILL.md", () => {
  const skill = generated[skillFile] ?? "";

  /** Keys of inputs with their groups, and outputs, of a step. */
  const namesOf = ({ inputs, outputs = [] }: StepDescription): string[] => [
    ...inputs.flatMap(({ key, inputs: fields = [] }) => [
      key,
      ...fields.map((field) => `${key}.${field.key}`),
    ]),
    ...outputs.flatMap(({ name, members = [] }) => [
      name,
      ...members.map((member) => `${name}.${member.name}`),
    ]),
  ];

  test("the keys in its text exist", () => {
    const { actions, triggers, connections } = describeComponent(component);
    const steps = [...actions, ...triggers, ...connections];
    const known = new Set([
      ...steps.flatMap((step) => [step.key, ...namesOf(step)]),
      ...["anthropic", "value", "branches", "returnError"],
    ]);
    const [text = ""] = skill.split("## Values of pick lists");
    const named = [...text.matchAll(/`([a-z]\w*(?:\.\w+)?)`/gi)].map(([, name = ""]) => name);
    expect(named.length).toBeGreaterThan(50);
    expectNone(
      named
        .filter((name) => !known.has(name))
        .map((name) => `dev/docs/skill.ts names ${name}, which is not a key of the component`),
    );
  });

  test("the step shown has keys and values that the action has", () => {
    const [step] = parse(/```yaml\n(.*?)```/s.exec(skill)?.[1] ?? "");
    const action = describeComponent(component).actions.find(({ key }) => key === step.action.key);
    const keys = (action?.inputs ?? []).map(({ key }) => key);
    expect(Object.keys(step.inputs).filter((key) => !keys.includes(key))).toEqual([]);
    expect(step.branches.map(({ name }: { name: string }) => name)).toEqual(action?.branches);
  });
});

describe("errors.md", () => {
  const page = generated["docs/errors.md"] ?? "";

  test("has every code, with whether a retry helps, and a section about it", () => {
    const rows = [...page.matchAll(/^\| \[`(\w+)`\]\(#\w+\) \| .+ \| (yes|no) \|$/gm)];
    expect(
      Object.fromEntries(rows.map(([, code, retryable]) => [code, retryable === "yes"])),
    ).toEqual(errorCodes);
    const sections = [...page.matchAll(/^### `(\w+)`$/gm)].map(([, code]) => code);
    expect(sections).toEqual(Object.keys(errorCodes));
  });

  test("has a message for every code but internal, whose messages are not known", () => {
    const without = page
      .split(/^### /m)
      .slice(1, Object.keys(errorCodes).length + 1)
      .filter((section) => !section.includes("| Message |"))
      .map((section) => section.split("\n")[0]);
    expect(without).toEqual(["`internal`"]);
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

  test.each(guides)("%s starts with its title", (file, title) => {
    expect(read(`docs/guides/${file}`).split("\n")[0]).toBe(`# ${title}`);
  });

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
    writeDocs(folder, component, runs);
    for (const [name, content] of Object.entries(generated))
      expect(await readFile(path.join(folder, name), "utf8")).toBe(content);
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
    expect(() => writeDocs(folder, broken, runs)).toThrow(TypeError);
    expect(await files()).toEqual(before);
    expect(await readFile(path.join(folder, "README.md"), "utf8")).toBe(emptyTable);
  });

  test("changes nothing if the README has no place for the table of actions", async () => {
    const { folder, files } = await project("# Title\n");
    const before = await files();
    expect(() => writeDocs(folder, component, runs)).toThrow("README.md has no <!-- actions -->");
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
