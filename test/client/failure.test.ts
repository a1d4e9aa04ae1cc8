import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toError } from "../../src/client/errors";
import {
  Failure,
  failureFromEvent,
  failureFromResponse,
  isErrorBody,
  withoutSecrets,
} from "../../src/client/failure";
import { failureWording } from "../../src/wording/failures";
import { oddPart, withFields } from "../support/arbitraries";
import { runs } from "../support/propertyRuns";

/** An error of the host behind a gateway. */
const wrapped = JSON.stringify({
  type: "error",
  error: {
    type: "invalid_request_error",
    message: "no max_tokens",
    details: { error_code: "a_code" },
  },
});

describe("failureFromResponse", () => {
  test.each([
    [
      "Anthropic's format",
      {
        type: "error",
        error: { type: "not_found_error", message: "model: x" },
        request_id: "req_9",
      },
      { type: "not_found_error", message: "model: x", requestId: "req_9" },
    ],
    [
      "an error code in details",
      {
        error: {
          type: "rate_limit_error",
          message: "m",
          details: { error_code: "ramp_limit_exceeded" },
        },
      },
      { errorCode: "ramp_limit_exceeded", message: "m" },
    ],
    [
      "OpenAI's format",
      { error: { message: "bad", type: null, code: "x" } },
      { message: "bad", type: "invalid_request_error" },
    ],
    [
      "a list of errors",
      { success: false, errors: [{ code: 2001, message: "no route" }], result: [] },
      { message: "no route" },
    ],
    [
      "an error in metadata.raw",
      { error: { message: "Provider returned error", code: 400, metadata: { raw: wrapped } } },
      { message: "no max_tokens", type: "invalid_request_error", errorCode: "a_code" },
    ],
    [
      "text in metadata.raw",
      { error: { message: "Provider returned error", metadata: { raw: "busy" } } },
      { message: "busy" },
    ],
    [
      "an error in upstream_error",
      { type: "error", error: { type: "request_fail", upstream_error: JSON.parse(wrapped) } },
      { message: "no max_tokens", type: "invalid_request_error" },
    ],
    [
      "an error as JSON in the message",
      { error: { type: "None", message: wrapped } },
      { message: "no max_tokens", type: "invalid_request_error" },
    ],
    [
      "an error as JSON in the message, after the status",
      { error: { type: "api_error", message: `400 ${wrapped}` } },
      { message: "no max_tokens", type: "invalid_request_error" },
    ],
    [
      "a message with the stack trace of Node.js",
      {
        error: {
          message: "fetch failed\n    at node:internal/deps/undici:1:2\n    at run (a.js:3:4)",
        },
      },
      { message: "fetch failed" },
    ],
    [
      "a message with the stack trace of Python",
      { detail: 'KeyError: a\nTraceback (most recent call last):\n  File "a.py", line 1' },
      { message: "KeyError: a" },
    ],
    ["error as text", { error: "no such route" }, { message: "no such route" }],
    ["message only", { message: "Forbidden" }, { message: "Forbidden" }],
    ["detail only", { detail: "Not Found" }, { message: "Not Found" }],
    ["an object without a message", { a: 1 }, { message: '{"a":1}' }],
    [
      "an HTML title",
      "<html><head><title>502 Bad Gateway</title></head>",
      { message: "502 Bad Gateway" },
    ],
    ["an HTML title with line breaks", "<TITLE>\n 502 \n</TITLE>", { message: "502" }],
    [
      "the generic type error",
      { type: "error", message: "m" },
      { message: "m", type: "invalid_request_error" },
    ],
    ["plain text", "upstream error\n", { message: "upstream error" }],
    ["null", "null", { message: "null" }],
    ["an empty body", "", { message: undefined }],
  ])("reads %s", (_, body, { message, ...expected }) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const failure = failureFromResponse(400, {}, text);
    expect(failure).toMatchObject({ status: 400, ...expected });
    expect(failure.reason).toEqual({ code: "refused_by_api", message });
  });

  test.each([
    [{ "request-id": "a", "x-request-id": "b" }, "a"],
    [{ "x-request-id": "b" }, "b"],
    [{ "x-amzn-requestid": "c" }, "c"],
    [{}, null],
  ])("reads the request ID from the headers %j", (headers, id) => {
    expect(failureFromResponse(500, headers as Record<string, string>, "").requestId).toBe(id);
  });
});

