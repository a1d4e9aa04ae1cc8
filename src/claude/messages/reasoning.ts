import type { OutputConfig, ThinkingConfigParam } from "@anthropic-ai/sdk/resources/messages";
import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";

/** Efforts, from the least to the most. */
export const efforts = ["low", "medium", "high", "xhigh", "max"] as const;

/** How a person wants the model to think. */
export interface Reasoning {
  thinking: "default" | "off" | "adaptive" | "budget";
  effort?: (typeof efforts)[number];
  /** At least 1024 and below max_tokens, given with a fixed budget. */
  budgetTokens?: number;
  /** Return what the model thinks, as a summary. */
  showThinking: boolean;
}

/** Least budget that the API takes, in tokens. */
export const leastBudget = 1_024;

interface Target {
  model: string;
  /** The model's page, null where it is not known: then everything is sent as it was asked for. */
  page: ModelInfo | null;
  maxTokens: number;
  /** Whether the model must use a tool, which it cannot do beside a fixed budget. */
  forced: boolean;
}

/**
 * The parameters for how to think that the model takes. What it does not take is sent as the nearest
 * that it does take, or left out, with a warning.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/thinking
 * @see https://platform.claude.com/docs/en/build-with-claude/effort
 */
export const usableReasoning = (
  reasoning: Reasoning,
  target: Target,
): { thinking?: ThinkingConfigParam; effort?: OutputConfig["effort"]; warnings: string[] } => {
  const thinking = usableThinking(reasoning, target);
  const effort = usableEffort(reasoning, target, thinking.thinking);
  return {
    thinking: thinking.thinking,
    effort: effort.effort,
    warnings: [thinking.warning, effort.warning].filter((warning) => warning !== undefined),
  };
};

const usableThinking = (
  { thinking, budgetTokens, showThinking }: Reasoning,
  { model, page, maxTokens, forced }: Target,
): { thinking?: ThinkingConfigParam; warning?: string } => {
  if (thinking === "default" && !showThinking) return {};
  const can = page?.capabilities?.thinking;
  const takes = (type: ThinkingConfigParam["type"]) => can?.types?.[type]?.supported ?? true;
  const display = showThinking ? ({ display: "summarized" } as const) : {};

  if (thinking === "off") {
    if (takes("disabled")) return { thinking: { type: "disabled" } };
    // Thinking is off with it too; it is the spelling of models that speak between tool calls.
    if (takes("between_tools")) return { thinking: { type: "between_tools" } };
    return { warning: `Thinking Off was not sent: ${model} always thinks.` };
  }
  if (can?.supported === false) {
    return { warning: `Thinking was not asked for: ${model} does not think.` };
  }
  const isBudget = thinking === "budget" && takes("enabled");
  if (!isBudget && takes("adaptive")) {
    const warning = `Thinking was sent as Adaptive: ${model} takes no fixed budget.`;
    return {
      thinking: { type: "adaptive", ...display },
      warning: thinking === "budget" ? warning : undefined,
    };
  }
  const wanted = isBudget ? (budgetTokens ?? 0) : Math.floor(maxTokens / 2);
  const budget = Math.min(wanted, maxTokens - 1);
  if (!takes("enabled") || budget < leastBudget || forced) {
    return {
      warning: `Thinking was not asked for: ${model} takes only a fixed budget, of ${leastBudget} tokens or more, below Max Tokens, and with Tool Choice auto or none.`,
    };
  }
  const why = isBudget ? `below Max Tokens` : `half of Max Tokens: ${model} takes no Adaptive`;
  return {
    thinking: { type: "enabled", budget_tokens: budget, ...display },
    warning:
      budget === budgetTokens
        ? undefined
        : `Thinking was sent as a fixed budget of ${budget} tokens, ${why}.`,
  };
};

/** The most effort that goes without thinking. */
const mostWithoutThinking = "high";

const usableEffort = (
  { effort }: Reasoning,
  { model, page }: Target,
  thinking: ThinkingConfigParam | undefined,
): { effort?: (typeof efforts)[number]; warning?: string } => {
  const can = page?.capabilities?.effort;
  const isOff = thinking?.type === "disabled" || thinking?.type === "between_tools";
  if (effort === undefined) return {};
  const most = isOff ? efforts.indexOf(mostWithoutThinking) : efforts.length;
  const lower = efforts.slice(0, Math.min(efforts.indexOf(effort), most) + 1).reverse();
  const nearest = [...lower, ...efforts].find((level) => can?.[level]?.supported ?? !can);
  if (!nearest) return { warning: `Effort ${effort} was not sent: ${model} takes none.` };
  if (nearest === effort) return { effort };
  const why = lower[0] === effort ? `${model} takes no ${effort}` : "Thinking is Off";
  return { effort: nearest, warning: `Effort was sent as ${nearest}: ${why}.` };
};
