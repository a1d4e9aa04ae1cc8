import { randomUUID } from "node:crypto";
import http, { type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";

/** What happens on the wire, as it happens. */
export type WireEvent =
  | {
      type: "request";
      id: string;
      method: string;
      url: string;
      headers: Record<string, string>;
      body: string;
    }
  | { type: "response"; id: string; status: number; headers: Record<string, string> }
  | { type: "chunk"; id: string; text: string }
  | { type: "end"; id: string; ms: number; error?: string };

export interface Recorder {
  /** The base URL for a connection. */
  url: string;
  stop(): Promise<void>;
}

const hidden = "●●●";

/** Headers that carry a credential, or that belong to the connection between two hosts. */
const credentials = /^(x-api-key|authorization|proxy-authorization|cookie|set-cookie)$|key|token/i;
const hopByHop = ["host", "connection", "keep-alive", "transfer-encoding", "content-length"];

/** Bodies are shown up to this length. */
const maxShown = 200_000;

const shownHeaders = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, credentials.test(name) ? hidden : value]),
  );

const plain = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !hopByHop.includes(name))
      .map(([name, value]) => [name, String(value)]),
  );

/**
 * A server between the connector and a host, on this machine only. It passes requests and responses on
 * and tells what they are, without credentials.
 *
 * @param target The base URL of the host.
 * @param secrets Values that are hidden wherever they occur.
 */
export const startRecorder = async (
  target: string,
  secrets: readonly string[],
  emit: (event: WireEvent) => void,
): Promise<Recorder> => {
  const hide = (text: string) =>
    secrets.filter(Boolean).reduce((shown, secret) => shown.replaceAll(secret, hidden), text);
  const server = http.createServer(async (request, response) => {
    const id = randomUUID();
    const started = Date.now();
    const url = `${target.replace(/\/$/, "")}${request.url ?? ""}`;
    const method = request.method ?? "GET";
    const headers = plain(request.headers);
    const body = await buffer(request).catch(() => Buffer.alloc(0));
    const isText = !/multipart|octet-stream/.test(headers["content-type"] ?? "");
    emit({
      type: "request",
      id,
      method,
      url: hide(url),
      headers: shownHeaders(headers),
      body: isText ? hide(body.toString().slice(0, maxShown)) : `${body.length} bytes`,
    });
    // The connector gives up a request: the host is not asked any longer.
    const abort = new AbortController();
    response.on("close", () => abort.abort());
    try {
      const answer = await fetch(url, {
        method,
        // fetch decompresses the response.
        headers: { ...headers, "accept-encoding": "identity" },
        body: body.length > 0 ? new Uint8Array(body) : null,
        redirect: "manual",
        signal: abort.signal,
      });
      const received = Object.fromEntries(answer.headers);
      for (const name of [...hopByHop, "content-encoding"]) delete received[name];
      emit({ type: "response", id, status: answer.status, headers: shownHeaders(received) });
      response.writeHead(answer.status, received);
      const isShown = /json|text|event-stream/.test(received["content-type"] ?? "");
      let shown = 0;
      const decoder = new TextDecoder();
      for await (const chunk of answer.body ? Readable.fromWeb(answer.body as never) : []) {
        response.write(chunk);
        if (isShown && shown < maxShown) {
          emit({ type: "chunk", id, text: hide(decoder.decode(chunk, { stream: true })) });
        }
        shown += (chunk as Buffer).length;
      }
      response.end();
      emit({ type: "end", id, ms: Date.now() - started });
    } catch (error) {
      const { cause, message } = error as Error & { cause?: { code?: string } };
      emit({ type: "end", id, ms: Date.now() - started, error: cause?.code ?? message });
      // As a host that cannot be reached.
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
