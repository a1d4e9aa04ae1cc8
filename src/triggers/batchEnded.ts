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
    "On: results holds the first 1,000 results of the batch, as Get Batch Results returns them. Off: results is empty; Get Batch Results reads them.",
  clean: flag("Include Results"),
});

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
    for (const batch of look.ended) {
      ended.push({
        ...batch,
        ...(params.includeResults
          ? await resultsOf(client, batch)
          : { results: null, warnings: [] }),
      });
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

const lookAtAll = async (client: Client, { from, reported = [] }: State): Promise<Look> => {
  const isFirst = from === undefined;
  const since = isFirst ? Date.now() - longestRun : Date.parse(from);
  const batches = await listBatchesSince(client, since);
  const told = new Set(reported);
  const ended = batches.filter((batch) => isEnded(batch) && !told.has(batch.id));

  const times = batches.map(createdAt);
  const newest = Math.max(since, ...times);
  const open = batches.filter((batch) => !isEnded(batch)).map(createdAt);
  const next = Math.max(since, Math.min(newest - listingSkew, ...open));
  return {
    // What ended before the flow began is history.
    ended: isFirst ? [] : ended.reverse(),
    state: {
      from: new Date(next).toISOString(),
      reported: batches
        .filter((batch) => isEnded(batch) && createdAt(batch) >= next)
        .map(({ id }) => id),
    },
  };
};

/** A batch that somebody names is told of once, whenever it ended. */
const lookAtOne = async (client: Client, id: string, state: State): Promise<Look> => {
  if (state.reported?.includes(id)) return { ended: [], state };
  const { data: batch } = await retrieveBatch(client, id);
  return isEnded(batch)
    ? { ended: [batch], state: { ...state, reported: [...(state.reported ?? []), id] } }
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
): Promise<Pick<EndedBatch, "results" | "warnings">> => {
  try {
    const window = { offset: 0, limit: mostResults };
    return { results: await readBatchResults(client, batch, window), warnings: [] };
  } catch (error) {
    return {
      results: null,
      warnings: [`The results could not be read: ${(error as Error).message}`],
    };
  }
};
