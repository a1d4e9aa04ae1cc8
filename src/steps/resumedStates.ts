/* States of agents that were resumed: each runs its calls once. */
import type { Progress } from "../claude/agent/agent";
import { sealId } from "../claude/agent/state";
import { isRecord } from "../client/values";
import { InputError } from "../parameters/InputError";
import { deleteOutdated, type StateContext } from "./sharedState";

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
  const changed = {
    ...result.crossFlowState,
    ...deleteOutdated(crossFlowState, prefix, isRecent),
    [key]: { at: new Date().toISOString() },
  };
  return { ...result, crossFlowState: changed };
};

const keyOf = (state: string): string => `claude-${sealId(state)}`;

const isRecent = (entry: unknown): boolean =>
  Date.now() - Date.parse(String(isRecord(entry) && entry.at)) < maxAgeMs;
