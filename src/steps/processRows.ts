/* A request for each row of a list, several at a time. */
import { completeMessage, sum } from "../claude/messages/complete";
import { addCost, inDollars, noCost } from "../claude/messages/cost";
import type { RowResult, RowUsage } from "../claude/messages/listSchema";
import type { ReplySchema } from "../claude/messages/replySchema";
import { type MessageResult, readReply } from "../claude/messages/result";
import type { MessageRequest } from "../claude/messages/send";
import { requestData } from "../claude/messages/structuredData";
import type { Client } from "../client/client";
import { coded, type ErrorCode, type ErrorData } from "../client/errorCode";
import { ApiError } from "../client/errors";
import type { Pace } from "../client/pace";
import { mayHaveBeenProcessed } from "../client/retry";
import type { Labels } from "../wording/labels";
import { describeMismatch, describeNotice, describeShortfall } from "../wording/notices";
import { codeByShortfall } from "./messageResult";
import { errorData } from "./outcome";

/** The answer of a row, and what was adjusted for it. */
export interface RowAnswer {
  result: Omit<RowResult, "id" | "row">;
  warnings: string[];
}

const noAnswer = { json: null, text: null, missing: [], usage: null, cost: null };

/** The result of a row that has no answer. */
const failedRow = (error: unknown): RowAnswer => ({
  result: { ...noAnswer, ok: false, error: errorData(error) },
  warnings: [],
});

const usageOf = ({ usage }: Pick<MessageResult, "usage">): RowUsage => ({
  input_tokens: usage.input_tokens ?? 0,
  output_tokens: usage.output_tokens ?? 0,
  cache_creation_input_tokens: usage.cache_creation_input_tokens ?? 0,
  cache_read_input_tokens: usage.cache_read_input_tokens ?? 0,
  total_tokens: usage.total_tokens,
});

/**
 * Sends the request of a row.
 *
 * @param schema The structure to ask for, with how its data becomes the record.
 * @throws ApiError or ConnectionError, see Client. A reply that is not a whole answer is returned, with
 *   its error: it was paid for.
 */
export const answerRow = async (
  client: Client,
  request: MessageRequest,
  betas: readonly string[],
  structure:
    | {
        schema: ReplySchema;
        output(found: unknown): { json: unknown; missing: string[] };
      }
    | undefined,
  labels: Labels,
): Promise<RowAnswer> => {
  const sent = structure
    ? await requestData(client, request, betas, structure.schema)
    : { response: await completeMessage(client, request, betas), json: null };
  const { response } = sent;
  const { content, shortfall, notices } = readReply(response.data, {
    maxTokens: request.max_tokens,
  });
  const mismatch = "mismatch" in sent ? sent.mismatch : undefined;
  const isMissing = structure !== undefined && sent.json === null;
  const error = ((): ErrorData | null => {
    const failed = (code: ErrorCode, message: string): ErrorData => ({
      ...coded(code),
      message,
      input: null,
      status: null,
      requestId: response.requestId,
    });
    if (shortfall) {
      return failed(codeByShortfall[shortfall.code], describeShortfall(shortfall, labels));
    }
    if (!isMissing) return null;
    const why = mismatch && `${describeMismatch(mismatch, labels)}.`;
    return failed("invalid_output", why ?? "The response has no data.");
  })();
  const found =
    structure && sent.json !== null ? structure.output(sent.json) : { json: null, missing: [] };
  const aboutData = "notices" in sent ? (sent.notices ?? []) : [];
  return {
    result: {
      ok: error === null,
      ...found,
      text: structure && !isMissing ? null : content.text,
      error,
      usage: usageOf(content),
      cost: content.cost,
    },
    // What the reply lacks is its error.
    warnings: [...notices.filter((notice) => notice !== shortfall), ...aboutData].map((notice) =>
      describeNotice(notice, labels),
    ),
  };
};

/** Why no more rows are begun. */
export type StopCause =
  | { code: "out_of_time" }
  | { code: "failures"; count: number }
  | { code: "all_rows"; error: Error };

