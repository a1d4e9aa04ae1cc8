/** Demonstrates the actions of the built component: `npm start`. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { MessageBatch } from "@anthropic-ai/sdk/resources/messages/batches";
import { isTTY, progress } from "@clack/prompts";
import { createHarness } from "@prismatic-io/spectral/dist/testing";
import color from "picocolors";
import type { AgentOutput } from "../src/claude/agent/schema";
import type { BatchResults } from "../src/claude/batches/results";
import type { CreatedBatch } from "../src/claude/batches/schema";
import type { MessageResult } from "../src/claude/messages/result";
import type { TokenCount } from "../src/claude/messages/schema";
import { builtComponent } from "./component";
import { startFlows } from "./flows";
import { openTarget } from "./target";

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

const sample = (name: string) => readFileSync(path.join(__dirname, name));
const file = (name: string, contentType: string) => ({
  key: path.basename(name),
  value: { data: sample(name), contentType },
});

const main = async () => {
  const { connection, emulator } = await openTarget();
  const harness = createHarness(builtComponent);
  const logger = { ...console, metric: console.log, warn: note };

  console.log(
    emulator
      ? "Claude in a flow, using an emulator of Claude's API in this process: no account, no network, no cost.\nSet ANTHROPIC_API_KEY to use the real API instead.\n"
      : "Claude in a flow, using Claude's API. The output includes the cost of each reply.\n",
  );

  /** Runs an action, and prints its inputs and its result or error. */
  const show = async <T>(
    key: keyof typeof builtComponent.actions,
    inputs: Record<string, unknown>,
    summary: (data: T, branch: string) => string,
    context: object = {},
  ): Promise<T | undefined> => {
    const { display, inputs: definitions = [] } = builtComponent.actions[key] ?? {};
    console.log(color.bold(display?.label));
    for (const [name, value] of Object.entries(inputs)) {
      const definition = definitions.find((candidate) => candidate.key === name);
      for (const [label, text] of describeInput(definition, name, value)) {
        console.log(`  ${label.padEnd(labelWidth)}${text}`);
      }
    }
    try {
      const result = (await harness.action(key, { connection, ...inputs }, {
        logger,
        ...context,
      } as object)) as { data: T; branch?: string };
      console.log(color.green(indent(summary(result.data, result.branch ?? ""))));
      return result.data;
    } catch (error) {
      console.log(color.red(indent(String(error))));
      return undefined;
    } finally {
      console.log();
    }
  };
  const chat = (inputs: Record<string, unknown>, summary: (data: MessageResult) => string) =>
    show<MessageResult>("chat", inputs, summary);

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
  // The API is sometimes overloaded. The connector retries automatically.
  emulator?.failNext(529, "overloaded_error", "Overloaded");
  const poem = await chat(
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
  );
  await chat({ initialMessage: shorter, conversation: poem?.conversation }, ({ text }) => text);
  await chat(
    { initialMessage: picture, attachments: [file("../assets/icon.png", "image/png")] },
    ({ text }) => text,
  );
  const invoiceFile = file("samples/invoice.pdf", "application/pdf");
  await chat(
    {
      initialMessage: invoice,
      attachments: [invoiceFile],
      output: { jsonSchema: sample("samples/invoice.schema.json").toString() },
    },
    ({ json, warnings }) => [`json  ${JSON.stringify(json)}`, ...warnings].join("\n"),
  );
  await show<MessageResult & { missing: string[] }>(
    "extractData",
    {
      attachments: [invoiceFile],
      fields: [
        { name: "number", type: "text", required: true },
        { name: "date", type: "date", required: true },
        { name: "total", type: "number", required: true },
        { name: "dueDate", type: "date", required: true },
      ],
    },
    ({ json, missing }) => `json     ${JSON.stringify(json)}\nmissing  ${missing.join(", ")}`,
  );
  for (const text of [
    "I was charged twice for my last order.",
    "The button on the start page does nothing.",
    "Is it going to rain tomorrow?",
  ]) {
    await show<{ branch: string; confidence: number; reason: string }>(
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
  const tools = { definitions: sample("samples/tools.json").toString() };
  const first = await chat({ initialMessage: weather, tools }, ({ toolCalls }) =>
    toolCalls.map(({ name, input }) => `calls ${name}: ${JSON.stringify(input)}`).join("\n"),
  );
  await chat(
    {
      conversation: first?.conversation,
      tools: { ...tools, toolResults: first?.toolCalls.map(({ id }) => ({ key: id, value: 21 })) },
    },
    ({ text }) => text,
  );
  const flows = await startFlows();
  const report = ({ steps, pending, text }: AgentOutput, branch: string) =>
    [
      `branch ${branch}`,
      ...steps.map(({ tool, output }) => `called ${tool}: ${JSON.stringify(output)}`),
      ...pending.map(({ tool, input }) => `needs approval: ${tool}: ${JSON.stringify(input)}`),
      text,
    ]
      .filter(Boolean)
      .join("\n");
  const waiting = await show<AgentOutput>(
    "runAgent",
    { task: complaint, flows: flows.names.map((flow) => ({ flow })), approvals: ["Refund Order"] },
    report,
    flows.context,
  );
  if (waiting?.state) {
    await show<AgentOutput>(
      "resumeAgent",
      { state: waiting.state, decisions: true },
      report,
      flows.context,
    );
  }
  flows.stop();
  const batch = await show<CreatedBatch>(
    "createBatch",
    {
      items: reviews,
      idField: "order",
      message: "Is this review good or bad? One word. {{review}}",
    },
    ({ id, submitted }) => `${submitted} requests in ${id}`,
  );
  if (batch) {
    const hasEnded = await waitForEnd(batch, emulator ? 400 : 5_000, async () => {
      const inputs = { connection, batchId: batch.id };
      const result = await harness.action("getBatch", inputs, { logger });
      return result?.data as MessageBatch;
    });
    if (hasEnded) {
      await show<BatchResults>("getBatchResults", { batchId: batch.id }, ({ results, cost }) =>
        [
          ...results.map(({ id, row, status, reason, result }) => {
            const { review } = reviews[(row ?? 0) - 1] ?? {};
            return `${id}  ${(result?.text ?? `${status}: ${reason}`).padEnd(6)} ${review}`;
          }),
          `cost    $${cost?.total}, half the price of Chat`,
        ].join("\n"),
      );
    }
  }
  await show<{ data: { id: string }[]; has_more: boolean }>(
    "rawRequest",
    { method: "GET", url: "/models?limit=1" },
    (page) => JSON.stringify({ ...page, data: page.data.map(({ id }) => ({ id, "…": "…" })) }),
  );
  console.log("Examples of errors. The first one is found before any request is sent.\n");
  await chat({ initialMessage: haiku, maxTokens: "lots" }, () => "This line is never printed.");
  await chat(
    { initialMessage: haiku, model: "claude-3-5-sonnet-latest" },
    () => "The model replied.",
  );

  await emulator?.stop();
};

/** Time limit for a batch in this demonstration. The API may need up to a day. */
const batchLimitMs = 10 * 60_000;

/** Polls a batch until it has ended, and shows its progress. */
const waitForEnd = async (
  { request_counts, submitted }: CreatedBatch,
  everyMs: number,
  poll: () => Promise<MessageBatch>,
): Promise<boolean> => {
  // A progress bar is noise in a log.
  const bar = isTTY(process.stdout) ? progress({ max: submitted }) : undefined;
  const started = Date.now();
  bar?.start("Processing the batch");
  for (let remaining = request_counts.processing; Date.now() < started + batchLimitMs; ) {
    await sleep(everyMs);
    const batch = await poll();
    bar?.advance(remaining - batch.request_counts.processing);
    remaining = batch.request_counts.processing;
    if (batch.processing_status === "ended") {
      bar?.stop("The batch has ended\n");
      return true;
    }
  }
  bar?.stop();
  note("The batch is still being processed. Check it later with Get Batch.\n");
  return false;
};

const labelWidth = 18;

type Definition = (typeof builtComponent.actions)[string]["inputs"][number];

/** The lines that describe an input: one for each field of a group, one for a list. */
const describeInput = (
  definition: Definition | undefined,
  name: string,
  value: unknown,
): [label: string, text: string][] => {
  const label = definition?.label ?? name;
  if (definition?.collection && Array.isArray(value) && definition.inputs) {
    const rows = value.map(({ name, type, flow }) => flow ?? `${name} (${type})`);
    return [[label, rows.join(", ")]];
  }
  if (definition?.inputs && typeof value === "object" && value !== null) {
    const fields = definition.inputs;
    return Object.entries(value).map(([key, part]) => [
      fields.find((field) => field.key === key)?.label ?? key,
      summarize(part),
    ]);
  }
  if (name === "conversation")
    return [[label, `the ${(value as unknown[])?.length} earlier turns`]];
  return [[label, summarize(value)]];
};

/** A value on one line: rows by key, files by size, long data truncated. */
const summarize = (value: unknown): string => {
  if (typeof value !== "object" || value === null) return truncate(String(value));
  if (Array.isArray(value) && value.every((row) => row?.key !== undefined)) {
    return value.map(({ key, value }) => `${key}: ${summarize(value)}`).join(", ");
  }
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) {
    return truncate(value.join(", "));
  }
  const { data, contentType } = value as { data?: unknown; contentType?: unknown };
  if (Buffer.isBuffer(data)) return `${contentType}, ${(data.length / 1000).toFixed(1)} kB`;
  return truncate(JSON.stringify(value));
};

const truncate = (text: string): string => {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
};

const indent = (text: string) => text.replace(/^/gm, "  ");
const note = (line: unknown) => console.log(color.yellow(indent(String(line))));

void main();
