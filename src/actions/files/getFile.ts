import { action, outputSchema } from "@prismatic-io/spectral";
import { retrieveFile } from "../../claude/files/files";
import { fileExample, fileSchema } from "../../claude/files/schema";
import { connection } from "../../parameters/connection";
import { fileId } from "../../parameters/fileId";
import { stepClient } from "../../steps/client";
import { labelsOf } from "../../wording/labels";

const inputs = { connection, fileId };
const labels = labelsOf(inputs);

/** @see https://platform.claude.com/docs/en/api/files/retrieve_metadata */
export const getFile = action({
  display: {
    label: "Get File",
    description: "Get the name, type, size and dates of a file",
  },
  inputs,
  performSafety: "safe",
  perform: async (context, params) => {
    const client = stepClient(context, params, labels);
    const { data } = await retrieveFile(client, params.fileId);
    return { data };
  },
  examplePayload: { data: fileExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: fileSchema }),
});
