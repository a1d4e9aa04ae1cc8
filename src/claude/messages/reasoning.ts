import type { OutputConfig, ThinkingConfigParam } from "@anthropic-ai/sdk/resources/messages";
import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";
import { thinksByDefault } from "../models/modelInfo";
import type { Notice } from "../notice";

/** Effort levels, in ascending order. */
export const efforts = ["low", "medium", "high", "xhigh", "max"] as const;

/** How the model is asked to think. */
export interface Reasoning {
  thinking: "default" | "off" | "adaptive" | "budget";
  effort?: (typeof efforts)[number];
  /** At least 1024 and below max_tokens, given with a fixed budget. */
  budgetTokens?: number;
  /** Return a summary of the thinking. */
  showThinking: boolean;
}

/** Minimum budget that the API accepts, in tokens. */
export const minBudget = 1_024;

/** Tokens of a reply, thinking included, that leave room for both. */
export const roomForThinking = 16_000;

/**
 * A token limit that thinking does not use up, if the model thinks.
 *
 * @param maxTokens For the reply without its thinking.
 */
export const withRoomForThinking = (
  maxTokens: number,
  { thinking, budgetTokens = 0, showThinking }: Reasoning,
  model: string,
  modelInfo: ModelInfo | null,
): number => {
  const types = modelInfo?.capabilities?.thinking?.types;
  const canTurnOff =
    types?.disabled?.supported !== false || types.between_tools?.supported !== false;
  const thinks =
    thinking === "default"
      ? showThinking || thinksByDefault(model)
      : thinking !== "off" || !canTurnOff;
  if (!thinks) return maxTokens;
  const room = Math.max(roomForThinking, maxTokens + budgetTokens);
  return Math.min(room, modelInfo?.max_tokens ?? room);
};

interface Target {
  model: string;
  /** Null if it is not known: everything is sent as it was asked for. */
  modelInfo: ModelInfo | null;
  maxTokens: number;
  /** Whether the model must use a tool, which is not possible with a fixed budget. */
  isToolForced: boolean;
}

/**
 * The parameters for thinking and effort that the model supports. What it does not support is sent
 * as the nearest that it does, or left out, with a notice.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/thinking
 * @see https://platform.claude.com/docs/en/build-with-claude/effort
 */
export const adaptReasoning = (
  reasoning: Reasoning,
  target: Target,
): { thinking?: ThinkingConfigParam; effort?: OutputConfig["effort"]; notices: Notice[] } => {
  const { thinking, notice: forThinking } = adaptThinking(reasoning, target);
  const { effort, notice: forEffort } = adaptEffort(reasoning, target, thinking);
  const notices = [forThinking, forEffort].filter((notice) => notice !== undefined);
  return { thinking, effort, notices };
};

const adaptThinking = (
  { thinking, budgetTokens, showThinking }: Reasoning,
  { model, modelInfo, maxTokens, isToolForced }: Target,
): { thinking?: ThinkingConfigParam; notice?: Notice } => {
  if (thinking === "default" && !showThinking) return {};
  const capability = modelInfo?.capabilities?.thinking;
  const supports = (type: ThinkingConfigParam["type"]) =>
    capability?.types?.[type]?.supported ?? true;
  const display = showThinking ? ({ display: "summarized" } as const) : {};

  if (thinking === "off") {
    if (supports("disabled")) return { thinking: { type: "disabled" } };
    // Thinking is off with it too: models that think between tool calls call it that.
    if (supports("between_tools")) return { thinking: { type: "between_tools" } };
    return { notice: { code: "thinking_always_on", model } };
  }
  if (capability?.supported === false) {
    return { notice: { code: "thinking_not_supported", model } };
  }
  const hasBudget = thinking === "budget" && supports("enabled");
  if (!hasBudget && supports("adaptive")) {
    return {
      thinking: { type: "adaptive", ...display },
      notice: thinking === "budget" ? { code: "thinking_sent_as_adaptive", model } : undefined,
    };
  }
  const asked = hasBudget ? (budgetTokens ?? 0) : Math.floor(maxTokens / 2);
  const budget = Math.min(asked, maxTokens - 1);
  if (!supports("enabled") || budget < minBudget || isToolForced) {
    return { notice: { code: "thinking_budget_only", model, minimum: minBudget } };
  }
  return {
    thinking: { type: "enabled", budget_tokens: budget, ...display },
    notice:
      budget === budgetTokens
        ? undefined
        : { code: "thinking_sent_as_budget", model, budget, isReplacement: !hasBudget },
  };
};

/** Maximum effort without thinking. */
const maxEffortWithoutThinking = "high";

const adaptEffort = (
  { effort }: Reasoning,
  { model, modelInfo }: Target,
  thinking: ThinkingConfigParam | undefined,
): { effort?: (typeof efforts)[number]; notice?: Notice } => {
  const capability = modelInfo?.capabilities?.effort;
  const isThinkingOff = thinking?.type === "disabled" || thinking?.type === "between_tools";
  if (effort === undefined) return {};
  const max = isThinkingOff ? efforts.indexOf(maxEffortWithoutThinking) : efforts.length;
  const lower = efforts.slice(0, Math.min(efforts.indexOf(effort), max) + 1).reverse();
  const nearest = [...lower, ...efforts].find(
    // A level that the model info does not name may be supported.
    (level) => capability?.supported !== false && capability?.[level]?.supported !== false,
  );
  if (!nearest) return { notice: { code: "effort_not_supported", model, effort } };
  if (nearest === effort) return { effort };
  const isLimitedByThinking = lower[0] !== effort;
  return {
    effort: nearest,
    notice: {
      code: "effort_changed",
      model,
      effort: nearest,
      asked: effort,
      isThinkingOff: isLimitedByThinking,
    },
  };
};
