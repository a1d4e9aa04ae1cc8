import { type Connection, input, structuredObjectInput } from "@prismatic-io/spectral";
import { type Client, type ClientOptions, createClient, type StepContext } from "../client/client";
import { sdkRetryPolicy } from "../client/retry";
import { InputError } from "./InputError";
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
      "Number of retries after a temporary failure: no answer, rate limit, overload, server error. Empty: 2. 0 sends the request once.",
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

/** The client of a step, as its Connection and its Request Options have it. */
export const stepClient = (
  context: StepContext,
  { connection, requestOptions }: { connection: Connection; requestOptions: unknown },
): Client => createClient(context, connection, readRequestOptions(requestOptions));
