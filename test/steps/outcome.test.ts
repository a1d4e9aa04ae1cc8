/** On Failure, in every step that has it. */
import { createHarness } from "@prismatic-io/spectral/dist/testing";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { errorCodes } from "../../src/client/errorCode";
import { startApi } from "../support/api";
import { apiKey, component, connectionTo, failure, Logs, run } from "../support/component";
import { workingInputs } from "../support/inputs";
import { refusal, type Server, startServer, textMessage } from "../support/server";

type Field = { key: string; inputs?: { key: string }[] };

/** The steps that ask Claude. */
const steps = Object.values(component.actions).filter(({ inputs }) =>
  (inputs as Field[]).some(
    ({ key, inputs }) => key === "requestOptions" && inputs?.some(({ key }) => key === "onFailure"),
  ),
);

const perform = async (key: string, server: Server, changed: object) => {
  const action = component.actions[key];
  const connection = connectionTo(server.url);
  const given = {
    ...workingInputs(key, action?.inputs ?? [], connection),
    flows: [{ flow: "Flow 1", description: "A flow" }],
    ...changed,
  };
  const known = Object.entries(given).filter(([name]) =>
    action?.inputs.some((input) => input.key === name),
  );
  const logs = new Logs();
  const context = { logger: logs.logger, webhookUrls: { "Flow 1": `${server.url}/flow` } };
  const inputs = Object.fromEntries(known);
  const result = await createHarness(component).action(key, inputs, context as object);
  // biome-ignore lint/suspicious/noExplicitAny: tests read any property of an output
  return { ...(result as any), logs: logs.lines } as { branch?: string; data: any; logs: string[] };
};

const failing = () => startServer(refusal(400, "invalid_request_error", "No such thing."));
const noRetries = { maxRetries: "0" };
const returnError = { requestOptions: { ...noRetries, onFailure: "returnError" } };

test("the steps that ask Claude have On Failure", () => {
  expect(steps.map(({ key }) => key)).toEqual([
    "chat",
    "extractData",
    "processList",
    "classifyAndBranch",
    "runAgent",
    "resumeAgent",
    "createChatCompletion",
  ]);
});

/** A failure of a row is the row's: the step fails for an invalid key. */
const serverFor = (key: string) =>
  key === "processList" ? startServer(refusal(401, "authentication_error")) : failing();

describe.each(steps.map(({ key, display }) => [display.label, key] as const))("%s", (_, key) => {
  const action = component.actions[key];

  test("fails by default", async () => {
    const server = await serverFor(key);
    await expect(perform(key, server, { requestOptions: noRetries })).rejects.toThrow();
  });

  test("says that it succeeded", async () => {
    const { data } = await perform(key, await startApi(), {});
    expect(data).toMatchObject({ ok: true, error: null });
  });

  test("returns the error as data that its output schema describes", async () => {
    const { branch, data, logs } = await perform(key, await serverFor(key), returnError);
    expect(data.ok).toBe(false);
    expect(Object.keys(data.error)).toEqual([
      "code",
      "retryable",
      "message",
      "input",
      "status",
      "requestId",
    ]);
    expect(data.error.code).toBe(key === "processList" ? "bad_key" : "invalid_request");
    expect(data.error.retryable).toBe(false);
    expect(data.error.requestId).toMatch(/^req_/);
    expect(branch).toBe(action?.allowsBranching ? "Failed" : undefined);
    expect(
      logs.some((line) => line.startsWith("error ") && line.includes(data.error.message)),
    ).toBe(true);
    const { schema = "{}" } = (action?.outputSchema ?? {}) as { schema?: string };
    const ajv = new Ajv({ strict: false });
    expect(ajv.validate(JSON.parse(schema), data), ajv.errorsText()).toBe(true);
    expect(JSON.stringify([data, logs])).not.toContain(apiKey);
  });

  test("returns the error of an invalid input as well", async () => {
    const server = await failing();
    const connection = { ...connectionTo(server.url), fields: { apiKey: "" } };
    const { data } = await perform(key, server, { ...returnError, connection });
    expect(data.ok).toBe(false);
    expect(errorCodes).toHaveProperty(data.error.code);
    expect(server.requests).toEqual([]);
  });

  test("an invalid On Failure is an error", async () => {
    const requestOptions = { onFailure: "ignore" };
    await expect(perform(key, await failing(), { requestOptions })).rejects.toMatchObject({
      name: "InputError",
      input: "On Failure",
    });
  });
});

