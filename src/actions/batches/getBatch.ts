import { action, outputSchema } from "@prismatic-io/spectral";
import { retrieveBatch } from "../../claude/batches/batches";
import { batchExample, batchSchema } from "../../claude/batches/schema";
import { batchId } from "../../inputs/batch";
import { connection } from "../../inputs/connection";
import { requestOptions, stepClient } from "../../inputs/requestOptions";

/** @see https://platform.claude.com/docs/en/api/messages/batches/retrieve */
export const getBatch = action({
  display: {
    label: "Get Batch",
    description: "Look up whether a batch has ended",
  },
  inputs: { connection, batchId, requestOptions },
  performSafety: "safe",
  perform: async (context, params) => {
    const { data } = await retrieveBatch(stepClient(context, params), params.batchId);
    return { data };
  },
  examplePayload: { data: batchExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: batchSchema }),
});
