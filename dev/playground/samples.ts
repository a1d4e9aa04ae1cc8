/* What the integrations in examples/ receive: sample payloads, and outputs of steps that only exist on the platform. */
import { readFileSync } from "node:fs";
import path from "node:path";

const invoice = readFileSync(path.join(__dirname, "../samples/invoice.pdf"));

/** A text file as a webhook receives it in JSON. */
const textFile = (name: string, lines: string[]) => ({
  name,
  contentType: "text/plain",
  contentBytes: Buffer.from(lines.join("\n")).toString("base64"),
});

const reviews = [
  { order: "A-1042", review: "They hold, and they look good." },
  { order: "A-1043", review: "Half of them were bent." },
  { order: "A-1044", review: "Arrived a day early. Will buy again." },
  { order: "A-1045", review: "The box was open and empty." },
];

interface Samples {
  /** The bodies that webhooks receive, by the name of the flow. */
  payloads?: Record<string, unknown>;
  /** The outputs of steps of other components, by the name of the step. */
  outputs?: Record<string, unknown>;
}

/** By the file of the integration. */
export const samples: Record<string, Samples> = {
  "agent-approval.yaml": {
    payloads: {
      "Refund Agent": { message: "Please refund order A-1042." },
      Approval: { state: "", decisions: true },
      "Refund Order": { order: "A-1042" },
    },
    outputs: { Refund: { order: "A-1042", refunded: true } },
  },
  "chatbot.yaml": {
    payloads: { Chatbot: { user: "user-1042", text: "I like blue paper clips. Which do I like?" } },
  },
  "document-comparison.yaml": {
    payloads: {
      "Document Comparison": {
        earlier: textFile("contract-1.txt", ["The contract ends with 30 days of notice."]),
        // The emulator finds values by their labels.
        later: textFile("contract-2.txt", [
          "The contract ends with 60 days of notice.",
          "Topic: Notice period",
          "Earlier: 30 days of notice",
          "Later: 60 days of notice",
          "Importance: high",
        ]),
      },
    },
  },
  "documents-to-summaries.yaml": {
    outputs: {
      "Get Folder": [
        { id: "C-17", file: { name: "c-17.pdf", data: invoice, contentType: "application/pdf" } },
        { id: "C-18", file: { name: "c-18.pdf", data: invoice, contentType: "application/pdf" } },
      ],
    },
  },
  "email-to-record.yaml": {
    payloads: {
      "E-mail to Record": {
        subject: "Order 4711",
        text: "Customer: Paper Clip Works\nOrder number: 4711\nTotal: 118.50 EUR\nDelivery date: 2026-12-01",
        attachments: [],
      },
    },
  },
  "list-enrichment.yaml": {
    payloads: {
      "List Enrichment": [
        {
          company: "Paper Clip Works",
          text: "Makes paper clips. Industry: office supplies. Employees: 120",
        },
        { company: "Blue Bakery", text: "Bakes bread. Industry: food. Employees: 14" },
      ],
    },
  },
  "message-triage.yaml": {
    payloads: { "Message Triage": { text: "There is a mistake on my invoice, please refund it." } },
  },
  "nightly-batch.yaml": { outputs: { "Get Reviews": reviews } },
  "receipt-to-record.yaml": {
    payloads: { "Receipt to Record": { data: invoice, contentType: "application/pdf" } },
  },
  "support-agent.yaml": {
    payloads: {
      "Support Agent": {
        message: "My order A-1042 never came. Look it up and refund it if it is lost.",
      },
      Decide: { state: "", decisions: true },
      "Find Order": { order: "A-1042" },
      "Track Parcel": { parcel: "P-77310" },
      "Refund Order": { order: "A-1042" },
    },
    outputs: {
      "Look Up": { order: "A-1042", item: "Paper clips", total: 18.5, state: "lost on the way" },
      Track: { parcel: "P-77310", places: ["Depot 4", "unknown"] },
      Refund: { order: "A-1042", refunded: true },
    },
  },
  "support-triage.yaml": {
    payloads: {
      "Support Triage": {
        text: "I was charged twice for my last invoice. Please refund one payment.\nPriority: urgent\nCustomer: Blue Bakery\nE-mail: orders@bakery.example.com",
      },
    },
  },
  "weekly-cost-report.yaml": {
    payloads: {
      "Summarize Ticket": {
        ticket: "T-17",
        text: "The lid of the box does not close. I tried it twice. Please send another one.",
      },
    },
  },
};
