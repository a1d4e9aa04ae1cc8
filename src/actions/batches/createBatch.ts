import type { ContentBlockParam } from "@anthropic-ai/sdk/resources/messages";
import { action, outputSchema } from "@prismatic-io/spectral";
import {
  type BatchRequest,
  batchBody,
  batchLimits,
  checkRequest,
  createBatch as create,
  findCreatedBatch,
  readBatchRequests,
  requestFault,
} from "../../claude/batches/batches";
import type { TruncatedId } from "../../claude/batches/rows";
import { createdBatchExample, createdBatchSchema } from "../../claude/batches/schema";
import { checkTogether } from "../../claude/messages/attachment";
import { withDroppableThinking } from "../../claude/messages/preservedThinking";
import { type Repair, repairRequest } from "../../claude/messages/repairRequest";
import type { MessageRequest } from "../../claude/messages/send";
import { placeholders } from "../../claude/messages/template";
import type { ToolNames } from "../../claude/messages/tools";
import type { Notice } from "../../claude/notice";
import { toJson } from "../../client/body";
import type { Client } from "../../client/client";
import { ApiError } from "../../client/errors";
import { mayHaveBeenProcessed } from "../../client/retry";
import type { Attachment } from "../../parameters/attachments";
import { caching } from "../../parameters/caching";
import { connection } from "../../parameters/connection";
import { custom, inputsFor, text } from "../../parameters/define";
import { generation } from "../../parameters/generation";
import { asInput, InputError } from "../../parameters/InputError";
import {
  attachmentsField,
  type FilledTemplate,
  fillFromItems,
  type Item,
  idField,
  idsOfItems,
  items,
  readList,
  splitAttachments,
} from "../../parameters/items";
import { model } from "../../parameters/model";
import { output } from "../../parameters/output";
import { optionalText, type Reader } from "../../parameters/read";
import { reasoning } from "../../parameters/reasoning";
import { requestOptions } from "../../parameters/requestOptions";
import { tools } from "../../parameters/tools";
import { adaptToModel } from "../../steps/adaptToModel";
import {
  attachmentBlock,
  typesOfFiles,
  withDocumentAsText,
  withFileType,
} from "../../steps/attachmentBlocks";
import { stepClient } from "../../steps/client";
import { prepareMessage } from "../../steps/prepareMessage";
import { type MessageDraft, mcpTokensIn, readMessage } from "../../steps/readMessage";
import { labelsOf } from "../../wording/labels";
import { describeNotice } from "../../wording/notices";
import { describeRequestFault } from "../../wording/problems";
import { inMB } from "../../wording/sentence";

const wholeItem = "{{item}}";

const readTemplate: Reader<string> = (label) => (value) => optionalText(label)(value) ?? wholeItem;

const message = custom("Message", "text", readTemplate, {
  default: wholeItem,
  comments:
    "The message for each item. {{field}} is replaced by a field of the item, {{customer.name}} by a nested field, {{item}} by the whole item.",
  placeholder: "Enter a message with {{field}}",
  example: "Summarize this review in one sentence: {{review}}",
});

const systemPrompt = text("System Prompt", {
  comments:
    "Context and instructions for all requests. {{field}} works as in Message; without it, the prompt is the same for every item and can be cached.",
  placeholder: "Enter a system prompt",
  example: "Answer in the language of the review.",
});

const readRequests: Reader<BatchRequest[] | undefined> = (label) => (value) => {
  const list = readList(label, value);
  return list && asInput(label, () => readBatchRequests(list));
};

const requests = custom("Requests", "data", readRequests, {
  comments:
    "Instead of Items: a list of requests in Claude's API format, with custom_id and params. All inputs above are then ignored.",
  placeholder: "Reference a list of requests",
  example:
    '[{"custom_id": "a", "params": {"model": "claude-sonnet-5-5", "max_tokens": 1024, "messages": [{"role": "user", "content": "Hi"}]}}]',
});

const inputs = {
  connection,
  model,
  items,
  idField,
  attachmentsField,
  message,
  systemPrompt,
  ...inputsFor("createBatch", generation),
  reasoning: reasoning.inputFor("createBatch"),
  output: output.inputFor("createBatch"),
  tools: tools.inputFor("createBatch"),
  caching: caching.inputFor("createBatch"),
  requests,
  requestOptions: requestOptions.inputFor("createBatch"),
};
const labels = labelsOf(inputs);

