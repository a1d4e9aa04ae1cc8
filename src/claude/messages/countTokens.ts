import type { MessageCountTokensParams as BetaMessageCountTokensParams } from "@anthropic-ai/sdk/resources/beta/messages";
import type {
  MessageCountTokensParams,
  MessageTokensCount,
} from "@anthropic-ai/sdk/resources/messages";
import { invalidResponse, jsonBody, type ResponseBody, readJson } from "../../client/body";
import type { ApiResponse, Client } from "../../client/client";
import { betaHeader } from "../../client/headers";
import { findModelInfo } from "../models/modelInfo";
import type { Notice } from "../notice";
import { type Cost, maxCost } from "./cost";
import { withDroppableThinking } from "./preservedThinking";
import type { MessageRequest } from "./send";

/** The API's count of tokens, and what it means. */
export interface TokenEstimate extends MessageTokensCount {
  /** Whether the prompt and the longest reply fit the context window, null if that is not known. */
  fits: boolean | null;
  /** In tokens, null if it is not known. */
  contextWindow: number | null;
  /** Maximum cost at list price, null if the price is not known. */
  cost: Cost | null;
  notices: Notice[];
  requestId: string | null;
}

/** The SDK sends these as headers. */
type HeaderParameter = "betas" | "user_profile_id" | "workspace_id";

/** What the endpoint accepts of a Message request: the body parameters of the SDK's types. */
const countedParameters: Record<
  Exclude<keyof (MessageCountTokensParams & BetaMessageCountTokensParams), HeaderParameter>,
  true
> = {
  billing_policy: true,
  cache_control: true,
  compaction: true,
  context_management: true,
  mcp_servers: true,
  messages: true,
  model: true,
  output_config: true,
  output_format: true,
  speed: true,
  system: true,
  thinking: true,
  tool_choice: true,
  tools: true,
};

/**
 * Counts the input tokens of a Message request without sending it to a model. Free of charge.
 *
 * @see https://platform.claude.com/docs/en/api/messages/count_tokens
 */
export const countMessageTokens = (
  client: Client,
  request: Partial<MessageRequest>,
  betas: readonly string[] = [],
  { isQuickLookup = false } = {},
): Promise<ApiResponse<MessageTokensCount>> => {
  const counted = Object.entries(request).filter(([name]) =>
    Object.hasOwn(countedParameters, name),
  );
  return client.send({
    method: "POST",
    path: "/v1/messages/count_tokens",
    headers: betaHeader(betas),
    body: jsonBody(Object.fromEntries(counted)),
    isQuickLookup,
    read: readCount,
  });
};

const readCount = async (body: ResponseBody): Promise<MessageTokensCount> => {
  const count = await readJson<MessageTokensCount | null>(body);
  if (typeof count?.input_tokens !== "number") {
    throw invalidResponse(body, { code: "unexpected_response", expected: "a token count" });
  }
  return count;
};

/** Counts the input tokens of a Message request, and estimates whether it fits and its maximum cost. */
export const estimateMessage = async (
  client: Client,
  request: MessageRequest,
  betas: readonly string[],
): Promise<TokenEstimate> => {
  const sent = client.isAnthropic ? withDroppableThinking(request, betas) : { request, betas };
  const { data, requestId } = await countMessageTokens(client, sent.request, sent.betas);
  const modelInfo = await findModelInfo(client, request.model);
  const contextWindow = modelInfo?.max_input_tokens ?? null;
  const { input_tokens: promptTokens } = data;
  const { model, max_tokens: maxTokens, tools = [] } = request;
  const { cost, notice } = maxCost(request, promptTokens, longestCache(request));
  const hasServerTools = tools.some(
    (tool) => "type" in tool && tool.type && tool.type !== "custom",
  );
  const notices: Notice[] = [];
  if (contextWindow === null) notices.push({ code: "context_window_unknown", model });
  if (notice) notices.push(notice);
  if (cost && hasServerTools) notices.push({ code: "server_tools_cost_extra" });
  return {
    ...data,
    fits: contextWindow === null ? null : promptTokens + maxTokens <= contextWindow,
    contextWindow,
    cost,
    notices,
    requestId,
  };
};

/** The longest time that any part of a request is cached for. */
const longestCache = (value: unknown): "5m" | "1h" | undefined => {
  if (typeof value !== "object" || value === null) return undefined;
  const { cache_control: own } = value as { cache_control?: { ttl?: "5m" | "1h" } | null };
  const members = Object.values(value).map(longestCache);
  const all = own ? [own.ttl ?? "5m", ...members] : members;
  return all.includes("1h") ? "1h" : all.includes("5m") ? "5m" : undefined;
};
