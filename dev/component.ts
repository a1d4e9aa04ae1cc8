import path from "node:path";
import type component from "../src/index";

export type Component = typeof component;

/** The component as the platform loads it: the built bundle. */
export const builtComponent = (
  require(path.resolve(__dirname, "../dist/index.js")) as { default: Component }
).default;
