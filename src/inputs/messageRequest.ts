import type {
  CacheControlEphemeral,
  ContentBlockParam,
  Tool,
} from "@anthropic-ai/sdk/resources/messages";
import { longAnswers } from "../claude/batches/batches";
import { checkTogether, countTogether, everyModelTakes } from "../claude/messages/attachment";
import { mergePatch } from "../claude/messages/mergePatch";
import { type Reasoning, usableReasoning } from "../claude/messages/reasoning";
import { dependsOnModel, type Sampling, usableSampling } from "../claude/messages/sampling";
import type { MessageRequest } from "../claude/messages/send";
import type { AnswerSchema } from "../claude/messages/structured";
import { mcpBeta, mcpToolset, serverTools } from "../claude/messages/tools";
import { modelPage } from "../claude/models/capabilities";
import type { Client } from "../client/client";
import { type Attachment, attachmentBlocks } from "./attachments";
import { readCaching } from "./caching";
import { type Conversation, continueConversation } from "./conversation";
import { asInput, InputError } from "./InputError";
import { isBlank } from "./read";
import { readReasoning } from "./reasoning";
import { readTools, type Tools } from "./tools";
import { fillInVariables } from "./variables";

/** What the inputs of a message hold, each read already but for the groups. */
interface MessageInputs {
  systemPrompt: string | undefined;
  maxTokens: number;
  temperature?: number;
  attachments: Attachment[];
  conversation: Conversation;
  variables: { key: string; value: string | undefined }[];
  reasoning: unknown;
  tools: unknown;
  caching: unknown;
}

/** What the groups hold that differ between the steps. */
interface MessageSettings {
  jsonSchema?: AnswerSchema;
  stopSequences?: string[];
  metadataUserId?: string;
  serviceTier?: MessageRequest["service_tier"];
  betas: string[];
  extraParameters?: Record<string, unknown>;
  /** Whether the caller adds tools of its own. */
  hasOtherTools?: boolean;
}

/** What a person asks for, whatever the model. */
export interface MessageDraft {
  message: string | undefined;
  system: MessageRequest["system"];
  maxTokens: number;
  sampling: Sampling;
  attachments: Attachment[];
  conversation: Conversation;
  schema?: AnswerSchema;
  /** The tool that carries the answer for models without structured output. Without it, they are an error. */
  answerTool?: string;
  reasoning: Reasoning;
  tools: Tools;
  cache?: CacheControlEphemeral;
  /** Parameters that every model takes. */
  plain: Pick<MessageRequest, "stop_sequences" | "metadata" | "service_tier">;
  betas: string[];
  /** Parameters that are merged in last. */
  extra?: Record<string, unknown>;
  /** What must not be seen in any log, error or output. */
  secrets: string[];
  warnings: string[];
}

/**
 * Reads what a step asks Claude for.
 *
 * @param text What the Message input holds.
 * @throws InputError for what no model takes.
 */
export const readMessage = (
  text: string | undefined,
  inputs: MessageInputs,
  settings: MessageSettings,
): MessageDraft => {
  const { conversation, attachments, maxTokens, temperature } = inputs;
  const { jsonSchema, stopSequences, metadataUserId, serviceTier } = settings;
  const filled = fillInVariables(inputs.variables, text, inputs.systemPrompt);
  // A variable may leave nothing of a text.
  const [message, systemPrompt] = filled.texts.map((text) => (isBlank(text) ? undefined : text));
  if (systemPrompt && conversation.system) {
    throw new InputError(
      "System Prompt",
      "cannot go together with a system turn in Conversation: there is one system prompt.",
    );
  }
  const tools = readTools(inputs.tools, settings.hasOtherTools);
  const draft = {
    message,
    system: systemPrompt ?? conversation.system,
    maxTokens,
    sampling: { temperature },
    attachments,
    conversation,
    schema: jsonSchema,
    reasoning: readReasoning(inputs.reasoning, maxTokens),
    tools,
    cache: readCaching(inputs.caching),
    plain: {
      stop_sequences: stopSequences?.length ? stopSequences : undefined,
      metadata: metadataUserId ? { user_id: metadataUserId } : undefined,
      service_tier: serviceTier,
    },
    betas: settings.betas,
    extra: settings.extraParameters,
    secrets: [...tools.secrets, ...tokensIn(settings.extraParameters)],
    warnings: [
      ...conversation.warnings,
      ...filled.warnings,
      ...tools.warnings,
      ...(jsonSchema?.warnings ?? []),
    ],
  };
  if (draft.reasoning.thinking === "budget" && isForced(tools)) {
    throw new InputError(
      "Tool Choice",
      "cannot ask for a tool while Thinking is Fixed budget. Choose auto.",
    );
  }
  // Faults of the conversation show before a file is looked up.
  if (attachments.length > 0) messagesOf(draft, [{ type: "text", text: "files" }]);
  return draft;
};

