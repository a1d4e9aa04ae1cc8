/** On Failure, in every step that has it: a failure is thrown, or is data for the flow to branch on. */
import { inspect } from "node:util";
import Ajv from "ajv";
import { describe, expect, test } from "vitest";
import { ApiError } from "../../src/client/errors";
import { errorData, withOutcomes } from "../../src/steps/outcome";
import { messagesOf, playing, runBranching, startFlows } from "../support/agent";
import { contextFor, harness } from "../support/allSteps";
import { startApi } from "../support/api";
import { apiKey, component, connectionTo, Logs } from "../support/component";
import { workingInputs } from "../support/inputs";
import { type Reply, refusal, startServer, streamed, textMessage } from "../support/server";

type Inputs = Record<string, unknown>;

interface Field {
  key: string;
  inputs?: Field[];
}

const optionsOf = ({ inputs }: { inputs: readonly unknown[] }) =>
  (inputs as Field[]).find(({ key }) => key === "requestOptions")?.inputs ?? [];

/** The actions that have On Failure. */
const actions = Object.values(component.actions).filter((action) =>
  optionsOf(action).some(({ key }) => key === "onFailure"),
);
type Action = (typeof actions)[number];

const cases = actions.map((action) => [action.key, action] as const);

/** What an action returns. */
interface Outcome {
  branch?: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read any property of an output
  data: any;
}

/** Runs an action with inputs that work, and returns its outcome with everything that it logged. */
const perform = async (
  { key, inputs }: Action,
  { url }: { url: string },
  { requestOptions = {}, ...given }: Inputs = {},
) => {
  const logs = new Logs();
  const connection = connectionTo(url);
  const params = {
    ...workingInputs(key, inputs, connection),
    requestOptions: { maxRetries: "0", ...(requestOptions as object) },
    ...given,
  };
  const context = { ...contextFor({ url }), logger: logs.logger, globalDebug: true };
  const run = harness.action(key, params, context as object) as unknown as Promise<Outcome>;
  return run.then(
    (outcome) => ({ ...outcome, error: undefined, logs }),
    // biome-ignore lint/suspicious/noExplicitAny: tests read any property of an error
    (error: any) => ({ data: undefined, branch: undefined, error, logs }),
  );
};

/** A server that refuses the credential and repeats it, after which no step can succeed. */
const startRefusing = () =>
  startServer((request, response) => {
    response.writeHead(401, { "content-type": "application/json", "request-id": "req_9" });
    const error = { type: "authentication_error", message: `Bad ${request.headers["x-api-key"]}.` };
    response.end(JSON.stringify({ type: "error", error }));
  });

const badKey = {
  code: "bad_key",
  message: expect.stringContaining("The API returned 401 authentication_error: Bad [redacted]."),
  retryable: false,
  input: null,
  status: 401,
  requestId: "req_9",
};

const ajv = new Ajv({ strict: true, allowUnionTypes: true });

/** Why data does not match the output schema of an action, empty if it does. */
const mismatchOf = ({ outputSchema }: Action, data: unknown): string => {
  const { schema } = outputSchema as { schema: string };
  return ajv.validate(JSON.parse(schema), data) ? "" : ajv.errorsText();
};

const everything = (value: unknown): string =>
  `${inspect(value, { depth: 20, showHidden: true })}${JSON.stringify(value)}`;

const errorLines = ({ lines }: Logs) => lines.filter((line) => line.startsWith("error "));

/** A fallback that each step accepts with the inputs that work. */
const fallbackFor: Inputs = {
  extractData: { a: "none" },
  classifyAndBranch: "a",
  checkText: "Passed",
};

const returnFallback = (fallback: unknown) => ({ onFailure: "returnFallback", fallback });

test("the steps that ask Claude for a result have On Failure", () => {
  expect(cases.map(([key]) => key)).toEqual([
    "chat",
    "extractData",
    "processList",
    "classifyAndBranch",
    "checkText",
    "runAgent",
    "resumeAgent",
    "createChatCompletion",
  ]);
});

