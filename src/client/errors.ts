import { type Connection, type ConnectionError, SpectralError } from "@prismatic-io/spectral";
import { connectionError } from "../connections/endpoint";
import { gateway } from "../connections/gateway";
import { type Failure, isSpendLimit } from "./failure";
import { cut } from "./redact";
import { mayHaveArrived } from "./retry";

/** What is known of a call that failed for good. */
export interface CallFacts {
  /** HTTP status, null when no answer came. */
  status: number | null;
  /** Anthropic's `error.type`, or one of this connector's own (see Failure). */
  type: string;
  /** Anthropic's `error.details.error_code`. */
  code: string | null;
  requestId: string | null;
  /** Whether the server may have got the request. */
  reached: boolean;
  /** How often the request was sent. */
  attempts: number;
}

/** A call that failed for good. The message says what happened, why and what to change. */
export class ApiError extends SpectralError implements CallFacts {
  status!: number | null;
  type!: string;
  code!: string | null;
  requestId!: string | null;
  reached!: boolean;
  attempts!: number;

  constructor(message: string, facts: CallFacts) {
    super(message);
    this.name = "ApiError";
    Object.assign(this, facts);
  }
}

/**
 * The error a person sees once no attempt is left. A refused credential becomes the platform's
 * ConnectionError, with the same facts on it.
 *
 * @see https://platform.claude.com/docs/en/api/errors
 */
export const toError = (
  failure: Failure,
  attempts: number,
  call: { method: string; path: string; once?: boolean },
  connection: Connection,
): ApiError | (ConnectionError & CallFacts) => {
  const { status, type, code, requestId, reached } = failure;
  const facts = { status, type, code, requestId, reached, attempts };
  const message = [
    status === null
      ? sentence(cut(failure.message))
      : `The API answered ${status} ${type}: ${sentence(cut(failure.message))}`,
    // "Run again" would be the wrong word for what must not be done twice.
    call.once && mayHaveArrived(failure) ? undefined : nextStep(failure, call.path, connection),
    `(${call.method} ${call.path}${requestId ? `, request id ${requestId}` : ""}, ${attempts} ${attempts === 1 ? "attempt" : "attempts"})`,
  ]
    .filter(Boolean)
    .join(" ");
  return status === 401 || status === 403
    ? Object.assign(connectionError(connection, message), facts)
    : new ApiError(message, facts);
};

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

const nextStep = (failure: Failure, path: string, { key }: Connection): string | undefined => {
  if (isSpendLimit(failure)) {
    return "The organization's spend limit is reached: raise it in the Claude Console.";
  }
  return (
    stepsByCode.get(failure.code ?? "") ??
    stepsByType.get(failure.type) ??
    (failure.status === 404 && /^\/v1\/(files|messages\/batches)\/./.test(path)
      ? gone
      : undefined) ??
    (key === gateway.key ? stepsOfGateways.get(failure.status ?? 0) : undefined) ??
    stepsByStatus.get(failure.status ?? 0)
  );
};

const gone = "None has this id: it is deleted or expired, or belongs to another workspace.";
const later = "The fault is on the API's side: run again later, or allow more retries.";
const patience = "Raise Timeout. An answer of Claude also comes sooner with a smaller Max Tokens.";

const stepsByCode = new Map([
  [
    "file_not_downloadable",
    "Only files that Claude's tools have made can be downloaded, not those that were uploaded.",
  ],
  ["file_expired", "The file is gone: upload it again, with a later Expires In."],
  ["storage_quota_exceeded", "Delete files that are not needed, or let them expire."],
]);

const stepsByType = new Map([
  [
    "connection_error",
    "Check Base URL in the connection, and that its host can be reached from where this runs.",
  ],
  ["broken_answer", "Run again, or allow more retries."],
  ["timeout_error", patience],
  ["deadline_exceeded", "Ask for less in one step, or start a new run for it."],
  ["invalid_response", "Check that Base URL in the connection leads to Claude's API."],
  ["unexpected_format", "Choose another Response Type, such as text."],
  [
    "redirect",
    "Enter the address it leads to as Base URL in the connection, if it is to be trusted.",
  ],
]);

/** Where a gateway's answer calls for another step than Anthropic's own. */
const stepsOfGateways = new Map([
  [401, "Check Credential, Authentication and Extra Headers in the connection."],
  [402, "Check billing and credit with the host."],
  [403, "Check with the host what this credential may do."],
  [
    404,
    "Check the model and Base URL: the host knows no such model, or does not have this endpoint.",
  ],
  [405, "The host does not have this endpoint."],
  [501, "The host does not have this endpoint."],
]);

const stepsByStatus = new Map([
  [400, "Change the input that this message names."],
  [401, "Check API Key in the connection."],
  [402, "Check billing and credit in the Claude Console."],
  [403, "Check in the Claude Console what this API key may do."],
  [404, "Check the model, id or path for a typing error; a retired model answers like this too."],
  [408, patience],
  [409, "Another request changed the same thing: run again."],
  [413, "Send less: a message may hold 32 MB."],
  [422, "Change the input that this message names."],
  [429, "The rate limit is reached: send fewer requests at a time, or allow more retries."],
  [500, later],
  [502, later],
  [503, later],
  [504, later],
  [529, "The API is overloaded for the moment: run again later, or allow more retries."],
]);
