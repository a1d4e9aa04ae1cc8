import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";

export interface Gateway {
  url: string;
  stop(): Promise<void>;
}

/** Starts Portkey's open-source gateway on this machine. */
export const startGateway = async (): Promise<Gateway> => {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [
      "--require",
      path.join(import.meta.dirname, "loopback.cjs"),
      path.join(import.meta.dirname, "node_modules/@portkey-ai/gateway/build/start-server.js"),
      `--port=${port}`,
      "--headless",
    ],
    { stdio: "ignore" },
  );
  const url = `http://127.0.0.1:${port}`;
  while (!(await responds(url))) {
    if (child.exitCode !== null) throw new Error(`The gateway ended with ${child.exitCode}.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    url,
    stop: async () => {
      child.kill();
      await once(child, "exit");
    },
  };
};

const responds = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  );

const freePort = async (): Promise<number> => {
  const server = http.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
};
