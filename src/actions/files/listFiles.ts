import { action, outputSchema } from "@prismatic-io/spectral";
import { listAllFiles, listFilesPage } from "../../claude/files/files";
import { filesPageExample, filesPageSchema } from "../../claude/files/schema";
import { connection } from "../../parameters/connection";
import { line, list } from "../../parameters/define";
import { InputError } from "../../parameters/InputError";
import { fetchAll, limit } from "../../parameters/paging";
import { type Reader, texts } from "../../parameters/read";
import { stepClient } from "../../steps/client";
import { labelsOf } from "../../wording/labels";

const maxIds = 100;

const readIds: Reader<string[]> = (label) => (value) => {
  const ids = [...new Set(texts(label)(value).map((id) => id.trim()))];
  if (ids.length > maxIds) {
    throw new InputError(
      label,
      `has ${ids.length} IDs, but the API accepts at most ${maxIds} at a time.`,
    );
  }
  return ids;
};

const inputs = {
  connection,
  fetchAll: fetchAll("files", "Page and Limit are then ignored."),
  page: line("Page", {
    comments:
      "The page to return: the next_page of the previous one. Leave empty for the first page.",
    placeholder: "Reference next_page of an earlier step",
    example: "page_MjAyNS0wNS0xNFQwMDowMDowMFo",
  }),
  limit: limit("files"),
  fileIds: list(
    "File IDs",
    {
      comments: `Return only these files, at most ${maxIds}; Fetch All, Page and Limit are then ignored. Files that do not exist are skipped.`,
      placeholder: "Enter the ID of a file",
      example: "file_011CNha8iCJcU1wXNR6q4V8w",
    },
    readIds,
  ),
};
const labels = labelsOf(inputs);

/** @see https://platform.claude.com/docs/en/api/files/list */
export const listFiles = action({
  display: {
    label: "List Files",
    description: "List the files of the workspace, newest first",
  },
  inputs,
  performSafety: "safe",
  perform: async (context, params) => {
    const client = stepClient(context, params, labels);
    const { fileIds, page, limit } = params;
    if (params.fetchAll && fileIds.length === 0) {
      return { data: { data: await listAllFiles(client), next_page: null } };
    }
    const query: [string, string][] = fileIds.map((id) => ["ids[]", id]);
    if (fileIds.length === 0) {
      if (limit) query.push(["limit", String(limit)]);
      if (page) query.push(["page", page]);
    }
    return { data: await listFilesPage(client, query) };
  },
  examplePayload: { data: filesPageExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: filesPageSchema }),
});
