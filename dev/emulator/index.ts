import http from "node:http";
import type { AddressInfo } from "node:net";
import { Batches } from "./batches";
import { Files } from "./files";
import type { Outcome } from "./marks";
import { createMessages } from "./messages";
import { errorResponse } from "./response";
import { createHandler } from "./server";
import { loadState, stateSaver } from "./state";

export interface Emulator {
  /** The base URL for a connection. */
  url: string;
  /** Responds to the next message with an error in the API's format. */
  failNext(status: number, type: string, message: string): void;
  /** Gives the next message an outcome, see `outcomes`. */
  respondNext(outcome: Outcome): void;
  /** Sets the time between two deltas of a stream, in ms. */
  setDelay(ms: number): void;
  /** Advances the clock of batches, files and the prompt cache, in ms. */
  advance(ms: number): void;
  stop(): Promise<void>;
}

export interface EmulatorOptions {
  /** @default a free port */
  port?: number;
  /** A file that keeps batches and files between runs. */
  stateFile?: string;
  /** Time between two deltas of a stream, in ms. @default 0 */
  delayMs?: number;
}

/**
 * Starts an emulator of Claude's API on this machine. Its replies are made of the request: values that
 * are found in the text, words that a tool or a branch shares with it. `outcomes` lists what a message
 * can ask for.
 *
 * @throws Error if the port is in use, or the state file has something else.
 */
export const startEmulator = async ({
  port = 0,
  stateFile,
  delayMs = 0,
}: EmulatorOptions = {}): Promise<Emulator> => {
  let advancedMs = 0;
  const now = () => Date.now() + advancedMs;
  const saved = loadState(stateFile);
  const files = new Files(now, saved?.files);
  const messages = createMessages(now, { find: files.find, created: () => files.created() });
  const batches = new Batches(now, messages, saved?.batches ?? []);
  const saver = stateSaver(stateFile, () => ({ batches: batches.saved(), files: files.saved() }));
  const next: Parameters<typeof createHandler>[0]["next"] = [];
  const settings = { delayMs };
  const changed = saver.changed;
  const server = http.createServer(
    createHandler({ messages, batches, files, next, settings, changed }),
  );
  // Longer than a client keeps a connection, so that only the client closes one.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    failNext: (status, type, message) =>
      void next.push({ response: errorResponse(status, type, message) }),
    respondNext: (outcome) => void next.push({ outcome }),
    setDelay: (ms) => {
      settings.delayMs = ms;
    },
    advance: (ms) => {
      advancedMs += ms;
    },
    stop: async () => {
      saver.flush();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
