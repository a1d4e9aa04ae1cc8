/** Valid inputs for the steps of the built component. */
import type { Connection } from "@prismatic-io/spectral";
import { noProgress } from "../../src/claude/agent/agent";
import { seal } from "../../src/claude/agent/state";
import { createClient } from "../../src/client/client";
import { failureWording } from "../../src/wording/failures";
import { Logs } from "./component";

/** Valid values of the inputs for which "x" is not valid. */
export const validInputs = {
  url: "/models",
  method: "GET",
  maxTokens: "1",
  temperature: "1",
  messages: "[]",
  fields: "",
  jsonSchema: "",
  multiple: "false",
  evidence: "false",
  memory: "",
  branches: [{ key: "a", value: "b" }],
  examples: [],
  items: '["a"]',
  flows: "",
  approvals: [],
  approvalFlow: "",
  outputSchema: "",
  decisions: "",
  mcpTokens: [],
  limits: "",
  requests: "",
  expiresIn: "1",
  rules: [{ key: "a", value: "b" }],
  scores: [],
  minimumConfidence: "",
  concurrency: "4",
  stopAfterFailures: "",
  batchAbove: "",
  parameters: "{}",
  attachments: [],
  conversation: "",
  variables: [],
  reasoning: "",
  output: "",
  tools: "",
  caching: "",
  privacy: "",
  requestOptions: "",
  formData: [],
  fileData: [],
  fileDataFileNames: [],
  queryParams: [],
  headers: [],
  responseType: "json",
  timeout: "1",
  retryDelayMS: "1",
  retryAllErrors: "false",
  maxRetries: "1",
  useExponentialBackoff: "false",
};

interface StateOptions {
  request?: object;
  /** Names of the MCP servers whose token is required to resume. */
  withToken?: string[];
  needsApproval?: boolean;
}

/** An agent state of this connection with an open call, which is waiting for approval by default. */
export const agentState = (
  connection: Connection,
  { request = {}, withToken = [], needsApproval = true }: StateOptions = {},
): string => {
  const { account } = createClient({ logger: new Logs().logger as never }, connection, {
    describe: failureWording({}),
  });
  const call = { type: "tool_use" as const, id: "call_1", name: "Flow_1", input: {} };
  const state = {
    request: { model: "claude-sonnet-5-5", max_tokens: 10, ...request },
    betas: [],
    flows: [
      {
        flow: "Flow 1",
        definition: { name: "Flow_1", description: "A flow", input_schema: { type: "object" } },
        needsApproval,
      },
    ],
    limits: {},
    progress: noProgress(
      [
        { role: "user", content: "Hello" },
        { role: "assistant", content: [call] },
      ],
      [],
    ),
    withToken,
  };
  return seal(state, `${account}.instanceId`);
};

/** The signing secret of a webhook. */
export const signingSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** Inputs with which an action, a trigger or a data source succeeds. */
export const workingInputs = (
  key: string,
  inputs: readonly { key: string }[],
  connection: Connection,
): Record<string, unknown> => ({
  ...Object.fromEntries(inputs.map(({ key }) => [key, "x"])),
  ...Object.fromEntries(
    Object.entries(validInputs).filter(([name]) => inputs.some(({ key }) => key === name)),
  ),
  ...{
    extractData: { fields: [{ name: "a" }] },
    resumeAgent: { state: agentState(connection), decisions: [{ id: "call_1", approved: true }] },
    createChatCompletion: { messages: [{ role: "user", content: "Hello" }] },
    processList: {
      message: "{{item}}",
      idField: "",
      attachmentsField: "",
    },
    createBatch: { message: "{{item}}", idField: "", attachmentsField: "", systemPrompt: "" },
    getBatchResults: { returnAs: "results", offset: "0", limit: "10" },
    listBatches: { fetchAll: "false", limit: "10" },
    listFiles: { fetchAll: "false", limit: "10", fileIds: [] },
    listModels: { fetchAll: "false", limit: "10" },
    rawRequest: { data: "", timeout: "10000" },
    batchEnded: { includeResults: "true" },
    anthropicEvent: { signingSecrets: [signingSecret], eventTypes: [] },
  }[key],
  ...(inputs.some(({ key }) => key === "connection") ? { connection } : {}),
});
