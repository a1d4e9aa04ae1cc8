import { isRecord } from "../client/values";
import { parsedIfJson } from "../parameters/read";
import { type Component, eachAction, type Perform } from "./eachAction";

/** Spectral calls what an object inherits: a text with such a name stays text, and is refused. */
const inherits = (value: unknown): boolean =>
  isRecord(value) && Object.keys(value).some((name) => name in Object.prototype);

const parsed = (value: unknown): unknown => {
  const given = parsedIfJson(value);
  return inherits(given) ? value : given;
};

const fromText = (value: unknown): unknown => {
  // A group without values: a code-native manifest has its default as text.
  if (value === "null") return undefined;
  const given = parsed(value);
  return Array.isArray(given) ? given.map(parsed) : given;
};

/**
 * The component with groups, and rows of groups, that may also arrive as JSON text, the form in which
 * an integration as code has them. It is around the whole action, because the inputs of a group are
 * read before an action performs, unless they are in a text.
 */
export const withGroupsAsText = (component: Component): Component =>
  eachAction(component, (action) => {
    const groups = action.inputs.filter(({ type }) => type === "structuredObject");
    const read =
      (perform: Perform): Perform =>
      (context, params) => {
        const given = { ...params };
        for (const { key } of groups) given[key] = fromText(given[key]);
        return perform(context, given);
      };
    const { perform, examplePerform } = action;
    return {
      ...action,
      perform: read(perform),
      ...(examplePerform && { examplePerform: read(examplePerform) }),
    };
  });
