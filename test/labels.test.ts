/**
 * An error or a warning names only inputs that its step has: any other cannot be changed there. Every
 * step runs against failing servers, and the steps that send a message also in situations that cause
 * a warning or an error about it.
 */
import type { Message } from "@anthropic-ai/sdk/resources/messages";
import { describe, expect, test } from "vitest";
import { contextFor, labelsOf, type Step, steps } from "./support/allSteps";
import { type ResponseOptions, startApi } from "./support/api";
import type { Input } from "./support/arbitraries";
import { expectNone } from "./support/checks";
import { apiKey, component, connectionTo, gatewayTo } from "./support/component";
import { workingInputs } from "./support/inputs";
import { modelWith } from "./support/models";
import { refusal, startServer, textMessage } from "./support/server";
import { textsOf } from "./support/texts";

/** A label without its unit, which a sentence may omit. */
const withoutUnit = (label: string) => label.replace(/ \([^)]*\)$/, "");

const withShortForms = (labels: readonly string[]) =>
  labels.flatMap((label) => [label, withoutUnit(label)]);

const inputLabels = [...new Set(withShortForms(steps.flatMap(({ inputs }) => labelsOf(inputs))))];

/** Names that every step may use: those of steps, and of the fields of its connection. */
const sharedNames = [
  ...steps.map(({ label }) => label),
  ...withShortForms(
    component.connections.flatMap(({ label, inputs }) => [label, ...labelsOf(inputs as Input[])]),
  ),
];

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Whether a text names a label. A single word counts only within a sentence, where it needs no capital. */
const names = (text: string, label: string): boolean =>
  new RegExp(`${label.includes(" ") ? "(^|\\W)" : "[\\w,;)] "}${escaped(label)}(?!\\w)`).test(text);

/** The labels in a text that neither the step nor its connection has. */
const foreignLabels = (text: string, { inputs }: Step): string[] => {
  const known = [...withShortForms(labelsOf(inputs)), ...sharedNames];
  const rest = known
    .toSorted((a, b) => b.length - a.length)
    .reduce(
      (rest, label) => rest.replaceAll(new RegExp(`\\b${escaped(label)}(?!\\w)`, "g"), "…"),
      text,
    );
  return inputLabels.filter((label) => names(rest, label));
};

/** The label that an InputError is about, if the step has no such input. */
const foreignInput = (outcome: unknown, { inputs }: Step): string[] => {
  const { input } = (outcome instanceof Error ? outcome : {}) as { input?: string };
  const own = labelsOf(inputs);
  return input === undefined || own.some((label) => input.startsWith(label)) ? [] : [input];
};

/** Collects texts that name foreign labels, each with the steps and situations that it occurs in. */
class Offenders {
  readonly #found = new Map<string, Map<string, Set<string>>>();
  /** Number of texts per situation. */
  readonly counts = new Map<string, number>();

  add(step: Step, situation: string, outcome: unknown): void {
    const texts = textsOf(outcome);
    this.counts.set(situation, (this.counts.get(situation) ?? 0) + texts.length);
    for (const text of texts) {
      const labels = [...foreignLabels(text, step), ...foreignInput(outcome, step)];
      if (labels.length === 0) continue;
      // The request at the end differs between steps.
      const sentence = text.replace(/ \([^()]*\battempts?\)$|,? \(request ID \w+\)$/, "");
      const key = `${[...new Set(labels)].join(", ")} in "${sentence}"`;
      const bySteps = this.#found.get(key) ?? new Map<string, Set<string>>();
      bySteps.set(step.label, (bySteps.get(step.label) ?? new Set()).add(situation));
      this.#found.set(key, bySteps);
    }
  }

  lines(): string[] {
    return [...this.#found].map(([key, bySteps]) => {
      const steps = [...bySteps].map(([label, when]) => `  ${label}: ${[...when].join(", ")}`);
      return [`${key} is not an input of:`, ...steps].join("\n");
    });
  }
}

const runStep = (step: Step, inputs: Record<string, unknown>, url: string) =>
  step.perform(inputs, contextFor({ url })).catch((error: unknown) => error);

const callingSteps = steps.filter(({ calls }) => calls);

const errorTypes: Record<number, string> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  405: "method_not_allowed",
  408: "timeout_error",
  409: "conflict_error",
  413: "request_too_large",
  422: "invalid_request_error",
  429: "rate_limit_error",
  500: "api_error",
  501: "not_implemented",
  503: "api_error",
  504: "timeout_error",
  529: "overloaded_error",
};

