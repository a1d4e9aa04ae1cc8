import { redactAll } from "./redact";
import { isObject, isRecord, isText } from "./values";

/** Why an attempt failed, as data. src/wording makes the sentence of it. */
export type FailureReason =
  /** The server says it in its own words. Undefined if it says nothing. */
  | { code: "refused_by_api"; message: string | undefined; appealUrl?: string }
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
  | { code: "stopped_by_error" }
  | { code: "input_without_call" }
  | { code: "input_not_whole"; tool: string }
  | { code: "event_not_json"; start: string }
  | { code: "openai_stream" }
  | { code: "openai_response" }
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
  const { code, ...data } = reason;
  return new Failure(
    { code, ...redactAll(data, secrets) } as FailureReason,
    redactAll({ status, type, errorCode, requestId, mayHaveArrived, headers }, secrets),
  );
};

/** These return 429 as a rate limit does, but no amount of waiting helps. */
const spendLimits = ["enforced_spend_limit_reached", "contract_spend_limit_reached"];

export const isSpendLimit = ({ errorCode }: Pick<Failure, "errorCode">): boolean =>
  errorCode !== null && spendLimits.includes(errorCode);

/**
 * Reads the body of an error response: Anthropic's own shape, the shapes of gateways
 * (`{error: "…"}`, `{message}`, `{detail}`, `{errors: […]}`, OpenAI's) or an HTML page.
 *
 * @see https://platform.claude.com/docs/en/api/errors#error-shapes
 */
export const failureFromResponse = (
  status: number,
  headers: Record<string, string>,
  body: string,
): Failure => failureFromError(parseObject(body) ?? {}, { status, headers, text: htmlTitle(body) });

/** An error that comes with status 200, in a stream or as the body: it says the status itself. */
export const failureFromEvent = (
  event: Record<string, unknown>,
  headers: Record<string, string>,
): Failure => failureFromError(event, { status: statusOf(event), headers, text: "" });

/** Whether a body with status 200 is an error. */
export const isErrorBody = (body: unknown): body is Record<string, unknown> =>
  isObject(body) &&
  !body.content &&
  (Boolean(body.error) ||
    body.type === "error" ||
    (Array.isArray(body.errors) && body.errors.length > 0));

const failureFromError = (
  json: Record<string, unknown>,
  { status, headers, text }: { status: number; headers: Record<string, string>; text: string },
): Failure => {
  const { error, message, type } = innermostError(json);
  const details = isObject(error.details) ? error.details : {};
  return new Failure(
    {
      code: "refused_by_api",
      message: withoutStackTrace(message ?? text) || undefined,
      ...(isText(details.appeal_url) ? { appealUrl: details.appeal_url } : {}),
    },
    {
      status,
      type: type ?? typeByStatus[status] ?? "api_error",
      errorCode: isText(details.error_code) ? details.error_code : null,
      requestId: requestId(headers) ?? (isText(json.request_id) ? json.request_id : null),
      headers,
    },
  );
};

interface ErrorObject {
  error: Record<string, unknown>;
  message?: string;
  type?: string;
}

/**
 * The error that the others wrap: gateways put the error of the host behind them into
 * `metadata.raw`, into `upstream_error`, or as JSON into their message, which the SDK begins with
 * the status.
 */
const innermostError = (json: Record<string, unknown>, depth = 0): ErrorObject => {
  const list = Array.isArray(json.errors) ? json.errors : [];
  const error = [json.error, list[0]].find(isRecord) ?? json;
  const message = [error.message, json.error, json.message, json.detail, list[0]].find(isText);
  const type = [error.type].find(isErrorType);
  const raw = isObject(error.metadata) ? error.metadata.raw : undefined;
  if (depth < maxDepth) {
    for (const wrapped of [raw, error.upstream_error, message]) {
      const inside = isText(wrapped) ? parseObject(wrapped.replace(/^\d{3} /, "")) : wrapped;
      const found = isRecord(inside) ? innermostError(inside, depth + 1) : undefined;
      if (found?.message) return { ...found, type: found.type ?? type };
    }
  }
  return { error, message: isText(raw) ? raw : message, type };
};

/** Gateways behind gateways: more are not seen, and a text could nest without end. */
const maxDepth = 4;

/** LiteLLM sends "None" for no type. */
const isErrorType = (type: unknown): type is string =>
  isText(type) && type !== "error" && type !== "None";

/** The status that an error with status 200 stands for: its `code` or `status`, else by its type. */
const statusOf = (json: Record<string, unknown>): number => {
  const { error } = json;
  const known = (isObject(error) ? [error, json] : [json])
    .flatMap(({ code, status, status_code }) => [code, status, status_code])
    .map(Number)
    .find((status) => status >= 400 && status <= 599);
  if (known !== undefined) return known;
  const { type } = innermostError(json);
  const [status] = Object.entries(typeByStatus).find(([, known]) => known === type) ?? [500];
  return Number(status);
};

/** Some hosts append the stack trace of their own code. */
const withoutStackTrace = (message: string): string => {
  const start = message.search(/\n[ \t]+at [^\n]*:\d+|\bTraceback \(most recent call last\)/);
  return start < 0 ? message : message.slice(0, start).trimEnd();
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

const parseObject = (text: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** Proxies respond in HTML, whose title says most. */
const htmlTitle = (body: string): string =>
  /<title>([^<]*)<\/title>/i.exec(body)?.[1]?.trim() ?? body.trim();
