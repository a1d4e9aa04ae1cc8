import { structuredObjectInput } from "@prismatic-io/spectral";
import type { MessageRequest } from "../claude/messages/send";
import { isRecord } from "../client/values";
import { didYouMean, nearest } from "../wording/suggest";
import { InputError } from "./InputError";
import {
  isBlank,
  keyValues,
  oneOf,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalText,
  type Reader,
  flag as readFlag,
  shown,
  texts,
} from "./read";

/*
 * Definitions of inputs, in which each label is written once: for the designer and for the errors of
 * the reader.
 */

/** What the designer shows of an input, in addition to its label. */
interface Shown {
  comments: string;
  placeholder?: string;
  example?: string;
  /** @default false */
  required?: boolean;
  dataSource?: string;
}

type TextType = "string" | "text" | "data" | "password" | "flow";

/** An input of any reader. */
export const custom = <T, Type extends TextType, S extends Shown & { default?: string }>(
  label: string,
  type: Type,
  read: Reader<T>,
  shown: S,
) => ({ label, type, required: false, ...shown, clean: read(label) });

/** A line of text. Undefined if it is blank. */
export const line = (label: string, shown: Shown) => custom(label, "string", optionalText, shown);

/** Text of several lines. Undefined if it is blank. */
export const text = (label: string, shown: Shown) => custom(label, "text", optionalText, shown);

type NumberShown<D> = Shown & { min: number; max?: number; default?: D };

const numeric =
  (placeholder: string, read: typeof optionalNumber) =>
  <D extends number | undefined = undefined>(
    label: string,
    { min, max, default: whenBlank, ...shown }: NumberShown<D>,
  ) =>
    custom(
      label,
      "string",
      (label) => {
        const readNumber = read({ min, max })(label);
        return (value) => (readNumber(value) ?? whenBlank) as number | D;
      },
      {
        placeholder,
        ...(whenBlank === undefined ? {} : { default: String(whenBlank) }),
        ...shown,
      },
    );

/** A whole number in a range. If it is blank, the default, or undefined without one. */
export const integer = numeric("Enter a whole number", optionalInteger);

/** A number in a range. If it is blank, the default, or undefined without one. */
export const number = numeric("Enter a number", optionalNumber);

/** A switch. If it is blank, the default, or off without one. */
export const flag = (
  label: string,
  { default: whenBlank = false, ...shown }: { comments: string; default?: boolean },
) => ({
  label,
  type: "boolean" as const,
  required: false,
  default: String(whenBlank),
  ...shown,
  clean: (value: unknown): boolean => (isBlank(value) ? whenBlank : readFlag(label)(value)),
});

/** One of a few values. If it is blank, the default, which is the first without one. */
export const choice = <const T extends string>(
  label: string,
  choices: Record<T, string>,
  { default: whenBlank = Object.keys(choices)[0] as T, ...shown }: Shown & { default?: T },
) => ({
  ...custom(label, "string", (label) => (value) => readChoice(label, choices, value) ?? whenBlank, {
    default: whenBlank,
    ...shown,
  }),
  model: Object.entries<string>(choices).map(([value, label]) => ({ label, value })),
});

/** Code and references may have the label that the designer shows in place of the value. */
const readChoice = <T extends string>(
  label: string,
  choices: Record<T, string>,
  value: unknown,
): T | undefined => {
  const values = Object.keys(choices) as T[];
  const labeled = values.find((name) => choices[name] === value);
  return labeled ?? oneOf(label, values)(value);
};

/** A list of texts. */
export const list = <T = string[]>(
  label: string,
  shown: Shown,
  read: Reader<T> = texts as unknown as Reader<T>,
) => ({ ...custom(label, "string", read, shown), collection: "valuelist" as const });

/**
 * Rows of a key and a value.
 *
 * @param keyLabel The heading of the keys in the designer.
 */
export const keyValueList = <T, Type extends TextType = "string">(
  label: string,
  readValue: Reader<T>,
  { type = "string" as Type, keyLabel, ...shown }: Shown & { type?: Type; keyLabel: string },
) => ({
  ...custom(label, type, (label) => keyValues(label, readValue), shown),
  label: { key: keyLabel, value: label },
  collection: "keyvaluelist" as const,
});

/** JSON, as text or as data. A JSON object, or undefined if it is blank, without another reader. */
export const json = <T = Record<string, unknown> | undefined>(
  label: string,
  shown: Shown,
  read: Reader<T> = optionalObject as unknown as Reader<T>,
) => ({
  label,
  type: "code" as const,
  language: "json" as const,
  required: false,
  placeholder: "Enter JSON",
  ...shown,
  clean: read(label),
});

/** The steps that have parameters of messages. `other` is every other step that asks Claude. */
export type StepKind =
  | "chat"
  | "countTokens"
  | "createBatch"
  | "processList"
  | "runAgent"
  | "other";

type CleanInput = { label: string | { key: string; value: string }; clean(value: never): unknown };

/** What an input yields when it was read. */
export type ValueOf<I extends CleanInput> = ReturnType<I["clean"]>;

