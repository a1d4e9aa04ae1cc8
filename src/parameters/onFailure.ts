import { asBinary } from "./binary";
import { choice, custom, type ValueOf } from "./define";
import { InputError } from "./InputError";
import { optionalText, type Reader, toJsonText } from "./read";

export const onFailure = choice(
  "On Failure",
  {
    stop: "Stop",
    returnError: "Return the error",
    returnFallback: "Return the fallback",
  },
  {
    comments:
      "If the step fails: stop the flow, or go on with ok false and the error in error. Return the fallback also returns Fallback as the result.",
    placeholder: "Choose what to do",
    example: "returnError",
  },
);

/** Text, also of a text file, or data as it is. JSON text becomes data where it is used. */
const readFallback: Reader<unknown> = (label) => (value) =>
  typeof value === "object" && value !== null && !asBinary(label)(value)
    ? JSON.parse(toJsonText(label, value))
    : optionalText(label)(value);

export const fallback = custom("Fallback", "data", readFallback, {
  comments:
    "The result if the step fails and On Failure is Return the fallback: a text, or data of the given structure.",
  placeholder: "Enter or reference a value",
  example: '{"total": null}',
});

/**
 * Checks Fallback before anything is sent.
 *
 * @param faultOf What is wrong with a fallback, as the rest of a sentence that starts with its label.
 * @throws InputError for a fallback that is missing, or that cannot be the result.
 */
export const checkFallback = (
  options: { onFailure: ValueOf<typeof onFailure>; fallback: unknown },
  faultOf: (fallback: unknown) => string | undefined,
): void => {
  if (options.onFailure !== "returnFallback") return;
  const fault =
    options.fallback === undefined
      ? "is required if On Failure is Return the fallback."
      : faultOf(options.fallback);
  if (fault !== undefined) throw new InputError(fallback.label, fault);
};
