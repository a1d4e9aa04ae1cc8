/* The options that an error is about. */
import { lineOf } from "../failure";
import { connectionOptions, isRows, optionsOf, rowsExample, type StepOption } from "./options";
import type { Step } from "./steps";

const isNamed = (label: string, message: string): boolean =>
  new RegExp(`(?<![\\p{L}\\p{N}])${label.replace(/[()]/g, "\\$&")}(?![\\p{L}\\p{N}])`, "u").test(
    message,
  );

const shown = ({ name, input }: StepOption): string =>
  isRows(input) ? `--${name} ${rowsExample(input)}` : `--${name}`;

/**
 * An error in one line. The connector names inputs by their labels; in the terminal, they are options.
 * An input that another replaces is named as well: JSON Schema, instead of Fields.
 */
export const describeError = (error: unknown, step: Step): string => {
  const line = lineOf(error);
  const { name, code } = error as { name?: string; code?: string };
  const options =
    name === "InputError"
      ? optionsOf(step)
      : code === "invalid_connection"
        ? connectionOptions
        : [];
  const named = options.filter(({ input }) => isNamed(input.label, line));
  const others = options.filter(
    (option) =>
      !named.includes(option) &&
      named.some(({ input }) => option.input.comments?.includes(`instead of ${input.label}`)),
  );
  const about = [...named, ...others].map(shown);
  if (about.length === 0) return line;
  return `${line} Option${about.length > 1 ? "s" : ""}: ${about.join(", ")}`;
};
