import { createRequire } from "node:module";
import path from "node:path";
import { runWithContext } from "@prismatic-io/spectral/dist/serverTypes";
import { createCNIContext } from "@prismatic-io/spectral/dist/serverTypes/context";
import type { invokeFlow } from "@prismatic-io/spectral/dist/testing";
import { componentRegistry } from "../src";

/** The connector's repository, with its build in dist: this project is in its folder examples. */
export const connector = path.resolve(process.env.CONNECTOR ?? "../..");

const { default: component } = createRequire(import.meta.url)(`${connector}/dist/index.js`);

/** Starts the connector's emulator of Claude's API. */
export const startEmulator = async (): Promise<{ url: string; stop(): Promise<void> }> =>
  (await import(/* @vite-ignore */ `${connector}/dev/emulator/index.ts`)).startEmulator();

/** Calls an action of the built component, as the platform does for a manifest. */
const invoke = ({ key }: { key: string }, context: object, values: object) =>
  component.actions[key].perform(context, values);

type Flow = Parameters<typeof invokeFlow>[0];

/** The flow with a context in which the actions of the component can be called. */
export const withComponents = (flow: Flow): Flow => ({
  ...flow,
  onExecution: async (context, params) => {
    const onPlatform = { ...context, _components: { invoke } };
    const full = createCNIContext(onPlatform, componentRegistry) as typeof context;
    return runWithContext(full, () => flow.onExecution(full, params));
  },
});
