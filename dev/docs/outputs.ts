import type { OutputDescription, StepDescription } from "../description";
import { code, compactTable } from "./markdown";

const inDollars = "In US dollars";

/** The meaning of members whose schema does not describe them, by the field and the member. */
const meanings: Record<string, string> = {
  "toolCalls.id": "ID of the call, the key of its result in Tool Results",
  "toolCalls.name": "The tool that Claude calls",
  "toolCalls.input": "The input that matches the tool's input_schema",
  "sources.url": "URL of the page",
  "sources.title": "Title of the page or the document",
  "sources.citedText": "The passage that the reply cites",
  "files.fileId": "ID for Download File",
  "cost.input": inDollars,
  "cost.output": inDollars,
  "cost.total": `${inDollars}, web searches included`,
  "fields.name": "Name",
  "fields.type": "Type",
  "fields.description": "Description",
  "fields.required": "Required",
  "fields.list": "List",
  "fields.choices": "Choices",
  "counts.total": "All",
  "counts.succeeded": "Succeeded",
  "counts.failed": "Failed",
  "counts.remaining": "Not begun",
  "counts.batched": "Submitted as a batch",
  "counts.errored": "Rejected by the API",
  "counts.canceled": "Canceled",
  "counts.expired": "Not processed within 24 hours",
  "pending.id": "ID of the call, for Decisions of Resume Agent",
  "pending.tool": "The flow to approve",
  "pending.input": "The input of the flow",
  "steps.tool": "The tool that was called",
  "steps.input": "Its input",
  "steps.output": "Its output, null if it failed",
  "steps.error": "Why it failed, null if it succeeded",
  "steps.durationMs": "Duration in milliseconds",
  "choices.message": "The reply, with role, content, refusal and tool_calls",
  "choices.finish_reason": "stop, length, tool_calls or content_filter",
  "request_counts.processing": "Not finished",
  "request_counts.succeeded": "Succeeded",
  "request_counts.errored": "Rejected by the API",
  "request_counts.canceled": "Canceled",
  "request_counts.expired": "Not processed within 24 hours",
};

/** Members of a member only repeat what the page of Chat lists. */
const maxDepth = 2;

const rowsOf = (
  outputs: readonly OutputDescription[],
  parent: { path: string; name: string },
  depth = 0,
): string[][] =>
  outputs.flatMap(({ name, type, description, members = [] }) => {
    const meaning = description || meanings[`${parent.name}.${name}`];
    if (!meaning) return [];
    const path = `${parent.path}.${name}`;
    const entries = { path: type.startsWith("array") ? `${path}[0]` : path, name };
    return [
      [code(path), type, meaning],
      ...(depth < maxDepth ? rowsOf(members, entries, depth + 1) : []),
    ];
  });

/** The fields that later steps can reference. */
export const outputSection = ({ key, outputs, example }: StepDescription): string[] => {
  const results = `${key}.results`;
  if (!outputs) {
    return Buffer.isBuffer((example as { data?: unknown } | undefined)?.data)
      ? [
          `${code(results)} is the file as binary data with its content type, which other steps accept as a file.`,
        ]
      : [`${code(results)} is the API's response.`];
  }
  return [
    `References in a flow in which the step is named ${code(key)}. \`[0]\` is the first entry of a list.`,
    compactTable(["Reference", "Type", "Meaning"], rowsOf(outputs, { path: results, name: "" })),
  ];
};
