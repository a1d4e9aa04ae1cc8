/** Number of runs per property test. `RUNS=1000 npx vitest run …` overrides it. */
export const runs = (times = 100) => ({ numRuns: Number(process.env.RUNS ?? times) });
