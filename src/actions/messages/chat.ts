import { action, outputSchema } from "@prismatic-io/spectral";
import { completeMessage } from "../../claude/messages/complete";
import { withFallbacks } from "../../claude/messages/fallback";
import { toResult } from "../../claude/messages/result";
import { messageResultExample, messageResultSchema } from "../../claude/messages/schema";
import { attachments } from "../../inputs/attachments";
import { caching } from "../../inputs/caching";
import { connection } from "../../inputs/connection";
import { conversation } from "../../inputs/conversation";
import { withUploads } from "../../inputs/files";
import { maxTokens, message, systemPrompt, temperature } from "../../inputs/message";
import { messageRequest, readMessage } from "../../inputs/messageRequest";
import { model } from "../../inputs/model";
import { IncompleteAnswerError, output, readOutput } from "../../inputs/output";
import { reasoning } from "../../inputs/reasoning";
import { messageOptions, readMessageOptions, stepClient } from "../../inputs/requestOptions";
import { tools } from "../../inputs/tools";
import { variables } from "../../inputs/variables";

/** @see https://platform.claude.com/docs/en/api/messages/create */
export const chat = action({
  display: {
    label: "Chat",
    description: "Send a message to Claude and get its answer",
    important: true,
  },
  inputs: {
    connection,
    model,
    initialMessage: message,
    systemPrompt,
    maxTokens,
    temperature,
    attachments,
    conversation,
    variables,
    reasoning,
    output,
    tools,
    caching,
    requestOptions: messageOptions,
  },
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const { failWhenIncomplete, ...shape } = readOutput(params.output);
    const { fallbackModels, uploadAttachments, ...options } = readMessageOptions(
      params.requestOptions,
    );
    const read = readMessage(params.initialMessage, params, { ...shape, ...options });
    const client = stepClient(context, params, read.secrets);
    const draft = await withUploads(client, read, uploadAttachments);

    const { answer: asked, ...passed } = await withFallbacks(
      [params.model, ...fallbackModels],
      async (model) => {
        const { request, betas, warnings } = await messageRequest(client, draft, model);
        return { answer: await completeMessage(client, request, betas), request, warnings };
      },
      ({ answer }) => answer.data,
    );
    const { result, shortfall } = toResult(asked.answer, asked.request, {
      warnings: [...draft.warnings, ...passed.warnings, ...asked.warnings],
      schema: draft.schema,
      system: draft.conversation.system,
    });
    if (failWhenIncomplete && shortfall) throw new IncompleteAnswerError(shortfall, result);
    return { data: result };
  },
  examplePerform: async () => ({ data: messageResultExample }),
  examplePayload: { data: messageResultExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: messageResultSchema }),
});
