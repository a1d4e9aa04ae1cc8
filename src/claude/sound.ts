/** Whether a value of an answer is of the type that it should be. */
export type Check = (value: unknown) => boolean;

export const isString: Check = (value) => typeof value === "string";
export const isCount: Check = (value) => typeof value === "number" && value >= 0;

/** Removes the fields of an object that are of another type than they should be. */
export const leaveOut = (
  object: object | null | undefined,
  checks: Record<string, Check>,
): void => {
  if (!object) return;
  const fields = object as Record<string, unknown>;
  // Not Object.entries: it would make lists for each of 100,000 results.
  for (const name in checks) {
    const value = fields[name];
    if (value !== undefined && value !== null && !checks[name]?.(value)) delete fields[name];
  }
};
