/* The steps of the component, by key or label. */
import { didYouMean, fold, nearest } from "../../src/wording/suggest";
import { builtComponent } from "../component";
import { UsageError } from "../failure";

type Action = (typeof builtComponent.actions)[string];

export type Input = Action["inputs"][number];

export interface Step {
  key: string;
  type: "action" | "data source" | "trigger";
  label: string;
  description: string;
  inputs: Input[];
}

const stepsOf = (type: Step["type"], group: object): Step[] =>
  Object.entries(group as Record<string, Action>).map(([key, { display, inputs }]) => ({
    key,
    type,
    ...display,
    inputs,
  }));

/** Their keys are unique. */
export const steps: Step[] = [
  ...stepsOf("action", builtComponent.actions),
  ...stepsOf("data source", builtComponent.dataSources ?? {}),
  ...stepsOf("trigger", builtComponent.triggers ?? {}),
];

/** @throws UsageError for a trigger, and with the nearest names for a step that does not exist. */
export const findStep = (name: string): Step => {
  const step = steps.find(({ key, label }) => [key, label].map(fold).includes(fold(name)));
  if (!step) {
    const names = steps.filter(({ type }) => type !== "trigger").map(({ key }) => key);
    throw new UsageError(
      `${name} is not an action.${didYouMean(nearest(name, names))} npm run try lists all actions.`,
    );
  }
  if (step.type === "trigger") {
    throw new UsageError(`${step.label} is a trigger. It starts a flow and is not run here.`);
  }
  return step;
};
