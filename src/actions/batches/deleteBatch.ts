import { action, outputSchema } from "@prismatic-io/spectral";
import { deleteBatch as remove } from "../../claude/batches/batches";
import { deletedBatchExample, deletedBatchSchema } from "../../claude/batches/schema";
import { batchId } from "../../parameters/batchId";
import { connection } from "../../parameters/connection";
import { stepClient } from "../../steps/client";
import { labelsOf } from "../../wording/labels";

const inputs = { connection, batchId };
const labels = labelsOf(inputs);

/** @see https://platform.claude.com/docs/en/api/messages/batches/delete */
export const deleteBatch = action({
  display: {
    label: "Delete Batch",
    description: "Delete a batch that has ended, and its results",
  },
  inputs,
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const client = stepClient(context, params, labels);
    const { data } = await remove(client, params.batchId);
    return { data };
  },
  examplePerform: async () => ({ data: deletedBatchExample }),
  examplePayload: { data: deletedBatchExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: deletedBatchSchema }),
});
