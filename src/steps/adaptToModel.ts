import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";
import { longOutput } from "../claude/batches/batches";
import { checkTogether, imagesOfEveryModel } from "../claude/messages/attachment";
import { mergePatch } from "../claude/messages/mergePatch";
import { adaptReasoning, withRoomForThinking } from "../claude/messages/reasoning";
import { repairRequest } from "../claude/messages/repairRequest";
import { maxRequestBytes, requestSize } from "../claude/messages/requestSize";
import { adaptSampling, dependsOnModel } from "../claude/messages/sampling";
import { withInstruction, withSchemaAsText } from "../claude/messages/schemaAsText";
import type { MessageRequest } from "../claude/messages/send";
import { dataInstruction } from "../claude/messages/template";
import {
  asAcceptedTool,
  isToolsetOf,
  mcpBeta,
  mcpToolset,
  type ToolNames,
} from "../claude/messages/tools";
import { findModelInfo, thinksByDefault } from "../claude/models/modelInfo";
import { outputOfEveryModel } from "../claude/models/prices";
import type { Notice } from "../claude/notice";
import type { Client } from "../client/client";
import { isText } from "../client/values";
import { defaultMaxTokens } from "../parameters/generation";
import { asInput, InputError } from "../parameters/InputError";
import { requestOptions } from "../parameters/requestOptions";
import { findUnsupported, serverToolDefinitions, serverTools } from "../parameters/serverTools";
import type { Labels } from "../wording/labels";
import { describeNotice } from "../wording/notices";
import { inMB } from "../wording/sentence";
import type { PreparedMessage } from "./prepareMessage";
import { isToolForced, type MessageDraft } from "./readMessage";

/** A request for one model. */
export interface ModelRequest {
  request: MessageRequest;
  betas: string[];
  names: ToolNames;
  /** What was adjusted for the model. */
  warnings: string[];
}

/**
 * The request for a model. What the model does not support is adjusted, with a warning. Its info is
 * looked up only if something is asked for that not every model supports.
 *
 * @throws InputError for what cannot be adjusted.
 */
export const adaptToModel = async (
  client: Client,
  prepared: PreparedMessage,
  model: string,
  labels: Labels,
): Promise<ModelRequest> => {
  const { draft, messages } = prepared;
  const { schema, tools, betas } = draft;
  const modelInfo = needsModelInfo(client, prepared) ? await findModelInfo(client, model) : null;
  const contextWindow = modelInfo?.max_input_tokens;
  asInput(prepared.filesLabel, () => checkTogether(prepared.blocks, contextWindow), labels);
  checkServerTools(draft, model, modelInfo, labels);

  const notices: Notice[] = [];
  if (modelInfo?.lifecycle === "deprecated") {
    const { retires_at: date } = modelInfo;
    notices.push({
      code: "model_retires",
      model,
      date: isText(date) ? date.slice(0, 10) : undefined,
    });
  }
  const maxTokens = adaptMaxTokens(draft, model, modelInfo, notices);
  const { thinking, effort, ...reasoning } = adaptReasoning(draft.reasoning, {
    model,
    modelInfo,
    maxTokens,
    isToolForced: isToolForced(tools),
  });
  const { notices: aboutSampling, ...sampling } = adaptSampling(draft.sampling, {
    model,
    modelInfo,
    apiVersion: client.apiVersion,
    thinks: thinking?.type === "adaptive" || thinking?.type === "enabled",
  });
  notices.push(...reasoning.notices, ...aboutSampling);

  const format = schema && { type: "json_schema" as const, schema: schema.sent };
  const names: ToolNames = {};
  const allTools = [
    ...tools.definitions,
    ...serverToolDefinitions(tools.serverTools, modelInfo, {
      web: tools.web,
      cite: !schema,
      isNewestLikely: client.isAnthropic && thinksByDefault(model),
    }),
    ...tools.mcpServers
      .filter(({ name }) => !tools.definitions.some((tool) => isToolsetOf(tool, name)))
      .map(mcpToolset),
  ].map((definition) => {
    const { tool, notice } = asAcceptedTool(definition, names);
    if (notice) notices.push(notice);
    return tool;
  });
  const request: MessageRequest = {
    model,
    max_tokens: maxTokens,
    messages,
    system: draft.system,
    ...sampling,
    thinking,
    output_config: format || effort ? { effort, format } : undefined,
    tools: allTools.length > 0 ? allTools : undefined,
    tool_choice: tools.choice,
    mcp_servers: tools.mcpServers.length > 0 ? tools.mcpServers : undefined,
    ...draft.body,
  };
  const cause = reasonForText(draft, modelInfo, client);
  if (cause) notices.push({ code: "schema_sent_as_text", cause });
  const asked = draft.contentAsData ? withInstruction(request, dataInstruction) : request;
  const inWords = (cause && withSchemaAsText(asked)) ?? asked;
  const { extraParameters } = draft;
  const repaired = repairRequest(
    extraParameters ? withExtraParameters(inWords, extraParameters) : inWords,
  );
  notices.push(...repaired.notices);
  if (client.isAnthropic) checkSize(repaired.request, labels);
  return {
    request: repaired.request,
    names,
    betas: [...(tools.mcpServers.length > 0 ? [mcpBeta] : []), ...betas],
    warnings: notices.map((notice) => describeNotice(notice, labels)),
  };
};

