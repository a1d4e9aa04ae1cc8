import { describe, expect, test } from "vitest";
import { failureFromAnswer } from "../../src/client/failure";

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
