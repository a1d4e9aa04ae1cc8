import { action, input, outputSchema } from "@prismatic-io/spectral";
import { retrieveBatch } from "../../claude/batches/batches";
import { checkEnded, downloadBatchResults, readBatchResults } from "../../claude/batches/results";
import { batchResultsExample, batchResultsSchema } from "../../claude/batches/schema";
import { batchId } from "../../inputs/batch";
import { connection } from "../../inputs/connection";
import { asInput } from "../../inputs/InputError";
import { jsonSchema } from "../../inputs/output";
import { oneOf, optionalInteger } from "../../inputs/read";
import { requestOptions, stepClient } from "../../inputs/requestOptions";

const returnAs = input({
  label: "Return As",
  type: "string",
  required: false,
  default: "results",
  model: [
    { label: "Results", value: "results" },
    { label: "Counts and cost only", value: "counts" },
    { label: "File (JSONL)", value: "file" },
  ],
  comments:
    "Results: a list in the order of the rows, or by id where Create Batch was given Requests. Counts: how many succeeded, failed, were canceled or expired, and what they cost. File: all results as Claude's API has them, to store or hand on.",
  placeholder: "Choose what to return",
  example: "results",
  clean: (value) => oneOf("Return As", ["results", "counts", "file"])(value) ?? "results",
});

const offset = input({
  label: "Offset",
  type: "string",
  required: false,
  default: "0",
  comments: "How many results to leave out before the first: nextOffset of an earlier step.",
  placeholder: "Enter a whole number",
  example: "10000",
  clean: (value) => optionalInteger("Offset", { min: 0 })(value) ?? 0,
});

const defaultLimit = 10_000;

const limit = input({
  label: "Limit",
  type: "string",
  required: false,
  default: String(defaultLimit),
  comments: `Most results to return (default: ${defaultLimit}). hasMore tells whether there are others; counts and cost are of all.`,
  placeholder: "Enter a whole number",
  example: String(defaultLimit),
  clean: (value) => optionalInteger("Limit", { min: 1 })(value) ?? defaultLimit,
});

/** @see https://platform.claude.com/docs/en/api/messages/batches/results */
export const getBatchResults = action({
  display: {
    label: "Get Batch Results",
    description: "Read the answers of a batch that has ended, in the order of its rows",
  },
  inputs: {
    connection,
    batchId,
    returnAs,
    offset,
    limit,
    jsonSchema: {
      ...jsonSchema,
      comments:
        "The JSON Schema of Create Batch: each answer is checked against it. Empty: an answer that is JSON comes in json unchecked.",
    },
    requestOptions,
  },
  performSafety: "safe",
  perform: async (context, params) => {
    const { returnAs, offset, limit, jsonSchema: schema } = params;
    const client = stepClient(context, params);
    const { data: batch } = await retrieveBatch(client, params.batchId);
    asInput("Batch ID", () => checkEnded(batch));
    if (returnAs === "file") return downloadBatchResults(client, batch);
    const window = returnAs === "counts" ? { offset: 0, limit: 0 } : { offset, limit, schema };
    return { data: await readBatchResults(client, batch, window) };
  },
  examplePayload: { data: batchResultsExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: batchResultsSchema }),
});
