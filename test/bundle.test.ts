/** The built bundle: it omits the parts of spectral and axios that the connector does not use, and nothing else. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Component } from "../dev/component";
import { component, Logs } from "./support/component";
import { startServer } from "./support/server";

const root = path.resolve(import.meta.dirname, "..");

/** The definition as data, with each function replaced by "function". */
const definition = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, part) => (typeof part === "function" ? "function" : part)));

/** Builds with the project's webpack configuration, into a folder that is removed after the test. */
const build = (...options: string[]) => {
  const out = mkdtempSync(path.join(tmpdir(), "build-"));
  onTestFinished(() => rmSync(out, { recursive: true }));
  const webpack = path.join(root, "node_modules/webpack/bin/webpack.js");
  execFileSync(process.execPath, [webpack, "--env", `out=${out}`, ...options], { cwd: root });
  return createRequire(import.meta.url)(path.join(out, "index.js")).default;
};

test("the bundle defines the same component as a build without omissions", () => {
  const plain = build("--env", "plain");
  expect(definition(component)).toEqual(definition(plain));
  expect(Object.keys(component.actions)).not.toEqual([]);
}, 120_000);

test("invokeFlow and debug measurements work in the bundle", async () => {
  const server = await startServer({ body: { ok: true } });
  const { actions } = build("--env", "entry=./test/support/platform.ts") as Component;
  const logs = new Logs();
  const result = await actions.invoke?.perform(
    {
      logger: logs.logger,
      globalDebug: true,
      webhookUrls: { Other: `${server.url}/other` },
      webhookApiKeys: { Other: ["key"] },
      executionFrame: {},
      executionId: "execution",
    } as never,
    {},
  );
  expect(result?.data).toEqual({ ok: true });
  expect(server.request()).toMatchObject({ path: "/other", json: { a: 1 } });
  expect(logs.lines.join()).toContain("timeElapsed");
});

test("dist contains one file of at most 512 kB, the icon and the licences of the dependencies", () => {
  const files = ["icon.png", "index.js", "licenses.json"];
  expect(readdirSync(path.join(root, "dist")).sort()).toEqual(files);
  const licences: { name: string; license: string }[] = JSON.parse(
    readFileSync(path.join(root, "dist/licenses.json"), "utf8"),
  );
  const { dependencies } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  expect(licences.map(({ name }) => name)).toEqual(
    expect.arrayContaining(Object.keys(dependencies)),
  );
  for (const { license } of licences) expect(["MIT", "ISC", "Unlicense"]).toContain(license);
  expect(statSync(path.join(root, "dist/index.js")).size).toBeLessThanOrEqual(512_000);
});

test("the bundle requires only built-in Node modules", () => {
  const source = readFileSync(path.join(root, "dist/index.js"), "utf8");
  const required = [...source.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name = ""]) => name);
  const { builtinModules } = createRequire(import.meta.url)("node:module");
  const foreign = required.filter((name) => !builtinModules.includes(name.replace(/^node:/, "")));
  expect(new Set(foreign)).toEqual(new Set());
});

test("the icon is a square PNG of at least 128 pixels", () => {
  const png = readFileSync(path.join(root, "dist/icon.png"));
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  expect(width).toBe(height);
  expect(width).toBeGreaterThanOrEqual(128);
});
