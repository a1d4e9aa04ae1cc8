/** The command `npm run emulator`, and the file that keeps batches and files between runs. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startEmulator } from "../../dev/emulator";
import { outcomes } from "../../dev/emulator/marks";
import { run } from "../support/component";
import { invoice } from "../support/emulator";

const root = path.resolve(import.meta.dirname, "../..");

const stateFile = () => {
  const folder = mkdtempSync(path.join(tmpdir(), "emulator-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return path.join(folder, "state.json");
};

test("the next run finds the batches and files of the last one", async () => {
  const file = stateFile();
  const first = await startEmulator({ stateFile: file });
  const { id: fileId } = await run("uploadFile", first, { file: invoice, fileName: "a.pdf" });
  const { id: batchId } = await run("createBatch", first, { items: ["a", "b", "c"] });
  await run("getBatch", first, { batchId });
  await first.stop();
  expect(Object.keys(JSON.parse(readFileSync(file, "utf8")))).toEqual(["batches", "files"]);

  const second = await startEmulator({ stateFile: file });
  const { processing_status, request_counts } = await run("getBatch", second, { batchId });
  expect([processing_status, request_counts.succeeded]).toEqual(["in_progress", 2]);
  await run("getBatch", second, { batchId });
  const { results } = await run("getBatchResults", second, { batchId });
  expect(results.map(({ result }: { result: { text: string } }) => result.text)).toEqual(
    ["a", "b", "c"].map((text) => `The emulator received: ${text}`),
  );
  const attachments = [{ key: "a.pdf", value: fileId }];
  const { text } = await run("chat", second, { initialMessage: "Which total?", attachments });
  expect(text).toBe("Emulated reply from a.pdf: Total EUR 118.50");
  await run("deleteFile", second, { fileId });
  await run("deleteBatch", second, { batchId });
  await second.stop();
  const { batches, files } = JSON.parse(readFileSync(file, "utf8"));
  expect([batches.length, files.length]).toEqual([0, 1]);
});

test("changes are saved while the emulator runs, and nothing without a state file", async () => {
  const file = stateFile();
  const emulator = await startEmulator({ stateFile: file });
  onTestFinished(() => emulator.stop());
  await run("uploadFile", emulator, { file: "x", fileName: "x.txt" });
  await expect.poll(() => existsSync(file)).toBe(true);
  expect(JSON.parse(readFileSync(file, "utf8")).files).toMatchObject([
    { file: { filename: "x.txt" }, base64: "eA==" },
    { file: { filename: "totals.csv" } },
  ]);
});

test("a file with something else is not overwritten", async () => {
  const file = stateFile();
  writeFileSync(file, '{"name": "package"}');
  await expect(startEmulator({ stateFile: file })).rejects.toThrow(
    `${file} has no state of the emulator. Delete it, or choose another file.`,
  );
  expect(readFileSync(file, "utf8")).toBe('{"name": "package"}');
});

test("npm run emulator prints the base URL and the marks, and runs until it is interrupted", async () => {
  const file = stateFile();
  const command = path.join(root, "node_modules/.bin/tsx");
  const main = path.join(root, "dev/emulator/main.ts");
  const child = spawn(command, [main, "--state", file, "--delay", "1"], { cwd: root });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  await expect.poll(() => output, { timeout: 20_000 }).toContain(outcomes.toolCalls.effect);
  for (const { mark, effect } of Object.values(outcomes)) {
    expect(output).toContain(mark);
    expect(output).toContain(effect);
  }
  const [, url = ""] = /^Base URL {2}(http:\/\/127\.0\.0\.1:\d+)$/m.exec(output) ?? [];
  expect((await run("chat", { url }, { initialMessage: "Hi" })).text).toBe(
    "The emulator received: Hi",
  );
  await run("createBatch", { url }, { items: ["a"] });
  child.kill("SIGINT");
  expect(await exited).toBe(0);
  expect(JSON.parse(readFileSync(file, "utf8")).batches).toHaveLength(1);
});

test("a port that is not free is an error", async () => {
  const emulator = await startEmulator();
  onTestFinished(() => emulator.stop());
  const port = Number(new URL(emulator.url).port);
  await expect(startEmulator({ port })).rejects.toThrow("EADDRINUSE");
});
