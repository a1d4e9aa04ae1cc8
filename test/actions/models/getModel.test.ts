import { expect, test } from "vitest";
import { modelExample } from "../../../src/claude/models/schema";
import { failure, run } from "../../support/component";
import { refusal, startServer } from "../../support/server";

test("returns the model info unchanged", async () => {
  const server = await startServer({ body: modelExample });
  expect(await run("getModel", server, { model: "claude-sonnet-5-5" })).toEqual(modelExample);
  const { method, path, body } = server.request();
  expect({ method, path, body }).toEqual({
    method: "GET",
    path: "/v1/models/claude-sonnet-5-5",
    body: "",
  });
});

test.each([
  ["null", null],
  ["a number", 42],
  ["a list", []],
  ["an empty object", {}],
  ["an object without an ID", { message: "ok" }],
  ["an ID that is a number", { id: 5 }],
])("rejects a response that is %s", async (_, body) => {
  const server = await startServer({ body: JSON.stringify(body) });
  const error = await failure("getModel", server, { model: "claude-sonnet-5-5" });
  expect(error).toMatchObject({ type: "invalid_response", attempts: 1 });
  expect(error.message).toContain("The response is not a model.");
});

test("encodes special characters in the model ID", async () => {
  const server = await startServer({ body: modelExample });
  await run("getModel", server, { model: "a/b?c=d#e f%" });
  expect(server.requests[0]).toMatchObject({
    path: "/v1/models/a%2Fb%3Fc=d%23e%20f%25",
    query: "",
  });
});

test.each([
  ["one dot", "."],
  ["two dots", ".."],
  ["an empty ID", ""],
  ["a line break", "a\nb"],
  ["a lone surrogate", "\ud800"],
])("rejects %s as a model ID before any request", async (_, model) => {
  const server = await startServer({ body: modelExample });
  expect((await failure("getModel", server, { model })).message).toMatch(/^Model /);
  expect(server.requests).toHaveLength(0);
});

test("suggests what to check when the model is not found", async () => {
  const server = await startServer(refusal(404, "not_found_error", "model: claude-2"));
  expect((await failure("getModel", server, { model: "claude-2" })).message).toBe(
    "The API returned 404 not_found_error: model: claude-2. Check Model for typos. Retired models also return this error. (GET /v1/models/claude-2, request ID req_1, 1 attempt)",
  );
});
