import type { Connection } from "@prismatic-io/spectral";
import { type Emulator, startEmulator } from "./emulator";

/** Where a command on this machine sends its requests. */
export interface Target {
  connection: Connection;
  /** Undefined if requests are sent to a real host. */
  emulator?: Emulator;
}

/**
 * Chooses the host: the one in the given connection fields; otherwise the real API if
 * ANTHROPIC_API_KEY is set (at ANTHROPIC_BASE_URL if that is set too); otherwise an emulator in this
 * process.
 */
export const openTarget = async (fields: Record<string, string> = {}): Promise<Target> => {
  const { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: baseUrl } = process.env;
  const connection = (key: string, fields: Record<string, unknown>): Connection => ({
    key,
    configVarKey: "",
    fields,
  });
  if (Object.keys(fields).length > 0) {
    // Only the gateway connection has these fields. ANTHROPIC_API_KEY is never sent to a gateway.
    const isGateway = ["authentication", "credential", "headerName", "headers"].some(
      (field) => field in fields,
    );
    if (isGateway) return { connection: connection("gateway", fields) };
    return { connection: connection("anthropic", { apiKey, ...fields }) };
  }
  if (baseUrl && !apiKey) throw new Error("ANTHROPIC_BASE_URL requires ANTHROPIC_API_KEY.");
  if (apiKey) return { connection: connection("anthropic", { apiKey, baseUrl }) };
  const emulator = await startEmulator();
  const emulated = { apiKey: "sk-ant-emulator", baseUrl: emulator.url };
  return { connection: connection("anthropic", emulated), emulator };
};
