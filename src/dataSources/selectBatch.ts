import type { MessageBatch } from "@anthropic-ai/sdk/resources/messages/batches";
import { dataSource } from "@prismatic-io/spectral";
import { listBatchesPage, totalOf } from "../claude/batches/batches";
import { batchExample } from "../claude/batches/schema";
import { maxPageSize } from "../client/pages";
import { isText } from "../client/values";
import { connection } from "../parameters/connection";
import { stepClient } from "../steps/client";
import { counted } from "../wording/sentence";

/** Such as `2026-11-20 22:00, 2 requests, ended`: an ID says nothing to a person. */
const label = (batch: MessageBatch): string =>
  [
    isText(batch.created_at) && batch.created_at.slice(0, 16).replace("T", " "),
    counted(totalOf(batch), "request"),
    isText(batch.processing_status) && batch.processing_status.replace("_", " "),
  ]
    .filter(Boolean)
    .join(", ");

/** @see https://platform.claude.com/docs/en/api/messages/batches/list */
export const selectBatch = dataSource({
  display: {
    label: "Select Batch",
    description: "The latest batches of the workspace, newest first",
  },
  dataSourceType: "picklist",
  inputs: { connection },
  perform: async (context, params) => {
    const client = stepClient(context, params, {});
    const { data } = await listBatchesPage(client, { limit: maxPageSize });
    const named = data.filter(({ id }) => isText(id));
    return { result: named.map((batch) => ({ key: batch.id, label: label(batch) })) };
  },
  examplePayload: {
    result: [{ key: batchExample.id, label: label(batchExample) }],
  },
});
