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
  const effort = usableEffort(reasoning, target);
  return {
    thinking: thinking.thinking,
    effort: effort.effort,
    warnings: [thinking.warning, effort.warning].filter((warning) => warning !== undefined),
  };
};

const usableThinking = (
  { thinking, budgetTokens, showThinking }: Reasoning,
  { model, page, maxTokens }: Target,
): { thinking?: ThinkingConfigParam; warning?: string } => {
  if (thinking === "default" && !showThinking) return {};
  const can = page?.capabilities?.thinking;
  const takes = (type: ThinkingConfigParam["type"]) => can?.types?.[type]?.supported ?? true;
  const display = showThinking ? ({ display: "summarized" } as const) : {};
  const adaptive = { type: "adaptive", ...display } as const;
  const enabled = (budget_tokens: number) =>
    ({ type: "enabled", budget_tokens, ...display }) as const;

  if (thinking === "off") {
    if (takes("disabled")) return { thinking: { type: "disabled" } };
    // Thinking is off with it too; it is the spelling of models that speak between tool calls.
    if (takes("between_tools")) return { thinking: { type: "between_tools" } };
    return { warning: `Thinking Off was not sent: ${model} always thinks.` };
  }
  if (can?.supported === false) {
    return { warning: `Thinking was not asked for: ${model} does not think.` };
  }
  if (thinking === "budget" && budgetTokens !== undefined && takes("enabled")) {
    return { thinking: enabled(budgetTokens) };
  }
  if (takes("adaptive")) {
    const warning =
      thinking === "budget"
        ? `Thinking was sent as Adaptive: ${model} takes no fixed budget.`
        : undefined;
    return { thinking: adaptive, warning };
  }
  const half = Math.floor(maxTokens / 2);
  if (thinking === "adaptive" && takes("enabled") && half >= leastBudget) {
    return {
      thinking: enabled(half),
      warning: `Thinking was sent as a fixed budget of ${half} tokens, half of Max Tokens: ${model} takes no Adaptive.`,
    };
  }
  return {
    warning: `Thinking was not asked for: ${model} takes only a fixed budget, of ${leastBudget} tokens or more and below Max Tokens.`,
  };
};

const usableEffort = (
  { effort }: Reasoning,
  { model, page }: Target,
): { effort?: (typeof efforts)[number]; warning?: string } => {
  const can = page?.capabilities?.effort;
  if (effort === undefined || !can || can[effort]?.supported) return { effort };
  const lower = efforts.slice(0, efforts.indexOf(effort)).reverse();
  const nearest = [...lower, ...efforts].find((level) => can[level]?.supported);
  return nearest && can.supported
    ? { effort: nearest, warning: `Effort was sent as ${nearest}: ${model} takes no ${effort}.` }
    : { warning: `Effort ${effort} was not sent: ${model} takes none.` };
};
