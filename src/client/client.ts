import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "@prismatic-io/spectral";
import { readConnection, secretsIn } from "../connections/endpoint";
import { type ApiRequest, attempt } from "./attempt";
import { deadline } from "./deadline";
import { toError } from "./errors";
import { Failure, requestId } from "./failure";
import { cut, redact } from "./redact";
import { isSurelyRefused, type RetryPolicy, sdkRetryPolicy } from "./retry";

/** The part of the platform's context that a call needs. Data sources carry no `startedAt`. */
export interface StepContext {
  logger: { debug(line: string): void; warn(line: string): void };
  debug?: { enabled: boolean };
  startedAt?: string;
}

/** What a person may set for the calls of one step. */
export interface ClientOptions {
  /** Longest time for one attempt, answer included, in ms. Undefined: each path's own. */
  timeoutMs?: number;
  retry?: RetryPolicy;
  /** Headers besides the connection's own, names in lower case. */
  headers?: Record<string, string>;
  /** What must not be seen in logs, errors and outputs, besides the connection's own. */
  secrets?: readonly string[];
}

/** An answer, read. */
export interface ApiResponse<T> {
  data: T;
  /** Names in lower case. */
  headers: Record<string, string>;
  requestId: string | null;
  /** How often the request was sent. */
  attempts: number;
}

/** Claude's API as one step sees it. */
export interface Client {
  readonly apiVersion: string;
  /** Stands for host and credential, and tells neither. */
  readonly account: string;
  /** In lower case. Nobody else sets these. */
  credentialHeaderNames: readonly string[];
  /** @throws ApiError, or ConnectionError for a refused credential, once no attempt is left. */
  send<T>(request: ApiRequest<T>): Promise<ApiResponse<T>>;
}

/**
 * The client of one step: its credential, its time, its retries.
 *
 * @throws ConnectionError when a field of the connection is missing or malformed.
 */
export const createClient = (
  { logger, debug, startedAt }: StepContext,
  connection: Connection,
  { timeoutMs, retry = sdkRetryPolicy(), headers, secrets }: ClientOptions = {},
): Client => {
  const own = readConnection(connection, [...(secrets ?? []), ...secretsIn(headers ?? {})]);
  const endpoint = headers ? { ...own, headers: joinedHeaders(own.headers, headers) } : own;
  const doneBy = deadline(startedAt);
  const surroundings = {
    endpoint,
    debug: debug?.enabled
      ? (...parts: unknown[]) => logger.debug(cut(redact(inLine(parts), endpoint.secrets)))
      : undefined,
    timeoutMs,
    doneBy,
  };
  return {
    apiVersion: endpoint.headers["anthropic-version"] ?? endpoint.apiVersion,
    get account() {
      // Without the headers of a single step: a trace id makes no other account.
      const { baseUrl, credentialHeaders, headers } = own;
      return createHash("sha256")
        .update(JSON.stringify([baseUrl, credentialHeaders, headers]))
        .digest("hex");
    },
    credentialHeaderNames: ["authorization", ...Object.keys(endpoint.credentialHeaders)],
    send: async (request) => {
      for (let attempts = 1; ; attempts++) {
        try {
          const { data, headers } = await attempt(request, surroundings);
          return { data, headers, requestId: requestId(headers), attempts };
        } catch (failure) {
          if (!(failure instanceof Failure)) throw failure;
          const wait = retry.delay(failure, attempts - 1);
          const most = request.limits?.maxRetries ?? retry.maxRetries;
          const mayRetry = request.once ? isSurelyRefused(failure) : retry.shouldRetry(failure);
          const again = attempts <= most && mayRetry;
          if (!again || Date.now() + wait >= doneBy) {
            throw toError(failure, attempts, request, connection);
          }
          logger.warn(
            `${request.method} ${request.path}: attempt ${attempts} failed with ${[failure.status, failure.type].filter(Boolean).join(" ")}, sending again in ${(wait / 1000).toFixed(1)} s`,
          );
          await sleep(wait);
        }
      }
    },
  };
};

/** Headers of a connection and of a step. Both may ask for betas. */
const joinedHeaders = (
  ofConnection: Record<string, string>,
  ofStep: Record<string, string>,
): Record<string, string> => {
  const betas = [ofConnection["anthropic-beta"], ofStep["anthropic-beta"]].filter(Boolean);
  return {
    ...ofConnection,
    ...ofStep,
    ...(betas.length > 0 ? { "anthropic-beta": betas.join(",") } : {}),
  };
};

const inLine = (parts: unknown[]): string =>
  parts.map((part) => (typeof part === "string" ? part : JSON.stringify(part))).join(" ");
