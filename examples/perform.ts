/** Runs an action of the connector by its key. In a flow, this is the platform; in a test, a harness. */
// biome-ignore lint/suspicious/noExplicitAny: every action has a different output; docs/actions describes them
export type Perform = (action: string, inputs: Record<string, unknown>) => Promise<any>;
