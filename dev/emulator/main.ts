/** Runs the emulator until it is interrupted: `npm run emulator`. */
import { Command } from "commander";
import { startEmulator } from ".";
import { outcomes } from "./marks";

const run = async ({ port, state, delay }: { port: string; state?: string; delay: string }) => {
  const emulator = await startEmulator({
    port: Number(port),
    stateFile: state,
    delayMs: Number(delay),
  });
  const marks = Object.values(outcomes).map(({ mark, effect }) => `  ${mark.padEnd(14)}${effect}`);
  console.log(
    `Base URL  ${emulator.url}\nAPI key   any\n\nMarks in the text of a message:\n${marks.join("\n")}`,
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => emulator.stop());
};

new Command("npm run emulator --")
  .description("Runs an emulator of Claude's API on this machine, until Ctrl+C.")
  .option("--port <number>", "port to listen on", "0")
  .option("--state <file>", "file that keeps batches and files between runs")
  .option("--delay <ms>", "time between two parts of a streamed reply, in ms", "0")
  .action(run)
  .parseAsync()
  .catch((error: unknown) => {
    console.error(String(error));
    process.exitCode = 1;
  });
