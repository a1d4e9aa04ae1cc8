// `node bench/load.mjs CLIENT URL`, in a new process: prints the CPU time, in milliseconds, until the client
// is loaded, and until its tenth response.
import { clients } from "./clients.mjs";

const [client, url] = process.argv.slice(2);
const start = process.cpuUsage();
const sinceStart = () => {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
};
const tasks = clients[client](url);
const load = sinceStart();
for (let call = 0; call < 10; call++) await tasks.chat();
console.log(JSON.stringify({ load, ten: sinceStart() }));
process.exit();
