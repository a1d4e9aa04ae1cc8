import type { MessageTokensCount } from "@anthropic-ai/sdk/resources/messages";
import { jsonBody, readJson } from "../../client/body";
import type { ApiResponse, Client } from "../../client/client";
import { modelPage } from "../models/capabilities";
import { type Cost, worstCost } from "./cost";
import { betaHeader, type MessageRequest } from "./send";

/** What Count Tokens returns: the API's count, and beside it what it means. */
export interface TokenCount extends MessageTokensCount {
  /** Whether prompt and longest answer fit into the model's context window, null where it is not known. */
  fits: boolean | null;
  /** In tokens, null where it is not known. */
  contextWindow: number | null;
  /** At most, at list price, null where the price is not known. */
  cost: Cost | null;
  warnings: string[];
  requestId: string | null;
}

/**
 * Counts the input tokens of a Message without sending it to a model. Costs nothing.
 *
 * @see https://platform.claude.com/docs/en/api/messages/count_tokens
 */
export const countMessageTokens = (
  client: Client,
  request: MessageRequest,
  betas: readonly string[] = [],
): Promise<ApiResponse<MessageTokensCount>> => {
  // The endpoint takes nothing that only an answer needs.
  const { max_tokens, temperature, ...counted } = request;
  return client.send({
    method: "POST",
    path: "/v1/messages/count_tokens",
    headers: betaHeader(betas),
    body: jsonBody(counted),
    read: readJson<MessageTokensCount>,
  });
};

/**
 * Counts the input tokens of a Message, and says whether it fits and what it costs at most.
 *
 * @param warnings What was adjusted before counting.
 */
export const estimateMessage = async (
  client: Client,
  request: MessageRequest,
  betas: readonly string[],
  warnings: readonly string[],
): Promise<TokenCount> => {
  const { data, requestId } = await countMessageTokens(client, request, betas);
  const page = await modelPage(client, request.model);
  const contextWindow = page?.max_input_tokens ?? null;
  const { input_tokens: promptTokens } = data;
  const { max_tokens: maxTokens, cache_control: cacheControl } = request;
  const { cost, warning } = worstCost(request.model, {
    promptTokens,
    maxTokens,
    cache: cacheControl ? (cacheControl.ttl ?? "5m") : undefined,
  });
  const unknown = `The context window of the model ${request.model} is not known: fits is null.`;
  return {
    ...data,
    fits: contextWindow === null ? null : promptTokens + maxTokens <= contextWindow,
    contextWindow,
    cost,
    warnings: [
      ...warnings,
      ...(contextWindow === null ? [unknown] : []),
      ...(warning ? [warning] : []),
    ],
    requestId,
  };
};
