import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Tests mostly wait for servers and builds.
    maxWorkers: 4,
    // Tests run the bundle. With `npx webpack --watch` and `npx vitest`, every build runs them again.
    forceRerunTriggers: ["**/dist/index.js"],
    // Some tests build bundles or wait for real timers.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
