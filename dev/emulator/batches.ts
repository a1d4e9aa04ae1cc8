import { createHash } from "node:crypto";
import type { Message } from "@anthropic-ai/sdk/resources/messages";
import type {
  MessageBatch,
  MessageBatchIndividualResponse,
  MessageBatchResult,
} from "@anthropic-ai/sdk/resources/messages/batches";
import type { ErrorResponse } from "@anthropic-ai/sdk/resources/shared";
import type { Messages } from "./messages";
import { page } from "./pages";
import { type EmulatorResponse, errorResponse, newId } from "./response";

const day = 24 * 3_600_000;

/** The number of reads after which a batch has ended. */
const readsToEnd = 3;

interface Request {
  custom_id: string;
  params: unknown;
}

/** A batch as it is kept. */
export interface SavedBatch {
  batch: MessageBatch;
  requests: Request[];
  results: MessageBatchIndividualResponse[];
}

interface StoredBatch extends SavedBatch {
  /** Two reads at the same time process one third after the other. */
  progress: Promise<void>;
}

/**
 * The batches of the emulator. Each read of a batch, alone or in the list, processes a third of its
 * requests. (The API may count all requests as processing until the batch ends.)
 *
 * @param now The emulator's clock, in ms since the epoch.
 * @param messages Replies to the requests.
 * @param saved The batches of an earlier run, newest first.
 */
export class Batches {
  readonly #batches: StoredBatch[];

  constructor(
    private readonly now: () => number,
    private readonly messages: Messages,
    saved: readonly SavedBatch[],
  ) {
    this.#batches = saved.map((batch) => ({ ...batch, progress: Promise.resolve() }));
  }

  /** The batches to keep, newest first. */
  saved(): SavedBatch[] {
    return this.#batches.map(({ batch, requests, results }) => ({ batch, requests, results }));
  }

  /** Responds to a request about batches. `path` begins after `/messages/batches`. */
  async respond(
    method: string,
    path: string,
    query: URLSearchParams,
    body: unknown,
  ): Promise<EmulatorResponse> {
    const [, id, subresource] = path.split("/");
    if (id === undefined) {
      if (method === "POST") return this.#create(body);
      for (const stored of this.#batches) await this.#progress(stored);
      return {
        status: 200,
        body: page(
          this.#batches.map(({ batch }) => batch),
          query,
        ),
      };
    }
    const stored = this.#batches.find(({ batch }) => batch.id === id);
    if (!stored) return errorResponse(404, "not_found_error", `Batch not found: ${id}`);
    if (method === "POST" && subresource === "cancel") return this.#cancel(stored);
    if (method === "DELETE") return this.#delete(stored);
    if (subresource === "results") return this.#results(stored);
    await this.#progress(stored);
    return { status: 200, body: stored.batch };
  }

  #progress(stored: StoredBatch): Promise<void> {
    stored.progress = stored.progress.then(() => this.#advance(stored));
    return stored.progress;
  }

  #time(offset = 0): string {
    return new Date(this.now() + offset).toISOString();
  }

  #create(body: unknown): EmulatorResponse {
    const { requests } = (body ?? {}) as { requests?: Request[] };
    if (!Array.isArray(requests) || requests.length === 0) {
      return errorResponse(400, "invalid_request_error", "requests: Field required");
    }
    const ids = new Set<string>();
    const invalid = requests.findIndex(
      ({ custom_id: id }, index) => !/^[a-zA-Z0-9_-]{1,64}$/.test(id) || ids.add(id).size === index,
    );
    if (invalid >= 0) {
      return errorResponse(
        400,
        "invalid_request_error",
        `requests.${invalid}.custom_id: invalid or not unique`,
      );
    }
    const batch: MessageBatch = {
      id: newId("msgbatch"),
      type: "message_batch",
      processing_status: "in_progress",
      request_counts: {
        processing: requests.length,
        succeeded: 0,
        errored: 0,
        canceled: 0,
        expired: 0,
      },
      created_at: this.#time(),
      expires_at: this.#time(day),
      ended_at: null,
      cancel_initiated_at: null,
      archived_at: null,
      results_url: null,
    };
    this.#batches.unshift({ batch, requests, results: [], progress: Promise.resolve() });
    return { status: 200, body: batch };
  }

  async #advance(stored: StoredBatch): Promise<void> {
    const { batch, requests, results } = stored;
    if (
      Date.parse(batch.created_at) + 29 * day < this.now() &&
      batch.processing_status === "ended"
    ) {
      batch.archived_at ??= this.#time();
      batch.results_url = null;
      return;
    }
    if (batch.processing_status === "ended") return;
    const isExpired = this.now() >= Date.parse(batch.expires_at);
    const endedEarly = batch.cancel_initiated_at ? "canceled" : isExpired ? "expired" : undefined;
    const share = endedEarly ? requests.length : Math.ceil(requests.length / readsToEnd);
    for (const { custom_id, params } of requests.slice(results.length, results.length + share)) {
      const result: MessageBatchResult = endedEarly
        ? { type: endedEarly }
        : await this.#run(params);
      results.push({ custom_id, result });
      batch.request_counts.processing -= 1;
      batch.request_counts[result.type] += 1;
    }
    if (results.length < requests.length) return;
    batch.processing_status = "ended";
    batch.ended_at = this.#time();
    batch.results_url = `https://api.anthropic.com/v1/messages/batches/${batch.id}/results`;
  }

  async #run(params: unknown): Promise<MessageBatchResult> {
    const outcome = await this.messages.reply(params, { isBatch: true });
    return "refused" in outcome
      ? { type: "errored", error: { ...(outcome.refused.body as ErrorResponse), request_id: null } }
      : { type: "succeeded", message: outcome.message as unknown as Message };
  }

  #cancel(stored: StoredBatch): EmulatorResponse {
    const { batch } = stored;
    if (batch.processing_status === "ended") {
      return errorResponse(400, "invalid_request_error", "The batch has already ended.");
    }
    batch.processing_status = "canceling";
    batch.cancel_initiated_at = this.#time();
    return { status: 200, body: batch };
  }

  #delete(stored: StoredBatch): EmulatorResponse {
    const { batch } = stored;
    if (batch.processing_status !== "ended") {
      return errorResponse(
        400,
        "invalid_request_error",
        "The batch has not ended. Cancel it first.",
      );
    }
    this.#batches.splice(this.#batches.indexOf(stored), 1);
    return { status: 200, body: { id: batch.id, type: "message_batch_deleted" } };
  }

  /** The results in an arbitrary but stable order: the API guarantees none. */
  #results({ batch, results }: StoredBatch): EmulatorResponse {
    if (!batch.results_url) {
      return errorResponse(404, "not_found_error", "The results of this batch are not available.");
    }
    const lines = results
      .map((result) => JSON.stringify(result))
      .sort((a, b) => hash(a).localeCompare(hash(b)));
    return {
      status: 200,
      headers: { "content-type": "application/x-jsonl" },
      body: Buffer.from(`${lines.join("\n")}\n`),
    };
  }
}

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
