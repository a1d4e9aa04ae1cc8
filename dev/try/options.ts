/* The options of a step, and the names that they accept. */
import { Option } from "commander";
import { didYouMean, fold, nearest } from "../../src/wording/suggest";
import { builtComponent } from "../component";
import { UsageError } from "../failure";
import { flowNames } from "../flows";
import { inlineJson } from "../screen";
import type { Input, Step } from "./steps";

export interface StepOption {
  /** The key of the input, after that of its group and a dot. */
  name: string;
  input: Input;
  /** Key and label of the group that the input is in. */
  group?: { key: string; label: string };
}

/** The fields of all connections, by key. They select a host other than the emulator. */
const connectionFields = [
  ...new Map(
    builtComponent.connections.flatMap(({ inputs }) => inputs.map((input) => [input.key, input])),
  ).values(),
] as Input[];

export const connectionOptions: StepOption[] = connectionFields.map((input) => ({
  name: `connection.${input.key}`,
  input,
  group: { key: "connection", label: "Connection" },
}));

/** The inputs that have an option: all except the connection, and each field of a group. */
export const optionsOf = ({ inputs }: Step): StepOption[] =>
  inputs
    .filter(({ type }) => type !== "connection")
    .flatMap((input): StepOption[] =>
      input.type === "structuredObject" && !input.collection
        ? (input.inputs ?? []).map((field) => ({
            name: `${input.key}.${field.key}`,
            input: field as Input,
            group: input,
          }))
        : [{ name: input.key, input }],
    );

/** Whether an input is a list of rows with several fields, which is passed as JSON. */
export const isRows = ({ type, collection }: Input): boolean =>
  type === "structuredObject" && collection !== undefined;

/** A value for a list of rows, in the quotes of a shell. */
export const rowsExample = ({ inputs = [] }: Input): string => {
  const row = inputs
    .filter(({ required }) => required)
    .map(({ key, type, example, label }) => [
      key,
      (type as string) === "flow" ? flowNames[0] : (example ?? label),
    ]);
  return `'${inlineJson([Object.fromEntries(row)])}'`;
};

const isVariadic = ({ input }: StepOption): boolean =>
  input.collection !== undefined && !isRows(input);

const placeholder = ({ input }: StepOption): string => {
  if (isRows(input)) return "<json>";
  // --evidence without a value turns it on.
  if (input.type === "boolean") return "[value]";
  const value = input.collection === "keyvaluelist" ? "key=value" : "value";
  return `<${value}${input.collection ? "..." : ""}>`;
};

export const toOption = (option: StepOption): Option => {
  const { name, input, group } = option;
  // The connection is only required as a whole, and only for a host other than the default.
  const isRequired = input.required && group?.key !== "connection";
  const example = isRows(input) ? ` Such as ${rowsExample(input)}` : "";
  return new Option(
    `--${name} ${placeholder(option)}`,
    [
      `${input.label}: ${input.comments ?? ""}${example}`,
      input.model && `(${input.model.map(({ value }) => value).join(", ")})`,
      input.default ? `[${String(input.default)}]` : isRequired && "[required]",
    ]
      .filter(Boolean)
      .join(" "),
  );
};

/** Names of an option, the most specific first: `output.jsonSchema`, `output-json-schema`, `JSON Schema`. */
const namesOf = ({ name, input, group }: StepOption): string[][] => [
  group ? [name, group.key + input.label, group.label + input.label] : [name, input.label],
  // Many steps have inputs of the same names as the connection, such as Max Retries.
  group && group.key !== "connection" ? [input.key, input.label] : [],
];

const inKebabCase = (label: string): string =>
  label
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");

const findOption = (given: string, options: StepOption[], step: Step): StepOption => {
  for (const level of [0, 1]) {
    const found = options.filter((option) =>
      namesOf(option)[level]?.map(fold).includes(fold(given)),
    );
    if (found.length > 1) {
      const names = found.map(({ name }) => `--${name}`).join(" or ");
      throw new UsageError(`--${given} has several meanings. Use ${names}.`);
    }
    if (found[0]) return found[0];
  }
  const names = options.flatMap(({ name, input }) => [name, inKebabCase(input.label)]);
  const near = nearest(given, [...new Set(names)]).map((name) => `--${name}`);
  throw new UsageError(
    `${step.label} has no option --${given}.${didYouMean(near)} npm run try -- ${step.key} --help lists its options.`,
  );
};

/** Options of the command itself. */
const ownOptions: Record<string, { hasValue: boolean }> = {
  save: { hasValue: true },
  debug: { hasValue: false },
  help: { hasValue: false },
};

/** The arguments of a step with each option under its key, as commander expects it. */
export const withKeys = (step: Step, args: readonly string[]): string[] => {
  const options = [...optionsOf(step), ...connectionOptions];
  const result: string[] = [];
  /** How many of the next arguments are values of the last option. */
  let values = 0;
  for (const [index, arg] of args.entries()) {
    const [, given, value] = /^--([^=]+)(=.*)?$/s.exec(arg) ?? [];
    if (values === 1 || (values > 0 && given === undefined)) {
      result.push(arg);
      values--;
    } else if (arg === "-h" || (given && Object.hasOwn(ownOptions, given))) {
      result.push(arg);
      values = given && ownOptions[given]?.hasValue && !value ? 1 : 0;
    } else if (given !== undefined) {
      const option = findOption(given, options, step);
      result.push(`--${option.name}${value ?? ""}`);
      values = value ? 0 : isVariadic(option) ? Number.POSITIVE_INFINITY : 1;
      if (option.input.type === "boolean" && !value) {
        const next = args[index + 1];
        values = next === undefined || next.startsWith("--") ? 0 : 1;
      }
    } else {
      throw new UsageError(
        `The value ${arg} belongs to no option. Options follow two dashes: npm run try -- ${step.key} --help`,
      );
    }
  }
  return result;
};
