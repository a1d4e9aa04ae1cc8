import { action, outputSchema } from "@prismatic-io/spectral";
import { retrieveBatch } from "../../claude/batches/batches";
import { checkEnded, downloadBatchResults, readBatchResults } from "../../claude/batches/results";
import { batchResultsExample, batchResultsSchema } from "../../claude/batches/schema";
import { batchId } from "../../parameters/batchId";
import { connection } from "../../parameters/connection";
import { choice, integer } from "../../parameters/define";
import { asInput } from "../../parameters/InputError";
import { jsonSchema } from "../../parameters/output";
import { stepClient } from "../../steps/client";
import { labelsOf } from "../../wording/labels";
import { describeResult } from "../../wording/notices";

const defaultLimit = 10_000;

const inputs = {
  connection,
  batchId,
  returnAs: choice(
    "Return As",
    { results: "Results", counts: "Counts and cost only", file: "File (JSONL)" },
    {
      comments:
        "Results: a list in the order of the rows, or sorted by ID if Create Batch got Requests. Counts: the number of requests that succeeded, failed, were canceled or expired, and their cost. File: all results as Claude's API returns them, to store or pass on.",
      placeholder: "Choose what to return",
      example: "results",
    },
  ),
  offset: integer("Offset", {
    min: 0,
    default: 0,
    comments: "Number of results to skip: nextOffset of an earlier step.",
    example: String(defaultLimit),
  }),
  limit: integer("Limit", {
    min: 1,
    default: defaultLimit,
    comments: `Maximum number of results to return (default: ${defaultLimit}). hasMore says whether there are more; counts and cost are of all results.`,
    example: String(defaultLimit),
  }),
  jsonSchema: {
    ...jsonSchema,
    comments:
      "The JSON Schema of Create Batch, to validate each response. Leave empty to return responses that are JSON in json without validation.",
  },
};
const labels = labelsOf(inputs);

/** @see https://platform.claude.com/docs/en/api/messages/batches/results */
export const getBatchResults = action({
  display: {
    label: "Get Batch Results",
    description: "Get the results of a batch that has ended, in the order of its rows",
  },
  inputs,
  performSafety: "safe",
  perform: async (context, params) => {
    const { returnAs, offset, limit, jsonSchema: schema } = params;
    const client = stepClient(context, params, labels);
    const { data: batch } = await retrieveBatch(client, params.batchId);
    asInput(batchId.label, () => checkEnded(batch));
    if (returnAs === "file") return downloadBatchResults(client, batch);
    const window = returnAs === "counts" ? { offset: 0, limit: 0 } : { offset, limit, schema };
    const describe = describeResult(labels);
    return { data: await readBatchResults(client, batch, { ...window, describe }) };
  },
  examplePayload: { data: batchResultsExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: batchResultsSchema }),
});
