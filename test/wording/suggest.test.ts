/** Names that do not exist: the error suggests those that are similar. */
import { describe, expect, test } from "vitest";
import { nearest } from "../../src/wording/suggest";
import { failure, gatewayTo, run } from "../support/component";
import { refusal, startServer, streamed } from "../support/server";

const hello = { initialMessage: "Hello" };

describe("nearest", () => {
  const names = ["name", "city", "webSearch", "webFetch", "a"];
  test.each<[name: unknown, near: string[]]>([
    ["nmae", ["name"]],
    ["Name", ["name"]],
    ["web_search", ["webSearch"]],
    ["webSerch", ["webSearch"]],
    ["webSeetch", ["webSearch", "webFetch"]],
    ["A", ["a"]],
    ["b", []],
    ["country", []],
    ["", []],
    [5, []],
    [undefined, []],
    ["x".repeat(200), []],
  ])("of %j", (name, near) => expect(nearest(name, names)).toEqual(near));

  test("are at most 3", () => {
    expect(nearest("row", ["row1", "row2", "row3", "row4"])).toEqual(["row1", "row2", "row3"]);
    expect(nearest("row", [])).toEqual([]);
  });

  test("ignore names that are too long to compare quickly", () => {
    expect(nearest("name", ["n".repeat(1_000_000), "name1"])).toEqual(["name1"]);
  });
});

describe("a model that does not exist", () => {
  const messageOf = async (model: string, text: string, connect?: typeof gatewayTo) => {
    const server = await startServer(refusal(404, "not_found_error", text));
    const connection = connect && { connection: connect(server.url) };
    return (await failure("chat", server, { ...hello, ...connection, model })).message;
  };

  test.each<[model: string, suggested: string]>([
    ["claude-sonet-5.5", " Did you mean claude-sonnet-5-5?"],
    ["Claude Sonnet 5.5", " Did you mean claude-sonnet-5-5?"],
    ["claude-opus-5-6", " Did you mean claude-opus-5-5, claude-opus-5 or claude-opus-4-6?"],
    ["claude-haiku-55", " Did you mean claude-haiku-5-5?"],
    ["claude-3-5-sonnet-20241022", " Did you mean claude-sonnet-5?"],
    [
      "claude-3-opus-experimental",
      " Did you mean claude-opus-5-5, claude-opus-5 or claude-opus-4-8?",
    ],
    ["claude-3-haiku-latest", " Did you mean claude-haiku-5-5 or claude-haiku-4-5?"],
    ["gpt-4o", ""],
    // It exists, but not for this key.
    ["claude-opus-5-5", ""],
    ["claude-opus-4-5-20251101", ""],
  ])("%s: suggests models with similar names", async (model, suggested) => {
    expect(await messageOf(model, `model: ${model}`)).toBe(
      `The API returned 404 not_found_error: model: ${model}. Check Model for typos. Retired models also return this error.${suggested} (POST /v1/messages, request ID req_1, 1 attempt)`,
    );
  });

  test.each(["The model `claude-sonet-5-5` does not exist", "Unknown model=claude-sonet-5-5"])(
    "at a gateway: %s",
    async (text) => {
      expect(await messageOf("claude-sonet-5-5", text, gatewayTo)).toContain(
        "or does not have this endpoint. Did you mean claude-sonnet-5-5? (POST",
      );
    },
  );

  test("is not suspected in other errors", async () => {
    const server = await startServer(refusal(400, "invalid_request_error", "model: claude-sonet"));
    expect((await failure("chat", server, hello)).message).not.toContain("Did you mean");
  });
});