test.each([
  [400, "invalid_request_error"],
  [413, "request_too_large"],
  [504, "timeout_error"],
  [529, "overloaded_error"],
  [418, "api_error"],
])("status %i without a type is reported as %s", (status, type) => {
  expect(failureFromResponse(status, {}, "")).toMatchObject({ status, type });
});

test.each([
  ["invalid_request_error", 400],
  ["rate_limit_error", 429],
  ["api_error", 500],
  ["overloaded_error", 529],
  ["error_of_tomorrow", 500],
])("%s in a stream event has status %i", (type, status) => {
  const headers = { "request-id": "req_1" };
  const failure = failureFromEvent({ type: "error", error: { type, message: "m" } }, headers);
  expect(failure).toMatchObject({
    name: "Failure",
    reason: { code: "refused_by_api", message: "m" },
    type,
    status,
    requestId: "req_1",
  });
});

test.each([
  ["code", { error: { code: 429, message: "m" } }, 429, "rate_limit_error"],
  [
    "code as text",
    { error: { code: "400", type: "None", message: "m" } },
    400,
    "invalid_request_error",
  ],
  ["status", { error: { status: 402, message: "m" } }, 402, "billing_error"],
  ["status_code beside error", { error: "m", status_code: 503 }, 503, "api_error"],
  [
    "a code before its type",
    { error: { code: 529, type: "api_error", message: "m" } },
    529,
    "api_error",
  ],
  ["a code that is no status", { error: { code: 2001, message: "m" } }, 500, "api_error"],
  ["a code in words", { error: { code: "insufficient_quota", message: "m" } }, 500, "api_error"],
  [
    "the type of a wrapped error",
    { error: { message: "m", metadata: { raw: wrapped } } },
    400,
    "invalid_request_error",
  ],
])("an error with status 200 has the status of its %s", (_, event, status, type) => {
  expect(failureFromEvent(event, {})).toMatchObject({ status, type });
});

test.each([
  [true, { error: { message: "m" } }],
  [true, { error: "m" }],
  [true, { type: "error" }],
  [true, { errors: [{ message: "m" }] }],
  [false, { errors: [] }],
  [false, { error: null, content: [] }],
  [false, { error: {}, content: [] }],
  [false, null],
])("whether a body with status 200 is an error: %s", (expected, body) => {
  expect(isErrorBody(body)).toBe(expected);
});

test("a message that wraps itself deeply is read without end", () => {
  let message = "end";
  for (let depth = 0; depth < 10; depth++) message = JSON.stringify({ message });
  expect(failureFromResponse(400, {}, message).reason).toMatchObject({
    message: expect.stringContaining("end"),
  });
});

test("an error event without details is an api_error", () => {
  expect(failureFromEvent({ type: "error" }, {})).toMatchObject({
    reason: { code: "refused_by_api", message: undefined },
    type: "api_error",
    status: 500,
  });
});

test("any error body or event gives a readable message", () => {
  const details = fc.oneof(withFields(["error_code"]), oddPart);
  const error = fc.oneof(
    fc
      .tuple(withFields(["type", "message"]), details)
      .map(([rest, details]) => ({ ...rest, details })),
    oddPart,
  );
  const json = fc
    .tuple(withFields(["type", "message", "detail", "request_id"]), error)
    .map(([rest, error]) => ({ ...rest, error }) as Record<string, unknown>);
  const body = fc.oneof(
    json.map((given) => JSON.stringify(given)),
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("<title></title>", "<title>a", "null", "[]", "5"),
  );
  const status = fc.integer({ min: 300, max: 599 });
  const connection = { key: "anthropic", configVarKey: "a", fields: {} };
  fc.assert(
    fc.property(body, json, status, (body, event, status) => {
      for (const failure of [failureFromResponse(status, {}, body), failureFromEvent(event, {})]) {
        const { type, errorCode, requestId } = failure;
        expect(type).toMatch(/./s);
        for (const value of [errorCode, requestId])
          expect(value === null || typeof value === "string").toBe(true);
        const call = { method: "GET", path: "/v1/models", attempts: 1 };
        const text = toError(failure, call, connection, failureWording({})).message;
        expect(text).toContain("(GET /v1/models");
        expect(text).not.toMatch(/\[object |undefined/);
      }
    }),
    runs(),
  );
});

test("a secret that is part of a reason's code leaves the code unchanged", () => {
  const failure = new Failure({ code: "no_response", host: "response.example", cause: "reset" });
  expect(withoutSecrets(failure, ["response"]).reason).toEqual({
    code: "no_response",
    host: "[redacted].example",
    cause: "reset",
  });
});
