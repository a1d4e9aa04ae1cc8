import { errorSchema } from "../claude/errorSchema";
import type { Masker } from "../claude/privacy/masker";
import { hiddenSchema } from "../claude/privacy/schema";
import { coded, type ErrorData, errorCodes } from "../client/errorCode";
import { isRecord } from "../client/values";
import type { InputError } from "../parameters/InputError";
import { fallback, onFailure } from "../parameters/onFailure";
import { readMasker } from "../parameters/privacy";
import { parsedIfJson, rowsIn } from "../parameters/read";
import { type Action, type Component, eachAction, type Perform } from "./eachAction";
import { IncompleteResponseError } from "./messageResult";
import { withoutHidden } from "./privacy";

/** The branch of a step that failed, if On Failure returns the error. */
export const failedBranch = "Failed";

/** Any error of a step as data. */
export const errorData = (error: unknown): ErrorData => {
  const { code, message, input, status, requestId } = error as Partial<ErrorData>;
  const isKnown = typeof code === "string" && Object.hasOwn(errorCodes, code);
  return {
    ...coded(isKnown ? code : "internal"),
    message: message ?? String(error),
    input: input ?? null,
    status: status ?? null,
    requestId: requestId ?? null,
  };
};

/** What On Failure adds to an output. */
const outcomeProperties = {
  ok: { type: "boolean", description: "Whether the step succeeded" },
  error: errorSchema("Why the step failed, if On Failure is not Stop. Null if it succeeded"),
};

/**
 * The component with On Failure at work in each action that has it: the output says whether the step
 * succeeded, and a failure can be data. It is around the whole action, because the platform reads the
 * inputs, which may fail, before an action performs.
 */
export const withOutcomes = (component: Component): Component =>
  eachAction(component, (action) => (hasOnFailure(action) ? withOutcome(action) : action));

const hasOnFailure = ({ inputs }: Action): boolean =>
  inputs.some(
    ({ key, inputs: children }) =>
      key === "requestOptions" &&
      (children as { key: string }[] | undefined)?.some((child) => child.key === "onFailure"),
  );

const withOutcome = (action: Action): Action => {
  const { perform, examplePerform, examplePayload, outputSchema, inputs } = action;
  const schema = JSON.parse(outputSchema?.type === "actionOutput" ? outputSchema.schema : "{}");
  const { ok, error } = outcomeProperties;
  const hasPrivacy = inputs.some(({ key }) => key === "privacy");
  const hidden = hasPrivacy ? { hidden: hiddenSchema } : {};
  const full = {
    ...schema,
    properties: { ok, error, ...schema.properties, ...hidden },
    required: ["ok", "error", ...schema.required],
  };
  return {
    ...action,
    perform: failable(perform, action, schema, hasPrivacy),
    examplePerform: examplePerform && (async (...args) => succeeded(await examplePerform(...args))),
    examplePayload: succeeded(examplePayload),
    outputSchema: { type: "actionOutput", schema: JSON.stringify(full) },
  };
};

// biome-ignore lint/suspicious/noExplicitAny: what any action returns
const succeeded = (result: any) => {
  const outcome = { ok: true, error: null };
  // First for a reader, and last because no member of a host's message replaces them.
  return { ...result, data: Object.assign({}, outcome, result.data, outcome) };
};

interface JsonSchema {
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
}

const failable =
  (perform: Perform, action: Action, schema: JsonSchema, hasPrivacy: boolean): Perform =>
  async (given, inputs) => {
    const [context, params] = [given, inputs] as unknown as [FailingContext, FailingInputs];
    let masker: Masker | undefined;
    const hidden = () => masker && { hidden: masker.hidden() };
    try {
      masker = hasPrivacy ? readMasker(params.privacy) : undefined;
      // The client of the step reads it there.
      const result = await perform(masker ? { ...given, ...{ masker } } : given, inputs);
      // biome-ignore lint/suspicious/noExplicitAny: what any action returns
      return succeeded({ ...(result as any), data: { ...(result as any).data, ...hidden() } });
    } catch (error) {
      try {
        const failed = withoutHidden(masker, error);
        const { branch, data } = failure(failed, action, schema, context, params);
        Object.assign(data, hidden());
        return action.allowsBranching ? { branch, data } : { data };
      } catch (thrown) {
        throw withoutHidden(masker, thrown);
      }
    }
  };

interface FailingContext {
  logger: { error(message: string): void };
}

interface FailingInputs {
  requestOptions?: unknown;
  branches?: unknown;
  privacy?: unknown;
}

/**
 * A failure as On Failure returns it.
 *
 * @throws The error, if On Failure is Stop or its fallback cannot be used.
 */
const failure = (
  error: unknown,
  action: Action,
  schema: JsonSchema,
  context: FailingContext,
  params: FailingInputs,
) => {
  const options = isRecord(params?.requestOptions) ? params.requestOptions : {};
  const choice = onFailure.clean(options.onFailure);
  const value = choice === "returnFallback" ? fallback.clean(options.fallback) : undefined;
  const { input } = error as Partial<InputError>;
  // A fallback that cannot be used is never the result.
  const isUnusable =
    input === fallback.label || (choice === "returnFallback" && value === undefined);
  if (choice === "stop" || isUnusable) throw error;
  const described = errorData(error);
  context.logger.error(described.message);
  const known = error instanceof IncompleteResponseError ? error.result : {};
  const { branch, values } =
    choice === "returnFallback"
      ? withFallback(value, action, schema, params)
      : { branch: failedBranch, values: {} };
  const about = { status: "error", reason: described.message };
  const data = {
    ...(emptyOf(schema) as object),
    ...Object.fromEntries(
      Object.entries({ ...about, branch }).filter(([name]) => schema.properties?.[name]),
    ),
    ...known,
    ...values,
    ok: false,
    error: described,
  };
  return { branch, data };
};

/** The parts of an output that a fallback replaces, and the branch to follow. */
const withFallback = (
  value: unknown,
  action: Action,
  { properties = {} }: JsonSchema,
  { branches }: { branches?: unknown },
) => {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const [normal = ""] = action.staticBranchNames ?? [];
  if (properties.branch) {
    const name = text.trim();
    // The platform identifies a branch by its key as it was entered.
    const row = rowsIn("Branches", branches).find(({ key }) => key.trim() === name);
    if (row) return { branch: row.key, values: { branch: name } };
    // An input that is invalid fails before Fallback is checked.
    return { branch: name === normal ? normal : failedBranch, values: {} };
  }
  // Check Text: the fallback is the branch.
  if (properties.passed) {
    const passed = text.trim() === normal;
    return { branch: passed ? normal : failedBranch, values: { passed } };
  }
  if (properties.choices) {
    const message = { role: "assistant", content: text };
    return { branch: "", values: { choices: [{ index: 0, message, finish_reason: "stop" }] } };
  }
  const data = parsedIfJson(value);
  const json = typeof data === "object" ? data : null;
  return { branch: normal, values: properties.json ? { text, json } : {} };
};

/** A value of a schema without content: later steps find every field that they refer to. */
const emptyOf = ({ type, properties = {} }: JsonSchema): unknown => {
  switch (type) {
    case "object":
      return Object.fromEntries(
        Object.entries(properties).map(([name, member]) => [name, emptyOf(member)]),
      );
    case "array":
      return [];
    case "string":
      return "";
    case "boolean":
      return false;
    case "integer":
    case "number":
      return 0;
    default:
      return null;
  }
};
