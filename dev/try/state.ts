/* The state that all flows of an instance share, kept between runs as the platform keeps it. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";

type State = Record<string, unknown>;

/** `npm ci` deletes it, and all state with it. */
const cacheFolder = path.resolve(__dirname, "../../node_modules/.cache");

const stateFile = path.join(cacheFolder, "state.json");

/** The file in which the emulator keeps batches and files. Of two runs at the same time, one is kept. */
export const emulatorFile = (): string => {
  mkdirSync(cacheFolder, { recursive: true });
  return path.join(cacheFolder, "emulator.json");
};

/** Empty if there is none, or if the file is not valid. */
export const readState = (): State => {
  try {
    return JSON.parse(readFileSync(stateFile, "utf8")) as State;
  } catch {
    return {};
  }
};

/** Stores the entries that a step has changed. Null deletes an entry. */
export const keepState = (changed: State | undefined): void => {
  if (!changed) return;
  // Read again: another run may have changed other entries meanwhile.
  const entries = Object.entries({ ...readState(), ...changed });
  const state = Object.fromEntries(entries.filter(([, value]) => value !== null));
  mkdirSync(cacheFolder, { recursive: true });
  const whole = `${stateFile}.${process.pid}`;
  writeFileSync(whole, JSON.stringify(state, null, 2));
  renameSync(whole, stateFile);
};
