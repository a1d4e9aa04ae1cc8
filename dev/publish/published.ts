/** What the platform's API returns about a published component, made from what publishing submitted. */

interface Input {
  key: string;
  label: string;
  type: string;
  collection?: string;
  model?: unknown;
  default?: unknown;
  inputs?: Input[];
}

interface Step {
  key: string;
  display: { label: string; description: string };
  inputs: Input[];
}

/** The variables of the mutation publishComponent. */
export interface Submitted {
  definition: { key: string; display: { label: string; description: string } };
  actions: Step[];
  triggers: Step[];
  dataSources: Step[];
  connections: { key: string; label: string; comments?: string; inputs: Input[] }[];
}

/** The API lists inputs flat: the fields of a group name their group. */
const inputNodes = (inputs: Input[], parentId: string | null = null): object[] =>
  inputs.flatMap(({ inputs: children = [], model, ...input }) => {
    const id = `${parentId ?? ""}/${input.key}`;
    const node = {
      ...input,
      id,
      parentId,
      type: input.type.toUpperCase(),
      collection: input.collection?.toUpperCase() ?? null,
      default: input.default ?? "",
      // JSON in JSON, which is how the manifest generator reads it.
      model: model ? JSON.stringify(JSON.stringify(model)) : null,
    };
    return [node, ...inputNodes(children, id)];
  });

const stepNodes = (steps: Step[], kind: object) =>
  steps.map(({ display, inputs, ...step }) => ({
    ...step,
    ...display,
    ...kind,
    inputs: { nodes: inputNodes(inputs) },
  }));

/** The component as the query `components` returns it. */
export const componentNode = ({ definition, connections }: Submitted) => ({
  id: "component",
  key: definition.key,
  signature: "signature",
  ...definition.display,
  connections: {
    nodes: connections.map(({ inputs, ...about }) => ({
      ...about,
      inputs: { nodes: inputNodes(inputs) },
    })),
  },
});

/** Its actions, triggers and data sources as the query `actions` returns them. */
export const actionNodes = ({ actions, triggers, dataSources }: Submitted) => [
  ...stepNodes(actions, { isTrigger: false, isDataSource: false }),
  ...stepNodes(triggers, { isTrigger: true, isDataSource: false }),
  ...stepNodes(dataSources, { isTrigger: false, isDataSource: true }),
];
