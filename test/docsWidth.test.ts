/** The generated pages fit the width of a page on GitHub. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { marked } from "marked";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, launchChromium } from "../dev/chromium";
import { pages } from "../dev/docs/pages";
import { runAll } from "../dev/docs/runs";
import { expectNone } from "./support/checks";
import { component } from "./support/component";

const stylesheet = createRequire(import.meta.url).resolve(
  "github-markdown-css/github-markdown-light.css",
);
const css = readFileSync(stylesheet, "utf8");
const maxWidth = 950;

const suite = chromiumPath ? describe : describe.skip;
const note = chromiumPath ? "" : " (left out: Chromium is not installed)";

const generated = Object.entries(pages(component, await runAll(component))).filter(([name]) =>
  /^docs\/(?!guides)/.test(name),
);

suite(`on a window of 1280 pixels${note}`, () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  });
  afterAll(() => browser?.close());

  /** What is wider than a page, with its width and how it starts. */
  const tooWide = async (markdown: string): Promise<string[]> => {
    const html = await marked.parse(markdown);
    const style = `${css} .markdown-body { width: ${maxWidth}px; margin: 0 auto }`;
    await page.setContent(
      `<style>${style}</style><article class="markdown-body">${html}</article>`,
    );
    // As text, because the compiler checks these files without the types of a browser.
    return page.evaluate(`[...document.querySelectorAll(".markdown-body *")]
      .filter(({ scrollWidth }) => scrollWidth > ${maxWidth})
      .map((one) => one.tagName + " has " + one.scrollWidth + " px: " + one.textContent.slice(0, 80))`);
  };

  test.each(generated)("%s has nothing wider than a page", async (_name, content) => {
    expectNone(await tooWide(content));
  });

  test("a table that is too wide is found", async () => {
    const name = "x".repeat(200);
    const found = await tooWide(`| A |\n| - |\n| \`${name}\` |`);
    expect(found[0]).toMatch(/^TABLE has \d{4} px: /);
  });
});
