import { type Connection, type ConnectionError, SpectralError } from "@prismatic-io/spectral";
import { connectionError } from "../connections/endpoint";
import { type CodedError, coded, codeOfFailure } from "./errorCode";
import type { Failure } from "./failure";

/** Facts about a call that failed for good. */
export interface CallFacts extends CodedError {
  /** HTTP status, null if there is no response. */
  status: number | null;
  /** Anthropic's `error.type`, or one of this connector's own (see Failure). */
  type: string;
  /** Anthropic's `error.details.error_code`. */
  errorCode: string | null;
  requestId: string | null;
  /** Whether the request may have reached the server. */
  mayHaveArrived: boolean;
  /** How often the request was sent. */
  attempts: number;
}

/** A call that failed for good. The message says what happened, why and what to change. */
export class ApiError extends SpectralError implements CallFacts {
  code!: CodedError["code"];
  retryable!: boolean;
  status!: number | null;
  type!: string;
  errorCode!: string | null;
  requestId!: string | null;
  mayHaveArrived!: boolean;
  attempts!: number;

  constructor(message: string, facts: CallFacts) {
    super(message);
    this.name = "ApiError";
    Object.assign(this, facts);
  }
}

/** The call that failed. */
export interface Call {
  method: string;
  /** Below the base URL, starting with `/v1/`. */
  path: string;
  /** The path of the base URL, which is sent before it. @default none */
  prefix?: string;
  /** False if it may not be sent twice. */
  idempotent?: boolean;
  /** How often it was sent. */
  attempts: number;
  /** Key of the connection that it used. */
  connectionKey: string;
}

/** Makes the sentences of an error: what happened, why, and what to change. See src/wording. */
export type DescribeFailure = (failure: Failure, call: Call) => string;

/**
 * The error that a person sees when no attempt is left. A refused credential becomes the platform's
 * ConnectionError, with the same facts.
 *
 * @see https://platform.claude.com/docs/en/api/errors
 */
export const toError = (
  failure: Failure,
  call: Omit<Call, "connectionKey">,
  connection: Connection,
  describe: DescribeFailure,
): ApiError | (ConnectionError & CallFacts) => {
  const { status, type, errorCode, requestId, mayHaveArrived } = failure;
  const facts: CallFacts = {
    ...coded(codeOfFailure(failure)),
    status,
    type,
    errorCode,
    requestId,
    mayHaveArrived,
    attempts: call.attempts,
  };
  const message = describe(failure, { ...call, connectionKey: connection.key });
  return status === 401 || status === 403
    ? Object.assign(connectionError(connection, message), facts)
    : new ApiError(message, facts);
};
