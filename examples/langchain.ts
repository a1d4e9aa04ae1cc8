import type { Perform } from "./perform";

/** A model and its settings: temperature, maximum tokens, retries and time limit. */
const settings = {
  model: "claude-opus-4-6",
  temperature: "0",
  maxTokens: "1024",
  requestOptions: { maxRetries: "2", timeout: "60" },
};

/** Sends a system prompt and a message. */
export const translate = async (perform: Perform) => {
  const { text, usage } = await perform("chat", {
    ...settings,
    systemPrompt:
      "You are a helpful assistant that translates English to French. Translate the user sentence.",
    initialMessage: "I love programming.",
  });
  return { text, usage };
};

/** Uses a prompt template with variables from an earlier step. */
export const translateTo = async (
  perform: Perform,
  input_language: string,
  output_language: string,
  input: string,
) => {
  const values = { input_language, output_language, input };
  const { text } = await perform("chat", {
    ...settings,
    systemPrompt:
      "You are a helpful assistant that translates {{input_language}} to {{output_language}}.",
    initialMessage: "{{input}}",
    variables: Object.entries(values).map(([key, value]) => ({ key, value })),
  });
  return text;
};

const getWeather = {
  name: "GetWeather",
  description: "Get the current weather in a given location",
  input_schema: {
    type: "object",
    properties: {
      location: { type: "string", description: "The city and state, e.g. San Francisco, CA" },
    },
    required: ["location"],
  },
};

/** Asks a question that requires two tool calls, and sends their results for the final reply. */
export const hotterCity = async (perform: Perform, weatherIn: (location: string) => string) => {
  const tools = { definitions: [getWeather] };
  const first = await perform("chat", {
    ...settings,
    initialMessage: "Which city is hotter today: LA or NY?",
    tools,
  });
  const calls: { id: string; input: { location: string } }[] = first.toolCalls;
  const second = await perform("chat", {
    ...settings,
    conversation: first.conversation,
    tools: {
      ...tools,
      toolResults: calls.map(({ id, input }) => ({ key: id, value: weatherIn(input.location) })),
    },
  });
  return { calls, text: second.text };
};
