// `node bench/calls.mjs CLIENT URL TASK CALLS CONCURRENCY [NUMBER]`: makes many calls, after half as
// many that do not count. Prints the CPU time of the process for one call, in microseconds.
import { clients } from "./clients.mjs";

const [who, url, task, calls, concurrency, ...numbers] = process.argv.slice(2);
const [argument] = numbers.map(Number);
const client = clients[who](url);

const make = async (count) => {
  const worker = async () => {
    for (let done = 0; done < count / concurrency; done++) await client[task](argument);
  };
  await Promise.all(Array.from({ length: Number(concurrency) }, worker));
};

await make(calls / 2);
const before = process.cpuUsage();
await make(calls);
const { user, system } = process.cpuUsage(before);
console.log((user + system) / calls);
process.exit();
