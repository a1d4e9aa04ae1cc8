import { action, input, outputSchema } from "@prismatic-io/spectral";
import type { Decision, PendingCall } from "../../claude/agent/agent";
import { agentOutputExample, agentOutputSchema } from "../../claude/agent/schema";
import {
  branches,
  limitsOfResumed,
  pendingOf,
  readLimitsOfResumed,
  readState,
  runAndReport,
  withTokens,
} from "../../inputs/agent";
import { connection } from "../../inputs/connection";
import { InputError } from "../../inputs/InputError";
import { isBlank, optionalJson, requiredText } from "../../inputs/read";
import { requestOptions, stepClient } from "../../inputs/requestOptions";
import { mcpTokens } from "../../inputs/tools";

const state = input({
  label: "State",
  type: "data",
  required: true,
  comments:
    "The state that Run Agent or Resume Agent returned, unchanged, with the same connection and API key. To be resumed once: a second time runs the calls again.",
  placeholder: "Reference the state of a run",
  example: "agent1.H4sIAAAAAAAAA6tWKkktLlGyUlAqS8wpTtVRSs7PLShKLS5OTVGqBQD",
  clean: requiredText("State", "Reference the state that Run Agent returned."),
});

const decisions = input({
  label: "Decisions",
  type: "data",
  required: false,
  comments:
    "What a person says to each call that waits: a list with id, approved (true or false) and, for a denial, reason. true or false alone stands for all of them. Empty where none waits.",
  placeholder: "Reference the decisions",
  example:
    '[{"id": "toolu_01A09q90qw90lq917835lq9", "approved": false, "reason": "Too expensive."}]',
  clean: optionalJson("Decisions"),
});

/** @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/handle-tool-calls */
export const resumeAgent = action({
  display: {
    label: "Resume Agent",
    description: "Let an agent go on that waits for a person, or that a limit has stopped",
  },
  inputs: { connection, state, decisions, mcpTokens, limits: limitsOfResumed, requestOptions },
  allowsBranching: true,
  staticBranchNames: Object.values(branches),
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const client = stepClient(
      context,
      params,
      params.mcpTokens.map(({ value }) => value),
    );
    const kept = readState(client, context, params.state);
    const decisions = readDecisions(params.decisions, pendingOf(kept, context));
    const request = withTokens(kept, params.mcpTokens);
    const limits = readLimitsOfResumed(params.limits, kept.limits);
    return runAndReport(client, context, { ...kept, request, limits }, decisions);
  },
  examplePerform: async () => ({ branch: branches.done, data: agentOutputExample }),
  examplePayload: { branch: branches.done, data: agentOutputExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: agentOutputSchema }),
});

/** @throws InputError unless there is one clear decision for each call that waits. */
const readDecisions = (value: unknown, pending: readonly PendingCall[]): Map<string, Decision> => {
  const refuse = (problem: string) => new InputError("Decisions", problem);
  const waiting = pending.map(({ id, tool }) => `${id} (${tool})`).join(", ");
  if (isBlank(value)) {
    if (pending.length === 0) return new Map();
    throw refuse(`is required: a person has to decide on ${waiting}.`);
  }
  if (typeof value === "boolean") {
    return new Map(pending.map(({ id }) => [id, { approved: value }]));
  }
  const decisions = new Map<string, Decision>();
  for (const row of Array.isArray(value) ? value : [value]) {
    const { id, approved, reason } = (row ?? {}) as Record<string, unknown>;
    const isYes = approved === true || approved === "true";
    const isNo = approved === false || approved === "false";
    if (typeof id !== "string" || (!isYes && !isNo)) {
      throw refuse("takes a list with id and approved (true or false) for each call.");
    }
    if (!pending.some((call) => call.id === id)) {
      throw refuse(`decides on ${id}, which does not wait. There is ${waiting || "none"}.`);
    }
    if (decisions.has(id)) throw refuse(`decides on ${id} twice.`);
    decisions.set(id, {
      approved: isYes,
      ...(typeof reason === "string" && !isBlank(reason) ? { reason } : {}),
    });
  }
  const open = pending.find(({ id }) => !decisions.has(id));
  if (open) throw refuse(`lacks one for ${open.id} (${open.tool}).`);
  return decisions;
};
