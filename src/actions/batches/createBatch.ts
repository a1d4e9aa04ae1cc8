import { randomUUID } from "node:crypto";
import { action, input, outputSchema, structuredObjectInput } from "@prismatic-io/spectral";
import {
  type BatchRequest,
  batchBody,
  checkRequest,
  createBatch as create,
  faultOf,
  limits,
  readBatchRequests,
} from "../../claude/batches/batches";
import { createdBatchExample, createdBatchSchema } from "../../claude/batches/schema";
import { placeholders } from "../../claude/messages/template";
import { toJson } from "../../client/body";
import { gateway } from "../../connections/gateway";
import { cache } from "../../inputs/caching";
import { connection } from "../../inputs/connection";
import { asInput, InputError } from "../../inputs/InputError";
import { fillFromItems, type Item, idField, idsOfItems, items, readList } from "../../inputs/items";
import { maxTokens, temperature } from "../../inputs/message";
import {
  type MessageDraft,
  messageRequest,
  type PreparedRequest,
  readMessage,
  tokensIn,
} from "../../inputs/messageRequest";
import { model } from "../../inputs/model";
import { batchOutput, readBatchOutput } from "../../inputs/output";
import { optionalText } from "../../inputs/read";
import { reasoning } from "../../inputs/reasoning";
import { batchOptions, readBatchOptions, stepClient } from "../../inputs/requestOptions";
import { batchTools } from "../../inputs/tools";

const message = input({
  label: "Message",
  type: "text",
  required: false,
  default: "{{item}}",
  comments:
    "What to say to Claude for each item. {{field}} stands for a field of the item, {{customer.name}} for a field of a field, {{item}} for the whole item.",
  placeholder: "Enter a message with {{field}}",
  example: "Summarize this review in one sentence: {{review}}",
  clean: (value) => optionalText("Message")(value) ?? "{{item}}",
});

const systemPrompt = input({
  label: "System Prompt",
  type: "text",
  required: false,
  comments:
    "Background and rules for all answers. May hold {{field}} as Message does; without, it is the same for every item and can be cached.",
  placeholder: "Enter a system prompt",
  example: "Answer in the language of the review.",
  clean: optionalText("System Prompt"),
});

const requests = input({
  label: "Requests",
  type: "data",
  required: false,
  comments:
    "In place of Items: a list of requests as Claude's API takes them, with custom_id and params. The other inputs above are not used then.",
  placeholder: "Reference a list of requests",
  example:
    '[{"custom_id": "a", "params": {"model": "claude-sonnet-5-5", "max_tokens": 1024, "messages": [{"role": "user", "content": "Hi"}]}}]',
  clean: (value): BatchRequest[] | undefined => {
    const list = readList("Requests")(value);
    return list && asInput("Requests", () => readBatchRequests(list));
  },
});

/** @see https://platform.claude.com/docs/en/api/messages/batches/create */
export const createBatch = action({
  display: {
    label: "Create Batch",
    description:
      "Submit up to 100,000 messages at once, to be answered within a day at half the price",
  },
  inputs: {
    connection,
    model,
    items,
    idField,
    message,
    systemPrompt,
    maxTokens,
    temperature,
    reasoning,
    output: batchOutput,
    tools: batchTools,
    caching: structuredObjectInput({
      label: "Caching",
      comments:
        "Remembers System Prompt, if it holds no {{field}}: all but the first requests then pay a tenth or less for it. Pays off where it is long.",
      inputs: { cache },
    }),
    requests,
    requestOptions: batchOptions,
  },
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const { items, requests } = params;
    const options = readBatchOptions(params.requestOptions);
    if (items && requests) {
      throw new InputError("Requests", "goes without Items: a batch is made of one of them.");
    }
    const draft = items && draftOf(params, options);
    const secrets = requests ? requests.flatMap(({ params }) => tokensIn({ ...params })) : [];
    const client = stepClient(context, params, draft?.secrets ?? secrets);
    const plan =
      items && draft
        ? madeOfItems(items, params, await messageRequest(client, draft, params.model))
        : asGiven(requests, options);

    const body = batchBody(plan.requests);
    if (body.length > limits.bytes) {
      throw new InputError(
        items ? "Items" : "Requests",
        `comes to ${inMB(body.length)} as it is sent; a batch takes ${inMB(limits.bytes)}. Split it over several batches.`,
      );
    }
    // What another host says of counting need not hold for what it does.
    if (params.connection.key !== gateway.key) await checkRequest(client, plan.first, plan.betas);
    const { data, requestId } = await create(client, { ...plan, body });
    const warnings = [...(draft?.warnings ?? []), ...plan.warnings];
    return { data: { ...data, submitted: plan.count, warnings, requestId } };
  },
  examplePerform: async () => ({ data: createdBatchExample }),
  examplePayload: { data: createdBatchExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: createdBatchSchema }),
});

