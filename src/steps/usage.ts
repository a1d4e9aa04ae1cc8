/* A record of each Messages request in the log, to bill customers by. See docs/guides/usage.md. */
import type { RequestUsage } from "../claude/messages/requestUsage";

/** The part of the platform's context that says who uses Claude. Not every context has all of it. */
export interface UsageContext {
  logger: { metric?(...values: unknown[]): void; info?(line: string): void };
  customer?: { id?: string; externalId?: string; name?: string };
  instance?: { id?: string; name?: string };
  flow?: { id?: string; name?: string };
  /** A frame that is not of a step has no name of one. */
  executionFrame?: object;
  stepId?: string;
}

export type RecordedUsage = RequestUsage & { durationMs: number };

const name = "claude.usage";

const named = (id: string | undefined, name: string | undefined) => ({
  id: id || null,
  name: name || null,
});

/** Writes the record of a request. Its fields are published: a later version only adds some. */
export const recordUsage = (context: UsageContext, usage: RecordedUsage): void => {
  const { logger, customer, instance, flow, executionFrame, stepId } = context;
  const { stepName } = (executionFrame ?? {}) as { stepName?: string };
  const record = {
    customer: named(customer?.externalId || customer?.id, customer?.name),
    instance: named(instance?.id, instance?.name),
    flow: flow?.name || flow?.id || null,
    step: stepName || stepId || null,
    ...usage,
  };
  if (logger.metric) logger.metric(name, record);
  else logger.info?.(`${name} ${JSON.stringify(record)}`);
};
