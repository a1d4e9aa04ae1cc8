/**
 * Every input has an effect. Each runs with two values, everything else being equal: the requests, the
 * output or the error must differ. An input that is defined but never read fails here.
 */
import type { Message } from "@anthropic-ai/sdk/resources/messages";
import type { Connection } from "@prismatic-io/spectral";
import { describe, test } from "vitest";
import { contextFor, type Step, steps } from "./support/allSteps";
import { type ResponseOptions, startApi } from "./support/api";
import type { Input } from "./support/arbitraries";
import { expectNone } from "./support/checks";
import { apiKey, connectionTo, gatewayTo } from "./support/component";
import { png } from "./support/files";
import { agentState, workingInputs } from "./support/inputs";
import { modelWith } from "./support/models";
import { type Server, textMessage } from "./support/server";

/** How the effect of an input shows. */
interface Trial {
  /** The second value. Default: the example of the input, or another choice than the first value. */
  value?: unknown;
  /** Other inputs, and the first value of this one if it needs another than in `workingInputs`. */
  given?: Record<string, unknown>;
  api?: ResponseOptions;
  /** Whether the second value is an InputError. */
  isRefused?: boolean;
}

const messageOf = (content: object[], rest: object = {}): Message =>
  ({ ...textMessage(""), content, ...rest }) as unknown as Message;

const call = { type: "tool_use", id: "call_2", name: "Flow_1", input: {} };

const overloaded: ResponseOptions = { status: 529, headers: { "retry-after-ms": "1" } };
const slow: ResponseOptions = { delayMs: 100 };
const failing = { given: { requestOptions: { maxRetries: "0" } }, api: overloaded };
const calling: ResponseOptions = { message: messageOf([call], { stop_reason: "tool_use" }) };
const flow = { flow: "Flow 1", description: "A flow" };
/** An agent that calls a flow in every turn. */
const looping = (connection: Connection): Trial => ({
  given: {
    flows: [flow],
    state: agentState(connection, { needsApproval: false }),
    decisions: "",
  },
  api: calling,
});
const definitions = [{ name: "Flow_1", input_schema: { type: "object" } }];
const webSearch = { tools: { webSearch: "true" } };
const mcpServers = [{ key: "a", value: "https://a.example/mcp" }];
const schema = { type: "object", properties: { a: { type: "string" } } };
const message = { role: "user", content: "Hello" };
const post = { method: "POST" };

