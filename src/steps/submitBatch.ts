/* A batch of requests, made of rows or given as a list. */
import type { ContentBlockParam } from "@anthropic-ai/sdk/resources/messages";
import {
  type BatchRequest,
  batchBody,
  batchLimits,
  checkRequest,
  createBatch,
  findCreatedBatch,
  requestFault,
} from "../claude/batches/batches";
import type { TruncatedId } from "../claude/batches/rows";
import type { CreatedBatch } from "../claude/batches/schema";
import type { ToolNames } from "../claude/messages/tools";
import { toJson } from "../client/body";
import type { Client } from "../client/client";
import { ApiError } from "../client/errors";
import { mayHaveBeenProcessed } from "../client/retry";
import type { Attachment } from "../parameters/attachments";
import { InputError } from "../parameters/InputError";
import { attachmentsField, type Item, idsOfItems } from "../parameters/items";
import { requestOptions } from "../parameters/requestOptions";
import type { Labels } from "../wording/labels";
import { describeNotice } from "../wording/notices";
import { describeRequestFault } from "../wording/problems";
import { inMB } from "../wording/sentence";
import { typesOfFiles } from "./attachmentBlocks";
import type { MessageDraft } from "./readMessage";
import { listedNotes, type RowRequests, readRowFiles, rowBlocks } from "./rows";

/** The requests of a batch, generated on demand: they are never in memory all together. */
export interface BatchPlan {
  count: number;
  /** Each as JSON, the same each time. */
  requests(): Iterable<string>;
  first: BatchRequest["params"];
  betas: string[];
  truncatedIds: TruncatedId[];
  warnings: string[];
}

/** Makes the content blocks of a row on demand: all together, they would be in memory twice. */
type BlocksOf = (index: number) => ContentBlockParam[];

/**
 * The content blocks of the attachments of each row.
 *
 * @throws InputError that names the row of a file that the API does not accept.
 */
const attach = async (
  client: Client,
  attachments: readonly Attachment[][],
  { tools }: MessageDraft,
  labels: Labels,
): Promise<{ blocksOf: BlocksOf; warnings: string[] }> => {
  const types = await typesOfFiles(client, attachments.flat());
  const notes: string[] = [];
  const rows = attachments.map((given, index) => {
    const read = readRowFiles(given, index, types, labels);
    notes.push(...read.notes);
    return read.files;
  });
  const blocksIn = (index: number) => rowBlocks(rows[index] ?? [], index, tools, labels);
  for (const index of rows.keys()) notes.push(...blocksIn(index).notes);
  const warnings = listedNotes(notes, "attachments have such a warning");
  const without = rows.filter(({ length }) => length === 0).length;
  if (without > 0) {
    const example = rows.findIndex(({ length }) => length === 0) + 1;
    warnings.push(
      `${attachmentsField.label} has no file in ${without} of ${rows.length} rows, for example row ${example}.`,
    );
  }
  return { blocksOf: (index) => blocksIn(index).blocks, warnings };
};

/** Results of a batch are read in another step, which does not know the given names. */
const renamed = ({ schema }: MessageDraft, names: ToolNames, labels: Labels): string[] =>
  Object.entries({ ...names, ...(schema ? { "": schema.names } : {}) }).flatMap(([tool, changed]) =>
    Object.entries(changed).map(([name, given]) =>
      describeNotice({ code: "property_renamed", tool, given, name }, labels),
    ),
  );

/** A request for each row: what they share is written once, what differs is added for each. */
export const planRows = async (
  client: Client,
  rows: readonly Item[],
  {
    field,
    attachments,
    draft,
    shared,
  }: {
    /** ID Field. */
    field: string | undefined;
    attachments: readonly Attachment[][] | undefined;
    draft: MessageDraft;
    shared: RowRequests;
  },
  labels: Labels,
): Promise<BatchPlan> => {
  const { request, betas, partsOf } = shared;
  const fault = requestFault({ ...request, messages: [{}] });
  if (fault) {
    throw new InputError(
      requestOptions.parameters.extraParameters.input.label,
      `makes a request that batches do not accept: it ${describeRequestFault(fault)}.`,
    );
  }
  const { ids, truncated, warnings: aboutIds } = idsOfItems(rows, field);
  const { blocksOf, warnings: aboutFiles } = attachments
    ? await attach(client, attachments, draft, labels)
    : { blocksOf: () => [], warnings: [] };
  const { model, max_tokens, ...rest } = request;
  const start = toJson({ model, max_tokens }).slice(0, -1);
  const others = toJson(rest).slice(1);
  const end = others === "}" ? others : `,${others}`;
  const paramsOf = (index: number) =>
    `${start},${toJson(partsOf(index, blocksOf(index))).slice(1, -1)}${end}`;
  return {
    count: rows.length,
    requests: function* () {
      for (const [index, id] of ids.entries()) {
        yield `{"custom_id":"${id}","params":${paramsOf(index)}}`;
      }
    },
    first: JSON.parse(paramsOf(0)),
    betas,
    truncatedIds: truncated,
    warnings: [
      ...shared.warnings,
      ...renamed(draft, shared.names, labels),
      ...aboutFiles,
      ...aboutIds,
    ],
  };
};

/**
 * Submits a batch, once its first request was checked.
 *
 * @param label Of the input that the requests come from.
 * @throws InputError for a batch that is too large, ApiError or ConnectionError, see Client.
 */
export const submitBatch = async (
  client: Client,
  plan: BatchPlan,
  label: string,
  labels: Labels,
): Promise<CreatedBatch> => {
  const body = batchBody(plan.requests);
  if (body.length > batchLimits.bytes) {
    throw new InputError(
      label,
      `is ${inMB(body.length)} when sent, but a batch can have at most ${inMB(batchLimits.bytes)}. Split it over several batches.`,
    );
  }
  // What another host accepts for counting tokens need not be what it accepts in a batch.
  if (client.isAnthropic) {
    const error = await checkRequest(client, plan.first, plan.betas);
    if (error) {
      const message = `Nothing was submitted, because the first request would fail. ${error.message}`;
      throw new ApiError(message, error);
    }
  }
  const { data, requestId } = await createBatch(client, { body, betas: plan.betas }).catch(
    async (error: unknown) => {
      if (!(error instanceof ApiError) || !mayHaveBeenProcessed(error)) throw error;
      const notice = await findCreatedBatch(client, plan.count);
      throw new ApiError(`${error.message} ${describeNotice(notice, labels)}`, error);
    },
  );
  const { count: submitted, truncatedIds, warnings } = plan;
  return { ...data, submitted, truncatedIds, warnings, requestId };
};
