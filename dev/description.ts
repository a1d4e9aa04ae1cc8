import type { Component } from "./component";

/** An input as the designer shows it. */
export interface InputDescription {
  key: string;
  label: string;
  type: string;
  collection?: "valuelist" | "keyvaluelist";
  comments: string;
  placeholder: string;
  example: string;
  default: string;
  isRequired: boolean;
  /** The values of a pick list. */
  choices?: { label: string; value: string }[];
  /** The key of the data source that fills the pick list. */
  dataSource?: string;
  /** The fields of a group, or of each row of a list. */
  inputs?: InputDescription[];
}

/** A field that a later step can reference. */
export interface OutputDescription {
  name: string;
  type: string;
  description: string;
  /** The fields of an object, or of each entry of an array. */
  members?: OutputDescription[];
}

export type StepKind = "connection" | "action" | "trigger" | "dataSource";

/** A connection, an action, a trigger or a data source. */
export interface StepDescription {
  kind: StepKind;
  key: string;
  label: string;
  description: string;
  inputs: InputDescription[];
  /** Undefined if the output has no schema. */
  outputs?: OutputDescription[];
  /** The output that the designer shows before the step has run. */
  example?: unknown;
  branches: string[];
  /** Whether the trigger is run by a webhook. */
  isWebhook?: boolean;
  /** The input whose keys are branches as well. */
  branchInput?: string;
}

/** The component as plain data: what the designer shows of it. For the docs and the playground. */
export interface Description {
  label: string;
  description: string;
  connections: StepDescription[];
  actions: StepDescription[];
  triggers: StepDescription[];
  dataSources: StepDescription[];
}

/** What the definitions of inputs have in common. */
interface Definition {
  key: string;
  label: string | { value: string };
  type: string;
  collection?: string;
  comments?: string;
  placeholder?: string | { value: string };
  example?: unknown;
  default?: unknown;
  required?: boolean;
  model?: { label: string; value: string }[];
  dataSource?: string;
  inputs?: Definition[];
}

const inputOf = (definition: Definition): InputDescription => {
  const { key, label, type, collection, model, dataSource, inputs } = definition;
  const { comments = "", placeholder = "", example = "", default: standard } = definition;
  return {
    key,
    label: typeof label === "string" ? label : label.value,
    type,
    ...(collection ? { collection: collection as InputDescription["collection"] } : {}),
    comments,
    placeholder: typeof placeholder === "string" ? placeholder : placeholder.value,
    example: String(example),
    default: standard === undefined || typeof standard === "object" ? "" : String(standard),
    isRequired: definition.required === true,
    ...(model ? { choices: model } : {}),
    ...(dataSource ? { dataSource } : {}),
    ...(inputs ? { inputs: inputs.map(inputOf) } : {}),
  };
};

interface OutputSchema {
  description?: string;
  type?: string | string[];
  properties?: Record<string, OutputSchema>;
  items?: OutputSchema;
}

const outputsOf = ({ properties = {} }: OutputSchema): OutputDescription[] =>
  Object.entries(properties).map(([name, schema]) => {
    const members = outputsOf(schema.items ?? schema);
    return {
      name,
      type: [schema.type ?? "any"].flat().join(" or "),
      description: schema.description ?? "",
      ...(members.length > 0 ? { members } : {}),
    };
  });

/** Describes the built component. */
export const describeComponent = (component: Component): Description => ({
  label: component.display.label,
  description: component.display.description,
  connections: component.connections.map(({ key, label, comments = "", inputs }) => ({
    kind: "connection",
    key,
    label,
    description: comments,
    inputs: inputs.map((input) => inputOf(input as Definition)),
    branches: [],
  })),
  actions: Object.values(component.actions).map((action) => {
    const { key, display, inputs, outputSchema, examplePayload } = action;
    return {
      kind: "action",
      key,
      label: display.label,
      description: display.description,
      inputs: inputs.map((input) => inputOf(input as Definition)),
      ...(outputSchema?.type === "actionOutput"
        ? { outputs: outputsOf(JSON.parse(outputSchema.schema)) }
        : {}),
      example: examplePayload,
      branches: action.staticBranchNames ?? [],
      ...(action.dynamicBranchInput ? { branchInput: action.dynamicBranchInput } : {}),
    };
  }),
  triggers: Object.values(component.triggers).map((trigger) => ({
    kind: "trigger",
    key: trigger.key,
    label: trigger.display.label,
    description: trigger.display.description,
    inputs: trigger.inputs.map((input) => inputOf(input as Definition)),
    example: trigger.examplePayload,
    branches: trigger.staticBranchNames ?? [],
    isWebhook: trigger.scheduleSupport === "invalid",
  })),
  dataSources: Object.values(component.dataSources).map((source) => ({
    kind: "dataSource",
    key: source.key,
    label: source.display.label,
    description: source.display.description,
    inputs: source.inputs.map((input) => inputOf(input as Definition)),
    example: source.examplePayload,
    branches: [],
  })),
});