/** A parameter of a step: its input, the steps that have it, and where it goes. */
export interface Parameter<I extends CleanInput = CleanInput> {
  input: I;
  /** @default every step */
  steps?: readonly StepKind[];
  /** Comments for steps where the input's own do not fit. */
  commentsFor?: Partial<Record<StepKind, string>>;
  /**
   * The members of the request body that the parameter makes. Without it, the parameter depends on
   * the model or on other parameters (see src/steps), or is not part of the body.
   */
  body?(value: ValueOf<I>): Partial<MessageRequest> & Record<string, unknown>;
}

/** Keeps the type of a parameter, and checks `body` against its input. */
export const parameter = <I extends CleanInput, const S extends readonly StepKind[]>(
  definition: Omit<Parameter<I>, "steps"> & { steps?: S },
): typeof definition => definition;

// biome-ignore lint/suspicious/noExplicitAny: parameters of any value
type Parameters = Record<string, Parameter<any>>;

/** The values of parameters, by key. */
export type Values<P extends Parameters> = { [K in keyof P]: ValueOf<P[K]["input"]> };

type InputsFor<P extends Parameters, S extends StepKind> = {
  [K in keyof P as P[K]["steps"] extends readonly (infer T)[]
    ? S extends T
      ? K
      : never
    : K]: P[K]["input"];
};

/** The inputs of the parameters that a step has. */
export const inputsFor = <P extends Parameters, S extends StepKind>(
  step: S,
  parameters: P,
): InputsFor<P, S> =>
  Object.fromEntries(
    Object.entries(parameters)
      .filter(([, { steps }]) => steps?.includes(step) ?? true)
      .map(([key, { input, commentsFor }]) => [
        key,
        commentsFor?.[step] ? { ...input, comments: commentsFor[step] } : input,
      ]),
  ) as InputsFor<P, S>;

/** The values of parameters that were read. Those that the step does not have are as if left empty. */
export const valuesOf = <P extends Parameters>(
  parameters: P,
  read: Record<string, unknown>,
): Values<P> =>
  Object.fromEntries(
    Object.entries(parameters).map(([key, { input }]) => [
      key,
      Object.hasOwn(read, key) ? read[key] : input.clean(undefined),
    ]),
  ) as Values<P>;

/**
 * Refuses a value under a name that no input has: it would be ignored.
 *
 * @param row What contains the value, if it is not the input itself.
 */
const refuseUnknown = (
  label: string,
  given: Record<string, unknown>,
  keys: readonly string[],
  row = "",
): void => {
  const unknown = Object.keys(given).find((key) => !keys.includes(key) && !isBlank(given[key]));
  if (unknown === undefined) return;
  const advice = didYouMean(nearest(unknown, keys)) || ` Its inputs are ${keys.join(", ")}.`;
  throw new InputError(label, `has no input ${shown(unknown)}${row}.${advice}`);
};

/** The members of the request body that parameters make of their values. */
export const bodyOf = <P extends Parameters>(
  parameters: P,
  values: Values<P>,
): Partial<MessageRequest> =>
  Object.assign(
    {},
    ...Object.entries(parameters).map(([key, { body }]) => body?.(values[key as keyof P])),
  );

/**
 * A group of inputs in the designer.
 *
 * @param comments Those of every step, or by step with `other` for the rest.
 */
export const group = <P extends Parameters>(
  label: string,
  comments: string | (Partial<Record<StepKind, string>> & { other: string }),
  parameters: P,
) => {
  let untouched: Values<P> | undefined;
  return {
    parameters,
    inputFor: (step: StepKind) =>
      structuredObjectInput({
        label,
        comments: typeof comments === "string" ? comments : (comments[step] ?? comments.other),
        inputs: inputsFor(step, parameters) as Record<string, never>,
      }),
    /**
     * The values of a group as it arrives: untouched (undefined or an empty text), partly filled, or
     * whole. The platform has already read the inputs of an object.
     */
    read: (value: unknown): Values<P> => {
      if (isRecord(value)) {
        // The platform adds those inputs that the step has.
        const keys = Object.keys(value).filter((key) => Object.hasOwn(parameters, key));
        refuseUnknown(label, value, keys);
        return valuesOf(parameters, value);
      }
      if (!isBlank(value))
        throw new InputError(label, `must be an object with its inputs, but was ${shown(value)}.`);
      // Most groups of most steps are untouched: they are read once.
      untouched ??= valuesOf(parameters, {});
      return untouched;
    },
  };
};

/** A list of rows with the same inputs. */
export const rowList = <F extends Record<string, CleanInput>>(
  label: string,
  comments: string,
  columns: F,
) => ({
  input: structuredObjectInput({
    label,
    comments,
    collection: "valuelist",
    inputs: columns as unknown as Record<string, never>,
  }),
  /** The values of each row. */
  read: (value: unknown): { [K in keyof F]: ValueOf<F[K]> }[] => {
    if (isBlank(value)) return [];
    if (!Array.isArray(value)) throw new InputError(label, "must be a list of rows.");
    const parameters = Object.fromEntries(
      Object.entries(columns).map(([key, input]) => [key, { input }]),
    );
    return value.map((row, index) => {
      if (!isRecord(row) && !isBlank(row)) throw new InputError(label, "must be a list of rows.");
      if (isRecord(row)) refuseUnknown(label, row, Object.keys(columns), ` in row ${index + 1}`);
      return valuesOf(parameters, isRecord(row) ? row : {}) as { [K in keyof F]: ValueOf<F[K]> };
    });
  },
});
