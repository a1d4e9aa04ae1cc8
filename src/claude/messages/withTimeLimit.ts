import { createContext, Script } from "node:vm";

const context = createContext({});
const script = new Script("run()");

/** More than enough for any text and a pattern that ends. */
const maxMs = 1_000;

/**
 * Runs a function that may not end: a regular expression that backtracks without end stops
 * everything else, and only the time limit of a script interrupts it.
 *
 * @throws Error with code ERR_SCRIPT_EXECUTION_TIMEOUT if it takes longer than a second.
 */
export const withTimeLimit = <T>(run: () => T): T => {
  context.run = run;
  try {
    return script.runInContext(context, { timeout: maxMs }) as T;
  } finally {
    context.run = undefined;
  }
};
