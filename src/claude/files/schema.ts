import type { DeletedFile, FileMetadata } from "@anthropic-ai/sdk/resources/files";
import { nullable } from "../nullable";
import type { FilesPage } from "./files";

/** JSON Schema of a file, for the designer. Members that the API adds later are allowed. */
export const fileSchema = {
  type: "object",
  properties: {
    id: { type: "string", description: "ID of the file, to use it in a message" },
    type: { type: "string", description: "Always file" },
    filename: { type: "string", description: "Name of the file" },
    mime_type: { type: "string", description: "Type of the file, such as application/pdf" },
    size_bytes: { type: "integer", description: "Size in bytes" },
    created_at: { type: "string", description: "When the file was uploaded or created" },
    expires_at: nullable("string", "When the file is deleted automatically"),
    downloadable: {
      type: "boolean",
      description: "Whether it can be downloaded: only files that Claude's tools created",
    },
  },
  required: ["id"],
};

export const uploadedFileSchema = {
  ...fileSchema,
  properties: {
    ...fileSchema.properties,
    warnings: { type: "array", description: "Adjustments", items: { type: "string" } },
    requestId: nullable("string", "Request ID, for Anthropic's support"),
  },
  required: ["id", "warnings", "requestId"],
};

export const filesPageSchema = {
  type: "object",
  properties: {
    data: { type: "array", description: "The files, newest first", items: fileSchema },
    next_page: nullable("string", "Cursor of the next page"),
  },
  required: ["data"],
};

export const deletedFileSchema = {
  type: "object",
  properties: {
    id: { type: "string", description: "ID of the deleted file" },
    type: { type: "string", description: "Always file_deleted" },
  },
  required: ["id"],
};

export const fileExample: FileMetadata = {
  id: "file_011CNha8iCJcU1wXNR6q4V8w",
  type: "file",
  filename: "contract.pdf",
  mime_type: "application/pdf",
  size_bytes: 204_800,
  created_at: "2026-11-20T22:00:00Z",
  expires_at: "2026-12-20T22:00:00Z",
  downloadable: false,
};

/** What Upload File returns. */
export interface UploadedFile extends FileMetadata {
  /** What was adjusted. */
  warnings: string[];
  requestId: string | null;
}

export const uploadedFileExample: UploadedFile = {
  ...fileExample,
  warnings: [],
  requestId: "req_011CSHoEeqs5C35K2UUqR7Fy",
};

export const filesPageExample: FilesPage = { data: [fileExample], next_page: null };

export const deletedFileExample: DeletedFile = { id: fileExample.id, type: "file_deleted" };
