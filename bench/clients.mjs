// The connector and the clients that it is compared with. Each loads its bundle when it is created, and
// supports some of the tasks: `chat`, `stream`, `completion`, `attach`, `models`, `upload`, `counts`, …
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const require = createRequire(import.meta.url);
const cache = path.join(import.meta.dirname, "node_modules/.cache");

/** The bundle of a client, and the file that it is built from. */
export const bundleOf = (who) =>
  who === "connector" ? path.join(root, "dist/index.js") : path.join(cache, who, "index.js");
export const entryOf = (who) =>
  who === "plain" ? path.join(root, "src/index.ts") : path.join(cache, `${who}.mjs`);

/** The project's version of a library. This folder may have another, which LangChain requires. */
const projectFile = (library) =>
  createRequire(path.join(root, "package.json")).resolve(library).replace(/\.js$/, ".mjs");

/** The entry files of the other bundles: only the exports of each library that the tasks use. */
export const entries = {
  sdk: `export { default, toFile } from ${JSON.stringify(projectFile("@anthropic-ai/sdk"))};`,
  axios: 'export { default } from "axios";',
  openai: `export { default } from ${JSON.stringify(projectFile("openai"))};`,
  langchain: 'export { ChatAnthropic } from "@langchain/anthropic";',
  ai: 'export { generateText } from "ai"; export { createAnthropic } from "@ai-sdk/anthropic";',
};

/** As long as a real key, because the connector searches every response for it. */
const apiKey = `sk-ant-api03-${"x".repeat(95)}`;
const model = "claude-sonnet-5-5";
const content = "Write a haiku about a paper clip.";
const message = (maxTokens = 4096, prompt = content) => ({
  model,
  max_tokens: maxTokens,
  messages: [{ role: "user", content: prompt }],
});
const withFile = (data) => [
  { type: "document", source: { type: "base64", media_type: "application/pdf", data } },
  { type: "text", text: content },
];
const batch = (rows) => ({
  requests: rows.map(({ order, review }) => ({
    custom_id: order,
    params: message(1024, `Summarize: ${review}`),
  })),
});

/** Runs actions by their keys, as the platform does. */
const component = (who) => (url) => {
  const { actions } = require(bundleOf(who)).default;
  const silent = () => undefined;
  const context = {
    logger: { debug: silent, warn: silent, metric: silent },
    startedAt: new Date().toISOString(),
  };
  const connection = {
    key: "anthropic",
    configVarKey: "",
    fields: { apiKey, baseUrl: url },
  };
  const perform = async (action, inputs) =>
    (await actions[action].perform(context, { connection, ...inputs })).data;
  const chat = (inputs) => perform("chat", { model, initialMessage: content, ...inputs });
  const results = (inputs) => async (batchId) => {
    const data = await perform("getBatchResults", { batchId, ...inputs });
    assert.equal(data.counts?.succeeded, data.counts?.total);
    return data;
  };
  return {
    chat: () => chat({ maxTokens: "4096" }),
    stream: (tokens) => chat({ maxTokens: String(tokens) }),
    completion: () => perform("createChatCompletion", message()),
    attach: (data) => chat({ maxTokens: "4096", attachments: [{ key: "a.pdf", value: { data } }] }),
    models: async () => (await perform("listModels", { fetchAll: "true" })).data,
    upload: (data) => perform("uploadFile", { file: { data }, fileName: "a.bin" }),
    counts: results({ returnAs: "counts" }),
    file: results({ returnAs: "file" }),
    all: results({ limit: "100000" }),
    create: (items) =>
      perform("createBatch", {
        model,
        items,
        idField: "order",
        message: "Summarize: {{review}}",
        maxTokens: "1024",
      }),
  };
};

const sdk = (url) => {
  const { default: Anthropic, toFile } = require(bundleOf("sdk"));
  const client = new Anthropic({ apiKey, baseURL: url });
  const counts = async (id) => {
    const usage = { input_tokens: 0, output_tokens: 0 };
    for await (const { result } of await client.messages.batches.results(id)) {
      for (const name in usage) usage[name] += result.message.usage[name];
    }
    return usage;
  };
  const all = async (id) => {
    const results = [];
    for await (const one of await client.messages.batches.results(id)) results.push(one);
    return results.sort((a, b) => (a.custom_id < b.custom_id ? -1 : 1));
  };
  return {
    chat: () => client.messages.create(message()),
    stream: (tokens) => client.messages.stream(message(tokens)).finalMessage(),
    attach: (data) => client.messages.create(message(4096, withFile(data.toString("base64")))),
    models: async () => {
      const models = [];
      for await (const one of client.models.list({ limit: 1000 })) models.push(one);
      return models;
    },
    upload: async (data) => client.files.upload({ file: await toFile(data, "a.bin") }),
    counts,
    // The SDK has no file: this is the least that it does to read each result.
    file: counts,
    all,
    create: (items) => client.messages.batches.create(batch(items)),
  };
};

/** What a connector without a client of its own does: one call of axios, with its default settings. */
const axios = (url) => {
  const { default: client } = require(bundleOf("axios"));
  const headers = { "x-api-key": apiKey, "anthropic-version": "2023-06-01" };
  return {
    chat: async () => (await client.post(`${url}/v1/messages`, message(), { headers })).data,
  };
};

const openai = (url) => {
  const { default: OpenAI } = require(bundleOf("openai"));
  const client = new OpenAI({ apiKey, baseURL: `${url}/v1` });
  return { completion: () => client.chat.completions.create(message()) };
};

const langchain = (url) => {
  const { ChatAnthropic } = require(bundleOf("langchain"));
  const chat = new ChatAnthropic({ model, apiKey, anthropicApiUrl: url, maxTokens: 4096 });
  return {
    chat: () => chat.invoke(content),
    stream: async (tokens) => {
      const { ChatAnthropic } = require(bundleOf("langchain"));
      const one = new ChatAnthropic({ model, apiKey, anthropicApiUrl: url, maxTokens: tokens });
      let whole;
      for await (const chunk of await one.stream(content)) whole = whole?.concat(chunk) ?? chunk;
      return whole;
    },
    attach: (data) => chat.invoke(message(4096, withFile(data.toString("base64"))).messages),
  };
};

const ai = (url) => {
  const { generateText, createAnthropic } = require(bundleOf("ai"));
  const anthropic = createAnthropic({ apiKey, baseURL: `${url}/v1` })(model);
  const ask = (prompt) => generateText({ model: anthropic, maxOutputTokens: 4096, ...prompt });
  return {
    chat: () => ask({ prompt: content }),
    attach: (data) =>
      ask({
        messages: [
          {
            role: "user",
            content: [
              { type: "file", data, mediaType: "application/pdf" },
              { type: "text", text: content },
            ],
          },
        ],
      }),
  };
};

export const clients = {
  connector: component("connector"),
  plain: component("plain"),
  // A build with a source map, for profiling.
  profile: component("profile"),
  sdk,
  axios,
  openai,
  langchain,
  ai,
};
