import { action, outputSchema } from "@prismatic-io/spectral";
import { retrieveFile } from "../../claude/files/files";
import { fileExample, fileSchema } from "../../claude/files/schema";
import { connection } from "../../inputs/connection";
import { fileId } from "../../inputs/files";
import { requestOptions, stepClient } from "../../inputs/requestOptions";

/** @see https://platform.claude.com/docs/en/api/files/retrieve_metadata */
export const getFile = action({
  display: {
    label: "Get File",
    description: "Look up the name, type, size and dates of an uploaded file",
  },
  inputs: { connection, fileId, requestOptions },
  performSafety: "safe",
  perform: async (context, params) => {
    const { data } = await retrieveFile(stepClient(context, params), params.fileId);
    return { data };
  },
  examplePayload: { data: fileExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: fileSchema }),
});
