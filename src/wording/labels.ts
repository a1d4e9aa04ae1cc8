/** The labels of a step's inputs, by key. A key that the step does not have has no label. */
export type Labels = Readonly<Partial<Record<string, string>>>;

interface LabeledInput {
  label: string | { key: string; value: string };
  inputs?: Record<string, LabeledInput>;
}

/**
 * The labels of a step, those in groups included.
 *
 * @param others Labels for keys that other steps have, in the words of this step: Run Agent calls
 *   `message` its Task.
 */
export const labelsOf = (
  inputs: Record<string, LabeledInput>,
  others: Record<string, string | undefined> = {},
): Labels => {
  const labels: Record<string, string | undefined> = {};
  for (const [key, { label, inputs: children }] of Object.entries(inputs)) {
    labels[key] = typeof label === "string" ? label : label.value;
    if (children) Object.assign(labels, labelsOf(children));
  }
  return { ...labels, ...others };
};
