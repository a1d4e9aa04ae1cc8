/* The integrations in examples/, and what is wrong with one. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import type { Value } from "../../dev/playground/platformInputs";
import { component } from "./component";
import { formatFaults } from "./integrationSchema";
import { platformSteps } from "./platformSteps";

export interface Step {
  name: string;
  isTrigger?: boolean;
  action: { key: string; component: { key: string; isPublic: boolean; version: unknown } };
  inputs?: Record<string, Value>;
  schedule?: Value;
  branches?: { name: string; steps: Step[] }[];
}

export interface Integration {
  definitionVersion: number;
  requiredConfigVars: { key: string; connection: { key: string }; inputs: Record<string, Value> }[];
  flows: {
    name: string;
    triggerResolver?: { enabled: boolean };
    isSynchronous?: boolean;
    schemas?: { invoke: object };
    steps: Step[];
  }[];
}

const folder = path.resolve(import.meta.dirname, "../../examples");

export const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

export const read = (name: string): Integration =>
  parse(readFileSync(path.join(folder, name), "utf8"));

/** Each step of a flow, those in branches included, with the steps that run before it. */
export const withEarlier = (
  steps: Step[],
  earlier: Step[] = [],
): { step: Step; earlier: Step[] }[] =>
  steps.flatMap((step, index) => {
    const before = [...earlier, ...steps.slice(0, index)];
    const inside = (step.branches ?? []).flatMap(({ steps }) =>
      withEarlier(steps, [...before, step]),
    );
    return [{ step, earlier: before }, ...inside];
  });

const isOurs = ({ action }: Step) => action.component.key === "anthropic";

export const ours = (step: Step) =>
  isOurs(step) && !step.isTrigger ? component.actions[step.action.key] : undefined;

export const ourTrigger = (step: Step) =>
  isOurs(step) && step.isTrigger ? component.triggers[step.action.key] : undefined;

/** What is known of an input. */
interface Known {
  key: string;
  type?: string;
  collection?: string | null;
  required?: boolean;
  default?: unknown;
  inputs?: readonly { key: string }[];
}

/** The inputs of a step, undefined for an unknown step. */
const knownInputs = (step: Step): Known[] | undefined => {
  if (isOurs(step)) return (ours(step) ?? ourTrigger(step))?.inputs as Known[] | undefined;
  const inputs = platformSteps[`${step.action.component.key}.${step.action.key}`];
  return inputs && Object.entries(inputs).map(([key, collection]) => ({ key, collection }));
};

/** A group, or a row of groups: JSON text, the form that spectral writes for a group. */
const groupFaults = ({ inputs = [] }: Known, { value }: Value): string[] => {
  const keys = inputs.map(({ key }) => key);
  try {
    const given = Object.keys(JSON.parse(String(value)));
    return given.filter((key) => !keys.includes(key)).map((key) => `has no input ${key}`);
  } catch {
    return ["must be JSON text"];
  }
};

const inputFaults = (input: Known, value: Value): string[] => {
  const isGroup = input.type === "structuredObject";
  if (input.type === "connection" && value.type !== "configVar") return ["must be a configVar"];
  if (!input.collection) {
    if (value.type === "complex") return ["must be a single value"];
    return isGroup && value.type === "value" ? groupFaults(input, value) : [];
  }
  if (typeof value.value === "string") return ["must be a list"];
  const isNamed = input.collection === "keyvaluelist";
  if (value.value.some(({ name }) => (name !== undefined) !== isNamed)) {
    return [`must have rows ${isNamed ? "with" : "without"} names`];
  }
  return isGroup ? value.value.flatMap((row) => groupFaults(input, row)) : [];
};

const stepFaults = (step: Step): string[] => {
  const { action, inputs = {} } = step;
  const known = knownInputs(step);
  if (!known) return [`${step.name}: ${action.component.key} has no step ${action.key}`];
  if (action.component.isPublic === isOurs(step)) return [`${step.name}: wrong isPublic`];
  const missing = known.filter(
    ({ key, required, default: standard }) => required && !standard && !(key in inputs),
  );
  return [
    ...missing.map(({ key }) => `${step.name}: ${key} is required`),
    ...Object.entries(inputs).flatMap(([key, value]) => {
      const input = known.find((candidate) => candidate.key === key);
      if (!input) return [`${step.name}: ${action.key} has no input ${key}`];
      return inputFaults(input, value).map((fault) => `${step.name}: ${key} ${fault}`);
    }),
  ];
};

/** What is wrong with an integration: its format, or its steps and their inputs. */
export const faultsOf = (integration: Integration): string[] => {
  const faults = formatFaults(integration);
  // Steps of another format cannot be read.
  if (faults.length > 0) return faults;
  return integration.flows
    .flatMap(({ steps }) => withEarlier(steps))
    .flatMap(({ step }) => stepFaults(step));
};
