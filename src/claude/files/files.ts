import type { DeletedFile, FileMetadata } from "@anthropic-ai/sdk/resources/files";
import {
  formBody,
  invalidResponse,
  type ResponseBody,
  readBytes,
  readJson,
} from "../../client/body";
import type { ApiResponse, Client } from "../../client/client";
import { asCursor, fetchAllPages, maxPageSize, readPage } from "../../client/pages";
import { pathSegment } from "../../client/path";

/** @see https://platform.claude.com/docs/en/build-with-claude/files#storage-limits */
export const fileLimits = {
  bytes: 500 * 1_024 * 1_024,
  nameLength: 255,
  /** How long a file may be kept, if it is not kept until it is deleted. */
  hours: { min: 1, max: 2_160 },
};

/** A page of files, in today's shape or in that of the earlier beta. */
export interface FilesPage {
  data: FileMetadata[];
  /** Cursor of the next page, null at the end. */
  next_page?: string | null;
  has_more?: boolean;
  last_id?: string | null;
}

/** A file to upload. */
export interface NewFile {
  bytes: Buffer;
  name: string;
  contentType: string;
  /** Undefined to keep the file until it is deleted. */
  expiresInHours?: number;
}

/**
 * Uploads a file, to use it in messages by its ID.
 *
 * @see https://platform.claude.com/docs/en/api/files/upload
 */
export const uploadFile = (
  client: Client,
  { bytes, name, contentType, expiresInHours }: NewFile,
): Promise<ApiResponse<FileMetadata>> =>
  client.send({
    method: "POST",
    path: "/v1/files",
    body: formBody([
      { name: "file", content: bytes, fileName: name, contentType },
      ...(expiresInHours === undefined
        ? []
        : [{ name: "expires_in_seconds", content: String(Math.round(expiresInHours * 3_600)) }]),
    ]),
    read: readFile,
  });

/**
 * The metadata of a file: name, type, size, dates.
 *
 * @see https://platform.claude.com/docs/en/api/files/retrieve_metadata
 */
export const retrieveFile = (
  client: Client,
  id: string,
  { isQuickLookup = false } = {},
): Promise<ApiResponse<FileMetadata>> =>
  client.send({ method: "GET", path: filePath(id), read: readFile, isQuickLookup });

/**
 * One page of files, newest first.
 *
 * @param query `page` and `limit`, or up to 100 times `ids[]`.
 * @see https://platform.claude.com/docs/en/api/files/list
 */
export const listFilesPage = async (
  client: Client,
  query: [name: string, value: string][],
): Promise<FilesPage> => {
  const { data } = await client.send({
    method: "GET",
    path: "/v1/files",
    query,
    read: readPage<FilesPage>,
  });
  return data;
};

/** All files, with the largest pages that the API allows. */
export const listAllFiles = (client: Client): Promise<FileMetadata[]> =>
  fetchAllPages<FileMetadata, FilesPage>(
    client,
    "/v1/files",
    (cursor) =>
      listFilesPage(client, [...new URLSearchParams(cursor), ["limit", String(maxPageSize)]]),
    nextQuery,
  );

/** The query of the next page, undefined at the end of the list. */
const nextQuery = ({ next_page, has_more, last_id }: FilesPage): string | undefined => {
  const page = asCursor(next_page);
  if (page) return new URLSearchParams({ page }).toString();
  const after = has_more ? asCursor(last_id) : undefined;
  return after && new URLSearchParams({ after_id: after }).toString();
};

/**
 * The content of a file. The API only returns files that Claude's tools created.
 *
 * @see https://platform.claude.com/docs/en/api/files/download
 */
export const downloadFile = async (
  client: Client,
  id: string,
): Promise<{ data: Buffer; contentType: string }> => {
  const { data } = await client.send({
    method: "GET",
    path: `${filePath(id)}/content`,
    streamed: true,
    // A compressed response does not state the length of the file.
    headers: { "accept-encoding": "identity" },
    read: async (body) => ({
      data: await readBytes(body),
      contentType: body.headers["content-type"] ?? "application/octet-stream",
    }),
  });
  return data;
};

/** @see https://platform.claude.com/docs/en/api/files/delete */
export const deleteFile = (client: Client, id: string): Promise<ApiResponse<DeletedFile>> =>
  client.send({ method: "DELETE", path: filePath(id), read: readJson<DeletedFile> });

const filePath = (id: string): string => `/v1/files/${pathSegment(id)}`;

const readFile = async (body: ResponseBody): Promise<FileMetadata> => {
  const file = await readJson<FileMetadata | null>(body);
  if (typeof file?.id !== "string") {
    throw invalidResponse(body, { code: "unexpected_response", expected: "a file" });
  }
  return file;
};
