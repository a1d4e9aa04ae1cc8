/** The texts of the component and the documentation are plain English: see `habits` in support/wording.ts. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { expectNone } from "./support/checks";
import { component } from "./support/component";
import { findHabits, habits, isEnforced } from "./support/wording";

interface Text {
  /** Where a person finds it. */
  at: string;
  text: string;
}

interface Field {
  label: string;
  keyLabel?: string;
  comments?: string;
  placeholder?: string;
  model?: { label: string }[];
  inputs?: Field[];
}

const fieldTexts = (parent: string, fields: readonly Field[]): Text[] =>
  fields.flatMap(({ label, keyLabel, comments, placeholder, model = [], inputs = [] }) => {
    const at = `${parent} > ${label}`;
    const texts = [label, keyLabel, comments, placeholder, ...model.map(({ label }) => label)];
    return [...texts.map((text = "") => ({ at, text })), ...fieldTexts(at, inputs)];
  });

const schemaTexts = (at: string, schema: unknown): Text[] => {
  if (typeof schema !== "object" || schema === null) return [];
  const { description, title } = schema as Record<string, unknown>;
  const own = [description, title].filter((text) => typeof text === "string");
  const parts = Object.entries(schema);
  return [
    ...own.map((text) => ({ at, text })),
    ...parts.flatMap(([name, part]) => schemaTexts(`${at} > ${name}`, part)),
  ];
};

const outputTexts = (at: string, outputSchema: unknown): Text[] => {
  const { schema } = (outputSchema ?? {}) as { schema?: string };
  return schema ? schemaTexts(`${at} > output`, JSON.parse(schema)) : [];
};

const stepTexts = Object.values({
  ...component.actions,
  ...component.triggers,
  ...component.dataSources,
}).flatMap((step): Text[] => {
  const { label, description } = step.display;
  const branchNames = "staticBranchNames" in step ? (step.staticBranchNames ?? []) : [];
  return [
    ...[label, description, ...branchNames].map((text) => ({ at: label, text })),
    ...fieldTexts(label, step.inputs as Field[]),
    ...("outputSchema" in step ? outputTexts(label, step.outputSchema) : []),
  ];
});

const connectionTexts = component.connections.flatMap(({ label, comments = "", inputs }) => [
  ...[label, comments].map((text) => ({ at: label, text })),
  ...fieldTexts(label, inputs as Field[]),
]);

const { label, description } = component.display;

const visibleTexts: Text[] = [
  ...[label, description].map((text) => ({ at: "component", text })),
  ...stepTexts,
  ...connectionTexts,
];

const root = path.resolve(import.meta.dirname, "..");

/** The lines of a page outside code blocks, table cells separately, links as their text. */
const pageTexts = (page: string): Text[] => {
  const lines = readFileSync(path.join(root, page), "utf8").split("\n");
  let isCode = false;
  return lines.flatMap((line, index) => {
    if (/^\s*```/.test(line)) isCode = !isCode;
    if (isCode) return [];
    const prose = line.replace(/\]\([^)]*\)/g, "]").replace(/^(\s*([-*>#]+|\d+\.) )+/, "");
    return prose.split("|").map((cell) => ({
      at: `${page}:${index + 1}`,
      text: cell.replace(/[*_[\]]/g, "").trim(),
    }));
  });
};

const offenders = (texts: readonly Text[], place: "component" | "docs") => [
  ...new Set(
    texts.flatMap(({ at, text }) => findHabits(text, place).map((habit) => `${at}: ${habit}`)),
  ),
];

describe("the old habits do not come back", () => {
  test("in the visible texts of the component", () => {
    expect(visibleTexts.length).toBeGreaterThan(1_000);
    expectNone(offenders(visibleTexts, "component"));
  });

  test.runIf(isEnforced)("in README and docs", () => {
    const names = readdirSync(path.join(root, "docs"), { encoding: "utf8", recursive: true });
    const guides = names.filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`);
    const pages = ["README.md", ...guides];
    expect(pages.length).toBeGreaterThan(25);
    expectNone(offenders(pages.flatMap(pageTexts), "docs"));
  });
});

test("each pattern matches its example, and not the plain English instead of it", () => {
  for (const { pattern, example } of habits) {
    expect(example[0]).toMatch(pattern);
    for (const { pattern } of habits) expect(example[1]).not.toMatch(pattern);
  }
});
