/** Inputs that are in Advanced now, at the place that saved flows and code still pass them. */
import { describe, expect, test } from "vitest";
import { failure, run } from "../support/component";
import { type Reply, startServer, streamed } from "../support/server";

type Inputs = Record<string, unknown>;

const base: Inputs = { initialMessage: "Hello {{NAME}}", message: "Hello {{NAME}}" };

const replies: Record<string, Reply> = {
  chat: streamed("Hi."),
  countTokens: { body: { input_tokens: 1 } },
};

/** What a step sends, and its warnings. */
const sent = async (key: string, inputs: Inputs) => {
  const server = await startServer(replies[key] ?? {});
  const { warnings } = await run(key, server, { ...base, model: "claude-sonnet-5-5", ...inputs });
  // Count Tokens looks up the model too.
  const posts = server.requests.filter(({ method }) => method === "POST");
  return { bodies: posts.map(({ body }) => body), warnings };
};

const rows = [{ key: "NAME", value: "Ada" }];

const moved: [name: string, former: Inputs, advanced: Inputs, part: string][] = [
  ["Variables as rows", { variables: rows }, { variables: rows }, "Hello Ada"],
  ["Variables as an object", { variables: { NAME: "Ada" } }, { variables: rows }, "Hello Ada"],
  [
    "Variables as JSON text",
    { variables: JSON.stringify(rows) },
    { variables: JSON.stringify(rows) },
    "Hello Ada",
  ],
  [
    "Variables with data",
    { variables: [{ key: "NAME", value: { a: [1] } }] },
    { variables: [{ key: "NAME", value: { a: [1] } }] },
    '{\\"a\\":[1]}',
  ],
  [
    "System Message",
    { systemMessage: "Be brief." },
    { systemMessage: "Be brief." },
    '{"role":"system","content":"Be brief."}',
  ],
  [
    "System Message with a variable",
    { systemMessage: "Greet {{NAME}}.", variables: rows },
    { systemMessage: "Greet {{NAME}}.", variables: rows },
    "Greet Ada.",
  ],
];

const caching: typeof moved = [
  [
    "Cache of 5 minutes",
    { caching: { cache: "5m" } },
    { cache: "5m" },
    '"cache_control":{"type":"ephemeral"}',
  ],
  ["Cache of 1 hour", { caching: { cache: "1h" } }, { cache: "1h" }, '"ttl":"1h"'],
  ["Cache by its label", { caching: { cache: "1 hour" } }, { cache: "1 hour" }, '"ttl":"1h"'],
];

describe("an input at its former place", () => {
  test.each([
    ...[...moved, ...caching].map((row) => ["chat", ...row] as const),
    ...moved.map((row) => ["countTokens", ...row] as const),
  ])("of %s sends what it sends in Advanced: %s", async (key, _, former, advanced, part) => {
    const atFormerPlace = await sent(key, former);
    const inAdvanced = await sent(key, { requestOptions: advanced });
    expect(atFormerPlace).toEqual(inAdvanced);
    expect(atFormerPlace.bodies[0]).toContain(part);
    expect((await sent(key, {})).bodies).not.toEqual(inAdvanced.bodies);
  });

  test.each<[name: string, former: Inputs]>([
    ["undefined", { variables: undefined, systemMessage: undefined, caching: undefined }],
    ["null", { variables: null, systemMessage: null, caching: null }],
    ["empty", { variables: [], systemMessage: "", caching: "" }],
    ["blank or off", { variables: "", systemMessage: " ", caching: { cache: "off" } }],
    ["an empty group", { variables: {}, systemMessage: "", caching: {} }],
  ])("that is %s changes nothing", async (_, former) => {
    for (const key of Object.keys(replies)) {
      expect(await sent(key, former)).toEqual(await sent(key, {}));
    }
  });

  test.each<[former: Inputs, message: string, input: string]>([
    [{ variables: "NAME" }, "Variables must be a list of keys and values", "Variables"],
    [{ variables: { OTHER: "a" } }, "Variables has no value for {{NAME}}.", "Variables"],
    [{ systemMessage: {} }, "System Message must be text", "System Message"],
    [{ caching: { cache: "2h" } }, "Cache must be one of off, 5m, 1h", "Cache"],
    [{ caching: "5m" }, "Caching must be an object with its inputs", "Caching"],
    [{ caching: { cash: "5m" } }, 'Caching has no input "cash".', "Caching"],
  ])("that is invalid is an InputError before any request: %j", async (former, message, input) => {
    const server = await startServer(streamed("Hi."));
    const error = await failure("chat", server, { ...base, ...former });
    expect(error).toMatchObject({ name: "InputError", code: "invalid_input", input });
    expect(error.message).toContain(message);
    expect(server.requests).toHaveLength(0);
  });
});

describe("an input at both places", () => {
  test("Variables of both are used, and Advanced has precedence", async () => {
    const both = {
      initialMessage: "{{A}} {{B}} {{C}}",
      variables: [
        { key: "A", value: "former A" },
        { key: "B", value: "former B" },
      ],
      requestOptions: {
        variables: [
          { key: "B", value: "new B" },
          { key: "C", value: "new C" },
        ],
      },
    };
    const { bodies, warnings } = await sent("chat", both);
    expect(JSON.parse(bodies[0] ?? "").messages).toEqual([
      { role: "user", content: "former A new B new C" },
    ]);
    expect(warnings).toEqual([]);
  });

  test("System Message of Advanced has precedence", async () => {
    const systemMessage = "Be brief.";
    expect(
      await sent("chat", { systemMessage: "Be long.", requestOptions: { systemMessage } }),
    ).toEqual(await sent("chat", { requestOptions: { systemMessage } }));
    expect(await sent("chat", { systemMessage, requestOptions: { systemMessage: " " } })).toEqual(
      await sent("chat", { requestOptions: { systemMessage } }),
    );
  });

  test("Cache of Advanced has precedence unless it is off", async () => {
    const inAdvanced = (cache: string) => ({ requestOptions: { cache } });
    for (const [former, advanced, effective] of [
      ["5m", "1h", "1h"],
      ["1h", "5m", "5m"],
      ["off", "5m", "5m"],
      ["1h", "off", "1h"],
      ["1h", "", "1h"],
    ] as const) {
      expect(
        await sent("chat", { caching: { cache: former }, ...inAdvanced(advanced) }),
        `${former}, ${advanced}`,
      ).toEqual(await sent("chat", inAdvanced(effective)));
    }
  });
});
