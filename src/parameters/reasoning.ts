import { type efforts, minBudget, type Reasoning } from "../claude/messages/reasoning";
import type { Labels } from "../wording/labels";
import { choice, flag, group, integer, parameter } from "./define";
import { InputError } from "./InputError";

export const reasoning = group(
  "Reasoning",
  "How much Claude thinks. The model's default suits most flows.",
  {
    thinking: parameter({
      input: choice(
        "Thinking",
        {
          default: "Model default",
          off: "Off",
          adaptive: "Adaptive (recommended)",
          budget: "Fixed budget (older models)",
        },
        {
          comments:
            "Whether Claude thinks before it responds. Adaptive lets Claude decide how much to think. Settings that the model does not support are adjusted and reported in warnings.",
          placeholder: "Choose how to think",
          example: "adaptive",
        },
      ),
    }),
    effort: parameter({
      input: choice(
        "Effort",
        {
          default: "Model default",
          low: "Low (fast, short)",
          medium: "Medium",
          high: "High",
          xhigh: "Extra high",
          max: "Max (slow, thorough)",
        } satisfies Record<"default" | (typeof efforts)[number], string>,
        {
          comments: "How much work Claude puts into the response, thinking and tools included.",
          placeholder: "Choose an effort",
          example: "low",
        },
      ),
    }),
    budgetTokens: parameter({
      input: integer("Budget Tokens", {
        min: minBudget,
        comments: `Maximum tokens for thinking, if Thinking is Fixed budget. At least ${minBudget}, and less than the maximum tokens of the response.`,
        example: "2048",
      }),
    }),
    showThinking: parameter({
      input: flag("Show Thinking", {
        comments:
          "Include a summary of Claude's thinking in the output. Enables thinking on models that do not think by default.",
      }),
    }),
  },
);

/**
 * @param maxTokens Of the reply. Undefined if there is no limit to compare with.
 * @param labels Of the step.
 * @throws InputError for values that contradict each other or `maxTokens`.
 */
export const readReasoning = (
  value: unknown,
  maxTokens: number | undefined,
  labels: Labels,
): Reasoning => {
  const { effort, ...values } = reasoning.read(value);
  const { thinking, budgetTokens, showThinking } = values;
  const budget = reasoning.parameters.budgetTokens.input.label;
  if (thinking === "budget" && budgetTokens === undefined) {
    throw new InputError(budget, "is required if Thinking is Fixed budget.");
  }
  if (thinking !== "budget" && budgetTokens !== undefined) {
    throw new InputError(
      budget,
      "requires Thinking to be Fixed budget. Choose that, or leave it empty.",
    );
  }
  if (budgetTokens !== undefined && maxTokens !== undefined && budgetTokens >= maxTokens) {
    const limit = labels.maxTokens ? `${labels.maxTokens} (${maxTokens})` : maxTokens;
    throw new InputError(
      budget,
      `must be less than ${limit}, but was ${budgetTokens}: thinking is part of the response.`,
    );
  }
  if (thinking === "off" && showThinking) {
    throw new InputError(
      reasoning.parameters.showThinking.input.label,
      "cannot be on while Thinking is Off.",
    );
  }
  return { ...values, effort: effort === "default" ? undefined : effort };
};
