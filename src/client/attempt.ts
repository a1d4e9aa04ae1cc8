import http from "node:http";
import https from "node:https";
import type { Readable } from "node:stream";
import axios, { type AxiosError, AxiosHeaders, type AxiosResponse } from "axios";
import packageJson from "../../package.json";
import type { Endpoint } from "../connections/endpoint";
import type { RequestBody, ResponseBody } from "./body";
import {
  Failure,
  type FailureReason,
  failureFromResponse,
  requestId,
  withoutSecrets,
} from "./failure";
import { mergeHeaders } from "./headers";
import { redact, redactAll } from "./redact";

/** A request, and how to read its response. */
export interface ApiRequest<T> {
  method: string;
  /** Below the base URL, starting with `/v1/`, IDs encoded. */
  path: string;
  /** In order; a name may occur more than once. */
  query?: ReadonlyArray<readonly [name: string, value: string]>;
  /** Names in lower case. They override the defaults, never the credential. */
  headers?: Record<string, string>;
  body?: RequestBody;
  /** The attempt counts as failed if this throws a Failure or the connection breaks meanwhile. */
  read(body: ResponseBody): Promise<T>;
  /**
   * The response is long or slow: it may take any time, but must not stall. @default false
   */
  streamed?: boolean;
  /** False if processing it twice does harm: it is retried only if it surely was not processed. @default true */
  idempotent?: boolean;
  /** The step can do without it: 5 seconds, no retries. @default false */
  isQuickLookup?: boolean;
}

/** Options of every attempt of a step. */
export interface AttemptOptions {
  endpoint: Endpoint;
  /** Writes to the debug log, undefined if it is off. */
  log?: (...values: unknown[]) => void;
  /**
   * Time limit per attempt in ms, including reading the body.
   * @default 10 minutes for messages, batches and file uploads, 1 minute otherwise
   */
  timeoutMs?: number;
  /** When the step must be done, in ms since the epoch. */
  doneBy: number;
}

const minute = 60_000;
/** How long a stream may stay silent. Anthropic sends pings in between. */
export const stallMs = 2 * minute;

/** Messages and uploads take their time; the other endpoints respond immediately. */
const defaultTimeout = ({ method, path }: ApiRequest<unknown>): number =>
  method === "POST" && /^\/v1\/(messages|messages\/batches|files)$/.test(path)
    ? 10 * minute
    : minute;

/**
 * Sends a request once and reads its response.
 *
 * @throws Failure for an error response, one that does not come in time, or one that is interrupted.
 */
