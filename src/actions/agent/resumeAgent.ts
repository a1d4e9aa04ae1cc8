import { action, outputSchema } from "@prismatic-io/spectral";
import {
  type AgentTool,
  type Decision,
  type Progress,
  pendingCalls,
} from "../../claude/agent/agent";
import { agentOutputExample, agentOutputSchema } from "../../claude/agent/schema";
import { replySchema } from "../../claude/messages/replySchema";
import { isRecord } from "../../client/values";
import { readResumeLimits, resumeLimits } from "../../parameters/agentLimits";
import { connection } from "../../parameters/connection";
import { custom } from "../../parameters/define";
import { InputError } from "../../parameters/InputError";
import { mcpTokens } from "../../parameters/mcpServers";
import { checkFallback } from "../../parameters/onFailure";
import { readMasker } from "../../parameters/privacy";
import { isBlank, optionalJson, requiredText } from "../../parameters/read";
import { requestOptions } from "../../parameters/requestOptions";
import { flowTools } from "../../steps/callFlows";
import { stepClient } from "../../steps/client";
import { fallbackFault } from "../../steps/fallback";
import { failedBranch } from "../../steps/outcome";
import { runOnce } from "../../steps/resumedStates";
import { branches, readState, restoreTokens, runAgent } from "../../steps/runAgent";
import { labelsOf } from "../../wording/labels";

const state = custom(
  "State",
  "data",
  requiredText("Reference the state that Run Agent returned."),
  {
    required: true,
    comments:
      "The state that Run Agent or Resume Agent returned, unchanged, with the same connection and API key. A state can be resumed once.",
    placeholder: "Reference the state of a run",
    example: "agent1.H4sIAAAAAAAAA6tWKkktLlGyUlAqS8wpTtVRSs7PLShKLS5OTVGqBQD",
  },
);

const decisions = custom("Decisions", "data", optionalJson, {
  comments:
    "The decision for each pending call: a list of id, approved (true or false), an optional reason, and an optional input (an object) to run the call with instead of Claude's. A single true or false applies to all. Leave empty if nothing is pending.",
  placeholder: "Reference the decisions",
  example:
    '[{"id": "toolu_01A09q90qw90lq917835lq9", "approved": false, "reason": "Too expensive."}]',
});

const inputs = {
  connection,
  state,
  decisions,
  mcpTokens,
  limits: resumeLimits.inputFor("other"),
  requestOptions: requestOptions.inputFor("other"),
};
const labels = labelsOf(inputs);

/** @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/handle-tool-calls */
export const resumeAgent = action({
  display: {
    label: "Resume Agent",
    description:
      "Resume an agent that is waiting for approval or was stopped by a limit (not in embedded workflows, which have one flow)",
  },
  inputs,
  allowsBranching: true,
  staticBranchNames: [...Object.values(branches), failedBranch],
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const tokens = params.mcpTokens.map(({ value }) => value);
    const client = stepClient(context, params, labels, tokens);
    const stored = readState(state.label, client, context, params.state);
    Object.assign(client, { masker: readMasker(stored.privacy) });
    const schema = stored.outputSchema && replySchema(stored.outputSchema);
    checkFallback(requestOptions.read(params.requestOptions), fallbackFault(schema));
    const tools = flowTools(stored.flows, context);
    const decisions = readDecisions(params.decisions, tools, stored.progress);
    const { limits, maxTokens } = readResumeLimits(params.limits, stored.limits);
    const restored = restoreTokens(stored, params.mcpTokens);
    const request = maxTokens === undefined ? restored : { ...restored, max_tokens: maxTokens };
    return runOnce(state.label, context, params.state, stored.progress, () =>
      runAgent(client, context, { ...stored, request, limits }, labels, decisions),
    );
  },
  examplePerform: async () => ({ branch: branches.done, data: agentOutputExample }),
  examplePayload: { branch: branches.done, data: agentOutputExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: agentOutputSchema }),
});

/** @throws InputError unless there is one clear decision for each pending call. */
const readDecisions = (
  value: unknown,
  tools: readonly AgentTool[],
  progress: Progress,
): Map<string, Decision> => {
  const pending = pendingCalls(tools, progress);
  const refuse = (problem: string) => new InputError(decisions.label, problem);
  const calls = pending.map(({ id, tool }) => `${id} (${tool})`).join(", ");
  if (isBlank(value)) {
    if (pending.length === 0) return new Map();
    throw refuse(`is required: a person must decide on ${calls}.`);
  }
  if (typeof value === "boolean") {
    return new Map(pending.map(({ id }) => [id, { approved: value }]));
  }
  const callOf = new Map(pending.map((call) => [call.id, call]));
  const byId = new Map<string, Decision>();
  for (const row of Array.isArray(value) ? value : [value]) {
    const { id, approved, reason, input } = (row ?? {}) as Record<string, unknown>;
    const isYes = approved === true || approved === "true";
    const isNo = approved === false || approved === "false";
    if (typeof id !== "string" || (!isYes && !isNo)) {
      throw refuse("must be a list with id and approved (true or false) for each call.");
    }
    const call = callOf.get(id);
    if (!call) {
      throw refuse(
        `has a decision on ${id}, which is not pending. Pending calls: ${calls || "none"}.`,
      );
    }
    if (byId.has(id)) throw refuse(`has two decisions on ${id}.`);
    const isChanged = isYes && !isBlank(input);
    if (isChanged) {
      if (!isRecord(input)) {
        throw refuse(`has an input for ${id} (${call.tool}) that is not an object.`);
      }
      const fault = tools.find(({ name }) => name === call.tool)?.inputFault(input);
      if (fault) throw refuse(`has an invalid input for ${id}: ${fault}`);
    }
    byId.set(id, {
      approved: isYes,
      ...(isChanged ? { input: input as Record<string, unknown> } : {}),
      ...(typeof reason === "string" && !isBlank(reason) ? { reason } : {}),
    });
  }
  const open = pending.find(({ id }) => !byId.has(id));
  if (open) throw refuse(`has no decision on ${open.id} (${open.tool}).`);
  return byId;
};
