// The connector and the SDK, each loaded only where it is asked for.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** Runs an action by its key, as the platform does. */
export const connector = (url) => {
  const { actions } = require("../dist/index.js").default;
  const silent = () => undefined;
  const context = {
    logger: { debug: silent, warn: silent },
    startedAt: new Date().toISOString(),
  };
  const connection = {
    key: "anthropic",
    configVarKey: "",
    fields: { apiKey: "key", baseUrl: url },
  };
  return (action, inputs) => actions[action].perform(context, { connection, ...inputs });
};

export const sdk = (url) => {
  const { default: Anthropic, toFile } = require("@anthropic-ai/sdk");
  return { client: new Anthropic({ apiKey: "key", baseURL: url }), toFile };
};
