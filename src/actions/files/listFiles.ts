import { action, input, outputSchema } from "@prismatic-io/spectral";
import { listAllFiles, listFilesPage } from "../../claude/files/files";
import { filesPageExample, filesPageSchema } from "../../claude/files/schema";
import { connection } from "../../inputs/connection";
import { InputError } from "../../inputs/InputError";
import { fetchAll, limit } from "../../inputs/paging";
import { optionalText, texts } from "../../inputs/read";
import { requestOptions, stepClient } from "../../inputs/requestOptions";

const page = input({
  label: "Page",
  type: "string",
  required: false,
  comments: "Which page to return: the next_page of the one before. Empty: the first.",
  placeholder: "Reference next_page of an earlier step",
  example: "page_MjAyNS0wNS0xNFQwMDowMDowMFo",
  clean: optionalText("Page"),
});

const mostIds = 100;

const fileIds = input({
  label: "File IDs",
  type: "string",
  collection: "valuelist",
  required: false,
  comments: `Return only these files, up to ${mostIds}; Fetch All, Page and Limit are ignored then. Files that do not exist are left out.`,
  placeholder: "Enter the id of a file",
  example: "file_011CNha8iCJcU1wXNR6q4V8w",
  clean: (value): string[] => {
    const ids = [...new Set(texts("File IDs")(value).map((id) => id.trim()))];
    if (ids.length > mostIds) {
      throw new InputError(
        "File IDs",
        `holds ${ids.length} ids; the API takes ${mostIds} at a time.`,
      );
    }
    return ids;
  },
});

/** @see https://platform.claude.com/docs/en/api/files/list */
export const listFiles = action({
  display: {
    label: "List Files",
    description: "List the files of the workspace, newest first",
  },
  inputs: {
    connection,
    fetchAll: fetchAll("files", "Page and Limit are ignored then."),
    page,
    limit: limit("files"),
    fileIds,
    requestOptions,
  },
  performSafety: "safe",
  perform: async (context, params) => {
    const client = stepClient(context, params);
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
