/** Property tests: any value of an input of Chat gives an InputError before any request, or a well-formed request. */
import Ajv from "ajv";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { run } from "../support/component";
import { gif, jpeg, pdf, png, webp } from "../support/files";
import { modelWith } from "../support/models";
import { runs } from "../support/propertyRuns";
import { type Server, startServer, streamed } from "../support/server";

const junk = fc.anything({ maxDepth: 3, withNullPrototype: true });

const words = fc.oneof(
  fc.string(),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    "",
    " ",
    "true",
    "FALSE",
    "0",
    "1",
    "-1",
    "2048",
    "1e9",
    "{}",
    "[]",
    "null",
    "a,b",
  ),
  fc.json(),
);

const bytes = fc
  .tuple(
    fc.constantFrom(
      png(),
      jpeg(),
      gif(),
      webp(),
      pdf(),
      pdf({ compressed: true }),
      Buffer.alloc(0),
    ),
    fc.uint8Array({ maxLength: 60 }),
    fc.nat(80),
  )
  .map(([file, tail, length]) =>
    Buffer.concat([file.subarray(0, length < 60 ? file.length : length), tail]),
  );

const file = fc.oneof(
  bytes,
  bytes.map((data) => ({ data, contentType: "image/jpg" })),
  bytes.map((data) => JSON.parse(JSON.stringify(data))),
  bytes.map((data) => data.toString("base64")),
  bytes.map((data) => `data:image/png;base64,${data.toString("base64")}`),
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  fc.constantFrom(
    "file_1",
    "file_011CNha8iCJcU1wXNR6q4V8w",
    "data:",
    "data:,",
    "https://",
    "%PDF-",
  ),
  words,
  junk,
);

const rows = (value: fc.Arbitrary<unknown>) =>
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.array(fc.record({ key: fc.oneof(words, junk), value }), { maxLength: 3 }),
    },
    { weight: 1, arbitrary: junk },
  );

const anyValue = fc.oneof(words, junk);

const block = fc.oneof(
  fc.record({ type: fc.constant("text"), text: anyValue }),
  fc.record({ type: fc.constantFrom("tool_use"), id: words, name: words, input: junk }),
  fc.record({ type: fc.constant("tool_result"), tool_use_id: words, content: junk }),
  fc.record({ type: fc.constant("thinking"), thinking: words, signature: words }),
  junk,
);

const conversation = fc.oneof(
  fc.array(
    fc.record({
      role: fc.oneof(fc.constantFrom("user", "assistant", "system", "developer"), words),
      content: fc.oneof(words, fc.array(block, { maxLength: 3 }), junk),
    }),
    { maxLength: 4 },
  ),
  fc.array(fc.record({ role: fc.constantFrom("user", "assistant"), content: words }), {
    maxLength: 4,
  }),
  anyValue,
);

/** spectral fails on fields named like properties of Object.prototype. */
const shadowsPrototype = (value: unknown) =>
  typeof value === "object" &&
  value !== null &&
  Object.getOwnPropertyNames(Object.prototype).some((name) => Object.hasOwn(value, name));

/** A group of inputs, any of them missing, some with valid values. */
const group = (fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.oneof(
    { weight: 5, arbitrary: fc.record(fields, { requiredKeys: [] }) },
    { weight: 1, arbitrary: anyValue.filter((value) => !shadowsPrototype(value)) },
  );

const or = (...valid: unknown[]) =>
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...valid) }, { weight: 1, arbitrary: anyValue });

const list = fc.oneof(fc.array(anyValue, { maxLength: 3 }), anyValue);

const schema = fc.oneof(
  fc.record(
    {
      type: or("object", "array", "string", "integer", ["string", "null"]),
      properties: fc.dictionary(fc.string(), fc.oneof(fc.record({ type: or("string") }), junk)),
      items: or({ type: "string" }),
      enum: list,
      $ref: or("#", "#/$defs/a", "#/properties/a"),
      $defs: fc.dictionary(fc.string(), junk),
      anyOf: list,
      minimum: junk,
      pattern: words,
      required: list,
    },
    { requiredKeys: [] },
  ),
  anyValue,
);