describe.each(cases)("%s", (key, action) => {
  const fallback = fallbackFor[key] ?? "Nothing.";

  test("throws by default, and logs no error", async () => {
    for (const onFailure of [undefined, "", "stop", "Stop"]) {
      const server = await startRefusing();
      const { error, logs } = await perform(action, server, { requestOptions: { onFailure } });
      expect(error).toMatchObject({ name: "ConnectionError", code: "bad_key", retryable: false });
      expect(errorLines(logs)).toEqual([]);
    }
  });

  test("returns ok true and error null if it succeeds", async () => {
    for (const requestOptions of [
      {},
      { onFailure: "returnError" },
      returnFallback(fallback),
      { fallback: "not used" },
    ]) {
      const { data, branch, logs } = await perform(action, await startApi(), { requestOptions });
      expect(data).toMatchObject({ ok: true, error: null });
      expect(Object.keys(data).slice(0, 2)).toEqual(["ok", "error"]);
      expect(mismatchOf(action, data)).toBe("");
      expect(branch).not.toBe("Failed");
      expect(errorLines(logs)).toEqual([]);
    }
  });

  test("returns the error as data", async () => {
    for (const onFailure of ["returnError", "Return the error"]) {
      const { data, branch, logs } = await perform(action, await startRefusing(), {
        requestOptions: { onFailure, fallback },
      });
      expect(data.ok).toBe(false);
      expect(data.error).toEqual(badKey);
      expect(mismatchOf(action, data)).toBe("");
      expect(branch).toBe(action.allowsBranching ? "Failed" : undefined);
      expect(errorLines(logs)).toEqual([`error ${data.error.message}`]);
      expect(everything(data)).not.toContain(apiKey);
      expect(logs.lines.join("\n")).not.toContain(apiKey);
      expect(logs.lines.length).toBeGreaterThan(1);
    }
  });

  test("returns the error as data if an input is invalid", async () => {
    const server = await startApi();
    const { data, branch } = await perform(action, server, {
      requestOptions: { onFailure: "returnError", timeout: "soon" },
    });
    expect(data.ok).toBe(false);
    expect(data.error).toEqual({
      code: "invalid_input",
      message: expect.stringMatching(/^Timeout \(seconds\) must be a number/),
      retryable: false,
      input: "Timeout (seconds)",
      status: null,
      requestId: null,
    });
    expect(mismatchOf(action, data)).toBe("");
    expect(branch).toBe(action.allowsBranching ? "Failed" : undefined);
    expect(server.requests).toHaveLength(0);
  });

  test("returns the error as data if the connection is invalid", async () => {
    const { data } = await perform(action, await startApi(), {
      requestOptions: { onFailure: "returnError" },
      connection: connectionTo("not a url"),
    });
    expect(data.error).toMatchObject({ code: "invalid_connection", input: null, status: null });
    expect(mismatchOf(action, data)).toBe("");
    expect(everything(data)).not.toContain(apiKey);
  });

  // Process List has the fallback in its rows, see below.
  test.skipIf(key === "processList")(
    "returns the fallback, and the error in addition",
    async () => {
      for (const onFailure of ["returnFallback", "Return the fallback"]) {
        const { data, branch, logs } = await perform(action, await startRefusing(), {
          requestOptions: { onFailure, fallback },
        });
        expect(data.ok).toBe(false);
        expect(data.error).toEqual(badKey);
        expect(mismatchOf(action, data)).toBe("");
        expect(errorLines(logs)).toEqual([`error ${data.error.message}`]);
        expect(everything(data)).not.toContain(apiKey);
        const branches = { classifyAndBranch: "a" } as Record<string, string>;
        expect(branch).toBe(
          action.allowsBranching ? (branches[key] ?? action.staticBranchNames?.[0]) : undefined,
        );
      }
    },
  );

  test("requires a fallback before any request", async () => {
    for (const blank of [undefined, "", " ", null]) {
      const server = await startApi();
      const { error } = await perform(action, server, { requestOptions: returnFallback(blank) });
      expect(error).toMatchObject({ name: "InputError", input: "Fallback" });
      expect(error.message).toBe("Fallback is required if On Failure is Return the fallback.");
      expect(server.requests).toHaveLength(0);
    }
  });

  test("throws an invalid On Failure before any request", async () => {
    const server = await startApi();
    const { error } = await perform(action, server, { requestOptions: { onFailure: "ignore" } });
    expect(error).toMatchObject({ name: "InputError", input: "On Failure" });
    expect(server.requests).toHaveLength(0);
  });

  test("describes ok, error and the branch Failed", () => {
    const { schema } = action.outputSchema as { schema: string };
    const { properties, required } = JSON.parse(schema);
    expect(required).toEqual(expect.arrayContaining(["ok", "error"]));
    expect(properties.ok.type).toBe("boolean");
    expect(properties.error.required).toEqual(Object.keys(badKey));
    expect(action.examplePayload).toMatchObject({ data: { ok: true, error: null } });
    expect(action.staticBranchNames?.includes("Failed") ?? false).toBe(
      action.allowsBranching ?? false,
    );
  });
});

