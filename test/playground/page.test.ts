/** The page in a browser: errors, files, streams, approvals, keys, and who can use it. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import path from "node:path";
import type { Page } from "playwright-core";
import { expect, onTestFinished, test, vi } from "vitest";
import { apiKey } from "../support/component";
import { eventStream, startServer, streamed, textEvents } from "../support/server";
import { inBrowser, openWith, runStep, show } from "./browser";

const root = path.resolve(import.meta.dirname, "../..");

const recipe = (page: Page, title: string) =>
  page.getByRole("button", { name: title, exact: true }).click();

const sentMessage = (page: Page) =>
  page.locator(".exchange", { hasText: "POST /v1/messages" }).locator("pre").first().textContent();

const useRealApi = async (page: Page, cap = "1") => {
  await page.locator(".target summary").click();
  await page.getByLabel("API key, kept in memory only").fill(apiKey);
  await page.getByLabel("Cap in dollars").fill(cap);
  await page.getByRole("button", { name: "Use the real API" }).click();
  await page.waitForSelector(".real");
};

inBrowser("page", (opened) => {
  test("an error marks the input that it names, also in a closed group", async () => {
    const { page } = opened;
    await show(page, "action/chat", "Chat");
    await page.getByLabel("Message", { exact: true }).fill("Hi");
    await page.locator("[data-key=reasoning] > summary").click();
    await page.getByLabel("Budget Tokens").fill("lots");
    await page.locator("[data-key=reasoning] > summary").click();
    await runStep(page);
    const message = await page.getByRole("alert").textContent();
    expect(message).toMatch(/^InputError \(invalid_input\): Budget Tokens /);
    const field = page.locator(".field.invalid");
    expect(await field.getAttribute("data-key")).toBe("budgetTokens");
    expect(await page.locator("[data-key=reasoning]").getAttribute("open")).not.toBeNull();
    const input = page.getByLabel("Budget Tokens");
    expect(await input.getAttribute("aria-invalid")).toBe("true");
    expect(await input.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(message).toContain((await field.locator(".problem").textContent())?.trim());
  });

  test("a payload can be replaced at any speed", async () => {
    const { page } = opened;
    await show(page, "flow/message-triage.yaml", "Message Triage");
    const editor = page.getByLabel("Payload of Message Triage");
    for (let round = 0; round < 5; round++) {
      await editor.click();
      await page.keyboard.press("ControlOrMeta+A");
      await page.keyboard.press("Delete");
      await page.keyboard.insertText(`{"text": "Round ${round}"}`);
    }
    expect(await editor.textContent()).toBe('{"text": "Round 4"}');
    await page.getByRole("button", { name: "Run Message Triage" }).click();
    await page.waitForSelector(".right[aria-busy=false] .outcome:not(:empty)");
    expect(await page.locator(".outcome").textContent()).toBe("The flow has ended.");
  });

  test("a dropped file arrives byte for byte", async () => {
    const { page } = opened;
    const bytes = Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 31) % 256));
    await show(page, "action/chat", "Chat");
    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByLabel("Message", { exact: true }).fill("Read this.");
    await page.getByRole("button", { name: "Add to Attachments" }).click();
    const dropped = await page.evaluateHandle(
      (numbers) => {
        const transfer = new DataTransfer();
        const pdf = new TextEncoder().encode("%PDF-1.7\n");
        const content = new Uint8Array([...pdf, ...numbers]);
        transfer.items.add(new File([content], "order.pdf", { type: "application/pdf" }));
        return transfer;
      },
      [...bytes],
    );
    await page.locator("[data-key=attachments] .drop").dispatchEvent("drop", {
      dataTransfer: dropped,
    });
    await page.getByText("order.pdf, application/pdf, 4105 bytes").waitFor();
    await runStep(page);
    const sent = await sentMessage(page);
    const data = Buffer.concat([Buffer.from("%PDF-1.7\n"), bytes]).toString("base64");
    expect(sent).toContain(`"data": "${data}"`);
    expect(sent).toContain('"title": "order.pdf"');
  });

  test("a reply is shown before it has ended", async () => {
    let end = () => {};
    const server = await startServer(async (_, response) => {
      const events = textEvents("Bent once, it holds.");
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(eventStream(events.slice(0, 5)));
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      response.end(eventStream(events.slice(5)));
    });
    const env = { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: server.url };
    const page = await openWith(opened.browser, env);
    await page.getByLabel("Message", { exact: true }).fill("Write a haiku.");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.locator(".arriving").waitFor();
    expect(await page.locator(".arriving").textContent()).toBe("Bent once,");
    expect(await page.locator(".right").getAttribute("aria-busy")).toBe("true");
    end();
    await page.waitForSelector(".right[aria-busy=false]");
    expect(await page.locator(".right .text").textContent()).toBe("Bent once, it holds.");
  });

  test("the emulator's next reply can be one that a flow must handle", async () => {
    const { page } = opened;
    await recipe(page, "Translate a text");
    await page.locator(".target summary").click();
    await page.getByLabel("Next reply").selectOption("refused");
    await runStep(page);
    expect(await page.locator(".leaf", { hasText: "stop_reason" }).textContent()).toBe(
      'stop_reason "refusal"',
    );
    await runStep(page);
    expect(await page.locator(".leaf", { hasText: "stop_reason" }).textContent()).toBe(
      'stop_reason "end_turn"',
    );
    await page.locator(".target summary").click();
  });

  test("an agent waits for approval, and a click resumes it", async () => {
    const { page } = opened;
    await recipe(page, "Agent with an approval");
    await runStep(page);
    expect(await page.locator(".badge").textContent()).toBe("Waiting");
    expect(await page.locator(".approval").textContent()).toContain('{"order":"A-1042"}');
    await page.getByRole("button", { name: "Approve" }).click();
    await page.waitForFunction(() => document.querySelector("h2")?.textContent === "Resume Agent");
    await runStep(page);
    expect(await page.locator(".badge").textContent()).toBe("Done");
    expect(await page.locator(".right .text").textContent()).toContain("refunded");
  });

  test("a reference to an earlier step is replaced by its output", async () => {
    const { page } = opened;
    await show(page, "action/countTokens", "Count Tokens");
    await page.getByLabel("Message", { exact: true }).fill("Hi");
    await runStep(page);
    const tokens = page.locator(".leaf", { hasText: "input_tokens" });
    const [, count = ""] = (await tokens.textContent())?.split(" ") ?? [];
    expect(await tokens.getByRole("button").getAttribute("title")).toBe(
      "Copy countTokens.results.input_tokens",
    );
    await show(page, "action/chat", "Chat");
    await page.getByLabel("Message", { exact: true }).fill("countTokens.results.input_tokens");
    await runStep(page);
    expect(await sentMessage(page)).toContain(`"content": "${count}"`);
    await page.getByLabel("Message", { exact: true }).fill("resumeLater.results.text");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("alert").textContent()).toBe(
      "Error: The step resumeLater has not run yet.",
    );
  });

  test("the step is copied as YAML, as code and as curl", async () => {
    const { page } = opened;
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const copied = async (name: string) => {
      await page.getByRole("button", { name }).first().click();
      return page.evaluate(() => navigator.clipboard.readText());
    };
    await recipe(page, "Route a ticket");
    expect(await copied("Copy as YAML step")).toBe(`- name: Classify and Branch
  stableKey: classify-and-branch
  action:
    key: classifyAndBranch
    component:
      key: anthropic
      isPublic: false
      version: LATEST
  inputs:
    connection:
      type: configVar
      value: Anthropic API
    model:
      type: value
      value: claude-sonnet-5-5
    text:
      type: value
      value: There is a mistake on my invoice, please refund it.
    branches:
      type: complex
      value:
        - name:
            type: value
            value: Billing
          type: value
          value: invoices, payments, refunds
        - name:
            type: value
            value: Bug
          type: value
          value: something does not work as it should
`);
    expect(
      await copied("Copy as code-native"),
    ).toBe(`const { data } = await context.components.anthropic.classifyAndBranch({
  connection: context.configVars["Anthropic API"],
  "model": "claude-sonnet-5-5",
  "text": "There is a mistake on my invoice, please refund it.",
  "branches": [
    {
      "key": "Billing",
      "value": "invoices, payments, refunds"
    },
    {
      "key": "Bug",
      "value": "something does not work as it should"
    }
  ]
});
`);
    await runStep(page);
    await page.locator(".exchange").last().locator("summary").click();
    const curl = await page
      .getByRole("button", { name: "Copy as curl" })
      .last()
      .click()
      .then(() => page.evaluate(() => navigator.clipboard.readText()));
    expect(curl).toMatch(/^curl http:\/\/127\.0\.0\.1:\d+\/v1\/messages -X POST \\\n/);
    expect(curl).toContain('-H "x-api-key: $ANTHROPIC_API_KEY"');
    expect(curl).toContain('"model":"claude-sonnet-5-5"');
  });

  test("no request leaves this machine", async () => {
    const remote: unknown[] = [];
    const connect = vi.spyOn(net.Socket.prototype, "connect");
    onTestFinished(() => connect.mockRestore());
    const page = await openWith(opened.browser, {});
    page.on("request", (request) => remote.push(new URL(request.url()).hostname));
    await page.reload();
    await recipe(page, "Search the web, with sources");
    await runStep(page);
    await recipe(page, "Agent with two flows");
    await runStep(page);
    for (const [first] of connect.mock.calls.map((call) => call.flat() as unknown[])) {
      remote.push((first as { host?: string }).host);
    }
    expect([...new Set(remote)]).toEqual(["127.0.0.1"]);
  });
});

inBrowser("keys", (opened) => {
  const filesSince = (time: number, folder = root): string[] =>
    readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => !["node_modules", ".git"].includes(name))
      .flatMap((entry) => {
        const file = path.join(folder, entry.name);
        if (entry.isDirectory()) return filesSince(time, file);
        return statSync(file).mtimeMs > time ? [file] : [];
      });

  test("a pasted key is only in the header of requests", async () => {
    const started = Date.now();
    const server = await startServer(streamed("Hi."));
    const printed: string[] = [];
    for (const stream of [process.stdout, process.stderr]) {
      const spy = vi.spyOn(stream, "write").mockImplementation((chunk) => {
        printed.push(String(chunk));
        return true;
      });
      onTestFinished(() => spy.mockRestore());
    }
    const page = await openWith(opened.browser, { ANTHROPIC_BASE_URL: server.url });
    const received: string[] = [];
    page.on("response", async (response) => {
      received.push(await response.text().catch(() => ""));
    });
    await useRealApi(page);
    await page.getByLabel("Message", { exact: true }).fill("Hi");
    await runStep(page);
    expect(server.request().headers["x-api-key"]).toBe(apiKey);
    const values = await page.evaluate(() => [
      ...[...document.querySelectorAll("input, textarea")].map(
        (field) => (field as HTMLInputElement).value,
      ),
      JSON.stringify({ ...localStorage, ...sessionStorage }),
      document.cookie,
      location.href,
    ]);
    const seen = [await page.content(), ...values, ...received, ...printed].join("\n");
    expect(seen).toContain("Hi.");
    expect(seen).not.toContain(apiKey);
    const files = filesSince(started).map((file) => readFileSync(file, "utf8"));
    expect(files.join("\n")).not.toContain(apiKey);
  });

  test("the cost so far is shown, and no step starts after the cap", async () => {
    const server = await startServer(streamed("Hi."));
    const page = await openWith(opened.browser, { ANTHROPIC_BASE_URL: server.url });
    await useRealApi(page, "0.00001");
    await page.getByLabel("Message", { exact: true }).fill("Hi");
    await runStep(page);
    const cost = await page.locator(".real").textContent();
    expect(cost).toMatch(/^Real API, \$0\.0001 of \$0\.00001$/);
    await runStep(page);
    expect(await page.getByRole("alert").textContent()).toBe(
      "CapReached: The steps so far cost $0.0001, and the cap is $0.00001. Raise the cap to go on.",
    );
    expect(server.requests).toHaveLength(1);
  });
});

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");

inBrowser("accessibility", (opened) => {
  const faults = async (page: Page): Promise<string[]> => {
    await page.evaluate(axe);
    return page.evaluate(async () => {
      // biome-ignore lint/suspicious/noExplicitAny: axe is a global of the page
      const { violations } = await (globalThis as any).axe.run();
      return violations
        .filter(({ impact }: { impact: string }) => ["serious", "critical"].includes(impact))
        .map(
          ({ id, nodes }: { id: string; nodes: { html: string }[] }) =>
            `${id}: ${nodes[0]?.html.slice(0, 200)}`,
        );
    });
  };

  test.each([
    [360, "light"],
    [360, "dark"],
    [1600, "light"],
    [1600, "dark"],
  ] as const)(
    "axe finds no serious fault at %i px, %s, and nothing is cut off",
    async (width, colorScheme) => {
      const { page } = opened;
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      for (const title of [
        "Invoice to a record",
        "Agent with an approval",
        "Rate each row of a list",
      ]) {
        await recipe(page, title);
        await runStep(page);
        await page.evaluate(() => {
          for (const details of document.querySelectorAll("details")) details.open = true;
        });
        expect(await faults(page)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      }
      await page.getByRole("button", { name: "Support Agent" }).click();
      await page.getByRole("button", { name: "Run Support Agent" }).click();
      await page.locator(".approval").waitFor();
      expect(await faults(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    },
  );

  test("on a small screen, the result of a run is in sight", async () => {
    const { page } = opened;
    await page.setViewportSize({ width: 360, height: 800 });
    await recipe(page, "Translate a text");
    await runStep(page);
    const heading = page.locator(".right h2");
    await page.waitForFunction(() => {
      const { top = -1 } = document.querySelector(".right h2")?.getBoundingClientRect() ?? {};
      return top >= 0 && top < innerHeight;
    });
    expect(await heading.textContent()).toBe("Result");
  });

  test("a step is found, filled in and run by keyboard", async () => {
    const { page } = opened;
    await page.setViewportSize({ width: 1600, height: 1000 });
    const focused = () =>
      page.evaluate(() => document.activeElement?.textContent || document.activeElement?.id);
    const tabTo = async (name: string) => {
      for (let count = 0; count < 60 && (await focused())?.trim() !== name; count++) {
        await page.keyboard.press("Tab");
      }
      expect((await focused())?.trim()).toBe(name);
    };
    await page.getByRole("searchbox").focus();
    await page.keyboard.type("OpenAI's format");
    await tabTo("✎ A request in OpenAI's format");
    await page.keyboard.press("Enter");
    await page.waitForFunction(
      () => document.querySelector("h2")?.textContent === "Create Chat Completion",
    );
    // Tab leaves the editor.
    const editor = page.locator(".cm-content").first();
    await editor.focus();
    await page.keyboard.press("Tab");
    expect(await editor.evaluate((element) => element === document.activeElement)).toBe(false);
    await page.getByRole("searchbox").focus();
    await tabTo("Run");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".right[aria-busy=false] .text, .right .leaf");
    expect(await page.locator(".right .error").count()).toBe(0);
  });
});
