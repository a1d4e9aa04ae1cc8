/* The inputs that the platform passes to a step, made of the YAML of an integration. */

/** A value of an input in the YAML of an integration. */
export interface Value {
  type: "value" | "reference" | "configVar" | "template" | "complex";
  value: string | Value[];
  /** The key of a row in a list of keys and values. */
  name?: string | Value;
}

/** The value that a reference such as `readOrder.results.json` stands for. */
export type Resolve = (reference: string) => unknown;

const asText = (value: unknown): string =>
  typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "");

const filled = (template: string, resolve: Resolve): string =>
  template.replace(/\{\{\$(.+?)\}\}/g, (_, reference: string) => asText(resolve(reference)));

const passedOn = ({ type, value }: Value, resolve: Resolve): unknown => {
  if (typeof value !== "string") {
    return value.map(({ name, ...row }) =>
      name === undefined
        ? passedOn(row, resolve)
        : { key: typeof name === "string" ? name : name.value, value: passedOn(row, resolve) },
    );
  }
  if (type === "reference") return resolve(value);
  return type === "template" ? filled(value, resolve) : value;
};

/** The inputs without connections. Groups, and rows of groups, are JSON text and stay so. */
export const inputsOf = (
  { inputs = {} }: { inputs?: Record<string, Value> },
  resolve: Resolve,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(inputs)
      .filter(([, { type }]) => type !== "configVar")
      .map(([key, value]) => [key, passedOn(value, resolve)]),
  );
