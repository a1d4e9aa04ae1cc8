import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toError } from "../../src/client/errors";
import { failureFromAnswer, failureFromEvent } from "../../src/client/failure";
import { oddPart, withFields } from "../support/anything";
import { runs } from "../support/runs";

describe("the body of an answer that says no", () => {
  test.each([
    [
      "Anthropic's",
      {
        type: "error",
        error: { type: "not_found_error", message: "model: x" },
        request_id: "req_9",
      },
      { type: "not_found_error", message: "model: x", requestId: "req_9" },
    ],
    [
      "with a code",
      {
        error: {
          type: "rate_limit_error",
          message: "m",
          details: { error_code: "ramp_limit_exceeded" },
        },
      },
      { code: "ramp_limit_exceeded" },
    ],
    [
      "OpenAI's",
      { error: { message: "bad", type: null, code: "x" } },
      { message: "bad", type: "invalid_request_error" },
    ],
    ["a text for error", { error: "no such route" }, { message: "no such route" }],
    ["message alone", { message: "Forbidden" }, { message: "Forbidden" }],
    ["detail alone", { detail: "Not Found" }, { message: "Not Found" }],
    ["an object without any", { a: 1 }, { message: '{"a":1}' }],
    ["HTML", "<html><head><title>502 Bad Gateway</title></head>", { message: "502 Bad Gateway" }],
    ["HTML on lines of its own", "<TITLE>\n 502 \n</TITLE>", { message: "502" }],
    [
      "a type that says nothing",
      { type: "error", message: "m" },
      { message: "m", type: "invalid_request_error" },
    ],
    ["plain text", "upstream error\n", { message: "upstream error" }],
    ["null", "null", { message: "null" }],
    ["nothing", "", { message: "The answer has no message." }],
  ])("%s is understood", (_, body, expected) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    expect(failureFromAnswer(400, {}, text)).toMatchObject({ status: 400, ...expected });
  });

  test.each([
    [{ "request-id": "a", "x-request-id": "b" }, "a"],
    [{ "x-request-id": "b" }, "b"],
    [{ "x-amzn-requestid": "c" }, "c"],
    [{}, null],
  ])("has the request id of %o", (headers, id) => {
    expect(failureFromAnswer(500, headers as Record<string, string>, "").requestId).toBe(id);
  });
});

test.each([
  [400, "invalid_request_error"],
  [413, "request_too_large"],
  [504, "timeout_error"],
  [529, "overloaded_error"],
  [418, "api_error"],
])("a status of %i without a type is a %s", (status, type) => {
  expect(failureFromAnswer(status, {}, "")).toMatchObject({ status, type });
});

test.each([
  ["invalid_request_error", 400],
  ["rate_limit_error", 429],
  ["api_error", 500],
  ["overloaded_error", 529],
  ["error_of_tomorrow", 500],
])("%s within a stream stands for %i", (type, status) => {
  const headers = { "request-id": "req_1" };
  const failure = failureFromEvent({ type: "error", error: { type, message: "m" } }, headers);
  expect(failure).toMatchObject({
    name: "Failure",
    message: "m",
    type,
    status,
    requestId: "req_1",
  });
});

test("an error within a stream that says nothing is a fault of the API", () => {
  expect(failureFromEvent({ type: "error" }, {})).toMatchObject({
    message: "The answer has no message.",
    type: "api_error",
    status: 500,
  });
});

test("whatever comes with an error, its message is text that a person can read", () => {
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
      for (const failure of [failureFromAnswer(status, {}, body), failureFromEvent(event, {})]) {
        const { message, type, code, requestId } = failure;
        expect(message).not.toBe("");
        expect(type).toMatch(/./s);
        for (const text of [code, requestId])
          expect(text === null || typeof text === "string").toBe(true);
        const told = toError(failure, 1, { method: "GET", path: "/v1/models" }, connection).message;
        expect(told).toContain("(GET /v1/models");
        expect(told).not.toMatch(/\[object |undefined/);
      }
    }),
    runs(),
  );
});
