import { action, outputSchema } from "@prismatic-io/spectral";
import { estimateMessage } from "../../claude/messages/countTokens";
import { tokenCountExample, tokenCountSchema } from "../../claude/messages/schema";
import { attachments } from "../../parameters/attachments";
import { connection } from "../../parameters/connection";
import { conversation } from "../../parameters/conversation";
import { inputsFor } from "../../parameters/define";
import { generation } from "../../parameters/generation";
import { message, systemPrompt } from "../../parameters/message";
import { model } from "../../parameters/model";
import { output } from "../../parameters/output";
import { requestOptions } from "../../parameters/requestOptions";
import { tools } from "../../parameters/tools";
import { adaptToModel } from "../../steps/adaptToModel";
import { stepClient } from "../../steps/client";
import { prepareMessage } from "../../steps/prepareMessage";
import { readMessage } from "../../steps/readMessage";
import { labelsOf } from "../../wording/labels";
import { describeNotice } from "../../wording/notices";

const inputs = {
  connection,
  model,
  message,
  systemPrompt,
  ...inputsFor("countTokens", generation),
  attachments,
  conversation,
  output: output.inputFor("countTokens"),
  tools: tools.inputFor("countTokens"),
  requestOptions: requestOptions.inputFor("countTokens"),
};
const labels = labelsOf(inputs);

/** @see https://platform.claude.com/docs/en/api/messages/count_tokens */
export const countTokens = action({
  display: {
    label: "Count Tokens",
    description:
      "Count the input tokens of a Chat request, and estimate whether it fits and its maximum cost",
  },
  inputs,
  performSafety: "safe",
  perform: async (context, params) => {
    const draft = readMessage(params, labels);
    const client = stepClient(context, params, labels, draft.secrets);
    const prepared = await prepareMessage(client, draft, labels);
    const { request, betas, warnings } = await adaptToModel(client, prepared, params.model, labels);
    const { notices, requestId, ...estimate } = await estimateMessage(client, request, betas);
    return {
      data: {
        ...estimate,
        warnings: [
          ...prepared.warnings,
          ...warnings,
          ...notices.map((notice) => describeNotice(notice, labels)),
        ],
        requestId,
      },
    };
  },
  examplePayload: { data: tokenCountExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: tokenCountSchema }),
});