/** By the keys that lead to the input, those for one step with its key before them. */
const trials: Record<string, Trial | ((connection: Connection) => Trial)> = {
  connection: ({ fields: { apiKey, baseUrl } }) => ({
    value: gatewayTo(String(baseUrl), { credential: apiKey }),
  }),
  // A state opens only with the connection that it was made with.
  "resumeAgent.connection": ({ fields: { apiKey, baseUrl } }) => ({
    value: gatewayTo(String(baseUrl), { credential: apiKey }),
    isRefused: true,
  }),
  attachments: { value: [{ key: "a.txt", value: "A" }] },
  "privacy.files": {
    value: "refuse",
    isRefused: true,
    given: {
      privacy: { hide: ["email"], files: "send" },
      attachments: [{ key: "a.png", value: png() }],
    },
  },
  "processList.privacy.files": {
    value: "refuse",
    given: {
      privacy: { hide: ["email"], files: "send" },
      items: [{ file: { data: png(), contentType: "image/png" } }],
      message: "Read it.",
      attachmentsField: "file",
    },
  },
  "requestOptions.variables": { given: { initialMessage: "{{NAME}}", message: "{{NAME}}" } },
  "memory.turnsKept": { value: "0", given: { memory: { key: "a" } } },
  "reasoning.budgetTokens": {
    given: { maxTokens: "4096", reasoning: { thinking: "budget", budgetTokens: "1024" } },
  },
  "output.failWhenIncomplete": {
    api: { message: messageOf([{ type: "text", text: "A" }], { stop_reason: "max_tokens" }) },
  },
  "tools.toolChoice": { value: "any", given: { tools: { definitions } } },
  "tools.parallel": { given: { tools: { definitions }, flows: [flow] } },
  "tools.toolResults": {
    value: [{ key: "call_2", value: "2" }],
    given: {
      conversation: [message, { role: "assistant", content: [call] }],
      tools: { definitions, toolResults: [{ key: "call_2", value: "1" }] },
    },
  },
  "tools.webMaxUses": { given: webSearch },
  "tools.webAllowedDomains": { given: webSearch },
  "tools.webBlockedDomains": { given: webSearch },
  "tools.mcpServers": { value: mcpServers },
  "tools.mcpTokens": {
    value: [{ key: "a", value: "token-0123456789" }],
    given: { tools: { mcpServers } },
  },
  "caching.cache": { value: "1h" },
  "requestOptions.cache": { value: "1h" },
  "requestOptions.onFailure": { value: "returnError", ...failing },
  "requestOptions.fallback": {
    value: "a",
    given: {
      requestOptions: { maxRetries: "0", onFailure: "returnFallback", fallback: "Else" },
    },
    api: overloaded,
  },
  "checkText.requestOptions.fallback": {
    value: "Failed",
    given: {
      requestOptions: { maxRetries: "0", onFailure: "returnFallback", fallback: "Passed" },
    },
    api: overloaded,
  },
  "extractData.requestOptions.fallback": {
    value: { a: "b" },
    given: {
      requestOptions: { maxRetries: "0", onFailure: "returnFallback", fallback: { a: "c" } },
    },
    api: overloaded,
  },
  "requestOptions.timeout": {
    value: "0.03",
    given: { requestOptions: { maxRetries: "0" } },
    api: slow,
  },
  "requestOptions.maxRetries": { value: "0", api: overloaded },
  "requestOptions.fallbackModels": { api: overloaded },
  "requestOptions.keepAttachments": {
    value: "none",
    given: { attachments: [{ key: "a.png", value: png() }] },
  },
  "requestOptions.uploadAttachments": {
    given: { attachments: [{ key: "a.txt", value: Buffer.alloc(5_000_000, "a") }] },
  },
  "extractData.fields.required": {
    api: { message: messageOf([{ type: "text", text: '{"record": {}}' }]) },
  },
  "extractData.fields.choices": { given: { fields: [{ type: "oneOf", choices: "A, B" }] } },
  "extractData.jsonSchema": { given: { fields: "", jsonSchema: schema } },
  "classifyAndBranch.examples": { value: [{ key: "Hi", value: "a" }] },
  "runAgent.flows.flow": { value: "Flow 2" },
  "runAgent.approvals": { value: ["Flow 1"], given: { flows: [flow] }, api: calling },
  "runAgent.approvalFlow": {
    value: "Flow 2",
    given: { flows: [flow], approvals: ["Flow 1"] },
    api: calling,
  },
  "limits.turns": (connection) => ({ ...looping(connection), value: "2" }),
  "limits.tokens": (connection) => ({ ...looping(connection), value: "1" }),
  "limits.cost": (connection) => ({ ...looping(connection), value: "0.000001" }),
  "limits.minutes": (connection) => ({
    value: "0.01",
    given: { ...looping(connection).given, limits: { turns: "4" } },
    api: { ...calling, delayMs: 150 },
  }),
  "countTokens.maxTokens": { given: { model: "claude-sonnet-5-5" } },
  "countTokens.requestOptions.extraParameters": { given: { model: "claude-sonnet-5-5" } },
  "resumeAgent.state": (connection) => ({
    value: agentState(connection, { request: { model: "claude-opus-5-5" } }),
  }),
  "resumeAgent.decisions": { value: [{ id: "call_1", approved: false }] },
  "resumeAgent.mcpTokens": (connection) => ({
    value: [{ key: "a", value: "token-0123456789" }],
    given: {
      state: agentState(connection, {
        request: { mcp_servers: [{ type: "url", name: "a", url: "https://a.example/mcp" }] },
        withToken: ["a"],
      }),
      mcpTokens: [{ key: "a", value: "token-9876543210" }],
    },
  }),
  "processList.items": { value: '["b"]' },
  "processList.message": { value: "Summarize {{item}}" },
  "processList.fields.required": {
    api: { message: messageOf([{ type: "text", text: '{"record": {}}' }]) },
  },
  "processList.fields.choices": { given: { fields: [{ type: "oneOf", choices: "A, B" }] } },
  "processList.jsonSchema": { given: { fields: "", jsonSchema: schema } },
  "processList.idField": { given: { items: [{ order: "A-1042" }], message: "{{order}}" } },
  "processList.attachmentsField": {
    given: {
      items: [{ order: "A-1042", scan: "https://example.com/a.pdf" }],
      message: "{{order}}",
    },
    value: "scan",
  },
  "processList.stopAfterFailures": {
    value: "1",
    given: { items: ["a", "b"], concurrency: "1", requestOptions: { maxRetries: "0" } },
    api: { status: 500 },
  },
  "processList.batchAbove": { value: "1", given: { items: ["a", "b"] } },
  "processList.requestOptions.onFailure": {
    value: "returnError",
    given: { requestOptions: { maxRetries: "0" } },
    api: { status: 401 },
  },
  "createBatch.items": { value: '["b"]' },
  "createBatch.idField": { given: { items: [{ order: "A-1042" }], message: "{{order}}" } },
  "createBatch.attachmentsField": {
    given: {
      items: [{ order: "A-1042", scan: "https://example.com/a.pdf" }],
      message: "{{order}}",
    },
    value: "scan",
  },
  "createBatch.requests": {
    given: {
      items: "",
      requests: [{ custom_id: "b", params: { model: "x", max_tokens: 1, messages: [message] } }],
    },
  },
  "createBatch.message": { value: "Summarize {{item}}" },
  "getBatchResults.offset": { value: "1" },
  "getBatchResults.limit": { value: "1" },
  "uploadFile.fileName": { value: "a.csv" },
  "rawRequest.url": { value: "/files" },
  "rawRequest.method": { value: "POST" },
  "rawRequest.data": { given: post },
  "rawRequest.formData": { given: post },
  "rawRequest.fileData": { given: post },
  "rawRequest.fileDataFileNames": {
    given: { ...post, fileData: [{ key: "file", value: "A" }] },
  },
  "rawRequest.timeout": { value: "30", given: { maxRetries: "0" }, api: slow },
  "rawRequest.maxRetries": { api: overloaded },
  "rawRequest.retryAllErrors": { api: { status: 400 } },
  "anthropicEvent.signingSecrets": { value: ["whsec_b3RoZXIgc2VjcmV0IG9mIGFuIGVuZHBvaW50"] },
  "anthropicEvent.eventTypes": { value: ["agent.*"] },
};

