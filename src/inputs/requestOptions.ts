import { input, structuredObjectInput } from "@prismatic-io/spectral";
import type { ClientOptions } from "../client/client";
import { InputError } from "../client/errors";
import { sdkRetryPolicy } from "../client/retry";
import { isBlank, optionalInteger, optionalNumber } from "./read";

const label = "Request Options";

const options = {
  timeout: input({
    label: "Timeout (seconds)",
    type: "string",
    required: false,
    comments:
      "Longest time that one attempt may take. Empty: 10 minutes for an answer of Claude to begin, 1 minute for everything else.",
    placeholder: "Enter a number of seconds",
    example: "120",
    clean: optionalNumber("Timeout (seconds)", { min: 0.001, max: 900 }),
  }),
  maxRetries: input({
    label: "Max Retries",
    type: "string",
    required: false,
    comments:
      "How often a request that failed for the moment is sent again: no answer, rate limit, overload, server error. Empty: 2. Enter 0 to send it once.",
    placeholder: "Enter a number of retries",
    example: "2",
    clean: optionalInteger("Max Retries", { min: 0, max: 100 }),
  }),
};

export const requestOptions = structuredObjectInput({
  label,
  comments: "How to send the request. The defaults suit most flows.",
  inputs: options,
});

/**
 * Reads the group as it comes: untouched (undefined or an empty text), half filled, or whole.
 * Its fields are clean already; the platform cleans them where the group is an object.
 */
export const readRequestOptions = (group: unknown): ClientOptions => {
  if (isBlank(group)) return {};
  if (typeof group !== "object" || Array.isArray(group)) {
    throw new InputError(label, "takes its fields Timeout and Max Retries, not a text.");
  }
  const { timeout, maxRetries } = group as { timeout?: number; maxRetries?: number };
  return {
    timeoutMs: timeout === undefined ? undefined : timeout * 1_000,
    retry: sdkRetryPolicy(maxRetries),
  };
};
