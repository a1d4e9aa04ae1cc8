import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["*.test.ts"],
    // The CLI needs several seconds to start.
    testTimeout: 120_000,
    // Two projects are installed from the registry.
    hookTimeout: 300_000,
  },
});
