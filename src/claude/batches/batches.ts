import type {
  BatchCreateParams,
  DeletedMessageBatch,
  MessageBatch,
} from "@anthropic-ai/sdk/resources/messages/batches";
import {
  invalidResponse,
  type ResponseBody,
  readJson,
  type SizedBody,
  textBody,
} from "../../client/body";
import type { ApiResponse, Client } from "../../client/client";
import { ApiError } from "../../client/errors";
import { betaHeader } from "../../client/headers";
import {
  fetchAllPages,
  maxPageSize,
  nextAfter,
  type Page,
  type PageParams,
  pageQuery,
  readPage,
} from "../../client/pages";
import { hasDotSegments, pathSegment } from "../../client/path";
import { isObject, isText } from "../../client/values";
import { countMessageTokens } from "../messages/countTokens";
import type { MessageRequest } from "../messages/send";
import type { Notice } from "../notice";
import { InvalidInput, type RequestFault } from "../problem";

/** One request of a batch. */
export type BatchRequest = BatchCreateParams.Request;

/** @see https://platform.claude.com/docs/en/build-with-claude/batch-processing#batch-limitations */
export const batchLimits = { requests: 100_000, bytes: 256 * 1_024 * 1_024 };

const listPath = "/v1/messages/batches";

/** The beta for replies of up to 300,000 tokens in a batch. */
export const longOutput = { beta: /^output-300k-/, maxTokens: 300_000 };

/**
 * The body of a request to create a batch. Generated while it is sent: it may have 256 MB.
 *
 * @param requests Generates each request as JSON, the same each time.
 */
export const batchBody = (requests: () => Iterable<string>): SizedBody =>
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
 * Creates a batch. Not idempotent: it is only sent again if the first attempt surely was not
 * processed, since a second batch would do everything twice.
 *
 * @throws ApiError or ConnectionError, see Client.
 * @see https://platform.claude.com/docs/en/api/messages/batches/create
 */
export const createBatch = (
  client: Client,
  { body, betas }: { body: SizedBody; betas: readonly string[] },
): Promise<ApiResponse<MessageBatch>> =>
  client.send({
    method: "POST",
    path: listPath,
    headers: betaHeader(betas),
    body,
    idempotent: false,
    read: readBatch,
  });

/** Clocks differ. In ms. */
const clockTolerance = 3_600_000;

/**
 * Batches that a request whose response is lost may have created. Finding none proves nothing: the
 * server may still be working on it.
 *
 * @param requests How many requests the batch has.
 */
export const findCreatedBatch = async (client: Client, requests: number): Promise<Notice> => {
  try {
    const { data } = await listBatchesPage(client, { limit: 100 }, { isQuickLookup: true });
    const alike = data.filter(
      (batch) =>
        [requests, 0].includes(totalOf(batch)) && !(createdAt(batch) < Date.now() - clockTolerance),
    );
    return { code: "batch_may_exist", requests, found: alike.map(({ id }) => id) };
  } catch {
    return { code: "batch_may_exist", requests, found: null };
  }
};

/** The number of requests in a batch. */
export const totalOf = ({ request_counts: counts }: MessageBatch): number => {
  const { processing, succeeded, errored, canceled, expired } = counts ?? {};
  return [processing, succeeded, errored, canceled, expired]
    .filter((count) => typeof count === "number")
    .reduce((sum, count) => sum + count, 0);
};

/** In ms since the epoch, NaN if it is not known. */
export const createdAt = ({ created_at }: MessageBatch): number =>
  isText(created_at) ? Date.parse(created_at) : Number.NaN;

/**
 * Checks a request of a batch immediately and free of charge, by counting its tokens: the API itself
 * checks requests when the batch runs, and then every request fails for the same reason. A host that
 * cannot count tokens is no obstacle.
 *
 * @returns The error that the request would cause, undefined if none is found.
 */
export const checkRequest = async (
  client: Client,
  params: Partial<MessageRequest>,
  betas: readonly string[],
): Promise<ApiError | undefined> => {
  const accepted = betas.filter((beta) => !longOutput.beta.test(beta));
  try {
    await countMessageTokens(client, params, accepted, { isQuickLookup: true });
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) return undefined;
    const isUnknownModel = error.status === 404 && error.message.includes(String(params.model));
    return error.status === 400 || isUnknownModel ? error : undefined;
  }
};

