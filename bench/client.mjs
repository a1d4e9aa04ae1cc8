// One client making calls: `node bench/client.mjs connector|sdk|sdk-streaming URL CALLS CONCURRENCY`.
// Prints the CPU time of the process for one call, in microseconds.
import { createRequire } from "node:module";

const [who, url, calls, concurrency] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const request = {
  model: "claude-sonnet-5-5",
  max_tokens: 4096,
  messages: [{ role: "user", content: "Write a haiku about a paper clip." }],
};

const clients = {
  connector() {
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
    return () =>
      actions.chat.perform(context, {
        connection,
        model: request.model,
        initialMessage: request.messages[0].content,
        maxTokens: String(request.max_tokens),
      });
  },
  sdk() {
    const { default: Anthropic } = require("@anthropic-ai/sdk");
    const client = new Anthropic({ apiKey: "key", baseURL: url });
    return () => client.messages.create(request);
  },
  "sdk-streaming"() {
    const { default: Anthropic } = require("@anthropic-ai/sdk");
    const client = new Anthropic({ apiKey: "key", baseURL: url });
    return () => client.messages.stream(request).finalMessage();
  },
};

const call = clients[who]();
const make = async (count) => {
  const worker = async () => {
    for (let done = 0; done < count / concurrency; done++) await call();
  };
  await Promise.all(Array.from({ length: Number(concurrency) }, worker));
};

await make(Number(calls) / 2);
const before = process.cpuUsage();
await make(Number(calls));
const { user, system } = process.cpuUsage(before);
console.log((user + system) / Number(calls));
process.exit();
