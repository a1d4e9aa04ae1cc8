/* The steps of the demonstration. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { AgentOutput } from "../../src/claude/agent/schema";
import type { BatchResults } from "../../src/claude/batches/results";
import type { CreatedBatch } from "../../src/claude/batches/schema";
import type { MessageResult } from "../../src/claude/messages/result";
import type { TokenCount } from "../../src/claude/messages/schema";
import { flowNames, startFlows } from "../flows";
import { inlineJson, say } from "../screen";
import { type OpenBatch, waitForEnd } from "./batch";
import { agentCostLimit } from "./cost";
import type { Runner, StepOptions } from "./show";

const haiku = "Write a haiku about a paper clip.";
const shorter = "Now the same in one line.";
const picture = "What is in this picture?";
const invoice = "Read this invoice.";
const weather = "How warm is it in Bonn?";
const complaint = "My order A-1042 never came. Look it up and refund it if it is lost.";
const reviews = [
  { order: "A-1042", review: "They hold, and they look good." },
  { order: "A-1043", review: "Half of them were bent." },
  { order: "A-1044", review: "Arrived a day early. Will buy again." },
  { order: "A-1045", review: "The box was open and empty." },
];

const sample = (name: string) => readFileSync(path.join(__dirname, "..", name));
const file = (name: string, contentType: string) => ({
  key: path.basename(name),
  value: { data: sample(name), contentType },
});
const invoiceFile = () => file("samples/invoice.pdf", "application/pdf");

const chat = (
  { show }: Runner,
  inputs: Record<string, unknown>,
  summary: (data: MessageResult) => string,
  options?: StepOptions<MessageResult>,
) => show<MessageResult>("chat", inputs, summary, options);

export const demonstrate = async (runner: Runner, open: OpenBatch): Promise<void> => {
  await showModels(runner);
  await showChat(runner);
  await showData(runner);
  await showTools(runner);
  await showAgent(runner);
  await showBatch(runner, open);
  await runner.show<{ data: { id: string }[]; has_more: boolean }>(
    "rawRequest",
    { method: "GET", url: "/models?limit=1" },
    (page) => inlineJson({ ...page, data: page.data.map(({ id }) => ({ id, "…": "…" })) }),
  );
  await showErrors(runner);
};

const showModels = async ({ show }: Runner) => {
  await show<{ data: { display_name: string }[] }>("listModels", { fetchAll: true }, ({ data }) =>
    [`${data.length} models, newest first:`, ...data.map(({ display_name }) => display_name)].join(
      "\n",
    ),
  );
  await show<{ display_name: string; max_input_tokens: number; max_tokens: number }>(
    "getModel",
    { model: "claude-sonnet-5-5" },
    (model) =>
      `${model.display_name}: up to ${model.max_input_tokens.toLocaleString("en")} input tokens and ${model.max_tokens.toLocaleString("en")} output tokens`,
  );
  await show<TokenCount>(
    "countTokens",
    { message: haiku },
    ({ input_tokens, fits, cost }) =>
      `${input_tokens} tokens, ${fits ? "fits" : "does not fit"}, costs at most $${cost?.total}`,
  );
};

const showChat = async (runner: Runner) => {
  runner.emulator?.failNext(529, "overloaded_error", "Overloaded");
  const poem = await chat(
    runner,
    { initialMessage: haiku, systemPrompt: "Reply with the poem only." },
    ({ text, usage, cost, requestId, attempts }) =>
      [
        text,
        "",
        `tokens    ${usage.input_tokens} in, ${usage.output_tokens} out, ${usage.total_tokens} total`,
        `cost      $${cost?.total}`,
        `request   ${requestId}`,
        `attempts  ${attempts}`,
      ].join("\n"),
    {
      remark:
        runner.emulator && "The emulator fails the first attempt on purpose, to show a retry.",
    },
  );
  await chat(
    runner,
    { initialMessage: shorter, conversation: poem?.conversation },
    ({ text }) => text,
  );
  await chat(
    runner,
    { initialMessage: picture, attachments: [file("../assets/icon.png", "image/png")] },
    ({ text }) => text,
  );
};

const showData = async (runner: Runner) => {
  await chat(
    runner,
    {
      initialMessage: invoice,
      attachments: [invoiceFile()],
      output: { jsonSchema: sample("samples/invoice.schema.json").toString() },
    },
    ({ json, warnings }) => [`json  ${inlineJson(json)}`, ...warnings].join("\n"),
  );
  await runner.show<MessageResult & { missing: string[] }>(
    "extractData",
    {
      attachments: [invoiceFile()],
      fields: [
        { name: "number", type: "text", required: true },
        { name: "date", type: "date", required: true },
        { name: "total", type: "number", required: true },
        { name: "dueDate", type: "date", required: true },
      ],
    },
    ({ json, missing }) => `json     ${inlineJson(json)}\nmissing  ${missing.join(", ")}`,
  );
  for (const text of [
    "I was charged twice for my last order.",
    "The button on the start page does nothing.",
    "Is it going to rain tomorrow?",
  ]) {
    await runner.show<{ branch: string; confidence: number; reason: string }>(
      "classifyAndBranch",
      {
        text,
        branches: [
          { key: "Billing", value: "invoices, payments, refunds" },
          { key: "Bug", value: "something does not work as it should" },
        ],
      },
      ({ branch, confidence, reason }) => `branch ${branch} (${confidence}): ${reason}`,
    );
  }
};

const showTools = async (runner: Runner) => {
  const tools = { definitions: sample("samples/tools.json").toString() };
  const first = await chat(runner, { initialMessage: weather, tools }, ({ toolCalls }) =>
    toolCalls.map(({ name, input }) => `calls ${name}: ${inlineJson(input)}`).join("\n"),
  );
  // Without a call, which only the real model may leave out, there is nothing to return to it.
  if (!first || first.toolCalls.length === 0) return;
  await chat(
    runner,
    {
      conversation: first.conversation,
      tools: { ...tools, toolResults: first.toolCalls.map(({ id }) => ({ key: id, value: 21 })) },
    },
    ({ text }) => text,
  );
};

const showAgent = async ({ show }: Runner) => {
  const flows = await startFlows();
  const options = { context: flows.context };
  const report = ({ steps, pending, text }: AgentOutput, branch: string) =>
    [
      `branch ${branch}`,
      ...steps.map(({ tool, output }) => `called ${tool}: ${inlineJson(output)}`),
      ...pending.map(({ tool, input }) => `needs approval: ${tool}: ${inlineJson(input)}`),
      text,
    ]
      .filter(Boolean)
      .join("\n");
  try {
    const waiting = await show<AgentOutput>(
      "runAgent",
      {
        task: complaint,
        flows: flowNames.map((flow) => ({ flow })),
        approvals: ["Refund Order"],
        limits: { cost: agentCostLimit },
      },
      report,
      options,
    );
    if (!waiting?.state || waiting.pending.length === 0) return;
    const decided = { state: waiting.state, decisions: true };
    await show<AgentOutput>("resumeAgent", decided, report, options);
  } finally {
    flows.stop();
  }
};

const showBatch = async (runner: Runner, open: OpenBatch) => {
  const creating = runner.show<CreatedBatch>(
    "createBatch",
    {
      items: reviews,
      idField: "order",
      message: "Is this review good or bad? One word. {{review}}",
    },
    ({ id, submitted }) => `${submitted} requests in ${id}`,
    { onResult: ({ id }) => !runner.emulator && Object.assign(open, { id }) },
  );
  if (!runner.emulator) open.created = creating;
  const batch = await creating;
  if (batch && !(await waitForEnd(runner, batch))) return;
  open.created = undefined;
  if (!batch) return;
  await runner.show<BatchResults>("getBatchResults", { batchId: batch.id }, ({ results, cost }) =>
    [
      ...results.map(({ id, row, status, reason, result }) => {
        const { review } = reviews[(row ?? 0) - 1] ?? {};
        return `${id}  ${(result?.text ?? `${status}: ${reason}`).padEnd(6)} ${review}`;
      }),
      `cost    $${cost?.total}, half the price of Chat`,
    ].join("\n"),
  );
};

const showErrors = async (runner: Runner) => {
  say("Examples of errors. The first one is found before any request is sent.\n");
  const never = () => "This step succeeded, but was expected to fail.";
  await chat(runner, { initialMessage: haiku, maxTokens: "lots" }, never, { fails: true });
  const retired = { initialMessage: haiku, model: "claude-3-5-sonnet-latest" };
  await chat(runner, retired, never, { fails: true });
};
