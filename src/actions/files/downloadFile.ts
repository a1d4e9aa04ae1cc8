import { action } from "@prismatic-io/spectral";
import { downloadFile as download } from "../../claude/files/files";
import { connection } from "../../inputs/connection";
import { fileId } from "../../inputs/files";
import { requestOptions, stepClient } from "../../inputs/requestOptions";

/** @see https://platform.claude.com/docs/en/api/files/download */
export const downloadFile = action({
  display: {
    label: "Download File",
    description: "Read a file that Claude's tools have made, such as a chart or a spreadsheet",
  },
  inputs: {
    connection,
    fileId: {
      ...fileId,
      comments:
        "The id of a file that Claude's tools have made: from files of an answer, or from List Files where downloadable is true.",
      placeholder: "Reference the id of a file in files of an answer",
    },
    requestOptions,
  },
  performSafety: "safe",
  perform: (context, params) => download(stepClient(context, params), params.fileId),
  examplePayload: {
    data: Buffer.from("month,total\n2026-11,118.50\n"),
    contentType: "text/csv",
  },
});
