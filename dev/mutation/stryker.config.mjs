/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
  mutate: ["src/client/**/*.ts", "src/claude/**/*.ts"],
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "dev/mutation/vitest.config.mts", related: false },
  coverageAnalysis: "perTest",
  // Code that runs when a module loads: every such mutant would need a run of all tests.
  ignoreStatic: true,
  concurrency: 2,
  // Mutants with an endless loop are only found by the timeout.
  timeoutMS: 5_000,
  timeoutFactor: 1.5,
  disableTypeChecks: false,
  // Stryker rewrites paths in tsconfig.json with an API that TypeScript 7 no longer has. It has no such paths.
  tsconfigFile: "none",
  ignorePatterns: ["/dist", "/bench", "/examples", "/docs", "/dev/*/node_modules"],
  // Not below node_modules, because vitest does not transform files there.
  tempDirName: "dev/mutation/.stryker-tmp",
  reporters: ["clear-text", "json"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: "node_modules/.cache/mutation/report.json" },
  allowConsoleColors: false,
};
