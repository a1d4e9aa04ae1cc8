import type { AgentLimits } from "../claude/agent/agent";
import { group, integer, number, parameter } from "./define";

const defaultTurns = 20;

const turns = {
  min: 1,
  max: 1_000,
  example: String(defaultTurns),
};

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
  },
);

/** The limits that are given, the others as before. A run always has a limit of turns. */
export const readResumeLimits = (value: unknown, before: AgentLimits): AgentLimits => {
  const given = Object.entries({ ...resumeLimits.read(value) }).filter(
    ([, limit]) => limit !== undefined,
  );
  const limits: AgentLimits = { ...before, ...Object.fromEntries(given) };
  return { ...limits, turns: limits.turns ?? defaultTurns };
};
