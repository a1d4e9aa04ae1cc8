/** The bundle leaves out what spectral and axios never need here, and nothing else. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { component } from "./support/component";

const root = path.resolve(import.meta.dirname, "..");

/** The definition with functions reduced to the fact that they are there. */
const definition = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, part) => (typeof part === "function" ? "function" : part)));

test("defines what a build of everything defines", () => {
  const out = mkdtempSync(path.join(tmpdir(), "plain-"));
  onTestFinished(() => rmSync(out, { recursive: true }));
  const webpack = path.join(root, "node_modules/webpack/bin/webpack.js");
  execFileSync(process.execPath, [webpack, "--env", "plain", "--env", `out=${out}`], { cwd: root });
  const plain = createRequire(import.meta.url)(path.join(out, "index.js")).default;
  expect(definition(component)).toEqual(definition(plain));
  expect(Object.keys(component.actions)).toHaveLength(5);
});

test("is one file of at most 400 kB, and the icon", () => {
  expect(readdirSync(path.join(root, "dist")).sort()).toEqual(["icon.png", "index.js"]);
  expect(statSync(path.join(root, "dist/index.js")).size).toBeLessThanOrEqual(400_000);
});

test("needs no module but Node's own", () => {
  const source = readFileSync(path.join(root, "dist/index.js"), "utf8");
  const required = [...source.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name = ""]) => name);
  const { builtinModules } = createRequire(import.meta.url)("node:module");
  const foreign = required.filter((name) => !builtinModules.includes(name.replace(/^node:/, "")));
  // Optional for colours in debug's output; caught where it is missing.
  expect(new Set(foreign)).toEqual(new Set());
});

test("the icon is a square PNG of at least 128 pixels", () => {
  const png = readFileSync(path.join(root, "dist/icon.png"));
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  expect(width).toBe(height);
  expect(width).toBeGreaterThanOrEqual(128);
});
