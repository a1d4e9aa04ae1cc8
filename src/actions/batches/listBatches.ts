import { action, outputSchema } from "@prismatic-io/spectral";
import { listAllBatches, listBatchesPage } from "../../claude/batches/batches";
import { batchesPageExample, batchesPageSchema } from "../../claude/batches/schema";
import { asOnePage } from "../../client/pages";
import { connection } from "../../parameters/connection";
import { paging } from "../../parameters/paging";
import { stepClient } from "../../steps/client";
import { labelsOf } from "../../wording/labels";

const inputs = {
  connection,
  ...paging("batch", "batches", "msgbatch_01HkcTjaV5uDC8jWR4ZsDV8d"),
};
const labels = labelsOf(inputs);

/** @see https://platform.claude.com/docs/en/api/messages/batches/list */
export const listBatches = action({
  display: {
    label: "List Batches",
    description: "List the batches of the workspace, newest first",
  },
  inputs,
  performSafety: "safe",
  perform: async (context, params) => {
    const client = stepClient(context, params, labels);
    return {
      data: params.fetchAll
        ? asOnePage(await listAllBatches(client))
        : await listBatchesPage(client, params),
    };
  },
  examplePayload: { data: batchesPageExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: batchesPageSchema }),
});
