import { type Failure, isSpendLimit } from "./failure";

/**
 * The kinds of errors, for flows and code to branch on: whether the same request may succeed later.
 * Published, so a code never changes its meaning.
 */
export const errorCodes = {
  rate_limited: true,
  overloaded: true,
  server_error: true,
  timeout: true,
  out_of_time: true,
  no_connection: true,
  broken_response: true,
  conflict: true,
  paused: true,
  invalid_output: true,
  no_credit: false,
  over_budget: false,
  bad_key: false,
  no_access: false,
  not_found: false,
  too_large: false,
  invalid_request: false,
  invalid_input: false,
  invalid_connection: false,
  unexpected_response: false,
  refused: false,
  truncated: false,
  internal: false,
} as const satisfies Record<string, boolean>;

export type ErrorCode = keyof typeof errorCodes;

/** What every error of this connector has. */
export interface CodedError {
  code: ErrorCode;
  /** Whether the same request may succeed later. */
  retryable: boolean;
}

/** An error as data, for a flow to branch on. */
export interface ErrorData extends CodedError {
  message: string;
  /** Label of the input to change, null if it is not about one. */
  input: string | null;
  /** HTTP status, null without a response. */
  status: number | null;
  requestId: string | null;
}

export const coded = (code: ErrorCode): CodedError => ({ code, retryable: errorCodes[code] });

/** By Anthropic's error types, and by the connector's own (see Failure). */
const codeByType: Record<string, ErrorCode> = {
  rate_limit_error: "rate_limited",
  overloaded_error: "overloaded",
  billing_error: "no_credit",
  request_too_large: "too_large",
  timeout_error: "timeout",
  connection_error: "no_connection",
  broken_response: "broken_response",
  deadline_exceeded: "out_of_time",
  redirect: "invalid_connection",
  invalid_response: "unexpected_response",
  unexpected_format: "unexpected_response",
  list_does_not_end: "unexpected_response",
  list_too_long: "too_large",
};

const codeByStatus: Record<number, ErrorCode> = {
  401: "bad_key",
  402: "no_credit",
  403: "no_access",
  404: "not_found",
  408: "timeout",
  409: "conflict",
  413: "too_large",
  429: "rate_limited",
  503: "overloaded",
  504: "timeout",
  529: "overloaded",
};

/** Causes that the API only tells by its message. */
const codeByMessage: [RegExp, ErrorCode][] = [
  [/credit balance is too low|specified (workspace )?API usage limits/i, "no_credit"],
  [/prompt is too long|exceeds? (the )?(maximum )?context/i, "too_large"],
];

/** @see https://platform.claude.com/docs/en/api/errors */
export const codeOfFailure = (failure: Failure): ErrorCode => {
  const { reason, status, type } = failure;
  if (isSpendLimit(failure)) return "no_credit";
  const message = (reason.code === "refused_by_api" && reason.message) || "";
  const [, byMessage] = codeByMessage.find(([pattern]) => pattern.test(message)) ?? [];
  if (byMessage) return byMessage;
  // Gateways use their own types; the status says the same everywhere.
  const byStatus = status === null ? undefined : codeByStatus[status];
  const known = byStatus ?? (Object.hasOwn(codeByType, type) ? codeByType[type] : undefined);
  if (known) return known;
  if (status === null) return "no_connection";
  return status >= 500 ? "server_error" : status >= 400 ? "invalid_request" : "unexpected_response";
};
