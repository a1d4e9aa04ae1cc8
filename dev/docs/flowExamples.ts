/* The integrations in examples/, by the steps that they use. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

export interface FlowExample {
  file: string;
  description: string;
  /** Keys of the actions and triggers of this component. */
  steps: string[];
}

const folder = path.resolve(__dirname, "../../examples");

const stepsIn = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(stepsIn);
  if (typeof value !== "object" || value === null) return [];
  const { action, ...rest } = value as { action?: { key?: string; component?: { key?: string } } };
  const key = action?.component?.key === "anthropic" ? action.key : undefined;
  return [...(key ? [key] : []), ...Object.values(rest).flatMap(stepsIn)];
};

export const flowExamples = (): FlowExample[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .sort()
    .map((file) => {
      const integration = parse(readFileSync(path.join(folder, file), "utf8"));
      return { file, description: integration.description, steps: stepsIn(integration.flows) };
    });
