/* Failures of requests with their causes. The messages on the page of errors are made of them by src/wording. */

import type { Shortfall } from "../../src/claude/notice";
import { Failure, type FailureReason } from "../../src/client/failure";
import { readConnection } from "../../src/connections/endpoint";

/** Why it happened and which input or setting to change. */
interface Explained {
  cause: string;
  change: string;
}

interface Details {
  status: number | null;
  type: string;
}

const broken: Details = { status: null, type: "broken_response" };
const invalid: Details = { status: 200, type: "invalid_response" };
const tryAgain = "Max Retries in Advanced";
const baseUrl = "Base URL of the connection";
const host = "api.anthropic.com";

type ReasonCode = Exclude<FailureReason["code"], "refused_by_api">;

/** Every reason of the connector itself, so that none is missing on the page. */
const reasons: {
  [Code in ReasonCode]: Explained & {
    reason: Extract<FailureReason, { code: Code }>;
    details: Details;
  };
} = {
  no_response: {
    reason: { code: "no_response", host, cause: "connect ECONNREFUSED" },
    details: { status: null, type: "connection_error" },
    cause: "The host is down, its name does not exist, or a firewall is between",
    change: baseUrl,
  },
  response_interrupted: {
    reason: { code: "response_interrupted", host, cause: "socket hang up" },
    details: broken,
    cause: "The network or a proxy broke the connection",
    change: tryAgain,
  },
  response_stalled: {
    reason: { code: "response_stalled", seconds: 120 },
    details: broken,
    cause: "The host or a proxy stopped sending",
    change: tryAgain,
  },
  response_too_deep: {
    reason: { code: "response_too_deep", host, cause: "nested too deep" },
    details: invalid,
    cause: "Not a response of Claude's API",
    change: baseUrl,
  },
  response_too_large: {
    reason: { code: "response_too_large", megabytes: 256 },
    details: invalid,
    cause: "Not a response of Claude's API, or a very large list",
    change: "Limit, or Base URL of the connection",
  },
  line_too_long: {
    reason: { code: "line_too_long", megabytes: 200 },
    details: broken,
    cause: "The results of a batch are damaged, or not results",
    change: tryAgain,
  },
  not_json: {
    reason: { code: "not_json", start: '"<html>"' },
    details: invalid,
    cause: "A page of a proxy or a login, or another API",
    change: baseUrl,
  },
  unexpected_response: {
    reason: { code: "unexpected_response", expected: "a Message with content" },
    details: invalid,
    cause: "The host does not have this endpoint, or has another one in its place",
    change: baseUrl,
  },
  attempt_timed_out: {
    reason: { code: "attempt_timed_out", seconds: 600 },
    details: { status: null, type: "timeout_error" },
    cause: "The reply is long, or the host is slow",
    change: "Timeout or Max Tokens",
  },
  execution_timed_out: {
    reason: { code: "execution_timed_out" },
    details: { status: null, type: "deadline_exceeded" },
    cause: "The steps of the execution together need more than 15 minutes",
    change: "Less in one execution",
  },
  list_does_not_end: {
    reason: { code: "list_does_not_end", items: 2_000, cursor: "abc" },
    details: { status: 200, type: "list_does_not_end" },
    cause: "The host returns the same page again",
    change: "Fetch All",
  },
  list_too_long: {
    reason: { code: "list_too_long", maxItems: 100_000 },
    details: { status: 200, type: "list_too_long" },
    cause: "More entries than a step reads",
    change: "Fetch All",
  },
  stream_ended_early: {
    reason: { code: "stream_ended_early" },
    details: broken,
    cause: "The host or a proxy closed the connection before the end of the reply",
    change: tryAgain,
  },
  stream_restarted: {
    reason: { code: "stream_restarted" },
    details: broken,
    cause: "A gateway began the reply again",
    change: tryAgain,
  },
  stopped_by_error: {
    reason: { code: "stopped_by_error" },
    details: broken,
    cause: "A gateway reports an error as the stop reason",
    change: tryAgain,
  },
  input_without_call: {
    reason: { code: "input_without_call" },
    details: broken,
    cause: "A gateway lost a part of the reply",
    change: tryAgain,
  },
  input_not_whole: {
    reason: { code: "input_not_whole", tool: "get_order" },
    details: broken,
    cause: "A gateway lost a part of the reply",
    change: tryAgain,
  },
  event_not_json: {
    reason: { code: "event_not_json", start: '"data: <html>"' },
    details: broken,
    cause: "A proxy changed the stream",
    change: tryAgain,
  },
  openai_stream: {
    reason: { code: "openai_stream" },
    details: invalid,
    cause: "Base URL leads to an endpoint in OpenAI's format",
    change: baseUrl,
  },
  openai_response: {
    reason: { code: "openai_response" },
    details: invalid,
    cause: "Base URL leads to an endpoint in OpenAI's format",
    change: baseUrl,
  },
  not_a_message: {
    reason: { code: "not_a_message", contentType: "text/html" },
    details: invalid,
    cause: "A page of a proxy or a login, or another API",
    change: baseUrl,
  },
  results_missing: {
    reason: { code: "results_missing", received: 900, total: 1_000 },
    details: broken,
    cause: "The download of the results broke off, also when it was repeated",
    change: "Nothing: run the step again",
  },
  results_changed: {
    reason: { code: "results_changed" },
    details: broken,
    cause: "The host sent other results when the download was repeated",
    change: "Nothing: run the step again",
  },
  results_repeated: {
    reason: { code: "results_repeated", received: 1_001, total: 1_000 },
    details: broken,
    cause: "The host sent results twice",
    change: "Nothing: run the step again",
  },
  redirected: {
    reason: { code: "redirected", baseUrl: "http://example.com", location: "https://example.com" },
    details: { status: 301, type: "redirect" },
    cause: "The host has moved, or only accepts https",
    change: baseUrl,
  },
};

