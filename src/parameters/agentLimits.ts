import type { AgentLimits } from "../claude/agent/agent";
import { group, integer, number, parameter } from "./define";

const defaultTurns = 20;

const turns = {
  min: 1,
  max: 1_000,
  example: String(defaultTurns),
};

/** Room for replies and for thinking: only tokens that are used are paid for. */
export const defaultMaxTokens = 32_000;

const maxTokens = { min: 1, example: "16000" };

const parameters = {
  turns: parameter({
    input: integer("Turns", {
      ...turns,
      default: defaultTurns,
      comments: `Maximum number of turns (default: ${defaultTurns}). Claude can call several flows in one turn.`,
    }),
  }),
  tokens: parameter({
    input: integer("Total Tokens", {
      min: 1,
      comments:
        "Maximum tokens of all requests together, input and output. Leave empty for no limit.",
      example: "200000",
    }),
  }),
  cost: parameter({
    input: number("Cost (US dollars)", {
      min: 0,
      comments: "Maximum cost of all requests together at list price. Leave empty for no limit.",
      placeholder: "Enter an amount",
      example: "0.50",
    }),
  }),
  minutes: parameter({
    input: number("Minutes", {
      min: 0.01,
      max: 15,
      comments:
        "Time limit in minutes, checked between turns. Leave empty to use the rest of the execution (15 minutes at most).",
      placeholder: "Enter a number of minutes",
      example: "5",
    }),
  }),
  maxTokens: parameter({
    input: integer("Max Tokens", {
      ...maxTokens,
      default: defaultMaxTokens,
      comments: `Maximum tokens of each response, thinking included (default: ${defaultMaxTokens}).`,
    }),
  }),
};

export const agentLimits = group(
  "Limits",
  "Limits of this step. When one is reached, the step ends on the Stopped branch with a state that Resume Agent continues from.",
  parameters,
);

export const resumeLimits = group(
  "Limits",
  "Limits of this part of the run. Leave an input empty to keep its value of Run Agent.",
  {
    ...parameters,
    turns: parameter({
      input: integer("Turns", {
        ...turns,
        comments: "Maximum number of turns in this part of the run.",
      }),
    }),
    maxTokens: parameter({
      input: integer("Max Tokens", {
        ...maxTokens,
        comments: "Maximum tokens of each response, thinking included.",
      }),
    }),
  },
);

/** The limits that are given, the others as before. A run always has a limit of turns. */
export const readResumeLimits = (
  value: unknown,
  before: AgentLimits,
): { limits: AgentLimits; maxTokens: number | undefined } => {
  const { maxTokens, ...parts } = resumeLimits.read(value);
  const given = Object.entries(parts).filter(([, limit]) => limit !== undefined);
  const limits: AgentLimits = { ...before, ...Object.fromEntries(given) };
  return { limits: { ...limits, turns: limits.turns ?? defaultTurns }, maxTokens };
};
