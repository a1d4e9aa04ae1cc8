import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";
import { invalidResponse, type ResponseBody, readJson } from "../../client/body";
import type { ApiResponse, Client } from "../../client/client";
import {
  fetchAllPages,
  maxPageSize,
  nextAfter,
  type Page,
  type PageParams,
  pageQuery,
  readPage,
} from "../../client/pages";
import { pathSegment } from "../../client/path";

/**
 * One model: names, limits, capabilities, dates.
 *
 * @see https://platform.claude.com/docs/en/api/models/retrieve
 */
export const retrieveModel = (
  client: Client,
  id: string,
  { isQuickLookup = false } = {},
): Promise<ApiResponse<ModelInfo>> =>
  client.send({
    method: "GET",
    path: `/v1/models/${pathSegment(id)}`,
    read: readModel,
    isQuickLookup,
  });

const readModel = async (body: ResponseBody): Promise<ModelInfo> => {
  const model = await readJson<ModelInfo | null>(body);
  if (typeof model?.id !== "string") {
    throw invalidResponse(body, { code: "unexpected_response", expected: "a model" });
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

/** All models, with the largest pages that the API allows. */
export const listAllModels = (client: Client): Promise<ModelInfo[]> =>
  fetchAllPages(
    client,
    "/v1/models",
    (afterId) => listModelsPage(client, { afterId, limit: maxPageSize }),
    nextAfter,
  );
