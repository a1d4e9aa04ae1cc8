import { redact, redactAll } from "./redact";
import { isObject, isText } from "./values";

/** Why one attempt failed: an answer that says no, or no usable answer at all. */
export class Failure extends Error {
  /** HTTP status, null when no answer came. */
  readonly status: number | null;
  /**
   * Anthropic's `error.type`, or one of this connector's own: `connection_error`, `broken_answer`,
   * `timeout_error`, `deadline_exceeded`, `invalid_response`, `unexpected_format`, `redirect`.
   */
  readonly type: string;
  /** Anthropic's `error.details.error_code`. */
  readonly code: string | null;
  readonly requestId: string | null;
  /** Whether the server may have got the request. */
  readonly reached: boolean;
  /** Headers of the answer, names in lower case. */
  readonly headers: Record<string, string>;

  constructor(message: string, details: Partial<Omit<Failure, keyof Error>> = {}) {
    super(message);
    this.name = "Failure";
    this.status = details.status ?? null;
    this.type = details.type ?? "connection_error";
    this.code = details.code ?? null;
    this.requestId = details.requestId ?? null;
    this.reached = details.reached ?? true;
    this.headers = details.headers ?? {};
  }
}

/** The same failure without the secrets that a server put into it. */
export const withoutSecrets = (failure: Failure, secrets: readonly string[]): Failure => {
  const { status, type, code, requestId, reached, headers } = failure;
  return new Failure(
    redact(failure.message, secrets),
    redactAll({ status, type, code, requestId, reached, headers }, secrets),
  );
};

/** A spend limit answers 429 as a rate limit does, but no amount of waiting helps. */
export const isSpendLimit = ({ code }: Failure): boolean =>
  code !== null &&
  ["enforced_spend_limit_reached", "contract_spend_limit_reached", "ramp_limit_exceeded"].includes(
    code,
  );

/**
 * Reads the body of an answer that says no: Anthropic's own shape, the shapes of gateways
 * (`{error: "…"}`, `{message}`, `{detail}`, OpenAI's) or a page of HTML.
 *
 * @see https://platform.claude.com/docs/en/api/errors#error-shapes
 */
export const failureFromAnswer = (
  status: number,
  headers: Record<string, string>,
  body: string,
): Failure => failureFromError(parseObject(body), { status, headers, text: pageTitle(body) });

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
  return new Failure(message ?? "The answer has no message.", {
    status,
    type:
      isText(error.type) && error.type !== "error"
        ? error.type
        : (typeByStatus[status] ?? "api_error"),
    code: isText(details.error_code) ? details.error_code : null,
    requestId: requestId(headers) ?? (isText(json.request_id) ? json.request_id : null),
    headers,
  });
};

/** The id to quote to Anthropic's support, or a gateway's own. */
export const requestId = (headers: Record<string, string>): string | null =>
  headers["request-id"] ?? headers["x-request-id"] ?? headers["x-amzn-requestid"] ?? null;

/** Anthropic's error type for each status, for answers that name none. */
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

/** Proxies answer in HTML: its title says most. */
const pageTitle = (body: string): string =>
  /<title>([^<]*)<\/title>/i.exec(body)?.[1]?.trim() ?? body.trim();
