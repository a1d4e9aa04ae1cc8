import { action, input, outputSchema, structuredObjectInput } from "@prismatic-io/spectral";
import { noProgress } from "../../claude/agent/agent";
import { agentOutputExample, agentOutputSchema } from "../../claude/agent/schema";
import { answerSchema } from "../../claude/messages/structured";
import { branches, limits, readLimits, runAndReport } from "../../inputs/agent";
import { attachments } from "../../inputs/attachments";
import { cache } from "../../inputs/caching";
import { connection } from "../../inputs/connection";
import { conversation } from "../../inputs/conversation";
import { withUploads } from "../../inputs/files";
import { approvals, flowDefinitions, flows, readFlows } from "../../inputs/flows";
import { asInput, relabeled } from "../../inputs/InputError";
import { messageRequest, readMessage } from "../../inputs/messageRequest";
import { model } from "../../inputs/model";
import { isBlank, optionalObject, optionalText } from "../../inputs/read";
import { reasoning } from "../../inputs/reasoning";
import { agentOptions, readAgentOptions, stepClient } from "../../inputs/requestOptions";
import { agentTools } from "../../inputs/tools";

const instructions = input({
  label: "Instructions",
  type: "text",
  required: false,
  comments: "Who Claude is, what it knows, how it is to work, and when it is done.",
  placeholder: "Enter instructions",
  example:
    "Help customers of a shop with their orders. Look an order up before saying anything of it.",
  clean: optionalText("Instructions"),
});

const task = input({
  label: "Task",
  type: "text",
  required: false,
  comments: "What is to be done. May be empty beside Attachments or Conversation.",
  placeholder: "Enter a task or reference an earlier step",
  example: "Where is order A-1042?",
  clean: optionalText("Task"),
});

const answerShape = input({
  label: "Output Schema",
  type: "code",
  language: "json",
  required: false,
  comments:
    "The shape of the final answer as a JSON Schema. The answer then comes as data in json, checked against the schema.",
  placeholder: "Enter a JSON Schema",
  example:
    '{"type": "object", "properties": {"refunded": {"type": "boolean"}}, "required": ["refunded"], "additionalProperties": false}',
  clean: optionalObject("Output Schema"),
});

/** Between the turns of an agent, all but the end of the prompt is the same. */
const caching = structuredObjectInput({
  label: "Caching",
  comments: "What was said before costs a tenth or less from the second turn on.",
  inputs: {
    cache: {
      ...cache,
      default: "5m",
      clean: (value: unknown) => cache.clean(isBlank(value) ? "5m" : value),
    },
  },
});

/** What the inputs of Chat are called here. */
const labels = {
  Message: "Task",
  "System Prompt": "Instructions",
  "JSON Schema": "Output Schema",
};

/** Room for answers and for what the model thinks: only what is used is paid for. */
const maxTokens = 32_000;

/** @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/how-tool-use-works */
export const runAgent = action({
  display: {
    label: "Run Agent",
    description: "Let Claude do a task with flows of this integration as its tools",
  },
  inputs: {
    connection,
    model,
    instructions,
    task,
    attachments,
    conversation,
    flows,
    tools: agentTools,
    approvals,
    outputSchema: answerShape,
    limits,
    reasoning,
    caching,
    requestOptions: agentOptions,
  },
  allowsBranching: true,
  staticBranchNames: Object.values(branches),
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const { outputSchema: shape } = params;
    const tools = readFlows(params.flows, params.approvals, context);
    const schema = shape && asInput("Output Schema", () => answerSchema(shape));
    const { uploadAttachments, ...options } = readAgentOptions(params.requestOptions);
    const read = await relabeled(labels, () =>
      readMessage(
        params.task,
        {
          ...params,
          systemPrompt: params.instructions,
          caching: isBlank(params.caching) ? { cache: "5m" } : params.caching,
          maxTokens,
          variables: [],
        },
        { jsonSchema: schema, hasOtherTools: tools.length > 0, ...options },
      ),
    );
    const client = stepClient(context, params, read.secrets);
    const draft = await withUploads(client, read, uploadAttachments);
    const prepared = await relabeled(labels, () => messageRequest(client, draft, params.model));
    const { messages, ...request } = prepared.request;
    return runAndReport(client, context, {
      request: {
        ...request,
        ...(tools.length > 0
          ? { tools: [...flowDefinitions(tools), ...(request.tools ?? [])] }
          : {}),
      },
      betas: prepared.betas,
      flows: tools,
      outputSchema: shape,
      limits: readLimits(params.limits),
      progress: noProgress(messages, [...draft.warnings, ...prepared.warnings]),
    });
  },
  examplePerform: async () => ({ branch: branches.done, data: agentOutputExample }),
  examplePayload: { branch: branches.done, data: agentOutputExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: agentOutputSchema }),
});
