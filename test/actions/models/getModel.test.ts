import { expect, test } from "vitest";
import { modelExample } from "../../../src/claude/models/schema";
import { failure, run } from "../../support/component";
import { refusal, startServer } from "../../support/server";

test("returns the API's answer unchanged", async () => {
  const server = await startServer({ body: modelExample });
  expect(await run("getModel", server, { model: "claude-sonnet-5-5" })).toEqual(modelExample);
  const { method, path, body } = server.request();
  expect({ method, path, body }).toEqual({
    method: "GET",
    path: "/v1/models/claude-sonnet-5-5",
    body: "",
  });
});

test.each([null, 42, [], {}, { message: "ok" }, { id: 5 }])("%j is no model", async (body) => {
  const server = await startServer({ body: JSON.stringify(body) });
  const error = await failure("getModel", server, { model: "claude-sonnet-5-5" });
  expect(error).toMatchObject({ type: "invalid_response", attempts: 1 });
  expect(error.message).toContain("The answer is no model.");
});

test("encodes the id, so that it stays one piece of the path", async () => {
  const server = await startServer({ body: modelExample });
  const { requests } = server;
  await run("getModel", server, { model: "a/b?c=d#e f%" });
  expect(requests[0]).toMatchObject({
    path: "/v1/models/a%2Fb%3Fc=d%23e%20f%25",
    query: "",
  });
});

test.each([".", "..", "", "a\nb", "\ud800"])("refuses the id %j", async (model) => {
  const server = await startServer({ body: modelExample });
  expect((await failure("getModel", server, { model })).message).toMatch(/^Model /);
  expect(server.requests).toHaveLength(0);
});

test("an unknown model is a 404 that says what to check", async () => {
  const server = await startServer(refusal(404, "not_found_error", "model: claude-2"));
  expect((await failure("getModel", server, { model: "claude-2" })).message).toBe(
    "The API answered 404 not_found_error: model: claude-2. Check the model, id or path for a typing error; a retired model answers like this too. (GET /v1/models/claude-2, request id req_1, 1 attempt)",
  );
});
