import { createHash, randomBytes } from "node:crypto";
import type { Message } from "@anthropic-ai/sdk/resources/messages";
import type {
  MessageBatch,
  MessageBatchIndividualResponse,
  MessageBatchResult,
} from "@anthropic-ai/sdk/resources/messages/batches";
import { type Answer, refusal } from "./answer";
import { page } from "./pages";
import { estimate, replyTo } from "./replies";

const day = 24 * 3_600_000;

/** How many looks at a batch it takes until it has ended. */
const looksToEnd = 3;

interface Request {
  custom_id: string;
  params: { model: string; messages: { role: string; content: unknown }[]; system?: unknown };
}

interface Kept {
  batch: MessageBatch;
  requests: Request[];
  results: MessageBatchIndividualResponse[];
}

/**
 * The batches of the emulator. Each look at one, by itself or in the list, takes it a third of the
 * way: the API may leave all requests at processing until the end.
 *
 * @param now The emulator's clock, in ms since the epoch.
 * @param models Ids of the models there are.
 */
export class Batches {
  readonly #kept: Kept[] = [];

  constructor(
    private readonly now: () => number,
    private readonly models: readonly string[],
  ) {}

  /** Answers what concerns batches. `path` begins after `/messages/batches`. */
  answer(method: string, path: string, query: URLSearchParams, body: unknown): Answer {
    const [, id, what] = path.split("/");
    if (id === undefined) {
      if (method === "POST") return this.#create(body);
      for (const kept of this.#kept) this.#goOn(kept);
      return {
        status: 200,
        body: page(
          this.#kept.map(({ batch }) => batch),
          query,
        ),
      };
    }
    const kept = this.#kept.find(({ batch }) => batch.id === id);
    if (!kept) return refusal(404, "not_found_error", `Batch not found: ${id}`);
    if (method === "POST" && what === "cancel") return this.#cancel(kept);
    if (method === "DELETE") return this.#delete(kept);
    if (what === "results") return this.#results(kept);
    this.#goOn(kept);
    return { status: 200, body: kept.batch };
  }

  #time(offset = 0): string {
    return new Date(this.now() + offset).toISOString();
  }

  #create(body: unknown): Answer {
    const { requests } = (body ?? {}) as { requests?: Request[] };
    if (!Array.isArray(requests) || requests.length === 0) {
      return refusal(400, "invalid_request_error", "requests: Field required");
    }
    const ids = new Set<string>();
    const odd = requests.findIndex(
      ({ custom_id: id }, index) => !/^[a-zA-Z0-9_-]{1,64}$/.test(id) || ids.add(id).size === index,
    );
    if (odd >= 0) {
      return refusal(
        400,
        "invalid_request_error",
        `requests.${odd}.custom_id: invalid or not unique`,
      );
    }
    const batch: MessageBatch = {
      id: `msgbatch_${randomBytes(12).toString("hex")}`,
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
    this.#kept.unshift({ batch, requests, results: [] });
    return { status: 200, body: batch };
  }

  #goOn(kept: Kept): void {
    const { batch, requests, results } = kept;
    if (
      Date.parse(batch.created_at) + 29 * day < this.now() &&
      batch.processing_status === "ended"
    ) {
      batch.archived_at ??= this.#time();
      batch.results_url = null;
      return;
    }
    if (batch.processing_status === "ended") return;
    const isOver = this.now() >= Date.parse(batch.expires_at);
    const rest = batch.cancel_initiated_at ? "canceled" : isOver ? "expired" : undefined;
    const share = rest ? requests.length : Math.ceil(requests.length / looksToEnd);
    for (const { custom_id, params } of requests.slice(results.length, results.length + share)) {
      const result: MessageBatchResult = rest ? { type: rest } : this.#run(params);
      results.push({ custom_id, result });
      batch.request_counts.processing -= 1;
      batch.request_counts[result.type] += 1;
    }
    if (results.length < requests.length) return;
    batch.processing_status = "ended";
    batch.ended_at = this.#time();
    batch.results_url = `https://api.anthropic.com/v1/messages/batches/${batch.id}/results`;
  }

  #run({ model, messages, system }: Request["params"]): MessageBatchResult {
    if (!this.models.includes(model)) {
      const error = { type: "not_found_error", message: `model: ${model}` } as const;
      return { type: "errored", error: { type: "error", error, request_id: null } };
    }
    const { text = "" } = replyTo(messages);
    const message = {
      id: `msg_${randomBytes(12).toString("hex")}`,
      type: "message",
      role: "assistant",
      model,
      content: [{ type: "text", text, citations: null }],
      stop_reason: "end_turn",
      stop_sequence: null,
      usage: {
        input_tokens: estimate(system ? [system, messages] : messages),
        output_tokens: estimate(text),
        service_tier: "batch",
      },
    } as unknown as Message;
    return { type: "succeeded", message };
  }

  #cancel(kept: Kept): Answer {
    const { batch } = kept;
    if (batch.processing_status === "ended") {
      return refusal(400, "invalid_request_error", "The batch has already ended.");
    }
    batch.processing_status = "canceling";
    batch.cancel_initiated_at = this.#time();
    return { status: 200, body: batch };
  }

  #delete(kept: Kept): Answer {
    const { batch } = kept;
    if (batch.processing_status !== "ended") {
      return refusal(400, "invalid_request_error", "The batch has not ended. Cancel it first.");
    }
    this.#kept.splice(this.#kept.indexOf(kept), 1);
    return { status: 200, body: { id: batch.id, type: "message_batch_deleted" } };
  }

  /** In no order, as with the API: sorted by what nobody sees. */
  #results({ batch, results }: Kept): Answer {
    if (!batch.results_url) {
      return refusal(404, "not_found_error", "The results of this batch are not available.");
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
