/** Every action, trigger and data source of the built component, with one way to run them all. */
import { createHmac } from "node:crypto";
import { createHarness, defaultTriggerPayload } from "@prismatic-io/spectral/dist/testing";
import { eventExample } from "../../src/claude/webhooks/schema";
import type { Input } from "./arbitraries";
import { component, Logs } from "./component";
import { signingSecret } from "./inputs";

type Context = Parameters<ReturnType<typeof createHarness>["action"]>[2];

/** @param leftMs Time that the step has left. A step with little time does not wait for retries. */
export const contextFor = ({ url }: { url: string }, leftMs = 60_000): Context =>
  ({
    logger: new Logs().logger,
    webhookUrls: { "Flow 1": `${url}/flow` },
    // An execution ends after 15 minutes; a step ends half a minute earlier.
    startedAt: new Date(Date.now() - 14.5 * 60_000 + leftMs).toISOString(),
    instanceState: {},
  }) as object;

/** A webhook event with a valid signature. */
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
  /** Whether the step sends requests to Claude's API. */
  calls: boolean;
  perform(params: Record<string, unknown>, context: Context): Promise<unknown>;
}

export const harness = createHarness(component);

const stepOf = (
  { key, display, inputs }: { key: string; display: { label: string }; inputs: readonly unknown[] },
  perform: Step["perform"],
  calls = true,
): Step => ({ key, label: display.label, inputs: inputs as Input[], calls, perform });

export const steps: Step[] = [
  ...Object.values(component.actions).map((action) =>
    stepOf(action, (params, context) => harness.action(action.key, params, context)),
  ),
  ...Object.values(component.triggers).map((trigger) =>
    stepOf(
      trigger,
      (params, context) =>
        harness.trigger(trigger.key, { ...defaultTriggerPayload(), ...webhook() }, params, context),
      trigger.key === "batchEnded",
    ),
  ),
  ...Object.values(component.dataSources).map((source) =>
    stepOf(source, (params, context) => harness.dataSource(source.key, params, context as object)),
  ),
];

/** The labels of inputs, including those inside groups. */
export const labelsOf = (inputs: readonly Input[]): string[] =>
  inputs.flatMap(({ label, inputs = [] }) => [label, ...labelsOf(inputs)]);