const storedOnly = "affects a conversation that is stored; see test/steps/memory.test.ts";

/** Inputs without an effect that this test can see, each with the reason. */
const exceptions: Record<string, string> = {
  "chat.memory.daysKept": storedOnly,
  "chat.memory.forget": storedOnly,
  "runAgent.memory.daysKept": storedOnly,
  "runAgent.memory.forget": storedOnly,
  "processList.concurrency":
    "changes when requests are sent; see test/actions/messages/processList.test.ts",
  "rawRequest.retryDelayMS": "changes only the wait between attempts",
  "rawRequest.useExponentialBackoff": "changes only the wait between attempts",
};

/** The required fields of a row, in the lists of groups. */
const rows: Record<string, object> = { fields: { name: "a" }, flows: flow };

/** An input and the group it is in. */
interface Leaf {
  input: Input;
  group?: Input;
}

const leavesOf = (inputs: readonly Input[]): Leaf[] =>
  inputs.flatMap((input): Leaf[] =>
    input.inputs ? input.inputs.map((child) => ({ input: child, group: input })) : [{ input }],
  );

const pathOf = ({ input, group }: Leaf) => (group ? `${group.key}.${input.key}` : input.key);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Adds the given inputs that the step has. Those of a group are added to the ones it has. */
const merged = (inputs: Record<string, unknown>, given: Record<string, unknown> = {}) => {
  const known = Object.entries(given).filter(([key]) => key in inputs);
  const values = known.map(([key, value]) => {
    const before = inputs[key];
    return [key, isRecord(before) && isRecord(value) ? { ...before, ...value } : value];
  });
  return { ...inputs, ...Object.fromEntries(values) };
};

/** The inputs with a value for one of them. */
const withValue = (
  inputs: Record<string, unknown>,
  { input, group }: Leaf,
  value: unknown,
): Record<string, unknown> => {
  if (!group) return { ...inputs, [input.key]: value };
  const fields = { ...fieldsOf(inputs, group), [input.key]: value };
  return { ...inputs, [group.key]: group.collection ? [fields] : fields };
};

const valueIn = (inputs: Record<string, unknown>, { input, group }: Leaf): unknown =>
  group ? fieldsOf(inputs, group)[input.key] : inputs[input.key];

/** The fields of a group, or of its first row. */
const fieldsOf = (inputs: Record<string, unknown>, { key }: Input): Record<string, unknown> => {
  const [fields] = [inputs[key]].flat();
  return { ...rows[key], ...(isRecord(fields) && fields) };
};

/** Another value than the first, derived from the definition of the input. */
const otherValue = (input: Input, first: unknown): unknown => {
  const current = String(first ?? input.default ?? "");
  const { type, collection, model, example = "" } = input;
  if (type === "boolean") return current === "true" ? "false" : "true";
  if (model) return model.map(({ value }) => value).find((value) => value !== current);
  if (collection === "valuelist") return [example];
  if (collection !== "keyvaluelist") return example;
  const [key = "", ...rest] = example.split(": ");
  return [{ key, value: rest.join(": ") }];
};

