import type { Component } from "../component";
import { type Example, runExamples } from "./examples";
import { type FailedRun, runFailures } from "./failedRuns";
import { startRunner } from "./runner";

/** What the pages show of the component at work. */
export interface Runs {
  /** By the key of the action. */
  examples: Record<string, Example[]>;
  failures: FailedRun[];
}

export const runAll = async (component: Component): Promise<Runs> => {
  const runner = await startRunner(component);
  try {
    return { examples: await runExamples(runner), failures: await runFailures(runner) };
  } finally {
    await runner.stop();
  }
};
