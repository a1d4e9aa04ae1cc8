import { action, outputSchema } from "@prismatic-io/spectral";
import { type BatchRequest, readBatchRequests } from "../../claude/batches/batches";
import { createdBatchExample, createdBatchSchema } from "../../claude/batches/schema";
import { withDroppableThinking } from "../../claude/messages/preservedThinking";
import { type Repair, repairRequest } from "../../claude/messages/repairRequest";
import type { MessageRequest } from "../../claude/messages/send";
import { toJson } from "../../client/body";
import type { Client } from "../../client/client";
import { connection } from "../../parameters/connection";
import { custom, inputsFor } from "../../parameters/define";
import { generation } from "../../parameters/generation";
import { asInput, InputError } from "../../parameters/InputError";
import {
  attachmentsField,
  idField,
  items,
  readList,
  splitAttachments,
} from "../../parameters/items";
import { model } from "../../parameters/model";
import { output } from "../../parameters/output";
import type { Reader } from "../../parameters/read";
import { reasoning } from "../../parameters/reasoning";
import { requestOptions } from "../../parameters/requestOptions";
import { rowMessage, rowSystemPrompt } from "../../parameters/rowMessage";
import { tools } from "../../parameters/tools";
import { stepClient } from "../../steps/client";
import { mcpTokensIn } from "../../steps/readMessage";
import { adaptRows, draftOfRows, fillTemplates } from "../../steps/rows";
import { type BatchPlan, planRows, submitBatch } from "../../steps/submitBatch";
import { labelsOf } from "../../wording/labels";
import { describeNotice } from "../../wording/notices";

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
  message: rowMessage,
  systemPrompt: rowSystemPrompt,
  ...inputsFor("createBatch", generation),
  reasoning: reasoning.inputFor("createBatch"),
  output: output.inputFor("createBatch"),
  tools: tools.inputFor("createBatch"),
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
    const hasAttachments = attachments !== undefined;
    const filled = rows && fillTemplates(texts, params, { hasAttachments });
    const draft = filled && draftOfRows(filled, params, labels);
    const secrets =
      draft?.secrets ?? (given ?? []).flatMap(({ params }) => mcpTokensIn({ ...params }));
    const client = stepClient(context, params, labels, secrets);
    const plan =
      rows && draft && filled
        ? await planRows(
            client,
            rows,
            {
              field: params.idField,
              attachments,
              draft,
              shared: await adaptRows(client, draft, filled, params.model, labels),
            },
            labels,
          )
        : planRequests(client, given, params.requestOptions);
    const label = rows ? items.label : requests.label;
    const schema = draft?.schema?.example ? { schema: draft.schema.whole } : {};
    return { data: { ...(await submitBatch(client, plan, label, labels)), ...schema } };
  },
  examplePerform: async () => ({ data: createdBatchExample }),
  examplePayload: { data: createdBatchExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: createdBatchSchema }),
});

/** @throws InputError if there is nothing to submit, or an option that requires Items. */
const planRequests = (
  client: Client,
  given: BatchRequest[] | undefined,
  options: unknown,
): BatchPlan => {
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