const capableModel = modelWith({ thinking: ["adaptive", "enabled", "disabled"] });

/** Everything that a run does, as text, without what differs between equal runs. */
const recorded = (outcome: unknown, requests: Server["requests"], key: string): string => {
  const sent = requests.map(({ method, target, headers, body }) => {
    const { host, connection, "content-length": length, ...rest } = headers;
    const [, boundary] = /boundary=(\S+)/.exec(headers["content-type"] ?? "") ?? [];
    const text = JSON.stringify({ method, target, headers: rest, body });
    return boundary ? text.replaceAll(boundary, "boundary") : text;
  });
  const result =
    outcome instanceof Error ? `${outcome.name}: ${outcome.message}` : JSON.stringify(outcome);
  return [...sent, result]
    .join("\n")
    .replaceAll(key, "key")
    .replace(/agent1\.[\w-]+/g, "agent state")
    .replace(/\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z/g, "time")
    .replace(/"durationMs":\d+/g, "")
    .replace(/"created":\d+/g, "")
    .replace(/"webhook-(timestamp|signature)":"[^"]+"/g, "");
};

let runs = 0;

/** The InputError of a step with its working inputs, if there is one. */
const invalidInputs = async (step: Step): Promise<string | undefined> => {
  const server = await startApi();
  const inputs = workingInputs(step.key, step.inputs, connectionTo(server.url));
  return step.perform(inputs, contextFor(server)).then(
    () => undefined,
    ({ name, message }: Error) => (name === "InputError" ? message : undefined),
  );
};

const trialOf =
  ({ key }: Step, leaf: Leaf) =>
  (connection: Connection): Trial => {
    const path = pathOf(leaf);
    const trial = trials[`${key}.${path}`] ?? trials[path] ?? {};
    return typeof trial === "function" ? trial(connection) : trial;
  };

/** Runs a step with both values, and says what is wrong with the input. */
const problemOf = async (
  step: Step,
  leaf: Leaf,
  trialFor: (connection: Connection) => Trial,
): Promise<string | undefined> => {
  let api: ResponseOptions | undefined;
  const server = await startApi(() => ({ model: capableModel, ...api }));
  const run = async (isSecond: boolean) => {
    runs += 1;
    // Model info is cached per API key.
    const key = `${apiKey}-${runs}`;
    const connection = connectionTo(server.url, { apiKey: key });
    const trial = trialFor(connection);
    api = trial.api;
    server.requests.length = 0;
    const first = merged(workingInputs(step.key, step.inputs, connection), trial.given);
    const before = valueIn(first, leaf);
    const after = "value" in trial ? trial.value : otherValue(leaf.input, before);
    const inputs = withValue(first, leaf, isSecond ? after : before);
    const context = {
      ...contextFor(server),
      webhookUrls: { "Flow 1": `${server.url}/flow`, "Flow 2": `${server.url}/flow2` },
    };
    const outcome = await step.perform(inputs, context as object).catch((error: unknown) => error);
    const isInvalid = outcome instanceof Error && outcome.name === "InputError";
    const error = isInvalid && !(isSecond && trial.isRefused) ? outcome.message : undefined;
    return { record: recorded(outcome, server.requests, key), error };
  };
  const [first, again, second] = [await run(false), await run(false), await run(true)];
  const invalid = first.error || second.error;
  if (invalid) return `add values to trials that are valid: ${invalid}`;
  if (first.record !== again.record) return "make the trial repeatable: equal runs differ";
  if (first.record === second.record) return "the value changes nothing: read it, or remove it";
  return undefined;
};

describe("every input changes a request, the output or an error", () => {
  test.each(steps.map((step) => [step.label, step] as const))(
    "%s",
    async (_, step) => {
      const invalid = await invalidInputs(step);
      if (invalid) throw new Error(`Add valid inputs to test/support/inputs.ts. ${invalid}`);
      const problems = leavesOf(step.inputs).map(async (leaf) => {
        const name = `${step.key}.${pathOf(leaf)}`;
        const problem = await problemOf(step, leaf, trialOf(step, leaf));
        if (name in exceptions) return problem ? [] : [`${name}: remove it from exceptions`];
        return problem ? [`${name}: ${problem}`] : [];
      });
      expectNone((await Promise.all(problems)).flat());
    },
    60_000,
  );
});
