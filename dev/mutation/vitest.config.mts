import path from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: [
      { find: /^.*\/dev\/component$/, replacement: path.join(import.meta.dirname, "component.ts") },
    ],
  },
  test: {
    include: [
      "test/{actions,claude,client,connections,dataSources,parameters,steps,triggers,wording}/**/*.test.ts",
    ],
    exclude: [
      // Thousands of generated cases: they find what nobody thought of, not what one change breaks.
      "**/*.property.test.ts",
      // Of types alone.
      "test/parameters/requestTypes.test.ts",
    ],
    setupFiles: [path.join(import.meta.dirname, "setup.ts")],
    // A mutant runs tests in many files. Isolated files would load all packages again and again.
    isolate: false,
    testTimeout: 10_000,
  },
});
