/** Error messages of failed requests: what happened, and what to change. */
import { describe, expect, test } from "vitest";
import { toError } from "../../src/client/errors";
import { Failure, failureFromResponse } from "../../src/client/failure";
import { failureWording } from "../../src/wording/failures";
import { connectionTo } from "../support/component";

const connection = connectionTo("https://api.anthropic.com");

const messages = { method: "POST", path: "/v1/messages", attempts: 1 };

/** In the words of a step with these inputs. */
const labels = { timeout: "Timeout (seconds)", maxRetries: "Max Retries", maxTokens: "Max Tokens" };

const errorOf = (
  details: Partial<Failure>,
  call: Parameters<typeof toError>[1] = messages,
  message = "No.",
) =>
  toError(
    new Failure({ code: "refused_by_api", message }, details),
    call,
    connection,
    failureWording(labels),
  );

test("an organization on hold is told where to appeal", () => {
  const event = {
    error: {
      type: "invalid_request_error",
      message: "This organization has been disabled.",
      details: { error_code: "organization_on_hold", appeal_url: "https://example.com/appeal" },
    },
  };
  const failure = failureFromResponse(400, {}, JSON.stringify(event));
  expect(toError(failure, messages, connection, failureWording(labels)).message).toBe(
    "The API returned 400 invalid_request_error: This organization has been disabled. Appeal: https://example.com/appeal Anthropic has disabled the organization for trust and safety reasons. An administrator can appeal. (POST /v1/messages, 1 attempt)",
  );
});

test("a spend limit advises raising it, not sending fewer requests", () => {
  const errorCode = "enforced_spend_limit_reached";
  expect(errorOf({ status: 429, type: "rate_limit_error", errorCode }).message).toBe(
    "The API returned 429 rate_limit_error: No. The organization has reached the monthly spend limit of its usage tier. Request a higher limit in the Claude Console, or wait until next month. (POST /v1/messages, 1 attempt)",
  );
});

test.each([
  [401, "ConnectionError"],
  [403, "ConnectionError"],
  [402, "ApiError"],
  [404, "ApiError"],
])("%i is reported as %s with its details", (status, name) => {
  const requestId = "req_1";
  expect(errorOf({ status, type: "t", errorCode: "c", requestId })).toMatchObject({
    name,
    status,
    type: "t",
    errorCode: "c",
    requestId,
    mayHaveArrived: true,
    attempts: 1,
  });
});

describe("not found errors", () => {
  const gone =
    "The ID does not exist: it was deleted, has expired, or belongs to another workspace.";
  const typo = "Check the model, ID or path for typos. Retired models also return this error.";

  test.each([
    ["/v1/files/file_1", gone],
    ["/v1/files/file_1/content", gone],
    ["/v1/messages/batches/msgbatch_1", gone],
    ["/v1/files", "Check Base URL in the connection."],
    ["/v1/files/", "Check Base URL in the connection."],
    ["/v1/messages", typo],
    ["/v1/models/claude", typo],
    ["/v1/x/v1/files/file_1", typo],
  ])("404 of %s explains the likely cause", (path, advice) => {
    expect(
      errorOf(
        { status: 404, type: "not_found_error", requestId: "r" },
        { ...messages, method: "GET", path },
      ).message,
    ).toBe(
      `The API returned 404 not_found_error: No. ${advice} (GET ${path}, request ID r, 1 attempt)`,
    );
  });

  test("400 of a file does not say that the file is missing", () => {
    const { message } = errorOf(
      { status: 400, type: "invalid_request_error" },
      { ...messages, method: "GET", path: "/v1/files/file_1" },
    );
    expect(message).toContain("No. Correct the input that this message is about. (GET");
  });
});

test("advice to run again is omitted for non-idempotent requests that may have arrived", () => {
  const notIdempotent = { ...messages, idempotent: false };
  const again = "The problem is on the API's side. Try again later, or increase Max Retries.";
  expect(errorOf({ status: 500, type: "api_error" }).message).toContain(again);
  expect(errorOf({ status: 500, type: "api_error" }, notIdempotent).message).toBe(
    "The API returned 500 api_error: No. (POST /v1/messages, 1 attempt)",
  );
  expect(errorOf({ status: 429, type: "rate_limit_error" }, notIdempotent).message).toContain(
    "The rate limit is reached",
  );
});

test.each([
  ["No model", "No model."],
  ["model: claude-2.1 is gone", "model: claude-2.1 is gone."],
  ["Really?", "Really?"],
  ["Wow!", "Wow!"],
  ["Done.", "Done."],
])("the API's message ends with punctuation: %s", (message, sentence) => {
  expect(errorOf({ status: 418, type: "t" }, messages, message).message).toBe(
    `The API returned 418 t: ${sentence} (POST /v1/messages, 1 attempt)`,
  );
});

test("the number of attempts is included", () => {
  const { message } = errorOf({ status: 500 }, { ...messages, attempts: 3 });
  expect(message).toMatch(/, 3 attempts\)$/);
});
