/* The budget of a day. What was spent is in the state that the flows of an instance share. */
import type { Connection, component } from "@prismatic-io/spectral";
import { roundDollars } from "../claude/messages/cost";
import { coded } from "../client/errorCode";
import { ApiError } from "../client/errors";
import { isRecord } from "../client/values";
import { readDailyBudget } from "../connections/endpoint";
import { costNotCounted, describeOverBudget } from "../wording/budget";

type Component = ReturnType<typeof component>;
type Perform = Component["actions"][string]["perform"];

/** What a step has spent. */
interface Spending {
  /** In US dollars, by day: a step may run over midnight. */
  costs: Record<string, number>;
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

/** The day in UTC, such as 2026-11-28. */
const today = (): string => new Date().toISOString().slice(0, 10);

/** What is known to be spent on a day: by earlier steps, and by this one. */
const spentOn = (
  day: string,
  { crossFlowState }: Pick<BudgetContext, "crossFlowState">,
  { costs }: Spending,
): number => {
  const entry = crossFlowState?.[prefix + day];
  const stored = Number(isRecord(entry) && entry.cost);
  // A damaged entry must not block the flows of a day.
  return roundDollars((stored > 0 ? stored : 0) + (costs[day] ?? 0));
};

/**
 * The budget of a connection, as one step observes it. Undefined without one.
 *
 * @throws ConnectionError if the amount is not valid.
 */
export const readBudget = (context: BudgetContext, connection: Connection) => {
  const budget = readDailyBudget(connection);
  const { spending, logger } = context;
  if (budget === undefined || !spending) return undefined;
  return {
    /** @throws ApiError if the budget is spent. */
    check: (): void => {
      const spent = spentOn(today(), context, spending);
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
      if (cost !== null) {
        const day = today();
        spending.costs[day] = (spending.costs[day] ?? 0) + cost;
      } else if (!spending.isIncomplete) {
        spending.isIncomplete = true;
        logger.warn(costNotCounted);
      }
    },
  };
};

/**
 * The component with steps that store what they spend, if their connection has a budget. It is around
 * the whole action: a failure that On Failure returns is a result too. An error that is thrown has no
 * result, and what it cost is not stored.
 */
export const withBudget = (component: Component): Component => ({
  ...component,
  actions: Object.fromEntries(
    Object.entries(component.actions).map(([key, action]) => [
      key,
      { ...action, perform: counting(action.perform) },
    ]),
  ),
});

const counting =
  (perform: Perform): Perform =>
  async (context, params) => {
    const spending: Spending = { costs: {}, isIncomplete: false };
    // The client of the step reads it there.
    const result = await perform({ ...context, ...{ spending } }, params);
    // biome-ignore lint/suspicious/noExplicitAny: what any action returns
    return withSpending(result as any, context, spending);
  };

interface Result {
  data: unknown;
  crossFlowState?: Record<string, unknown>;
}

const withSpending = <T extends Result>(
  result: T,
  { crossFlowState }: Pick<BudgetContext, "crossFlowState">,
  spending: Spending,
): T => {
  const day = today();
  const { costs, isIncomplete } = spending;
  if (!costs[day] && !isIncomplete) return result;
  const { data } = result;
  const warned =
    isIncomplete && isRecord(data) && Array.isArray(data.warnings)
      ? { data: { ...data, warnings: [...data.warnings, costNotCounted] } }
      : {};
  if (!costs[day]) return { ...result, ...warned };
  const outdated = Object.keys({ ...crossFlowState })
    .filter((name) => name.startsWith(prefix))
    .map((name) => [name, null]);
  const changed = {
    ...Object.fromEntries(outdated),
    [prefix + day]: { cost: spentOn(day, { crossFlowState }, spending) },
  };
  return { ...result, ...warned, crossFlowState: { ...result.crossFlowState, ...changed } };
};
