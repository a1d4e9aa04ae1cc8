import type { Connection } from "@prismatic-io/spectral";
import { createHarness } from "@prismatic-io/spectral/dist/testing";
import { builtComponent } from "../../dev/component";
import { withWordingCheck } from "./wording";

/** The built bundle, which is what the platform loads. The words of its messages are checked. */
export const component = withWordingCheck(builtComponent);

export const apiKey = "sk-ant-api03-secret-Zm9vYmFy";

export const connectionTo = (url: string, fields: Record<string, unknown> = {}): Connection => ({
  key: "anthropic",
  configVarKey: "Anthropic",
  fields: { apiKey, baseUrl: url, ...fields },
});

/** A connection to a gateway. */
export const gatewayTo = (url: string, fields: Record<string, unknown> = {}): Connection => ({
  key: "gateway",
  configVarKey: "Gateway",
  fields: { baseUrl: url, authentication: "bearer", credential: apiKey, ...fields },
});

/** Records everything that a step logs, one line per call. */
export class Logs {
  readonly lines: string[] = [];
  readonly logger = Object.fromEntries(
    ["metric", "trace", "debug", "info", "log", "warn", "error"].map((level) => [
      level,
      (...parts: unknown[]) =>
        void this.lines.push(
          [
            level,
            ...parts.map((part) => (typeof part === "string" ? part : JSON.stringify(part))),
          ].join(" "),
        ),
    ]),
  );
}

/** Runs an action of the built component, with the defaults that the designer fills in. */
export const run = async (
  key: string,
  server: { url: string },
  inputs: Record<string, unknown> = {},
  context: Record<string, unknown> = {},
  // biome-ignore lint/suspicious/noExplicitAny: tests read any property of an output
): Promise<any> => {
  const result = await createHarness(component).action(
    key,
    { connection: connectionTo(server.url), ...inputs },
    { logger: new Logs().logger, ...context } as object,
  );
  return result?.data;
};

/** Runs an action that must fail, and returns its error. */
export const failure = async (
  ...call: Parameters<typeof run>
  // biome-ignore lint/suspicious/noExplicitAny: tests read any property of an error
): Promise<any> =>
  run(...call).then(
    (data) => {
      throw new Error(`No error, but ${JSON.stringify(data).slice(0, 500)}`);
    },
    (error: unknown) => error,
  );
