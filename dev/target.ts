import type { Connection } from "@prismatic-io/spectral";
import { type Emulator, startEmulator } from "./emulator";
import { UsageError } from "./failure";

/** Where a command on this machine sends its requests. */
export interface Target {
  connection: Connection;
  /** Undefined if requests are sent to a real host. */
  emulator?: Emulator;
}

/** These fields are those of the gateway connection only. */
const gatewayFields = ["authentication", "credential", "headerName", "headers"];

const anthropicHost = "https://api.anthropic.com";

/** An invalid URL has none. The connector rejects it. */
const originOf = (url: string): string | undefined =>
  URL.canParse(url) ? new URL(url).origin : undefined;

/** Whether the fields select a host for which it is not known how to authenticate. */
export const needsAuthentication = (fields: Record<string, string>): boolean => {
  const { ANTHROPIC_BASE_URL: known = anthropicHost } = process.env;
  if (!fields.baseUrl || fields.apiKey) return false;
  if (gatewayFields.some((field) => field !== "headers" && field in fields)) return false;
  const origin = originOf(fields.baseUrl);
  return origin !== undefined && ![anthropicHost, known].map(originOf).includes(origin);
};

/**
 * Chooses the host: the one in the given connection fields; otherwise the real API if
 * ANTHROPIC_API_KEY is set (at ANTHROPIC_BASE_URL if that is set too); otherwise an emulator in this
 * process.
 *
 * @param stateFile Keeps the batches and files of the emulator between runs.
 */
export const openTarget = async (
  fields: Record<string, string> = {},
  stateFile?: string,
): Promise<Target> => {
  const { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: baseUrl } = process.env;
  const connection = (key: string, fields: Record<string, unknown>): Connection => ({
    key,
    configVarKey: "",
    fields,
  });
  const gatewayField = gatewayFields.find((field) => field in fields);
  if (gatewayField) {
    if (!fields.baseUrl) {
      throw new UsageError(`--connection.${gatewayField} requires --connection.baseUrl.`);
    }
    // ANTHROPIC_API_KEY is never sent to a gateway.
    return { connection: connection("gateway", fields) };
  }
  if (baseUrl && !apiKey && !fields.apiKey) {
    throw new UsageError(
      "ANTHROPIC_BASE_URL is set, but ANTHROPIC_API_KEY is not. Set both, or neither to use the emulator.",
    );
  }
  if (apiKey || fields.apiKey || fields.baseUrl) {
    return { connection: connection("anthropic", { apiKey, baseUrl, ...fields }) };
  }
  const emulator = await startEmulator({ stateFile });
  const emulated = { apiKey: "sk-ant-emulator", baseUrl: emulator.url, ...fields };
  return { connection: connection("anthropic", emulated), emulator };
};
