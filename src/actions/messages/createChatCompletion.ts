import { action, input, outputSchema } from "@prismatic-io/spectral";
import { completeMessage } from "../../claude/messages/complete";
import { toResult } from "../../claude/messages/result";
import { toChatCompletion } from "../../claude/openai/completion";
import { type ChatRequest, fromMessages, fromParameters } from "../../claude/openai/request";
import { chatCompletionExample, chatCompletionSchema } from "../../claude/openai/schema";
import { connection } from "../../inputs/connection";
import { asInput, InputError } from "../../inputs/InputError";
import { defaultMaxTokens } from "../../inputs/message";
import { type MessageDraft, messageRequest } from "../../inputs/messageRequest";
import { model } from "../../inputs/model";
import { optionalInteger, optionalJson, optionalObject } from "../../inputs/read";
import { requestOptions, stepClient } from "../../inputs/requestOptions";
import { readTools } from "../../inputs/tools";

const messages = input({
  label: "Messages",
  type: "code",
  language: "json",
  required: true,
  comments:
    "The messages as OpenAI's Chat Completions API takes them, as a JSON list with role and content. A whole request with its messages and other parameters is understood too.",
  placeholder: "Enter a JSON list of messages",
  example:
    '[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Write a haiku about a paper clip."}]',
  clean: (value) => {
    const data = optionalJson("Messages")(value);
    if (data === undefined) {
      throw new InputError("Messages", "is required. Enter a JSON list of messages.");
    }
    return data;
  },
});

const parameters = input({
  label: "Parameters",
  type: "code",
  language: "json",
  required: false,
  comments:
    "Other parameters of OpenAI's Chat Completions API as a JSON object: tools, tool_choice, response_format, max_completion_tokens, stop, reasoning_effort and more. What has no counterpart is left out, with a warning in the output.",
  placeholder: "Enter a JSON object",
  example: '{"max_completion_tokens": 1024, "response_format": {"type": "json_object"}}',
  clean: optionalObject("Parameters"),
});

/** @see https://platform.openai.com/docs/api-reference/chat/create */
export const createChatCompletion = action({
  display: {
    label: "Create Chat Completion",
    description:
      "Send a request in OpenAI's chat format to Claude and get the answer in that format",
  },
  inputs: { connection, model, messages, parameters, requestOptions },
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const request = wholeRequest(params.messages, params.parameters);
    const draft = draftOf(request, params.model);
    const client = stepClient(context, params);
    const prepared = await messageRequest(client, draft, params.model);
    const answer = await completeMessage(client, prepared.request, prepared.betas);
    const { result } = toResult(answer, prepared.request, {
      warnings: [...draft.warnings, ...prepared.warnings],
      schema: draft.schema,
    });
    return { data: toChatCompletion(result, Math.floor(Date.now() / 1_000)) };
  },
  examplePerform: async () => ({ data: chatCompletionExample }),
  examplePayload: { data: chatCompletionExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: chatCompletionSchema }),
});

/** The request that the inputs make together. What stands in Parameters wins. */
const wholeRequest = (
  messages: unknown,
  parameters: Record<string, unknown> = {},
): ChatRequest & { model?: unknown } => {
  const request = Array.isArray(messages) ? { messages } : (messages as object);
  return { ...request, ...parameters } as ChatRequest;
};

const draftOf = (
  { messages, ...request }: ChatRequest & { model?: unknown },
  model: string,
): MessageDraft => {
  const said = asInput("Messages", () => fromMessages(messages));
  const asked = asInput("Parameters", () => fromParameters(request));
  const asks = typeof request.model === "string" ? request.model : JSON.stringify(request.model);
  const replaced =
    asks !== undefined && asks !== model
      ? [`model ${asks} of the request was replaced by ${model}, the Model input.`]
      : [];
  const none = readTools(undefined);
  return {
    message: undefined,
    system: withInstruction(said.system, asked.instruction),
    maxTokens: maxTokensOf(asked.maxTokens),
    sampling: asked.sampling,
    attachments: [],
    conversation: { turns: said.turns, warnings: [] },
    schema: asked.schema,
    reasoning: asked.reasoning,
    tools: {
      ...none,
      definitions: asked.tools,
      choice: asked.toolChoice,
      server: { ...none.server, webSearch: asked.webSearch },
    },
    plain: {
      stop_sequences: asked.stopSequences,
      metadata: asked.userId ? { user_id: asked.userId } : undefined,
    },
    betas: [],
    secrets: [],
    warnings: [...replaced, ...said.warnings, ...asked.warnings],
  };
};

const maxTokensOf = (value: unknown): number =>
  optionalInteger("Parameters (max_tokens)", { min: 1 })(value) ?? defaultMaxTokens;

const withInstruction = (
  system: MessageDraft["system"],
  instruction: string | undefined,
): MessageDraft["system"] => {
  if (instruction === undefined) return system;
  return typeof system === "object"
    ? [...system, { type: "text", text: instruction }]
    : [system, instruction].filter(Boolean).join("\n\n");
};
