import { action } from "@prismatic-io/spectral";
import { downloadFile as download } from "../../claude/files/files";
import { connection } from "../../parameters/connection";
import { fileId } from "../../parameters/fileId";
import { stepClient } from "../../steps/client";
import { labelsOf } from "../../wording/labels";

const inputs = {
  connection,
  fileId: {
    ...fileId,
    comments:
      "The ID of a file that Claude's tools created: from files of a response, or from List Files if downloadable is true.",
    placeholder: "Reference the ID of a file in files of a response",
  },
};
const labels = labelsOf(inputs);

/** @see https://platform.claude.com/docs/en/api/files/download */
export const downloadFile = action({
  display: {
    label: "Download File",
    description: "Download a file that Claude's tools created, such as a chart or a spreadsheet",
  },
  inputs,
  performSafety: "safe",
  perform: (context, params) => download(stepClient(context, params, labels), params.fileId),
  examplePayload: {
    data: Buffer.from("month,total\n2026-11,118.50\n"),
    contentType: "text/csv",
  },
});