const actionOf = (key: string): Action => {
  const action = actions.find((action) => action.key === key);
  if (!action) throw new Error(`${key} does not have On Failure.`);
  return action;
};

const schema = {
  type: "object",
  properties: { total: { type: ["number", "null"] } },
  required: ["total"],
};

const failed = refusal(500, "api_error");

/** The data that a step returns for a fallback when the API fails. */
const fallbackData = async (key: string, fallback: unknown, inputs: Inputs = {}) => {
  const action = actionOf(key);
  const requestOptions = returnFallback(fallback);
  const server = await startServer(failed);
  const { data, branch, error } = await perform(action, server, { ...inputs, requestOptions });
  if (error) throw error;
  expect(data).toMatchObject({ ok: false, error: { code: "server_error", status: 500 } });
  expect(mismatchOf(action, data)).toBe("");
  return { ...data, branch: branch ?? data.branch };
};

/** The error of a step whose fallback cannot be used, which sends nothing. */
const fallbackError = async (key: string, fallback: unknown, inputs: Inputs = {}) => {
  const server = await startServer(failed);
  const requestOptions = returnFallback(fallback);
  const { error } = await perform(actionOf(key), server, { ...inputs, requestOptions });
  expect(error).toMatchObject({ name: "InputError", code: "invalid_input", input: "Fallback" });
  expect(server.requests).toHaveLength(0);
  return error.message;
};

/** The steps with data of a given structure: their inputs for it, and what the error calls it. */
const structured: [key: string, inputs: Inputs, label: string][] = [
  ["chat", { output: { jsonSchema: schema } }, "JSON Schema"],
  ["extractData", { fields: "", jsonSchema: schema }, "JSON Schema"],
  ["extractData", { fields: [{ name: "total", type: "number" }] }, "Fields"],
  ["runAgent", { outputSchema: schema }, "Output Schema"],
];

