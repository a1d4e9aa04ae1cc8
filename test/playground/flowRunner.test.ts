/** The integrations of examples/ without the page: what their last steps receive. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FlowRunner, startFlowRunner } from "../../dev/playground/integration";
import { samples } from "../../dev/playground/samples";
import { openSession, type Session } from "../../dev/playground/session";

let session: Session;
let runner: FlowRunner;
beforeAll(async () => {
  session = await openSession();
  runner = await startFlowRunner(session);
});
afterAll(async () => {
  await runner.stop();
  await session.stop();
});

/** Runs a flow with its sample. Returns what each step of another component received. */
const run = async (file: string, flow: string, payload?: unknown) => {
  const received: Record<string, unknown> = {};
  const failed: string[] = [];
  await runner.run({ file, flow, payload: payload ?? samples[file]?.payloads?.[flow] }, (event) => {
    if (event.type === "stand-in") received[event.name] = event.inputs;
    if (event.type === "error") failed.push(event.message);
  });
  expect(failed).toEqual([]);
  return received;
};

test("document-comparison.yaml sends the differences as a list", async () => {
  const received = await run("document-comparison.yaml", "Document Comparison");
  expect(received["Send Differences"]).toEqual({
    url: "https://example.com/differences",
    data: [
      {
        topic: "Notice period",
        earlier: "30 days of notice",
        later: "60 days of notice",
        importance: "high",
      },
    ],
  });
});

test("support-triage.yaml sends the ticket with a draft to the team", async () => {
  const received = await run("support-triage.yaml", "Support Triage");
  expect(received["Send Billing Ticket"]).toEqual({
    url: "https://example.com/tickets",
    data: {
      team: "Billing",
      ticket: {
        priority: "urgent",
        customer: "Blue Bakery",
        summary: "I was charged twice for my last invoice.",
      },
      draft: expect.stringContaining("I was charged twice"),
    },
  });
});

test("support-triage.yaml sends a message that fits no team without a draft", async () => {
  const text = "The weather is nice.\nPriority: low\nCustomer: Ann Lee";
  const received = await run("support-triage.yaml", "Support Triage", { text });
  expect(received["Send Rest"]).toEqual({
    url: "https://example.com/tickets",
    data: { priority: "low", customer: "Ann Lee", summary: "The weather is nice." },
  });
});

test("weekly-cost-report.yaml reports the runs of the week, then starts a new list", async () => {
  const file = "weekly-cost-report.yaml";
  const { "Save Runs": first } = await run(file, "Summarize Ticket");
  const { "Save Runs": saved } = await run(file, "Summarize Ticket");
  const dollars = 0.0000124;
  const entry = { flow: "Summarize Ticket", dollars };
  expect([first, saved]).toEqual([
    { keyInput: "runs", valueInput: [entry] },
    { keyInput: "runs", valueInput: [entry, entry] },
  ]);
  const report = async () => (await run(file, "Weekly Report"))["Send Report"];
  const text = (sums: object) => `Emulated summary: ${JSON.stringify(sums)}`;
  const url = "https://example.com/reports";
  const flows = { "Summarize Ticket": { runs: 2, dollars: 2 * dollars, unknownCost: 0 } };
  expect(await report()).toEqual({
    url,
    data: text({ runs: 2, dollars: 2 * dollars, flows }),
  });
  expect(await report()).toEqual({ url, data: text({ runs: 0, dollars: 0, flows: {} }) });
});

test("agent-approval.yaml posts links whose page resumes the agent", async () => {
  const received = await run("agent-approval.yaml", "Refund Agent");
  const { data } = received.Ask as { data: string };
  const [, link = ""] = /\[Approve\]\((.+?)\)/.exec(data) ?? [];
  expect(await (await fetch(link)).text()).toContain("<h2>Refund Order</h2>");
  const body = new URLSearchParams({ decision: "approve" });
  expect((await fetch(link, { method: "POST", body })).status).toBe(200);
  expect((await fetch(link, { method: "POST", body })).status).toBe(404);
});
