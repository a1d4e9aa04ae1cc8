import { readFileSync } from "node:fs";
import path from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import { onTestFinished } from "vitest";
import { type EmulatorOptions, startEmulator } from "../../dev/emulator";

/** Starts an emulator that stops after the test. */
export const emulated = async (options?: EmulatorOptions) => {
  const emulator = await startEmulator(options);
  onTestFinished(() => emulator.stop());
  return emulator;
};

/** The official SDK, without retries. */
export const sdkOf = (emulator: { url: string }) =>
  new Anthropic({ baseURL: emulator.url, apiKey: "key", maxRetries: 0 });

/** Sends a request as it is given, and returns the status, headers and JSON of the response. */
export const send = async (emulator: { url: string }, body: object, endpoint = "/v1/messages") => {
  const response = await fetch(`${emulator.url}${endpoint}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": "key" },
    body: JSON.stringify(body),
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests read any property of a response
  const json: any = await response.json();
  return { status: response.status, headers: response.headers, json };
};

export const hello = { role: "user" as const, content: "Hi" };

export const model = "claude-sonnet-5-5";

/** The invoice that the commands use: number 1042 of 2026-11-20, two lines, 118.50 EUR. */
export const invoice = readFileSync(
  path.join(import.meta.dirname, "../../dev/samples/invoice.pdf"),
);
