import type {
  BatchCreateParams,
  DeletedMessageBatch,
  MessageBatch,
} from "@anthropic-ai/sdk/resources/messages/batches";
import { type LongBody, type ResponseBody, readJson, textBody, unusable } from "../../client/body";
import type { ApiResponse, Client } from "../../client/client";
import { ApiError } from "../../client/errors";
import {
  fetchAllPages,
  largestPage,
  nextAfter,
  type Page,
  type PageParams,
  pageQuery,
  readPage,
} from "../../client/pages";
import { segment, walks } from "../../client/path";
import { mayHaveArrived } from "../../client/retry";
import { isObject, isText } from "../../client/values";
import { InvalidInput } from "../InvalidInput";
import { countMessageTokens } from "../messages/countTokens";
import { betaHeader, type MessageRequest } from "../messages/send";

/** One request of a batch. */
export type BatchRequest = BatchCreateParams.Request;

/** @see https://platform.claude.com/docs/en/build-with-claude/batch-processing#batch-limitations */
export const limits = { requests: 100_000, bytes: 256 * 1_024 * 1_024 };

/** Lets answers of a batch grow to 300,000 tokens. */
export const longAnswers = { beta: /^output-300k-/, maxTokens: 300_000 };

/**
 * The body that creates a batch. It is made while it is sent: a batch may hold 256 MB.
 *
 * @param requests Makes each request as JSON, the same each time.
 */
export const batchBody = (requests: () => Iterable<string>): LongBody =>
  textBody(function* () {
    let before = '{"requests":[';
    for (const request of requests()) {
      yield before;
      yield request;
      before = ",";
    }
    yield "]}";
  });

/**
 * Creates a batch. Sent again only where the first try has surely not arrived: a second batch would
 * do everything twice.
 *
 * @param count How many requests the body holds.
 * @throws ApiError or ConnectionError, see Client. Where the batch may exist all the same, the error
 *   says so and names what List Batches shows.
 * @see https://platform.claude.com/docs/en/api/messages/batches/create
 */
export const createBatch = async (
  client: Client,
  { body, count, betas }: { body: LongBody; count: number; betas: readonly string[] },
): Promise<ApiResponse<MessageBatch>> => {
  try {
    return await client.send({
      method: "POST",
      path: "/v1/messages/batches",
      headers: betaHeader(betas),
      body,
      once: true,
      read: readBatch,
    });
  } catch (error) {
    if (!(error instanceof ApiError) || !mayHaveArrived(error)) throw error;
    const found = await batchesLike(client, count);
    throw new ApiError(`${error.message} ${found}`, error);
  }
};

const brief = { timeoutMs: 5_000, maxRetries: 0 };

/** Clocks differ. In ms. */
const aboutNow = 3_600_000;

/**
 * What List Batches shows of batches that a request whose answer is lost may have made. That it shows
 * none proves nothing: the server may still be at it.
 */
const batchesLike = async (client: Client, count: number): Promise<string> => {
  const advice = "look there again in a few minutes before this is run again.";
  try {
    const { data } = await listBatchesPage(client, { limit: 100 }, brief);
    const like = data.filter(
      (batch) => [count, 0].includes(totalOf(batch)) && !(createdAt(batch) < Date.now() - aboutNow),
    );
    return like.length === 0
      ? `The batch may exist all the same, though List Batches shows none of ${count} requests yet: ${advice}`
      : `The batch may exist all the same: List Batches shows ${named(like)}, created about now with ${count} requests. Look at it before this is run again.`;
  } catch {
    return `The batch may exist all the same, and List Batches cannot be asked: ${advice}`;
  }
};

/** The newest by their ids: a workspace may create many alike. */
const named = (batches: MessageBatch[]): string => {
  const ids = batches.slice(0, mostNamed).map(({ id }) => id);
  const others = batches.length - ids.length;
  return others > 0 ? `${ids.join(", ")} and ${others} more` : ids.join(", ");
};

const mostNamed = 5;

/** How many requests a batch holds. */
export const totalOf = ({ request_counts: counts }: MessageBatch): number => {
  const { processing, succeeded, errored, canceled, expired } = counts ?? {};
  return [processing, succeeded, errored, canceled, expired]
    .filter((count) => typeof count === "number")
    .reduce((sum, count) => sum + count, 0);
};

/** In ms since the epoch, NaN where it is not known. */
export const createdAt = ({ created_at }: MessageBatch): number =>
  isText(created_at) ? Date.parse(created_at) : Number.NaN;

/** What counting tokens takes of a request. It refuses what only an answer needs. */
const checkable = [
  "model",
  "messages",
  "system",
  "tools",
  "tool_choice",
  "thinking",
  "output_config",
  "cache_control",
  "mcp_servers",
] as const;

/**
 * Has a request of a batch checked at once and for free, by counting its tokens: the API itself looks
 * at them only once the batch runs, and then every request fails alike. A host that cannot count is
 * no hindrance.
 *
 * @throws ApiError that says why the request would fail.
 */
export const checkRequest = async (
  client: Client,
  params: Partial<MessageRequest>,
  betas: readonly string[],
): Promise<void> => {
  const counted = Object.fromEntries(checkable.map((name) => [name, params[name]]));
  const taken = betas.filter((beta) => !longAnswers.beta.test(beta));
  await countMessageTokens(client, counted as unknown as MessageRequest, taken, brief).catch(
    (error) => {
      if (!(error instanceof ApiError)) return;
      const isModel = error.status === 404 && error.message.includes(String(params.model));
      if (error.status !== 400 && !isModel) return;
      throw new ApiError(
        `Nothing is submitted, since the first request would fail. ${error.message}`,
        error,
      );
    },
  );
};