const messageOf = (content: object[], rest: object = {}): Message =>
  ({ ...textMessage(""), content, ...rest }) as unknown as Message;

const text = { type: "text", text: "Hello" };
const thinking = { type: "thinking", thinking: "Let me see." };
const call = { type: "tool_use", id: "call_9", name: "Flow_1", input: { a: 1 } };
const thinkingUsage = {
  input_tokens: 1,
  output_tokens: 9,
  output_tokens_details: { thinking_tokens: 8 },
};

interface Situation {
  api?: ResponseOptions;
  /** Those that the step does not have are left out. */
  inputs?: Record<string, unknown>;
}

/** Values of the inputs that depend on the model. */
const demanding = {
  temperature: "0.5",
  maxTokens: "900000",
  reasoning: { thinking: "budget", budgetTokens: "2048", effort: "max", showThinking: "true" },
  messages: [{ role: "user", content: "Hello" }],
  parameters: {
    max_completion_tokens: 900_000,
    temperature: 0.5,
    top_p: 0.5,
    reasoning_effort: "high",
  },
};
const withSchema = {
  output: { jsonSchema: { type: "object", properties: { a: { type: "integer", minimum: 1 } } } },
  outputSchema: { type: "object", properties: { a: { type: "integer" } }, required: ["a"] },
  parameters: {
    response_format: {
      type: "json_schema",
      json_schema: {
        name: "a",
        schema: { type: "object", properties: { a: { type: "integer" } } },
      },
    },
  },
};
const serverTools = {
  tools: { webSearch: "true", webFetch: "true", codeExecution: "true" },
  parameters: { web_search_options: {} },
};
const flows = { flows: [{ flow: "Flow 1", description: "A flow" }] };

const situations: Record<string, Situation> = {
  "truncated by max_tokens": { api: { message: messageOf([text], { stop_reason: "max_tokens" }) } },
  "truncated while thinking": {
    api: {
      message: messageOf([thinking], { stop_reason: "max_tokens", usage: thinkingUsage }),
    },
  },
  "truncated within a tool call": {
    api: { message: messageOf([text, call], { stop_reason: "max_tokens" }) },
    inputs: flows,
  },
  "context window exceeded": {
    api: { message: messageOf([text], { stop_reason: "model_context_window_exceeded" }) },
  },
  refused: {
    api: {
      message: messageOf([], {
        stop_reason: "refusal",
        stop_details: { type: "refusal", category: "cyber", explanation: null },
      }),
    },
  },
  paused: { api: { message: messageOf([text], { stop_reason: "pause_turn" }) } },
  "a tool call": {
    api: { message: messageOf([call], { stop_reason: "tool_use" }) },
    inputs: flows,
  },
  "a reply that does not match the schema": {
    api: { message: messageOf([text]) },
    inputs: withSchema,
  },
  "an empty reply": { api: { message: messageOf([]) } },
  "a reply with an invalid block": { api: { message: messageOf([text, []]) } },
  "unknown price": {
    api: { message: messageOf([text], { model: "other" }) },
    inputs: { model: "other" },
  },
  "no usage": { api: { message: messageOf([text], { usage: null }) } },
  "a model without temperature": {
    api: { model: modelWith({ thinking: ["adaptive"] }) },
    inputs: demanding,
  },
  "a model with thinking budgets only": {
    api: { model: modelWith({ thinking: ["enabled"] }) },
    inputs: { ...demanding, maxTokens: "1500", reasoning: { thinking: "adaptive" } },
  },
  "a model without thinking and effort": {
    api: { model: modelWith({ thinking: [], effort: [] }, { max_tokens: 1_000 }) },
    inputs: demanding,
  },
  "a model that always thinks": {
    api: { model: modelWith({ thinking: ["adaptive"], effort: ["low"] }) },
    inputs: { ...demanding, reasoning: { thinking: "off", effort: "max" } },
  },
  "a model without structured output": {
    api: { model: modelWith({ structured_outputs: { supported: false } }) },
    inputs: withSchema,
  },
  "a model without server tools": {
    api: {
      model: modelWith({
        server_tools: { web_search: { supported: false }, code_execution: { supported: false } },
        code_execution: { supported: false },
      }),
    },
    inputs: serverTools,
  },
  "a model without model info": {
    api: { model: null as never },
    inputs: { ...demanding, ...serverTools },
  },
  "a thinking budget above the maximum": {
    inputs: { reasoning: { thinking: "budget", budgetTokens: "40000" } },
  },
  "a thinking budget with a forced tool": {
    inputs: {
      ...demanding,
      tools: { definitions: [{ name: "a", input_schema: { type: "object" } }], toolChoice: "any" },
    },
  },
  "tool calls without results": {
    inputs: { conversation: [{ role: "assistant", content: [call] }] },
  },
  "a schema that is too large": {
    inputs: {
      output: { jsonSchema: schemaWith(40) },
      jsonSchema: schemaWith(40),
      fields: "",
      outputSchema: schemaWith(40),
    },
  },
  "no message": {
    inputs: { initialMessage: "", message: "", text: "", task: "", messages: [], items: [] },
  },
  "an unsupported attachment": {
    inputs: { attachments: [{ key: "a.zip", value: Buffer.from([0x50, 0x4b, 3, 4]) }] },
  },
  "a prompt larger than the context window": {
    api: { model: modelWith({}, { max_input_tokens: 10 }) },
    inputs: demanding,
  },
  "a system prompt twice": {
    inputs: {
      systemPrompt: "Be brief.",
      instructions: "Be brief.",
      conversation: [{ role: "system", content: "Be kind." }],
    },
  },
};

