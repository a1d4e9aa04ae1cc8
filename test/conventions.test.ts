/** What every input, action, connection, data source and trigger has in common, over the built component. */
import Ajv from "ajv";
import { describe, expect, test } from "vitest";
import { component } from "./support/component";
import { validInputs } from "./support/inputs";

const actions = Object.values(component.actions);
const dataSources = Object.values(component.dataSources);
const triggers = Object.values(component.triggers);

interface Field {
  key: string;
  label: string;
  type: string;
  comments?: string;
  placeholder?: string;
  example?: string;
  inputs?: Field[];
}

const fields: [where: string, field: Field][] = [
  ...actions.map((action) => [action.display.label, action.inputs] as const),
  ...dataSources.map((source) => [source.display.label, source.inputs] as const),
  ...triggers.map((trigger) => [trigger.display.label, trigger.inputs] as const),
  ...component.connections.map((connection) => [connection.label, connection.inputs] as const),
].flatMap(([where, inputs]) =>
  inputs.flatMap((input): [string, Field][] => [
    [`${where} > ${input.label}`, input as Field],
    ...((input.inputs ?? []) as Field[]).map((child): [string, Field] => [
      `${where} > ${input.label} > ${child.label}`,
      child,
    ]),
  ]),
);

const written = ["string", "text", "password", "code", "data"];

test.each(fields.filter(([, { type }]) => written.includes(type)))(
  "%s has a placeholder and an example",
  (_, { placeholder, example }) => {
    expect(placeholder).toBeTruthy();
    expect(example).toBeTruthy();
  },
);

describe.each(fields)("%s", (_, { comments, placeholder, label }) => {
  test("has comments that end with a full stop", () => {
    expect(comments).toMatch(/\.$/);
  });

  test("speaks of no you, neither praises nor promises", () => {
    expect(`${label} ${comments} ${placeholder}`).not.toMatch(
      /\b(you|your|yours|please|simply|easily|powerful|seamless\w*|robust)\b/i,
    );
  });

  test("has a label in title case", () => {
    expect(label).toMatch(/^[A-Z]/);
  });
});

describe.each(actions.map((action) => [action.key, action] as const))("%s", (_, action) => {
  const example = (action.examplePayload as { data: unknown } | undefined)?.data;

  test("says in its description what it does, in the imperative", () => {
    expect(action.display.label).toMatch(/^[A-Z]/);
    expect(action.display.description).toMatch(/^[A-Z][a-z]+ .*[^.]$/);
    expect(action.display.description).not.toMatch(/\b(your?|prismatic)\b/i);
    // A comment's end in a description breaks the generated manifest.
    expect(action.display.description).not.toContain("*/");
  });

  test("has an example payload, which its output schema describes", () => {
    expect(example).toBeDefined();
    if (!action.outputSchema) return;
    expect(action.outputSchema.type).toBe("actionOutput");
    const schema = JSON.parse((action.outputSchema as { schema: string }).schema);
    const ajv = new Ajv({ strict: true, allowUnionTypes: true });
    expect(ajv.validateSchema(schema)).toBe(true);
    const validate = ajv.compile(schema);
    validate(example);
    expect(validate.errors).toBeNull();
    // What the example shows, the designer offers for reference.
    expect(Object.keys(schema.properties)).toEqual(
      expect.arrayContaining(Object.keys(example as object)),
    );
  });

  test("may run in the designer where it only reads, and shows its example where it does not", async () => {
    expect(["SAFE", "NOT_ALLOWED"]).toContain(action.performSafety);
    if (action.performSafety === "SAFE") return;
    expect(action.examplePerformSafety).toBe("SAFE");
    const inputs = Object.fromEntries(action.inputs.map(({ key }) => [key, "x"]));
    const result = await action.examplePerform?.({} as never, {
      ...inputs,
      ...validInputs,
    });
    expect(result).toEqual(action.examplePayload);
  });
});

describe.each(triggers.map((trigger) => [trigger.key, trigger] as const))("%s", (_, trigger) => {
  test("says in its description what it starts for, in the imperative", () => {
    expect(trigger.display.label).toMatch(/^[A-Z]/);
    expect(trigger.display.description).toMatch(/^[A-Z][a-z]+ .*[^.]$/);
    expect(trigger.display.description).not.toMatch(/\b(your?|prismatic)\b/i);
  });

  test("has an example payload", () => {
    const { payload } = trigger.examplePayload as { payload: { body: { data: unknown } } };
    expect(payload.body.data).toBeTruthy();
  });
});

test("keys are unique within each action and trigger", () => {
  for (const { inputs } of [...actions, ...triggers]) {
    const keys = inputs.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  }
});

test("every data source that an input names exists", () => {
  const named = [...actions, ...triggers].flatMap(({ inputs }) =>
    inputs.flatMap(({ dataSource }) => dataSource ?? []),
  );
  for (const name of named) expect(Object.keys(component.dataSources)).toContain(name);
});

test("every action that calls the API has its request options", () => {
  for (const { key, inputs } of actions) {
    const keys = inputs.flatMap((input) => [
      input.key,
      ...(input.inputs ?? []).map((child) => child.key),
    ]);
    expect([key, keys]).toEqual([key, expect.arrayContaining(["timeout", "maxRetries"])]);
  }
});
