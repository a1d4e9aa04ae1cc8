/* A configured step as text to paste elsewhere. */
import { stringify } from "yaml";
import type { InputDescription, StepDescription } from "../../description";
import type { Values } from "./form";
import type { Exchange } from "./record";

const isEmpty = (value: unknown): boolean =>
  value === "" ||
  value === undefined ||
  value === "false" ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === "object" && value !== null && Object.keys(value).length === 0);

/** The values that differ from what the designer fills in. */
export const changed = (inputs: readonly InputDescription[], values: Values): Values =>
  Object.fromEntries(
    inputs.flatMap((input): [string, unknown][] => {
      const value = values[input.key];
      if (input.inputs && !input.collection) {
        const group = changed(input.inputs, (value ?? {}) as Values);
        return isEmpty(group) ? [] : [[input.key, group]];
      }
      return isEmpty(value) || (value === input.default && !input.isRequired)
        ? []
        : [[input.key, value]];
    }),
  );

/** A group, or a row of groups: JSON text, as in examples/. */
const groupAsText = (group: object) => ({
  type: "value",
  value: JSON.stringify(
    Object.fromEntries(Object.entries(group).filter(([, member]) => !isEmpty(member))),
  ),
});

const yamlValue = (input: InputDescription | undefined, value: unknown): object => {
  if (input?.inputs && !input.collection) return groupAsText(value as object);
  if (Array.isArray(value)) {
    const rows = value.map((row) =>
      input?.inputs
        ? groupAsText(row)
        : input?.collection === "keyvaluelist"
          ? { name: { type: "value", value: row.key }, ...yamlValue(undefined, row.value) }
          : yamlValue(undefined, row),
    );
    return { type: "complex", value: rows };
  }
  if (typeof value === "object") return { type: "reference", value: "trigger.results.body" };
  return { type: "value", value: String(value) };
};

/** The step in the YAML of an integration. A file becomes a reference to the body of the trigger. */
export const asYaml = ({ key, label, inputs }: StepDescription, values: Values): string =>
  stringify([
    {
      name: label,
      stableKey: label.toLowerCase().replace(/[^a-z0-9]+/g, "-"),
      action: { key, component: { key: "anthropic", isPublic: false, version: "LATEST" } },
      inputs: {
        connection: { type: "configVar", value: "Anthropic API" },
        ...Object.fromEntries(
          Object.entries(changed(inputs, values)).map(([name, value]) => [
            name,
            yamlValue(
              inputs.find((input) => input.key === name),
              value,
            ),
          ]),
        ),
      },
    },
  ]);

/** The step in a code-native flow. A file becomes the body of the trigger. */
export const asCode = ({ key, inputs }: StepDescription, values: Values): string => {
  const given = JSON.stringify(
    changed(inputs, values),
    (_, value) =>
      typeof value === "object" && value !== null && "$file" in value ? "$body" : value,
    2,
  )
    .replaceAll('"$body"', "params.onTrigger.results.body")
    .replace(/^\{\n/, "")
    .replace(/\n\}$|^\{\}$/, "");
  const lines = ['  connection: context.configVars["Anthropic API"],', given].filter(Boolean);
  return `const { data } = await context.components.anthropic.${key}({\n${lines.join("\n")}\n});\n`;
};

/** The request that the step sent, with the key in a variable. */
export const asCurl = ({ method, url, headers, body }: Exchange): string => {
  const kept = Object.entries(headers).filter(
    ([name]) => !["user-agent", "accept", "accept-encoding"].includes(name),
  );
  const single = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  return [
    `curl ${url} -X ${method}`,
    ...kept.map(([name, value]) =>
      value === "●●●"
        ? `  -H "${name}: $ANTHROPIC_API_KEY"`
        : `  -H ${single(`${name}: ${value}`)}`,
    ),
    ...(body ? [`  -d ${single(body)}`] : []),
  ].join(" \\\n");
};
