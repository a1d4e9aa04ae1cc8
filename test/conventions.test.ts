/**
 * Conventions for every action, trigger, data source, connection and input of the built component.
 * A test that fails lists each offender with what to change.
 */
import Ajv from "ajv";
import { describe, expect, test } from "vitest";
import { expectNone } from "./support/checks";
import { component } from "./support/component";
import { validInputs } from "./support/inputs";

const actions = Object.values(component.actions);
const dataSources = Object.values(component.dataSources);
const triggers = Object.values(component.triggers);
const { connections } = component;

interface Field {
  key: string;
  label: string;
  keyLabel?: string;
  type: string;
  comments?: string;
  placeholder?: string;
  example?: string;
  inputs?: Field[];
}

interface Input {
  /** The labels that lead to it: step, group, input. */
  path: string;
  field: Field;
}

const withChildren = (parent: string, fields: readonly Field[]): Input[] =>
  fields.flatMap((field) => {
    const path = `${parent} > ${field.label}`;
    return [{ path, field }, ...withChildren(path, field.inputs ?? [])];
  });

const steps = [...actions, ...triggers, ...dataSources];

const inputs: Input[] = [
  ...steps.map(({ display, inputs }) => withChildren(display.label, inputs as Field[])),
  ...connections.map(({ label, inputs }) => withChildren(label, inputs as Field[])),
].flat();

const smallWords = [
  "a",
  "an",
  "and",
  "as",
  "at",
  "by",
  "for",
  "from",
  "in",
  "of",
  "or",
  "the",
  "to",
];

/** Whether each word is capitalized, small words within and units in parentheses excepted. */
const isTitleCase = (label: string) =>
  label
    .replace(/ \([^)]*\)$/, "")
    .split(/[\s-]+/)
    .every((word, index) => /^[A-Z0-9]/.test(word) || (index > 0 && smallWords.includes(word)));

const notTitleCase = (path: string, label: string) =>
  isTitleCase(label) ? [] : [`${path}: write the label "${label}" in title case`];

describe("inputs", () => {
  test("labels are in title case", () => {
    expectNone(
      inputs.flatMap(({ path, field: { label, keyLabel } }) => [
        ...notTitleCase(path, label),
        ...(keyLabel === undefined ? [] : notTitleCase(path, keyLabel)),
      ]),
    );
  });

  test("typed inputs have a placeholder and an example", () => {
    const typed = ["string", "text", "password", "code", "data"];
    expectNone(
      inputs
        .filter(({ field }) => typed.includes(field.type))
        .flatMap(({ path, field }) =>
          (["placeholder", "example"] as const)
            .filter((property) => !field[property])
            .map((property) => `${path}: add ${property}: "…" to its definition`),
        ),
    );
  });

  test("comments are sentences that end with a full stop", () => {
    expectNone(
      inputs
        .filter(({ field }) => !/\.$/.test(field.comments ?? ""))
        .map(
          ({ path, field }) => `${path}: add a full stop to comments: "${field.comments ?? ""}"`,
        ),
    );
  });

  test("keys are unique within a step", () => {
    expectNone(
      steps.flatMap(({ display, inputs }) => {
        const keys = inputs.map(({ key }) => key);
        return keys
          .filter((key, index) => keys.indexOf(key) < index)
          .map((key) => `${display.label}: give one of its two inputs "${key}" another key`);
      }),
    );
  });

  test("data sources of inputs exist", () => {
    expectNone(
      [...actions, ...triggers].flatMap(({ display, inputs }) =>
        inputs
          .filter(({ dataSource }) => dataSource && !component.dataSources[dataSource])
          .map(
            ({ label, dataSource }) =>
              `${display.label} > ${label}: add ${dataSource} to src/dataSources/index.ts`,
          ),
      ),
    );
  });
});

describe("actions, triggers and data sources", () => {
  test("labels are in title case", () => {
    expectNone(steps.flatMap(({ display }) => notTitleCase(display.label, display.label)));
  });

  test("descriptions start with a capital letter and end without a full stop", () => {
    expectNone(
      steps
        .filter(({ display }) => !/^[A-Z][a-z]+ .*[^.]$/.test(display.description))
        .map(({ display }) => `${display.label}: change "${display.description}"`),
    );
  });

  test("descriptions do not name the platform", () => {
    expectNone(
      steps
        .filter(({ display }) => /\bprismatic\b/i.test(display.description))
        .map(({ display }) => `${display.label}: describe it without "Prismatic"`),
    );
  });

  test("descriptions do not contain */, which breaks the generated manifest", () => {
    expectNone(
      steps.filter(({ display }) => display.description.includes("*/")).map(({ key }) => key),
    );
  });
});