describe("Fallback", () => {
  test("is the text of Chat", async () => {
    const { text, json, toolCalls, usage, cost } = await fallbackData("chat", "Call later.");
    expect({ text, json, toolCalls }).toEqual({ text: "Call later.", json: null, toolCalls: [] });
    expect(usage.total_tokens).toBe(0);
    expect(cost).toBeNull();
  });

  test.each([
    [5, "5"],
    [false, "false"],
    [Buffer.from("From a file."), "From a file."],
    [{ data: Buffer.from("From a file."), contentType: "text/plain" }, "From a file."],
    [{ name: "a.txt", content: "b" }, '{"name":"a.txt","content":"b"}'],
  ])("may be %s, which becomes text", async (fallback, text) => {
    expect((await fallbackData("createChatCompletion", fallback)).choices[0].message.content).toBe(
      text,
    );
  });

  test.each(structured)("is the data of %s, as data or as JSON text", async (key, inputs) => {
    const data = { total: null };
    for (const fallback of [data, '{"total": null}', ' {"total":null} ']) {
      const { text, json } = await fallbackData(key, fallback, inputs);
      expect(json).toEqual(data);
      expect(JSON.parse(text)).toEqual(data);
    }
  });

  test.each(structured)("of %s must match its structure", async (key, inputs, label) => {
    const problem = `Fallback does not match ${label} (`;
    expect(await fallbackError(key, { total: "none" }, inputs)).toContain(problem);
    expect(await fallbackError(key, '{"total": "none"}', inputs)).toContain(problem);
    expect(await fallbackError(key, [], inputs)).toContain(problem);
    for (const text of ["Nothing.", 'It is {"total": 1}.', '```json\n{"total": 1}\n```']) {
      expect(await fallbackError(key, text, inputs)).toBe("Fallback must be JSON.");
    }
  });

  test("is a list of records of Extract Data if Multiple is on", async () => {
    const inputs = { fields: [{ name: "total", type: "number" }], multiple: "true" };
    expect((await fallbackData("extractData", [{ total: 1 }], inputs)).json).toEqual([
      { total: 1 },
    ]);
    expect((await fallbackData("extractData", "[]", inputs)).json).toEqual([]);
    expect(await fallbackError("extractData", { total: 1 }, inputs)).toContain(
      "Fallback does not match Fields",
    );
  });

  test("has no evidence and needs no review in Extract Data", async () => {
    const inputs = { fields: [{ name: "total", type: "number" }], evidence: "true" };
    const { branch, evidence, review } = await fallbackData("extractData", { total: 1 }, inputs);
    expect({ branch, evidence, review }).toEqual({ branch: "Ok", evidence: null, review: [] });
  });

  test("is the branch that Classify and Branch follows", async () => {
    const branches = [{ key: "Billing", value: "Invoices" }];
    for (const name of ["Billing", " Billing ", "Else"]) {
      const server = await startServer(failed);
      const { branch, data } = await perform(actionOf("classifyAndBranch"), server, {
        branches,
        requestOptions: returnFallback(name),
      });
      expect(branch).toBe(name.trim());
      expect(data).toMatchObject({ branch, confidence: null, ok: false });
      expect(data.reason).toBe(data.error.message);
    }
    for (const [fallback, shown] of [
      ["Sales", '"Sales"'],
      ["Failed", '"Failed"'],
      [{ branch: "Billing" }, "an object"],
    ] as const) {
      expect(await fallbackError("classifyAndBranch", fallback, { branches })).toBe(
        `Fallback must be the name of a branch, but was ${shown}.`,
      );
    }
  });

  test("is the key of the branch as it was entered in Classify and Branch", async () => {
    for (const branches of [
      [{ key: " Billing ", value: "Invoices" }],
      { " Billing ": "Invoices" },
      '[{"key": " Billing "}]',
    ]) {
      const { branch, data } = await perform(
        actionOf("classifyAndBranch"),
        await startServer(failed),
        { branches, requestOptions: returnFallback("Billing") },
      );
      expect({ branch, name: data.branch }).toEqual({ branch: " Billing ", name: "Billing" });
    }
  });

  test("that names no branch follows Failed if another input is invalid", async () => {
    const inputs = { branches: [{ key: "Billing", value: "Invoices" }], minimumConfidence: "x" };
    for (const [name, followed] of [
      ["Sales", "Failed"],
      ["Billing", "Billing"],
      ["Else", "Else"],
    ]) {
      const { branch, data } = await perform(actionOf("classifyAndBranch"), await startApi(), {
        ...inputs,
        requestOptions: returnFallback(name),
      });
      expect(branch).toBe(followed);
      expect(data).toMatchObject({ ok: false, error: { input: "Minimum Confidence" } });
    }
  });

  test("does not hide Branches that are invalid", async () => {
    const { error } = await perform(actionOf("classifyAndBranch"), await startApi(), {
      branches: "Billing",
      requestOptions: returnFallback("Billing"),
    });
    expect(error).toMatchObject({ name: "InputError", input: "Branches" });
  });

  test("is the message of Create Chat Completion", async () => {
    const message = (content: string) => ({ role: "assistant", content });
    const choices = (content: string) => [
      { index: 0, message: message(content), finish_reason: "stop" },
    ];
    expect((await fallbackData("createChatCompletion", "Later.")).choices).toEqual(
      choices("Later."),
    );
    const response_format = { type: "json_schema", json_schema: { name: "a", schema } };
    const inputs = { parameters: { response_format } };
    expect((await fallbackData("createChatCompletion", { total: 1 }, inputs)).choices).toEqual(
      choices('{"total":1}'),
    );
    expect(await fallbackError("createChatCompletion", { total: "a" }, inputs)).toContain(
      "Fallback does not match",
    );
  });

  test("is the result of each row that fails in Process List", async () => {
    const reply: Reply = (request, response) => {
      const isFailing = JSON.stringify(messagesOf(request)).includes("bad");
      response.writeHead(isFailing ? 400 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(isFailing ? { message: "No." } : textMessage("Fine.")));
    };
    const server = await startServer(reply);
    const { data, branch } = await perform(actionOf("processList"), server, {
      items: ["good", "bad"],
      requestOptions: returnFallback("Unknown."),
    });
    expect(branch).toBe("Done");
    expect(data).toMatchObject({
      ok: true,
      error: null,
      results: [
        { row: 1, ok: true, text: "Fine.", error: null },
        { row: 2, ok: false, text: "Unknown.", error: { code: "invalid_request" } },
      ],
      counts: { succeeded: 1, failed: 1 },
    });
    expect(mismatchOf(actionOf("processList"), data)).toBe("");
  });

  test("is the result of the rows that Process List began if the key is refused", async () => {
    const { data, branch } = await perform(actionOf("processList"), await startRefusing(), {
      items: ["a", "b", "c", "d"],
      concurrency: "1",
      requestOptions: returnFallback("Unknown."),
    });
    expect(branch).toBe("Remaining");
    expect(data).toMatchObject({
      ok: true,
      results: [1, 2, 3].map((row) => ({ row, ok: false, text: "Unknown.", error: badKey })),
      failed: ["a", "b", "c"],
      remaining: ["d"],
      reason: expect.stringMatching(/^The other rows would fail too: /),
    });
    expect(everything(data)).not.toContain(apiKey);
  });

  test("is the record of each row that fails in Process List", async () => {
    for (const fallback of [{ total: null }, '{"total": null}']) {
      const { data } = await perform(actionOf("processList"), await startServer(failed), {
        fields: "",
        jsonSchema: schema,
        requestOptions: returnFallback(fallback),
      });
      expect(data.results).toMatchObject([{ ok: false, json: { total: null }, text: null }]);
    }
    const inputs = { fields: [{ name: "total", type: "number" }] };
    expect(await fallbackError("processList", { total: "a" }, inputs)).toContain(
      "Fallback does not match Fields",
    );
  });

  test("must match the Output Schema of the run that Resume Agent resumes", async () => {
    const flows = await startFlows({ "Find Order": () => ({}) });
    const call = { t1: { tool: "Find_Order", input: { order: "A-1" } } };
    // The first request is for the model info.
    const server = await playing(refusal(404, "not_found_error"), call);
    const { data } = await runBranching(
      "runAgent",
      server,
      { task: "Find A-1.", flows: flows.rows, approvals: ["Find Order"], outputSchema: schema },
      flows.context,
    );
    // Without decisions, the step fails before any request.
    const resume = (fallback: unknown, inputs: Inputs = {}) =>
      runBranching(
        "resumeAgent",
        server,
        { state: data.state, requestOptions: returnFallback(fallback), ...inputs },
        flows.context,
      );
    const sent = server.requests.length;
    for (const fallback of [{ total: "a" }, "Nothing."]) {
      await expect(resume(fallback, { decisions: true })).rejects.toMatchObject({
        name: "InputError",
        input: "Fallback",
      });
    }
    expect(await resume({ total: 1 })).toMatchObject({
      branch: "Done",
      data: {
        ok: false,
        status: "error",
        json: { total: 1 },
        text: '{"total":1}',
        error: { code: "invalid_input", input: "Decisions" },
      },
    });
    expect(server.requests).toHaveLength(sent);
  });

  test("is not read unless On Failure returns it", async () => {
    const branches = [{ key: "Billing", value: "Invoices" }];
    const { data } = await perform(actionOf("classifyAndBranch"), await startApi(), {
      branches,
      requestOptions: { onFailure: "returnError", fallback: "Sales" },
    });
    expect(data.ok).toBe(true);
  });

  test("that is missing does not hide another invalid input", async () => {
    const { error } = await perform(actionOf("chat"), await startApi(), {
      maxTokens: "many",
      requestOptions: returnFallback(""),
    });
    expect(error).toMatchObject({ name: "InputError", input: "Max Tokens" });
  });
});

