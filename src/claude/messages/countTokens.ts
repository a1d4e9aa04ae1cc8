import type {
  MessageCountTokensParams,
  MessageTokensCount,
} from "@anthropic-ai/sdk/resources/messages";
import { jsonBody, readJson } from "../../client/body";
import type { ApiResponse, Client } from "../../client/client";

/**
 * Counts the input tokens of a Message without sending it to a model. Costs nothing.
 *
 * @see https://platform.claude.com/docs/en/api/messages/count_tokens
 */
export const countMessageTokens = (
  client: Client,
  params: MessageCountTokensParams,
): Promise<ApiResponse<MessageTokensCount>> =>
  client.send({
    method: "POST",
    path: "/v1/messages/count_tokens",
    body: jsonBody(params),
    read: readJson<MessageTokensCount>,
  });
