import type {
  CacheControlEphemeral,
  ContentBlockParam,
} from "@anthropic-ai/sdk/resources/messages";
import { checkTogether, countTogether, everyModelTakes } from "../claude/messages/attachment";
import { mergePatch } from "../claude/messages/mergePatch";
import { type Reasoning, usableReasoning } from "../claude/messages/reasoning";
import type { MessageRequest } from "../claude/messages/send";
import type { AnswerSchema } from "../claude/messages/structured";
import { dependsOnModel, usableTemperature } from "../claude/messages/temperature";
import { mcpBeta, mcpToolset, serverTools } from "../claude/messages/tools";
import { modelPage } from "../claude/models/capabilities";
import type { Client } from "../client/client";
import { type Attachment, attachmentBlocks } from "./attachments";
import { readCaching } from "./caching";
import { type Conversation, continueConversation, systemOf } from "./conversation";
import { asInput, InputError } from "./InputError";
import { readReasoning } from "./reasoning";
import { readTools, type Tools } from "./tools";
import { fillInVariables } from "./variables";

/** What the inputs of a message hold, each read already but for the groups. */
export interface MessageInputs {
  message: string | undefined;
  systemPrompt: string | undefined;
  maxTokens: number;
  temperature?: number;
  attachments: Attachment[];
  conversation: Conversation;
  variables: { key: string; value: string | undefined }[];
  jsonSchema?: AnswerSchema;
  reasoning: unknown;
  tools: unknown;
  caching: unknown;
  stopSequences?: string[];
  metadataUserId?: string;
  serviceTier?: MessageRequest["service_tier"];
  betas: string[];
  extraParameters?: Record<string, unknown>;
}

/** What a person asks for, whatever the model. */
export interface MessageDraft {
  message: string | undefined;
  system: string | undefined;
  maxTokens: number;
  temperature?: number;
  attachments: Attachment[];
  conversation: Conversation;
  schema?: AnswerSchema;
  reasoning: Reasoning;
  tools: Tools;
  cache?: CacheControlEphemeral;
  /** Parameters that every model takes. */
  plain: Pick<MessageRequest, "stop_sequences" | "metadata" | "service_tier">;
  betas: string[];
  /** Parameters that are merged in last. */
  extra: Record<string, unknown>;
  warnings: string[];
}

/** @throws InputError for what no model takes. */
export const readMessage = (inputs: MessageInputs): MessageDraft => {
  const { conversation, attachments, maxTokens, temperature, jsonSchema } = inputs;
  const filled = fillInVariables(inputs.variables, inputs.message, inputs.systemPrompt);
  const [message, systemPrompt] = filled.texts;
  const draft = {
    message,
    system: systemOf(conversation, systemPrompt),
    maxTokens,
    temperature,
    attachments,
    conversation,
    schema: jsonSchema,
    reasoning: readReasoning(inputs.reasoning, maxTokens),
    tools: readTools(inputs.tools),
    cache: readCaching(inputs.caching),
    plain: {
      stop_sequences: inputs.stopSequences?.length ? inputs.stopSequences : undefined,
      metadata: inputs.metadataUserId ? { user_id: inputs.metadataUserId } : undefined,
      service_tier: inputs.serviceTier,
    },
    betas: inputs.betas,
    extra: inputs.extraParameters ?? {},
    warnings: [...conversation.warnings, ...filled.warnings, ...(jsonSchema?.warnings ?? [])],
  };
  const { reasoning, tools } = draft;
  const forced = tools.choice?.type === "any" || tools.choice?.type === "tool";
  if (reasoning.thinking === "budget" && forced) {
    throw new InputError(
      "Tool Choice",
      "cannot ask for a tool while Thinking is Fixed budget. Choose auto.",
    );
  }
  // Faults of the conversation show before a file is looked up.
  messagesOf(
    draft,
    attachments.map(() => ({ type: "text", text: "a file" })),
  );
  return draft;
};

const messagesOf = (
  { conversation, tools, message }: Pick<MessageDraft, "conversation" | "tools" | "message">,
  attachments: ContentBlockParam[],
): MessageRequest["messages"] =>
  continueConversation(conversation, { toolResults: tools.results, attachments, message });

/** A request for one model, and what was adjusted for it. */
export interface PreparedRequest {
  request: MessageRequest;
  betas: string[];
  warnings: string[];
}

/** The smallest Max Tokens that some model in service does not take (claude-haiku-4-5). */
const everyModelWrites = 64_000;

/**
 * The request that asks a model for what was drafted. What the model does not take is adjusted, with
 * a warning. Its page is looked up only where something is asked for that not every model takes.
 *
 * @throws InputError for what cannot be adjusted.
 */
export const messageRequest = async (
  client: Client,
  draft: MessageDraft,
  model: string,
): Promise<PreparedRequest> => {
  const { schema, tools, reasoning } = draft;
  const { codeExecution, webSearch, webFetch } = tools.server;
  const attached = await attachmentBlocks(client, draft.attachments, codeExecution);
  const { images, pages } = countTogether(attached);
  asInput("Attachments", () => checkTogether(attached));

  const isSpecial =
    reasoning.thinking !== "default" ||
    reasoning.showThinking ||
    reasoning.effort !== undefined ||
    dependsOnModel(draft.temperature, client.apiVersion) ||
    schema !== undefined ||
    webSearch ||
    webFetch ||
    codeExecution ||
    draft.maxTokens > everyModelWrites ||
    Math.max(images, pages) > everyModelTakes;
  const page = isSpecial ? await modelPage(client, model) : null;

  asInput("Attachments", () => checkTogether(attached, page?.max_input_tokens));
  if (schema && page?.capabilities?.structured_outputs?.supported === false) {
    throw new InputError(
      "JSON Schema",
      `cannot be used with ${model}, which has no structured output. Choose another model.`,
    );
  }
  const warnings = attached.flatMap(({ warning }) => warning ?? []);
  let { maxTokens } = draft;
  if (page?.max_tokens && maxTokens > page.max_tokens) {
    warnings.push(`Max Tokens was sent as ${page.max_tokens}, the most that ${model} takes.`);
    maxTokens = page.max_tokens;
  }
  const { thinking, effort, ...usable } = usableReasoning(reasoning, { model, page, maxTokens });
  const { temperature, ...dropped } = usableTemperature(draft.temperature, {
    model,
    page,
    apiVersion: client.apiVersion,
    thinks: thinking?.type === "adaptive" || thinking?.type === "enabled",
  });
  const cite = schema === undefined;
  const allTools = [
    ...tools.definitions,
    ...asInput("Tools", () => serverTools(tools.server, { model, page, cite })),
    ...tools.mcpServers.map(mcpToolset),
  ];
  const format = schema && { type: "json_schema" as const, schema: schema.sent };
  const request: MessageRequest = {
    model,
    max_tokens: maxTokens,
    messages: messagesOf(
      draft,
      attached.map(({ block }) => block),
    ),
    system: draft.system,
    temperature,
    thinking,
    output_config: format || effort ? { effort, format } : undefined,
    tools: allTools.length > 0 ? allTools : undefined,
    tool_choice: tools.choice,
    mcp_servers: tools.mcpServers.length > 0 ? tools.mcpServers : undefined,
    cache_control: draft.cache,
    ...draft.plain,
  };
  return {
    request: mergePatch(request, draft.extra) as MessageRequest,
    betas: [...(tools.mcpServers.length > 0 ? [mcpBeta] : []), ...draft.betas],
    warnings: [...warnings, ...usable.warnings, ...dropped.warnings],
  };
};
