import { flow } from "@prismatic-io/spectral";
import { anthropic } from "./anthropic";

interface Invoice {
  number: string;
  date: string;
  total: number;
  dueDate: string | null;
}

/** Reads the invoice that is posted to the flow. If something is missing, drafts a question about it. */
export const readInvoice = flow({
  name: "Read Invoice",
  stableKey: "read-invoice",
  description: "Reads the invoice that is posted to the flow",
  onExecution: async ({ configVars, logger }, { onTrigger }) => {
    const connection = configVars["Claude Connection"];
    const { data: extracted } = await anthropic.extractData({
      connection,
      attachments: [{ key: "invoice", value: onTrigger.results.body }],
      fields: [
        { name: "number", required: true },
        { name: "date", type: "date", required: true },
        { name: "total", type: "number", required: true },
        { name: "dueDate", type: "date", required: true },
      ],
      requestOptions: { onFailure: "returnError", timeout: 120 },
    });
    if (!extracted.ok) {
      logger.error(`The invoice was not read: ${extracted.error?.code}`);
      return { data: { error: extracted.error?.code, retryable: extracted.error?.retryable } };
    }
    const invoice = extracted.json as Invoice;
    if (extracted.missing.length === 0) return { data: { invoice } };
    const { data: question } = await anthropic.chat({
      connection,
      systemPrompt: "Reply with one sentence.",
      initialMessage: "Ask the sender of invoice {{number}} for: {{missing}}",
      requestOptions: {
        variables: { number: invoice.number, missing: extracted.missing.join(", ") },
      },
    });
    return { data: { invoice, missing: extracted.missing, question: question.text } };
  },
});
