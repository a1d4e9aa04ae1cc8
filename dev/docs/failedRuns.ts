/* Errors about inputs, for the page of errors: the built component, run with inputs that are not valid. */
import type { ErrorData } from "../../src/client/errorCode";
import type { Data, Runner } from "./runner";

interface Failing {
  step: string;
  inputs: Data;
  cause: string;
  change: string;
}

export interface FailedRun extends Pick<Failing, "step" | "cause" | "change"> {
  error: Pick<ErrorData, "code" | "message">;
}

const message = { initialMessage: "Hello" };
const reviews = '[{"review": "Works well."}, {"review": "Bent."}]';

const failing: Failing[] = [
  {
    step: "chat",
    inputs: {},
    cause: "The reference in Message has no value, and nothing is attached",
    change: "Message, or Attachments",
  },
  {
    step: "chat",
    inputs: { ...message, maxTokens: "lots" },
    cause: "A reference to a value of another type",
    change: "Max Tokens",
  },
  {
    step: "chat",
    inputs: { ...message, conversation: "[{" },
    cause: "A stored text was truncated, or is not JSON",
    change: "Conversation",
  },
  {
    step: "chat",
    inputs: {
      ...message,
      conversation: '[{"role": "user", "content": "Hello"}]',
      memory: { key: "user-1042" },
    },
    cause: "Both give the earlier turns",
    change: "Conversation or Memory Key",
  },
  {
    step: "chat",
    inputs: {
      initialMessage: "Hello {{name}}",
      requestOptions: { variables: [{ key: "Name", value: "Ada" }] },
    },
    cause: "A placeholder without a value; names are case-sensitive",
    change: "Variables in Advanced",
  },
  {
    step: "chat",
    inputs: { ...message, tools: { toolChoice: "get_order" } },
    cause: "Tool Choice names a tool, but there are none",
    change: "Tool Definitions or Tool Choice",
  },
  {
    step: "chat",
    inputs: { ...message, tools: { webBlockedDomains: ["example.com"] } },
    cause: "An option of a tool that is off",
    change: "Web Search or Web Fetch",
  },
  {
    step: "chat",
    inputs: { ...message, reasoning: { thinking: "budget" } },
    cause: "Thinking is Fixed budget, without a budget",
    change: "Budget Tokens",
  },
  {
    step: "chat",
    inputs: { ...message, requestOptions: { onFailure: "returnFallback" } },
    cause: "On Failure is Return the fallback, but there is no fallback",
    change: "Fallback in Advanced",
  },
  {
    step: "extractData",
    inputs: { text: "Hello" },
    cause: "No field is defined",
    change: "Fields, or JSON Schema",
  },
  {
    step: "extractData",
    inputs: { fields: [{ name: "total", type: "number" }] },
    cause: "The reference in Text has no value, and nothing is attached",
    change: "Text, or Attachments",
  },
  {
    step: "classifyAndBranch",
    inputs: { text: "Hello", branches: [] },
    cause: "No branch is defined",
    change: "Branches",
  },
  {
    step: "processList",
    inputs: { items: '{"rows": []}' },
    cause: "The reference is to the record around the list",
    change: "Items",
  },
  {
    step: "createBatch",
    inputs: { items: "[]" },
    cause: "The earlier step returned no rows",
    change: "A branch before this step",
  },
  {
    step: "createBatch",
    inputs: { items: reviews, message: "Is this good?" },
    cause: "Message does not refer to the rows",
    change: "Message",
  },
  {
    step: "createBatch",
    inputs: { items: reviews, message: "{{reviews}}" },
    cause: "No row has the field",
    change: "Message or Items",
  },
  {
    step: "runAgent",
    inputs: { task: "Find order A-1042.", flows: [{ flow: "Find Orders" }] },
    cause: "The flow was renamed, or has another name",
    change: "Flows",
  },
  {
    step: "rawRequest",
    inputs: { url: "https://example.com/models", method: "GET" },
    cause: "A URL in place of a path",
    change: "URL",
  },
  {
    step: "getBatchResults",
    inputs: { batchId: "msgbatch_0" },
    cause: "The batch was deleted, or belongs to another workspace",
    change: "Batch ID, or the API key of the connection",
  },
];

const errorOf = async ({ run }: Runner, { step, inputs }: Failing) => {
  try {
    await run(step, inputs);
  } catch (error) {
    const { code, message } = error as ErrorData;
    return { code, message: message.replace(/req_[\w-]+/, "req_01") };
  }
  throw new Error(`dev/docs/failedRuns.ts: ${step} accepts ${JSON.stringify(inputs)}`);
};

export const runFailures = async (runner: Runner): Promise<FailedRun[]> => {
  const failures: FailedRun[] = [];
  for (const one of failing) {
    const { step, cause, change } = one;
    failures.push({ step, cause, change, error: await errorOf(runner, one) });
  }
  return failures;
};
