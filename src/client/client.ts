import http from "node:http";
import https from "node:https";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "@prismatic-io/spectral";
import axios, { AxiosHeaders, type AxiosResponse } from "axios";
import packageJson from "../../package.json";
import { type Endpoint, readConnection } from "../connections/endpoint";
import type { RequestBody, ResponseBody } from "./body";
import { deadline } from "./deadline";
import { toError } from "./errors";
import { Failure, failureFromAnswer, requestId } from "./failure";
import { cut, redact } from "./redact";
import { type RetryPolicy, sdkRetryPolicy } from "./retry";

/** The part of the platform's context that a call needs. Data sources carry no `startedAt`. */
export interface StepContext {
  logger: { debug(...args: unknown[]): void; warn(...args: unknown[]): void };
  debug?: { enabled: boolean };
  startedAt?: string;
}

/** What a person may set for the calls of one step. */
export interface ClientOptions {
  /** Longest time for one attempt, answer included, in ms. Without it each call's own limit holds. */
  timeoutMs?: number;
  retry?: RetryPolicy;
}

/** One call, and how its answer is read. */
export interface ApiRequest<T> {
  method: string;
  /** Below the base URL, beginning with `/v1/`, ids encoded. */
  path: string;
  /** In order; a name may come more than once. */
  query?: ReadonlyArray<readonly [name: string, value: string]>;
  /** Names in lower case. They win over the defaults, never over the credential. */
  headers?: Record<string, string>;
  body?: RequestBody;
  /** The attempt counts as failed when this throws a Failure or the connection breaks under it. */
  read(body: ResponseBody): Promise<T>;
  /** The answer is a stream of events: it may last, but must not fall silent. */
  streamed?: boolean;
}

export interface ApiResponse<T> {
  data: T;
  headers: Record<string, string>;
  requestId: string | null;
  /** How often the request was sent. */
  attempts: number;
}

/** Claude's API as one step sees it. */
export interface Client {
  endpoint: Pick<Endpoint, "baseUrl" | "apiVersion">;
  /** In lower case. Nobody else sets these. */
  credentialHeaderNames: readonly string[];
  /** @throws ApiError, or ConnectionError for a refused credential, once no attempt is left. */
  send<T>(request: ApiRequest<T>): Promise<ApiResponse<T>>;
}

const minute = 60_000;
/** How long a stream may stay silent. Anthropic sends a ping in quiet times. */
const silenceMs = 2 * minute;

/** Long answers take their time; the other endpoints answer at once. */
const defaultTimeout = (path: string): number => (path === "/v1/messages" ? 10 * minute : minute);

/**
 * axios' adapter alone, without what an instance does around it: nothing is to be merged or
 * transformed here, every status is ours to judge and every body ours to read. A third less CPU.
 */
const wire = axios.getAdapter("http");

const wireDefaults = {
  // Node's own agents drop a connection after 5 seconds of rest; these keep it for the next call.
  httpAgent: new http.Agent({ keepAlive: true }),
  httpsAgent: new https.Agent({ keepAlive: true }),
  // A redirect would carry the credential to another host.
  maxRedirects: 0,
  maxBodyLength: Number.POSITIVE_INFINITY,
  validateStatus: null,
  responseType: "stream",
} as const;

/**
 * The client of one step: credential, headers, timeouts, retries and the deadline in one place.
 *
 * @throws ConnectionError when a field of the connection is missing or malformed.
 */
