/* The budget of a day. What was spent is in the state that the flows of an instance share. */
import type { Connection } from "@prismatic-io/spectral";
import { roundDollars } from "../claude/messages/cost";
import { coded } from "../client/errorCode";
import { ApiError } from "../client/errors";
import { isRecord } from "../client/values";
import { readDailyBudget } from "../connections/endpoint";
import { costNotCounted, describeOverBudget } from "../wording/budget";
import { type Component, eachAction, type Perform } from "./eachAction";
import { deleteOutdated } from "./sharedState";

/** What a step has spent. */
interface Spending {
  /** In US dollars, with what was stored, by entry of the state: a step may run over midnight. */
  totals: Record<string, number>;
  /** Whether the cost of a request is not known. */
  isIncomplete: boolean;
}

export interface BudgetContext {
  logger: { warn(line: string): void };
  crossFlowState?: Record<string, unknown>;
  /** Set by withBudget. */
  spending?: Spending;
}

const prefix = "claude-spend:";

/** The entry of this day in UTC, such as `claude-spend:2026-11-28`. */
const today = (): string => prefix + new Date().toISOString().slice(0, 10);

/**
 * The budget of a connection, as one step observes it. Undefined without one.
 *
 * @throws ConnectionError if the amount is not valid.
 */
export const readBudget = (
  { logger, crossFlowState, spending }: BudgetContext,
  connection: Connection,
) => {
  const budget = readDailyBudget(connection);
  if (budget === undefined || !spending) return undefined;
  const { totals } = spending;
  const spentToday = (): number => {
    const entry = crossFlowState?.[today()];
    const stored = Number(isRecord(entry) && entry.cost);
    // A damaged entry must not block the flows of a day.
    return totals[today()] ?? (stored > 0 ? stored : 0);
  };
  return {
    /** @throws ApiError if the budget is spent. */
    check: (): void => {
      const spent = spentToday();
      if (spent < budget) return;
      throw new ApiError(describeOverBudget(spent, budget), {
        ...coded("over_budget"),
        status: null,
        type: "over_budget",
        errorCode: null,
        requestId: null,
        mayHaveArrived: false,
        attempts: 0,
      });
    },
    /** @param cost Of a request, null if it is not known. */
    add: (cost: number | null): void => {
      if (cost) totals[today()] = roundDollars(spentToday() + cost);
      if (cost !== null || spending.isIncomplete) return;
      spending.isIncomplete = true;
      logger.warn(costNotCounted);
    },
  };
};

/**
 * The component with steps that store what they spend, if their connection has a budget. It is around
 * the whole action: a failure that On Failure returns is a result too. An error that is thrown has no
 * result, and what it cost is not stored.
 */
export const withBudget = (component: Component): Component =>
  eachAction(component, (action) => ({ ...action, perform: counting(action.perform) }));

const counting =
  (perform: Perform): Perform =>
  async (context, params) => {
    const spending: Spending = { totals: {}, isIncomplete: false };
    // The client of the step reads it there.
    const result = await perform({ ...context, spending } as typeof context, params);
    return withSpending(result as Result, context, spending) as typeof result;
  };

interface Result {
  data: { warnings?: string[] };
  crossFlowState?: Record<string, unknown>;
}

/** A result with what was spent today. */
const withSpending = (
  result: Result,
  { crossFlowState }: Pick<BudgetContext, "crossFlowState">,
  { totals, isIncomplete }: Spending,
): Result => {
  if (isIncomplete) result.data.warnings?.push(costNotCounted);
  const cost = totals[today()];
  if (cost === undefined) return result;
  const changed = {
    ...result.crossFlowState,
    ...deleteOutdated(crossFlowState, prefix, (_, key) => key === today()),
    [today()]: { cost },
  };
  return { ...result, crossFlowState: changed };
};