/** @see https://platform.claude.com/docs/en/api/messages/batches/create */
export const createBatch = action({
  display: {
    label: "Create Batch",
    description: "Submit up to 100,000 requests for processing within 24 hours, at half price",
  },
  inputs,
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const { items: rows, requests: given } = params;
    if (rows && given) {
      throw new InputError(
        requests.label,
        `cannot be combined with ${items.label}: a batch is made of one of them.`,
      );
    }
    const { items: texts, attachments } = splitAttachments(rows ?? [], params.attachmentsField);
    const filled = rows && fillTemplates(texts, params, attachments !== undefined);
    const draft = filled && draftOf(filled, params);
    const secrets =
      draft?.secrets ?? (given ?? []).flatMap(({ params }) => mcpTokensIn({ ...params }));
    const client = stepClient(context, params, labels, secrets);
    const plan =
      rows && draft && filled
        ? planItems(rows, params.idField, filled, {
            ...(await adapt(client, draft, params.model)),
            ...(attachments && (await attach(client, attachments, draft))),
          })
        : planRequests(client, given, params.requestOptions);

    const body = batchBody(plan.requests);
    if (body.length > batchLimits.bytes) {
      throw new InputError(
        rows ? items.label : requests.label,
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
    const { data, requestId } = await create(client, { body, betas: plan.betas }).catch(
      async (error: unknown) => {
        if (!(error instanceof ApiError) || !mayHaveBeenProcessed(error)) throw error;
        const notice = await findCreatedBatch(client, plan.count);
        throw new ApiError(`${error.message} ${describeNotice(notice, labels)}`, error);
      },
    );
    const { count: submitted, truncatedIds, warnings } = plan;
    return { data: { ...data, submitted, truncatedIds, warnings, requestId } };
  },
  examplePerform: async () => ({ data: createdBatchExample }),
  examplePayload: { data: createdBatchExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: createdBatchSchema }),
});

/** The requests of a batch, generated on demand: they are never in memory all together. */
interface Plan {
  count: number;
  /** Each as JSON, the same each time. */
  requests(): Iterable<string>;
  first: BatchRequest["params"];
  betas: string[];
  truncatedIds: TruncatedId[];
  warnings: string[];
}

/** The texts of each row. */
interface Filled {
  messages: FilledTemplate;
  /** Undefined if all rows have the same system prompt. */
  systemPrompts?: FilledTemplate;
}

const fillTemplates = (
  rows: Item[],
  params: { message: string; systemPrompt?: string },
  hasAttachments: boolean,
): Filled => {
  const { systemPrompt: system = "" } = params;
  const names = placeholders([params.message, system]);
  if (rows.length > 1 && names.length === 0 && !hasAttachments) {
    throw new InputError(
      message.label,
      "has no {{field}} of the items: every request would be the same.",
    );
  }
  const differs = placeholders([system]).length > 0;
  return {
    messages: fillFromItems(message.label, params.message, rows),
    systemPrompts: differs ? fillFromItems(systemPrompt.label, system, rows) : undefined,
  };
};

/** The message of the first row: what the others share with it is adapted to the model once. */
const draftOf = (
  { messages, systemPrompts }: Filled,
  params: Omit<Parameters<typeof readMessage>[0], "message">,
): MessageDraft => {
  const system = systemPrompts ? systemPrompts.at(0) : params.systemPrompt;
  const inputsOfFirst = { ...params, message: messages.at(0), systemPrompt: system };
  const { body, ...draft } = readMessage(inputsOfFirst, labels);
  if (draft.extraParameters && "messages" in draft.extraParameters) {
    throw new InputError(
      requestOptions.parameters.extraParameters.input.label,
      `cannot set messages, which ${message.label} sets. Remove it.`,
    );
  }
  const { cache_control, ...rest } = body;
  if (!cache_control) return { ...draft, body: rest };
  // Automatic caching caches up to the end of a prompt, where each row differs.
  if (system && !systemPrompts) {
    return { ...draft, body: rest, system: [{ type: "text", text: system, cache_control }] };
  }
  const notice = `${labels.cache} was ignored: only a ${systemPrompt.label} without {{field}} is cached.`;
  return { ...draft, body: rest, warnings: [...draft.warnings, notice] };
};

const adapt = async (client: Client, draft: MessageDraft, model: string) => {
  const prepared = await prepareMessage(client, draft, labels);
  const adapted = await adaptToModel(client, prepared, model, labels);
  const { extraParameters = {} } = draft;
  return {
    ...adapted,
    warnings: [...prepared.warnings, ...adapted.warnings, ...renamed(draft, adapted.names)],
    /** Whether Extra Parameters set the system prompt of every row. */
    hasFixedSystem: "system" in extraParameters,
  };
};

const maxListed = 10;

/** Makes the content blocks of a row on demand: all together, they would be in memory twice. */
type BlocksOf = (index: number) => ContentBlockParam[];

/**
 * The content blocks of the attachments of each row.
 *
 * @throws InputError that names the row of a file that the API does not accept.
 */
