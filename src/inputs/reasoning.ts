import { input, structuredObjectInput } from "@prismatic-io/spectral";
import { efforts, leastBudget, type Reasoning } from "../claude/messages/reasoning";
import { InputError } from "./InputError";
import { flag, group, oneOf, optionalInteger } from "./read";

const fields = {
  thinking: input({
    label: "Thinking",
    type: "string",
    required: false,
    default: "default",
    model: [
      { label: "Model default", value: "default" },
      { label: "Off", value: "off" },
      { label: "Adaptive (recommended)", value: "adaptive" },
      { label: "Fixed budget (older models)", value: "budget" },
    ],
    comments:
      "Whether Claude thinks before it answers. Adaptive: as much as the task needs. What the model does not take is adjusted, with a warning in the output.",
    placeholder: "Choose how to think",
    example: "adaptive",
    clean: (value) =>
      oneOf("Thinking", ["default", "off", "adaptive", "budget"])(value) ?? "default",
  }),
  effort: input({
    label: "Effort",
    type: "string",
    required: false,
    default: "default",
    model: [
      { label: "Model default", value: "default" },
      { label: "Low (fast, short)", value: "low" },
      { label: "Medium", value: "medium" },
      { label: "High", value: "high" },
      { label: "Extra high", value: "xhigh" },
      { label: "Max (slow, thorough)", value: "max" },
    ],
    comments: "How much work Claude puts into the answer, thinking and tools included.",
    placeholder: "Choose an effort",
    example: "low",
    clean: (value) => {
      const effort = oneOf("Effort", ["default", ...efforts])(value);
      return effort === "default" ? undefined : effort;
    },
  }),
  budgetTokens: input({
    label: "Budget Tokens",
    type: "string",
    required: false,
    comments: `Most tokens to think with, for Thinking set to Fixed budget: ${leastBudget} or more, and less than Max Tokens.`,
    placeholder: "Enter a whole number",
    example: "2048",
    clean: optionalInteger("Budget Tokens", { min: leastBudget }),
  }),
  showThinking: input({
    label: "Show Thinking",
    type: "boolean",
    required: false,
    default: "false",
    comments:
      "On: a summary of the thinking comes in the output. Turns on thinking where the model does not think by itself.",
    clean: flag("Show Thinking"),
  }),
};

export const reasoning = structuredObjectInput({
  label: "Reasoning",
  comments: "How much Claude thinks. The model's own default suits most flows.",
  inputs: fields,
});

const readFields = group({ label: "Reasoning", inputs: fields });

/** @throws InputError for fields that contradict each other or Max Tokens. */
export const readReasoning = (value: unknown, maxTokens: number): Reasoning => {
  const read = readFields(value);
  const { thinking, budgetTokens, showThinking } = read;
  if (thinking === "budget" && budgetTokens === undefined) {
    throw new InputError("Budget Tokens", "is required when Thinking is Fixed budget.");
  }
  if (thinking !== "budget" && budgetTokens !== undefined) {
    throw new InputError(
      "Budget Tokens",
      "goes only with Thinking set to Fixed budget. Set that, or remove it.",
    );
  }
  if (budgetTokens !== undefined && budgetTokens >= maxTokens) {
    throw new InputError(
      "Budget Tokens",
      `takes less than Max Tokens (${maxTokens}), but ${budgetTokens} was given: thinking is part of the answer.`,
    );
  }
  if (thinking === "off" && showThinking) {
    throw new InputError("Show Thinking", "cannot be on while Thinking is Off.");
  }
  return read;
};
