/** Keys, fields and references in the guides exist in the built component. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { expectNone } from "./support/checks";
import { component } from "./support/component";

const folder = path.resolve(import.meta.dirname, "../docs/guides");
const read = (name: string) => readFileSync(path.join(folder, name), "utf8");

/** The fields of an action's output, undefined if it has no schema. */
const fieldsOf = (key: string): string[] | undefined => {
  const { schema } = (component.actions[key]?.outputSchema ?? {}) as { schema?: string };
  return schema ? Object.keys(JSON.parse(schema).properties) : undefined;
};

test("references such as chat.results.text lead to fields of the step's output", () => {
  const references = readdirSync(folder).flatMap((name) =>
    [...read(name).matchAll(/\b(\w+)\.results\.(\w+)/g)].flatMap(([reference, key = "", field]) =>
      key in component.actions ? [{ name, reference, key, field }] : [],
    ),
  );
  expect(references.length).toBeGreaterThan(20);
  expectNone(
    references
      .filter(({ key, field }) => !fieldsOf(key)?.includes(field ?? ""))
      .map(({ name, reference }) => `${name}: ${reference} is not in the output of its step`),
  );
});

describe("prismatic-anthropic.md", () => {
  const text = read("prismatic-anthropic.md");

  /** The names in the third column of the rows below a header, in a section. */
  const ours = (section: string, header: string): string[] => {
    const [, body = ""] = text.split(`\n## ${section}\n`);
    const table = body.split("\n## ")[0]?.split(`| ${header} |`)[1]?.split("\n\n")[0] ?? "";
    return table
      .split("\n")
      .flatMap((row) => [...(row.split("|")[3] ?? "").matchAll(/`([^`]+)`/g)])
      .map(([, name = ""]) => name);
  };

  const common = ["chat", "countTokens", "getModel", "listModels", "rawRequest"].map((key) => ({
    key,
    label: component.actions[key]?.display.label ?? "",
  }));

  test.each(common)(
    "the inputs and outputs that it names are those of $label",
    ({ key, label }) => {
      const keys = component.actions[key]?.inputs.map((input) => input.key);
      const inputs = ours(label, "Input");
      expect(inputs).not.toEqual([]);
      expect(keys).toEqual(expect.arrayContaining(inputs));
      // The output of Raw Request is that of the API.
      const fields = fieldsOf(key);
      if (!fields) return;
      const outputs = ours(label, "Output");
      expect(outputs).not.toEqual([]);
      expect(fields).toEqual(expect.arrayContaining(outputs));
    },
  );

  test("the connection has all inputs that the component has", () => {
    const keys = component.connections.find(({ key }) => key === "anthropic")?.inputs;
    expect(ours("Connection", "Input")).toEqual(keys?.map(({ key }) => key));
  });

  test("label, description and connections are those of the component", () => {
    const { label, description } = component.display;
    expect(text).toContain(`Both are called ${label}`);
    expect(text).toContain(`| ${description} |`);
    expect(text).toContain(`| ${component.connections.map(({ label }) => label).join(", ")} |`);
  });
});
