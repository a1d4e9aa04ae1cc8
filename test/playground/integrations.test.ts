/** Each integration of examples/ on the page: its flows run from their triggers to their ends. */
import { readdirSync } from "node:fs";
import path from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { inBrowser, show } from "./browser";

const examples = path.resolve(import.meta.dirname, "../../examples");

/** By file and flow, in the order in which the flows run: the steps that a run comes through. */
const runs: Record<string, { title: string; flows: Record<string, string[]> }> = {
  "chatbot.yaml": {
    title: "Chatbot",
    flows: { Chatbot: ["Message", "Memory of User", "Reply", "Send Reply"] },
  },
  "document-comparison.yaml": {
    title: "Document Comparison",
    flows: { "Document Comparison": ["Versions", "Compare", "Send Differences"] },
  },
  "documents-to-summaries.yaml": {
    title: "Documents to Summaries",
    flows: {
      "Submit Documents": ["Every Night", "Get Folder", "Submit"],
      "Forward Results": ["Batch Ended", "Read Results", "Send Results"],
    },
  },
  "email-to-record.yaml": {
    title: "E-mail to Record",
    flows: { "E-mail to Record": ["Mail", "Read Order", "Send Record"] },
  },
  "list-enrichment.yaml": {
    title: "List Enrichment",
    flows: { "List Enrichment": ["Rows", "Enrich", "Send Results"] },
  },
  "message-triage.yaml": {
    title: "Message Triage",
    flows: { "Message Triage": ["Message", "Triage", "Log Billing"] },
  },
  "nightly-batch.yaml": {
    title: "Nightly Batch",
    flows: {
      "Submit Reviews": ["Every Night", "Get Reviews", "Submit"],
      "Forward Results": ["Batch Ended", "Read Results", "Send Results"],
    },
  },
  "receipt-to-record.yaml": {
    title: "Receipt to Record",
    flows: { "Receipt to Record": ["Receipt", "Read Receipt", "Log Record"] },
  },
  "support-triage.yaml": {
    title: "Support Triage",
    flows: {
      "Support Triage": [
        "Message",
        "Read Message",
        "Triage",
        "Draft Billing Reply",
        "Billing Ticket",
        "Send Billing Ticket",
      ],
    },
  },
  "weekly-cost-report.yaml": {
    title: "Weekly Cost Report",
    flows: {
      "Summarize Ticket": [
        "Ticket",
        "Summarize",
        "Send Summary",
        "Get Runs",
        "Add Run",
        "Save Runs",
      ],
      "Weekly Report": [
        "Every Monday",
        "Get Week",
        "Add Up",
        "Write Report",
        "Send Report",
        "Start New Week",
      ],
    },
  },
};

const endOf = async (page: Page) => {
  await page.waitForSelector(".right[aria-busy=false] .outcome:not(:empty)");
  return page.locator(".outcome").textContent();
};

const steps = (page: Page) =>
  page
    .locator(".step > summary")
    .evaluateAll((all) => all.map((summary) => summary.firstChild?.textContent?.trim()));

inBrowser("integrations", (opened) => {
  test.each(Object.entries(runs))("%s runs to its end", async (file, { title, flows }) => {
    const { page } = opened;
    await show(page, `flow/${file}`, title);
    for (const [flow, expected] of Object.entries(flows)) {
      const started = page.waitForResponse((response) => response.url().endsWith("/api/flow"));
      await page.getByRole("button", { name: `Run ${flow}` }).click();
      await started;
      expect(await endOf(page)).toBe("The flow has ended.");
      expect(await steps(page)).toEqual(expected);
      expect(await page.locator(".right .error").allTextContents()).toEqual([]);
    }
  });

  test.each([
    ["support-agent.yaml", "Support Agent", "Support Agent"],
    ["agent-approval.yaml", "Agent with Approval", "Refund Agent"],
  ])("%s resumes after an approval", async (file, title, flow) => {
    const { page } = opened;
    await show(page, `flow/${file}`, title);
    await page.getByRole("button", { name: `Run ${flow}` }).click();
    expect(await endOf(page)).toBe("The flow has ended.");
    const resumed = page.waitForResponse((response) => response.url().endsWith("/api/flow"));
    await page.getByRole("button", { name: "Approve" }).click();
    await resumed;
    expect(await endOf(page)).toBe("The flow has ended.");
    expect(await page.locator(".right .text").last().textContent()).toContain("refunded");
  });
});

test("every integration of examples/ is run", () => {
  const files = readdirSync(examples).filter((name) => name.endsWith(".yaml"));
  expect([...Object.keys(runs), "agent-approval.yaml", "support-agent.yaml"].sort()).toEqual(files);
});
