/**
 * Keys, labels, defaults and order of the inputs that this connector shares with the platform's own
 * Anthropic connector. Flows depend on them, so they do not change.
 */
import { describe, expect, test } from "vitest";
import { component } from "./support/component";

type Row = [key: string, label: string, defaultValue?: string];

const model: Row = ["model", "Model", "claude-sonnet-5-5"];
const connection: Row = ["connection", "Connection"];

const contract: Record<string, { label: string; rows: Row[] }> = {
  chat: {
    label: "Chat",
    rows: [
      connection,
      model,
      ["initialMessage", "Message"],
      ["systemPrompt", "System Prompt"],
      ["maxTokens", "Max Tokens", "4096"],
      ["temperature", "Temperature", "1"],
    ],
  },
  countTokens: { label: "Count Tokens", rows: [connection, model, ["message", "Message"]] },
  getModel: { label: "Get Model", rows: [connection, model] },
  listModels: {
    label: "List Models",
    rows: [
      connection,
      ["fetchAll", "Fetch All", "false"],
      ["beforeId", "Before ID"],
      ["afterId", "After ID"],
      ["limit", "Limit", "20"],
    ],
  },
  rawRequest: {
    label: "Raw Request",
    rows: [
      connection,
      ["url", "URL", "/models"],
      ["method", "Method"],
      ["data", "Data"],
      ["formData", "Form Data"],
      ["fileData", "File Data"],
      ["fileDataFileNames", "File Data File Names"],
      ["queryParams", "Query Parameter"],
      ["headers", "Header"],
      ["responseType", "Response Type", "json"],
      ["timeout", "Timeout"],
      ["retryDelayMS", "Retry Delay (ms)", "0"],
      ["retryAllErrors", "Retry On All Errors", "false"],
      ["maxRetries", "Max Retry Count", "0"],
      ["useExponentialBackoff", "Use Exponential Backoff", "false"],
    ],
  },
};

describe.each(Object.entries(contract))("%s", (key, { label, rows }) => {
  const action = component.actions[key];

  test("has the same label", () => {
    expect(action?.display.label).toBe(label);
  });

  test("has the same inputs, in the same order, with the same labels and defaults", () => {
    expect(
      action?.inputs
        .slice(0, rows.length)
        .map((input) => [input.key, input.label, ...(input.default ? [input.default] : [])]),
    ).toEqual(rows);
  });
});

test("the first connection is Anthropic API, and its first field is API Key", () => {
  const [anthropic] = component.connections;
  expect(anthropic).toMatchObject({ key: "anthropic", label: "Anthropic API" });
  expect(anthropic?.inputs[0]).toMatchObject({ key: "apiKey", label: "API Key", type: "password" });
});

test("Raw Request is the last action", () => {
  expect(Object.keys(component.actions).at(-1)).toBe("rawRequest");
});
