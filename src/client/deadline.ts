/** Maximum duration of an execution. https://prismatic.io/docs/integrations/integration-runner-environment-limits */
export const executionMs = 15 * 60_000;
/** Reserved for the platform to store the result of the step. */
export const reserveMs = 30_000;

/**
 * When a step must be done, in ms since the epoch: half a minute before the platform ends the
 * execution.
 *
 * @param startedAt When the execution started (`context.startedAt`). Outside the platform it may be
 *   missing or implausible: the time then counts from now.
 */
export const deadline = (startedAt: string | undefined): number => {
  const now = Date.now();
  const started = Date.parse(startedAt ?? "");
  const isPlausible = started <= now && started > now - executionMs;
  return (isPlausible ? started : now) + executionMs - reserveMs;
};
