/** Demonstrates the actions of the built component: `npm start`. */
import { parseArgs } from "node:util";
import { confirm, isCancel } from "@clack/prompts";
import { environmentFault, UsageError } from "./failure";
import { runCommand } from "./runCommand";
import { complain, say } from "./screen";
import { cancelOpenBatch, type OpenBatch, tellOpenBatch, tellRemainingBatch } from "./start/batch";
import { maxCost } from "./start/cost";
import { type Runner, startRunner } from "./start/show";
import { demonstrate } from "./start/steps";
import { openTarget, type Target } from "./target";

/** Status of a process that ends on a signal, as a shell reports it. */
const statuses = { SIGINT: 130, SIGTERM: 143, SIGPIPE: 141 };

const isYes = (): boolean => {
  try {
    return parseArgs({ options: { yes: { type: "boolean" } } }).values.yes ?? false;
  } catch (error) {
    const reason = (error as Error).message.replace(/\. .*/s, "");
    throw new UsageError(`${reason}. npm start has one option: npm start -- --yes`);
  }
};

/** Says what the demonstration costs and leaves behind, and returns whether a person agrees. */
const agree = async (
  runner: Runner,
  { connection }: Target,
  isAgreed: boolean,
): Promise<boolean> => {
  const url = connection.fields.baseUrl ?? "https://api.anthropic.com";
  say(
    [
      `Claude in a flow, using Claude's API at ${url}.`,
      `It costs at most $${maxCost().toFixed(2)} at Anthropic's list prices, usually less than $0.20.`,
      "It creates a batch, which stays in the workspace for 29 days.\n",
    ].join("\n"),
  );
  const isAsked = process.stdin.isTTY && process.stdout.isTTY;
  if (!isAgreed && !isAsked) {
    throw new UsageError(
      "Without a terminal to ask for confirmation, --yes is required: npm start -- --yes",
    );
  }
  await checkKey(runner, connection);
  if (isAgreed) return true;
  const isConfirmed = await confirm({ message: "Continue?" });
  process.exitCode = isCancel(isConfirmed) ? statuses.SIGINT : isConfirmed ? 0 : 1;
  return isConfirmed === true;
};

/** Sends one request that costs nothing, so that a wrong key or a missing network is noticed first. */
const checkKey = async (
  { run }: Runner,
  { fields, ...connection }: Target["connection"],
): Promise<void> => {
  try {
    const quick = { ...connection, fields: { ...fields, maxRetries: 0 } };
    await run("listModels", { connection: quick, limit: "1" });
  } catch (error) {
    const fault = environmentFault(error);
    if (fault) throw new UsageError(fault);
    // Another fault, such as a proxy without a list of models, shows in the steps.
  }
};

/** Ends the command on a signal, or if nobody reads its output, without leaving a batch unmentioned. */
const stopOnSignals = (stopping: AbortController, runner: Runner, open: OpenBatch): void => {
  const stop = async (reason: string, status: number) => {
    stopping.abort();
    complain(reason);
    await cancelOpenBatch(runner, open);
    process.exit(status);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (!stopping.signal.aborted) return stop("\nStopped.", statuses[signal]);
      // A second Ctrl-C does not wait for the API.
      tellOpenBatch(open);
      process.exit(statuses[signal]);
    });
  }
  // `npm start | head -3`
  process.stdout.on("error", () => {
    if (!stopping.signal.aborted) stop("Stopped: the output was closed.", statuses.SIGPIPE);
  });
};

const main = async () => {
  const isAgreed = isYes();
  const target = await openTarget();
  const stopping = new AbortController();
  const runner = startRunner(target, stopping.signal);
  const open: OpenBatch = {};
  stopOnSignals(stopping, runner, open);
  try {
    if (target.emulator) {
      say(
        "Claude in a flow, using an emulator of Claude's API in this process: no account, no network, no cost.\nSet ANTHROPIC_API_KEY to use the real API instead.\n",
      );
    } else if (!(await agree(runner, target, isAgreed))) return;
    await demonstrate(runner, open);
    tellRemainingBatch(open);
    tellNext();
    if (runner.failures() > 0) {
      complain(`${runner.failures()} of the steps failed. See their errors above.`);
      process.exitCode = 1;
    }
  } catch (error) {
    // The handler of the signal ends the process.
    if (stopping.signal.aborted) return;
    tellOpenBatch(open);
    throw error;
  } finally {
    await target.emulator?.stop();
  }
};

const tellNext = (): void =>
  say(
    [
      "Next",
      "  See the component in a browser:",
      "    npm run playground",
      "  Run one action:",
      '    npm run try -- chat --message "Hello"',
      "  List the actions:",
      "    npm run try",
      "  Read about every action:",
      "    docs/README.md",
    ].join("\n"),
  );

runCommand(main);
