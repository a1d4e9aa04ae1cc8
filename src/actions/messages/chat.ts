import type { MessageParam } from "@anthropic-ai/sdk/resources/messages";
import { action, outputSchema } from "@prismatic-io/spectral";
import { completeMessage } from "../../claude/messages/complete";
import { type MemoryOutput, memoryExample, memorySchema } from "../../claude/messages/memory";
import type { MessageResult } from "../../claude/messages/result";
import { messageResultExample, messageResultSchema } from "../../claude/messages/schema";
import { attachments } from "../../parameters/attachments";
import { connection } from "../../parameters/connection";
import { conversation } from "../../parameters/conversation";
import { inputsFor } from "../../parameters/define";
import { generation } from "../../parameters/generation";
import { memory, readMemory } from "../../parameters/memory";
import { message, systemPrompt } from "../../parameters/message";
import { model } from "../../parameters/model";
import { checkFallback } from "../../parameters/onFailure";
import { output } from "../../parameters/output";
import { privacy } from "../../parameters/privacy";
import { reasoning } from "../../parameters/reasoning";
import { requestOptions } from "../../parameters/requestOptions";
import { tools } from "../../parameters/tools";
import { adaptToModel } from "../../steps/adaptToModel";
import { stepClient } from "../../steps/client";
import { exampleJson } from "../../steps/exampleJson";
import { fallbackFault } from "../../steps/fallback";
import { withFallbackModels } from "../../steps/fallbackModels";
import { recall, remember } from "../../steps/memory";
import { IncompleteResponseError, messageResult } from "../../steps/messageResult";
import { prepareMessage } from "../../steps/prepareMessage";
import { readMessage } from "../../steps/readMessage";
import { labelsOf } from "../../wording/labels";

const inputs = {
  connection,
  model,
  initialMessage: message,
  systemPrompt,
  ...inputsFor("chat", generation),
  attachments,
  conversation,
  memory: memory.inputFor("chat"),
  reasoning: reasoning.inputFor("chat"),
  output: output.inputFor("chat"),
  tools: tools.inputFor("chat"),
  privacy: privacy.inputFor("chat"),
  requestOptions: requestOptions.inputFor("chat"),
};
const labels = labelsOf(inputs, { message: message.label });

const chatSchema = {
  ...messageResultSchema,
  properties: { ...messageResultSchema.properties, memory: memorySchema },
  required: [...messageResultSchema.required, "memory"],
};

const chatExample: MessageResult & { memory: MemoryOutput | null } = {
  ...messageResultExample,
  memory: null,
};

/** @see https://platform.claude.com/docs/en/api/messages/create */
export const chat = action({
  display: {
    label: "Chat",
    description: "Send a message to Claude and get its response",
    important: true,
  },
  inputs,
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const remembered = readMemory(params.memory);
    const conversation = recall(context, remembered, params.conversation);
    const draft = readMessage(
      { ...params, conversation, message: params.initialMessage },
      remembered ? { ...labels, conversation: labels.key } : labels,
      { isRecalled: remembered !== undefined },
    );
    const options = requestOptions.read(params.requestOptions);
    checkFallback(options, fallbackFault(draft.schema));
    const client = stepClient(context, params, labels, draft.secrets);
    const prepared = await prepareMessage(client, draft, labels);

    const { fallbackModels, keepAttachments } = options;
    const { sent, warnings } = await withFallbackModels(
      [params.model, ...fallbackModels],
      async (model) => {
        const adapted = await adaptToModel(client, prepared, model, labels);
        const { request, betas } = adapted;
        return { ...adapted, response: await completeMessage(client, request, betas) };
      },
      ({ response }) => response.data,
    );

    const { result, shortfall } = messageResult(sent.response, sent.request, labels, {
      warnings: [...prepared.warnings, ...warnings, ...sent.warnings],
      schema: draft.schema,
      names: sent.names,
      system: draft.conversation.system,
      keptAttachments: keepAttachments,
    });
    const { failWhenIncomplete } = output.read(params.output);
    if (failWhenIncomplete && shortfall) throw new IncompleteResponseError(shortfall, result);
    // A refusal would be repeated, so it is not remembered.
    const kept = result.refused ? draft.conversation.turns : result.conversation;
    const { state, memory } = remember(context, remembered, kept as MessageParam[]);
    return { data: { ...result, memory }, ...state };
  },
  examplePerform: async (_context, params) => {
    const { jsonSchema } = output.read(params.output);
    const { key } = memory.read(params.memory);
    return {
      data: {
        ...chatExample,
        ...(jsonSchema && exampleJson(jsonSchema)),
        ...(key === undefined ? {} : { memory: { ...memoryExample, key } }),
      },
    };
  },
  examplePayload: { data: chatExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: chatSchema }),
});
