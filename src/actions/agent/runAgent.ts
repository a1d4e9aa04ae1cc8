import { action, outputSchema } from "@prismatic-io/spectral";
import { noProgress } from "../../claude/agent/agent";
import { agentOutputExample, agentOutputSchema } from "../../claude/agent/schema";
import { replySchema } from "../../claude/messages/replySchema";
import { agentLimits } from "../../parameters/agentLimits";
import { attachments } from "../../parameters/attachments";
import { agentCaching } from "../../parameters/caching";
import { connection } from "../../parameters/connection";
import { conversation } from "../../parameters/conversation";
import { json, text } from "../../parameters/define";
import {
  approvalFlow,
  approvals,
  checkApprovalFlow,
  flowDefinitions,
  flows,
  readFlows,
} from "../../parameters/flows";
import { asInput, InputError } from "../../parameters/InputError";
import { memory, readMemory } from "../../parameters/memory";
import { model } from "../../parameters/model";
import { checkFallback } from "../../parameters/onFailure";
import { privacy } from "../../parameters/privacy";
import { reasoning } from "../../parameters/reasoning";
import { requestOptions } from "../../parameters/requestOptions";
import { tools } from "../../parameters/tools";
import { adaptToModel } from "../../steps/adaptToModel";
import { stepClient } from "../../steps/client";
import { exampleJson } from "../../steps/exampleJson";
import { fallbackFault } from "../../steps/fallback";
import { recall } from "../../steps/memory";
import { failedBranch } from "../../steps/outcome";
import { prepareMessage } from "../../steps/prepareMessage";
import { readMessage } from "../../steps/readMessage";
import { branches, runAgent as run } from "../../steps/runAgent";
import { labelsOf } from "../../wording/labels";

const instructions = text("Instructions", {
  comments: "The role of Claude, its background, how to work, and when the task is complete.",
  placeholder: "Enter instructions",
  example:
    "Help customers of a shop with their orders. Look an order up before making any statement about it.",
});

const task = text("Task", {
  comments: "The task to complete. Optional if Attachments or Conversation are provided.",
  placeholder: "Enter a task or reference an earlier step",
  example: "Where is order A-1042?",
});

const outputStructure = json("Output Schema", {
  comments:
    "The structure of the final response as a JSON Schema. The response is then validated and returned as data in json.",
  placeholder: "Enter a JSON Schema",
  example:
    '{"type": "object", "properties": {"refunded": {"type": "boolean"}}, "required": ["refunded"], "additionalProperties": false}',
});

const inputs = {
  connection,
  model,
  instructions,
  task,
  attachments,
  conversation,
  flows: flows.input,
  tools: tools.inputFor("runAgent"),
  approvals,
  approvalFlow,
  outputSchema: outputStructure,
  limits: agentLimits.inputFor("other"),
  memory: memory.inputFor("runAgent"),
  reasoning: reasoning.inputFor("runAgent"),
  caching: agentCaching.inputFor("runAgent"),
  privacy: privacy.inputFor("runAgent"),
  requestOptions: requestOptions.inputFor("runAgent"),
};
const labels = labelsOf(inputs, {
  message: task.label,
  systemPrompt: instructions.label,
  jsonSchema: outputStructure.label,
});

/** @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/how-tool-use-works */
export const runAgent = action({
  display: {
    label: "Run Agent",
    description:
      "Have Claude complete a task using this integration's flows as tools (not in embedded workflows, which have one flow)",
    important: true,
  },
  inputs,
  allowsBranching: true,
  staticBranchNames: [...Object.values(branches), failedBranch],
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const { outputSchema: structure } = params;
    const { maxTokens, ...limits } = agentLimits.read(params.limits);
    const agentTools = readFlows(params.flows, params.approvals, context);
    checkApprovalFlow(params.approvalFlow, context);
    const schema = structure && asInput(outputStructure.label, () => replySchema(structure));
    checkFallback(
      requestOptions.read(params.requestOptions),
      fallbackFault(schema, outputStructure.label),
    );
    const remembered = readMemory(params.memory);
    const draft = readMessage(
      {
        ...params,
        conversation: recall(context, remembered, params.conversation),
        message: params.task,
        systemPrompt: params.instructions,
        maxTokens,
        caching: agentCaching.read(params.caching),
      },
      remembered ? { ...labels, conversation: labels.key } : labels,
      { schema, hasOtherTools: agentTools.length > 0, isRecalled: remembered !== undefined },
    );
    const client = stepClient(context, params, labels, draft.secrets);
    if (!client.hasCredential && agentTools.some(({ needsApproval }) => needsApproval)) {
      throw new InputError(
        approvals.label,
        "needs a connection with a credential: without one, the state that waits for approval cannot be verified.",
      );
    }
    const prepared = await prepareMessage(client, draft, labels);
    const adapted = await adaptToModel(client, prepared, params.model, labels);
    const { messages, ...request } = adapted.request;
    const allTools = [...flowDefinitions(agentTools), ...(request.tools ?? [])];
    const state = {
      request: allTools.length > 0 ? { ...request, tools: allTools } : request,
      betas: adapted.betas,
      flows: agentTools,
      approvalFlow: params.approvalFlow,
      outputSchema: structure,
      limits,
      memory: remembered,
      ...(client.masker ? { privacy: params.privacy } : {}),
      progress: noProgress(messages, [...prepared.warnings, ...adapted.warnings]),
    };
    return run(client, context, state, labels);
  },
  examplePerform: async (_context, { outputSchema: structure }) => ({
    branch: branches.done,
    data: {
      ...agentOutputExample,
      ...(structure && exampleJson(asInput(outputStructure.label, () => replySchema(structure)))),
    },
  }),
  examplePayload: { branch: branches.done, data: agentOutputExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: agentOutputSchema }),
});
