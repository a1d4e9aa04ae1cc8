/* States of agents that were resumed: each runs its calls once. */
import type { Progress } from "../claude/agent/agent";
import { sealId } from "../claude/agent/state";
import { isRecord } from "../client/values";
import { InputError } from "../parameters/InputError";
import type { StateContext } from "./memory";

/** With the version of the state, as in `claude-agent1.…`. */
const prefix = "claude-agent";

/** People decide within days rather than months. */
const maxAgeMs = 90 * 86_400_000;

/**
 * Resumes a run, unless its state was resumed before. Executions that run at the same time do not see
 * each other's state: a flow that resumes runs is sequential for that.
 *
 * @param state As the step received it.
 * @param progress Of the state. If nothing of it has changed, the state can be resumed again.
 * @returns The result with the changed entries of the state that the flows of an instance share.
 * @throws InputError for a state that was resumed.
 * @see https://prismatic.io/docs/integrations/persist-data/
 */
export const runOnce = async <T extends { crossFlowState?: Record<string, unknown> }>(
  label: string,
  { crossFlowState }: StateContext,
  state: string,
  progress: Progress,
  run: () => Promise<T>,
): Promise<T> => {
  const key = keyOf(state);
  if (isRecord(crossFlowState?.[key])) {
    throw new InputError(
      label,
      "was resumed before, and its calls would run twice. Use the state that was returned then.",
    );
  }
  const { turns, steps } = progress;
  const stepsBefore = steps.length;
  const result = await run();
  if (progress.turns === turns && steps.length === stepsBefore) return result;
  const changed = { ...result.crossFlowState, ...outdated(crossFlowState) };
  return { ...result, crossFlowState: { ...changed, [key]: { at: new Date().toISOString() } } };
};

const keyOf = (state: string): string => `claude-${sealId(state)}`;

/** Null deletes an entry. */
const outdated = (crossFlowState: Record<string, unknown> | undefined): Record<string, null> =>
  Object.fromEntries(
    Object.entries({ ...crossFlowState })
      .filter(([key, value]) => key.startsWith(prefix) && !(ageOf(value) < maxAgeMs))
      .map(([key]) => [key, null]),
  );

const ageOf = (value: unknown): number =>
  Date.now() - Date.parse(String(isRecord(value) && value.at));
