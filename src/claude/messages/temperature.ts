import type { Client } from "../../client/client";
import { modelCapabilities, takesTemperature } from "../models/capabilities";

/** First API version without a temperature. */
const withoutTemperature = "2026-10-21";

/**
 * The temperature to send, if any. 1 is the API's own default and is left out; a temperature that
 * the API version or the model does not take is left out with a warning.
 *
 * @see https://platform.claude.com/docs/en/api/versioning
 */
export const usableTemperature = async (
  client: Client,
  model: string,
  temperature: number | undefined,
): Promise<{ temperature?: number; warnings: string[] }> => {
  if (temperature === undefined || temperature === 1) return { warnings: [] };
  const dropped = (who: string) => ({
    warnings: [`Temperature ${temperature} was not sent: ${who} takes only 1.`],
  });
  if (client.apiVersion >= withoutTemperature) {
    return dropped(`API version ${client.apiVersion}`);
  }
  const capabilities = await modelCapabilities(client, model);
  if (capabilities && !takesTemperature(capabilities)) return dropped(model);
  return { temperature, warnings: [] };
};