describe("a reply that is not a whole answer", () => {
  const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };

  const replies: [name: string, reply: Reply, code: string, part: object][] = [
    [
      "refused",
      streamed("No.", { stop_reason: "refusal" }),
      "refused",
      { refused: true, stop_reason: "refusal" },
    ],
    [
      "truncated",
      streamed("Hel", { stop_reason: "max_tokens" }),
      "truncated",
      { truncated: true, stop_reason: "max_tokens" },
    ],
  ];
  const output = { failWhenIncomplete: true };

  test.each(replies)("that is %s is in the output of Chat", async (_, reply, code, part) => {
    const chat = actionOf("chat");
    const { data } = await perform(chat, await startServer(reply), {
      output,
      requestOptions: { onFailure: "returnError" },
    });
    expect(data).toMatchObject({
      ...part,
      ok: false,
      error: { code, retryable: false, input: null, status: null, requestId: "req_1" },
      usage,
      requestId: "req_1",
    });
    expect(data.text).not.toBe("");
    expect(data.cost).not.toBeNull();
    expect(mismatchOf(chat, data)).toBe("");
  });

  test.each(replies)("that is %s has the text of Fallback", async (_, reply, code, part) => {
    const chat = actionOf("chat");
    const { data } = await perform(chat, await startServer(reply), {
      output,
      requestOptions: returnFallback("Later."),
    });
    expect(data).toMatchObject({ ...part, text: "Later.", json: null, ok: false, usage });
    expect(data.error.code).toBe(code);
    expect(mismatchOf(chat, data)).toBe("");
  });

  test.each(replies)("that is %s is in the output of Extract Data", async (_, ...row) => {
    const [reply, code, part] = row;
    const extract = actionOf("extractData");
    const asData = await perform(extract, await startServer(reply), {
      requestOptions: { onFailure: "returnError" },
    });
    expect(asData.branch).toBe("Failed");
    expect(asData.data).toMatchObject({ ...part, ok: false, error: { code }, usage, json: null });
    expect(mismatchOf(extract, asData.data)).toBe("");
    const fallback = await perform(extract, await startServer(reply), {
      requestOptions: returnFallback({ a: "b" }),
    });
    expect(fallback.branch).toBe("Ok");
    expect(fallback.data).toMatchObject({ ...part, ok: false, usage, json: { a: "b" } });
    expect(mismatchOf(extract, fallback.data)).toBe("");
  });

  test("is not part of the error, which may be logged", async () => {
    const secret = "what the reply says";
    const reply = streamed(secret, { stop_reason: "max_tokens" });
    const { error } = await perform(actionOf("chat"), await startServer(reply), { output });
    expect(error).toMatchObject({ name: "IncompleteResponseError", code: "truncated" });
    expect(everything(error)).not.toContain(secret);
    expect(error.result.text).toBe(secret);
  });
});