/** Responses of the API, by status and type. */
const responses: (Explained & Details & { message: string })[] = [
  {
    status: 400,
    type: "invalid_request_error",
    message: "max_tokens: must be at most 64000",
    cause: "The API does not accept a value; its message says which",
    change: "The input that the message is about",
  },
  {
    status: 400,
    type: "invalid_request_error",
    message: "Your credit balance is too low to access the Anthropic API",
    cause: "The organization has no credit left",
    change: "Billing in the Claude Console",
  },
  {
    status: 400,
    type: "invalid_request_error",
    message: "You have reached your specified API usage limits",
    cause: "A spend limit set in the Claude Console",
    change: "Limits in the Claude Console",
  },
  {
    status: 400,
    type: "invalid_request_error",
    message: "prompt is too long: 1204000 tokens > 1000000 maximum",
    cause: "The prompt is larger than the context window",
    change: "Attachments, Conversation or Message",
  },
  {
    status: 401,
    type: "authentication_error",
    message: "invalid x-api-key",
    cause: "The key was deleted, or not copied in full",
    change: "API Key of the connection",
  },
  {
    status: 402,
    type: "billing_error",
    message: "Payment required",
    cause: "A problem with the payment",
    change: "Billing in the Claude Console",
  },
  {
    status: 403,
    type: "permission_error",
    message: "This API key does not have access to this model",
    cause: "The workspace of the key may not use the model or the endpoint",
    change: "Model, or the workspace in the Claude Console",
  },
  {
    status: 404,
    type: "not_found_error",
    message: "model: claude-sonet-5-5",
    cause: "A typo, or a retired model",
    change: "Model",
  },
  {
    status: 409,
    type: "conflict_error",
    message: "The resource is being changed",
    cause: "Another request changes the same thing",
    change: "Nothing: run the step again",
  },
  {
    status: 413,
    type: "request_too_large",
    message: "Request exceeds the maximum size",
    cause: "Attachments or the conversation are too large",
    change: "Attachments, or Upload Large Attachments in Advanced",
  },
  {
    status: 429,
    type: "rate_limit_error",
    message: "This request would exceed the rate limit of requests per minute",
    cause: "More requests or tokens per minute than the API key may use",
    change: "Max Retries in Advanced, Concurrency of Process List",
  },
  {
    status: 500,
    type: "api_error",
    message: "Internal server error",
    cause: "A failure at Anthropic or at the gateway",
    change: tryAgain,
  },
  {
    status: 504,
    type: "timeout_error",
    message: "The request timed out",
    cause: "The API or a gateway gave up waiting",
    change: "Timeout or Max Tokens",
  },
  {
    status: 529,
    type: "overloaded_error",
    message: "Overloaded",
    cause: "The API has more requests than it can serve",
    change: "Max Retries or Fallback Models in Advanced",
  },
];