describe("the fallback", () => {
  const withFallback = (fallback: unknown) => ({
    requestOptions: { ...noRetries, onFailure: "returnFallback", fallback },
  });

  test("of Chat is its text", async () => {
    const { data } = await perform("chat", await failing(), withFallback("Sorry."));
    expect(data).toMatchObject({ ok: false, text: "Sorry.", json: null, toolCalls: [] });
    expect(data.error.code).toBe("invalid_request");
  });

  test.each([
    ["an object", { total: 0 }],
    ["JSON text", '{"total": 0}'],
  ])("is data of the given structure, as %s", async (_, fallback) => {
    const output = { jsonSchema: { type: "object", properties: { total: { type: "number" } } } };
    const inputs = { ...withFallback(fallback), output };
    const { data } = await perform("chat", await failing(), inputs);
    expect(data.json).toEqual({ total: 0 });
  });

  test("of Extract Data is the record, on the branch Ok", async () => {
    const inputs = { ...withFallback({ a: "none" }), fields: [{ name: "a", type: "text" }] };
    const { branch, data } = await perform("extractData", await failing(), inputs);
    expect([branch, data.ok, data.json]).toEqual(["Ok", false, { a: "none" }]);
  });

  test("of Classify and Branch is the branch to follow", async () => {
    const inputs = withFallback("Else");
    const { branch, data } = await perform("classifyAndBranch", await failing(), inputs);
    expect([branch, data.branch, data.ok]).toEqual(["Else", "Else", false]);
    expect(data.reason).toContain("No such thing.");
  });

  test("of Create Chat Completion is its message", async () => {
    const inputs = withFallback("Sorry.");
    const { data } = await perform("createChatCompletion", await failing(), inputs);
    expect(data.choices).toEqual([
      { index: 0, message: { role: "assistant", content: "Sorry." }, finish_reason: "stop" },
    ]);
  });

  test.each([
    ["chat", {}, undefined, "Fallback is required if On Failure is Return the fallback."],
    [
      "chat",
      { output: { jsonSchema: { type: "object", properties: { total: { type: "number" } } } } },
      "none",
      "Fallback must be JSON.",
    ],
    [
      "extractData",
      { fields: [{ name: "total", type: "number" }] },
      { total: "much" },
      "Fallback does not match Fields",
    ],
    [
      "classifyAndBranch",
      {},
      "Nowhere",
      'Fallback must be the name of a branch, but was "Nowhere".',
    ],
  ])("of %s is checked before any request", async (key, inputs, fallback, message) => {
    const server = await failing();
    const given = { ...inputs, ...withFallback(fallback) };
    await expect(perform(key, server, given)).rejects.toThrow(message);
    expect(server.requests).toEqual([]);
  });
});

test("what was received of a refused reply is in the output", async () => {
  const server = await startServer({
    body: { ...textMessage("I cannot"), stop_reason: "refusal" },
  });
  const inputs = { ...returnError, text: "x", fields: [{ name: "a", type: "text" }] };
  const { data } = await perform("extractData", server, inputs);
  expect(data).toMatchObject({
    ok: false,
    refused: true,
    error: { code: "refused", retryable: false },
    usage: { total_tokens: 15 },
  });
});

