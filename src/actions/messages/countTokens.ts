import { action, outputSchema } from "@prismatic-io/spectral";
import { estimateMessage } from "../../claude/messages/countTokens";
import { tokenCountExample, tokenCountSchema } from "../../claude/messages/schema";
import { attachments } from "../../inputs/attachments";
import { caching } from "../../inputs/caching";
import { connection } from "../../inputs/connection";
import { conversation } from "../../inputs/conversation";
import { maxTokens, message, systemPrompt } from "../../inputs/message";
import { messageRequest, readMessage } from "../../inputs/messageRequest";
import { model } from "../../inputs/model";
import { countedOutput, readCountedOutput } from "../../inputs/output";
import { reasoning } from "../../inputs/reasoning";
import { countOptions, readCountOptions, stepClient } from "../../inputs/requestOptions";
import { tools } from "../../inputs/tools";
import { variables } from "../../inputs/variables";

/** @see https://platform.claude.com/docs/en/api/messages/count_tokens */
export const countTokens = action({
  display: {
    label: "Count Tokens",
    description:
      "Count the input tokens of what Chat would send, whether it fits and what it costs at most",
  },
  inputs: {
    connection,
    model,
    message,
    systemPrompt,
    maxTokens,
    attachments,
    conversation,
    variables,
    reasoning,
    output: countedOutput,
    tools,
    caching,
    requestOptions: countOptions,
  },
  performSafety: "safe",
  perform: async (context, params) => {
    const draft = readMessage(params.message, params, {
      ...readCountedOutput(params.output),
      ...readCountOptions(params.requestOptions),
    });
    const client = stepClient(context, params, draft.secrets);
    const { request, betas, warnings } = await messageRequest(client, draft, params.model);
    return {
      data: await estimateMessage(client, request, betas, [...draft.warnings, ...warnings]),
    };
  },
  examplePayload: { data: tokenCountExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: tokenCountSchema }),
});
