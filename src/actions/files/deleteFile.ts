import { action, outputSchema } from "@prismatic-io/spectral";
import { deleteFile as remove } from "../../claude/files/files";
import { deletedFileExample, deletedFileSchema } from "../../claude/files/schema";
import { connection } from "../../inputs/connection";
import { fileId } from "../../inputs/files";
import { requestOptions, stepClient } from "../../inputs/requestOptions";

/** @see https://platform.claude.com/docs/en/api/files/delete */
export const deleteFile = action({
  display: {
    label: "Delete File",
    description: "Delete an uploaded file for good",
  },
  inputs: { connection, fileId, requestOptions },
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const { data } = await remove(stepClient(context, params), params.fileId);
    return { data };
  },
  examplePerform: async () => ({ data: deletedFileExample }),
  examplePayload: { data: deletedFileExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: deletedFileSchema }),
});
