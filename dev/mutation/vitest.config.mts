import path from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: [
      { find: /^.*\/dev\/component$/, replacement: path.join(import.meta.dirname, "component.ts") },
    ],
  },
  test: {
    include: ["test/{actions,claude,client,connections,dataSources,inputs,triggers}/**/*.test.ts"],
    exclude: [
      // Thousands of generated cases: they find what nobody thought of, not what one change breaks.
      "**/anything.test.ts",
      // Of types alone.
      "test/inputs/requestTypes.test.ts",
    ],
    setupFiles: [path.join(import.meta.dirname, "setup.ts")],
    // Each change runs tests of many files: loading all packages anew for each took most of the time.
    isolate: false,
    testTimeout: 10_000,
  },
});