/** Only for Anthropic's own host: others have other limits. */
const checkSize = (request: MessageRequest, labels: Labels): void => {
  const { bytes, largest } = requestSize(request);
  if (bytes <= maxRequestBytes) return;
  throw new InputError(
    labels[largest] ?? labels.message ?? "The request",
    `makes a request of ${inMB(bytes)}, but a request can have at most ${inMB(maxRequestBytes)}. Shorten it, or split it over several steps.`,
  );
};

/** Whether something is asked for that not every model supports. */
const needsModelInfo = (client: Client, { draft, imagesOrPages }: PreparedMessage): boolean => {
  const { reasoning, sampling, schema, tools, maxTokens } = draft;
  return (
    reasoning.thinking !== "default" ||
    reasoning.showThinking ||
    reasoning.effort !== undefined ||
    dependsOnModel(sampling, client.apiVersion) ||
    schema !== undefined ||
    tools.serverTools.length > 0 ||
    (maxTokens ?? 0) > outputOfEveryModel ||
    imagesOrPages > imagesOfEveryModel
  );
};

const checkServerTools = (
  { tools }: MessageDraft,
  model: string,
  modelInfo: ModelInfo | null,
  labels: Labels,
): void => {
  const unsupported = findUnsupported(tools.serverTools, modelInfo);
  if (unsupported === undefined) return;
  const label = labels[unsupported] ?? serverTools[unsupported].input.label;
  throw new InputError(label, `is not supported by ${model}. Choose another model.`);
};

const adaptMaxTokens = (
  { betas, maxTokens, reasoning }: MessageDraft,
  model: string,
  modelInfo: ModelInfo | null,
  notices: Notice[],
): number => {
  if (maxTokens === undefined) {
    return withRoomForThinking(defaultMaxTokens, reasoning, model, modelInfo);
  }
  const limit = betas.some((beta) => longOutput.beta.test(beta))
    ? longOutput.maxTokens
    : modelInfo?.max_tokens;
  if (!limit || maxTokens <= limit) return maxTokens;
  notices.push({ code: "max_tokens_reduced", model, limit });
  return limit;
};

/** Why the schema of the reply cannot be sent as structured output, undefined if it can. */
const reasonForText = (
  { schema }: MessageDraft,
  modelInfo: ModelInfo | null,
  client: Client,
): Extract<Notice, { code: "schema_sent_as_text" }>["cause"] | undefined => {
  if (!schema) return undefined;
  if (schema.isTooComplex) return "complexity";
  const isSupported = modelInfo?.capabilities?.structured_outputs?.supported;
  if (isSupported ?? client.isAnthropic) return undefined;
  return isSupported === false ? "model" : "host";
};

/** Merges Extra Parameters. What is read of the request later must keep its type. */
const withExtraParameters = (
  request: MessageRequest,
  extra: Record<string, unknown>,
): MessageRequest => {
  const merged = mergePatch(request, extra) as MessageRequest;
  const { messages, max_tokens: maxTokens } = merged;
  const refuse = (problem: string) =>
    new InputError(requestOptions.parameters.extraParameters.input.label, problem);
  const isTurn = (turn: unknown) => typeof turn === "object" && turn !== null;
  if (!Array.isArray(messages) || !messages.every(isTurn)) {
    throw refuse("must have a list of turns in messages.");
  }
  for (const name of ["tools", "mcp_servers"] as const) {
    if (merged[name] !== undefined && !Array.isArray(merged[name])) {
      throw refuse(`must have a list in ${name}.`);
    }
  }
  if (typeof maxTokens !== "number") throw refuse("must have a number in max_tokens.");
  return merged;
};
