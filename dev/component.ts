import path from "node:path";
import type component from "../src/index";

export type Component = typeof component;

/** The component from the built bundle, as the platform loads it. */
export const builtComponent = (
  require(path.resolve(__dirname, "../dist/index.js")) as { default: Component }
).default;
