/** Texts of the connector that a person reads when a step runs. */

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Buffer.isBuffer(value);

/** A warning is a text, or an object with a message. */
const asText = (warning: unknown): string[] => {
  if (typeof warning === "string") return [warning];
  return isObject(warning) && typeof warning.message === "string" ? [warning.message] : [];
};

/** Deep enough for the warnings of a batch within the payload of a trigger. */
const maxDepth = 8;

const textsWithin = (value: unknown, depth = 0): string[] => {
  if (!isObject(value) || depth > maxDepth) return [];
  const { warnings, status, reason } = value;
  return [
    ...(Array.isArray(warnings) ? warnings.flatMap(asText) : []),
    // Why an agent has stopped. Without a status, a reason is Claude's.
    ...(typeof status === "string" && typeof reason === "string" ? [reason] : []),
    ...Object.values(value).flatMap((part) => textsWithin(part, depth + 1)),
  ];
};

/** The message of an error, or the warnings and the reason in an output. */
export const textsOf = (outcome: unknown): string[] => [
  ...new Set(outcome instanceof Error ? [outcome.message] : textsWithin(outcome)),
];
