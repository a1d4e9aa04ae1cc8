/**
 * Runs one action of the built component: `npm run try -- chat --initialMessage "Hello"`.
 * The commands and options are generated from the component's definitions.
 */
import { readFileSync, writeFileSync } from "node:fs";
import * as prompts from "@clack/prompts";
import { createHarness } from "@prismatic-io/spectral/dist/testing";
import { Command, Option } from "commander";
import { lookup } from "mrmime";
import { builtComponent } from "./component";
import { openTarget } from "./target";

type Action = (typeof builtComponent.actions)[string];
type Input = Action["inputs"][number];

/** The inputs that have an option: all except the connection, and each field of a group. */
const optionsOf = (action: Action): { name: string; input: Input }[] =>
  action.inputs
    .filter(({ type }) => type !== "connection")
    .flatMap((input) =>
      input.type === "structuredObject" && !input.collection
        ? (input.inputs ?? []).map((field) => ({ name: `${input.key}.${field.key}`, input: field }))
        : [{ name: input.key, input }],
    );

/** The value of an argument. `@file` is replaced with the text of the file. */
const textFrom = (typed: string): string =>
  typed.startsWith("@") ? readFileSync(typed.slice(1), "utf8") : typed;

/** The value of an argument. `@file` is replaced with the file, as binary data. */
const fileFrom = (typed: string): unknown => {
  if (!typed.startsWith("@")) return typed;
  const contentType = lookup(typed) ?? "application/octet-stream";
  return { data: readFileSync(typed.slice(1)), contentType };
};

/** The value of an argument for a data input: `@file` is read as text or as binary data, depending on its name. */
const dataFrom = (typed: string): unknown =>
  /^(text\/|application\/json)/.test(lookup(typed) ?? "text/") ? textFrom(typed) : fileFrom(typed);

const keyAndValue = (typed: string) => {
  const at = typed.indexOf("=");
  if (at < 1) throw new Error(`A list item must be key=value, but was ${typed}`);
  return { key: typed.slice(0, at), value: fileFrom(typed.slice(at + 1)) };
};

/** Whether an input is a list of rows with several fields, which is passed as JSON. */
const isRows = ({ type, collection }: Input): boolean =>
  type === "structuredObject" && collection !== undefined;

const toOption = ({ name, input }: { name: string; input: Input }): Option => {
  const value = isRows(input)
    ? "json"
    : input.collection === "keyvaluelist"
      ? "key=value"
      : "value";
  const option = new Option(
    `--${name} <${value}${input.collection && !isRows(input) ? "..." : ""}>`,
    [
      `${input.label}: ${input.comments ?? ""}`,
      input.default ? `[${String(input.default)}]` : input.required && "[required]",
    ]
      .filter(Boolean)
      .join(" "),
  );
  return input.model ? option.choices(input.model.map(({ value }) => value)) : option;
};

/** The inputs of an action as the designer would pass them, from the options. */
const readInputs = async (action: Action, typed: Record<string, string | string[]>) => {
  const inputs: Record<string, unknown> = {};
  for (const { name, input } of optionsOf(action)) {
    let value: unknown = typed[name];
    if (value === undefined && input.required && !input.default) value = await ask(name, input);
    if (value === undefined) continue;
    const readOne: (typed: string) => unknown =
      input.collection === "keyvaluelist"
        ? keyAndValue
        : input.type === "data"
          ? dataFrom
          : textFrom;
    const read = Array.isArray(value)
      ? value.map((typed: string) => readOne(typed))
      : isRows(input)
        ? JSON.parse(textFrom(String(value)))
        : readOne(String(value));
    const [group, field] = name.split(".");
    if (group && field) inputs[group] = { ...(inputs[group] as object), [field]: read };
    else inputs[name] = read;
  }
  return inputs;
};

const ask = async (name: string, input: Input): Promise<string> => {
  if (!process.stdin.isTTY) throw new Error(`--${name} is required: ${input.comments}`);
  const answer = input.model
    ? await prompts.select({ message: input.label, options: input.model })
    : await prompts.text({
        message: `${input.label} (${input.comments})`,
        validate: (value) => (value?.trim() ? undefined : `${input.label} is required.`),
      });
  if (prompts.isCancel(answer)) process.exit(1);
  return answer;
};

/** The fields of all connections, by key. They select a host other than the emulator. */
const connectionFields = new Map(
  builtComponent.connections.flatMap(({ inputs }) => inputs.map((input) => [input.key, input])),
);

const connectionFrom = (typed: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    [...connectionFields.keys()].flatMap((field) => {
      const value = typed[`connection.${field}`];
      return value === undefined ? [] : [[field, textFrom(value)]];
    }),
  );

const run = async (key: string, action: Action, command: Command) => {
  const { save, debug, ...typed } = command.opts();
  const inputs = await readInputs(action, typed);
  const { connection, emulator } = await openTarget(connectionFrom(typed));
  if (emulator)
    console.error("Using an emulator of Claude's API. Set ANTHROPIC_API_KEY to use the real API.");
  const print = (...parts: unknown[]) => console.error(...parts);
  const logger = { ...console, metric: () => undefined, debug: print, info: print, warn: print };
  try {
    const context = { logger, globalDebug: Boolean(debug) };
    const result = await createHarness(builtComponent).action(
      key,
      { connection, ...inputs },
      context as object,
    );
    const data: unknown = result?.data;
    const output =
      typeof data === "string" || Buffer.isBuffer(data) ? data : JSON.stringify(data, null, 2);
    if (save) {
      writeFileSync(save, output);
      console.error(`Saved the output to ${save}`);
    } else process.stdout.write(Buffer.isBuffer(output) ? output : `${output}\n`);
  } finally {
    await emulator?.stop();
  }
};

const program = new Command("npm run try --")
  .description("Runs one action of the built component. @FILE as a value reads the file.")
  .showHelpAfterError("npm run try -- ACTION --help lists the options of an action.");
for (const [key, action] of Object.entries(builtComponent.actions)) {
  const command = program
    .command(key)
    .description(`${action.display.label}: ${action.display.description}`);
  for (const option of optionsOf(action)) command.addOption(toOption(option));
  for (const [field, { label, comments, model }] of connectionFields) {
    const option = new Option(`--connection.${field} <value>`, `${label}: ${comments ?? ""}`);
    command.addOption(model ? option.choices(model.map(({ value }) => value)) : option);
  }
  command
    .option("--save <file>", "write the output to a file")
    .option("--debug", "log requests and responses")
    .action(() => run(key, action, command));
}

if (process.argv.length <= 2) program.help();
program.parseAsync().catch((error: unknown) => {
  console.error(String(error));
  process.exitCode = 1;
});
