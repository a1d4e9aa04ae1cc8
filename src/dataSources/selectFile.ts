import type { FileMetadata } from "@anthropic-ai/sdk/resources/files";
import { dataSource } from "@prismatic-io/spectral";
import { listFilesPage } from "../claude/files/files";
import { fileExample } from "../claude/files/schema";
import { maxPageSize } from "../client/pages";
import { isText } from "../client/values";
import { connection } from "../parameters/connection";
import { stepClient } from "../steps/client";

/** Such as `contract.pdf (205 kB, 2026-11-20)`. */
const label = ({ filename, id, size_bytes, created_at }: FileMetadata): string => {
  const details = [
    typeof size_bytes === "number" && size_bytes > 0 && sizeText(size_bytes),
    isText(created_at) && created_at.slice(0, 10),
  ].filter(Boolean);
  return `${isText(filename) ? filename : id}${details.length > 0 ? ` (${details.join(", ")})` : ""}`;
};

const sizeText = (bytes: number): string =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

/** @see https://platform.claude.com/docs/en/api/files/list */
export const selectFile = dataSource({
  display: {
    label: "Select File",
    description: "The latest files of the workspace, newest first",
  },
  dataSourceType: "picklist",
  inputs: { connection },
  perform: async (context, params) => {
    const client = stepClient(context, params, {});
    const { data } = await listFilesPage(client, [["limit", String(maxPageSize)]]);
    const named = data.filter(({ id }) => isText(id));
    return { result: named.map((file) => ({ key: file.id, label: label(file) })) };
  },
  examplePayload: { result: [{ key: fileExample.id, label: label(fileExample) }] },
});
