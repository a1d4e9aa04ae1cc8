import { action, outputSchema } from "@prismatic-io/spectral";
import { completeMessage } from "../../claude/messages/complete";
import { messageResultExample, messageResultSchema } from "../../claude/messages/schema";
import { attachments } from "../../parameters/attachments";
import { caching } from "../../parameters/caching";
import { connection } from "../../parameters/connection";
import { conversation, systemMessage } from "../../parameters/conversation";
import { inputsFor } from "../../parameters/define";
import { generation } from "../../parameters/generation";
import { message, systemPrompt } from "../../parameters/message";
import { model } from "../../parameters/model";
import { output } from "../../parameters/output";
import { reasoning } from "../../parameters/reasoning";
import { requestOptions } from "../../parameters/requestOptions";
import { tools } from "../../parameters/tools";
import { variables } from "../../parameters/variables";
import { adaptToModel } from "../../steps/adaptToModel";
import { stepClient } from "../../steps/client";
import { withFallbackModels } from "../../steps/fallbackModels";
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
  systemMessage,
  variables,
  reasoning: reasoning.inputFor("chat"),
  output: output.inputFor("chat"),
  tools: tools.inputFor("chat"),
  caching: caching.inputFor("chat"),
  requestOptions: requestOptions.inputFor("chat"),
};
const labels = labelsOf(inputs, { message: message.label });

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
    const draft = readMessage({ ...params, message: params.initialMessage }, labels);
    const client = stepClient(context, params, labels, draft.secrets);
    const prepared = await prepareMessage(client, draft, labels);

    const { fallbackModels, keepAttachments } = requestOptions.read(params.requestOptions);
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
    return { data: result };
  },
  examplePerform: async () => ({ data: messageResultExample }),
  examplePayload: { data: messageResultExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: messageResultSchema }),
});
