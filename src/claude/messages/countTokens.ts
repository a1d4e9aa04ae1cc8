import type { MessageTokensCount } from "@anthropic-ai/sdk/resources/messages";
import { jsonBody, type ResponseBody, readJson, unusable } from "../../client/body";
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
  within?: { timeoutMs: number; maxRetries: number },
): Promise<ApiResponse<MessageTokensCount>> => {
  const counted = Object.entries(request).filter(([name]) => !onlyForAnswers.has(name));
  return client.send({
    method: "POST",
    path: "/v1/messages/count_tokens",
    headers: betaHeader(betas),
    body: jsonBody(Object.fromEntries(counted)),
    limits: within,
    read: readCount,
  });
};

/** The endpoint refuses what only an answer needs. */
const onlyForAnswers = new Set([
  "container",
  "diagnostics",
  "inference_geo",
  "max_tokens",
  "metadata",
  "service_tier",
  "stop_sequences",
  "temperature",
  "top_k",
  "top_p",
]);

const readCount = async (body: ResponseBody): Promise<MessageTokensCount> => {
  const count = await readJson<MessageTokensCount | null>(body);
  if (typeof count?.input_tokens !== "number") {
    throw unusable(body, "invalid_response", "The answer holds no count of tokens.");
  }
  return count;
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
  const { max_tokens: maxTokens, tools = [] } = request;
  const { cost, warning } = worstCost(request, promptTokens, longestCache(request));
  const isOpen = tools.some((tool) => "type" in tool && tool.type && tool.type !== "custom");
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
      ...(cost && isOpen ? ["What tools of the API find and do costs more than cost says."] : []),
    ],
    requestId,
  };
};

/** The longest time that any part of a request is cached for. */
const longestCache = (value: unknown): "5m" | "1h" | undefined => {
  if (typeof value !== "object" || value === null) return undefined;
  const { cache_control: own } = value as { cache_control?: { ttl?: "5m" | "1h" } | null };
  const parts = Object.values(value).map(longestCache);
  const all = own ? [own.ttl ?? "5m", ...parts] : parts;
  return all.includes("1h") ? "1h" : all.includes("5m") ? "5m" : undefined;
};