const inputs: Record<string, fc.Arbitrary<object>> = {
  attachments: fc.record({ attachments: rows(file) }),
  variables: fc.record({
    initialMessage: fc.constantFrom("Hello {{a}}", "{{ a b }}{{", "Hello"),
    variables: rows(anyValue),
  }),
  conversation: fc.record({ conversation }),
  reasoning: fc.record({
    reasoning: group({
      thinking: or("default", "off", "adaptive", "budget"),
      effort: or("low", "max"),
      budgetTokens: or("1024", 4095),
      showThinking: or(true, "false"),
    }),
  }),
  output: fc.record({
    output: group({
      jsonSchema: schema,
      stopSequences: list,
      failWhenIncomplete: or("false"),
    }),
  }),
  tools: fc.record({
    conversation: or([
      { role: "user", content: "Hi" },
      { role: "assistant", content: [{ type: "tool_use", id: "1", name: "t", input: {} }] },
    ]),
    tools: group({
      definitions: or([{ name: "t", input_schema: { type: "object" } }]),
      toolChoice: or("auto", "any", "t"),
      parallel: or(true),
      toolResults: rows(file).map((list) =>
        Array.isArray(list) ? list.map((row) => ({ key: "1", ...(row as object) })) : list,
      ),
      webSearch: or(true),
      webFetch: or(false),
      webMaxUses: or("1"),
      webAllowedDomains: list,
      webBlockedDomains: list,
      codeExecution: or(true),
      mcpServers: rows(fc.oneof(fc.webUrl({ validSchemes: ["https"] }), anyValue)),
      mcpTokens: rows(anyValue),
    }),
  }),
  caching: fc.record({ caching: group({ cache: or("off", "5m", "1h") }) }),
  requestOptions: fc.record({
    requestOptions: group({
      timeout: or("10"),
      maxRetries: or("0"),
      fallbackModels: list,
      betas: list,
      metadataUserId: anyValue,
      serviceTier: or("auto"),
      extraParameters: anyValue,
    }),
  }),
  "message, system prompt, model, max tokens and temperature": fc.record(
    {
      initialMessage: anyValue,
      systemPrompt: anyValue,
      maxTokens: or("1", 5),
      temperature: or("1", 0.5),
      model: or("claude-sonnet-5-5"),
    },
    { requiredKeys: [] },
  ),
};

/** The schema that every request matches. */
const valid = new Ajv({ allowUnionTypes: true }).compile({
  type: "object",
  required: ["model", "max_tokens", "messages", "stream"],
  properties: {
    stream: { const: true },
    messages: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        required: ["role", "content"],
        additionalProperties: false,
        properties: {
          role: { enum: ["user", "assistant", "system"] },
          content: {
            anyOf: [
              { type: "string", pattern: "\\S" },
              {
                type: "array",
                minItems: 1,
                items: {
                  type: "object",
                  required: ["type"],
                  properties: { type: { type: "string" } },
                },
              },
            ],
          },
        },
      },
    },
  },
});

const respondingServer = async (): Promise<Server> => {
  const stream = streamed("{}");
  return startServer((request, response) => {
    response.on("error", () => undefined);
    const isMessage = request.path === "/v1/messages";
    if (isMessage && typeof stream !== "function") {
      response.writeHead(200, stream.headers).end(stream.body);
    } else {
      response.writeHead(request.path.startsWith("/v1/models/") ? 200 : 404, {
        "content-type": "application/json",
      });
      response.end(JSON.stringify(modelWith()));
    }
  });
};

test.each(Object.entries(inputs))(
  "any %s: an InputError before any request, or a well-formed request",
  async (_, arbitrary) => {
    const server = await respondingServer();
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", note);
    onTestFinished(() => void process.off("unhandledRejection", note));
    await fc.assert(
      fc.asyncProperty(arbitrary, async (given) => {
        server.requests.length = 0;
        const outcome = await run("chat", server, { initialMessage: "Hello", ...given }).catch(
          (error) => error,
        );
        const messages = server.requests.filter(({ path }) => path === "/v1/messages");
        // An example is a structure too, which the response does not match.
        if (outcome instanceof Error && outcome.name === "IncompleteResponseError") {
          expect(given).toMatchObject({ output: { failWhenIncomplete: expect.anything() } });
          return;
        }
        if (outcome instanceof Error) {
          expect(outcome.name, outcome.stack).toBe("InputError");
          expect(outcome.message).toMatch(/^[A-Z].{15,}[.?]$/s);
          expect(outcome.message).not.toMatch(/\[object |undefined/);
          expect(messages).toHaveLength(0);
          return;
        }
        expect(messages).toHaveLength(1);
        const extra = (given as { requestOptions?: { extraParameters?: unknown } }).requestOptions;
        if (!extra?.extraParameters)
          expect(valid(messages[0]?.json), JSON.stringify(valid.errors)).toBe(true);
      }),
      runs(400),
    );
    expect(unhandled).toEqual([]);
  },
  60_000,
);