/** Requests made when they are asked for: a batch of many rows is never held as a whole. */
interface Plan {
  count: number;
  /** Each as JSON, the same each time. */
  requests(): Iterable<string>;
  first: BatchRequest["params"];
  betas: string[];
  warnings: string[];
}

/** Stand for the texts that differ from row to row. No text holds them by chance. */
const marks: Record<"message" | "systemPrompt", string> = {
  message: randomUUID(),
  systemPrompt: randomUUID(),
};

/** What rows are made into requests by. */
interface RowInputs {
  items?: Item[];
  idField?: string;
  message: string;
  systemPrompt?: string;
  maxTokens: number;
  temperature?: number;
  reasoning: unknown;
  output: unknown;
  tools: unknown;
  caching: unknown;
}

/** What all rows have in common, with marks for the texts that differ. */
const draftOf = (
  { systemPrompt, ...inputs }: RowInputs,
  options: ReturnType<typeof readBatchOptions>,
): MessageDraft => {
  const differs = systemPrompt !== undefined && placeholders([systemPrompt]).length > 0;
  const { cache, ...draft } = readMessage(
    marks.message,
    {
      ...inputs,
      systemPrompt: differs ? marks.systemPrompt : systemPrompt,
      attachments: [],
      conversation: { turns: [], warnings: [] },
      variables: [],
    },
    { ...readBatchOutput(inputs.output), ...options },
  );
  if (!cache) return draft;
  // By itself, the API caches up to the end of a prompt, where each row differs.
  if (systemPrompt && !differs) {
    return { ...draft, system: [{ type: "text", text: systemPrompt, cache_control: cache }] };
  }
  const nothing = "Caching was left out: only a System Prompt without {{field}} is cached.";
  return { ...draft, warnings: [...draft.warnings, nothing] };
};

/** A request for each item: what is common to all is written once, the texts of each in between. */
const madeOfItems = (
  items: Item[],
  { message, systemPrompt = "", idField }: RowInputs,
  { request, betas, warnings }: PreparedRequest,
): Plan => {
  const fault = faultOf({ ...request });
  if (fault)
    throw new InputError("Extra Parameters", `makes a request that no batch takes: it ${fault}.`);
  const json = JSON.stringify(request);
  if (items.length > 1 && placeholders([message, systemPrompt]).length === 0) {
    throw new InputError(
      "Message",
      "names no {{field}} of the items: every request would be the same.",
    );
  }
  const { ids, warnings: changed } = idsOfItems(items, idField);
  const texts = new Map([[marks.message, fillFromItems("Message", message, items)]]);
  if (json.includes(marks.systemPrompt)) {
    texts.set(marks.systemPrompt, fillFromItems("System Prompt", systemPrompt, items));
  }
  // Every other part is a mark.
  const parts = json.split(new RegExp(`"(${[...texts.keys()].join("|")})"`));
  if (!json.includes(marks.message)) {
    throw new InputError("Extra Parameters", "cannot set messages: Message makes it. Remove it.");
  }
  const paramsOf = (index: number) =>
    parts
      .map((part) => {
        const filled = texts.get(part);
        return filled ? toJson(filled.at(index)) : part;
      })
      .join("");
  return {
    count: items.length,
    requests: function* () {
      for (const [index, id] of ids.entries()) {
        yield `{"custom_id":"${id}","params":${paramsOf(index)}}`;
      }
    },
    first: JSON.parse(paramsOf(0)),
    betas,
    warnings: [...warnings, ...changed, ...[...texts.values()].flatMap(({ warnings }) => warnings)],
  };
};

/** @throws InputError where there is nothing to submit, or something that goes only with Items. */
const asGiven = (
  requests: BatchRequest[] | undefined,
  { betas, extraParameters, metadataUserId }: ReturnType<typeof readBatchOptions>,
): Plan => {
  const [first] = requests ?? [];
  if (!requests || !first) {
    throw new InputError("Items", "or Requests is required. Reference a list.");
  }
  for (const [label, given] of [
    ["Extra Parameters", extraParameters],
    ["Metadata User ID", metadataUserId],
  ]) {
    if (given)
      throw new InputError(`${label}`, "goes only with Items: Requests hold it themselves.");
  }
  return {
    count: requests.length,
    requests: function* () {
      for (const request of requests) yield toJson(request);
    },
    first: first.params,
    betas,
    warnings: [],
  };
};

const inMB = (bytes: number): string => `${Math.ceil(bytes / 1_024 / 1_024)} MB`;