function schemaWith(count: number) {
  const fields = Array.from({ length: count }, (_, index) => [`f${index}`, { type: "string" }]);
  return { type: "object", properties: Object.fromEntries(fields) };
}

const fitting = ({ inputs }: Step, given: Record<string, unknown> = {}) =>
  Object.fromEntries(
    Object.entries(given).flatMap(([key, value]) => {
      const input = inputs.find((input) => input.key === key);
      if (!input) return [];
      if (!input.inputs || Array.isArray(value) || typeof value !== "object") return [[key, value]];
      const known = input.inputs.map((child) => child.key);
      const fields = Object.entries(value ?? {}).filter(([name]) => known.includes(name));
      return [[key, Object.fromEntries(fields)]];
    }),
  );

/** The steps that send messages, or requests for messages. */
const messageSteps = async (): Promise<Step[]> => {
  const found: Step[] = [];
  for (const step of callingSteps) {
    const server = await startApi();
    await runStep(step, workingInputs(step.key, step.inputs, connectionTo(server.url)), server.url);
    const isMessage = ({ method, path }: { method: string; path: string }) =>
      method === "POST" && /^\/v1\/messages(\/count_tokens|\/batches)?$/.test(path);
    if (server.requests.some(isMessage)) found.push(step);
  }
  return found;
};

describe("an error names only inputs that its step has", () => {
  test("errors of the API", async () => {
    const offenders = new Offenders();
    for (const step of callingSteps) {
      for (const [status, type] of Object.entries(errorTypes)) {
        const reply = refusal(Number(status), type, "No.", { "retry-after-ms": "1" });
        const server = await startServer(reply);
        for (const connect of [connectionTo, gatewayTo]) {
          const connection = connect(server.url);
          const inputs = workingInputs(step.key, step.inputs, connection);
          offenders.add(step, status, await runStep(step, inputs, server.url));
        }
      }
    }
    for (const [status, count] of offenders.counts) {
      expect(count, status).toBeGreaterThanOrEqual(callingSteps.length);
    }
    expectNone(offenders.lines());
  }, 120_000);

  test("errors and warnings about a message", async () => {
    const offenders = new Offenders();
    let runs = 0;
    for (const step of await messageSteps()) {
      for (const [situation, { api, inputs }] of Object.entries(situations)) {
        for (const failWhenIncomplete of ["true", "false"]) {
          const output = { ...(inputs?.output as object | undefined), failWhenIncomplete };
          const hasSwitch = "output" in fitting(step, { output });
          if (!hasSwitch && failWhenIncomplete === "true") continue;
          runs += 1;
          const server = await startApi(() => api ?? {});
          // Model info is cached per API key.
          const connection = connectionTo(server.url, { apiKey: `${apiKey}-${runs}` });
          const params = {
            ...workingInputs(step.key, step.inputs, connection),
            ...fitting(step, { ...inputs, output }),
          };
          offenders.add(step, situation, await runStep(step, params, server.url));
        }
      }
    }
    expectNone(
      Object.keys(situations)
        .filter((situation) => !offenders.counts.get(situation))
        .map((situation) => `${situation}: no step returns a text, so change the situation`),
    );
    expectNone(offenders.lines());
  }, 120_000);
});
