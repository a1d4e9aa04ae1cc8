import { action, outputSchema } from "@prismatic-io/spectral";
import { retrieveBatch } from "../../claude/batches/batches";
import { batchExample, batchSchema } from "../../claude/batches/schema";
import { batchId } from "../../parameters/batchId";
import { connection } from "../../parameters/connection";
import { stepClient } from "../../steps/client";
import { labelsOf } from "../../wording/labels";

const inputs = { connection, batchId };
const labels = labelsOf(inputs);

/** @see https://platform.claude.com/docs/en/api/messages/batches/retrieve */
export const getBatch = action({
  display: {
    label: "Get Batch",
    description: "Get the status of a batch",
  },
  inputs,
  performSafety: "safe",
  perform: async (context, params) => {
    const client = stepClient(context, params, labels);
    const { data } = await retrieveBatch(client, params.batchId);
    return { data };
  },
  examplePayload: { data: batchExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: batchSchema }),
});
