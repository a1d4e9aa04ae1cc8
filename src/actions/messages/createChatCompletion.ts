import { action, outputSchema } from "@prismatic-io/spectral";
import { completeMessage } from "../../claude/messages/complete";
import type { Notice } from "../../claude/notice";
import { toChatCompletion } from "../../claude/openai/completion";
import { type ChatRequest, fromMessages, fromParameters } from "../../claude/openai/request";
import { chatCompletionExample, chatCompletionSchema } from "../../claude/openai/schema";
import { connection } from "../../parameters/connection";
import { json } from "../../parameters/define";
import { asInput, InputError } from "../../parameters/InputError";
import { model } from "../../parameters/model";
import { checkFallback } from "../../parameters/onFailure";
import { optionalInteger, optionalJson, type Reader } from "../../parameters/read";
import { requestOptions } from "../../parameters/requestOptions";
import { noTools } from "../../parameters/tools";
import { adaptToModel } from "../../steps/adaptToModel";
import { stepClient } from "../../steps/client";
import { fallbackFault } from "../../steps/fallback";
import { messageResult } from "../../steps/messageResult";
import { prepareMessage } from "../../steps/prepareMessage";
import type { MessageDraft } from "../../steps/readMessage";
import { labelsOf } from "../../wording/labels";
import { describeNotice, describeShortfall } from "../../wording/notices";

const readMessages: Reader<unknown> = (label) => (value) => {
  const data = optionalJson(label)(value);
  if (data === undefined) {
    throw new InputError(label, "is required. Enter a JSON list of messages.");
  }
  return data;
};

const messages = {
  ...json(
    "Messages",
    {
      comments:
        "The messages in the format of OpenAI's Chat Completions API, as a JSON list with role and content. A whole request with messages and other parameters also works.",
      placeholder: "Enter a JSON list of messages",
      example:
        '[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Write a haiku about a paper clip."}]',
    },
    readMessages,
  ),
  required: true,
};

const parameters = json("Parameters", {
  comments:
    "Other parameters of OpenAI's Chat Completions API as a JSON object: tools, tool_choice, response_format, max_completion_tokens, stop, reasoning_effort and more. Parameters without a counterpart are ignored and reported in warnings.",
  placeholder: "Enter a JSON object",
  example: '{"max_completion_tokens": 1024, "response_format": {"type": "json_object"}}',
});

const inputs = {
  connection,
  model,
  messages,
  parameters,
  requestOptions: requestOptions.inputFor("other"),
};

/** What other steps have inputs for stands in Parameters here. */
const labels = labelsOf(inputs, {
  message: messages.label,
  conversation: messages.label,
  maxTokens: "max_completion_tokens",
  temperature: "temperature",
  topP: "top_p",
  jsonSchema: `${parameters.label} (response_format)`,
  toolChoice: `${parameters.label} (tool_choice)`,
  thinking: "reasoning_effort",
  effort: "reasoning_effort",
  webSearch: `${parameters.label} (web_search_options)`,
});

/** @see https://platform.openai.com/docs/api-reference/chat/create */
export const createChatCompletion = action({
  display: {
    label: "Create Chat Completion",
    description: "Send an OpenAI-format chat request to Claude and get an OpenAI-format response",
  },
  inputs,
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const draft = draftOf(mergeRequest(params.messages, params.parameters), params.model);
    checkFallback(requestOptions.read(params.requestOptions), fallbackFault(draft.schema));
    const client = stepClient(context, params, labels);
    const prepared = await prepareMessage(client, draft, labels);
    const adapted = await adaptToModel(client, prepared, params.model, labels);
    const response = await completeMessage(client, adapted.request, adapted.betas);
    const { result } = messageResult(response, adapted.request, labels, {
      warnings: [...prepared.warnings, ...adapted.warnings],
      schema: draft.schema,
      names: adapted.names,
    });
    const created = Math.floor(Date.now() / 1_000);
    return { data: toChatCompletion(result, { created, refusal: refusedWithoutReason }) };
  },
  examplePerform: async () => ({ data: chatCompletionExample }),
  examplePayload: { data: chatCompletionExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: chatCompletionSchema }),
});

const refusedWithoutReason = describeShortfall(
  { code: "refused", category: undefined, explanation: undefined },
  {},
);

/** The request of both inputs. Parameters override Messages. */
const mergeRequest = (
  messages: unknown,
  parameters: Record<string, unknown> = {},
): ChatRequest & { model?: unknown } => {
  const request = Array.isArray(messages) ? { messages } : (messages as object);
  return { ...request, ...parameters } as ChatRequest;
};

const draftOf = (
  { messages: given, ...request }: ChatRequest & { model?: unknown },
  model: string,
): MessageDraft => {
  const { system, turns, ...fromGiven } = asInput(
    messages.label,
    () => fromMessages(given),
    labels,
  );
  const asked = asInput(parameters.label, () => fromParameters(request), labels);
  const notices = [...aboutModel(request.model, model), ...fromGiven.notices, ...asked.notices];
  return {
    message: undefined,
    system: withInstruction(system, asked.instruction),
    conversation: { turns, warnings: [] },
    attachments: [],
    uploadAttachments: "off",
    maxTokens: maxTokensOf(request),
    sampling: asked.sampling,
    reasoning: asked.reasoning,
    schema: asked.schema,
    tools: {
      ...noTools,
      definitions: asked.tools,
      choice: asked.toolChoice,
      serverTools: asked.webSearch ? ["webSearch"] : [],
    },
    body: {
      stop_sequences: asked.stopSequences,
      metadata: asked.userId ? { user_id: asked.userId } : undefined,
    },
    betas: [],
    secrets: [],
    warnings: notices.map((notice) => describeNotice(notice, labels)),
  };
};

const aboutModel = (value: unknown, model: string): Notice[] => {
  const asked = typeof value === "string" ? value : JSON.stringify(value);
  return asked === undefined || asked === model ? [] : [{ code: "model_replaced", asked, model }];
};

const maxTokensOf = (request: Omit<ChatRequest, "messages">): number | undefined => {
  const name = request.max_completion_tokens == null ? "max_tokens" : "max_completion_tokens";
  return optionalInteger({ min: 1 })(`${parameters.label} (${name})`)(request[name]);
};

const withInstruction = (
  system: MessageDraft["system"],
  instruction: string | undefined,
): MessageDraft["system"] => {
  if (instruction === undefined) return system;
  return typeof system === "object"
    ? [...system, { type: "text", text: instruction }]
    : [system, instruction].filter(Boolean).join("\n\n");
};
