import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, onTestFinished } from "vitest";
import { chromiumPath, launchChromium } from "../../dev/chromium";
import { type Playground, startPlayground } from "../../dev/playground/server";

export interface Opened {
  browser: Browser;
  playground: Playground;
  page: Page;
}

const openPage = async (browser: Browser, { url }: Playground): Promise<Page> => {
  const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
  page.setDefaultTimeout(10_000);
  await page.goto(url);
  await page.waitForSelector("h2");
  return page;
};

/**
 * Tests in a browser, on one page of a playground with the emulator. Without Chromium they are left
 * out, and the title says so.
 */
export const inBrowser = (title: string, tests: (opened: Opened) => void): void => {
  const suite = chromiumPath ? describe : describe.skip;
  const note = chromiumPath ? "" : " (left out: Chromium is not installed)";
  suite(`${title}${note}`, () => {
    const opened = {} as Opened;
    beforeAll(async () => {
      opened.playground = await startPlayground({ env: {} });
      opened.browser = await launchChromium();
      opened.page = await openPage(opened.browser, opened.playground);
    });
    afterAll(async () => {
      await opened.browser?.close();
      await opened.playground?.stop();
    });
    tests(opened);
  });
};

/** A page of a playground of its own, with environment variables. Both are closed after the test. */
export const openWith = async (browser: Browser, env: NodeJS.ProcessEnv): Promise<Page> => {
  const playground = await startPlayground({ env });
  onTestFinished(() => playground.stop());
  const page = await openPage(browser, playground);
  onTestFinished(() => page.close());
  return page;
};

/** Opens a step or an integration by its place in the address. */
export const show = async (page: Page, place: string, title: string): Promise<void> => {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, place);
  await page.waitForFunction((label) => document.querySelector("h2")?.textContent === label, title);
};

const runButton = (page: Page) => page.getByRole("button", { name: "Run", exact: true });

/** Runs the step that is shown, and waits for its end. */
export const runStep = async (page: Page): Promise<void> => {
  const run = page.waitForResponse((response) => response.url().endsWith("/api/run"));
  await runButton(page).click();
  await run;
  await page.waitForSelector(".right[aria-busy=false]");
};
