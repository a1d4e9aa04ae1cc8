import type { Message, Usage } from "@anthropic-ai/sdk/resources/messages";
import type {
  MessageBatch,
  MessageBatchIndividualResponse,
  MessageBatchResult,
} from "@anthropic-ai/sdk/resources/messages/batches";
import { type ResponseBody, readBytes } from "../../client/body";
import type { Client } from "../../client/client";
import { Failure } from "../../client/failure";
import { readLines } from "../../client/lines";
import { isObject, isText } from "../../client/values";
import { isContent, normalizeContent, normalizeEnvelope } from "../hosts/message";
import { addCost, billedUsages, type Cost, inDollars, messageCost, noCost } from "../messages/cost";
import type { ReplySchema } from "../messages/replySchema";
import { type MessageResult, readReply, withMessage } from "../messages/result";
import type { Notice } from "../notice";
import { InvalidInput } from "../problem";
import { batchPath, totalOf } from "./batches";
import { rowOf } from "./rows";

/** The outcome of one request of a batch. */
export interface BatchResult {
  /** Identifies the request: the value of its ID Field as far as custom IDs allow, else its custom ID. */
  id: string;
  /** The ID of the request at the API. */
  customId: string;
  /** The row that the request was made of, from 1. Null if it was not made of a row. */
  row: number | null;
  status: "succeeded" | "errored" | "canceled" | "expired";
  /** Why there is no reply, null if there is one. */
  reason: string | null;
  /** The reply, null if there is none. */
  result: BatchMessage | null;
}

/** A MessageResult without what belongs to a separate request. */
export type BatchMessage = Omit<
  MessageResult,
  "attempts" | "conversation" | "rateLimit" | "requestId"
>;

type Statuses = Record<BatchResult["status"], number>;

/** Results of a batch. */
export interface BatchResults {
  /** In the order of the rows; requests without a row are sorted by ID. */
  results: BatchResult[];
  counts: Statuses & { total: number };
  /** Token counts of all replies together. */
  usage: Record<(typeof counted)[number], number>;
  /** Of all replies together, null if a price is not known. */
  cost: Cost | null;
  /** Whether there are more results. */
  hasMore: boolean;
  /** The offset of the next results, null if there are no more. */
  nextOffset: number | null;
  warnings: string[];
}

const counted = [
  "input_tokens",
  "output_tokens",
  "cache_creation_input_tokens",
  "cache_read_input_tokens",
] as const;

/** Which results to return. Of the others only status, usage and cost are read. */
export interface ResultWindow {
  /** How many to skip, in the order of the results. */
  offset: number;
  /** Maximum number to return. With 0, none are returned. */
  limit: number;
  /** Reads the replies as data. Without it, a reply that is JSON is read without validation. */
  schema?: ReplySchema;
  /** Makes the sentence of a notice. */
  describe(notice: Notice | ResultReason): string;
}

/** Why a request has no reply. */
export type ResultReason =
  | { code: "request_errored"; type: string | undefined; message: string | undefined }
  | { code: "request_canceled" }
  | { code: "request_expired" };

/** @throws InvalidInput if the batch has no results to read. */
export const checkEnded = (batch: MessageBatch): void => {
  const { id, processing_status: status, archived_at: archived } = batch;
  if (archived) {
    const until = isText(archived) ? archived : undefined;
    throw new InvalidInput({ code: "batch_archived", id, until });
  }
  if (status !== "ended") throw new InvalidInput({ code: "batch_not_ended", id, status });
};

/**
 * Results of a batch that has ended, in the order of its rows, else sorted by ID. The file is read
 * as it arrives: only what is returned stays in memory.
 *
 * @throws ApiError or ConnectionError, see Client; also if results are missing.
 * @see https://platform.claude.com/docs/en/api/messages/batches/results
 */
export const readBatchResults = async (
  client: Client,
  batch: MessageBatch,
  window: ResultWindow,
): Promise<BatchResults> => {
  const read = (positions?: ReadonlyMap<string, number>) =>
    client.send({ ...fileOf(batch), read: (body) => collect(body, batch, window, positions) });
  try {
    return (await read()).data;
  } catch (error) {
    if (!(error instanceof UnknownPosition)) throw error;
    const { data: ids } = await client.send({
      ...fileOf(batch),
      read: (body) => readIds(body, batch),
    });
    const positions = new Map(ids.sort(byId()).map((id, position) => [id, position]));
    return (await read(positions)).data;
  }
};

/**
 * The file of results unchanged: a line of JSON for each request, in any order.
 *
 * @throws ApiError or ConnectionError, see Client; also if lines are missing.
 */
export const downloadBatchResults = async (
  client: Client,
  batch: MessageBatch,
): Promise<{ data: Buffer; contentType: string }> => {
  const { data } = await client.send({
    ...fileOf(batch),
    read: async (body) => {
      const bytes = await readBytes(body);
      checkFile(bytes, batch);
      return { bytes, contentType: body.headers["content-type"] ?? "application/x-jsonl" };
    },
  });
  return { data: data.bytes, contentType: data.contentType };
};

