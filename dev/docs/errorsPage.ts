import type { StopReason } from "../../src/claude/agent/agent";
import { codeOfFailure, type ErrorCode, errorCodes } from "../../src/client/errorCode";
import { anthropic } from "../../src/connections/anthropic";
import { codeByShortfall } from "../../src/steps/messageResult";
import { describeOverBudget } from "../../src/wording/budget";
import { adviceByCode } from "../../src/wording/errorCodes";
import { failureWording } from "../../src/wording/failures";
import type { Labels } from "../../src/wording/labels";
import { describeShortfall, describeStopReason } from "../../src/wording/notices";
import { describeProblem } from "../../src/wording/problems";
import type { Description, InputDescription } from "../description";
import type { FailedRun } from "./failedRuns";
import { connectionExamples, failureExamples, shortfallExamples } from "./failureExamples";
import { code, compactTable, generated, link, list, page } from "./markdown";
import { labelOf, problemExamples, problemTopics } from "./problemExamples";

/** What a code means, and what a retry does. */
const meanings: Record<ErrorCode, { meaning: string; retry: string }> = {
  rate_limited: {
    meaning: "The rate limit of the API key is reached.",
    retry: "after the delay that the API asks for, which the step does automatically",
  },
  overloaded: { meaning: "The API is overloaded.", retry: "after some seconds or minutes" },
  server_error: { meaning: "The API failed.", retry: "after some seconds or minutes" },
  timeout: { meaning: "The response did not come within Timeout.", retry: "with a longer Timeout" },
  out_of_time: {
    meaning: "The 15 minutes of the execution are used up.",
    retry: "in another execution, with less in one step",
  },
  no_connection: {
    meaning: "The host cannot be reached, or the connection broke.",
    retry: "if the host is reachable again",
  },
  broken_response: { meaning: "The response broke off.", retry: "immediately" },
  conflict: { meaning: "Another request changes the same thing.", retry: "immediately" },
  paused: { meaning: "The API paused a long turn.", retry: "by continuing the conversation" },
  invalid_output: {
    meaning: "The reply does not match the structure, after a correction.",
    retry: "often, because Claude replies differently each time",
  },
  no_credit: {
    meaning: "The credit is used up, or a spend limit is reached.",
    retry: "after credit was bought or the limit was raised",
  },
  over_budget: {
    meaning: "The Daily Budget of the connection is spent. Nothing was sent.",
    retry: "on the next day in UTC, or after the budget was raised",
  },
  bad_key: { meaning: "The API key is not valid.", retry: "after the key was replaced" },
  no_access: {
    meaning: "The API key has no access to this.",
    retry: "after the workspace was given access",
  },
  not_found: {
    meaning: "The model, file or batch does not exist.",
    retry: "after the input was corrected",
  },
  too_large: {
    meaning: "The request is larger than the API or the model accepts.",
    retry: "with less",
  },
  invalid_request: {
    meaning: "The API does not accept the request.",
    retry: "after the input was corrected",
  },
  invalid_input: {
    meaning: "An input of the step is not valid. Nothing was sent.",
    retry: "after the input was corrected",
  },
  invalid_connection: {
    meaning: "The connection is not valid, or leads elsewhere.",
    retry: "after the connection was corrected",
  },
  unexpected_response: {
    meaning: "The host does not respond as Claude's API does.",
    retry: "after the connection was corrected",
  },
  refused: { meaning: "Claude refused.", retry: "with another message or model" },
  truncated: {
    meaning: "The reply is longer than its token limit.",
    retry: "with a larger Max Tokens",
  },
  internal: {
    meaning: "A fault of the connector.",
    retry: "after an update; report it with the message",
  },
};

const flat = (inputs: readonly InputDescription[]): InputDescription[] =>
  inputs.flatMap((input) => [input, ...flat(input.inputs ?? [])]);

/** The labels of an action, by key. */
const labelsOf = ({ actions }: Description, action: string): Labels =>
  Object.fromEntries(
    flat(actions.find(({ key }) => key === action)?.inputs ?? []).map(({ key, label }) => [
      key,
      label,
    ]),
  );

const { dailyBudget } = anthropic.inputs;

/** The end of a message that only says which request it is about. */
const facts = / \((GET|POST) [^()]*\)$/;

type Row = [message: string, cause: string, change: string];

