/** The code of every error, and whether the same request may succeed later. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { codeOfFailure, type ErrorCode, errorCodes } from "../../src/client/errorCode";
import { Failure } from "../../src/client/failure";
import { failure } from "../support/component";
import {
  eventStream,
  type Reply,
  refusal,
  startServer,
  streamed,
  textEvents,
  textMessage,
} from "../support/server";

const once = { maxRetries: "0" };
const hello = { initialMessage: "Hello", requestOptions: once };

type Row = [name: string, reply: Reply, code: ErrorCode, facts?: object];

/** An error response with Anthropic's `error.details.error_code`. */
const withErrorCode = (status: number, type: string, error_code: string): Reply => ({
  status,
  body: { type: "error", error: { type, message: "No.", details: { error_code } } },
});

const json = { "content-type": "application/json" };
const events = { "content-type": "text/event-stream" };
const message = JSON.stringify(textMessage("Hello there."));
const beginning = eventStream(textEvents("Hello there.").slice(0, 4));

const responses: Row[] = [
  ["400", refusal(400, "invalid_request_error"), "invalid_request"],
  ["401", refusal(401, "authentication_error"), "bad_key", { name: "ConnectionError" }],
  ["402", refusal(402, "billing_error"), "no_credit"],
  ["403", refusal(403, "permission_error"), "no_access", { name: "ConnectionError" }],
  ["404", refusal(404, "not_found_error"), "not_found"],
  ["405", refusal(405, "invalid_request_error"), "invalid_request"],
  ["408", refusal(408, "timeout_error"), "timeout"],
  ["409", refusal(409, "conflict_error"), "conflict"],
  ["413", refusal(413, "request_too_large"), "too_large"],
  ["422", { status: 422, body: { detail: "No." } }, "invalid_request"],
  ["429", refusal(429, "rate_limit_error"), "rate_limited"],
  ["500", refusal(500, "api_error"), "server_error"],
  ["502 with HTML", { status: 502, body: "<title>Bad Gateway</title>" }, "server_error"],
  ["503", refusal(503, "api_error"), "overloaded"],
  ["504", refusal(504, "timeout_error"), "timeout"],
  ["529", refusal(529, "overloaded_error"), "overloaded"],
  ["400 with the type of an overload", refusal(400, "overloaded_error"), "overloaded"],
  ["400 with the type of a billing error", refusal(400, "billing_error"), "no_credit"],
  ["500 with the type of a large request", refusal(500, "request_too_large"), "too_large"],
  ["401 with a type of a gateway", refusal(401, "gateway_error"), "bad_key"],
  [
    "429 of Amazon Bedrock for its limit of tokens",
    { status: 429, body: { message: "Too many tokens, wait before trying again." } },
    "rate_limited",
  ],
  ["429 with a type of a gateway", refusal(429, "insufficient_quota"), "rate_limited"],
  ["404 with the type of an overload", refusal(404, "overloaded_error"), "not_found"],
  ["400 with a type of every object", refusal(400, "constructor"), "invalid_request"],
  [
    "400 for a prompt that is too long",
    refusal(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
    "too_large",
  ],
  [
    "400 for a context that is too long",
    refusal(400, "BadRequestError", "The input exceeds the maximum context length."),
    "too_large",
  ],
  [
    "400 for a credit balance that is too low",
    refusal(400, "invalid_request_error", "The credit balance is too low to access the API."),
    "no_credit",
  ],
  [
    "400 for the limit of an organization",
    refusal(
      400,
      "invalid_request_error",
      "The organization has reached the specified API usage limits.",
    ),
    "no_credit",
  ],
  [
    "400 for the limit of a workspace",
    refusal(
      400,
      "invalid_request_error",
      "The workspace has reached the specified workspace API usage limits.",
    ),
    "no_credit",
  ],
  [
    "429 for an enforced spend limit",
    withErrorCode(429, "rate_limit_error", "enforced_spend_limit_reached"),
    "no_credit",
    { errorCode: "enforced_spend_limit_reached" },
  ],
  [
    "429 for the spend limit of a contract",
    withErrorCode(429, "rate_limit_error", "contract_spend_limit_reached"),
    "no_credit",
  ],
  [
    "429 for a ramp limit",
    withErrorCode(429, "rate_limit_error", "ramp_limit_exceeded"),
    "rate_limited",
  ],
  [
    "a redirect",
    { status: 302, headers: { location: "https://example.com/" } },
    "invalid_connection",
    { status: 302, type: "redirect" },
  ],
  [
    "an error event in a stream",
    {
      headers: events,
      body: eventStream([
        { type: "error", error: { type: "overloaded_error", message: "Busy." } } as never,
      ]),
    },
    "overloaded",
    { status: 529 },
  ],
  [
    "an error body with status 200",
    { body: { error: { message: "Slow down.", code: 429 } } },
    "rate_limited",
    { status: 429 },
  ],
  [
    "HTML with status 200",
    { headers: { "content-type": "text/html" }, body: "<title>Sign in</title>" },
    "unexpected_response",
  ],
  ["JSON that is not a message", { body: { hello: "world" } }, "unexpected_response"],
  [
    "a stream in the format of OpenAI",
    {
      headers: events,
      body: 'data: {"object": "chat.completion.chunk", "choices": [{"delta": {"content": "Hi"}}]}\n\n',
    },
    "unexpected_response",
  ],
  ["a stream that ends early", { headers: events, body: beginning }, "broken_response"],
  ["JSON that ends early", { headers: json, body: message.slice(0, -20) }, "unexpected_response"],
  [
    "a body that is shorter than its Content-Length",
    (_, response) => {
      response.writeHead(200, { ...json, "content-length": message.length });
      response.write(message.slice(0, -20), () => response.destroy());
    },
    "broken_response",
    { status: null, mayHaveArrived: true },
  ],
  [
    "a stream whose connection is reset",
    (_, response) => {
      response.writeHead(200, events);
      response.write(beginning, () => response.socket?.resetAndDestroy());
    },
    "broken_response",
  ],
  [
    "a connection that is reset before the response",
    (_, response) => response.socket?.resetAndDestroy(),
    "no_connection",
    { status: null, mayHaveArrived: true },
  ],
  [
    "a connection that is closed before the response",
    (_, response) => response.destroy(),
    "no_connection",
  ],
];

/** What Chat throws for replies that are not a whole answer, with Fail When Incomplete. */
const incomplete: [name: string, reply: Reply, code: ErrorCode, output?: object][] = [
  ["refused", streamed("", { stop_reason: "refusal" }), "refused"],
  ["truncated at Max Tokens", streamed("Hel", { stop_reason: "max_tokens" }), "truncated"],
  [
    "truncated by the context window",
    streamed("Hel", { stop_reason: "model_context_window_exceeded" } as object),
    "too_large",
  ],
  ["paused", streamed("", { stop_reason: "pause_turn" }), "paused"],
  [
    "not the data that was asked for",
    streamed("Hello"),
    "invalid_output",
    { jsonSchema: { type: "object", properties: {} } },
  ],
];

const chat = async (reply: Reply, inputs: object = {}, context: Record<string, unknown> = {}) => {
  const server = await startServer(reply);
  return failure("chat", server, { ...hello, ...inputs }, context);
};

/** The code that an error must have, and what the table says about it. */
const withCode = (code: ErrorCode) => ({ code, retryable: errorCodes[code] });

describe("the error of Chat", () => {
  test.each(responses)("after %s has the code", async (_, reply, code, facts = {}) => {
    expect(await chat(reply)).toMatchObject({ ...withCode(code), ...facts });
  });

  test("has the code no_connection if the connection is refused", async () => {
    const error = await failure("chat", { url: "http://127.0.0.1:1" }, hello);
    expect(error).toMatchObject({
      ...withCode("no_connection"),
      name: "ApiError",
      status: null,
      mayHaveArrived: false,
    });
  });

  const silent: Reply = () => {};

  test("has the code timeout if no response comes within Timeout", async () => {
    const error = await chat(silent, { requestOptions: { ...once, timeout: "0.1" } });
    expect(error).toMatchObject({ ...withCode("timeout"), status: null, type: "timeout_error" });
  });

  test("has the code out_of_time if the execution ends before the response", async () => {
    // The step ends half a minute before the execution, which lasts 15 minutes.
    const startedAt = new Date(Date.now() - 14.5 * 60_000 + 200).toISOString();
    expect(await chat(silent, {}, { startedAt })).toMatchObject({
      ...withCode("out_of_time"),
      status: null,
    });
  });

  test.each(incomplete)("has the code of a reply that is %s", async (_, reply, code, output) => {
    const error = await chat(reply, { output: { failWhenIncomplete: true, ...output } });
    expect(error).toMatchObject({ name: "IncompleteResponseError", ...withCode(code) });
  });

  test.each([
    ["an input", { maxTokens: "many" }, "Max Tokens"],
    ["an input of a group", { requestOptions: { timeout: "soon" } }, "Timeout (seconds)"],
    ["an input that depends on others", { initialMessage: "" }, "Message"],
  ])("has the code invalid_input and the label of %s", async (_, inputs, input) => {
    const server = await startServer(streamed("Hi."));
    const error = await failure("chat", server, { ...hello, ...inputs });
    expect(error).toMatchObject({ name: "InputError", ...withCode("invalid_input"), input });
    expect(error.message.startsWith(`${input} `)).toBe(true);
    expect(server.requests).toHaveLength(0);
  });

  test("has the code invalid_connection if the connection cannot be used", async () => {
    const connection = { key: "anthropic", configVarKey: "", fields: { apiKey: "" } };
    const error = await failure("chat", { url: "" }, { ...hello, connection });
    expect(error).toMatchObject({ name: "ConnectionError", ...withCode("invalid_connection") });
  });
});

test("the error of Extract Data has the code invalid_output if the reply is wrong twice", async () => {
  const server = await startServer(streamed("Hello"));
  const inputs = { text: "A", fields: [{ name: "a" }], requestOptions: once };
  const error = await failure("extractData", server, inputs);
  expect(error).toMatchObject({ name: "ExtractionError", ...withCode("invalid_output") });
});

test("the error of a list that does not end has the code unexpected_response", async () => {
  const server = await startServer({ body: { data: [{ id: "a" }], has_more: true, last_id: "a" } });
  const error = await failure("listModels", server, { fetchAll: true });
  expect(error).toMatchObject(withCode("unexpected_response"));
});

/** Codes that no test in this file causes, with the test file that does and why it is not here. */
const elsewhere: Partial<Record<ErrorCode, [file: string, reason: string]>> = {
  internal: ["test/steps/outcome.test.ts", "only an error as data has it, no error that is thrown"],
  over_budget: ["test/steps/budget.test.ts", "needs a budget, and no response"],
};

describe("the table of codes", () => {
  test("has only codes that a test causes", () => {
    const here: ErrorCode[] = [
      ...responses.map(([, , code]) => code),
      ...incomplete.map(([, , code]) => code),
      ...(["no_connection", "timeout", "out_of_time", "invalid_input"] as const),
      "invalid_connection",
    ];
    const missing = (Object.keys(errorCodes) as ErrorCode[]).filter(
      (code) => !here.includes(code) && !elsewhere[code],
    );
    expect(missing).toEqual([]);
    for (const [code, [file]] of Object.entries(elsewhere)) {
      expect(here).not.toContain(code);
      expect(existsSync(file) && readFileSync(file, "utf8")).toContain(`"${code}"`);
    }
  });

  test("calls retryable what a later request may not repeat", () => {
    const retryable = Object.entries(errorCodes).flatMap(([code, may]) => (may ? code : []));
    expect(retryable).toEqual([
      "rate_limited",
      "overloaded",
      "server_error",
      "timeout",
      "out_of_time",
      "no_connection",
      "broken_response",
      "conflict",
      "paused",
      "invalid_output",
    ]);
  });
});

describe("codeOfFailure", () => {
  const refused = { code: "refused_by_api", message: "No." } as const;

  test.each<[status: number | null, type: string, code: ErrorCode]>([
    [null, "connection_error", "no_connection"],
    [null, "another type", "no_connection"],
    [200, "invalid_response", "unexpected_response"],
    [200, "another type", "unexpected_response"],
    [null, "list_too_long", "too_large"],
    [null, "list_does_not_end", "unexpected_response"],
    [418, "another type", "invalid_request"],
    [599, "another type", "server_error"],
    [307, "redirect", "invalid_connection"],
  ])("status %s and type %s", (status, type, code) => {
    expect(codeOfFailure(new Failure(refused, { status, type }))).toBe(code);
  });

  test.each<[message: string, code: ErrorCode]>([
    ["Your credit balance is too low to access the Anthropic API.", "no_credit"],
    ["You have reached your specified API usage limits.", "no_credit"],
    ["prompt is too long: 210000 tokens > 200000 maximum", "too_large"],
    ["input length and `max_tokens` exceed context limit: 197202 + 16384 > 200000", "too_large"],
    ["This request would exceed the context window.", "too_large"],
    ["max_tokens: must be at least 1", "invalid_request"],
  ])("a 400 with the message %s", (message, code) => {
    const details = { status: 400, type: "invalid_request_error" };
    expect(codeOfFailure(new Failure({ code: "refused_by_api", message }, details))).toBe(code);
  });

  test("reads the message of the API only", () => {
    const cause = "prompt is too long";
    const reason = { code: "no_response", host: "example.com", cause } as const;
    expect(codeOfFailure(new Failure(reason))).toBe("no_connection");
  });
});
