import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { SavedBatch } from "./batches";
import type { SavedFile } from "./files";

/** What an emulator keeps between its runs. */
export interface SavedState {
  batches: SavedBatch[];
  files: SavedFile[];
}

/** Changes shortly after each other are saved together. */
const delayMs = 50;

/** Reads a saved state, undefined if there is none yet. */
export const loadState = (file: string | undefined): SavedState | undefined => {
  if (file === undefined || !existsSync(file)) return undefined;
  try {
    const { batches, files } = JSON.parse(readFileSync(file, "utf8")) as SavedState;
    if (Array.isArray(batches) && Array.isArray(files)) return { batches, files };
  } catch {
    // It is reported below, with what to do.
  }
  throw new Error(`${file} has no state of the emulator. Delete it, or choose another file.`);
};

/** Saves a state after changes. `flush` saves it immediately if it has changed. */
export const stateSaver = (file: string | undefined, read: () => SavedState) => {
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    if (timer === undefined || file === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    // A reader never sees half a file.
    const part = `${file}.${process.pid}.part`;
    writeFileSync(part, JSON.stringify(read()));
    renameSync(part, file);
  };
  const changed = () => {
    if (file !== undefined) timer ??= setTimeout(flush, delayMs);
  };
  return { changed, flush };
};
