// One large task, done once: `node --expose-gc bench/task.mjs connector|sdk TASK URL SIZE`.
// SIZE is the id of a batch, a number of bytes or a number of rows. Prints as JSON the CPU time that
// it took in ms, and how far memory rose above the start in MB, beyond the file that it returns.
import assert from "node:assert/strict";
import { connector, sdk } from "./clients.mjs";

const [who, task, url, size] = process.argv.slice(2);
const model = "claude-sonnet-5-5";

const review = "Quick and quiet, but the lid locks. ".repeat(8);
const items = (rows) =>
  Array.from({ length: rows }, (_, index) => ({ order: `A-${index}`, review: review + index }));
const file = (bytes) => Buffer.alloc(Number(bytes), "x");

/** How each task makes of SIZE what it is given, outside the measured time, and what it does with that. */
const clients = {
  connector() {
    const perform = connector(url);
    const results = (inputs) => [
      (batchId) => batchId,
      async (batchId) => {
        const { data } = await perform("getBatchResults", { batchId, ...inputs });
        assert.equal(data.counts?.succeeded, data.counts?.total);
        return data;
      },
    ];
    return {
      counts: results({ returnAs: "counts" }),
      file: results({ returnAs: "file" }),
      results: results({ limit: "10000" }),
      all: results({ limit: "100000" }),
      upload: [
        file,
        async (data) => (await perform("uploadFile", { file: { data }, fileName: "a.bin" })).data,
      ],
      create: [
        items,
        async (items) => {
          const message = "Summarize: {{review}}";
          const inputs = { model, items, idField: "order", message, maxTokens: "1024" };
          return (await perform("createBatch", inputs)).data;
        },
      ],
    };
  },
  sdk() {
    const { client, toFile } = sdk(url);
    return {
      counts: [
        (id) => id,
        async (id) => {
          const usage = { input_tokens: 0, output_tokens: 0 };
          for await (const { result } of await client.messages.batches.results(id)) {
            for (const name in usage) usage[name] += result.message.usage[name];
          }
          return usage;
        },
      ],
      all: [
        (id) => id,
        async (id) => {
          const results = [];
          for await (const one of await client.messages.batches.results(id)) results.push(one);
          return results.sort((a, b) => (a.custom_id < b.custom_id ? -1 : 1));
        },
      ],
      upload: [file, async (data) => client.files.upload({ file: await toFile(data, "a.bin") })],
      create: [
        items,
        (items) =>
          client.messages.batches.create({
            requests: items.map(({ order, review }) => ({
              custom_id: order,
              params: {
                model,
                max_tokens: 1024,
                messages: [{ role: "user", content: `Summarize: ${review}` }],
              },
            })),
          }),
      ],
    };
  },
};

const [prepare, run] = clients[who]()[task];
// What a first call loads is no cost of the task.
await run(prepare(size.startsWith("msgbatch") ? "msgbatch_10_2000" : 10));
const given = prepare(size);
global.gc?.();
const start = process.memoryUsage.rss();
// The highest ever, which may lie before the start: then only looking now and then tells.
const { maxRSS } = process.resourceUsage();
let peak = start;
const look = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 20);
const before = process.cpuUsage();
const returned = await run(given);
const { user, system } = process.cpuUsage(before);
clearInterval(look);
const highest = process.resourceUsage().maxRSS;
if (highest > maxRSS) peak = highest * 1_024;
const memory = peak - start - (Buffer.isBuffer(returned) ? returned.length : 0);
console.log(JSON.stringify({ cpu: (user + system) / 1_000, memory: memory / 1e6 }));
process.exit();