/** Every failure of a request, with its cause. */
export const failureExamples: (Explained & { failure: Failure })[] = [
  ...responses.map(({ status, type, message, ...explained }) => ({
    ...explained,
    failure: new Failure({ code: "refused_by_api", message }, { status, type }),
  })),
  ...Object.values(reasons).map(({ reason, details, ...explained }) => ({
    ...explained,
    failure: new Failure(reason, details),
  })),
];

/** Replies that are not whole, of a step that fails then. */
export const shortfallExamples: {
  [Code in Shortfall["code"]]: Explained & { shortfall: Extract<Shortfall, { code: Code }> };
} = {
  refused: {
    shortfall: { code: "refused", category: undefined, explanation: undefined },
    cause: "The request, or a text or file in it, is against the usage policy",
    change: "Message, or Fallback Models in Advanced",
  },
  truncated_by_max_tokens: {
    shortfall: { code: "truncated_by_max_tokens", maxTokens: 4_097, thinkingTokens: undefined },
    cause: "The reply, thinking included, is longer than its limit",
    change: "Max Tokens",
  },
  truncated_by_context_window: {
    shortfall: { code: "truncated_by_context_window" },
    cause: "Prompt and reply together are larger than the context window",
    change: "Attachments, Conversation or Message",
  },
  truncated_out_of_time: {
    shortfall: { code: "truncated_out_of_time" },
    cause: "The execution ends after 15 minutes",
    change: "Max Tokens, or less in one step",
  },
  paused: {
    shortfall: { code: "paused", cause: { code: "continued_too_often", count: 10 } },
    cause: "Server tools need more turns than a step continues",
    change: "A further Chat with the conversation as Conversation, without Message",
  },
  mismatch: {
    shortfall: {
      code: "mismatch",
      mismatch: { code: "schema_not_matched", faults: "total is missing" },
    },
    cause: "The text does not have the data, or the schema does not say clearly what to return",
    change: "Message, JSON Schema or Model",
  },
};

const connectionOf = (key: string, fields: Record<string, unknown>) => ({
  key,
  configVarKey: "",
  fields,
});
const key = { apiKey: "sk-ant-1" };

/** Connections that are not valid. */
export const connectionExamples: (Explained & { message: string })[] = [
  {
    connection: connectionOf("anthropic", {}),
    cause: "The config variable has no value yet",
    change: "API Key",
  },
  {
    connection: connectionOf("anthropic", { apiKey: "sk-ant 1" }),
    cause: "The key was copied with other text",
    change: "API Key",
  },
  {
    connection: connectionOf("anthropic", { ...key, baseUrl: "api.anthropic.com" }),
    cause: "The URL has no scheme, or a query",
    change: "Base URL",
  },
  {
    connection: connectionOf("anthropic", { ...key, timeout: "soon" }),
    cause: "Not a number of seconds",
    change: "Timeout (seconds)",
  },
  {
    connection: connectionOf("slackOAuth", {}),
    cause: "The connection of another step was chosen",
    change: "Connection",
  },
  {
    connection: connectionOf("gateway", { baseUrl: "https://example.com" }),
    cause: "Authentication is not None, but there is no credential",
    change: "Credential or Authentication",
  },
].map(({ connection, ...explained }) => ({ ...explained, message: errorOf(connection) }));

function errorOf(connection: Parameters<typeof readConnection>[0]): string {
  try {
    readConnection(connection);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("dev/docs/failureExamples.ts has a connection that is valid.");
}
