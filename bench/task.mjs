// `node --expose-gc bench/task.mjs CLIENT URL TASK [SIZE]`: runs one large task once. SIZE is the ID of
// a batch, a number of bytes or a number of rows. Prints as JSON the CPU time in ms, and the rise in
// memory in MB, not counting a returned file.
import { clients } from "./clients.mjs";

const [who, url, task, size = ""] = process.argv.slice(2);

/** Creates the input of a task from SIZE, before the measurement. */
const createInput = {
  attach(bytes) {
    const file = Buffer.alloc(Number(bytes), "x");
    file.write("%PDF-1.7");
    return file;
  },
  upload: (bytes) => Buffer.alloc(Number(bytes), "x"),
  stream: Number,
  create(rows) {
    const review = "Quick and quiet, but the lid locks. ".repeat(8);
    return Array.from({ length: Number(rows) }, (_, index) => ({
      order: `A-${index}`,
      review: review + index,
    }));
  },
};
const inputFor = (size) => createInput[task]?.(size) ?? size;

const run = clients[who](url)[task];
// The first call loads code, which is not part of the task.
await run(inputFor(size.startsWith("msgbatch") ? "msgbatch_10_2000" : "10"));
const input = inputFor(size);
global.gc?.();
const start = process.memoryUsage.rss();
// The highest value so far. If the task does not exceed it, only sampling can find the peak.
const { maxRSS } = process.resourceUsage();
let peak = start;
const sampling = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 5);
const before = process.cpuUsage();
const returned = await run(input);
const { user, system } = process.cpuUsage(before);
clearInterval(sampling);
const highest = process.resourceUsage().maxRSS;
if (highest > maxRSS) peak = highest * 1_024;
const memory = peak - start - (Buffer.isBuffer(returned) ? returned.length : 0);
console.log(JSON.stringify({ cpu: (user + system) / 1_000, memory: memory / 1e6 }));
process.exit();
