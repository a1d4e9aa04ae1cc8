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
import { InvalidInput } from "../InvalidInput";
import { type Cost, messageCost } from "../messages/cost";
import { type MessageResult, toResult } from "../messages/result";
import { isContent, soundContent, soundFrame } from "../messages/sound";
import type { AnswerSchema } from "../messages/structured";
import { batchPath, totalOf } from "./batches";
import { rowOf } from "./rows";

/** What came of one request of a batch. */
export interface BatchResult {
  /** What tells the request apart: the value of its ID Field as far as ids take it, else its custom_id. */
  id: string;
  /** The id that the request has at the API. */
  customId: string;
  /** The row that the request was made of, from 1. Null where Create Batch made none. */
  row: number | null;
  status: "succeeded" | "errored" | "canceled" | "expired";
  /** Why there is no answer, null where there is one. */
  reason: string | null;
  /** The answer, null where there is none. */
  result: BatchMessage | null;
}

/** The one result of all message actions, without what belongs to a request of its own. */
export type BatchMessage = Omit<
  MessageResult,
  "attempts" | "conversation" | "rateLimit" | "requestId"
>;

type Statuses = Record<BatchResult["status"], number>;

/** What Get Batch Results returns. */
export interface BatchResults {
  /** In the order of the rows; requests that were given as such in that of their ids. */
  results: BatchResult[];
  counts: Statuses & { total: number };
  /** Token counts of all answers together. */
  usage: Record<(typeof counted)[number], number>;
  /** Of all answers together, null where a price is not known. */
  cost: Cost | null;
  /** Whether there are results after these. */
  hasMore: boolean;
  /** The Offset to go on from, null where there are none after these. */
  nextOffset: number | null;
  warnings: string[];
}

const counted = [
  "input_tokens",
  "output_tokens",
  "cache_creation_input_tokens",
  "cache_read_input_tokens",
] as const;

/** Which results to return. Of the others only counts and costs are read. */
export interface ResultWindow {
  /** How many to leave out, in the order of the results. */
  offset: number;
  /** Most to return. With 0, none is. */
  limit: number;
  /** What the answers are to be read by. Without it, a text that is JSON is read unchecked. */
  schema?: AnswerSchema;
}

/** @throws InvalidInput when the batch has no results to read. */
export const checkEnded = (batch: MessageBatch): void => {
  const { id, processing_status: status, archived_at: archived } = batch;
  if (archived) {
    throw new InvalidInput(
      `names ${id}, whose results are gone: they are kept for 29 days${isText(archived) ? ` (until ${archived})` : ""}.`,
    );
  }
  if (status === "ended") return;
  throw new InvalidInput(
    `names ${id}, which has not ended (${status}). Start a flow by the trigger Batch Ended, or look again later with Get Batch.`,
  );
};

/**
 * Results of a batch that has ended, in the order of its rows, else of its ids. The file is read as it comes:
 * memory goes only to what is returned.
 *
 * @throws ApiError or ConnectionError, see Client; also when fewer results come than the batch has.
 * @see https://platform.claude.com/docs/en/api/messages/batches/results
 */
export const readBatchResults = async (
  client: Client,
  batch: MessageBatch,
  window: ResultWindow,
): Promise<BatchResults> => {
  const read = (places?: ReadonlyMap<string, number>) =>
    client.send({ ...fileOf(batch), read: (body) => collect(body, batch, window, places) });
  try {
    return (await read()).data;
  } catch (error) {
    if (!(error instanceof UnknownPlace)) throw error;
    const { data: ids } = await client.send({
      ...fileOf(batch),
      read: (body) => readIds(body, batch),
    });
    const places = new Map(ids.sort(byId()).map((id, place) => [id, place]));
    return (await read(places)).data;
  }
};

/**
 * The file of results as it is: a line of JSON for each request, in no order.
 *
 * @throws ApiError or ConnectionError, see Client; also when fewer lines come than the batch has requests.
 */