const isForced = ({ choice }: Tools): boolean => choice?.type === "any" || choice?.type === "tool";

/** Tokens of MCP servers that are given as parameters of the API. */
export const tokensIn = (extra: Record<string, unknown> | undefined): string[] =>
  [extra?.mcp_servers].flat().flatMap((server) => {
    const { authorization_token: token } = (server ?? {}) as { authorization_token?: unknown };
    return typeof token === "string" ? [token] : [];
  });

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
  const messages = messagesOf(
    draft,
    attached.map(({ block }) => block),
  );

  const isSpecial =
    reasoning.thinking !== "default" ||
    reasoning.showThinking ||
    reasoning.effort !== undefined ||
    dependsOnModel(draft.sampling, client.apiVersion) ||
    schema !== undefined ||
    webSearch ||
    webFetch ||
    codeExecution ||
    draft.maxTokens > everyModelWrites ||
    Math.max(images, pages) > everyModelTakes;
  const page = isSpecial ? await modelPage(client, model) : null;

  asInput("Attachments", () => checkTogether(attached, page?.max_input_tokens));
  const isNative = page?.capabilities?.structured_outputs?.supported;
  // Of a host that tells nothing of its models, tools are what can be counted on.
  const answerTool =
    schema && draft.answerTool !== undefined && !isNative
      ? answerToolOf(draft.answerTool, schema)
      : undefined;
  if (schema && !answerTool && isNative === false) {
    throw new InputError(
      "JSON Schema",
      `cannot be used with ${model}, which has no structured output. Choose another model.`,
    );
  }
  const warnings = attached.flatMap(({ warning }) => warning ?? []);
  let { maxTokens } = draft;
  const most = draft.betas.some((beta) => longAnswers.beta.test(beta))
    ? longAnswers.maxTokens
    : page?.max_tokens;
  if (most && maxTokens > most) {
    warnings.push(`Max Tokens was sent as ${most}, the most that ${model} takes.`);
    maxTokens = most;
  }
  const { thinking, effort, ...usable } = usableReasoning(reasoning, {
    model,
    page,
    maxTokens,
    forced: isForced(tools),
  });
  const { warnings: dropped, ...sampling } = usableSampling(draft.sampling, {
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
    ...(answerTool ? [answerTool] : []),
  ];
  const format = schema && !answerTool && { type: "json_schema" as const, schema: schema.sent };
  const request: MessageRequest = {
    model,
    max_tokens: maxTokens,
    messages,
    system: draft.system,
    ...sampling,
    thinking,
    output_config: format || effort ? { effort, format: format || undefined } : undefined,
    tools: allTools.length > 0 ? allTools : undefined,
    tool_choice: answerTool
      ? { type: "tool", name: answerTool.name, disable_parallel_tool_use: true }
      : tools.choice,
    mcp_servers: tools.mcpServers.length > 0 ? tools.mcpServers : undefined,
    cache_control: draft.cache,
    ...draft.plain,
  };
  return {
    request: draft.extra ? withExtra(request, draft.extra) : request,
    betas: [...(tools.mcpServers.length > 0 ? [mcpBeta] : []), ...draft.betas],
    warnings: [...warnings, ...usable.warnings, ...dropped],
  };
};

const answerToolOf = (name: string, { sent }: AnswerSchema): Tool => ({
  name,
  description: "Gives the answer. To be called once, with all of it.",
  input_schema: sent as Tool["input_schema"],
});

/** What the connector itself reads of a request must stay what it is. */
const withExtra = (request: MessageRequest, extra: Record<string, unknown>): MessageRequest => {
  const merged = mergePatch(request, extra) as MessageRequest;
  const { messages, max_tokens: maxTokens } = merged;
  const isTurn = (turn: unknown) => typeof turn === "object" && turn !== null;
  if (!Array.isArray(messages) || !messages.every(isTurn)) {
    throw new InputError("Extra Parameters", "takes a list of turns for messages.");
  }
  for (const name of ["tools", "mcp_servers"] as const) {
    if (merged[name] !== undefined && !Array.isArray(merged[name])) {
      throw new InputError("Extra Parameters", `takes a list for ${name}.`);
    }
  }
  if (typeof maxTokens !== "number") {
    throw new InputError("Extra Parameters", "takes a number for max_tokens.");
  }
  return merged;
};
