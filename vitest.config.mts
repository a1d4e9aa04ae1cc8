import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Tests wait for servers and builds more than they compute.
    maxWorkers: 4,
    // The bundle is what they test: `npx webpack --watch` beside `npx vitest` runs them anew.
    forceRerunTriggers: ["**/dist/index.js"],
    // Some tests build bundles or wait for real timers.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