test("no member of a host's message replaces ok, error or the fallback", async () => {
  const members = { ok: false, error: { code: "no" }, branch: "b", choices: [] };
  const body = { ...textMessage("Hi."), ...members };
  const chat = actionOf("chat");
  const { data } = await perform(chat, await startServer({ body }));
  expect(data).toMatchObject({ ok: true, error: null, text: "Hi." });
  const truncated = { ...body, stop_reason: "max_tokens", ok: true };
  const second = await perform(chat, await startServer({ body: truncated }), {
    output: { failWhenIncomplete: true },
    requestOptions: { onFailure: "returnError" },
  });
  expect(second.data).toMatchObject({ ok: false, error: { code: "truncated" } });
});

describe("errorData", () => {
  const internal = { code: "internal", retryable: false, input: null, status: null };

  test.each<[name: string, error: unknown, message: string]>([
    ["a programming error", new TypeError("a is not valid"), "a is not valid"],
    ["an error of Node.js", Object.assign(new Error("No file."), { code: "ENOENT" }), "No file."],
    ["a code that objects have", Object.assign(new Error("No."), { code: "constructor" }), "No."],
    ["a code that is a number", Object.assign(new Error("No."), { code: 500 }), "No."],
    ["a text", "No.", "No."],
  ])("has the code internal for %s", (_, error, message) => {
    expect(errorData(error)).toEqual({ ...internal, message, requestId: null });
  });

  test("has the facts of an error of the API, and nothing else", () => {
    const facts = { code: "overloaded", retryable: true, status: 529, requestId: "r" } as const;
    const more = { type: "t", errorCode: null, mayHaveArrived: true, attempts: 3 };
    expect(errorData(new ApiError("Busy.", { ...facts, ...more }))).toEqual({
      ...facts,
      message: "Busy.",
      input: null,
    });
  });
});