/**
 * Requests of a batch in the API's own format.
 *
 * @throws InvalidInput that names the request and what is wrong with it.
 */
export const readBatchRequests = (list: readonly unknown[]): BatchRequest[] => {
  const ids = new Map<string, number>();
  return list.map((request, index) => {
    const position = index + 1;
    if (!isObject(request)) throw new InvalidInput({ code: "request_not_an_object", position });
    const { custom_id: id, params } = request;
    if (!isObject(params)) throw new InvalidInput({ code: "request_params_missing", position });
    if (typeof id !== "string" || !/^[a-zA-Z0-9_-]{1,64}$/.test(id)) {
      throw new InvalidInput({ code: "custom_id_invalid", position });
    }
    const before = ids.get(id);
    if (before !== undefined) {
      throw new InvalidInput({ code: "custom_id_repeated", id, positions: [before, position] });
    }
    ids.set(id, position);
    const fault = requestFault(params);
    if (fault) throw new InvalidInput({ code: "request_unsupported", position, id, fault });
    return request as unknown as BatchRequest;
  });
};

/** Why batches refuse the parameters of a request, undefined if they accept them. */
export const requestFault = (params: Record<string, unknown>): RequestFault | undefined => {
  const { model, messages, max_tokens: maxTokens } = params;
  if (typeof model !== "string" || model === "") return { code: "model_missing" };
  if (!Array.isArray(messages) || messages.length === 0) return { code: "messages_missing" };
  if (typeof maxTokens !== "number" || !(maxTokens >= 1)) return { code: "max_tokens_missing" };
  const unsupported = [
    params.stream === true && "stream",
    params.speed !== undefined && "speed",
    params.fallbacks !== undefined && "fallbacks",
  ].find((name) => name !== false);
  return unsupported ? { code: "parameter_unsupported", name: unsupported } : undefined;
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
  { isQuickLookup = false } = {},
): Promise<Page<MessageBatch>> => {
  const { data } = await client.send({
    method: "GET",
    path: listPath,
    query: pageQuery(params),
    isQuickLookup,
    read: readPage<Page<MessageBatch>>,
  });
  return data;
};

/** All batches, with the largest pages that the API allows, newest first. */
export const listAllBatches = (client: Client): Promise<MessageBatch[]> =>
  fetchAllPages(
    client,
    listPath,
    (afterId) => listBatchesPage(client, { afterId, limit: maxPageSize }),
    nextAfter,
  );

/** Page size of a poll, which rarely finds more. */
const pollPageSize = 100;

/**
 * The batches created at or after a time, newest first, and those without a known time of creation.
 * Pages of older ones are not read.
 *
 * @param since In ms since the epoch.
 * @param maxPages Maximum number of pages to read.
 */
export const listBatchesSince = async (
  client: Client,
  since: number,
  maxPages = Number.POSITIVE_INFINITY,
): Promise<MessageBatch[]> => {
  let pages = 0;
  const isOld = (batch: MessageBatch) => createdAt(batch) < since;
  const batches = await fetchAllPages<MessageBatch, Page<MessageBatch>>(
    client,
    listPath,
    (afterId) => listBatchesPage(client, { afterId, limit: pollPageSize }),
    nextAfter,
    ({ data }) => ++pages >= maxPages || data.every(isOld),
  );
  return batches.filter((batch) => !isOld(batch));
};

/**
 * Cancels a batch. Requests in progress may still finish.
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

export const batchPath = (id: string): string => `/v1/messages/batches/${pathSegment(id)}`;

const readBatch = async (body: ResponseBody): Promise<MessageBatch> => {
  const batch = await readJson<MessageBatch | null>(body);
  const { id, processing_status: status } = batch ?? {};
  // Its ID becomes part of a path.
  if (!batch || !isText(id) || hasDotSegments(id) || !isText(status)) {
    throw invalidResponse(body, { code: "unexpected_response", expected: "a batch" });
  }
  return batch;
};
