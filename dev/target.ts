import type { Connection } from "@prismatic-io/spectral";
import { type Emulator, startEmulator } from "./emulator";

/** Where a run on this machine sends its requests. */
export interface Target {
  connection: Connection;
  /** Undefined when requests go to a real host. */
  emulator?: Emulator;
}

/**
 * The host that is asked for: fields of a connection; or the real API when ANTHROPIC_API_KEY is set
 * (and ANTHROPIC_BASE_URL, for a proxy); else an emulator in this process.
 */
export const openTarget = async (fields: Record<string, string> = {}): Promise<Target> => {
  const { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: baseUrl } = process.env;
  const connection = (key: string, fields: Record<string, unknown>): Connection => ({
    key,
    configVarKey: "",
    fields,
  });
  if (Object.keys(fields).length > 0) {
    // Only a gateway has these. Anthropic's key is never its credential.
    const isGateway = ["authentication", "credential", "headerName", "headers"].some(
      (field) => field in fields,
    );
    if (isGateway) return { connection: connection("gateway", fields) };
    return { connection: connection("anthropic", { apiKey, ...fields }) };
  }
  if (baseUrl && !apiKey) throw new Error("ANTHROPIC_BASE_URL needs ANTHROPIC_API_KEY beside it.");
  if (apiKey) return { connection: connection("anthropic", { apiKey, baseUrl }) };
  const emulator = await startEmulator();
  const emulated = { apiKey: "sk-ant-emulator", baseUrl: emulator.url };
  return { connection: connection("anthropic", emulated), emulator };
};
