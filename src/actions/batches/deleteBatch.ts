import { action, outputSchema } from "@prismatic-io/spectral";
import { deleteBatch as remove } from "../../claude/batches/batches";
import { deletedBatchExample, deletedBatchSchema } from "../../claude/batches/schema";
import { batchId } from "../../inputs/batch";
import { connection } from "../../inputs/connection";
import { requestOptions, stepClient } from "../../inputs/requestOptions";

/** @see https://platform.claude.com/docs/en/api/messages/batches/delete */
export const deleteBatch = action({
  display: {
    label: "Delete Batch",
    description: "Delete a batch that has ended, with its results",
  },
  inputs: { connection, batchId, requestOptions },
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const { data } = await remove(stepClient(context, params), params.batchId);
    return { data };
  },
  examplePerform: async () => ({ data: deletedBatchExample }),
  examplePayload: { data: deletedBatchExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: deletedBatchSchema }),
});