export const downloadBatchResults = async (
  client: Client,
  batch: MessageBatch,
): Promise<{ data: Buffer; contentType: string }> => {
  const { data } = await client.send({
    ...fileOf(batch),
    read: async (body) => {
      const bytes = await readBytes(body);
      checkWhole(bytes, batch);
      return { bytes, contentType: body.headers["content-type"] ?? "application/x-jsonl" };
    },
  });
  return { data: data.bytes, contentType: data.contentType };
};

/** From the connection's own host: `results_url` names one that need not be meant for the credential. */
const fileOf = ({ id }: MessageBatch) => ({
  method: "GET",
  path: `${batchPath(id)}/results`,
  // Compressed, a file does not tell its length.
  headers: { "accept-encoding": "identity" },
  streamed: true,
});

/** A request whose place among all cannot be told from its id. */
class UnknownPlace extends Error {}

/**
 * Ids of rows sort by their number, other people's as people count. A collator is made where it is
 * needed: every start of a step would wait for its tables.
 */
const byId = (): ((a: string, b: string) => number) => {
  const asPeopleCount = new Intl.Collator("en", { numeric: true });
  return (a, b) => asPeopleCount.compare(a, b) || (a < b ? -1 : 1);
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
  { offset, limit, schema }: ResultWindow,
  places?: ReadonlyMap<string, number>,
): Promise<BatchResults> => {
  // A host may not tell how many there are.
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
    const index = places ? places.get(customId) : row && row - 1;
    // Read a second time, the file must hold the same.
    if (places && index === undefined) throw cutOff(lines, batch);
    if (index === undefined || index === null) throw new UnknownPlace();
    return index >= offset && index < offset + limit;
  };
  await readLines(body, (line, isWhole) => {
    lines += 1;
    const outline = isAll ? undefined : parseOutline(line);
    const isOutlined = outline !== undefined && !isReturned(outline.custom_id);
    const response = isOutlined ? outline : parseLine(line);
    if (!response) {
      if (!isWhole) throw cutOff(lines - 1, batch);
      unreadable.push(lines);
      return;
    }
    const { custom_id: customId, result } = response;
    counts[result.type] += 1;
    if (result.type === "succeeded") sum.add(result.message);
    if (isOutlined || !isReturned(customId)) return;
    results.push({ customId, ...rowOf(customId, expected), ...outcome(result, schema) });
  });
  checkComplete(lines, batch, lines - unreadable.length);
  const total = totalOf(batch) || lines;
  // The order of ids is that of their rows, which numbers tell faster.
  const inOrder = byId();
  results.sort((a, b) => (a.row && b.row && a.row - b.row) || inOrder(a.customId, b.customId));
  const next = offset + limit;
  const hasMore = limit > 0 && next < total;
  return {
    results,
    counts: { total, ...counts },
    usage: sum.usage,
    cost: sum.cost,
    hasMore,
    nextOffset: hasMore ? next : null,
    warnings: [
      ...unreadable
        .slice(0, 10)
        .map((line) => `Line ${line} of the results is no result: it was left out.`),
      ...(unreadable.length > 10
        ? [`${unreadable.length - 10} more lines of the results are no results.`]
        : []),
      ...sum.warnings,
    ],
  };
};

/** In no text: there, a backslash stands before each quote. */
const contentStart = Buffer.from(',"content":[');
const usageStart = Buffer.from(',"usage":{');

/**
 * A line as a result without the content of its answer, which is most of it: a third of the CPU of
 * the whole. Undefined where the rest does not fit together without it.
 */
const parseOutline = (line: Buffer): MessageBatchIndividualResponse | undefined => {
  const start = line.indexOf(contentStart);
  const end = line.lastIndexOf(usageStart);
  if (start < 0 || end < start) return undefined;
  return parseResult(
    `${line.toString("utf8", 0, start)},"content":[]${line.toString("utf8", end)}`,
  );
};

