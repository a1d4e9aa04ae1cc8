// Runs a program as a child, and takes it along when this process is stopped.
const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const isWindows = process.platform === "win32";

/** The child has its own process group, so that a signal reaches npm's children too. */
const send = (child, signal) => {
  try {
    if (isWindows) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch (error) {
    // The child has ended meanwhile.
    if (error.code !== "ESRCH") throw error;
  }
};

/**
 * @param shows Whether the errors of the child are shown immediately. Otherwise they are returned.
 * @returns The exit code, and what the child wrote to standard error.
 */
exports.run = (program, args, { cwd, shows = false }) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      // Standard output is reserved for the command that runs next.
      stdio: ["ignore", process.stderr, shows ? process.stderr : "pipe"],
      // npm is a script there.
      shell: isWindows && program === "npm",
      detached: !isWindows,
    });
    let errors = "";
    child.stderr?.setEncoding("utf8").on("data", (text) => {
      errors += text;
    });
    let stoppedBy;
    const stop = (signal) => {
      // A second Ctrl-C does not wait for the child to tidy up.
      send(child, stoppedBy ? "SIGKILL" : signal);
      stoppedBy = signal;
    };
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) process.on(signal, stop);
    child.on("error", (error) => {
      for (const signal of signals) process.off(signal, stop);
      reject(
        error.code === "ENOENT" ? new Error(`${program} was not found. Add it to PATH.`) : error,
      );
    });
    child.on("close", (code, signal) => {
      for (const name of signals) process.off(name, stop);
      // What the child started must not outlive it.
      if (stoppedBy && !isWindows) send(child, "SIGKILL");
      if (stoppedBy) process.exit(128 + constants.signals[stoppedBy]);
      resolve({ code: code ?? 128 + constants.signals[signal], errors });
    });
  });
