/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
  mutate: ["src/client/**/*.ts", "src/claude/**/*.ts"],
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "dev/mutation/vitest.config.mts", related: false },
  coverageAnalysis: "perTest",
  // Constants of a module, and what it makes when it loads: each would take a run of all tests.
  ignoreStatic: true,
  concurrency: 2,
  // A change that makes a loop endless is found by this alone.
  timeoutMS: 5_000,
  timeoutFactor: 1.5,
  disableTypeChecks: false,
  // Stryker would rewrite paths in it with an API that TypeScript 7 has no more; it holds none to rewrite.
  tsconfigFile: "none",
  ignorePatterns: ["/dist", "/bench", "/examples", "/docs", "/dev/*/node_modules"],
  // Not below node_modules: vitest takes what lies there for finished packages.
  tempDirName: "dev/mutation/.stryker-tmp",
  reporters: ["clear-text", "json"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: "node_modules/.cache/mutation/report.json" },
  allowConsoleColors: false,
};
