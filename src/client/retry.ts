import { type Failure, isSpendLimit } from "./failure";

/** Decides whether to retry. By hand: no library decides as the official SDK does. */
export interface RetryPolicy {
  /** Maximum number of retries. */
  maxRetries: number;
  shouldRetry(failure: Failure): boolean;
  /**
   * Milliseconds to wait before a retry.
   * @param retry How many retries came before, 0 for the first.
   */
  delay(failure: Failure, retry: number): number;
}

/** Maximum delay of `setTimeout`. A longer one would fire immediately. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * The official SDK's decisions: retries after no response, 408, 409, 429 and ≥ 500;
 * `x-should-retry` overrides. Unlike the SDK, a spend limit is final: waiting does not lift it.
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
 * Whether a request that is not idempotent may be sent again: it never left, the server allows it,
 * or it was refused for a rate limit or overload. No response, or a fault on the way, leaves open
 * whether it was processed.
 */
export const isSafeToResend = (failure: Failure): boolean => {
  const { status, headers, mayHaveArrived } = failure;
  if (!mayHaveArrived) return true;
  if (status === null || isSpendLimit(failure) || headers["x-should-retry"] === "false")
    return false;
  return headers["x-should-retry"] === "true" || status === 429 || status === 529;
};

/** Whether a failed request may have been processed anyway: its response is lost, or is not the server's own. */
export const mayHaveBeenProcessed = ({
  status,
  mayHaveArrived,
}: Pick<Failure, "status" | "mayHaveArrived">): boolean =>
  mayHaveArrived &&
  (status === null || status < 400 || status === 408 || (status >= 500 && status !== 529));

/** Half a second, doubled with each retry up to 8 seconds, minus up to a quarter at random. In ms. */
const exponentialBackoff = (retry: number): number =>
  Math.min(0.5 * 2 ** retry, 8) * (1 - Math.random() * 0.25) * 1000;

/**
 * The wait that the server asks for, in ms: `retry-after-ms`, else `retry-after` in seconds or as
 * a date. Undefined if it asks for none, or for an impossible one.
 */
export const retryAfter = (headers: Record<string, string>): number | undefined => {
  const { "retry-after-ms": ms = "", "retry-after": after = "" } = headers;
  const seconds = Number.parseFloat(after);
  const wait =
    Number.parseFloat(ms) ||
    (Number.isNaN(seconds) ? Date.parse(after) - Date.now() : seconds * 1000);
  return wait > 0 && wait <= maxTimerMs ? wait : undefined;
};

/**
 * The decisions of the platform's Raw Request: 5xx and network errors, or every error; a fixed
 * delay or exponential backoff. A longer wait that the server asks for is respected.
 */
export const rawRequestRetryPolicy = ({
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
