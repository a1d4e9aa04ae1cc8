/**
 * Runs any one action of the built component: `npm run try -- chat --initialMessage "Hello"`.
 * Commands and options come from the component's own definitions.
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

/** The inputs that an option can fill: all but the connection, a group's fields one by one. */
const optionsOf = (action: Action): { name: string; input: Input }[] =>
  action.inputs
    .filter(({ type }) => type !== "connection")
    .flatMap((input) =>
      input.type === "structuredObject" && !input.collection
        ? (input.inputs ?? []).map((field) => ({ name: `${input.key}.${field.key}`, input: field }))
        : [{ name: input.key, input }],
    );

/** A value as typed. `@file` stands for the text of a file, in a list for the file itself. */
const textFrom = (typed: string): string =>
  typed.startsWith("@") ? readFileSync(typed.slice(1), "utf8") : typed;

const fileFrom = (typed: string): unknown => {
  if (!typed.startsWith("@")) return typed;
  const contentType = lookup(typed) ?? "application/octet-stream";
  return { data: readFileSync(typed.slice(1)), contentType };
};

/** Data may be a file too: what by its name is no text. */
const dataFrom = (typed: string): unknown =>
  /^(text\/|application\/json)/.test(lookup(typed) ?? "text/") ? textFrom(typed) : fileFrom(typed);

const keyAndValue = (typed: string) => {
  const at = typed.indexOf("=");
  if (at < 1) throw new Error(`A list takes key=value, not ${typed}`);
  return { key: typed.slice(0, at), value: fileFrom(typed.slice(at + 1)) };
};

/** A list of rows of several fields, which is given as JSON. */
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

/** What the person typed, as the designer would pass it on. */
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

/** Fields of a connection to another host than the emulator, those of each kind once. */
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
  if (emulator) console.error("Emulator of Claude's API. Set ANTHROPIC_API_KEY for the real one.");
  const line = (...parts: unknown[]) => console.error(...parts);
  const logger = { ...console, metric: () => undefined, debug: line, info: line, warn: line };
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
      console.error(`Output in ${save}`);
    } else process.stdout.write(Buffer.isBuffer(output) ? output : `${output}\n`);
  } finally {
    await emulator?.stop();
  }
};

const program = new Command("npm run try --")
  .description("Runs one action of the built component. A value of @file stands for a file.")
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
