/** Batches and files from their beginning to their end, on the emulator. */
import { expect, onTestFinished, test } from "vitest";
import { startEmulator } from "../dev/emulator";
import { failure, run } from "./support/component";

const hour = 3_600_000;

const start = async () => {
  const emulator = await startEmulator();
  onTestFinished(() => emulator.stop());
  return emulator;
};

const items = Array.from({ length: 30 }, (_, index) => ({
  n: index,
  text: `Write a haiku ${index}`,
}));
const submit = (emulator: { url: string }, more: object = {}) =>
  run("createBatch", emulator, { items, message: "{{text}}", idField: "n", ...more });

test("a batch goes on from look to look, ends, gives its results and is deleted", async () => {
  const emulator = await start();
  const { id: batchId, submitted, processing_status } = await submit(emulator);
  expect([submitted, processing_status]).toEqual([30, "in_progress"]);
  const early = await failure("getBatchResults", emulator, { batchId });
  expect(early.message).toContain("has not ended (in_progress).");
  expect((await failure("deleteBatch", emulator, { batchId })).status).toBe(400);
  const counts = [];
  for (;;) {
    const { processing_status: status, request_counts } = await run("getBatch", emulator, {
      batchId,
    });
    counts.push(request_counts.processing);
    if (status === "ended") break;
  }
  expect(counts).toEqual([10, 0]);
  const { results, cost } = await run("getBatchResults", emulator, { batchId });
  expect(results.map(({ id }: { id: string }) => id)).toEqual(items.map(({ n }) => String(n)));
  expect(results[0].result.text).toContain("Bent once");
  expect(cost.total).toBeGreaterThan(0);
  const file: Buffer = await run("getBatchResults", emulator, { batchId, returnAs: "file" });
  const order = file
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).custom_id);
  expect(order).toHaveLength(30);
  expect(order).not.toEqual([...order].sort());
  expect(await run("deleteBatch", emulator, { batchId })).toMatchObject({ id: batchId });
  expect((await failure("getBatch", emulator, { batchId })).status).toBe(404);
});

test("a batch that is canceled keeps what was done by then", async () => {
  const emulator = await start();
  const { id: batchId } = await submit(emulator);
  await run("getBatch", emulator, { batchId });
  const canceled = await run("cancelBatch", emulator, { batchId });
  expect(canceled.processing_status).toBe("canceling");
  const { processing_status, request_counts } = await run("getBatch", emulator, { batchId });
  expect(processing_status).toBe("ended");
  expect(request_counts).toMatchObject({ succeeded: 10, canceled: 20 });
  const { results, counts } = await run("getBatchResults", emulator, { batchId });
  expect(counts).toMatchObject({ total: 30, succeeded: 10, canceled: 20 });
  expect(results[29]).toMatchObject({ status: "canceled", result: null });
  expect((await failure("cancelBatch", emulator, { batchId })).status).toBe(400);
});

test("a batch expires after a day, its results after 29", async () => {
  const emulator = await start();
  const { id: batchId } = await submit(emulator);
  emulator.advance(24 * hour);
  await run("getBatch", emulator, { batchId });
  const { counts } = await run("getBatchResults", emulator, { batchId });
  expect(counts).toMatchObject({ total: 30, expired: 30 });
  emulator.advance(28 * 24 * hour + 1);
  expect((await failure("getBatchResults", emulator, { batchId })).message).toContain(
    "whose results are gone",
  );
});

test("requests for a model that is not there end as errors", async () => {
  const emulator = await start();
  const { id: batchId } = await run("createBatch", emulator, {
    requests: ["claude-sonnet-5-5", "claude-3-5-sonnet-latest"].map((model, index) => ({
      custom_id: `r${index}`,
      params: { model, max_tokens: 10, messages: [{ role: "user", content: "Hi" }] },
    })),
  });
  for (let look = 0; look < 3; look++) await run("getBatch", emulator, { batchId });
  const { results } = await run("getBatchResults", emulator, { batchId });
  expect(results[1]).toMatchObject({
    status: "errored",
    reason: "not_found_error: model: claude-3-5-sonnet-latest",
  });
  expect(results[0].status).toBe("succeeded");
  const model = "claude-3-5-sonnet-latest";
  const refused = await failure("createBatch", emulator, { items: ["a"], model });
  expect(refused.message).toContain("Nothing is submitted");
});

test("batches are listed, newest first, page by page", async () => {
  const emulator = await start();
  const made = [];
  for (let index = 0; index < 5; index++) made.unshift((await submit(emulator)).id);
  const first = await run("listBatches", emulator, { limit: "2" });
  expect(first).toMatchObject({ has_more: true, first_id: made[0], last_id: made[1] });
  const before = await run("listBatches", emulator, { limit: "2", beforeId: made[3] });
  expect(before.data.map(({ id }: { id: string }) => id)).toEqual([made[1], made[2]]);
  const all = await run("listBatches", emulator, { fetchAll: true });
  expect(all.data.map(({ id }: { id: string }) => id)).toEqual(made);
});

test("a file is uploaded, found, used and deleted", async () => {
  const emulator = await start();
  const file = await run("uploadFile", emulator, {
    file: Buffer.from("%PDF-1.7 text"),
    fileName: "Übersicht.pdf",
    expiresIn: "2",
  });
  expect(file).toMatchObject({
    filename: "Übersicht.pdf",
    mime_type: "application/pdf",
    size_bytes: 13,
    downloadable: false,
  });
  const fileId = file.id;
  expect(await run("getFile", emulator, { fileId })).toMatchObject({ id: fileId });
  const answer = await run("chat", emulator, {
    initialMessage: "Write a haiku about it.",
    attachments: [{ key: "x", value: fileId }],
  });
  expect(answer.text).toContain("Bent once");
  const refused = await failure("downloadFile", emulator, { fileId });
  expect(refused).toMatchObject({ status: 400, code: "file_not_downloadable" });
  await run("deleteFile", emulator, { fileId });
  expect((await failure("getFile", emulator, { fileId })).status).toBe(404);
});

test("a file that a tool has made is downloaded", async () => {
  const emulator = await start();
  const { data } = await run("listFiles", emulator);
  expect(data).toMatchObject([{ filename: "totals.csv", downloadable: true }]);
  const content: Buffer = await run("downloadFile", emulator, { fileId: data[0].id });
  expect(content.toString()).toMatch(/^month,total\n/);
});

test("files are listed page by page, and expire", async () => {
  const emulator = await start();
  for (let index = 0; index < 4; index++) {
    await run("uploadFile", emulator, { file: "x", fileName: `${index}.txt`, expiresIn: "1" });
  }
  const first = await run("listFiles", emulator, { limit: "2" });
  const second = await run("listFiles", emulator, { limit: "2", page: first.next_page });
  const all = await run("listFiles", emulator, { fetchAll: true });
  expect(all.data).toHaveLength(5);
  expect(all.data.slice(0, 4)).toEqual([...first.data, ...second.data]);
  const old = {
    fetchAll: true,
    requestOptions: { headers: [{ key: "anthropic-beta", value: "files-api-2025-04-14" }] },
  };
  expect((await run("listFiles", emulator, old)).data).toEqual(all.data);
  emulator.advance(hour);
  expect((await run("listFiles", emulator, { fetchAll: true })).data).toHaveLength(1);
});