describe("actions", () => {
  const exampleOf = (action: (typeof actions)[number]) =>
    (action.examplePayload as { data: unknown } | undefined)?.data;

  test("Timeout and Max Retries are on the connections, and in Advanced of the steps that ask Claude", () => {
    for (const { inputs } of component.connections) {
      const keys = inputs.map(({ key }) => key);
      expect(keys).toEqual(expect.arrayContaining(["timeout", "maxRetries"]));
    }
    const advanced = actions.flatMap(({ key, inputs }) => {
      const group = (inputs as Field[]).find((input) => input.key === "requestOptions");
      const keys = group?.inputs?.map((input) => input.key) ?? [];
      if (group) expect(keys, key).toEqual(expect.arrayContaining(["timeout", "maxRetries"]));
      return group ? key : [];
    });
    expect(advanced).toEqual([
      "chat",
      "extractData",
      "processList",
      "classifyAndBranch",
      "checkText",
      "runAgent",
      "resumeAgent",
      "createBatch",
      "countTokens",
      "createChatCompletion",
    ]);
  });

  test("Chat opens with at most eight inputs and six closed groups", () => {
    const isGroup = ({ type }: { type: string }) => type === "structuredObject";
    const { inputs = [] } = component.actions.chat ?? {};
    expect(inputs.filter((input) => !isGroup(input)).map(({ key }) => key)).toEqual([
      "connection",
      "model",
      "initialMessage",
      "systemPrompt",
      "maxTokens",
      "temperature",
      "attachments",
      "conversation",
    ]);
    expect(inputs.filter(isGroup).map(({ label }) => label)).toEqual([
      "Memory",
      "Reasoning",
      "Output",
      "Tools",
      "Privacy",
      "Advanced",
    ]);
  });

  test("actions have an example payload", () => {
    expectNone(
      actions
        .filter((action) => exampleOf(action) === undefined)
        .map(({ display }) => `${display.label}: add examplePayload: { data: … }`),
    );
  });

  test("output schemas are valid and describe the example payload", () => {
    expectNone(
      actions.flatMap((action) => {
        const { display, outputSchema } = action;
        if (!outputSchema) return [];
        expect(outputSchema.type, display.label).toBe("actionOutput");
        const schema = JSON.parse((outputSchema as { schema: string }).schema);
        const ajv = new Ajv({ strict: true, allowUnionTypes: true });
        const example = exampleOf(action);
        const isValid = ajv.validate(schema, example);
        return [
          ...(isValid ? [] : [`the example does not match outputSchema: ${ajv.errorsText()}`]),
          // The designer offers the fields of the schema for reference in later steps.
          ...Object.keys(example as object)
            .filter((name) => !(name in schema.properties))
            .map((name) => `add ${name} of the example to outputSchema`),
        ].map((problem) => `${display.label}: ${problem}`);
      }),
    );
  });

  test("performSafety is SAFE or NOT_ALLOWED", () => {
    expectNone(
      actions
        .filter(({ performSafety = "" }) => !["SAFE", "NOT_ALLOWED"].includes(performSafety))
        .map(({ display }) => `${display.label}: add performSafety, SAFE if it only reads`),
    );
  });

  test("actions that are not safe to run in the designer return their example payload there", async () => {
    for (const action of actions.filter(({ performSafety }) => performSafety !== "SAFE")) {
      expect(action.examplePerformSafety, action.key).toBe("SAFE");
      const anyInputs = Object.fromEntries(action.inputs.map(({ key }) => [key, "x"]));
      const result = await action.examplePerform?.({} as never, { ...anyInputs, ...validInputs });
      expect(result, action.key).toEqual(action.examplePayload);
    }
  });
});

describe("triggers", () => {
  test("triggers have an example payload", () => {
    expectNone(
      triggers
        .filter(({ examplePayload }) => {
          const { payload } = examplePayload as { payload?: { body?: { data?: unknown } } };
          return !payload?.body?.data;
        })
        .map(({ display }) => `${display.label}: add examplePayload with payload.body.data`),
    );
  });
});
