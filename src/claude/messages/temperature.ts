import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";
import { takesTemperature } from "../models/capabilities";

/** First API version without a temperature. */
const withoutTemperature = "2026-10-21";

/** Whether a temperature says anything: 1 is the API's own default and is left out. */
const saysSomething = (temperature: number | undefined): temperature is number =>
  temperature !== undefined && temperature !== 1;

/** Whether it is up to the model to take the temperature. */
export const dependsOnModel = (temperature: number | undefined, apiVersion: string): boolean =>
  saysSomething(temperature) && apiVersion < withoutTemperature;

/**
 * The temperature to send, if any. One that the API version, the model or its thinking does not
 * take is left out with a warning.
 *
 * @param page The model's page, null where it is not known.
 * @param thinks Whether thinking is asked for.
 * @see https://platform.claude.com/docs/en/api/versioning
 */
export const usableTemperature = (
  temperature: number | undefined,
  {
    model,
    page,
    apiVersion,
    thinks,
  }: { model: string; page: ModelInfo | null; apiVersion: string; thinks: boolean },
): { temperature?: number; warnings: string[] } => {
  if (!saysSomething(temperature)) return { warnings: [] };
  const dropped = (who: string) => ({
    warnings: [`Temperature ${temperature} was not sent: ${who} takes only 1.`],
  });
  if (apiVersion >= withoutTemperature) return dropped(`API version ${apiVersion}`);
  if (page?.capabilities && !takesTemperature(page.capabilities)) return dropped(model);
  if (thinks) return dropped("a model that thinks");
  return { temperature, warnings: [] };
};
