import type { MessageParam } from "@anthropic-ai/sdk/resources/messages";
import { unansweredResults } from "../claude/messages/memory";
import type { Reasoning } from "../claude/messages/reasoning";
import type { ReplySchema } from "../claude/messages/replySchema";
import type { Sampling } from "../claude/messages/sampling";
import type { MessageRequest } from "../claude/messages/send";
import type { Attachment } from "../parameters/attachments";
import { caching } from "../parameters/caching";
import {
  type Conversation,
  checkConversation,
  emptyConversation,
  systemMessage as systemMessageInput,
} from "../parameters/conversation";
import { bodyOf, valuesOf } from "../parameters/define";
import { defaultMaxTokens, generation } from "../parameters/generation";
import { InputError } from "../parameters/InputError";
import { output } from "../parameters/output";
import { isBlank } from "../parameters/read";
import { readReasoning, reasoning } from "../parameters/reasoning";
import { requestOptions } from "../parameters/requestOptions";
import { readTools, type Tools, tools } from "../parameters/tools";
import { fillInVariables, unfilledWarnings, variables } from "../parameters/variables";
import type { Labels } from "../wording/labels";
import { describeNotice } from "../wording/notices";

/** The inputs of a step that sends a message. What it does not have is undefined. */
export interface MessageInputs {
  message?: string;
  systemPrompt?: string;
  maxTokens: number;
  temperature?: number;
  attachments?: Attachment[];
  conversation?: Conversation;
  /** Earlier versions had these outside of Advanced: flows and code may still pass them, not read. */
  variables?: unknown;
  systemMessage?: unknown;
  caching?: unknown;
  reasoning?: unknown;
  output?: unknown;
  tools?: unknown;
  requestOptions: unknown;
}

/** What a step asks Claude for, whatever the model. */
export interface MessageDraft {
  message: string | undefined;
  systemMessage?: string;
  system: MessageRequest["system"];
  /** Whether Claude is told not to follow instructions in files, filled-in values and tool results. */
  contentAsData?: boolean;
  conversation: Conversation;
  attachments: Attachment[];
  uploadAttachments: "off" | "day" | "month" | "keep";
  /** Undefined for the default, to which room for thinking is added. */
  maxTokens?: number;
  sampling: Sampling;
  reasoning: Reasoning;
  schema?: ReplySchema;
  tools: Tools;
  /** Parameters that do not depend on the model. */
  body: Partial<MessageRequest>;
  betas: string[];
  /** Parameters that are merged in last. */
  extraParameters?: Record<string, unknown>;
  /** Values to redact in logs, errors and outputs. */
  secrets: string[];
  warnings: string[];
}

/**
 * Reads what a step asks Claude for.
 *
 * @param labels Of the step.
 * @param isRecalled Whether the conversation is a memory: it goes on even if its last tool calls were
 *   abandoned.
 * @throws InputError for what no model accepts, before anything is sent.
 */
export const readMessage = (
  inputs: MessageInputs,
  labels: Labels,
  {
    schema,
    hasOtherTools,
    isRecalled,
  }: { schema?: ReplySchema; hasOtherTools?: boolean; isRecalled?: boolean } = {},
): MessageDraft => {
  const { temperature, attachments = [], conversation = emptyConversation } = inputs;
  const maxTokens = inputs.maxTokens === defaultMaxTokens ? undefined : inputs.maxTokens;
  const options = requestOptions.read(inputs.requestOptions);
  const outputValues = output.read(inputs.output);
  // The last value of a name is used: that of Advanced, over one that an earlier version saved.
  const rows = [...variables.clean(inputs.variables), ...options.variables];
  const filled = fillInVariables(
    rows,
    options.contentAsData,
    inputs.message,
    inputs.systemPrompt,
    options.systemMessage ?? systemMessageInput.clean(inputs.systemMessage),
  );
  // Variables may leave a text blank.
  const [message, systemPrompt, systemMessage] = filled.texts.map((text) =>
    isBlank(text) ? undefined : text,
  );
  const unfilled = unfilledWarnings(
    [
      [labels.message, message],
      [labels.systemPrompt, systemPrompt],
      [labels.systemMessage, systemMessage],
    ],
    labels.variables !== undefined && rows.length === 0,
  );
  const fromTools = readTools(inputs.tools, hasOtherTools);
  const hasNext = message !== undefined || attachments.length > 0;
  const unanswered =
    isRecalled && hasNext
      ? unansweredResults(conversation.turns as MessageParam[], fromTools.results)
      : [];
  const readFromTools = { ...fromTools, results: [...unanswered, ...fromTools.results] };
  const draft: MessageDraft = {
    message,
    systemMessage,
    system: joinSystem(systemPrompt, conversation.system),
    contentAsData: options.contentAsData,
    conversation,
    attachments,
    uploadAttachments: options.uploadAttachments,
    maxTokens,
    sampling: { temperature },
    reasoning: readReasoning(inputs.reasoning, maxTokens, labels),
    schema: schema ?? outputValues.jsonSchema,
    tools: readFromTools,
    body: {
      ...bodyOf(generation, valuesOf(generation, { ...inputs })),
      ...bodyOf(reasoning.parameters, reasoning.read(inputs.reasoning)),
      ...bodyOf(output.parameters, outputValues),
      ...bodyOf(tools.parameters, tools.read(inputs.tools)),
      ...bodyOf(caching.parameters, {
        cache: caching.parameters.cache.input.clean(caching.read(inputs.caching).cache),
      }),
      ...bodyOf(requestOptions.parameters, options),
    },
    betas: options.betas,
    extraParameters: options.extraParameters,
    secrets: [...readFromTools.secrets, ...mcpTokensIn(options.extraParameters)],
    warnings: [
      ...conversation.warnings,
      ...filled.warnings,
      ...unfilled,
      ...readFromTools.warnings,
      ...unanswered.map(
        ({ tool_use_id: id }) =>
          `The memory has the tool call ${id} without a result. Claude was told so.`,
      ),
    ],
  };
  for (const notice of draft.schema?.notices ?? []) {
    draft.warnings.push(describeNotice(notice, labels));
  }
  if (draft.reasoning.thinking === "budget" && isToolForced(draft.tools)) {
    throw new InputError(
      labels.toolChoice ?? "Tool Choice",
      "cannot force a tool while Thinking is Fixed budget. Choose auto.",
    );
  }
  checkConversation(
    conversation,
    {
      toolResults: draft.tools.results,
      message,
      hasAttachments: attachments.length > 0,
    },
    labels,
  );
  return draft;
};

/** System Prompt, and the system turns that a conversation starts with. */
const joinSystem = (
  prompt: string | undefined,
  ofConversation: Conversation["system"],
): MessageDraft["system"] => {
  if (!prompt || !ofConversation) return prompt ?? ofConversation;
  return typeof ofConversation === "string"
    ? `${prompt}\n\n${ofConversation}`
    : [{ type: "text", text: prompt }, ...ofConversation];
};

/** Whether the model must use a tool. */
export const isToolForced = ({ choice }: Tools): boolean =>
  choice?.type === "any" || choice?.type === "tool";

/** Tokens of MCP servers that are given as parameters of the API. */
export const mcpTokensIn = (parameters: Record<string, unknown> | undefined): string[] =>
  [parameters?.mcp_servers].flat().flatMap((server) => {
    const { authorization_token: token } = (server ?? {}) as { authorization_token?: unknown };
    return typeof token === "string" ? [token] : [];
  });
