/** Who can use the playground's server, and what it shows of a key. */
import { request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { startPlayground } from "../../dev/playground/server";
import { apiKey } from "../support/component";
import { refusal, startServer } from "../support/server";

const start = async (env: NodeJS.ProcessEnv = {}) => {
  const playground = await startPlayground({ env });
  onTestFinished(() => playground.stop());
  const { origin, searchParams } = new URL(playground.url);
  return { origin, token: searchParams.get("token") ?? "" };
};

const json = { "content-type": "application/json" };

test("listens on 127.0.0.1 only", async () => {
  expect((await start()).origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});

test("responds to no request without the token", async () => {
  const { origin, token } = await start();
  const status = async (path: string, headers: Record<string, string> = {}) =>
    (await fetch(`${origin}${path}`, { headers })).status;
  expect(await status("/")).toBe(403);
  expect(await status(`/?token=${token.slice(1)}`)).toBe(403);
  expect(await status("/api/component")).toBe(403);
  expect(await status(`/api/component?token=${token}`)).toBe(403);
  expect(await status("/api/component", { "x-token": token })).toBe(200);
  expect(await status(`/?token=${token}`)).toBe(200);
});

test.each([
  ["another origin", { origin: "https://example.com" }],
  ["an opaque origin", { origin: "null" }],
  ["a name that points to this machine", { host: "rebound.example.com" }],
])("refuses %s, even with the token", async (_, headers) => {
  const { origin, token } = await start();
  const { port } = new URL(origin);
  const status = await new Promise((resolve, reject) => {
    request(
      {
        host: "127.0.0.1",
        port,
        path: "/api/run",
        method: "POST",
        headers: { host: `127.0.0.1:${port}`, ...json, "x-token": token, ...headers },
      },
      (response) => resolve(response.resume().statusCode),
    )
      .on("error", reject)
      .end("{}");
  });
  expect(status).toBe(403);
});

test("the page may load and send to its own server only", async () => {
  const { origin, token } = await start();
  const { headers } = await fetch(`${origin}/?token=${token}`);
  expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(headers.get("content-security-policy")).toContain("connect-src 'self'");
});

test("hides the key where a host repeats it", async () => {
  const server = await startServer(
    refusal(401, "authentication_error", `invalid x-api-key: ${apiKey}`, { "x-your-key": apiKey }),
  );
  const { origin, token } = await start({
    ANTHROPIC_API_KEY: apiKey,
    ANTHROPIC_BASE_URL: server.url,
  });
  const response = await fetch(`${origin}/api/run`, {
    method: "POST",
    headers: { ...json, "x-token": token },
    body: JSON.stringify({ kind: "action", key: "listModels", inputs: {} }),
  });
  const events = (await response.text())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(server.request().headers["x-api-key"]).toBe(apiKey);
  expect(events.map(({ type }) => type)).toEqual(
    expect.arrayContaining(["request", "response", "chunk", "end", "error", "status"]),
  );
  expect(events.find(({ type }) => type === "chunk").text).toContain("invalid x-api-key: ●●●");
  expect(JSON.stringify(events)).not.toContain(apiKey);
});
