/** Checks that several test files share. */
import { inspect } from "node:util";
import { expect, onTestFinished } from "vitest";
import { apiKey } from "./component";
import { signingSecret } from "./inputs";

/** Passes if the list is empty; otherwise fails and prints one offender per line. */
export const expectNone = (offenders: readonly string[]) => expect(offenders.join("\n")).toBe("");

/** Names of the errors that a user can act on. */
const namedErrors = [
  "InputError",
  "ApiError",
  "ConnectionError",
  "IncompleteResponseError",
  "ExtractionError",
];

/** Traces of a programming error in a text: messages of the JavaScript engine, unformatted objects. */
export const accident =
  /\[object |undefined|Cannot (read|convert|destructure|mix)|is not (a function|iterable|a constructor)|Maximum call stack|Invalid (array|string) length/;

const globals = [Object.prototype, Array.prototype, Function.prototype, String.prototype];
const untouched = globals.map(Reflect.ownKeys);

/** Checks that the prototypes of built-in objects are unchanged. */
export const checkGlobals = () => expect(globals.map(Reflect.ownKeys)).toEqual(untouched);

/** Checks that an error is one of the connector's own, reads as a sentence and contains no secret. */
export const checkError = (error: Error) => {
  // Errors about a list as a whole, which no single request caused.
  if (!/^The list (does not end|holds more)/.test(error.message)) {
    expect(namedErrors, error.stack).toContain(error.name);
  }
  expect(error.message).not.toMatch(accident);
  expect(error.message).toMatch(/^[A-Z].{10,}[.)?]$/s);
  for (const secret of [apiKey, signingSecret]) {
    expect(inspect(error, { depth: 5, showHidden: true })).not.toContain(secret);
  }
};

/** Fails the test if a promise is rejected and nothing handles it. */
export const watchPromises = () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  process.on("unhandledRejection", note);
  onTestFinished(() => {
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });
};
