/** Runs an action of the connector by its key: the platform in a flow, a test harness on a computer. */
// biome-ignore lint/suspicious/noExplicitAny: each action has an output of its own; docs/actions lists them
export type Perform = (action: string, inputs: Record<string, unknown>) => Promise<any>;
