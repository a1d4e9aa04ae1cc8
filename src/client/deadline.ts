/** How long a run may take. https://prismatic.io/docs/integrations/integration-runner-environment-limits */
const runMs = 15 * 60_000;
/** Left for the platform to store the result of the step. */
const reserveMs = 30_000;

/**
 * When a step must be done, in ms since the epoch: half a minute before the platform ends the run.
 *
 * @param startedAt When the run began (`context.startedAt`). A run outside the platform may carry
 *   none, or one that cannot be true there: then the time counts from now.
 */
export const deadline = (startedAt: string | undefined): number => {
  const now = Date.now();
  const started = Date.parse(startedAt ?? "");
  const plausible = started <= now && started > now - runMs;
  return (plausible ? started : now) + runMs - reserveMs;
};