test.each<[what: string, step: string, inputs: Record<string, unknown>, message: string]>([
  [
    "a variable",
    "chat",
    { initialMessage: "Hi {{nmae}}", variables: [{ key: "name", value: "Ada" }] },
    "Variables has no value for {{nmae}}. Did you mean {{name}}?",
  ],
  [
    "a choice",
    "chat",
    { ...hello, reasoning: { effort: "hihg" } },
    'Effort must be one of default, low, medium, high, xhigh, max, but was "hihg". Did you mean high?',
  ],
  [
    "a tool",
    "chat",
    { ...hello, tools: { webSearch: true, toolChoice: "web_serch" } },
    'Tool Choice must be auto, any, none or the name of a tool, but was "web_serch". Available tools: web_search. Did you mean web_search?',
  ],
  [
    "an MCP server",
    "chat",
    {
      ...hello,
      tools: {
        mcpServers: [{ key: "tickets", value: "https://a.example" }],
        mcpTokens: [{ key: "ticket", value: "token" }],
      },
    },
    "MCP Server Tokens has a row named ticket, but MCP Servers has no such server. Did you mean tickets?",
  ],
  [
    "a type of JSON Schema",
    "chat",
    { ...hello, output: { jsonSchema: { type: "objekt" } } },
    'JSON Schema has an invalid type at /: "objekt". Use one of object, array, string, number, integer, boolean, null. Did you mean object?',
  ],
  [
    "a branch",
    "classifyAndBranch",
    {
      text: "A bill",
      branches: [{ key: "Billing", value: "" }],
      examples: [{ key: "My bill", value: "Biling" }],
    },
    "Examples has the branch Biling, but Branches does not. Did you mean Billing?",
  ],
  [
    "a function in OpenAI's format",
    "createChatCompletion",
    {
      messages: [{ role: "user", content: "Hi" }],
      parameters: {
        tools: [{ type: "function", function: { name: "get_weather" } }],
        tool_choice: { type: "function", function: { name: "get_wether" } },
      },
    },
    "Parameters (tool_choice) is get_wether, but the request has no such tool. Did you mean get_weather?",
  ],
  [
    "a form field",
    "rawRequest",
    {
      method: "POST",
      fileData: [{ key: "file", value: "a" }],
      fileDataFileNames: [{ key: "files", value: "a.txt" }],
    },
    'File Data File Names has the key "files", but File Data does not. Did you mean file?',
  ],
  [
    "an input of a group",
    "chat",
    { ...hello, tools: { web_search: true } },
    'Tools has no input "web_search". Did you mean webSearch?',
  ],
  [
    "an input of a group that is not similar to any",
    "chat",
    { ...hello, output: { format: "json" } },
    'Output has no input "format". Its inputs are jsonSchema, stopSequences, failWhenIncomplete.',
  ],
  [
    "an input of a group of another step",
    "classifyAndBranch",
    { text: "A", branches: [{ key: "A" }], requestOptions: { maxRetry: 1 } },
    'Advanced has no input "maxRetry". Did you mean maxRetries?',
  ],
  [
    "a column of a row",
    "extractData",
    { text: "A", fields: [{ name: "a" }, { Name: "b", type: "text" }] },
    'Fields has no input "Name" in row 2. Did you mean name?',
  ],
])("%s that does not exist is an error with a suggestion", async (_, step, inputs, message) => {
  const server = await startServer(streamed("Hi."));
  const error = await failure(step, server, inputs);
  expect(error.name).toBe("InputError");
  expect(error.message).toBe(message);
  expect(server.requests).toHaveLength(0);
});

test("names of flows are suggested", async () => {
  const server = await startServer(streamed("Hi."));
  const context = { webhookUrls: { "Find Order": server.url, "Refund Order": server.url } };
  const flows = [{ flow: "Find Order", description: "Finds an order" }];
  const inputs = { task: "Find order 5", flows };
  const ofFlow = await failure(
    "runAgent",
    server,
    { ...inputs, flows: [{ flow: "find_orders" }] },
    context,
  );
  expect(ofFlow.message).toBe(
    'Flows contains "find_orders", but this integration has no such flow. Available flows: Find Order, Refund Order. Did you mean Find Order?',
  );
  const ofApproval = await failure(
    "runAgent",
    server,
    { ...inputs, approvals: ["Find Ordr"] },
    context,
  );
  expect(ofApproval.message).toBe(
    'Approvals contains "Find Ordr", which is not in Flows. Did you mean Find Order?',
  );
  expect(server.requests).toHaveLength(0);
});

test("blank values under unknown names are ignored", async () => {
  const server = await startServer(streamed("Hi."));
  await run("chat", server, { ...hello, tools: { web_search: "", other: null } });
  expect(server.requests).toHaveLength(1);
});

test("a choice may have the label that the designer shows", async () => {
  const server = await startServer(streamed("Hi."));
  await run("chat", server, { ...hello, caching: { cache: "1 hour" } });
  expect(server.request().json).toMatchObject({ cache_control: { type: "ephemeral", ttl: "1h" } });
});
