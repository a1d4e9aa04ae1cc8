import type { DeletedFile, FileMetadata } from "@anthropic-ai/sdk/resources/files";
import type { ApiRequest } from "../../client/attempt";
import { formBody, type ResponseBody, readBytes, readJson, unusable } from "../../client/body";
import type { ApiResponse, Client } from "../../client/client";
import { asCursor, fetchAllPages, largestPage, readPage } from "../../client/pages";
import { segment } from "../../client/path";

/** @see https://platform.claude.com/docs/en/build-with-claude/files#storage-limits */
export const limits = {
  bytes: 500 * 1_024 * 1_024,
  name: 255,
  notInNames: '< > : " | ? * \\ / or a line break',
  /** How long a file may be kept, where it is not kept for good. */
  hours: { min: 1, max: 2_160 },
};

/** A page of files, in the shape of today or in that of the beta before. */
export interface FilesPage {
  data: FileMetadata[];
  /** Where the list goes on, null at its end. */
  next_page?: string | null;
  has_more?: boolean;
  last_id?: string | null;
}

/** A file to upload. */
export interface NewFile {
  bytes: Buffer;
  name: string;
  contentType: string;
  /** Without it, the file is kept until it is deleted. */
  expiresInHours?: number;
}

/**
 * Uploads a file, to be used in messages by its id.
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
 * What the API says of an uploaded file: name, type, size, dates.
 *
 * @see https://platform.claude.com/docs/en/api/files/retrieve_metadata
 */
export const retrieveFile = (
  client: Client,
  id: string,
  limits?: ApiRequest<FileMetadata>["limits"],
): Promise<ApiResponse<FileMetadata>> =>
  client.send({ method: "GET", path: filePath(id), read: readFile, limits });

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

/** All files on as few pages as the API allows. */
export const listAllFiles = (client: Client): Promise<FileMetadata[]> =>
  fetchAllPages<FileMetadata, FilesPage>(
    (cursor) =>
      listFilesPage(client, [...new URLSearchParams(cursor), ["limit", String(largestPage)]]),
    nextQuery,
  );

/** What to ask for the next page, undefined at the end of the list. */
const nextQuery = ({ next_page, has_more, last_id }: FilesPage): string | undefined => {
  const page = asCursor(next_page);
  if (page) return new URLSearchParams({ page }).toString();
  const after = has_more ? asCursor(last_id) : undefined;
  return after && new URLSearchParams({ after_id: after }).toString();
};

/**
 * The content of a file. The API gives out only what Claude's tools have made.
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
    // Compressed, a file does not tell its length.
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

const filePath = (id: string): string => `/v1/files/${segment(id)}`;

const readFile = async (body: ResponseBody): Promise<FileMetadata> => {
  const file = await readJson<FileMetadata | null>(body);
  if (typeof file?.id !== "string") {
    throw unusable(body, "invalid_response", "The answer is no file.");
  }
  return file;
};
