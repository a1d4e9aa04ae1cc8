import http from "node:http";
import https from "node:https";
import type { Readable } from "node:stream";
import axios, { type AxiosError, AxiosHeaders, type AxiosResponse } from "axios";
import packageJson from "../../package.json";
import type { Endpoint } from "../connections/endpoint";
import type { RequestBody, ResponseBody } from "./body";
import { Failure, failureFromAnswer, requestId, withoutSecrets } from "./failure";
import { redact, redactAll } from "./redact";

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
  /** The answer is long or slow to come: it may last, but must not fall silent. */
  streamed?: boolean;
  /** Arriving twice does harm: sent again only where the server has surely not taken it. */
  once?: boolean;
  /** Limits of its own, for a call that the step can do without. */
  limits?: { timeoutMs: number; maxRetries: number };
}

/** What holds for every attempt of a step. */
export interface Surroundings {
  endpoint: Endpoint;
  /** Writes to the debug log, undefined when nobody reads it. */
  debug?: (...parts: unknown[]) => void;
  /** Longest time for one attempt, answer included, in ms. Undefined: each path's own. */
  timeoutMs?: number;
  /** When the step must be done, in ms since the epoch. */
  doneBy: number;
}

const minute = 60_000;
/** How long a stream may stay silent. Anthropic sends a ping in quiet times. */
const silenceMs = 2 * minute;

/** Long answers and long bodies take their time; the other endpoints answer at once. */
const defaultTimeout = ({ method, path }: ApiRequest<unknown>): number =>
  method === "POST" && /^\/v1\/(messages|messages\/batches|files)$/.test(path)
    ? 10 * minute
    : minute;

/**
 * Sends a request once and reads its answer.
 *
 * @throws Failure when the answer says no, does not come in time or breaks off.
 */
