import type { Connection } from "@prismatic-io/spectral";
import { createHarness } from "@prismatic-io/spectral/dist/testing";
import type { Component } from "../component";
import { startEmulator } from "../emulator";
import { startFlows } from "../flows";

export type Data = Record<string, unknown>;

/** Runs steps of a component against an emulator of its own. */
export interface Runner {
  run(step: string, inputs: Data): Promise<{ data: Data; branch?: string }>;
  stop(): Promise<void>;
}

export const startRunner = async (component: Component): Promise<Runner> => {
  const emulator = await startEmulator();
  const flows = await startFlows();
  const harness = createHarness(component);
  const silent = () => {};
  const levels = ["metric", "trace", "debug", "info", "log", "warn", "error"];
  const logger = Object.fromEntries(levels.map((level) => [level, silent]));
  const connection: Connection = {
    key: "anthropic",
    configVarKey: "Anthropic API",
    fields: { apiKey: "sk-ant-emulator", baseUrl: emulator.url },
  };
  return {
    run: async (step, inputs) => {
      const context = { ...flows.context, logger, crossFlowState: {}, instanceState: {} };
      const result = await harness.action(step, { connection, ...inputs }, context as object);
      return result as { data: Data; branch?: string };
    },
    stop: async () => {
      flows.stop();
      await emulator.stop();
    },
  };
};
