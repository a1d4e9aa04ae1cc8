import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Some tests build bundles or wait for real timers.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
