import { action, outputSchema } from "@prismatic-io/spectral";
import { deleteFile as remove } from "../../claude/files/files";
import { deletedFileExample, deletedFileSchema } from "../../claude/files/schema";
import { connection } from "../../parameters/connection";
import { fileId } from "../../parameters/fileId";
import { stepClient } from "../../steps/client";
import { labelsOf } from "../../wording/labels";

const inputs = { connection, fileId };
const labels = labelsOf(inputs);

/** @see https://platform.claude.com/docs/en/api/files/delete */
export const deleteFile = action({
  display: {
    label: "Delete File",
    description: "Delete a file permanently",
  },
  inputs,
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const client = stepClient(context, params, labels);
    const { data } = await remove(client, params.fileId);
    return { data };
  },
  examplePerform: async () => ({ data: deletedFileExample }),
  examplePayload: { data: deletedFileExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: deletedFileSchema }),
});
