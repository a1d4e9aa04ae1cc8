import { anthropic } from "../connections/anthropic";

const { label } = anthropic.inputs.dailyBudget;

/** Why no message is sent: the budget of the connection is spent. Amounts in US dollars. */
export const describeOverBudget = (spent: number, budget: number): string =>
  `${label} of the connection is spent: $${spent} of $${budget}. It starts again at 00:00 UTC. Wait until then, or increase it.`;

/** The warning about requests whose cost is not known. */
export const costNotCounted = `A request of unknown cost is not counted in ${label}.`;
