import { redactAll } from "./redact";
import { isObject, isText } from "./values";

/** Why an attempt failed, as data. src/wording makes the sentence of it. */
export type FailureReason =
  /** The server says it in its own words. Undefined if it says nothing. */
  | { code: "refused_by_api"; message: string | undefined }
  | { code: "redirected"; baseUrl: string; location: string | undefined }
  | { code: "no_response"; host: string; cause: string }
  | { code: "response_interrupted"; host: string; cause: string }
  | { code: "response_stalled"; seconds: number }
  | { code: "response_too_deep"; host: string; cause: string }
  | { code: "response_too_large"; megabytes: number }
  | { code: "line_too_long"; megabytes: number }
  | { code: "not_json"; start: string }
  | { code: "unexpected_response"; expected: string }
  | { code: "attempt_timed_out"; seconds: number }
  | { code: "execution_timed_out" }
  | { code: "list_does_not_end"; items: number; cursor: string }
  | { code: "list_too_long"; maxItems: number }
  | { code: "stream_ended_early" }
  | { code: "stream_restarted" }
  | { code: "event_not_json"; start: string }
  | { code: "openai_stream" }
  | { code: "not_a_message"; contentType: string }
  | { code: "results_missing"; received: number; total: number }
  | { code: "results_changed" }
  | { code: "results_repeated"; received: number; total: number };

/** Why one attempt failed: an error response, or no usable response at all. */
export class Failure extends Error {
  readonly reason: FailureReason;
  /** HTTP status, null if there is no response. */
  readonly status: number | null;
  /**
   * Anthropic's `error.type`, or one of this connector's own: `connection_error`, `broken_response`,
   * `timeout_error`, `deadline_exceeded`, `invalid_response`, `unexpected_format`, `redirect`,
   * `list_does_not_end`, `list_too_long`.
   */
  readonly type: string;
  /** Anthropic's `error.details.error_code`. */
  readonly errorCode: string | null;
  readonly requestId: string | null;
  /** Whether the request may have reached the server. */
  readonly mayHaveArrived: boolean;
  /** Headers of the response, names in lower case. */
  readonly headers: Record<string, string>;

  constructor(reason: FailureReason, details: Partial<Omit<Failure, keyof Error | "reason">> = {}) {
    super(reason.code);
    this.name = "Failure";
    this.reason = reason;
    this.status = details.status ?? null;
    this.type = details.type ?? "connection_error";
    this.errorCode = details.errorCode ?? null;
    this.requestId = details.requestId ?? null;
    this.mayHaveArrived = details.mayHaveArrived ?? true;
    this.headers = details.headers ?? {};
  }
}

/** The same failure without the secrets that a server put into it. */
export const withoutSecrets = (failure: Failure, secrets: readonly string[]): Failure => {
  const { reason, status, type, errorCode, requestId, mayHaveArrived, headers } = failure;
  return new Failure(
    redactAll(reason, secrets),
    redactAll({ status, type, errorCode, requestId, mayHaveArrived, headers }, secrets),
  );
};

/** A spend limit returns 429 as a rate limit does, but no amount of waiting helps. */
export const isSpendLimit = ({ errorCode }: Pick<Failure, "errorCode">): boolean =>
  errorCode !== null &&
  ["enforced_spend_limit_reached", "contract_spend_limit_reached", "ramp_limit_exceeded"].includes(
    errorCode,
  );

/**
 * Reads the body of an error response: Anthropic's own shape, the shapes of gateways
 * (`{error: "…"}`, `{message}`, `{detail}`, OpenAI's) or an HTML page.
 *
 * @see https://platform.claude.com/docs/en/api/errors#error-shapes
 */
export const failureFromResponse = (
  status: number,
  headers: Record<string, string>,
  body: string,
): Failure => failureFromError(parseObject(body), { status, headers, text: htmlTitle(body) });

/** An `error` event inside a stream comes after status 200: its type tells the status it stands for. */
export const failureFromEvent = (
  event: Record<string, unknown>,
  headers: Record<string, string>,
): Failure => {
  const type = isObject(event.error) ? event.error.type : undefined;
  const [status] = Object.entries(typeByStatus).find(([, known]) => known === type) ?? [500];
  return failureFromError(event, { status: Number(status), headers, text: "" });
};

const failureFromError = (
  json: Record<string, unknown>,
  { status, headers, text }: { status: number; headers: Record<string, string>; text: string },
): Failure => {
  const error = isObject(json.error) ? json.error : json;
  const details = isObject(error.details) ? error.details : {};
  const message = [error.message, json.error, json.message, json.detail, text].find(isText);
  return new Failure(
    { code: "refused_by_api", message },
    {
      status,
      type:
        isText(error.type) && error.type !== "error"
          ? error.type
          : (typeByStatus[status] ?? "api_error"),
      errorCode: isText(details.error_code) ? details.error_code : null,
      requestId: requestId(headers) ?? (isText(json.request_id) ? json.request_id : null),
      headers,
    },
  );
};

/** The ID to quote to Anthropic's support, or a gateway's own. */
export const requestId = (headers: Record<string, string>): string | null =>
  headers["request-id"] ?? headers["x-request-id"] ?? headers["x-amzn-requestid"] ?? null;

/** Anthropic's error type for each status, for error responses without a type. */
const typeByStatus: Record<number, string> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  409: "conflict_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  504: "timeout_error",
  529: "overloaded_error",
};

const parseObject = (text: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
};

/** Proxies respond in HTML, whose title says most. */
const htmlTitle = (body: string): string =>
  /<title>([^<]*)<\/title>/i.exec(body)?.[1]?.trim() ?? body.trim();
