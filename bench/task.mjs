// One large task, done once: `node --expose-gc bench/task.mjs CLIENT URL TASK [SIZE]`. SIZE is the id
// of a batch, a number of bytes or a number of rows. Prints as JSON the CPU time that it took in ms,
// and how far memory rose above the start in MB, beyond the file that it returns.
import { clients } from "./clients.mjs";

const [who, url, task, size = ""] = process.argv.slice(2);

/** Makes of SIZE what a task is given, outside the measured time. */
const prepare = {
  attach(bytes) {
    const file = Buffer.alloc(Number(bytes), "x");
    file.write("%PDF-1.7");
    return file;
  },
  upload: (bytes) => Buffer.alloc(Number(bytes), "x"),
  create(rows) {
    const review = "Quick and quiet, but the lid locks. ".repeat(8);
    return Array.from({ length: Number(rows) }, (_, index) => ({
      order: `A-${index}`,
      review: review + index,
    }));
  },
};
const given = (size) => prepare[task]?.(size) ?? size;

const run = clients[who](url)[task];
// What a first call loads is no cost of the task.
await run(given(size.startsWith("msgbatch") ? "msgbatch_10_2000" : "10"));
const large = given(size);
global.gc?.();
const start = process.memoryUsage.rss();
// The highest ever, which may lie before the start: then only looking now and then tells.
const { maxRSS } = process.resourceUsage();
let peak = start;
const look = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 5);
const before = process.cpuUsage();
const returned = await run(large);
const { user, system } = process.cpuUsage(before);
clearInterval(look);
const highest = process.resourceUsage().maxRSS;
if (highest > maxRSS) peak = highest * 1_024;
const memory = peak - start - (Buffer.isBuffer(returned) ? returned.length : 0);
console.log(JSON.stringify({ cpu: (user + system) / 1_000, memory: memory / 1e6 }));
process.exit();
