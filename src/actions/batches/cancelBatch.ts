import { action, outputSchema } from "@prismatic-io/spectral";
import { cancelBatch as cancel } from "../../claude/batches/batches";
import { batchSchema, runningBatchExample } from "../../claude/batches/schema";
import { batchId } from "../../inputs/batch";
import { connection } from "../../inputs/connection";
import { requestOptions, stepClient } from "../../inputs/requestOptions";

const example = {
  ...runningBatchExample,
  processing_status: "canceling" as const,
  cancel_initiated_at: "2026-11-20T22:10:00Z",
};

/** @see https://platform.claude.com/docs/en/api/messages/batches/cancel */
export const cancelBatch = action({
  display: {
    label: "Cancel Batch",
    description: "Stop a batch; what is answered by then stays in its results",
  },
  inputs: { connection, batchId, requestOptions },
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const { data } = await cancel(stepClient(context, params), params.batchId);
    return { data };
  },
  examplePerform: async () => ({ data: example }),
  examplePayload: { data: example },
  outputSchema: outputSchema({ type: "actionOutput", schema: batchSchema }),
});
