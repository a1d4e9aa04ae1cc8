/** The life cycle of batches and files, against the emulator. */
import { expect, onTestFinished, test } from "vitest";
import { startEmulator } from "../../dev/emulator";
import { failure, run } from "../support/component";

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

test("a batch is created, processed, read and deleted", async () => {
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

test("a canceled batch keeps the results of requests that had finished", async () => {
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

test("a batch expires after 24 hours, its results after 29 days", async () => {
  const emulator = await start();
  const { id: batchId } = await submit(emulator);
  emulator.advance(24 * hour);
  await run("getBatch", emulator, { batchId });
  const { counts } = await run("getBatchResults", emulator, { batchId });
  expect(counts).toMatchObject({ total: 30, expired: 30 });
  emulator.advance(28 * 24 * hour + 1);
  expect((await failure("getBatchResults", emulator, { batchId })).message).toContain(
    "whose results are no longer available",
  );
});

test("batch requests for an unknown model end as errored", async () => {
  const emulator = await start();
  const { id: batchId } = await run("createBatch", emulator, {
    requests: ["claude-sonnet-5-5", "claude-3-5-sonnet-latest"].map((model, index) => ({
      custom_id: `r${index}`,
      params: { model, max_tokens: 10, messages: [{ role: "user", content: "Hi" }] },
    })),
  });
  for (let poll = 0; poll < 3; poll++) await run("getBatch", emulator, { batchId });
  const { results } = await run("getBatchResults", emulator, { batchId });
  expect(results[1]).toMatchObject({
    status: "errored",
    reason: "not_found_error: model: claude-3-5-sonnet-latest",
  });
  expect(results[0].status).toBe("succeeded");
  const model = "claude-3-5-sonnet-latest";
  const refused = await failure("createBatch", emulator, { items: ["a"], model });
  expect(refused.message).toContain("Nothing was submitted");
});

test("List Batches returns pages, newest first", async () => {
  const emulator = await start();
  const created = [];
  for (let index = 0; index < 5; index++) created.unshift((await submit(emulator)).id);
  const first = await run("listBatches", emulator, { limit: "2" });
  expect(first).toMatchObject({ has_more: true, first_id: created[0], last_id: created[1] });
  const before = await run("listBatches", emulator, { limit: "2", beforeId: created[3] });
  expect(before.data.map(({ id }: { id: string }) => id)).toEqual([created[1], created[2]]);
  const all = await run("listBatches", emulator, { fetchAll: true });
  expect(all.data.map(({ id }: { id: string }) => id)).toEqual(created);
});

test("a file is uploaded, read, attached to a message and deleted", async () => {
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
  const reply = await run("chat", emulator, {
    initialMessage: "Write a haiku about it.",
    attachments: [{ key: "x", value: fileId }],
  });
  expect(reply.text).toContain("Bent once");
  const refused = await failure("downloadFile", emulator, { fileId });
  expect(refused).toMatchObject({ status: 400, errorCode: "file_not_downloadable" });
  await run("deleteFile", emulator, { fileId });
  expect((await failure("getFile", emulator, { fileId })).status).toBe(404);
});

test("a file created by code execution is downloaded", async () => {
  const emulator = await start();
  const { data } = await run("listFiles", emulator);
  expect(data).toMatchObject([{ filename: "totals.csv", downloadable: true }]);
  const content: Buffer = await run("downloadFile", emulator, { fileId: data[0].id });
  expect(content.toString()).toMatch(/^month,total\n/);
});

test("List Files returns pages, without expired files", async () => {
  const emulator = await start();
  for (let index = 0; index < 4; index++) {
    await run("uploadFile", emulator, { file: "x", fileName: `${index}.txt`, expiresIn: "1" });
  }
  const first = await run("listFiles", emulator, { limit: "2" });
  const second = await run("listFiles", emulator, { limit: "2", page: first.next_page });
  const all = await run("listFiles", emulator, { fetchAll: true });
  expect(all.data).toHaveLength(5);
  expect(all.data.slice(0, 4)).toEqual([...first.data, ...second.data]);
  const withOldBeta = {
    fetchAll: true,
    requestOptions: { headers: [{ key: "anthropic-beta", value: "files-api-2025-04-14" }] },
  };
  expect((await run("listFiles", emulator, withOldBeta)).data).toEqual(all.data);
  emulator.advance(hour);
  expect((await run("listFiles", emulator, { fetchAll: true })).data).toHaveLength(1);
});