/** A line as a result, undefined for what is none. */
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
    soundFrame(message as unknown as Message);
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
  schema: AnswerSchema | undefined,
): Pick<BatchResult, "status" | "reason" | "result"> => {
  switch (result.type) {
    case "succeeded":
      return { status: "succeeded", reason: null, result: answerOf(result.message, schema) };
    case "errored": {
      const { type, message } = result.error?.error ?? {};
      const reason = [type, message].filter(isText).join(": ") || "The API gives no reason.";
      return { status: "errored", reason, result: null };
    }
    case "canceled":
      return {
        status: "canceled",
        reason: "The batch was canceled before its turn.",
        result: null,
      };
    case "expired":
      return {
        status: "expired",
        reason: "The batch ran out of its 24 hours before its turn. Send it again.",
        result: null,
      };
  }
};

const advice = {
  refused: "Change Message in Create Batch.",
  cutOff: "Raise Max Tokens in Create Batch.",
};

const answerOf = (message: Message, schema: AnswerSchema | undefined): BatchMessage => {
  const usages = [atHalfPrice(message.usage)];
  const answer = { message, cutOff: false, usages, leftOut: soundContent(message) };
  const { result } = toResult(
    { data: answer, headers: {}, requestId: null, attempts: 1 },
    { messages: [], max_tokens: message.usage?.output_tokens },
    { schema, advice },
  );
  const { attempts, conversation, rateLimit, requestId, ...rest } = result;
  if (!schema) rest.json = uncheckedJson(rest.text);
  return rest;
};

/** A text that is a JSON object or list, as data. */
const uncheckedJson = (text: string): unknown => {
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** Batches cost half, whatever a host says of the tier. */
const atHalfPrice = (usage: Usage): Usage => ({ ...usage, service_tier: "batch" });

/** Token counts and costs of many answers together. */
class Sum {
  readonly usage = Object.fromEntries(counted.map((name) => [name, 0])) as BatchResults["usage"];
  readonly warnings: string[] = [];
  readonly #cost = { input: 0, output: 0, total: 0 };

  add({ model, usage }: Message): void {
    for (const name of counted) this.usage[name] += usage?.[name] ?? 0;
    const { cost, warning } = messageCost(model, [atHalfPrice(usage)]);
    if (warning && !this.warnings.includes(warning)) this.warnings.push(warning);
    this.#cost.input += cost?.input ?? 0;
    this.#cost.output += cost?.output ?? 0;
    this.#cost.total += cost?.total ?? 0;
  }

  get cost(): Cost | null {
    if (this.warnings.length > 0) return null;
    const { input, output, total } = this.#cost;
    return {
      input: rounded(input),
      output: rounded(output),
      total: rounded(total),
      currency: "USD",
    };
  }
}

/** Without the noise of binary fractions. */
const rounded = (dollars: number): number => Number(dollars.toFixed(10));

/** @throws Failure, so that the file is read again, when it ends within a line or lacks some. */
const checkWhole = (bytes: Buffer, batch: MessageBatch): void => {
  const lines = lineCount(bytes);
  const last = bytes.subarray(bytes.lastIndexOf("\n") + 1);
  if (last.length > 0 && !parseLine(last)) throw cutOff(lines - 1, batch);
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
 * @throws Failure, so that the file is read again, when it ends before its end, or holds more than
 *   the batch: a proxy that begins it anew when it breaks off sends results twice.
 */
const checkComplete = (lines: number, batch: MessageBatch, results = lines): void => {
  const total = totalOf(batch);
  if (lines < total) throw cutOff(lines, batch);
  if (total > 0 && results > total) {
    throw new Failure(`The answer holds ${results} results, but the batch has ${total} requests.`, {
      type: "broken_answer",
    });
  }
};

const cutOff = (lines: number, batch: MessageBatch): Failure =>
  new Failure(`The answer broke off: ${lines} of ${totalOf(batch)} results came.`, {
    type: "broken_answer",
  });
