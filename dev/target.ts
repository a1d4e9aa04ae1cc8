import type { Connection } from "@prismatic-io/spectral";
import { type Emulator, startEmulator } from "./emulator";

/** Where a run on this machine sends its requests. */
export interface Target {
  connection: Connection;
  /** Undefined when requests go to the real API. */
  emulator?: Emulator;
}

/** The real API when ANTHROPIC_API_KEY is set (and ANTHROPIC_BASE_URL, for a proxy), else an emulator in this process. */
export const openTarget = async (): Promise<Target> => {
  const { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: baseUrl } = process.env;
  const connection = (fields: Record<string, unknown>): Connection => ({
    key: "anthropic",
    configVarKey: "",
    fields,
  });
  if (baseUrl && !apiKey) throw new Error("ANTHROPIC_BASE_URL needs ANTHROPIC_API_KEY beside it.");
  if (apiKey) return { connection: connection({ apiKey, baseUrl }) };
  const emulator = await startEmulator();
  return { connection: connection({ apiKey: "sk-ant-emulator", baseUrl: emulator.url }), emulator };
};
