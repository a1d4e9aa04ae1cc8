import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["*.test.ts"],
    // The gateway needs several seconds to start.
    hookTimeout: 60_000,
  },
});
