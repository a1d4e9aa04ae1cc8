import type { MessageBatch } from "@anthropic-ai/sdk/resources/messages/batches";
import { input, pollingTrigger, type TriggerPayload } from "@prismatic-io/spectral";
import { createdAt, listBatchesSince, retrieveBatch } from "../claude/batches/batches";
import { type BatchResults, readBatchResults } from "../claude/batches/results";
import { batchExample } from "../claude/batches/schema";
import { type Client, createClient } from "../client/client";
import { batchId } from "../inputs/batch";
import { connection } from "../inputs/connection";
import { flag, isBlank } from "../inputs/read";

const includeResults = input({
  label: "Include Results",
  type: "boolean",
  required: false,
  default: "false",
  comments:
    "On: results holds what Get Batch Results returns. Batches that end between two looks share 1,000 results. Off: results is null.",
  clean: flag("Include Results"),
});

/** Of all batches of a look: its payload has to fit into memory, and into the platform's limits. */
const mostResults = 1_000;

/** What a flow starts with: the batch, and what came of it. */
interface EndedBatch extends MessageBatch {
  /** Null where they are not asked for, or could not be read. */
  results: BatchResults | null;
  /** Why results are missing. */
  warnings: string[];
}

const hour = 3_600_000;

/** A batch ends within a day: of an older one nothing new is to come. */
const longestRun = 48 * hour;

/** Batches may come to be listed in another order than they were created in. */
const listingSkew = hour;

/** What is known from polls before. */
interface State {
  /** Batches created before have ended and are told of. RFC 3339. */
  from?: string;
  /** Batches created since that have ended and are told of. */
  reported?: string[];
  /** Batches that somebody named and that are told of. */
  named?: string[];
}

/** @see https://platform.claude.com/docs/en/build-with-claude/batch-processing */
export const batchEnded = pollingTrigger({
  display: {
    label: "Batch Ended",
    description: "Start a flow once for each batch that has ended since the last look",
  },
  inputs: {
    connection,
    batchId: {
      ...batchId,
      required: false,
      comments: "The one batch to wait for. Empty: every batch of the workspace.",
      clean: (value: unknown): string | undefined =>
        isBlank(value) ? undefined : batchId.clean(value),
    },
    includeResults,
  },
  triggerResolverSupport: "required",
  triggerResolver: {
    resolveItems: (_, { payload }) => payload.body.data as EndedBatch[],
  },
  batchConfig: { batchSize: 1 },
  perform: async (context, payload, params) => {
    const client = createClient(context, params.connection);
    const state: State = context.polling.getState();
    const look = context.isSimulatedTestExecution
      ? await tryOut(client, params.batchId)
      : params.batchId
        ? await lookAtOne(client, params.batchId, state)
        : await lookAtAll(client, state);
    const ended: EndedBatch[] = [];
    let left = params.includeResults ? mostResults : 0;
    for (const batch of look.ended) {
      const read = params.includeResults
        ? await resultsOf(client, batch, left)
        : { results: null, warnings: [] };
      left -= read.results?.results.length ?? 0;
      ended.push({ ...batch, ...read });
    }
    if (!context.isSimulatedTestExecution) context.polling.setState({ ...look.state });
    const body: TriggerPayload["body"] = { data: ended, contentType: "application/json" };
    return { payload: { ...payload, body }, polledNoChanges: ended.length === 0 };
  },
  examplePayload: {
    payload: {
      body: {
        // An execution gets one of them.
        data: { ...batchExample, results: null, warnings: [] },
        contentType: "application/json",
      },
    } as unknown as TriggerPayload,
    polledNoChanges: false,
  },
});

/** What a poll has found, oldest first, and what the next one is to know. */
interface Look {
  ended: MessageBatch[];
  state: State;
}

const isEnded = ({ processing_status: status }: MessageBatch): boolean => status === "ended";

const lookAtAll = async (client: Client, state: State): Promise<Look> => {
  const { from, reported = [] } = state;
  const isFirst = from === undefined;
  const since = isFirst ? Date.now() - longestRun : Date.parse(from);
  const batches = await listBatchesSince(client, since);
  const told = new Set(reported);
  const ended = batches.filter((batch) => isEnded(batch) && !told.has(batch.id));

  const times = (of: MessageBatch[]) => of.map(createdAt).filter(Number.isFinite);
  const open = times(batches.filter((batch) => !isEnded(batch)));
  // One dated ahead of time must not hide those that come before it.
  const newest = Math.min(Math.max(since, ...times(batches)), Date.now());
  const next = Math.max(since, Math.min(newest - listingSkew, ...open));
  return {
    // What ended before the flow began is history.
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

/** Whoever names one batch after the other names few at a time. */
const mostNamed = 100;

/** A batch that somebody names is told of once, whenever it ended. */
const lookAtOne = async (client: Client, id: string, state: State): Promise<Look> => {
  const { named = [] } = state;
  if (named.includes(id)) return { ended: [], state };
  const { data: batch } = await retrieveBatch(client, id);
  return isEnded(batch)
    ? { ended: [batch], state: { ...state, named: [...named, id].slice(-mostNamed) } }
    : { ended: [], state };
};

/** Somebody tries the flow out: the latest batch that has ended stands for those to come. */
const tryOut = async (client: Client, id: string | undefined): Promise<Look> => {
  const batches = id
    ? [(await retrieveBatch(client, id)).data]
    : await listBatchesSince(client, 0, 1);
  return { ended: batches.filter(isEnded).slice(0, 1), state: {} };
};

/** Results that cannot be read are no reason not to start: the batch has ended all the same. */
const resultsOf = async (
  client: Client,
  batch: MessageBatch,
  most: number,
): Promise<Pick<EndedBatch, "results" | "warnings">> => {
  if (most === 0) {
    const full =
      "This look has its 1,000 results already: Get Batch Results reads those of this batch.";
    return { results: null, warnings: [full] };
  }
  try {
    const window = { offset: 0, limit: most };
    return { results: await readBatchResults(client, batch, window), warnings: [] };
  } catch (error) {
    return {
      results: null,
      warnings: [`The results could not be read: ${(error as Error).message}`],
    };
  }
};