describe("errors that are thrown have a code", () => {
  const requestOptions = noRetries;

  test.each([
    [refusal(429, "rate_limit_error"), "rate_limited"],
    [refusal(529, "overloaded_error"), "overloaded"],
    [refusal(503, "api_error"), "overloaded"],
    [refusal(500, "api_error"), "server_error"],
    [refusal(504, "timeout_error"), "timeout"],
    [refusal(409, "conflict_error"), "conflict"],
    [refusal(401, "authentication_error"), "bad_key"],
    [refusal(403, "permission_error"), "no_access"],
    [refusal(402, "billing_error"), "no_credit"],
    [
      refusal(400, "invalid_request_error", "The credit balance is too low to access the API."),
      "no_credit",
    ],
    [refusal(404, "not_found_error"), "not_found"],
    [refusal(413, "request_too_large"), "too_large"],
    [refusal(400, "invalid_request_error", "prompt is too long: 300000 tokens"), "too_large"],
    [
      refusal(
        400,
        "invalid_request_error",
        "input length and `max_tokens` exceed context limit: 199000 + 4096 > 200000",
      ),
      "too_large",
    ],
    [refusal(429, "rate_limit_error", "Too many tokens per minute."), "rate_limited"],
    [refusal(400, "invalid_request_error"), "invalid_request"],
    [refusal(422, "x"), "invalid_request"],
    [{ body: "<html></html>", headers: { "content-type": "text/html" } }, "unexpected_response"],
    [{ status: 307, headers: { location: "/elsewhere" } }, "invalid_connection"],
  ] as const)("%j: %s", async (reply, code) => {
    const server = await startServer(reply);
    const error = await failure("chat", server, { initialMessage: "Hello", requestOptions });
    expect([error.code, error.retryable]).toEqual([code, errorCodes[code]]);
  });

  test("without a response", async () => {
    const server = await startServer((_, response) => response.destroy());
    const error = await failure("chat", server, { initialMessage: "Hello", requestOptions });
    expect([error.code, error.retryable]).toEqual(["no_connection", true]);
  });

  test("without a response in time", async () => {
    const server = await startServer(() => {});
    const error = await failure("chat", server, {
      initialMessage: "Hello",
      requestOptions: { ...noRetries, timeout: "0.05" },
    });
    expect([error.code, error.retryable]).toEqual(["timeout", true]);
  });

  test("for an invalid input, with its label", async () => {
    const error = await failure("chat", await failing(), { initialMessage: "Hi", maxTokens: "x" });
    expect(error).toMatchObject({ code: "invalid_input", retryable: false, input: "Max Tokens" });
  });

  test("for a truncated reply, if it fails the step", async () => {
    const server = await startServer({
      body: { ...textMessage("Half"), stop_reason: "max_tokens" },
    });
    const inputs = { initialMessage: "Hi", output: { failWhenIncomplete: "true" } };
    expect(await failure("chat", server, inputs)).toMatchObject({
      code: "truncated",
      retryable: false,
    });
  });
});

describe("Timeout and Max Retries of the connection", () => {
  const overloaded = () =>
    startServer(refusal(529, "overloaded_error", "No.", { "retry-after-ms": "1" }));
  const call = async (
    server: Server,
    key: string,
    inputs: object,
    fields: Record<string, unknown>,
  ) => {
    const connection = connectionTo(server.url, fields);
    await run(key, server, { ...inputs, connection }).catch(() => {});
    return server.requests.length;
  };

  test.each([
    ["listModels", { fetchAll: true }],
    ["getBatch", { batchId: "msgbatch_1" }],
    ["createChatCompletion", { messages: [{ role: "user", content: "Hi" }] }],
  ])("apply to %s", async (key, inputs) => {
    expect(await call(await overloaded(), key, inputs, {})).toBe(3);
    expect(await call(await overloaded(), key, inputs, { maxRetries: "0" })).toBe(1);
    expect(await call(await overloaded(), key, inputs, { maxRetries: "4" })).toBe(5);
  });

  test("give way to those of the step", async () => {
    const inputs = { initialMessage: "Hi", requestOptions: { maxRetries: "1" } };
    expect(await call(await overloaded(), "chat", inputs, { maxRetries: "0" })).toBe(2);
  });

  test("Timeout limits an attempt", async () => {
    const server = await startServer(() => {});
    const connection = connectionTo(server.url, { timeout: "0.05", maxRetries: "0" });
    const error = await failure("listModels", server, { connection });
    expect(error.code).toBe("timeout");
  });

  test.each([
    [{ maxRetries: "many" }, "Max Retries"],
    [{ timeout: "-1" }, "Timeout"],
  ])("%j is an error that names the field", async (fields, label) => {
    const server = await failing();
    const connection = connectionTo(server.url, fields);
    const error = await failure("listModels", server, { connection });
    expect(error.message).toContain(label);
    expect(server.requests).toEqual([]);
  });
});

describe("inputs of Chat that moved into Advanced", () => {
  const body = async (inputs: object) => {
    const server = await startServer({ body: textMessage("Hi") });
    await run("chat", server, { initialMessage: "Hello {{NAME}}", ...inputs });
    return server.requests.at(-1)?.json;
  };

  test.each([
    ["Variables", { variables: [{ key: "NAME", value: "World" }] }],
    ["System Message", { systemMessage: "Be brief." }],
  ])("%s has the same effect at its former place", async (_, inputs) => {
    const [before, after] = [await body(inputs), await body({ requestOptions: inputs })];
    expect(before).toEqual(after);
    expect(before).not.toEqual(await body({}));
  });

  test("Cache has the same effect at its former place", async () => {
    const cache = { cache: "5m" };
    const [before, after] = [await body({ caching: cache }), await body({ requestOptions: cache })];
    expect(before).toEqual(after);
    expect(JSON.stringify(before)).toContain("cache_control");
  });
});
