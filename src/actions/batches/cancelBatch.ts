import { action, outputSchema } from "@prismatic-io/spectral";
import { cancelBatch as cancel } from "../../claude/batches/batches";
import { batchSchema, runningBatchExample } from "../../claude/batches/schema";
import { batchId } from "../../parameters/batchId";
import { connection } from "../../parameters/connection";
import { stepClient } from "../../steps/client";
import { labelsOf } from "../../wording/labels";

const example = {
  ...runningBatchExample,
  processing_status: "canceling" as const,
  cancel_initiated_at: "2026-11-20T22:10:00Z",
};

const inputs = { connection, batchId };
const labels = labelsOf(inputs);

/** @see https://platform.claude.com/docs/en/api/messages/batches/cancel */
export const cancelBatch = action({
  display: {
    label: "Cancel Batch",
    description: "Cancel a batch. Requests that have already finished keep their results",
  },
  inputs,
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const client = stepClient(context, params, labels);
    const { data } = await cancel(client, params.batchId);
    return { data };
  },
  examplePerform: async () => ({ data: example }),
  examplePayload: { data: example },
  outputSchema: outputSchema({ type: "actionOutput", schema: batchSchema }),
});