export const attempt = async <T>(
  request: ApiRequest<T>,
  surroundings: Surroundings,
): Promise<{ data: T; headers: Record<string, string> }> => {
  const { endpoint, doneBy } = surroundings;
  const timeoutMs = request.limits?.timeoutMs ?? surroundings.timeoutMs;
  const limit = timeoutMs ?? defaultTimeout(request);
  const abort = new AbortController();
  const failAfter = (ms: number, type: string, message: string) =>
    setTimeout(() => abort.abort(new Failure(message, { type })), ms);
  const answerTimer = failAfter(
    limit,
    "timeout_error",
    `No complete answer within ${limit / 1000} s.`,
  );
  const timers = [answerTimer, failAfter(doneBy - Date.now(), "deadline_exceeded", outOfTime)];
  let stream: Readable | undefined;
  try {
    const { status, headers, ...response } = await open(request, surroundings, abort.signal);
    stream = response.stream;
    if (status >= 300) throw await errorAnswer(status, headers, stream, endpoint);
    let silence: NodeJS.Timeout | undefined;
    if (request.streamed) {
      // A stream that talks may go on, unless the person set a time.
      if (timeoutMs === undefined) clearTimeout(answerTimer);
      silence = failAfter(silenceMs, "broken_answer", silent);
      timers.push(silence);
    }
    const data = await request.read({
      status,
      headers,
      pieces: stream,
      alive: () => silence?.refresh(),
      endSoon: () => timers.push(setTimeout(() => stream?.destroy(), lingerMs)),
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

const outOfTime = "The time of this run is used up: the platform ends a run after 15 minutes.";
const silent = "The answer broke off: 2 min of silence.";

/** How long an answer that is complete may take to end. Some hosts never end theirs. */
const lingerMs = 250;

/**
 * axios' adapter alone, without what an instance does around it: nothing is to be merged or
 * transformed here, every status is ours to judge and every body ours to read. A fifth less CPU.
 */
const wire = axios.getAdapter("http");

// Node's own agents drop a connection after 5 seconds of rest; these keep it for the next call. The
// interval is the one that axios sets: with two in turn, each request would reset the socket twice.
const keepOpen = { keepAlive: true, keepAliveMsecs: 60_000 };

const wireDefaults = {
  httpAgent: new http.Agent(keepOpen),
  httpsAgent: new https.Agent(keepOpen),
  // axios looks for a proxy in the environment with every request: not where there is none.
  proxy: Object.keys(process.env).some((name) => /_proxy$/i.test(name)) ? undefined : false,
  // A redirect would carry the credential to another host.
  maxRedirects: 0,
  validateStatus: null,
  responseType: "stream",
} as const;

/** For what must not arrive twice: a kept connection may turn out closed when it is too late to tell. */
const freshConnection = { httpAgent: new http.Agent(), httpsAgent: new https.Agent() };

/** Resolves with status and headers, the body still to be read. */
const open = async (
  { method, path, query = [], headers = {}, body, once }: ApiRequest<unknown>,
  { endpoint, debug }: Surroundings,
  signal: AbortSignal,
) => {
  const search = new URLSearchParams(query as [string, string][]).toString();
  const url = `${endpoint.baseUrl}${path}${search && `?${search}`}`;
  const ask = (): Promise<AxiosResponse<Readable>> => {
    const content = body?.open();
    const sent: Record<string, string> = {
      accept: "*/*",
      "user-agent": `${packageJson.name}/${packageJson.version}`,
      "anthropic-version": endpoint.apiVersion,
      ...endpoint.headers,
      ...content?.headers,
      ...headers,
    };
    // Both the connection and the step may ask for betas.
    const betas = endpoint.headers["anthropic-beta"];
    if (betas && headers["anthropic-beta"]) {
      sent["anthropic-beta"] = `${betas},${headers["anthropic-beta"]}`;
    }
    debug?.(method, url, sent, body?.preview ?? "");
    return wire({
      ...wireDefaults,
      ...(once && freshConnection),
      method,
      url,
      data: content?.data,
      headers: new AxiosHeaders({ ...sent, ...endpoint.credentialHeaders }),
      signal,
    });
  };
  const started = Date.now();
  // A kept connection that the server has closed meanwhile fails at once: the request has not arrived.
  const response = await ask().catch((error: AxiosError) => {
    const { code = "", request } = error;
    if (!["ECONNRESET", "EPIPE"].includes(code) || !request?.reusedSocket) throw error;
    return ask();
  });
  const { status, data: stream } = response;
  const received = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      redact(String(value), endpoint.secrets),
    ]),
  );
  debug?.(`${status} after ${Date.now() - started} ms`, received);
  return { status, headers: received, stream };
};

/** How much of an answer that says no is read, in characters, and how long that may take. */
const errorBody = { longest: 64_000, ms: 5_000 };

/** An answer that says no, with as much of its body as comes: the status counts in any case. */
const errorAnswer = async (
  status: number,
  headers: Record<string, string>,
  stream: Readable,
  { baseUrl }: Endpoint,
): Promise<Failure> => {
  let text = "";
  const timer = setTimeout(() => stream.destroy(), errorBody.ms);
  try {
    for await (const piece of stream.setEncoding("utf8")) {
      text += piece;
      if (text.length > errorBody.longest) break;
    }
  } catch {
    // Broken off or too slow.
  } finally {
    clearTimeout(timer);
  }
  if (status >= 400) return failureFromAnswer(status, headers, text);
  return new Failure(
    `${baseUrl} answers with a redirect${headers.location ? ` to ${headers.location}` : ""}. Redirects are not followed: the credential would go along.`,
    { status, type: "redirect", requestId: requestId(headers), headers },
  );
};

/** What happens before anything is sent. */
export const unreached: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

/**
 * A broken connection as a Failure. Built afresh: axios keeps the request's headers on its errors.
 * What is no broken connection is a fault of this code and stays what it is.
 */
const asFailure = (error: unknown, { baseUrl }: Endpoint, answering: boolean): unknown => {
  const { code, message } = error as NodeJS.ErrnoException;
  const { host } = new URL(baseUrl);
  if (error instanceof RangeError) {
    return new Failure(`The answer of ${host} cannot be read: it is ${message}.`, {
      status: 200,
      type: "invalid_response",
    });
  }
  if (code === undefined) return error;
  return answering
    ? new Failure(`The answer of ${host} broke off: ${message || code}.`, { type: "broken_answer" })
    : new Failure(`No answer from ${host}: ${message || code}.`, { reached: !unreached.has(code) });
};
