// `node bench/load.mjs CLIENT URL` in a fresh process. Prints how long it takes until the client is
// loaded, and until it has its first answer, in milliseconds.
import { clients } from "./clients.mjs";

const [who, url] = process.argv.slice(2);
const start = performance.now();
const client = clients[who](url);
const load = performance.now() - start;
await client.chat();
console.log(JSON.stringify({ load, first: performance.now() - start }));
process.exit();
