import path from "node:path";
import type { Connection } from "@prismatic-io/spectral";
import { type Emulator, startEmulator } from "./emulator";
import { UsageError } from "./failure";

/** Where a command on this machine sends its requests. */
export interface Target {
  connection: Connection;
  /** Undefined if requests are sent to a real host. */
  emulator?: Emulator;
}

/** Where files of the commands are kept between runs. `npm ci` deletes it. */
export const cacheFolder = path.resolve(__dirname, "../node_modules/.cache");

/** Batches and files of the emulator, which `npm run try` keeps between runs. */
const keptEmulatorState = path.join(cacheFolder, "emulator.json");

/** An emulator without this option starts empty. */
const start: (options?: { stateFile?: string }) => Promise<Emulator> = startEmulator;

/** These fields are those of the gateway connection only. */
const gatewayFields = ["authentication", "credential", "headerName", "headers"];

const anthropicHost = "https://api.anthropic.com";

const originOf = (url: string): string => {
  try {
    return new URL(url).origin;
  } catch {
    throw new UsageError(
      `--connection.baseUrl must be an http or https URL, such as ${anthropicHost}, but was ${url}.`,
    );
  }
};

/** Whether the fields select a host for which it is not known how to authenticate. */
export const needsAuthentication = (fields: Record<string, string>): boolean => {
  const { ANTHROPIC_BASE_URL: known = anthropicHost } = process.env;
  if (!fields.baseUrl || fields.apiKey) return false;
  if (gatewayFields.some((field) => field !== "headers" && field in fields)) return false;
  return ![anthropicHost, known].map(originOf).includes(originOf(fields.baseUrl));
};

/**
 * Chooses the host: the one in the given connection fields; otherwise the real API if
 * ANTHROPIC_API_KEY is set (at ANTHROPIC_BASE_URL if that is set too); otherwise an emulator in this
 * process.
 *
 * @param keep Whether the emulator keeps batches and files between runs.
 */
export const openTarget = async (
  fields: Record<string, string> = {},
  { keep = false } = {},
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
  const emulator = await start(keep ? { stateFile: keptEmulatorState } : {});
  const emulated = { apiKey: "sk-ant-emulator", baseUrl: emulator.url, ...fields };
  return { connection: connection("anthropic", emulated), emulator };
};