describe("withOutcomes", () => {
  const schema = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };
  const toComponent = (inputs: unknown[], perform: () => Promise<unknown>) =>
    ({
      key: "a",
      actions: {
        step: {
          key: "step",
          inputs,
          perform,
          examplePayload: { data: { text: "a" } },
          outputSchema: { type: "actionOutput", schema: JSON.stringify(schema) },
        },
      },
    }) as unknown as Parameters<typeof withOutcomes>[0];
  const group = { key: "requestOptions", inputs: [{ key: "onFailure" }] };

  test("leaves an action without On Failure as it is", () => {
    for (const inputs of [[], [{ key: "requestOptions", inputs: [{ key: "timeout" }] }]]) {
      const given = toComponent(inputs, async () => ({ data: {} }));
      expect(withOutcomes(given).actions.step).toBe(given.actions.step);
    }
  });

  test("returns an error that is not the connector's own as internal", async () => {
    const given = toComponent([group], async () => {
      throw new TypeError("a is not valid");
    });
    const logs = new Logs();
    const { perform } = withOutcomes(given).actions.step as unknown as {
      perform(...args: unknown[]): Promise<unknown>;
    };
    const context = { logger: logs.logger };
    expect(await perform(context, { requestOptions: { onFailure: "returnError" } })).toEqual({
      data: {
        text: "",
        ok: false,
        error: expect.objectContaining({ code: "internal", message: "a is not valid" }),
      },
    });
    expect(logs.lines).toEqual(["error a is not valid"]);
    for (const params of [undefined, {}, { requestOptions: "x" }, { requestOptions: {} }]) {
      await expect(perform(context, params)).rejects.toThrow("a is not valid");
    }
  });

  test("keeps what an action returns in addition to its data", async () => {
    const given = toComponent([group], async () => ({
      data: { text: "Hi." },
      instanceState: { a: 1 },
    }));
    const { perform } = withOutcomes(given).actions.step as unknown as {
      perform(...args: unknown[]): Promise<unknown>;
    };
    expect(await perform({}, {})).toEqual({
      data: { ok: true, error: null, text: "Hi." },
      instanceState: { a: 1 },
    });
  });
});
