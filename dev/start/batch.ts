/* The batch of the demonstration: it runs at the API even when this command stops. */
import { setTimeout as sleep } from "node:timers/promises";
import type { MessageBatch } from "@anthropic-ai/sdk/resources/messages/batches";
import type { CreatedBatch } from "../../src/claude/batches/schema";
import { lineOf } from "../failure";
import { note, type Runner } from "./show";

/** Time limit for a batch in this demonstration. The API may need up to a day. */
const limitMs = 10 * 60_000;

/** The batch that is being created or processed. */
export interface OpenBatch {
  created?: Promise<CreatedBatch | undefined>;
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
      await sleep(emulator ? 400 : 5_000, undefined, { signal: stopped });
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

export const command = (action: string, id: string): string =>
  `npm run try -- ${action} --batchId ${id}`;

/** Cancels the batch of a demonstration that is stopped, or says how. */
export const cancelOpenBatch = async (runner: Runner, open: OpenBatch): Promise<void> => {
  if (!open.created || runner.emulator) return;
  // Stopped while the batch is created: the API may have it although its ID is not known yet.
  const id = open.id ?? (await open.created.catch(() => undefined))?.id;
  if (!id) return;
  console.error(`Canceling the batch ${id} …`);
  try {
    await runner.run("cancelBatch", { batchId: id });
    console.error(`The batch ${id} is canceled.`);
  } catch (error) {
    console.error(`The batch could not be canceled: ${lineOf(error)}`);
    tellOpenBatch(open);
  }
};

/** Names the batch that continues. */
export const tellOpenBatch = ({ created, id }: OpenBatch): void => {
  if (id) console.error(`The batch ${id} continues. Cancel it: ${command("cancelBatch", id)}`);
  else if (created) {
    console.error("A batch may have been created. List batches: npm run try -- listBatches");
  }
};
