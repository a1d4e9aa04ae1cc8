/** Demonstrates the actions of the built component: `npm start`. */
import { parseArgs } from "node:util";
import { confirm, isCancel } from "@clack/prompts";
import { createHarness } from "@prismatic-io/spectral/dist/testing";
import { builtComponent } from "./component";
import { environmentFault, lineOf, UsageError } from "./failure";
import { say } from "./screen";
import { cancelOpenBatch, command, type OpenBatch, tellOpenBatch } from "./start/batch";
import { maxCost } from "./start/cost";
import { startRunner } from "./start/show";
import { demonstrate } from "./start/steps";
import { openTarget, type Target } from "./target";

const signals = { SIGINT: 130, SIGTERM: 143 };

const readOptions = (): { yes: boolean } => {
  try {
    const { yes = false } = parseArgs({ options: { yes: { type: "boolean", short: "y" } } }).values;
    return { yes };
  } catch (error) {
    throw new UsageError(
      `${(error as Error).message.replace(/\. .*/s, "")}. npm start has one option: npm start -- --yes`,
    );
  }
};

/** Says what the demonstration costs and leaves behind, and returns whether a person agrees. */
const agree = async ({ connection }: Target, isAgreed: boolean): Promise<boolean> => {
  const url = String(connection.fields.baseUrl ?? "https://api.anthropic.com");
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
  await checkKey(connection);
  if (isAgreed) return true;
  const answer = await confirm({ message: "Continue?" });
  // Ctrl-C in the question.
  if (isCancel(answer)) process.exitCode = signals.SIGINT;
  return answer === true;
};

/** Sends one request that costs nothing, so that a wrong key or a missing network is noticed first. */
const checkKey = async ({ fields, ...connection }: Target["connection"]): Promise<void> => {
  const silent = () => undefined;
  const logger = { metric: silent, debug: silent, info: silent, warn: silent, error: silent };
  const quick = { ...connection, fields: { ...fields, maxRetries: 0 } };
  try {
    const inputs = { connection: quick, limit: "1" };
    await createHarness(builtComponent).action("listModels", inputs, { logger } as object);
  } catch (error) {
    const fault = environmentFault(error);
    if (fault) throw new UsageError(fault);
    // Another fault, such as a proxy without a list of models, shows in the steps.
  }
};

const main = async () => {
  const { yes } = readOptions();
  const target = await openTarget();
  if (target.emulator) {
    say(
      "Claude in a flow, using an emulator of Claude's API in this process: no account, no network, no cost.\nSet ANTHROPIC_API_KEY to use the real API instead.\n",
    );
  } else if (!(await agree(target, yes))) {
    process.exitCode ||= 1;
    return;
  }
  const stopping = new AbortController();
  const runner = startRunner(target, stopping.signal);
  const open: OpenBatch = {};
  for (const [signal, status] of Object.entries(signals)) {
    process.on(signal, async () => {
      if (stopping.signal.aborted) {
        // A second Ctrl-C does not wait for the API.
        tellOpenBatch(open);
        process.exit(status);
      }
      stopping.abort();
      console.error("\nStopped.");
      await cancelOpenBatch(runner, open);
      process.exit(status);
    });
  }
  try {
    await demonstrate(runner, open);
    tellEnd(target, open);
    if (runner.failures() > 0) {
      console.error(`${runner.failures()} of the steps failed. See their errors above.`);
      process.exitCode = 1;
    }
  } catch (error) {
    // The handler of the signal ends the process.
    if (stopping.signal.aborted) return;
    if (!target.emulator) tellOpenBatch(open);
    throw error;
  } finally {
    await target.emulator?.stop();
  }
};

const tellEnd = ({ emulator }: Target, { id, created }: OpenBatch): void => {
  if (id && !created && !emulator) {
    say(`The batch ${id} stays in the workspace. Delete it: ${command("deleteBatch", id)}\n`);
  }
  say(
    [
      "Next",
      "  Run one action:",
      '    npm run try -- chat --initialMessage "Hello"',
      "  Run actions on a page in the browser:",
      "    npm run playground",
      "  Read about every action:",
      "    docs/README.md",
    ].join("\n"),
  );
};

main().catch((error: unknown) => {
  console.error(error instanceof UsageError ? lineOf(error) : error);
  process.exitCode = 1;
});