/** The messages of each code, made by src. */
const rowsByCode = (
  description: Description,
  failures: readonly FailedRun[],
): Partial<Record<ErrorCode, Row[]>> => {
  const labels = { ...labelsOf(description, "chat"), message: "Message" };
  const describe = failureWording(labels);
  const call = { method: "POST", path: "/v1/messages", attempts: 3, connectionKey: "anthropic" };
  const all: [ErrorCode, Row][] = [
    ...failureExamples.map(({ failure, cause, change }): [ErrorCode, Row] => [
      codeOfFailure(failure),
      [describe(failure, call).replace(facts, ""), cause, change],
    ]),
    ...Object.values(shortfallExamples).map(({ shortfall, cause, change }): [ErrorCode, Row] => [
      codeByShortfall[shortfall.code],
      [describeShortfall(shortfall, labels), cause, change],
    ]),
    ...connectionExamples.map(({ message, cause, change }): [ErrorCode, Row] => [
      "invalid_connection",
      [message, cause, change],
    ]),
    [
      "over_budget",
      [
        describeOverBudget(5.02, 5),
        "Today's requests of the instance cost as much",
        dailyBudget.label,
      ],
    ],
    ...failures.map(({ error, cause, change }): [ErrorCode, Row] => [
      error.code,
      [error.message.replace(facts, ""), cause, change],
    ]),
  ];
  const rows: Partial<Record<ErrorCode, Row[]>> = {};
  for (const [name, row] of all) rows[name] = [...(rows[name] ?? []), row];
  return rows;
};

const names = Object.keys(errorCodes) as ErrorCode[];

const retryOf = (name: ErrorCode): string =>
  `Retry: ${errorCodes[name] ? "yes," : "no, only"} ${meanings[name].retry}.`;

const codeSection = (name: ErrorCode, rows: Row[] | undefined): string[] => [
  `### \`${name}\``,
  `${meanings[name].meaning} ${retryOf(name)}`,
  ...(rows ? [compactTable(["Message", "Cause", "Change"], rows)] : []),
];

const problemSections = (): string[] => {
  const all = Object.entries(problemExamples).map(([name, problem]) => {
    const label = labelOf(name);
    if (!label) throw new Error(`${name} has no label in dev/docs/problemExamples.ts`);
    const text = describeProblem(problem, { codeExecution: "Code Execution" });
    return { label, message: `${label} ${text}` };
  });
  return problemTopics.flatMap(({ title, labels }) => [
    `### ${title}`,
    list(
      all
        .filter((one) => labels.some(([label]) => label === one.label))
        .map(({ message }) => message),
    ),
  ]);
};

/** Every reason of an agent that stopped. */
const stopReasons: { [Code in StopReason["code"]]: Extract<StopReason, { code: Code }> } = {
  out_of_time: { code: "out_of_time" },
  turns_used: { code: "turns_used", turns: 20 },
  tokens_used: { code: "tokens_used", tokens: 52_000, limit: 50_000 },
  minutes_used: { code: "minutes_used", minutes: 5 },
  cost_used: { code: "cost_used", cost: 0.52, limit: 0.5 },
  cost_not_known: { code: "cost_not_known" },
  tokens_not_known: { code: "tokens_not_known" },
  reply_truncated: { code: "reply_truncated", maxTokens: 32_000 },
  context_window_full: { code: "context_window_full" },
  call_ids_repeated: { code: "call_ids_repeated" },
  request_failed: { code: "request_failed", message: "The API returned 529 overloaded_error: …" },
  refused: { code: "refused", category: undefined, explanation: undefined },
  paused: { code: "paused", cause: { code: "nothing_to_continue" } },
  mismatch: {
    code: "mismatch",
    mismatch: { code: "schema_not_matched", faults: "total is missing" },
  },
};

/** The page of all errors, by their messages. */
export const errorsPage = (description: Description, failures: readonly FailedRun[]): string => {
  const rows = rowsByCode(description, failures);
  const agentLabels = labelsOf(description, "runAgent");
  return page(
    generated,
    "# Errors by message",
    "To find an error, search this page for a few words of its message. Names, numbers and what the API says differ. Messages about a request end with its method, path, request ID and number of attempts in parentheses. The labels are those of Chat; a message names the inputs of the step that reports it.",
    `\`error.code\` is in the output if On Failure returns the error, in the rows of Process List, and in errors in code: see ${link("Failures as data", "guides/failures.md")}.`,
    "## Codes",
    compactTable(
      ["Code", "Meaning", "Retry"],
      names.map((name) => [
        link(code(name), `#${name}`),
        meanings[name].meaning,
        errorCodes[name] ? "yes" : "no",
      ]),
    ),
    "Errors that may pass are retried by the step before it fails, twice by default. The column says whether a later execution may succeed without a change.",
    "## Messages by code",
    ...names.flatMap((name) => codeSection(name, rows[name])),
    "## Messages about the value of an input",
    "These have the code `invalid_input`, and are found before anything is sent. They start with the label of the input and the name of the file or row, and end with what to change.",
    ...problemSections(),
    "## Causes that the API names",
    "If the API gives a cause in `error.details.error_code`, the message contains this advice. In code, the cause is in `errorCode` of the error.",
    compactTable(
      ["Cause", "Advice"],
      Object.entries(adviceByCode).map(([name, advice]) => [code(name), advice]),
    ),
    "## Why an agent stopped",
    `\`reason\` of Run Agent and Resume Agent on the branch Stopped. It is not an error: most runs can be continued with ${link("Resume Agent", "actions/resumeAgent.md")}.`,
    list(Object.values(stopReasons).map((reason) => describeStopReason(reason, agentLabels))),
  );
};
