/** What a person reads once no attempt is left: what happened, and what to change. */
import { describe, expect, test } from "vitest";
import { toError } from "../../src/client/errors";
import { Failure } from "../../src/client/failure";
import { connectionTo } from "../support/component";

const connection = connectionTo("https://api.anthropic.com");

const messages = { method: "POST", path: "/v1/messages" };
const errorOf = (
  details: Partial<Failure>,
  call: Parameters<typeof toError>[2] = messages,
  message = "No.",
) => toError(new Failure(message, details), 1, call, connection);

test("a spend limit is not a rate limit: fewer requests would not help", () => {
  const code = "enforced_spend_limit_reached";
  expect(errorOf({ status: 429, type: "rate_limit_error", code }).message).toBe(
    "The API answered 429 rate_limit_error: No. The organization's spend limit is reached: raise it in the Claude Console. (POST /v1/messages, 1 attempt)",
  );
});

test.each([
  [401, "ConnectionError"],
  [403, "ConnectionError"],
  [402, "ApiError"],
  [404, "ApiError"],
])("%i is a %s", (status, name) => {
  const requestId = "req_1";
  expect(errorOf({ status, type: "t", code: "c", requestId })).toMatchObject({
    name,
    status,
    type: "t",
    code: "c",
    requestId,
    reached: true,
    attempts: 1,
  });
});

describe("404", () => {
  const gone = "None has this id: it is deleted or expired, or belongs to another workspace.";
  const typo =
    "Check the model, id or path for a typing error; a retired model answers like this too.";

  test.each([
    ["/v1/files/file_1", gone],
    ["/v1/files/file_1/content", gone],
    ["/v1/messages/batches/msgbatch_1", gone],
    ["/v1/files", typo],
    ["/v1/files/", typo],
    ["/v1/messages", typo],
    ["/v1/models/claude", typo],
    ["/v1/x/v1/files/file_1", typo],
  ])("of %s says %s", (path, step) => {
    expect(
      errorOf({ status: 404, type: "not_found_error", requestId: "r" }, { method: "GET", path })
        .message,
    ).toBe(
      `The API answered 404 not_found_error: No. ${step} (GET ${path}, request id r, 1 attempt)`,
    );
  });

  test("alone says that there is none with this id", () => {
    const { message } = errorOf(
      { status: 400, type: "invalid_request_error" },
      { method: "GET", path: "/v1/files/file_1" },
    );
    expect(message).toContain("No. Change the input that this message names. (GET");
  });
});

test("what must not be done twice is not told to run again where it may have arrived", () => {
  const once = { ...messages, once: true };
  const again = "The fault is on the API's side: run again later, or allow more retries.";
  expect(errorOf({ status: 500, type: "api_error" }).message).toContain(again);
  expect(errorOf({ status: 500, type: "api_error" }, once).message).toBe(
    "The API answered 500 api_error: No. (POST /v1/messages, 1 attempt)",
  );
  expect(errorOf({ status: 429, type: "rate_limit_error" }, once).message).toContain(
    "The rate limit is reached",
  );
});

test.each([
  ["No model", "No model."],
  ["model: claude-2.1 is gone", "model: claude-2.1 is gone."],
  ["Really?", "Really?"],
  ["Wow!", "Wow!"],
  ["Done.", "Done."],
])("%s ends as a sentence", (message, sentence) => {
  expect(errorOf({ status: 418, type: "t" }, messages, message).message).toBe(
    `The API answered 418 t: ${sentence} (POST /v1/messages, 1 attempt)`,
  );
});

test("several attempts are counted", () => {
  expect(toError(new Failure("No."), 3, messages, connection).message).toMatch(/, 3 attempts\)$/);
});
