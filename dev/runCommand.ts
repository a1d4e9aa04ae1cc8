import { lineOf } from "./failure";
import { complain } from "./screen";

/** Runs a command. An error is one line and a status; `--debug` shows its stack. */
export const runCommand = (main: () => Promise<unknown>): void => {
  const fail = (error: unknown) => {
    if (process.argv.includes("--debug")) console.error(error);
    else complain(lineOf(error));
    process.exitCode = 1;
  };
  // Whoever closes a pipe, as in `npm run try | head -1`, has read enough.
  const onError = (error: NodeJS.ErrnoException) => error.code !== "EPIPE" && fail(error);
  for (const stream of [process.stdout, process.stderr]) stream.on("error", onError);
  main().catch(fail);
};
