/** The component from its sources, in the place of dev/component.ts: what Stryker changes must be what the tests run. */
export { default as builtComponent } from "../../src/index";
