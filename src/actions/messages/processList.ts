import { action, outputSchema } from "@prismatic-io/spectral";
import {
  type ListOutput,
  listExample,
  listSchema,
  type RowResult,
  rowExample,
} from "../../claude/messages/listSchema";
import type { MessageRequest } from "../../claude/messages/send";
import { deadline } from "../../client/deadline";
import { createPace } from "../../client/pace";
import { connection } from "../../parameters/connection";
import { integer } from "../../parameters/define";
import { fields } from "../../parameters/fields";
import { InputError } from "../../parameters/InputError";
import {
  attachmentsField,
  checkIdField,
  filesOf,
  idField,
  idOf,
  itemsOfList,
  splitAttachments,
  withoutFiles,
} from "../../parameters/items";
import { model } from "../../parameters/model";
import { checkFallback } from "../../parameters/onFailure";
import { privacy } from "../../parameters/privacy";
import { parsedIfJson } from "../../parameters/read";
import { requestOptions } from "../../parameters/requestOptions";
import { rowMessage, rowSystemPrompt } from "../../parameters/rowMessage";
import { typesOfFiles } from "../../steps/attachmentBlocks";
import { stepClient } from "../../steps/client";
import { fallbackFault } from "../../steps/fallback";
import { failedBranch } from "../../steps/outcome";
import { refuseUnsearchable, withoutHidden } from "../../steps/privacy";
import { answerRow, runRows, type StopCause, sumRows } from "../../steps/processRows";
import { jsonSchema, readShape } from "../../steps/recordShape";
import {
  adaptRows,
  draftOfRows,
  fillTemplates,
  RowNotes,
  readRowFiles,
  rowBlocks,
} from "../../steps/rows";
import { planRows, submitBatch } from "../../steps/submitBatch";
import { type Labels, labelsOf } from "../../wording/labels";
import { counted } from "../../wording/sentence";

const defaultConcurrency = 4;

const concurrency = integer("Concurrency", {
  min: 1,
  max: 50,
  default: defaultConcurrency,
  comments: `Number of rows processed at the same time (default: ${defaultConcurrency}). Rate limits are respected for all rows together.`,
  example: String(defaultConcurrency),
});

const stopAfterFailures = integer("Stop After Failures", {
  min: 1,
  comments:
    "Number of failed rows after which no more rows are begun; the rest is in remaining. Leave empty to process all rows.",
  placeholder: "Enter a number of rows",
  example: "10",
});

const batchAbove = integer("Batch Above", {
  min: 0,
  comments:
    "Number of rows above which the list is submitted as a batch, at half price and with results within 24 hours. The step then follows the Batch branch. Leave empty to never do so.",
  placeholder: "Enter a number of rows",
  example: "1000",
});

const inputs = {
  connection,
  model,
  items: {
    ...itemsOfList,
    comments:
      "The rows to process: a list of texts, or of objects whose fields Message refers to. From an earlier step, or as JSON, JSON Lines, CSV or TSV, also as a file.",
  },
  message: rowMessage,
  systemPrompt: rowSystemPrompt,
  fields: fields.input,
  jsonSchema,
  idField,
  attachmentsField,
  concurrency,
  stopAfterFailures,
  batchAbove,
  privacy: privacy.inputFor("processList"),
  requestOptions: requestOptions.inputFor("processList"),
};
const allLabels = labelsOf(inputs);

const branches = { done: "Done", remaining: "Remaining", batch: "Batch" };

/** Room for replies and for thinking: only tokens that are used are paid for. */
const maxTokens = 16_000;

