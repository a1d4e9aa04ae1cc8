import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";
import { takesTemperature } from "../models/capabilities";

/** First API version without sampling parameters. */
const withoutSampling = "2026-10-21";

/** How the next word is chosen among the likely ones. */
export interface Sampling {
  /** 0 to 1. */
  temperature?: number;
  /** 0 to 1. */
  topP?: number;
}

/** Whether a value says anything: 1 is the API's own default for both and is left out. */
const saysSomething = (value: number | undefined): value is number =>
  value !== undefined && value !== 1;

/** Whether it is up to the model to take the values. */
export const dependsOnModel = ({ temperature, topP }: Sampling, apiVersion: string): boolean =>
  (saysSomething(temperature) || saysSomething(topP)) && apiVersion < withoutSampling;

/**
 * The sampling parameters to send, if any. What the API version, the model or its thinking does not
 * take is left out with a warning.
 *
 * @param page The model's page, null where it is not known.
 * @param thinks Whether thinking is asked for.
 * @see https://platform.claude.com/docs/en/api/versioning
 */
export const usableSampling = (
  { temperature, topP }: Sampling,
  {
    model,
    page,
    apiVersion,
    thinks,
  }: { model: string; page: ModelInfo | null; apiVersion: string; thinks: boolean },
): { temperature?: number; top_p?: number; warnings: string[] } => {
  const warnings: string[] = [];
  const whoRefuses = () => {
    if (apiVersion >= withoutSampling) return `API version ${apiVersion}`;
    if (page?.capabilities && !takesTemperature(page.capabilities)) return model;
    return thinks ? "a model that thinks" : undefined;
  };
  const usable = (label: string, value: number | undefined): number | undefined => {
    if (!saysSomething(value)) return undefined;
    const who = whoRefuses();
    if (who === undefined) return value;
    warnings.push(`${label} ${value} was not sent: ${who} takes only 1.`);
    return undefined;
  };
  const sent = { temperature: usable("Temperature", temperature), top_p: usable("Top P", topP) };
  if (sent.temperature !== undefined && sent.top_p !== undefined) {
    // Several models refuse both at once.
    warnings.push(`Top P ${topP} was not sent: it goes only without Temperature.`);
    sent.top_p = undefined;
  }
  return { ...sent, warnings };
};