/** Failures that every other row has too, unless the row itself or a moment is the cause. */
const failuresOfAll: ErrorCode[] = [
  "bad_key",
  "no_credit",
  "no_access",
  "not_found",
  "no_connection",
  "invalid_connection",
];

/** So many rows must have failed like this, and none succeeded between. */
const minFailuresOfAll = 3;

/** No row is begun with less time left. In ms. */
const minReserveMs = 5_000;

/**
 * Runs a task for each row, several at a time, at the pace that the rate limits allow, until all are
 * done, time is short, too many have failed, or one has failed in a way that all would.
 *
 * @param isFirstAlone Whether the others wait for the first: it writes the prompt to the cache.
 * @param doneBy When all must be done, in ms since the epoch.
 * @returns The answers by row. Rows that were not begun have none.
 */
export const runRows = async (
  count: number,
  run: (index: number) => Promise<RowAnswer>,
  {
    concurrency,
    isFirstAlone,
    stopAfterFailures,
    pace,
    doneBy,
  }: {
    concurrency: number;
    isFirstAlone: boolean;
    stopAfterFailures: number | undefined;
    pace: Pace;
    doneBy: number;
  },
): Promise<{ answers: (RowAnswer | undefined)[]; stopped: StopCause | undefined }> => {
  const answers: (RowAnswer | undefined)[] = Array.from({ length: count });
  let stopped: StopCause | undefined;
  let next = 0;
  let failures = 0;
  let failuresSinceSuccess = 0;
  let longestMs = 0;
  const hasTime = () =>
    Date.now() + pace.delay() + Math.max(minReserveMs, longestMs * 1.5) < doneBy;
  const work = async (limit: number): Promise<void> => {
    while (next < limit && !stopped) {
      if (!hasTime()) {
        stopped ??= { code: "out_of_time" };
        return;
      }
      const index = next++;
      const started = Date.now();
      const { answer, thrown } = await run(index).then(
        (answer) => ({ answer, thrown: undefined }),
        (thrown: Error) => ({ answer: failedRow(thrown), thrown }),
      );
      longestMs = Math.max(longestMs, Date.now() - started);
      const isUnprocessed = thrown instanceof ApiError && !mayHaveBeenProcessed(thrown);
      if (isUnprocessed && thrown.retryable && !hasTime()) {
        // Its turn came too late: it was not processed.
        stopped ??= { code: "out_of_time" };
        return;
      }
      if (isUnprocessed && thrown.code === "over_budget") {
        stopped ??= { code: "all_rows", error: thrown };
        return;
      }
      answers[index] = answer;
      const { error, usage } = answer.result;
      if (usage) {
        const { input_tokens: input, output_tokens: output } = usage;
        const written = usage.cache_creation_input_tokens;
        const all = { inputTokens: input + written, outputTokens: output };
        pace.learn({ ...all, tokens: all.inputTokens + output });
      }
      if (!error) {
        failuresSinceSuccess = 0;
        continue;
      }
      failures += 1;
      if (failuresOfAll.includes(error.code)) failuresSinceSuccess += 1;
      if (thrown && failuresSinceSuccess >= Math.min(minFailuresOfAll, count)) {
        stopped ??= { code: "all_rows", error: thrown };
      } else if (stopAfterFailures !== undefined && failures >= stopAfterFailures) {
        stopped ??= { code: "failures", count: failures };
      }
    }
  };
  if (isFirstAlone) await work(1);
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, () => work(count)));
  // The last row may have been begun before another stopped the rest.
  const isWhole = answers.every((answer) => answer) && stopped?.code !== "all_rows";
  return { answers, stopped: isWhole ? undefined : stopped };
};

/** The usage and the cost of all rows together. */
export const sumRows = (
  results: readonly RowResult[],
): { usage: RowUsage; cost: RowResult["cost"] } => {
  let usage: RowUsage = {
    input_tokens: 0,
    output_tokens: 0,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    total_tokens: 0,
  };
  let cost = noCost;
  for (const row of results) {
    usage = sum(usage, row.usage) as RowUsage;
    cost = addCost(cost, row.cost ?? noCost);
  }
  const isKnown = results.every((row) => !row.usage || row.cost);
  return { usage, cost: isKnown ? inDollars(cost) : null };
};
