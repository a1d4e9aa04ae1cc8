/* Examples for the pages of actions: the built component, run against the emulator. */
import { recipes } from "../playground/recipes";
import type { Data, Runner } from "./runner";

/** A run to show. */
interface Run {
  step: string;
  title: string;
  inputs: Data;
  /** The fields of the output to show. */
  fields: string[];
}

/** What a page shows of a run. */
export interface Example {
  title: string;
  inputs: Data;
  /** Undefined for a step without branches. */
  branch?: string;
  output: Data;
}

const recipe = (title: string): Data => recipes.find((one) => one.title === title)?.inputs ?? {};

const weather = [
  {
    name: "get_temperature",
    description: "Temperature in a city, in °C",
    input_schema: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
    },
  },
];

const contact = {
  type: "object",
  properties: { name: { type: "string" }, email: { type: "string" } },
  required: ["name", "email"],
};

const rows = [
  { order: "A-1042", review: "Rating: 5\nThey look good." },
  { order: "A-1043", review: "Rating: 2\nHalf of them were bent. #refused" },
];

const runs: Run[] = [
  {
    step: "chat",
    title: "With a JSON Schema, the data is in `json`",
    inputs: {
      initialMessage: "Name: Ada Byron\nEmail: ada@example.com",
      output: { jsonSchema: JSON.stringify(contact) },
    },
    fields: ["ok", "text", "json", "warnings"],
  },
  {
    step: "chat",
    title: "With Tool Definitions, the calls of Claude are in `toolCalls`",
    inputs: {
      initialMessage: "What is the temperature in Berlin?",
      tools: { definitions: JSON.stringify(weather) },
    },
    fields: ["text", "toolCalls", "stop_reason"],
  },
  {
    step: "chat",
    title: "With Web Search, the pages that the reply cites are in `sources`",
    inputs: recipe("Search the web, with sources"),
    fields: ["text", "sources"],
  },
  {
    step: "chat",
    title: "With Code Execution, the files that Claude creates are in `files`",
    inputs: {
      initialMessage: "Create a chart of 3, 5 and 8 as a file.",
      tools: { codeExecution: "true" },
    },
    fields: ["text", "files"],
  },
  {
    step: "chat",
    title: "With On Failure, a refusal is data (`#refused` asks the emulator for it)",
    inputs: {
      initialMessage: "#refused",
      output: { failWhenIncomplete: "true" },
      requestOptions: { onFailure: "returnError" },
    },
    fields: ["ok", "error", "refused"],
  },
  {
    step: "extractData",
    title: "A document",
    inputs: recipe("Invoice to a record"),
    fields: ["ok", "json", "missing"],
  },
  {
    step: "extractData",
    title: "With Evidence, and a required value that the text does not have",
    inputs: recipe("Order to a record, with evidence"),
    fields: ["json", "missing", "evidence", "review"],
  },
  {
    step: "processList",
    title: "Two rows, one of which Claude refuses (`#refused` asks the emulator for it)",
    inputs: {
      items: JSON.stringify(rows),
      idField: "order",
      message: "{{review}}",
      fields: [{ name: "rating", type: "integer", required: "true" }],
    },
    fields: ["results", "failed", "counts"],
  },
  {
    step: "classifyAndBranch",
    title: "A text that fits a branch",
    inputs: recipe("Route a ticket"),
    fields: ["branch", "reason", "confidence"],
  },
  {
    step: "classifyAndBranch",
    title: "A text that fits none",
    inputs: { ...recipe("Route a ticket"), text: "Good morning!" },
    fields: ["branch", "reason", "confidence"],
  },
  {
    step: "runAgent",
    title: "Without approvals",
    inputs: recipe("Agent with two flows"),
    fields: ["status", "text", "steps", "turns"],
  },
  {
    step: "runAgent",
    title: "With an approval for Refund Order",
    inputs: recipe("Agent with an approval"),
    fields: ["status", "pending", "state", "steps", "turns"],
  },
  {
    step: "countTokens",
    title: "The default of Max Tokens",
    inputs: recipe("Cost of a message before it is sent"),
    fields: ["input_tokens", "fits", "contextWindow", "cost"],
  },
  {
    step: "createChatCompletion",
    title: "A message",
    inputs: recipe("A request in OpenAI's format"),
    fields: ["choices", "cost"],
  },
  {
    step: "createBatch",
    title: "Three rows",
    inputs: recipe("Reviews as a batch"),
    fields: ["processing_status", "request_counts", "submitted", "truncatedIds"],
  },
];

/** The emulator makes its IDs at random. Texts that differ from run to run get a steady form. */
const steady = (value: unknown): unknown => {
  const seen: Record<string, string> = {};
  const text = JSON.stringify(value)
    .replace(/\b(msg|msgbatch|req|toolu|srvtoolu|file)_[\w-]{16,}/g, (id, prefix: string) => {
      seen[id] ??= `${prefix}_${String(Object.keys(seen).length + 1).padStart(2, "0")}`;
      return seen[id];
    })
    .replace(/"agent1\.[^"]+"/g, '"agent1.H4sIAAAAAAAAA…"')
    .replace(/"durationMs":\d+/g, '"durationMs":240');
  return JSON.parse(text);
};

/** The inputs as a person enters them: files are references, JSON is data. */
const shown = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value === "string" && /^(\[|\{\s*")/.test(value)) return JSON.parse(value);
  if (typeof value !== "object" || value === null) return value;
  if ("data" in value && "contentType" in value) return "the file of an earlier step";
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shown(member)]));
};

const exampleOf = (
  { title, inputs, fields }: Omit<Run, "step">,
  { data, branch }: { data: Data; branch?: string },
): Example => {
  const picked = Object.fromEntries(fields.map((name) => [name, data[name]]));
  return {
    title,
    inputs: shown(inputs) as Data,
    ...(branch ? { branch } : {}),
    output: steady(picked) as Data,
  };
};

/** The examples of each action, by its key. */
export const runExamples = async ({ run }: Runner): Promise<Record<string, Example[]>> => {
  const examples: Record<string, Example[]> = {};
  const add = (step: string, example: Example) => {
    examples[step] = [...(examples[step] ?? []), example];
  };
  const outputs: Record<string, Data> = {};
  for (const { step, ...rest } of runs) {
    const result = await run(step, rest.inputs);
    outputs[step] = result.data;
    add(step, exampleOf(rest, result));
  }
  const { state, pending } = outputs.runAgent as { state: string; pending: { id: string }[] };
  const decisions = pending.map(({ id }) => ({ id, approved: true }));
  add(
    "resumeAgent",
    exampleOf(
      {
        title: "The approved call of a run",
        inputs: steady({ state: "runAgent.results.state", decisions }) as Data,
        fields: ["status", "text", "steps", "turns"],
      },
      await run("resumeAgent", { state, decisions }),
    ),
  );
  const { id: batchId } = outputs.createBatch as { id: string };
  while ((await run("getBatch", { batchId })).data.processing_status !== "ended");
  add(
    "getBatchResults",
    exampleOf(
      {
        title: "The number and cost of the results only",
        inputs: { batchId: "createBatch.results.id", returnAs: "counts" },
        fields: ["results", "counts", "cost"],
      },
      await run("getBatchResults", { batchId, returnAs: "counts" }),
    ),
  );
  return examples;
};
