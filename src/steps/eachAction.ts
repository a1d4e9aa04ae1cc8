import type { component } from "@prismatic-io/spectral";

export type Component = ReturnType<typeof component>;
export type Action = Component["actions"][string];
export type Perform = Action["perform"];

/** The component with each action changed. */
export const eachAction = (
  component: Component,
  change: (action: Action) => Action,
): Component => ({
  ...component,
  actions: Object.fromEntries(
    Object.entries(component.actions).map(([key, action]) => [key, change(action)]),
  ),
});
