import { type Failure, isSpendLimit } from "./failure";

/** Decides about a second try. By hand: no library decides as the official SDK does. */
export interface RetryPolicy {
  /** How often a failed request is sent again. */
  maxRetries: number;
  shouldRetry(failure: Failure): boolean;
  /**
   * Milliseconds to wait before a retry.
   * @param retry How many retries came before, 0 for the first.
   */
  delay(failure: Failure, retry: number): number;
}

/** What `setTimeout` can hold. A longer wait would fire at once. */
const longestTimer = 2 ** 31 - 1;

/**
 * The official SDK's decisions: no answer, 408, 409, 429 and 500 and up are sent again, and
 * `x-should-retry` overrules. Beyond the SDK, a spend limit is final: waiting does not lift it.
 *
 * @see https://platform.claude.com/docs/en/cli-sdks-libraries/sdks/typescript#retries
 */
export const sdkRetryPolicy = (maxRetries = 2): RetryPolicy => ({
  maxRetries,
  shouldRetry(failure) {
    const { status, type, headers } = failure;
    if (type === "deadline_exceeded" || type === "invalid_response" || isSpendLimit(failure)) {
      return false;
    }
    if (headers["x-should-retry"] === "true") return true;
    if (headers["x-should-retry"] === "false") return false;
    return status === null || [408, 409, 429].includes(status) || status >= 500;
  },
  delay: ({ headers }, retry) => retryAfter(headers) ?? exponentialBackoff(retry),
});

/**
 * Whether a failed request has surely not been taken and may be sent again: the server says so, or it
 * refused the request for a limit or overload. No answer, or a fault on the way, leaves that open.
 */
export const isSurelyRefused = (failure: Failure): boolean => {
  const { status, headers, reached } = failure;
  if (!reached) return true;
  if (status === null || isSpendLimit(failure) || headers["x-should-retry"] === "false")
    return false;
  return headers["x-should-retry"] === "true" || status === 429 || status === 529;
};

/** Whether a request that failed may have been taken all the same: its answer is lost, or not one of the server's own. */
export const mayHaveArrived = ({ status, reached }: Pick<Failure, "status" | "reached">): boolean =>
  reached &&
  (status === null || status < 400 || status === 408 || (status >= 500 && status !== 529));

/** Half a second, doubled with each retry up to 8 seconds, less up to a quarter at random. In ms. */
const exponentialBackoff = (retry: number): number =>
  Math.min(0.5 * 2 ** retry, 8) * (1 - Math.random() * 0.25) * 1000;

/**
 * The wait that the server asks for, in ms: `retry-after-ms`, else `retry-after` in seconds or as
 * a date. Undefined when it asks for none that makes sense.
 */
export const retryAfter = (headers: Record<string, string>): number | undefined => {
  const { "retry-after-ms": ms = "", "retry-after": after = "" } = headers;
  const seconds = Number.parseFloat(after);
  const wait =
    Number.parseFloat(ms) ||
    (Number.isNaN(seconds) ? Date.parse(after) - Date.now() : seconds * 1000);
  return wait > 0 && wait <= longestTimer ? wait : undefined;
};

/**
 * The decisions of the platform's Raw Request: 5xx and network errors, or every error; a fixed
 * delay or exponential backoff. A server that asks for a longer wait gets it.
 */
export const plainRetryPolicy = ({
  maxRetries,
  delayMs,
  allErrors,
  exponential,
}: {
  maxRetries: number;
  delayMs: number;
  allErrors: boolean;
  exponential: boolean;
}): RetryPolicy => ({
  maxRetries,
  shouldRetry: ({ status, type }) =>
    type !== "deadline_exceeded" && (status === null || status >= (allErrors ? 300 : 500)),
  delay: ({ headers }, retry) =>
    Math.max(exponential ? exponentialBackoff(retry) : delayMs, retryAfter(headers) ?? 0),
});
