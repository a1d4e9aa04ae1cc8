import type { FileMetadata } from "@anthropic-ai/sdk/resources/files";
import type { ApiRequest } from "../../client/attempt";
import { readJson } from "../../client/body";
import type { ApiResponse, Client } from "../../client/client";
import { segment } from "../../client/path";

/**
 * What the API says of an uploaded file: name, type, size, dates.
 *
 * @see https://platform.claude.com/docs/en/api/files/retrieve_metadata
 */
export const retrieveFile = (
  client: Client,
  id: string,
  limits?: ApiRequest<FileMetadata>["limits"],
): Promise<ApiResponse<FileMetadata>> =>
  client.send({
    method: "GET",
    path: `/v1/files/${segment(id)}`,
    read: readJson<FileMetadata>,
    limits,
  });
