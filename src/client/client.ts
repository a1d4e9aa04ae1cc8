import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "@prismatic-io/spectral";
import { readConnection, secretsIn } from "../connections/endpoint";
import { type ApiRequest, attempt } from "./attempt";
import { deadline } from "./deadline";
import { type Call, type DescribeFailure, toError } from "./errors";
import { Failure, requestId } from "./failure";
import { mergeHeaders } from "./headers";
import type { Pace } from "./pace";
import { redact, truncate } from "./redact";
import { isSafeToResend, type RetryPolicy, sdkRetryPolicy } from "./retry";

/** The part of the platform's context that a call needs. Data sources have no `startedAt`. */
export interface StepContext {
  logger: { debug(line: string): void; warn(line: string): void };
  debug?: { enabled: boolean };
  startedAt?: string;
}

/** Settings for the calls of one step. */
export interface ClientOptions {
  /** Makes the sentences of errors. */
  describe: DescribeFailure;
  /** Time limit per attempt in ms, including reading the body. @default that of the connection */
  timeoutMs?: number;
  /** @default the SDK's decisions, with the number of retries of the connection */
  retry?: RetryPolicy;
  /** Headers in addition to the connection's, names in lower case. */
  headers?: Record<string, string>;
  /** Shared by the requests of the step. */
  pace?: Pace;
  /** Values to keep out of logs, errors and outputs, in addition to the connection's. */
  secrets?: readonly string[];
}

/** A response whose body was read. */
export interface ApiResponse<T> {
  data: T;
  /** Names in lower case. */
  headers: Record<string, string>;
  requestId: string | null;
  /** How often the request was sent. */
  attempts: number;
}

/** Claude's API as one step uses it. */
export interface Client {
  /** Whether requests reach Anthropic's own API, and not another host that is compatible with it. */
  readonly isAnthropic: boolean;
  readonly apiVersion: string;
  /** Identifies host and credential without revealing them. */
  readonly account: string;
  /** Whether the connection has anything that only its owner knows. */
  readonly hasCredential: boolean;
  /** In lower case. Only the connection sets these. */
  credentialHeaderNames: readonly string[];
  /** A text without the secrets of the connection and the step. */
  redact(text: string): string;
  /** @throws ApiError, or ConnectionError for a refused credential, when no attempt is left. */
  send<T>(request: ApiRequest<T>): Promise<ApiResponse<T>>;
  /** The error of a failure that is found after the attempts. */
  toError(failure: Failure, attempts: number, call: Pick<Call, "method" | "path">): Error;
}

/** Retries of a request that the rate limits hold back together with others: about a minute. */
export const maxPacedRetries = 10;

/** Time limit and retries of a look-up that the step can do without. */
const quickLookup = { timeoutMs: 5_000, maxRetries: 0 };

/**
 * The client of one step, with its credential, time limits and retries.
 *
 * @throws ConnectionError if a field of the connection is missing or invalid.
 */
export const createClient = (
  { logger, debug, startedAt }: StepContext,
  connection: Connection,
  { describe, headers, secrets, pace, ...options }: ClientOptions,
): Client => {
  const connected = readConnection(connection, [...(secrets ?? []), ...secretsIn(headers ?? {})]);
  const { timeoutMs = connected.timeoutMs, retry = sdkRetryPolicy(connected.maxRetries) } = options;
  const endpoint = { ...connected, headers: mergeHeaders(connected.headers, headers) };
  const prefix = redact(new URL(connected.baseUrl).pathname.replace(/\/$/, ""), connected.secrets);
  const doneBy = deadline(startedAt);
  const log = debug?.enabled
    ? (...values: unknown[]) => logger.debug(truncate(redact(logLine(values), endpoint.secrets)))
    : undefined;
  return {
    isAnthropic: endpoint.isAnthropic,
    apiVersion: endpoint.headers["anthropic-version"] ?? endpoint.apiVersion,
    get account() {
      // Without the headers of one step: a trace ID does not make another account.
      const { baseUrl, credentialHeaders, headers } = connected;
      return createHash("sha256")
        .update(JSON.stringify([baseUrl, credentialHeaders, headers]))
        .digest("hex");
    },
    hasCredential:
      Object.keys(connected.credentialHeaders).length + secretsIn(connected.headers).length > 0,
    credentialHeaderNames: ["authorization", ...Object.keys(endpoint.credentialHeaders)],
    redact: (text) => redact(text, endpoint.secrets),
    toError: (failure, attempts, call) =>
      toError(failure, { ...call, prefix, attempts }, connection, describe),
    send: async (request) => {
      const { method, path, idempotent } = request;
      const limits = request.isQuickLookup
        ? quickLookup
        : { timeoutMs, maxRetries: retry.maxRetries };
      const options = { endpoint, log, doneBy, timeoutMs: limits.timeoutMs };
      for (let attempts = 1; ; attempts++) {
        try {
          if (pace) await takeTurn(pace, doneBy);
          const { data, headers } = await attempt(request, options);
          pace?.observe(headers);
          return { data, headers, requestId: requestId(headers), attempts };
        } catch (failure) {
          if (!(failure instanceof Failure)) throw failure;
          const wait = retry.delay(failure, attempts - 1);
          pace?.observe(failure.headers);
          if (failure.status === 429 || failure.status === 529) pace?.hold(wait);
          const isRetryable =
            idempotent === false ? isSafeToResend(failure) : retry.shouldRetry(failure);
          // The rate limit of a step that sends many requests is not the fault of one of them.
          const isPaced = pace && failure.status === 429 && limits.maxRetries > 0;
          const mayRetry =
            isRetryable && attempts <= (isPaced ? maxPacedRetries : limits.maxRetries);
          if (!mayRetry || Date.now() + wait >= doneBy) {
            const call = { method, path, prefix, idempotent, attempts };
            throw toError(failure, call, connection, describe);
          }
          const status = [failure.status, failure.type].filter(Boolean).join(" ");
          logger.warn(
            `${method} ${prefix}${path}: attempt ${attempts} failed with ${status}, retrying in ${(wait / 1000).toFixed(1)} s`,
          );
          await sleep(wait);
        }
      }
    },
  };
};

/** @throws Failure if the turn would come too late. */
const takeTurn = async (pace: Pace, doneBy: number): Promise<void> => {
  for (let wait = pace.delay(); wait > 0; wait = pace.delay()) {
    if (Date.now() + wait >= doneBy) {
      const type = "deadline_exceeded";
      throw new Failure({ code: "execution_timed_out" }, { type, mayHaveArrived: false });
    }
    await sleep(wait);
  }
  pace.begin();
};

const logLine = (values: unknown[]): string =>
  values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join(" ");
