import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";
import type { ApiRequest } from "../../client/attempt";
import { type ResponseBody, readJson, unusable } from "../../client/body";
import type { ApiResponse, Client } from "../../client/client";
import {
  fetchAllPages,
  largestPage,
  nextAfter,
  type Page,
  type PageParams,
  pageQuery,
  readPage,
} from "../../client/pages";
import { segment } from "../../client/path";

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
    read: readModel,
    limits,
  });

const readModel = async (body: ResponseBody): Promise<ModelInfo> => {
  const model = await readJson<ModelInfo | null>(body);
  if (typeof model?.id !== "string") {
    throw unusable(body, "invalid_response", "The answer is no model.");
  }
  return model;
};

/**
 * One page of models, newest first.
 *
 * @see https://platform.claude.com/docs/en/api/models/list
 */
export const listModelsPage = async (
  client: Client,
  params: PageParams,
): Promise<Page<ModelInfo>> => {
  const { data } = await client.send({
    method: "GET",
    path: "/v1/models",
    query: pageQuery(params),
    read: readPage<Page<ModelInfo>>,
  });
  return data;
};

/** All models on as few pages as the API allows. */
export const listAllModels = (client: Client): Promise<ModelInfo[]> =>
  fetchAllPages((afterId) => listModelsPage(client, { afterId, limit: largestPage }), nextAfter);