/** @see https://platform.claude.com/docs/en/api/messages/create */
export const processList = action({
  display: {
    label: "Process List",
    description: "Send a request for each row of a list and get one result per row",
    important: true,
  },
  inputs,
  allowsBranching: true,
  staticBranchNames: [...Object.values(branches), failedBranch],
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const { items: rows, attachmentsField: filesField, batchAbove } = params;
    if (rows.length === 0) return { branch: branches.done, data: outputOf([], { total: 0 }) };
    const shape = readShape(params);
    const labels: Labels = { ...allLabels, jsonSchema: shape?.label };
    const options = requestOptions.read(params.requestOptions);
    checkFallback(options, fallbackFault(shape?.schema, shape?.label, "record"));
    checkIdField(rows, params.idField);
    const isBatch = batchAbove !== undefined && rows.length > batchAbove;
    // A row whose file cannot be read fails alone, but a batch needs all.
    const { items: texts, attachments } = isBatch
      ? splitAttachments(rows, filesField)
      : { items: filesField ? rows.map((row) => withoutFiles(row, filesField)) : rows };
    const filled = fillTemplates(texts, params, {
      hasAttachments: filesField !== undefined,
      isEmptyAllowed: !isBatch,
    });
    const structure = isBatch ? shape?.record : shape?.schema;
    const draft = draftOfRows(filled, { ...params, maxTokens }, labels, structure);
    const pace = createPace();
    const client = stepClient(context, params, labels, draft.secrets, pace);
    if (isBatch && client.masker) {
      throw new InputError(
        labels.batchAbove ?? "",
        "cannot be combined with Privacy: Get Batch Results could not put the data back. Leave one of the two empty.",
      );
    }
    const shared = await adaptRows(client, draft, filled, params.model, labels);
    if (isBatch) {
      const parts = { field: params.idField, attachments, draft, shared };
      const plan = await planRows(client, rows, parts, labels);
      const batch = await submitBatch(client, plan, labels.items ?? "", labels);
      const warning = `The list has ${rows.length} rows, more than ${labels.batchAbove} (${batchAbove}), so it was submitted as batch ${batch.id}. Read its results with Get Batch Results once it has ended.`;
      return {
        branch: branches.batch,
        data: {
          ...outputOf([], { total: rows.length, batched: rows.length }),
          batchId: batch.id,
          ...(structure ? { schema: structure.whole } : {}),
          warnings: [warning, ...batch.warnings],
        },
      };
    }

    const fallback =
      options.onFailure === "returnFallback" ? parsedIfJson(options.fallback) : undefined;
    const notes = new RowNotes();
    const run = async (index: number) => {
      const files = filesField ? filesOf(rows[index] ?? "", index, filesField) : [];
      const read = readRowFiles(files, index, await typesOfFiles(client, files), labels);
      const { blocks, notes: aboutFiles } = rowBlocks(read.files, index, draft.tools, labels);
      const parts = shared.partsOf(index, blocks);
      if (parts.messages[0]?.content === "") {
        throw new InputError(rowMessage.label, `has no text in row ${index + 1}.`);
      }
      const request = { ...shared.request, ...parts } as MessageRequest;
      refuseUnsearchable(client, request.messages, attachmentsField.label);
      const answer = await answerRow(client, request, shared.betas, shape, labels);
      notes.add(index, [...read.notes, ...aboutFiles, ...answer.warnings]);
      return answer;
    };
    const runHiding = (index: number) =>
      run(index).catch((error) => {
        throw withoutHidden(client.masker, error);
      });
    const { answers, stopped } = await runRows(rows.length, runHiding, {
      concurrency: params.concurrency,
      isFirstAlone: options.cache !== "off",
      stopAfterFailures: params.stopAfterFailures,
      pace,
      doneBy: deadline(context.startedAt),
    });

    const results = answers.flatMap((answer, index): RowResult[] => {
      if (!answer) return [];
      const id = params.idField && idOf(rows[index] ?? "", params.idField);
      const row = { id: id ?? String(index + 1), row: index + 1, ...answer.result };
      if (row.ok || fallback === undefined) return [row];
      return [
        typeof fallback === "object"
          ? { ...row, json: fallback }
          : { ...row, text: String(fallback) },
      ];
    });
    // Nothing was paid for: the step fails as one, unless each row has its fallback.
    const isUnpaid = stopped?.code === "all_rows" && !results.some(({ usage }) => usage);
    if (isUnpaid && fallback === undefined) throw stopped.error;
    const isOf = (index: number) => answers[index]?.result.ok;
    const data: ListOutput = {
      ...outputOf(results, { total: rows.length }),
      failed: rows.filter((_, index) => isOf(index) === false),
      remaining: rows.filter((_, index) => isOf(index) === undefined),
      reason: stopped ? describeStop(stopped) : null,
      ...(shape?.made ? { schema: shape.made } : {}),
      warnings: [...shared.warnings, ...notes.list()],
    };
    return { branch: stopped ? branches.remaining : branches.done, data };
  },
  examplePerform: async (_context, params) => {
    const shape = readShape(params);
    if (!shape) return { branch: branches.done, data: listExample };
    const { json, missing } = shape.example();
    return {
      branch: branches.done,
      data: { ...listExample, results: [{ ...rowExample, json, text: null, missing }] },
    };
  },
  examplePayload: { branch: branches.done, data: listExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: listSchema }),
});

const outputOf = (
  results: RowResult[],
  { total, batched = 0 }: { total: number; batched?: number },
): ListOutput => {
  const succeeded = results.filter(({ ok }) => ok).length;
  const failed = results.length - succeeded;
  const remaining = total - batched - results.length;
  return {
    results,
    failed: [],
    remaining: [],
    reason: null,
    counts: { total, succeeded, failed, remaining, batched },
    ...sumRows(results),
    batchId: null,
    warnings: [],
  };
};

const describeStop = (cause: StopCause): string => {
  switch (cause.code) {
    case "out_of_time":
      return "The execution ran out of time. Process remaining in another execution.";
    case "failures":
      return `${counted(cause.count, "row")} failed, which is the limit ${stopAfterFailures.label}.`;
    case "all_rows":
      return `The other rows would fail too: ${cause.error.message}`;
  }
};
