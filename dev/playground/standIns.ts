/* What steps of other components do here, in place of the platform. */

interface Call {
  inputs: Record<string, unknown>;
  /** The results of earlier steps, by the name of the step in camel case. */
  results: Record<string, unknown>;
  /** What the flows of the instance have saved. */
  saved: Map<string, unknown>;
}

type Row = { key: string; value: unknown };

/** The code of a Code step, which stands in examples/. */
const runCode = async (code: string, results: Record<string, unknown>): Promise<unknown> => {
  const module = {
    exports: async (_context: object, _results: object) => ({ data: null as unknown }),
  };
  new Function("module", code)(module);
  const steps = Object.entries(results).map(([name, results]) => [name, { results }]);
  return (await module.exports({}, Object.fromEntries(steps))).data;
};

/** By the key of the action. The output of any other step is filled in by hand. */
export const standIns: Record<string, (call: Call) => unknown> = {
  createObject: ({ inputs }) =>
    Object.fromEntries((inputs.keyValueInput as Row[]).map(({ key, value }) => [key, value])),
  getCrossFlowValue: ({ inputs, saved }) =>
    saved.get(String(inputs.keyInput)) ?? inputs.defaultValueInput,
  saveCrossFlowValue: ({ inputs, saved }) => {
    saved.set(String(inputs.keyInput), inputs.valueInput);
    return { key: inputs.keyInput, value: inputs.valueInput };
  },
  runCode: ({ inputs, results }) => runCode(String(inputs.code), results),
};
