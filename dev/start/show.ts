/* Runs steps of the demonstration and prints them. */
import { createHarness } from "@prismatic-io/spectral/dist/testing";
import color from "picocolors";
import { builtComponent } from "../component";
import { environmentFault, lineOf, UsageError } from "../failure";
import { indented } from "../screen";
import type { Target } from "../target";
import { describeInput } from "./describe";

const labelWidth = 18;

export const note = (line: unknown): void => console.log(color.yellow(indented(String(line))));

const logger = { ...console, metric: () => undefined, warn: note };

export interface StepOptions<T = never> {
  /** Called with the result, also if the command is stopped meanwhile. */
  onResult?: (data: T) => void;
  /** Context of the platform, such as flows. */
  context?: object;
  /** Printed before the result, if something was prepared for this step. */
  remark?: string | undefined;
  /** The step shows an error, so its failure is not one of the demonstration. */
  fails?: boolean;
}

export type Runner = ReturnType<typeof startRunner>;

/** @param stopped Aborted when a person stops the command: nothing is printed from then on. */
export const startRunner = ({ connection, emulator }: Target, stopped: AbortSignal) => {
  const harness = createHarness(builtComponent);
  let failures = 0;

  const report = (error: unknown, isExpected = false) => {
    stopped.throwIfAborted();
    const fault = emulator ? undefined : environmentFault(error);
    if (fault) throw new UsageError(fault);
    if (!isExpected) failures++;
    console.log(color.red(indented(lineOf(error))));
  };

  /** Runs an action. Prints only its notes. */
  const run = async (key: string, inputs: Record<string, unknown>, context: object = {}) =>
    (await harness.action(key, { connection, ...inputs }, {
      logger,
      ...context,
    } as object)) as { data: unknown; branch?: string };

  /** Runs an action, and prints its inputs and its result or error. */
  const show = async <T>(
    key: keyof typeof builtComponent.actions,
    inputs: Record<string, unknown>,
    summary: (data: T, branch: string) => string,
    { context, remark, fails = false, onResult }: StepOptions<T> = {},
  ): Promise<T | undefined> => {
    stopped.throwIfAborted();
    const { display, inputs: definitions = [] } = builtComponent.actions[key] ?? {};
    console.log(color.bold(display?.label));
    for (const [name, value] of Object.entries(inputs)) {
      const definition = definitions.find((candidate) => candidate.key === name);
      for (const [label, text] of describeInput(definition, name, value)) {
        const [first, ...rest] = indented(text, " ".repeat(labelWidth + 2)).split("\n");
        console.log([`  ${label.padEnd(labelWidth)}${first?.trimStart()}`, ...rest].join("\n"));
      }
    }
    if (remark) note(remark);
    try {
      const { data, branch } = await run(key, inputs, context);
      onResult?.(data as T);
      stopped.throwIfAborted();
      console.log(color.green(indented(summary(data as T, branch ?? ""))));
      if (fails) failures++;
      return data as T;
    } catch (error) {
      report(error, fails);
      return undefined;
    } finally {
      if (!stopped.aborted) console.log();
    }
  };

  return { run, show, report, stopped, emulator, failures: () => failures };
};
