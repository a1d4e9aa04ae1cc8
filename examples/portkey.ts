import type { Perform } from "./perform";

/** The connection: Claude-Compatible Gateway with these fields. */
export const connection = (
  apiKey: string,
  virtualKey: string,
  baseUrl = "https://api.portkey.ai",
) => ({
  key: "gateway",
  configVarKey: "Portkey",
  fields: {
    baseUrl,
    authentication: "header",
    headerName: "x-portkey-api-key",
    credential: apiKey,
    headers: `x-portkey-provider: anthropic\nx-portkey-virtual-key: ${virtualKey}`,
  },
});

/** Sends a first message, with Chat and in OpenAI's format. */
export const sayTest = async (perform: Perform, model = "claude-sonnet-5-5") => {
  const chat = await perform("chat", {
    model,
    initialMessage: "Say this is a test",
    maxTokens: "250",
  });
  const completion = await perform("createChatCompletion", {
    model,
    messages: [{ role: "user", content: "Say this is a test" }],
    parameters: { max_tokens: 250 },
  });
  return [chat.text, completion.choices[0].message.content];
};

/** Sends an image in base64, with Chat and in OpenAI's format. */
export const describeImage = async (perform: Perform, jpeg: Buffer) => {
  const system = "You are a helpful assistant who describes images.";
  const question = "What's in this image?";
  const chat = await perform("chat", {
    systemPrompt: system,
    initialMessage: question,
    attachments: [{ key: "image.jpg", value: jpeg.toString("base64") }],
    maxTokens: "300",
  });
  const url = `data:image/jpeg;base64,${jpeg.toString("base64")}`;
  const completion = await perform("createChatCompletion", {
    messages: [
      { role: "system", content: system },
      {
        role: "user",
        content: [
          { type: "text", text: question },
          { type: "image_url", image_url: { url } },
        ],
      },
    ],
    parameters: { max_tokens: 300 },
  });
  return [chat.text, completion.choices[0].message.content];
};

/** Caches a long system prompt, with Chat and with `cache_control` in OpenAI's format. */
export const cachePrompt = async (perform: Perform, rules: string) => {
  const chat = await perform("chat", {
    systemPrompt: rules,
    initialMessage: "Say this is a test",
    caching: { cache: "5m" },
  });
  const completion = await perform("createChatCompletion", {
    messages: [
      {
        role: "system",
        content: [{ type: "text", text: rules, cache_control: { type: "ephemeral" } }],
      },
      { role: "user", content: "Say this is a test" },
    ],
  });
  return [chat.usage, completion.usage];
};

/** Sends the system prompt as a message, as in OpenAI's format. Chat supports this too. */
export const systemInMessages = async (perform: Perform) => {
  const messages = [
    { role: "system", content: "Your system prompt" },
    { role: "user", content: "Say this is a test" },
  ];
  const chat = await perform("chat", { conversation: messages });
  const completion = await perform("createChatCompletion", { messages });
  return [chat.text, completion.choices[0].message.content];
};

/** Sends a trace ID and metadata, which Portkey shows in its logs. */
export const trace = async (perform: Perform, executionId: string) => {
  const { text } = await perform("chat", {
    initialMessage: "Say this is a test",
    requestOptions: {
      headers: [
        { key: "x-portkey-trace-id", value: executionId },
        { key: "x-portkey-metadata", value: JSON.stringify({ _user: "user-1", flow: "orders" }) },
      ],
    },
  });
  return text;
};
