/**
 * Runs one action or data source of the built component: `npm run try -- chat --message "Hello"`.
 * The commands and options are generated from the component's definitions.
 */
import { writeFileSync } from "node:fs";
import { createHarness } from "@prismatic-io/spectral/dist/testing";
import { Command } from "commander";
import { builtComponent } from "./component";
import { lineOf, UsageError } from "./failure";
import { startFlows } from "./flows";
import { runCommand } from "./runCommand";
import { needsAuthentication, openTarget } from "./target";
import { describeError } from "./try/hint";
import { connectionOptions, optionsOf, type StepOption, toOption, withKeys } from "./try/options";
import { emulatorFile, keepState, readState } from "./try/state";
import { findStep, type Step, steps } from "./try/steps";
import { ask, readValue } from "./try/values";

type Typed = Record<string, string | string[] | true | undefined>;

/** The inputs of a step as the designer would pass them, from the options. */
const readInputs = async (step: Step, typed: Typed) => {
  const inputs: Record<string, unknown> = {};
  for (const option of optionsOf(step)) {
    const { name, input } = option;
    let value = typed[name];
    if (value === undefined && input.required && !input.default) value = await ask(option);
    if (value === undefined) continue;
    const read = readValue(option, value);
    const [group, field] = name.split(".");
    if (group && field) inputs[group] = { ...(inputs[group] as object), [field]: read };
    else inputs[name] = read;
  }
  return inputs;
};

/** The fields of the connection that select another host. */
const readConnection = async (typed: Typed): Promise<Record<string, string>> => {
  const fields: Record<string, string> = {};
  const set = (option: StepOption, value: string | string[] | true) => {
    fields[option.input.key] = String(readValue(option, value));
  };
  for (const option of connectionOptions) {
    const value = typed[option.name];
    if (value !== undefined) set(option, value);
  }
  if (!needsAuthentication(fields)) return fields;
  const askFor = async (key: string) => {
    const option = connectionOptions.find(({ input }) => input.key === key);
    if (option) set(option, await ask(option));
  };
  await askFor("authentication");
  if (fields.authentication === "header") await askFor("headerName");
  if (fields.authentication !== "none") await askFor("credential");
  return fields;
};

const print = (...parts: unknown[]) => console.error(...parts);
const logger = { ...console, metric: () => undefined, debug: print, info: print, warn: print };

/** What the step returns: the result of an action, or the list of a data source. */
const perform = async (
  { key, type }: Step,
  inputs: Record<string, unknown>,
  isDebug: boolean,
): Promise<{ data?: unknown; branch?: string }> => {
  const harness = createHarness(builtComponent);
  if (type === "data source") {
    const { result } = await harness.dataSource(key, inputs, { logger } as object);
    return { data: result };
  }
  // Run Agent and Resume Agent call flows of the integration.
  const flows = await startFlows();
  try {
    const context = {
      logger,
      globalDebug: isDebug,
      crossFlowState: readState(),
      ...flows.context,
    };
    const result = (await harness.action(key, inputs, context as object)) ?? {};
    const { crossFlowState } = result as { crossFlowState?: Record<string, unknown> };
    keepState(crossFlowState);
    return result as { data?: unknown; branch?: string };
  } finally {
    flows.stop();
  }
};

const write = (data: unknown, file: string | undefined) => {
  const isWhole = typeof data === "string" || Buffer.isBuffer(data);
  const output = isWhole ? data : JSON.stringify(data, null, 2);
  if (file) {
    try {
      writeFileSync(file, output);
    } catch (error) {
      throw new UsageError(`--save: the output cannot be written to ${file}: ${lineOf(error)}`);
    }
    print(`Saved the output to ${file}`);
  } else process.stdout.write(Buffer.isBuffer(output) ? output : `${output}\n`);
};

const run = async (step: Step, command: Command) => {
  const { save, debug, ...typed } = command.opts();
  try {
    const inputs = await readInputs(step, typed);
    const { connection, emulator } = await openTarget(await readConnection(typed), emulatorFile());
    try {
      if (emulator) {
        print("Using an emulator of Claude's API. Set ANTHROPIC_API_KEY to use the real API.");
      }
      const { data, branch } = await perform(step, { connection, ...inputs }, Boolean(debug));
      if (branch) print(`Branch: ${branch}`);
      write(data, save);
    } finally {
      await emulator?.stop();
    }
  } catch (error) {
    // The connector names inputs by their labels.
    throw new UsageError(describeError(error, step), { cause: error });
  }
};

const program = new Command("npm run try --")
  .usage("ACTION [options]")
  .description(
    'Runs one action or data source of the built component. Names and options may be keys or labels: extractData, extract-data or "Extract Data". @FILE as a value reads the file.',
  )
  .addHelpText(
    "after",
    `\nTriggers start flows and are not run here: ${steps
      .filter(({ type }) => type === "trigger")
      .map(({ key, label }) => `${key} (${label})`)
      .join(", ")}.`,
  );

const addCommand = (step: Step) => {
  const { key, type, label, description } = step;
  const prefix = type === "data source" ? "Data source " : "";
  const command = program.command(key).description(`${prefix}${label}: ${description}`);
  for (const option of [...optionsOf(step), ...connectionOptions]) {
    command.addOption(toOption(option));
  }
  command
    .option("--save <file>", "write the output to a file")
    .option("--debug", "log requests and responses, and show where an error comes from")
    .action(() => run(step, command));
};

const main = async ([name, ...args]: string[]) => {
  for (const step of steps) if (step.type !== "trigger") addCommand(step);
  if (name === undefined) return program.outputHelp();
  if (name === "help") return program.parseAsync(["help", ...args], { from: "user" });
  if (name.startsWith("-")) return program.parseAsync([name, ...args], { from: "user" });
  const step = findStep(name);
  return program.parseAsync([step.key, ...withKeys(step, args)], { from: "user" });
};

runCommand(() => main(process.argv.slice(2)));
