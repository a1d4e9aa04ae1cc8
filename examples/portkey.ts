import type { Perform } from "./perform";

/** The connection to make: Claude-Compatible Gateway with these fields. */
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

/** A first call, by Chat and in OpenAI's format. */
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

/** An image in base64, by Chat and in OpenAI's format. */
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

/** A long system prompt that Claude remembers, by Chat and by a mark in OpenAI's format. */
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

/** The system prompt among the messages, as OpenAI has it: Chat understands it too. */
export const systemInMessages = async (perform: Perform) => {
  const messages = [
    { role: "system", content: "Your system prompt" },
    { role: "user", content: "Say this is a test" },
  ];
  const chat = await perform("chat", { conversation: messages });
  const completion = await perform("createChatCompletion", { messages });
  return [chat.text, completion.choices[0].message.content];
};

/** A trace and metadata of a request, which Portkey shows in its logs. */
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
