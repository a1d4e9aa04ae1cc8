/**
 * Random responses of Claude's API, or of a host in its place, to every step: each run ends in a
 * consistent result or a clear error. `RUNS=1000` tries more responses.
 */
import type { Message } from "@anthropic-ai/sdk/resources/messages";
import fc from "fast-check";
import { expect, test } from "vitest";
import { contextFor, type Step, steps } from "./support/allSteps";
import { type ResponseOptions, startApi } from "./support/api";
import { oddPart, places, put } from "./support/arbitraries";
import { accident, checkError, checkGlobals, watchPromises } from "./support/checks";
import { apiKey, connectionTo } from "./support/component";
import { workingInputs } from "./support/inputs";
import { runs } from "./support/propertyRuns";
import { textMessage } from "./support/server";

const messageOf = (content: object[], more: object = {}): Message =>
  ({ ...textMessage(""), content, ...more }) as unknown as Message;

const text = { type: "text", text: "Hello" };

const call = (id: string) => ({ type: "tool_use", id, name: "Flow_1", input: { a: [1, "b"] } });

/** Messages of Claude, and of hosts that respond in other formats. */
const messages: (Message | undefined)[] = [
  undefined,
  messageOf([
    { type: "thinking", thinking: "Let me see.", signature: "c2ln" },
    {
      ...text,
      citations: [
        {
          type: "web_search_result_location",
          url: "https://a.example",
          title: "A",
          cited_text: "a",
        },
        { type: "char_location", document_title: "B", document_index: 0, cited_text: "b" },
      ],
    },
  ]),
  messageOf([text, call("call_1"), call("call_2")], { stop_reason: "tool_use" }),
  messageOf(
    [
      { type: "server_tool_use", id: "srvtoolu_1", name: "code_execution", input: {} },
      {
        type: "bash_code_execution_tool_result",
        tool_use_id: "srvtoolu_1",
        content: {
          type: "bash_code_execution_result",
          content: [{ type: "bash_code_execution_output", file_id: "file_1" }],
        },
      },
      text,
    ],
    { container: { id: "container_1", expires_at: "2026-11-21T10:00:00Z" } },
  ),
  messageOf([text, call("call_1")], { stop_reason: "max_tokens" }),
  messageOf([text], {
    stop_reason: "pause_turn",
    container: { id: "container_1", expires_at: "" },
  }),
  messageOf([], {
    stop_reason: "refusal",
    stop_details: { type: "refusal", category: "cyber", explanation: "No." },
  }),
  messageOf([text], {
    usage: {
      input_tokens: 1,
      output_tokens: 2,
      cache_creation_input_tokens: 3,
      cache_read_input_tokens: 4,
      cache_creation: { ephemeral_5m_input_tokens: 1, ephemeral_1h_input_tokens: 2 },
      server_tool_use: { web_search_requests: 1 },
      output_tokens_details: { thinking_tokens: 1 },
      service_tier: "standard",
    },
  }),
  {
    id: "chatcmpl-1",
    model: "claude-sonnet-5-5",
    choices: [
      {
        index: 0,
        finish_reason: "tool_calls",
        message: {
          role: "assistant",
          content: [{ type: "text", text: "Hello" }],
          tool_calls: [{ id: "call_1", function: { name: "Flow_1", arguments: '{"a": 1}' } }],
        },
      },
    ],
    usage: {
      prompt_tokens: 3,
      completion_tokens: 2,
      prompt_tokens_details: { cached_tokens: 1 },
    },
  } as unknown as Message,
];

const part = fc.oneof(
  fc.constantFrom<unknown>(
    ...[undefined, null, "", " ", "a", "..", "a/../b", 0, -1, 0.5, 1e300, true, [], {}, [null]],
    ...[[[]], [{}], [text], { type: "text" }, { type: "tool_use" }, ["a"], { length: 1 }],
    JSON.parse('{"__proto__": {"odd": true}}'),
    { toString: 1, constructor: 1 },
  ),
  oddPart,
);

