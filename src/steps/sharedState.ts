/* The state that all flows of an instance share. */

/**
 * The platform loads it when an execution starts and stores what has changed, entry by entry, when it
 * ends: executions that change different entries do not affect each other. Null deletes an entry.
 *
 * @see https://prismatic.io/docs/integrations/persist-data/
 */
export interface StateContext {
  crossFlowState: Record<string, unknown>;
}

/** In bytes. The platform stores 64 MB in all, and loads them for each execution. */
export const maxEntryBytes = 200_000;

/** The changes that delete the entries under a prefix, except those that are current. */
export const deleteOutdated = (
  crossFlowState: Record<string, unknown> | undefined,
  prefix: string,
  isCurrent: (entry: unknown, key: string) => boolean,
): Record<string, null> =>
  Object.fromEntries(
    Object.entries({ ...crossFlowState })
      .filter(([key, entry]) => key.startsWith(prefix) && !isCurrent(entry, key))
      .map(([key]) => [key, null]),
  );