export const attempt = async <T>(
  request: ApiRequest<T>,
  options: AttemptOptions,
): Promise<{ data: T; headers: Record<string, string> }> => {
  const { endpoint, doneBy, timeoutMs } = options;
  const limit = timeoutMs ?? defaultTimeout(request);
  const abort = new AbortController();
  const failAfter = (ms: number, type: string, reason: FailureReason) =>
    setTimeout(() => abort.abort(new Failure(reason, { type })), ms);
  const attemptTimer = failAfter(limit, "timeout_error", {
    code: "attempt_timed_out",
    seconds: limit / 1000,
  });
  const timers = [
    attemptTimer,
    failAfter(doneBy - Date.now(), "deadline_exceeded", { code: "execution_timed_out" }),
  ];
  let stream: Readable | undefined;
  try {
    const { status, headers, ...response } = await open(request, options, abort.signal);
    stream = response.stream;
    if (status >= 300) throw await errorResponse(status, headers, stream, endpoint);
    let stallTimer: NodeJS.Timeout | undefined;
    if (request.streamed) {
      // A stream that makes progress may continue, unless the person set a timeout.
      if (timeoutMs === undefined) clearTimeout(attemptTimer);
      stallTimer = failAfter(stallMs, "broken_response", {
        code: "response_stalled",
        seconds: stallMs / 1000,
      });
      timers.push(stallTimer);
    }
    const data = await request.read({
      status,
      headers,
      chunks: stream,
      resetStallTimer: () => stallTimer?.refresh(),
      closeSoon: () => timers.push(setTimeout(() => stream?.destroy(), lingerMs)),
      signal: abort.signal,
      secrets: endpoint.secrets,
    });
    return { data: redactAll(data, endpoint.secrets), headers };
  } catch (error) {
    stream?.destroy();
    const failure =
      error instanceof Failure
        ? error
        : abort.signal.aborted
          ? abort.signal.reason
          : asFailure(error, endpoint, stream !== undefined);
    throw failure instanceof Failure ? withoutSecrets(failure, endpoint.secrets) : failure;
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
};

/** How long a complete stream may take to end. Some hosts never end theirs. */
const lingerMs = 250;

/**
 * axios' adapter alone, without what an instance does around it: nothing has to be merged or
 * transformed, every status is judged and every body read here. Saves a fifth of the CPU.
 */
const sendHttp = axios.getAdapter("http");

// Node's own agents drop a connection after 5 idle seconds; these keep it for the next call. The
// interval is the one that axios sets: with another, each request would set the socket up twice.
const keepOpen = { keepAlive: true, keepAliveMsecs: 60_000 };

const httpDefaults = {
  httpAgent: new http.Agent(keepOpen),
  httpsAgent: new https.Agent(keepOpen),
  // axios looks for a proxy in the environment for every request: not needed if there is none.
  proxy: Object.keys(process.env).some((name) => /_proxy$/i.test(name)) ? undefined : false,
  // A redirect would send the credential to another host.
  maxRedirects: 0,
  validateStatus: null,
  responseType: "stream",
} as const;

/** For requests that are not idempotent: a kept connection may turn out closed when it is too late to tell. */
const freshConnection = { httpAgent: new http.Agent(), httpsAgent: new https.Agent() };

/** Resolves with status and headers, the body still unread. */
const open = async (
  { method, path, query = [], headers, body, idempotent }: ApiRequest<unknown>,
  { endpoint, log }: AttemptOptions,
  signal: AbortSignal,
) => {
  const search = new URLSearchParams(query as [string, string][]).toString();
  const url = `${endpoint.baseUrl}${path}${search && `?${search}`}`;
  const request = (): Promise<AxiosResponse<Readable>> => {
    const content = body?.open();
    const sent: Record<string, string> = {
      accept: "*/*",
      "user-agent": `${packageJson.name}/${packageJson.version}`,
      "anthropic-version": endpoint.apiVersion,
      ...mergeHeaders(endpoint.headers, content?.headers, headers),
    };
    log?.(method, url, sent, body?.preview ?? "");
    return sendHttp({
      ...httpDefaults,
      ...(idempotent === false && freshConnection),
      method,
      url,
      data: content?.data,
      headers: new AxiosHeaders({ ...sent, ...endpoint.credentialHeaders }),
      signal,
    });
  };
  const started = Date.now();
  // A kept connection that the server has closed fails immediately: the request has not arrived.
  const response = await request().catch((error: AxiosError) => {
    const { code = "", request: failed } = error;
    if (!["ECONNRESET", "EPIPE"].includes(code) || !failed?.reusedSocket) throw error;
    return request();
  });
  const { status, data: stream } = response;
  const received: Record<string, string> = {};
  for (const name of Object.keys(response.headers)) {
    received[name] = redact(String(response.headers[name]), endpoint.secrets);
  }
  log?.(`${status} after ${Date.now() - started} ms`, received);
  return { status, headers: received, stream };
};

/** How much of an error response is read, in characters, and how long that may take. */
const errorBody = { maxLength: 64_000, timeoutMs: 5_000 };

/** An error response, with as much of its body as arrives: the status counts in any case. */
const errorResponse = async (
  status: number,
  headers: Record<string, string>,
  stream: Readable,
  { baseUrl }: Endpoint,
): Promise<Failure> => {
  let text = "";
  const timer = setTimeout(() => stream.destroy(), errorBody.timeoutMs);
  try {
    for await (const chunk of stream.setEncoding("utf8")) {
      text += chunk;
      if (text.length > errorBody.maxLength) break;
    }
  } catch {
    // Interrupted or too slow.
  } finally {
    clearTimeout(timer);
  }
  if (status >= 400) return failureFromResponse(status, headers, text);
  return new Failure(
    { code: "redirected", baseUrl, location: headers.location },
    { status, type: "redirect", requestId: requestId(headers), headers },
  );
};

/** Error codes from before anything is sent. */
export const notSentCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

/**
 * A broken connection as a Failure. Never the original error: axios keeps the request's headers on
 * it. Anything else is a fault of this code and stays what it is.
 */
const asFailure = (error: unknown, { baseUrl }: Endpoint, hasResponse: boolean): unknown => {
  const { code, message } = error as NodeJS.ErrnoException;
  const { host } = new URL(baseUrl);
  if (error instanceof RangeError) {
    return new Failure(
      { code: "response_too_deep", host, cause: message },
      { status: 200, type: "invalid_response" },
    );
  }
  if (code === undefined) return error;
  const cause = message || code;
  return hasResponse
    ? new Failure({ code: "response_interrupted", host, cause }, { type: "broken_response" })
    : new Failure(
        { code: "no_response", host, cause },
        { mayHaveArrived: !notSentCodes.has(code) },
      );
};
