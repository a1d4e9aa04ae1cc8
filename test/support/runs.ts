/** How often a property is tried: RUNS=1000 npx vitest run tries each so often. */
export const runs = (times = 100) => ({ numRuns: Number(process.env.RUNS ?? times) });
