import type { MessageBatch } from "@anthropic-ai/sdk/resources/messages/batches";
import { pollingTrigger, type TriggerPayload } from "@prismatic-io/spectral";
import { createdAt, listBatchesSince, retrieveBatch } from "../claude/batches/batches";
import { type BatchResults, readBatchResults } from "../claude/batches/results";
import { batchExample } from "../claude/batches/schema";
import type { Client } from "../client/client";
import { batchId } from "../parameters/batchId";
import { connection } from "../parameters/connection";
import { flag } from "../parameters/define";
import { isBlank } from "../parameters/read";
import { stepClient } from "../steps/client";
import { labelsOf } from "../wording/labels";
import { describeResult } from "../wording/notices";

const includeResults = flag("Include Results", {
  comments:
    "If on, includes each batch's results, up to 1,000 per poll across all batches. If off, results is null.",
});

/** Of all batches of a poll: its payload must fit into memory, and into the platform's limits. */
export const maxResults = 1_000;

/** What a flow starts with: the batch and its results. */
interface EndedBatch extends MessageBatch {
  /** Null if they are not asked for, or could not be read. */
  results: BatchResults | null;
  /** Why results are missing. */
  warnings: string[];
}

const hour = 3_600_000;

/** A batch ends within a day: older ones do not change. */
const maxAge = 48 * hour;

/** Batches may be listed in another order than they were created in. */
const listingSkew = hour;

/** What is known from earlier polls. */
interface State {
  /** Batches created before have ended and are reported. RFC 3339. */
  from?: string;
  /** Batches created since that have ended and are reported. */
  reported?: string[];
  /** Batches chosen by Batch ID that are reported. */
  named?: string[];
}

/** What a poll stored. The platform stores it, so that it may be of another version or damaged. */
const readState = ({ from, reported, named }: Record<string, unknown>): State => {
  const at = typeof from === "string" ? Math.min(Date.parse(from), Date.now()) : Number.NaN;
  const ids = (list: unknown) =>
    Array.isArray(list) ? list.filter((id) => typeof id === "string") : [];
  return {
    ...(Number.isNaN(at) ? {} : { from: new Date(at).toISOString() }),
    reported: ids(reported),
    named: ids(named),
  };
};

const inputs = {
  connection,
  batchId: {
    ...batchId,
    required: false,
    comments: "The batch to wait for. Leave empty for every batch of the workspace.",
    clean: (value: unknown): string | undefined =>
      isBlank(value) ? undefined : batchId.clean(value),
  },
  includeResults,
};
const labels = labelsOf(inputs);

/** @see https://platform.claude.com/docs/en/build-with-claude/batch-processing */
export const batchEnded = pollingTrigger({
  display: {
    label: "Batch Ended",
    description: "Start a flow for each batch that has ended since the last poll",
  },
  inputs,
  triggerResolverSupport: "required",
  triggerResolver: {
    resolveItems: (_, { payload }) => payload.body.data as EndedBatch[],
  },
  batchConfig: { batchSize: 1 },
  perform: async (context, payload, params) => {
    const client = stepClient(context, params, labels);
    const stored = context.polling.getState();
    const state = readState(stored);
    if (stored.from !== undefined && state.from === undefined) {
      context.logger.warn(
        "The state of the last poll cannot be read: batches that ended before this poll do not start the flow.",
      );
    }
    const poll = context.isSimulatedTestExecution
      ? await pollForTest(client, params.batchId)
      : params.batchId
        ? await pollOne(client, params.batchId, state)
        : await pollAll(client, state);
    const ended: EndedBatch[] = [];
    let remaining = params.includeResults ? maxResults : 0;
    for (const batch of poll.ended) {
      const read = params.includeResults
        ? await resultsOf(client, batch, remaining)
        : { results: null, warnings: [] };
      remaining -= read.results?.results.length ?? 0;
      ended.push({ ...batch, ...read });
    }
    if (!context.isSimulatedTestExecution) context.polling.setState({ ...poll.state });
    const body: TriggerPayload["body"] = { data: ended, contentType: "application/json" };
    return { payload: { ...payload, body }, polledNoChanges: ended.length === 0 };
  },
  examplePayload: {
    payload: {
      body: {
        // Each execution gets one batch.
        data: { ...batchExample, results: null, warnings: [] },
        contentType: "application/json",
      },
    } as unknown as TriggerPayload,
    polledNoChanges: false,
  },
});

/** What a poll finds, oldest first, and the state for the next one. */
interface Poll {
  ended: MessageBatch[];
  state: State;
}

const isEnded = ({ processing_status: status }: MessageBatch): boolean => status === "ended";

const pollAll = async (client: Client, state: State): Promise<Poll> => {
  const { from, reported = [] } = state;
  const isFirst = from === undefined;
  const since = isFirst ? Date.now() - maxAge : Date.parse(from);
  const batches = await listBatchesSince(client, since);
  const known = new Set(reported);
  const ended = batches.filter((batch) => isEnded(batch) && !known.has(batch.id));

  const times = (of: MessageBatch[]) => of.map(createdAt).filter(Number.isFinite);
  const open = times(batches.filter((batch) => !isEnded(batch)));
  // A date in the future must not hide batches before it.
  const newest = Math.min(Math.max(since, ...times(batches)), Date.now());
  const next = Math.max(since, Math.min(newest - listingSkew, ...open));
  return {
    // Batches that ended before the first poll are not reported.
    ended: isFirst ? [] : ended.reverse(),
    state: {
      ...state,
      from: new Date(next).toISOString(),
      reported: batches
        .filter((batch) => isEnded(batch) && !(createdAt(batch) < next))
        .map(({ id }) => id),
    },
  };
};

/** Maximum number of batches chosen by Batch ID that are remembered. */
const maxNamed = 100;

/** A batch chosen by Batch ID is reported once, whenever it ended. */
const pollOne = async (client: Client, id: string, state: State): Promise<Poll> => {
  const { named = [] } = state;
  if (named.includes(id)) return { ended: [], state };
  const { data: batch } = await retrieveBatch(client, id);
  return isEnded(batch)
    ? { ended: [batch], state: { ...state, named: [...named, id].slice(-maxNamed) } }
    : { ended: [], state };
};

/** A test run uses the latest batch that has ended. */
const pollForTest = async (client: Client, id: string | undefined): Promise<Poll> => {
  const batches = id
    ? [(await retrieveBatch(client, id)).data]
    : await listBatchesSince(client, 0, 1);
  return { ended: batches.filter(isEnded).slice(0, 1), state: {} };
};

/** The flow starts even if results cannot be read: the batch has ended anyway. */
const resultsOf = async (
  client: Client,
  batch: MessageBatch,
  limit: number,
): Promise<Pick<EndedBatch, "results" | "warnings">> => {
  if (limit === 0) {
    const full = `This poll already has ${maxResults} results. Get Batch Results returns those of this batch.`;
    return { results: null, warnings: [full] };
  }
  try {
    const window = { offset: 0, limit, describe: describeResult(labels) };
    return { results: await readBatchResults(client, batch, window), warnings: [] };
  } catch (error) {
    return {
      results: null,
      warnings: [`The results could not be read: ${(error as Error).message}`],
    };
  }
};
