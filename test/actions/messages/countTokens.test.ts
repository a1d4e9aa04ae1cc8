import { expect, test } from "vitest";
import { failure, run } from "../../support/component";
import { startServer } from "../../support/server";

test("asks the API and hands its answer on", async () => {
  const server = await startServer({ body: { input_tokens: 14, context_management: null } });
  expect(await run("countTokens", server, { message: "Hello" })).toEqual({
    input_tokens: 14,
    context_management: null,
  });
  const { method, path, json } = server.request();
  expect({ method, path, json }).toEqual({
    method: "POST",
    path: "/v1/messages/count_tokens",
    json: { model: "claude-sonnet-5-5", messages: [{ role: "user", content: "Hello" }] },
  });
});

test.each([
  [{ message: "" }, "Message is required."],
  [{ message: "Hello", model: "" }, "Model is required."],
])("bad input %o is an error before any request", async (inputs, message) => {
  const server = await startServer({ body: {} });
  expect((await failure("countTokens", server, inputs)).message).toContain(message);
  expect(server.requests).toHaveLength(0);
});
