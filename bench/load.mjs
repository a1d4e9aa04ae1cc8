// `node bench/load.mjs CLIENT URL`, in a new process: prints the time until the client is loaded, and
// until its first response, in milliseconds.
import { clients } from "./clients.mjs";

const [client, url] = process.argv.slice(2);
const start = performance.now();
const tasks = clients[client](url);
const load = performance.now() - start;
await tasks.chat();
console.log(JSON.stringify({ load, first: performance.now() - start }));
process.exit();
