import { pricedModels, withoutDate } from "../claude/models/prices";
import type { Call, DescribeFailure } from "../client/errors";
import type { Failure, FailureReason } from "../client/failure";
import { truncate } from "../client/redact";
import { mayHaveBeenProcessed } from "../client/retry";
import { gateway } from "../connections/gateway";
import { adviceByCause } from "./errorCodes";
import type { Labels } from "./labels";
import { counted, sentence } from "./sentence";
import { didYouMean, nearest } from "./suggest";

/** Words the errors of a step: what happened, why, and what to change in this step. */
export const failureWording =
  (labels: Labels): DescribeFailure =>
  (failure, call) =>
    [
      whatHappened(failure),
      // Not "try again" for a request that must not be processed twice.
      call.idempotent === false && mayHaveBeenProcessed(failure)
        ? undefined
        : advice(failure, call, labels),
      modelAdvice(failure),
      callFacts(failure, call),
    ]
      .filter(Boolean)
      .join(" ");

const whatHappened = (failure: Failure): string => {
  const { reason, status, type } = failure;
  if (reason.code !== "refused_by_api") return truncate(reasonText(reason));
  const message = sentence(truncate(reason.message ?? "The response has no message"));
  const appeal = reason.appealUrl ? ` Appeal: ${reason.appealUrl}` : "";
  return `The API returned ${status} ${type}: ${message}${appeal}`;
};

const reasonText = (reason: Exclude<FailureReason, { code: "refused_by_api" }>): string => {
  switch (reason.code) {
    case "redirected":
      return `Base URL ${reason.baseUrl} redirects${reason.location ? ` to ${reason.location}` : ""}. Redirects are not followed, because they would forward the credential.`;
    case "no_response":
      return sentence(`No response from ${reason.host}: ${reason.cause}`);
    case "response_interrupted":
      return sentence(`The response of ${reason.host} was interrupted: ${reason.cause}`);
    case "response_stalled":
      return `The response stalled: no data for ${reason.seconds / 60} minutes.`;
    case "response_too_deep":
      return `The response of ${reason.host} cannot be read: it is ${reason.cause}.`;
    case "response_too_large":
      return `The response is larger than ${reason.megabytes} MB.`;
    case "line_too_long":
      return `The response has a line of more than ${reason.megabytes} MB.`;
    case "not_json":
      return `The response is not JSON: it starts with ${reason.start}.`;
    case "unexpected_response":
      return `The response is not ${reason.expected}.`;
    case "attempt_timed_out":
      return `No complete response within ${reason.seconds} s.`;
    case "execution_timed_out":
      return "The execution ran out of time: the platform ends it after 15 minutes.";
    case "list_does_not_end":
      return `The list does not end: after ${reason.items} items, the API returns to ${reason.cursor}.`;
    case "list_too_long":
      return `The list has more than ${reason.maxItems} items.`;
    case "stream_ended_early":
      return "The response ended early.";
    case "stream_restarted":
      return "The response restarted before its end.";
    case "stopped_by_error":
      return "The response ended with an error.";
    case "input_without_call":
      return "The response has the input of a tool call without the call.";
    case "input_not_whole":
      return `The response has a call to tool ${reason.tool} whose input is not a JSON object.`;
    case "event_not_json":
      return `The response has an event that is not JSON: ${reason.start}.`;
    case "openai_stream":
      return "The host streams in OpenAI's format, not in the format of Claude's Messages API.";
    case "openai_response":
      return "The host responds in the format of OpenAI's Responses API, not in that of Claude's Messages API.";
    case "not_a_message":
      return `The response is not a Message: its content type is ${reason.contentType || "unknown"}.`;
    case "results_missing":
      return `The response ended early: ${reason.received} of ${reason.total} results were received.`;
    case "results_changed":
      return "The results changed while they were read.";
    case "results_repeated":
      return `The response has ${reason.received} results, but the batch has ${counted(reason.total, "request")}.`;
  }
};