export const createClient = (
  context: StepContext,
  connection: Connection,
  { timeoutMs, retry = sdkRetryPolicy() }: ClientOptions = {},
): Client => {
  const endpoint = readConnection(connection);
  const doneBy = deadline(context.startedAt);

  const send = async <T>(request: ApiRequest<T>): Promise<ApiResponse<T>> => {
    for (let attempts = 1; ; attempts++) {
      try {
        const { data, headers } = await attempt(request, attempts);
        return { data, headers, requestId: requestId(headers), attempts };
      } catch (failure) {
        if (!(failure instanceof Failure)) throw failure;
        const wait = retry.delay(failure, attempts - 1);
        if (
          attempts > retry.maxRetries ||
          !retry.shouldRetry(failure) ||
          Date.now() + wait >= doneBy
        ) {
          throw toError(failure, attempts, request, connection);
        }
        context.logger.warn(
          `${request.method} ${request.path}: attempt ${attempts} failed with ${failure.status ?? "no answer"} ${failure.type}, sending again in ${(wait / 1000).toFixed(1)} s`,
        );
        await sleep(wait);
      }
    }
  };

  const attempt = async <T>(request: ApiRequest<T>, number: number) => {
    const limit = timeoutMs ?? defaultTimeout(request.path);
    const abort = new AbortController();
    const failAfter = (ms: number, type: string, message: string) =>
      setTimeout(() => abort.abort(new Failure(message, { type })), ms);
    const answerTimer = failAfter(
      limit,
      "timeout_error",
      `No complete answer within ${limit / 1000} s.`,
    );
    const timers = [answerTimer, failAfter(doneBy - Date.now(), "deadline_exceeded", outOfTime)];
    let answering = false;
    try {
      const response = await open(request, endpoint, context, abort.signal, number);
      answering = true;
      if (response.status >= 300) throw await refusal(response, endpoint);
      let pieces: AsyncIterable<Buffer> = response.stream;
      if (request.streamed) {
        // A stream that talks may go on, unless the person set a time.
        if (timeoutMs === undefined) clearTimeout(answerTimer);
        const silence = failAfter(
          silenceMs,
          "timeout_error",
          "The answer broke off: 2 min of silence.",
        );
        timers.push(silence);
        pieces = refreshing(silence, response.stream);
      }
      const { status, headers } = response;
      const body = { status, headers, pieces, signal: abort.signal, secrets: endpoint.secrets };
      return { data: await request.read(body), headers };
    } catch (error) {
      throw abort.signal.aborted ? abort.signal.reason : asFailure(error, endpoint, answering);
    } finally {
      for (const timer of timers) clearTimeout(timer);
    }
  };

  return {
    endpoint,
    credentialHeaderNames: ["authorization", ...Object.keys(endpoint.credentialHeaders)],
    send,
  };
};

const outOfTime = "The time of this run is used up: the platform ends a run after 15 minutes.";

async function* refreshing<T>(timer: NodeJS.Timeout, pieces: AsyncIterable<T>) {
  for await (const piece of pieces) {
    timer.refresh();
    yield piece;
  }
}

/** Sends one request and resolves with status and headers, the body still to be read. */
const open = async (
  { method, path, query = [], headers = {}, body }: ApiRequest<unknown>,
  endpoint: Endpoint,
  { debug, logger }: StepContext,
  signal: AbortSignal,
  attempt: number,
) => {
  const url = `${endpoint.baseUrl}${path}${query.length ? `?${new URLSearchParams(query as [string, string][])}` : ""}`;
  const content = body?.open();
  const sent = {
    accept: "*/*",
    "user-agent": `${packageJson.name}/${packageJson.version}`,
    "anthropic-version": endpoint.apiVersion,
    ...content?.headers,
    ...headers,
  };
  const log = (text: string) => {
    if (debug?.enabled) logger.debug(cut(redact(text, endpoint.secrets)));
  };
  log(`${method} ${url}, attempt ${attempt}, ${JSON.stringify(sent)} ${body?.preview ?? ""}`);
  const started = Date.now();
  const response: AxiosResponse<Readable> = await wire({
    ...wireDefaults,
    method,
    url,
    data: content?.data,
    headers: new AxiosHeaders({ ...sent, ...endpoint.credentialHeaders }),
    signal,
  });
  const { status, data: stream } = response;
  const received = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      redact(String(value), endpoint.secrets),
    ]),
  );
  log(`${status} after ${Date.now() - started} ms, ${JSON.stringify(received)}`);
  return { status, headers: received, stream };
};

const longestRefusal = 64_000;

/** What an answer that says no has to say. */
const refusal = async (
  {
    status,
    headers,
    stream,
  }: { status: number; headers: Record<string, string>; stream: Readable },
  { baseUrl, secrets }: Endpoint,
): Promise<Failure> => {
  let text = "";
  for await (const piece of stream.setEncoding("utf8")) {
    text += piece;
    if (text.length > longestRefusal) break;
  }
  if (status >= 400) return failureFromAnswer(status, headers, redact(text, secrets));
  return new Failure(
    `${baseUrl} answers with a redirect${headers.location ? ` to ${headers.location}` : ""}. Redirects are not followed: the credential would go along.`,
    { status, type: "redirect", requestId: requestId(headers), headers },
  );
};

/**
 * A broken connection as a Failure. Built afresh: axios keeps the request's headers on its errors.
 * What is no broken connection is a fault of this code and stays what it is.
 */
const asFailure = (error: unknown, { baseUrl, secrets }: Endpoint, answering: boolean): unknown => {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof Failure || code === undefined) return error;
  const { host } = new URL(baseUrl);
  const why = redact(message || code, secrets);
  return answering
    ? new Failure(`The answer of ${host} broke off: ${why}`, { type: "broken_answer" })
    : new Failure(`No answer from ${host}: ${why}`);
};
