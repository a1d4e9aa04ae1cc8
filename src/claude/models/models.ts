import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";
import type { ApiRequest } from "../../client/attempt";
import { type ResponseBody, readJson, unusable } from "../../client/body";
import type { ApiResponse, Client } from "../../client/client";
import { fetchAllPages, type Page } from "../../client/pages";
import { segment } from "../../client/path";

/** Most models that one page can hold. */
export const largestPage = 1_000;

/**
 * What the API says of one model: names, limits, capabilities, dates.
 *
 * @see https://platform.claude.com/docs/en/api/models/retrieve
 */
export const retrieveModel = (
  client: Client,
  id: string,
  limits?: ApiRequest<ModelInfo>["limits"],
): Promise<ApiResponse<ModelInfo>> =>
  client.send({
    method: "GET",
    path: `/v1/models/${segment(id)}`,
    read: readJson<ModelInfo>,
    limits,
  });

/** Which page of a list to read. */
export interface PageParams {
  beforeId?: string;
  afterId?: string;
  /** Items on the page, 1 to 1000. */
  limit?: number;
}

/**
 * One page of models, newest first.
 *
 * @see https://platform.claude.com/docs/en/api/models/list
 */
export const listModelsPage = async (
  client: Client,
  { beforeId, afterId, limit }: PageParams,
): Promise<Page<ModelInfo>> => {
  const query: [string, string][] = [];
  if (beforeId) query.push(["before_id", beforeId]);
  if (afterId) query.push(["after_id", afterId]);
  if (limit) query.push(["limit", String(limit)]);
  const { data } = await client.send({ method: "GET", path: "/v1/models", query, read: readPage });
  return data;
};

/** All models on as few pages as the API allows. */
export const listAllModels = (client: Client): Promise<ModelInfo[]> =>
  fetchAllPages((afterId) => listModelsPage(client, { afterId, limit: largestPage }));

const readPage = async (body: ResponseBody): Promise<Page<ModelInfo>> => {
  const page = await readJson<Page<ModelInfo>>(body);
  if (!Array.isArray(page?.data))
    throw unusable(body, "invalid_response", "The answer holds no list of models.");
  return page;
};