/** The models whose names are similar to that of one that does not exist, else those of its line. */
const modelAdvice = ({ reason, status }: Failure): string => {
  const message = (status === 404 && reason.code === "refused_by_api" && reason.message) || "";
  const [, whole, word] =
    /^model: (.+)$|\bmodel(?:[:=] ?| )["'`]?([\w.:@/-]+)/i.exec(message) ?? [];
  const name = withoutDate(whole ?? word);
  // A model that exists, but not for this key.
  if (pricedModels.includes(name)) return "";
  const near = nearest(name, pricedModels);
  const words = name.toLowerCase().match(/[a-z]{4,}/g) ?? [];
  const ofLine = pricedModels.filter((model) =>
    words.some((word) => word !== "claude" && model.includes(`-${word}-`)),
  );
  return didYouMean(near.length > 0 ? near : ofLine.slice(0, 3)).trim();
};

const callFacts = (
  { reason, status, requestId }: Failure,
  { method, prefix = "", path, attempts }: Call,
) =>
  `(${[
    `${method} ${prefix}${path}`,
    reason.code !== "refused_by_api" && status !== null && `status ${status}`,
    requestId && `request ID ${requestId}`,
    counted(attempts, "attempt"),
  ]
    .filter(Boolean)
    .join(", ")})`;

/** What to do about a failure in a step with these inputs. */
const advice = (failure: Failure, call: Call, labels: Labels): string | undefined => {
  const { reason, status, type, errorCode } = failure;
  const isGateway = call.connectionKey === gateway.key;
  return (
    (reason.code === "refused_by_api" ? adviceByCause(errorCode, reason.message) : undefined) ??
    adviceByType(type, labels) ??
    (status === 404 && /^\/v1\/(files|messages\/batches)\/./.test(call.path)
      ? "The ID does not exist: it was deleted, has expired, or belongs to another workspace."
      : undefined) ??
    (isGateway ? gatewayAdvice(status, labels) : undefined) ??
    adviceByStatus(status, call.path, labels)
  );
};

const adviceByType = (type: string, labels: Labels): string | undefined => {
  switch (type) {
    case "connection_error":
      return "Check Base URL in the connection, and that its host is reachable from where this runs.";
    case "broken_response":
      return `Try again${orMoreRetries(labels, 500)}.`;
    case "timeout_error":
      return timeoutAdvice(labels);
    case "deadline_exceeded":
      return "Do less in one step, or start a new execution for it.";
    case "invalid_response":
      return "Check that Base URL in the connection is the base URL of Claude's API.";
    case "unexpected_format":
      return labels.responseType && `Choose another ${labels.responseType}, such as Text.`;
    case "list_does_not_end":
      return labels.fetchAll && `Turn ${labels.fetchAll} off and read single pages.`;
    case "list_too_long":
      return labels.fetchAll && `Turn ${labels.fetchAll} off and read the list page by page.`;
    case "redirect":
      return "If the target is trusted, enter it as Base URL in the connection.";
  }
  return undefined;
};

const timeoutAdvice = ({ timeout, maxTokens }: Labels): string => {
  if (!timeout) return "Increase Timeout in the connection, or try again later.";
  return maxTokens
    ? `Increase ${timeout}, or lower ${maxTokens} so that the response finishes sooner.`
    : `Increase ${timeout}, or try again later.`;
};

/** For statuses that a gateway uses in another sense than Anthropic. */
const gatewayAdvice = (status: number | null, { model }: Labels): string | undefined => {
  switch (status) {
    case 401:
      return "Check Credential, Authentication and Extra Headers in the connection.";
    case 402:
      return "Check billing and credit at the gateway.";
    case 403:
      return "Check at the gateway what this credential has access to.";
    case 404:
      return model
        ? `Check ${model} and Base URL: the gateway does not know the model, or does not have this endpoint.`
        : "Check Base URL: the gateway does not have this endpoint.";
    case 405:
    case 501:
      return "The gateway does not have this endpoint.";
  }
  return undefined;
};

const adviceByStatus = (
  status: number | null,
  path: string,
  labels: Labels,
): string | undefined => {
  switch (status) {
    case 400:
    case 422:
      return "Correct the input that this message is about.";
    case 401:
      return "Check API Key in the connection.";
    case 402:
      return "Check billing and credit in the Claude Console.";
    case 403:
      return "Check in the Claude Console what this API key has access to.";
    case 404:
      if (labels.model) {
        return `Check ${labels.model} for typos. Retired models also return this error.`;
      }
      return path.startsWith("/v1/files")
        ? "Check Base URL in the connection."
        : "Check the model, ID or path for typos. Retired models also return this error.";
    case 408:
      return timeoutAdvice(labels);
    case 409:
      return "Another request changed the same resource. Try again.";
    case 413:
      return `Send less: ${maxSize(path)}.`;
    case 429:
      return `The rate limit is reached. Send fewer requests at a time${orMoreRetries(labels, status)}.`;
    case 500:
    case 502:
    case 503:
    case 504:
      return `The problem is on the API's side. Try again later${orMoreRetries(labels, status)}.`;
    case 529:
      return `The API is overloaded. Try again later${orMoreRetries(labels, status)}.`;
  }
  return undefined;
};

/** @see https://platform.claude.com/docs/en/api/errors#request-size-limits */
const maxSize = (path: string): string => {
  if (path.startsWith("/v1/files")) return "a file can have at most 500 MB";
  if (path.startsWith("/v1/messages/batches")) return "a batch can have at most 256 MB";
  return "a request can have at most 32 MB";
};

/** Raw Request only retries all statuses if it is told to. */
const orMoreRetries = ({ maxRetries, retryAllErrors }: Labels, status: number): string => {
  if (!maxRetries) return ", or increase Max Retries in the connection";
  return retryAllErrors && status < 500
    ? `, or turn on ${retryAllErrors} and increase ${maxRetries}`
    : `, or increase ${maxRetries}`;
};
