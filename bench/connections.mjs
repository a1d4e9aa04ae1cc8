// `node bench/connections.mjs CLIENT URL`: prints how many connections are opened for three calls, 6 s apart.
import { subscribe } from "node:diagnostics_channel";
import { setTimeout } from "node:timers/promises";
import { clients } from "./clients.mjs";

const [client, url] = process.argv.slice(2);
let connections = 0;
subscribe("net.client.socket", () => {
  connections++;
});
const tasks = clients[client](url);
for (const pause of [0, 6_000, 6_000]) {
  await setTimeout(pause);
  await tasks.chat();
}
console.log(connections);
process.exit();