/** From the connection's own host: `results_url` may name another, which must not get the credential. */
const fileOf = ({ id }: MessageBatch) => ({
  method: "GET",
  path: `${batchPath(id)}/results`,
  // A compressed response does not state the length of the file.
  headers: { "accept-encoding": "identity" },
  streamed: true,
});

/** The position of a request among all does not follow from its custom ID. */
class UnknownPosition extends Error {}

/**
 * Compares custom IDs, numbers in them by value. The collator is created when it is needed: its
 * tables would slow down every start.
 */
const byId = (): ((a: string, b: string) => number) => {
  const numeric = new Intl.Collator("en", { numeric: true });
  return (a, b) => numeric.compare(a, b) || (a < b ? -1 : 1);
};

const readIds = async (body: ResponseBody, batch: MessageBatch): Promise<string[]> => {
  const ids: string[] = [];
  let lines = 0;
  await readLines(body, (line) => {
    lines += 1;
    const response = parseOutline(line) ?? parseLine(line);
    if (response) ids.push(response.custom_id);
  });
  checkComplete(lines, batch, ids.length);
  return ids;
};

const collect = async (
  body: ResponseBody,
  batch: MessageBatch,
  { offset, limit, schema, describe }: ResultWindow,
  positions?: ReadonlyMap<string, number>,
): Promise<BatchResults> => {
  // A host may not say how many there are.
  const expected = totalOf(batch) || Number.POSITIVE_INFINITY;
  const isAll = offset === 0 && limit >= expected;
  const results: BatchResult[] = [];
  const counts: Statuses = { succeeded: 0, errored: 0, canceled: 0, expired: 0 };
  const sum = new Sum();
  const unreadable: number[] = [];
  let lines = 0;
  const isReturned = (customId: string): boolean => {
    if (isAll || limit === 0) return isAll;
    const { row } = rowOf(customId, expected);
    const index = positions ? positions.get(customId) : row && row - 1;
    // The second time, the file must contain the same.
    if (positions && index === undefined) {
      throw new Failure({ code: "results_changed" }, { type: "broken_response" });
    }
    if (index === undefined || index === null) throw new UnknownPosition();
    return index >= offset && index < offset + limit;
  };
  await readLines(body, (line, isTerminated) => {
    lines += 1;
    const outline = isAll ? undefined : parseOutline(line);
    const isOutlined = outline !== undefined && !isReturned(outline.custom_id);
    const response = isOutlined ? outline : parseLine(line);
    if (!response) {
      if (!isTerminated) throw incomplete(lines - 1, batch);
      unreadable.push(lines);
      return;
    }
    const { custom_id: customId, result } = response;
    counts[result.type] += 1;
    if (result.type === "succeeded") sum.add(result.message);
    if (isOutlined || !isReturned(customId)) return;
    results.push({ customId, ...rowOf(customId, expected), ...outcome(result, schema, describe) });
  });
  checkComplete(lines, batch, lines - unreadable.length);
  const total = totalOf(batch) || lines;
  // Custom IDs sort as their rows; comparing the row numbers is faster.
  const compareIds = byId();
  results.sort((a, b) => (a.row && b.row && a.row - b.row) || compareIds(a.customId, b.customId));
  const next = offset + limit;
  const hasMore = limit > 0 && next < total;
  return {
    results,
    counts: { total, ...counts },
    usage: sum.usage,
    cost: sum.cost,
    hasMore,
    nextOffset: hasMore ? next : null,
    warnings: [...unreadableNotices(unreadable), ...sum.notices].map(describe),
  };
};

const maxUnreadableListed = 10;

const unreadableNotices = (lines: readonly number[]): Notice[] => {
  const listed = lines.slice(0, maxUnreadableListed);
  const count = lines.length - listed.length;
  return [
    ...listed.map((line): Notice => ({ code: "result_unreadable", line })),
    ...(count > 0 ? [{ code: "more_results_unreadable", count } as const] : []),
  ];
};

/** Not in any text: there, quotes are escaped. */
const contentStart = Buffer.from(',"content":[');
const usageStart = Buffer.from(',"usage":{');

/**
 * A line as a result without the content of its reply, which is most of the line: takes a third of
 * the CPU. Undefined if the rest is not valid JSON without it.
 */
const parseOutline = (line: Buffer): MessageBatchIndividualResponse | undefined => {
  const start = line.indexOf(contentStart);
  const end = line.lastIndexOf(usageStart);
  if (start < 0 || end < start) return undefined;
  return parseResult(
    `${line.toString("utf8", 0, start)},"content":[]${line.toString("utf8", end)}`,
  );
};

