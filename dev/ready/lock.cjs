// Only one process installs or builds at a time.
const { readFileSync, rmSync, statSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { setTimeout: sleep } = require("node:timers/promises");

const pollMs = 200;

/** A process that has created the file writes its ID into it within this time. */
const graceMs = 5_000;

const isRunning = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs as another user.
    return error.code === "EPERM";
  }
};

/** @returns Whether this process has the lock now. */
const take = (file) => {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  }
};

/** The ID of the process that has the lock: undefined if it is gone, 0 if it is not known yet. */
const holderOf = (file) => {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    if (pid > 0) return isRunning(pid) ? pid : undefined;
    return Date.now() - statSync(file).mtimeMs < graceMs ? 0 : undefined;
  } catch {
    return 0;
  }
};

/** Waits until no other process has the lock, then acts. */
exports.withLock = async (file, act) => {
  let isTold = false;
  while (!take(file)) {
    const holder = holderOf(file);
    if (holder === undefined) {
      rmSync(file, { force: true });
    } else {
      if (!isTold && holder > 0) {
        isTold = true;
        console.error(
          `Waiting for another command that installs or builds (process ${holder}). If that process does neither, delete ${path.basename(file)}.`,
        );
      }
      await sleep(pollMs);
    }
  }
  const release = () => rmSync(file, { force: true });
  process.once("exit", release);
  try {
    await act();
  } finally {
    process.off("exit", release);
    release();
  }
};
