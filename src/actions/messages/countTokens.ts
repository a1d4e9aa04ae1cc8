import { action, outputSchema } from "@prismatic-io/spectral";
import { countMessageTokens } from "../../claude/messages/countTokens";
import { tokensCountSchema } from "../../claude/messages/schema";
import { connection } from "../../inputs/connection";
import { message } from "../../inputs/message";
import { model } from "../../inputs/model";
import { requestOptions, stepClient } from "../../inputs/requestOptions";

/** @see https://platform.claude.com/docs/en/api/messages/count_tokens */
export const countTokens = action({
  display: {
    label: "Count Tokens",
    description: "Count the input tokens of a message without sending it",
  },
  inputs: { connection, model, message, requestOptions },
  performSafety: "safe",
  perform: async (context, params) => {
    const client = stepClient(context, params);
    const { data } = await countMessageTokens(client, {
      model: params.model,
      messages: [{ role: "user", content: params.message }],
    });
    return { data };
  },
  examplePayload: { data: { input_tokens: 17 } },
  outputSchema: outputSchema({ type: "actionOutput", schema: tokensCountSchema }),
});