/** How a response differs from a valid one: its message, status, headers, and parts that are replaced. */
const variation = fc.record({
  message: fc.constantFrom(...messages),
  streams: fc.boolean(),
  status: fc.oneof(
    { weight: 9, arbitrary: fc.constant(200) },
    { weight: 1, arbitrary: fc.constantFrom(204, 302, 400, 401, 404, 429, 500, 529) },
  ),
  limit: fc.oneof(fc.constantFrom("100", "", "-1", "many"), fc.stringMatching(/^[!-~]{1,9}$/)),
  parts: fc.array(fc.record({ at: fc.nat(200), part }), { maxLength: 2 }),
  /** The only request whose response is changed. Null: all are. */
  only: fc.option(fc.nat(2)),
});

/** Inputs that make a step read more of a response. */
const extraInputs: Record<string, Record<string, unknown>> = {
  chat: {
    output: { jsonSchema: { type: "object", properties: { a: { type: "string" } } } },
    reasoning: { effort: "low" },
    attachments: [{ key: "a", value: "file_1" }],
    requestOptions: { maxRetries: "0", fallbackModels: ["y"] },
  },
  runAgent: { flows: [{ flow: "Flow 1", description: "A flow" }], limits: { turns: "3" } },
  resumeAgent: { limits: { turns: "3" } },
  getBatchResults: { offset: "1", limit: "1" },
  listBatches: { fetchAll: "true" },
  listFiles: { fetchAll: "true" },
  listModels: { fetchAll: "true" },
};

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";

const checkResult = (outcome: unknown) => {
  const isBinary = Buffer.isBuffer((outcome as { data?: unknown } | undefined)?.data);
  if (isBinary) return;
  const json = JSON.stringify(outcome);
  // The platform stores outputs as JSON, which must not change them.
  expect(JSON.parse(json)).toEqual(outcome);
  expect(json).not.toMatch(accident);
  const { result } = outcome as { result?: { key: unknown; label: unknown }[] };
  for (const { key, label } of result ?? []) {
    expect([key, label].map(isText), `${key}: ${label}`).toEqual([true, true]);
  }
};

const start = async (step: Step) => {
  let options: ResponseOptions = {};
  const server = await startApi(() => options);
  watchPromises();
  let count = 0;
  return async (
    {
      message,
      streams,
      status,
      limit,
      parts,
      only,
    }: typeof variation extends fc.Arbitrary<infer T> ? T : never,
    given: Record<string, unknown>,
  ) => {
    let requests = 0;
    options = {
      message,
      streams,
      status,
      headers: {
        "x-should-retry": "false",
        "anthropic-ratelimit-requests-limit": limit,
        location: "https://a.example",
      },
      change: (value) => {
        requests += 1;
        if (only !== null && only !== requests - 1) return value;
        return parts.reduce<unknown>((changed, { at, part }) => {
          const all = places(changed);
          return put(changed, all[at % all.length] ?? [], part);
        }, value);
      },
    };
    // Model info is cached per API key: each run has its own.
    count += 1;
    const connection = connectionTo(server.url, { apiKey: `${apiKey}${count}` });
    const inputs = {
      ...workingInputs(step.key, step.inputs, connection),
      ...(step.inputs.some(({ key }) => key === "requestOptions")
        ? { requestOptions: { maxRetries: "0" } }
        : {}),
      ...given,
    };
    // A step without Max Retries has no time left to retry.
    const leftMs = "requestOptions" in inputs ? 60_000 : 350;
    const outcome = await step
      .perform(inputs, contextFor(server, leftMs))
      .catch((error: unknown) => error);
    checkGlobals();
    if (outcome instanceof Error) checkError(outcome);
    else checkResult(outcome);
  };
};

const callingSteps = steps.filter(({ calls }) => calls);

test.each(callingSteps.map((step) => [step.label, step] as const))(
  "any response to %s",
  async (_, step) => {
    const run = await start(step);
    const given = fc.constantFrom({}, extraInputs[step.key] ?? {});
    await fc.assert(fc.asyncProperty(variation, given, run), runs(40));
  },
  60_000,
);