const attach = async (
  client: Client,
  attachments: Attachment[][],
  { tools }: MessageDraft,
): Promise<{ blocksOf: BlocksOf; aboutFiles: string[] }> => {
  const types = await typesOfFiles(client, attachments.flat());
  const notices: string[] = [];
  const note = (index: number, name: string, notice: Notice) =>
    void notices.push(`Row ${index + 1}, "${name}": ${describeNotice(notice, labels)}`);
  const rows = attachments.map((files, index) =>
    files.flatMap((file) => {
      const label = `${attachmentsField.label}, row ${index + 1}, "${file.name}"`;
      const read = withDocumentAsText(withFileType(file, types), label, labels);
      for (const { name, notice } of read.notices) note(index, name, notice);
      return read.attachments;
    }),
  );
  const hasCodeExecution = tools.serverTools.includes("codeExecution");
  const blocksIn = (index: number) => {
    const label = `${attachmentsField.label}, row ${index + 1},`;
    const blocks = (rows[index] ?? []).map((file) =>
      attachmentBlock(file, `${label} "${file.name}"`, { hasCodeExecution, labels }),
    );
    asInput(label, () => checkTogether(blocks), labels);
    return blocks;
  };
  for (const index of rows.keys()) {
    for (const { name, notice } of blocksIn(index)) if (notice) note(index, name, notice);
  }
  const aboutFiles = notices.slice(0, maxListed);
  if (notices.length > maxListed) {
    aboutFiles.push(`${notices.length - maxListed} more attachments have such a warning.`);
  }
  const without = rows.filter(({ length }) => length === 0).length;
  if (without > 0) {
    const example = rows.findIndex(({ length }) => length === 0) + 1;
    aboutFiles.push(
      `${attachmentsField.label} has no file in ${without} of ${rows.length} rows, for example row ${example}.`,
    );
  }
  return { blocksOf: (index) => blocksIn(index).map(({ block }) => block), aboutFiles };
};

/** Results of a batch are read in another step, which does not know the given names. */
const renamed = ({ schema }: MessageDraft, names: ToolNames): string[] =>
  Object.entries({ ...names, ...(schema ? { "": schema.names } : {}) }).flatMap(([tool, changed]) =>
    Object.entries(changed).map(([name, given]) =>
      describeNotice({ code: "property_renamed", tool, given, name }, labels),
    ),
  );

/** A request for each item: what they share is written once, what differs is added for each. */
const planItems = (
  rows: Item[],
  field: string | undefined,
  { messages, systemPrompts }: Filled,
  {
    request,
    betas,
    warnings,
    hasFixedSystem,
    blocksOf = () => [],
    aboutFiles = [],
  }: {
    request: MessageRequest;
    betas: string[];
    warnings: string[];
    hasFixedSystem: boolean;
    blocksOf?: BlocksOf;
    aboutFiles?: string[];
  },
): Plan => {
  const fault = requestFault({ ...request });
  if (fault) {
    throw new InputError(
      requestOptions.parameters.extraParameters.input.label,
      `makes a request that batches do not accept: it ${describeRequestFault(fault)}.`,
    );
  }
  const { ids, truncated, warnings: aboutIds } = idsOfItems(rows, field);
  const systems = hasFixedSystem ? undefined : systemPrompts;
  const { model, max_tokens, messages: _, system, ...rest } = request;
  // What the model or the host needs is added to the system prompt of the first row.
  const added = typeof system === "string" ? system.slice((systems?.at(0) ?? "").length) : "";
  const start = toJson({ model, max_tokens }).slice(0, -1);
  const others = toJson(systems ? rest : { system, ...rest }).slice(1);
  const end = others === "}" ? others : `,${others}`;
  const paramsOf = (index: number) => {
    const text = messages.at(index);
    const blocks = blocksOf(index);
    const content = blocks.length > 0 ? [...blocks, { type: "text", text }] : text;
    const own = {
      messages: [{ role: "user", content }],
      ...(systems ? { system: `${systems.at(index)}${added}` } : {}),
    };
    return `${start},${toJson(own).slice(1, -1)}${end}`;
  };
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
      ...warnings,
      ...aboutFiles,
      ...aboutIds,
      ...messages.warnings,
      ...(systems?.warnings ?? []),
    ],
  };
};

/** @throws InputError if there is nothing to submit, or an option that requires Items. */
const planRequests = (
  client: Client,
  given: BatchRequest[] | undefined,
  options: unknown,
): Plan => {
  const { betas: givenBetas, ...values } = requestOptions.read(options);
  let betas: readonly string[] = givenBetas;
  const repairs = new Map<Repair, number>();
  const all = (given ?? []).map((request): BatchRequest => {
    const repaired = repairRequest(request.params as MessageRequest);
    for (const { repair, count } of repaired.notices) {
      repairs.set(repair, (repairs.get(repair) ?? 0) + count);
    }
    const sent = client.isAnthropic
      ? withDroppableThinking(repaired.request, betas)
      : { request: repaired.request, betas };
    betas = sent.betas;
    return { ...request, params: sent.request as BatchRequest["params"] };
  });
  const [first] = all;
  if (!first) {
    throw new InputError(items.label, `or ${requests.label} is required. Reference a list.`);
  }
  for (const key of ["extraParameters", "metadataUserId"] as const) {
    if (values[key] === undefined) continue;
    throw new InputError(
      requestOptions.parameters[key].input.label,
      `can only be used with ${items.label}. Set it in the params of each request instead.`,
    );
  }
  return {
    count: all.length,
    requests: function* () {
      for (const request of all) yield toJson(request);
    },
    first: first.params,
    betas: [...betas],
    truncatedIds: [],
    warnings: [...repairs].map(([repair, count]) =>
      describeNotice(
        { code: "request_repaired", repair, count },
        { ...labels, conversation: requests.label },
      ),
    ),
  };
};