/**
 * Requests of a batch in the API's own form.
 *
 * @throws InvalidInput that names the request and what is wrong with it.
 */
export const readBatchRequests = (list: readonly unknown[]): BatchRequest[] => {
  const ids = new Map<string, number>();
  return list.map((request, index) => {
    const which = `request ${index + 1}`;
    if (!isObject(request)) {
      throw new InvalidInput(`takes objects with custom_id and params; ${which} is none.`);
    }
    if (!isObject(request.params)) throw new InvalidInput(`has no params in ${which}.`);
    const { custom_id: id, params } = request;
    if (typeof id !== "string" || !/^[a-zA-Z0-9_-]{1,64}$/.test(id)) {
      throw new InvalidInput(
        `has no valid custom_id in ${which}: it takes 1 to 64 letters, digits, _ and -.`,
      );
    }
    const before = ids.get(id);
    if (before !== undefined) {
      throw new InvalidInput(
        `has the custom_id ${id} twice, in requests ${before} and ${index + 1}.`,
      );
    }
    ids.set(id, index + 1);
    const fault = faultOf(params);
    if (fault) throw new InvalidInput(`holds what no batch takes: ${which} (${id}) ${fault}.`);
    return request as unknown as BatchRequest;
  });
};

/** What batches refuse in the parameters of a request, as the rest of a sentence. */
export const faultOf = (params: Record<string, unknown>): string | undefined => {
  const { model, messages, max_tokens: maxTokens } = params;
  if (typeof model !== "string" || model === "") return "has no model";
  if (!Array.isArray(messages) || messages.length === 0) return "has no messages";
  if (typeof maxTokens !== "number" || !(maxTokens >= 1)) return "has no max_tokens of 1 or more";
  const refused = [
    params.stream === true && "stream",
    params.speed !== undefined && "speed",
    params.fallbacks !== undefined && "fallbacks",
  ].find(Boolean);
  return refused ? `has ${refused}, which batches do not take` : undefined;
};

/** @see https://platform.claude.com/docs/en/api/messages/batches/retrieve */
export const retrieveBatch = (client: Client, id: string): Promise<ApiResponse<MessageBatch>> =>
  client.send({ method: "GET", path: batchPath(id), read: readBatch });

/**
 * One page of batches, newest first.
 *
 * @see https://platform.claude.com/docs/en/api/messages/batches/list
 */
export const listBatchesPage = async (
  client: Client,
  params: PageParams,
  within?: { timeoutMs: number; maxRetries: number },
): Promise<Page<MessageBatch>> => {
  const { data } = await client.send({
    method: "GET",
    path: "/v1/messages/batches",
    query: pageQuery(params),
    limits: within,
    read: readPage<Page<MessageBatch>>,
  });
  return data;
};

/** All batches on as few pages as the API allows, newest first. */
export const listAllBatches = (client: Client): Promise<MessageBatch[]> =>
  fetchAllPages((afterId) => listBatchesPage(client, { afterId, limit: largestPage }), nextAfter);

/** Those who ask often ask for little. */
const shortPage = 100;

/**
 * The batches created at a time or later, newest first, and those of which the host does not tell
 * when. Pages of older ones are not read.
 *
 * @param since In ms since the epoch.
 * @param mostPages Read no more than these.
 */
export const listBatchesSince = async (
  client: Client,
  since: number,
  mostPages = Number.POSITIVE_INFINITY,
): Promise<MessageBatch[]> => {
  let pages = 0;
  const isOld = (batch: MessageBatch) => createdAt(batch) < since;
  const batches = await fetchAllPages<MessageBatch, Page<MessageBatch>>(
    (afterId) => listBatchesPage(client, { afterId, limit: shortPage }),
    nextAfter,
    ({ data }) => ++pages >= mostPages || data.every(isOld),
  );
  return batches.filter((batch) => !isOld(batch));
};

/**
 * Stops a batch. What has begun may still be finished.
 *
 * @see https://platform.claude.com/docs/en/api/messages/batches/cancel
 */
export const cancelBatch = (client: Client, id: string): Promise<ApiResponse<MessageBatch>> =>
  client.send({ method: "POST", path: `${batchPath(id)}/cancel`, read: readBatch });

/**
 * Deletes a batch that has ended, with its results.
 *
 * @see https://platform.claude.com/docs/en/api/messages/batches/delete
 */
export const deleteBatch = (
  client: Client,
  id: string,
): Promise<ApiResponse<DeletedMessageBatch>> =>
  client.send({ method: "DELETE", path: batchPath(id), read: readJson<DeletedMessageBatch> });

export const batchPath = (id: string): string => `/v1/messages/batches/${segment(id)}`;

const readBatch = async (body: ResponseBody): Promise<MessageBatch> => {
  const batch = await readJson<MessageBatch | null>(body);
  const { id, processing_status: status } = batch ?? {};
  // Its id becomes part of a path.
  if (!batch || !isText(id) || walks(id) || !isText(status)) {
    throw unusable(body, "invalid_response", "The answer is no batch.");
  }
  return batch;
};
