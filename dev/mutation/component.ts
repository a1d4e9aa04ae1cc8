/** Replaces dev/component.ts with the component from its sources, so that tests run the code that Stryker changes. */
export { default as builtComponent } from "../../src/index";
