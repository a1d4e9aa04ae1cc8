// `node bench/calls.mjs CLIENT URL TASK CALLS CONCURRENCY [NUMBER]`: makes many calls, after half as
// many to warm up. Prints the CPU time of the process per call, in microseconds.
import { clients } from "./clients.mjs";

const [client, url, task, calls, concurrency, ...numbers] = process.argv.slice(2);
const [argument] = numbers.map(Number);
const tasks = clients[client](url);

const make = async (count) => {
  const worker = async () => {
    for (let done = 0; done < count / concurrency; done++) await tasks[task](argument);
  };
  await Promise.all(Array.from({ length: Number(concurrency) }, worker));
};

await make(calls / 2);
const before = process.cpuUsage();
await make(calls);
const { user, system } = process.cpuUsage(before);
console.log((user + system) / calls);
process.exit();
