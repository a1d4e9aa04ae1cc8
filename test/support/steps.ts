/** Every step of the built component, to be run alike, and what holds of its errors. */
import { createHmac } from "node:crypto";
import { inspect } from "node:util";
import { createHarness, defaultTriggerPayload } from "@prismatic-io/spectral/dist/testing";
import { expect, onTestFinished } from "vitest";
import { eventExample } from "../../src/claude/webhooks/schema";
import type { Input } from "./anything";
import { apiKey, component, Logs } from "./component";
import { signingSecret } from "./inputs";

/** Errors that a person can act on. */
const own = [
  "InputError",
  "ApiError",
  "ConnectionError",
  "IncompleteAnswerError",
  "ExtractionError",
];

/** What the engine says of faults in code. */
export const accident =
  /\[object |undefined|Cannot (read|convert|destructure|mix)|is not (a function|iterable|a constructor)|Maximum call stack|Invalid (array|string) length/;

const globals = [Object.prototype, Array.prototype, Function.prototype, String.prototype];
const untouched = globals.map(Reflect.ownKeys);

export const checkGlobals = () => expect(globals.map(Reflect.ownKeys)).toEqual(untouched);

export const checkError = (error: Error) => {
  // Of lists alone, where no single call is at fault.
  if (!/^The list (does not end|holds more)/.test(error.message)) {
    expect(own, error.stack).toContain(error.name);
  }
  expect(error.message).not.toMatch(accident);
  expect(error.message).toMatch(/^[A-Z].{10,}[.)]$/s);
  for (const secret of [apiKey, signingSecret]) {
    expect(inspect(error, { depth: 5, showHidden: true })).not.toContain(secret);
  }
};

/** Fails the test for promises that nobody waited for. */
export const watchPromises = () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  process.on("unhandledRejection", note);
  onTestFinished(() => {
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });
};

type Context = Parameters<ReturnType<typeof createHarness>["action"]>[2];

/** Late in its run: whoever asks for long waits is not waited for. */
export const contextFor = ({ url }: { url: string }, leftMs = 60_000): Context =>
  ({
    logger: new Logs().logger,
    webhookUrls: { "Flow 1": `${url}/flow` },
    // A step ends half a minute before the run does.
    startedAt: new Date(Date.now() - 14.5 * 60_000 + leftMs).toISOString(),
    instanceState: {},
  }) as object;

/** An event as Anthropic signs it. */
const webhook = () => {
  const body = JSON.stringify(eventExample);
  const timestamp = Math.floor(Date.now() / 1_000);
  const key = Buffer.from(signingSecret.slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`msg_1.${timestamp}.${body}`).digest("base64");
  return {
    headers: {
      "webhook-id": "msg_1",
      "webhook-timestamp": String(timestamp),
      "webhook-signature": `v1,${signature}`,
    },
    rawBody: { data: body as unknown, contentType: "application/json" },
    body: { data: eventExample as unknown, contentType: "application/json" },
  };
};

export interface Step {
  key: string;
  label: string;
  inputs: Input[];
  /** Whether it asks Claude's API for anything. */
  calls: boolean;
  perform(params: Record<string, unknown>, context: Context): Promise<unknown>;
}

export const harness = createHarness(component);

export const steps: Step[] = [
  ...Object.values(component.actions).map(({ key, display, inputs }) => ({
    key,
    label: display.label,
    inputs: inputs as Input[],
    calls: true,
    perform: (params: Record<string, unknown>, context: Context) =>
      harness.action(key, params, context),
  })),
  ...Object.values(component.triggers).map(({ key, display, inputs }) => ({
    key,
    label: display.label,
    inputs: inputs as Input[],
    calls: key !== "anthropicEvent",
    perform: (params: Record<string, unknown>, context: Context) =>
      harness.trigger(key, { ...defaultTriggerPayload(), ...webhook() }, params, context),
  })),
  ...Object.values(component.dataSources).map(({ key, display, inputs }) => ({
    key,
    label: display.label,
    inputs: inputs as Input[],
    calls: true,
    perform: (params: Record<string, unknown>, context: Context) =>
      harness.dataSource(key, params, context as object),
  })),
];