/** A line as a result, undefined if it is not one. */
const parseLine = (line: Buffer) => parseResult(line.toString());

const parseResult = (json: string): MessageBatchIndividualResponse | undefined => {
  let response: unknown;
  try {
    response = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!isObject(response) || typeof response.custom_id !== "string") return undefined;
  const { result } = response;
  if (!isObject(result) || !isText(result.type)) return undefined;
  if (!Object.hasOwn(statuses, result.type)) return undefined;
  if (result.type === "succeeded") {
    const { message } = result;
    if (!isObject(message) || !isContent(message.content)) return undefined;
    normalizeEnvelope(message as unknown as Message);
  }
  return response as unknown as MessageBatchIndividualResponse;
};

const statuses: Record<BatchResult["status"], null> = {
  succeeded: null,
  errored: null,
  canceled: null,
  expired: null,
};

const outcome = (
  result: MessageBatchResult,
  schema: ReplySchema | undefined,
  describe: ResultWindow["describe"],
): Pick<BatchResult, "status" | "reason" | "result"> => {
  switch (result.type) {
    case "succeeded": {
      const message = messageOf(result.message, schema, describe);
      return { status: "succeeded", reason: null, result: message };
    }
    case "errored": {
      const { type, message } = result.error?.error ?? {};
      const reason = describe({
        code: "request_errored",
        type: isText(type) ? type : undefined,
        message: isText(message) ? message : undefined,
      });
      return { status: "errored", reason, result: null };
    }
    case "canceled":
      return { status: "canceled", reason: describe({ code: "request_canceled" }), result: null };
    case "expired":
      return { status: "expired", reason: describe({ code: "request_expired" }), result: null };
  }
};

const messageOf = (
  message: Message,
  schema: ReplySchema | undefined,
  describe: ResultWindow["describe"],
): BatchMessage => {
  const droppedBlocks = normalizeContent(message);
  const usages = [atHalfPrice(message.usage)];
  const { content, notices } = readReply(
    { message, isOutOfTime: false, usages, droppedBlocks },
    { maxTokens: message.usage?.output_tokens, schema },
  );
  const json = schema ? content.json : unvalidatedJson(content.text);
  return withMessage({ ...content, json, warnings: notices.map(describe) }, message);
};

/** A text that is a JSON object or array, as data. */
const unvalidatedJson = (text: string): unknown => {
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** Batches cost half, whatever service tier a host reports. */
const atHalfPrice = (usage: Usage): Usage => ({ ...usage, service_tier: "batch" });

/** Token counts and costs of many replies together. */
class Sum {
  readonly usage = Object.fromEntries(counted.map((name) => [name, 0])) as BatchResults["usage"];
  readonly notices: Notice[] = [];
  #cost = noCost;
  readonly #seen = new Set<string>();

  add(message: Message): void {
    for (const { usage } of billedUsages(message.model, message.usage)) {
      for (const name of counted) this.usage[name] += usage[name] ?? 0;
    }
    const { cost, notice } = messageCost(message, [atHalfPrice(message.usage)]);
    if (notice && !this.#seen.has(JSON.stringify(notice))) {
      this.#seen.add(JSON.stringify(notice));
      this.notices.push(notice);
    }
    this.#cost = addCost(this.#cost, cost ?? noCost);
  }

  get cost(): Cost | null {
    return this.notices.length > 0 ? null : inDollars(this.#cost);
  }
}

/** @throws Failure, so that the file is read again, if it ends within a line or lines are missing. */
const checkFile = (bytes: Buffer, batch: MessageBatch): void => {
  const lines = lineCount(bytes);
  const last = bytes.subarray(bytes.lastIndexOf("\n") + 1);
  if (last.length > 0 && !parseLine(last)) throw incomplete(lines - 1, batch);
  checkComplete(lines, batch);
};

const lineCount = (bytes: Buffer): number => {
  let lines = 0;
  let start = 0;
  for (let end = bytes.indexOf("\n"); end >= 0; end = bytes.indexOf("\n", start)) {
    // A line of a single byte is a Windows line break.
    if (end > start + 1) lines += 1;
    start = end + 1;
  }
  return start < bytes.length ? lines + 1 : lines;
};

/**
 * @param results How many of the lines are results.
 * @throws Failure, so that the file is read again, if it ends early, or has more results than the
 *   batch: a proxy that restarts an interrupted transfer sends results twice.
 */
const checkComplete = (lines: number, batch: MessageBatch, results = lines): void => {
  const total = totalOf(batch);
  if (lines < total) throw incomplete(lines, batch);
  if (total > 0 && results > total) {
    throw new Failure(
      { code: "results_repeated", received: results, total },
      { type: "broken_response" },
    );
  }
};

const incomplete = (received: number, batch: MessageBatch): Failure =>
  new Failure(
    { code: "results_missing", received, total: totalOf(batch) },
    { type: "broken_response" },
  );
