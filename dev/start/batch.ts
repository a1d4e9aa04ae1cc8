/* The batch of the demonstration: it runs at the API even when this command stops. */
import { setTimeout as sleep } from "node:timers/promises";
import type { MessageBatch } from "@anthropic-ai/sdk/resources/messages/batches";
import type { CreatedBatch } from "../../src/claude/batches/schema";
import { lineOf } from "../failure";
import { complain, say } from "../screen";
import { note, type Runner } from "./show";

/** Time limit for a batch in this demonstration. The API may need up to a day. */
const limitMs = 10 * 60_000;

/** The batch of the demonstration. An emulator's batch ends with the command and is not kept here. */
export interface OpenBatch {
  /** Set while the batch is created and processed. */
  created?: Promise<unknown>;
  id?: string;
}

/** Waits until a batch has ended, and shows its progress. */
export const waitForEnd = async (
  runner: Runner,
  { id, request_counts, submitted }: CreatedBatch,
): Promise<boolean> => {
  const { emulator, run, stopped } = runner;
  // Not the progress bar of clack: it reads the keyboard, and Ctrl-C then ends the process with 0.
  const print = (text: string) => {
    // Progress is noise in a log.
    if (process.stdout.isTTY) process.stdout.write(`\r\u001b[2K${text}`);
  };
  const started = Date.now();
  let processing = request_counts.processing;
  try {
    while (Date.now() < started + limitMs) {
      print(`  Processing the batch: ${submitted - processing} of ${submitted} requests`);
      await sleep(emulator ? 400 : 2_000, undefined, { signal: stopped });
      const batch = (await run("getBatch", { batchId: id })).data as MessageBatch;
      stopped.throwIfAborted();
      processing = batch.request_counts.processing;
      if (batch.processing_status === "ended") return true;
    }
    print("");
    note(`The batch is still being processed. Read it later: ${command("getBatchResults", id)}\n`);
  } catch (error) {
    print("");
    runner.report(error);
  } finally {
    print("");
  }
  return false;
};

const command = (action: string, id: string): string => `npm run try -- ${action} --batchId ${id}`;

/** Cancels the batch of a demonstration that is stopped, or says how. */
export const cancelOpenBatch = async (runner: Runner, open: OpenBatch): Promise<void> => {
  if (!open.created) return;
  // Stopped while the batch is created: the API may have it although its ID is not known yet.
  await open.created.catch(() => undefined);
  if (!open.id) return tellOpenBatch(open);
  complain(`Canceling the batch ${open.id} …`);
  try {
    await runner.run("cancelBatch", { batchId: open.id });
    complain(`The batch ${open.id} is canceled.`);
  } catch (error) {
    complain(`The batch could not be canceled: ${lineOf(error)}`);
    tellOpenBatch(open);
  }
};

/** Names the batch that continues. */
export const tellOpenBatch = ({ created, id }: OpenBatch): void => {
  if (!created) return;
  complain(
    id
      ? `The batch ${id} continues. Cancel it: ${command("cancelBatch", id)}`
      : "A batch may have been created. List batches: npm run try -- listBatches",
  );
};

/** Says at the end what the demonstration leaves behind. */
export const tellRemainingBatch = (open: OpenBatch): void => {
  if (open.created) tellOpenBatch(open);
  else if (open.id) {
    say(
      `The batch ${open.id} stays in the workspace. Delete it: ${command("deleteBatch", open.id)}\n`,
    );
  }
};
