/** Groups, and rows of groups, as JSON text: the form in which an integration as code has them. */
import { expect, test } from "vitest";
import { playing, runBranching, startFlows } from "../support/agent";
import { component, failure, run } from "../support/component";
import { modelWith } from "../support/models";
import { type Server, startServer, streamed } from "../support/server";

const requested = ({ requests }: Server) =>
  requests.find(({ path }) => path === "/v1/messages")?.json;

const extracting = () =>
  startServer({ body: modelWith() }, streamed('{"record": {"total": 118.5, "tags": ["new"]}}'));

const total = { name: "total", type: "number", required: "true" };
const tags = { name: "tags", type: "text", list: true };

test.each<[string, unknown]>([
  ["rows as text", [JSON.stringify(total), JSON.stringify(tags)]],
  ["a list as text", JSON.stringify([total, tags])],
  ["rows as text and as data", [total, JSON.stringify(tags)]],
])("Extract Data reads Fields: %s", async (_, fields) => {
  const expected = await extracting();
  await run("extractData", expected, { text: "118.50, new", fields: [total, tags] });
  const server = await extracting();
  const result = await run("extractData", server, { text: "118.50, new", fields });
  expect(result).toMatchObject({ json: { total: 118.5, tags: ["new"] }, missing: [] });
  expect(requested(server)).toEqual(requested(expected));
});

test("Run Agent reads rows of Flows as text", async () => {
  const flows = await startFlows({ "Find Order": ({ order }) => ({ order, state: "lost" }) });
  const server = await playing(
    { toolu_1: { tool: "Find_Order", input: { order: "A-1042" } } },
    "It is lost.",
  );
  const rows = ['{"flow": "Find Order", "description": "Finds an order."}'];
  const { branch, data } = await runBranching(
    "runAgent",
    server,
    { task: "Where is it?", flows: rows },
    flows.context,
  );
  expect([branch, data.text]).toEqual(["Done", "It is lost."]);
  expect(flows.calls).toMatchObject([{ flow: "Find Order", input: { order: "A-1042" } }]);
  expect(requested(server)).toMatchObject({
    tools: [{ name: "Find_Order", description: "Finds an order." }],
  });
});

test("Chat reads groups as text, with the values of their inputs", async () => {
  const server = await startServer(streamed('{"city": "Bonn"}'));
  const jsonSchema = { type: "object", properties: { city: { type: "string" } } };
  const result = await run("chat", server, {
    initialMessage: "Where is {{name}}?",
    output: JSON.stringify({ jsonSchema, stopSequences: ["END"] }),
    requestOptions: '{"variables": [{"key": "name", "value": "Ann"}]}',
  });
  expect(result.json).toEqual({ city: "Bonn" });
  expect(requested(server)).toMatchObject({
    stop_sequences: ["END"],
    messages: [{ role: "user", content: "Where is Ann?" }],
  });
});

test("On Failure works in a group as text", async () => {
  const server = await startServer({ body: modelWith() });
  const requestOptions = '{"onFailure": "returnError"}';
  const result = await run("chat", server, { initialMessage: "", requestOptions });
  expect(result).toMatchObject({ ok: false, error: { input: "Message" } });
});

test("a text that is not JSON, or has an unknown input, is rejected before any request", async () => {
  const server = await startServer();
  const inputs = { initialMessage: "Hello" };
  expect(await failure("chat", server, { ...inputs, memory: "{key}" })).toMatchObject({
    message: 'Memory must be an object with its inputs, but was "{key}".',
  });
  expect(await failure("chat", server, { ...inputs, memory: '{"keys": "user-1"}' })).toMatchObject({
    message: 'Memory has no input "keys". Did you mean key?',
  });
  expect(server.requests).toEqual([]);
});

test("the designer shows the fields of rows as text before the step has run", async () => {
  const { examplePerform } = component.actions.extractData ?? {};
  const inputs = { model: "m", fields: [JSON.stringify(total)] };
  expect(await examplePerform?.({} as never, inputs as never)).toMatchObject({
    data: { json: { total: 1.5 } },
  });
});

test.each(["valueOf", "toString", "__proto__"])(
  "a text with the name %s, which every object inherits, is refused",
  async (name) => {
    const error = await failure("chat", await startServer(), {
      initialMessage: "Hi",
      tools: `{"${name}": false}`,
    });
    expect([error.name, error.message]).toEqual([
      "InputError",
      expect.stringMatching(/^Tools must be an object with its inputs, but was /),
    ]);
  },
);

test("the text null is a group without values", async () => {
  const server = await startServer(streamed("Hi."));
  const { text } = await run("chat", server, {
    initialMessage: "Hi",
    tools: "null",
    output: "null",
  });
  expect(text).toBe("Hi.");
});
