/* The pictures in docs/pictures: each action's form with its example, and the playground for the README. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "playwright-core";
import { chromiumPath, launchChromium } from "../chromium";
import type { Description, StepDescription } from "../description";
import { recipes } from "../playground/recipes";
import { startPlayground } from "../playground/server";

/** What the pictures show, by name: changed pictures are taken again, and a test compares. */
export type PictureIndex = Record<string, string>;

const pageSources = ["form.tsx", "json.tsx", "style.css"];

/** A hash of all that the picture of an action's form depends on. */
const hashOf = ({ label, description, inputs, key }: StepDescription): string => {
  const example = recipes.find(({ step }) => step === key)?.inputs;
  const sources = pageSources.map((name) =>
    readFileSync(path.join(__dirname, "../playground/page", name), "utf8"),
  );
  const shown = JSON.stringify([label, description, inputs, example, sources]);
  return createHash("sha256").update(shown).digest("hex").slice(0, 16);
};

/** The index of up-to-date pictures. */
export const pictureIndex = ({ actions }: Description): PictureIndex =>
  Object.fromEntries(actions.map((step) => [step.key, hashOf(step)]));

const quality = 50;

const shoot = async (
  page: Page,
  clip: { x: number; y: number; width: number; height: number },
): Promise<Buffer> => {
  const devTools = await page.context().newCDPSession(page);
  // Playwright takes no pictures in this format, which is the smallest.
  const { data } = await devTools.send("Page.captureScreenshot", {
    format: "webp",
    quality,
    clip: { ...clip, scale: 1 },
    captureBeyondViewport: true,
  });
  return Buffer.from(data, "base64");
};

const maxHeight = 700;

const formOf = async (page: Page, { key, label }: StepDescription): Promise<Buffer> => {
  await page.evaluate(`location.hash = "action/${key}"`);
  await page.waitForSelector(`h2:text-is("${label}")`);
  const filled = page.waitForResponse((response) => response.url().endsWith("/api/example"));
  await page.getByRole("button", { name: "Fill in the example" }).click();
  await filled;
  await page.evaluate("document.activeElement.blur()");
  const box = await page.locator(".middle").boundingBox();
  if (!box) throw new Error(`${label} has no form.`);
  return shoot(page, { ...box, height: Math.min(box.height, maxHeight) });
};

const runOf = async (page: Page, width: number, height: number): Promise<Buffer> => {
  await page.setViewportSize({ width, height });
  await page.getByRole("button", { name: "Invoice to a record" }).click();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForSelector(".right .branch");
  return shoot(page, { x: 0, y: 0, width, height });
};

/**
 * Takes the pictures that are missing or out of date, and deletes those of removed actions.
 *
 * @returns The names of the pictures taken; undefined without Chromium.
 */
export const writePictures = async (
  root: string,
  description: Description,
): Promise<string[] | undefined> => {
  const folder = path.join(root, "docs/pictures");
  const indexFile = path.join(folder, "index.json");
  mkdirSync(folder, { recursive: true });
  const files = readdirSync(folder);
  const taken: PictureIndex = files.includes("index.json")
    ? JSON.parse(readFileSync(indexFile, "utf8"))
    : {};
  const index = pictureIndex(description);
  const stale = description.actions.filter(
    ({ key }) => taken[key] !== index[key] || !files.includes(`${key}.webp`),
  );
  if (stale.length > 0 && !chromiumPath) return undefined;
  for (const name of files) {
    const key = name.replace(/\.webp$/, "");
    if (name !== "index.json" && key !== "playground" && !index[key])
      rmSync(path.join(folder, name));
  }
  if (stale.length === 0) return [];
  const playground = await startPlayground({ env: {} });
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1500, height: 1000 } });
    await page.goto(playground.url);
    for (const step of stale) {
      writeFileSync(path.join(folder, `${step.key}.webp`), await formOf(page, step));
    }
    writeFileSync(path.join(folder, "playground.webp"), await runOf(page, 1400, 820));
  } finally {
    await browser.close();
    await playground.stop();
  }
  writeFileSync(indexFile, `${JSON.stringify(index, null, 2)}\n`);
  return stale.map(({ key }) => key);
};
