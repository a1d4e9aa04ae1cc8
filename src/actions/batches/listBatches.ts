import { action, outputSchema } from "@prismatic-io/spectral";
import { listAllBatches, listBatchesPage } from "../../claude/batches/batches";
import { batchesPageExample, batchesPageSchema } from "../../claude/batches/schema";
import { asOnePage } from "../../client/pages";
import { connection } from "../../inputs/connection";
import { paging } from "../../inputs/paging";
import { requestOptions, stepClient } from "../../inputs/requestOptions";

/** @see https://platform.claude.com/docs/en/api/messages/batches/list */
export const listBatches = action({
  display: {
    label: "List Batches",
    description: "List the batches of the workspace, newest first",
  },
  inputs: {
    connection,
    ...paging({ one: "batch", many: "batches", example: "msgbatch_01HkcTjaV5uDC8jWR4ZsDV8d" }),
    requestOptions,
  },
  performSafety: "safe",
  perform: async (context, params) => {
    const client = stepClient(context, params);
    return {
      data: params.fetchAll
        ? asOnePage(await listAllBatches(client))
        : await listBatchesPage(client, params),
    };
  },
  examplePayload: { data: batchesPageExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: batchesPageSchema }),
});
