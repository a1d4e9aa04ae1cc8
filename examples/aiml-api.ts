import type { Perform } from "./perform";

/** The connection: Claude-Compatible Gateway with these fields. */
export const connection = (apiKey: string, baseUrl = "https://api.aimlapi.com") => ({
  key: "gateway",
  configVarKey: "AI/ML API",
  fields: { baseUrl, authentication: "bearer", credential: apiKey },
});

const getWeather = {
  name: "get_weather",
  description: "Get the current weather in a given location",
  input_schema: {
    type: "object",
    properties: {
      location: { type: "string", description: "The city and state, e.g. San Francisco, CA" },
    },
  },
};

/** Gives Claude a tool, and returns its calls. */
export const askWeather = async (perform: Perform) => {
  const { toolCalls } = await perform("chat", {
    initialMessage: "What is the weather like in San Francisco?",
    maxTokens: "1024",
    tools: { definitions: [getWeather] },
  });
  return toolCalls;
};

/** Sends a message and returns the text of the reply. */
export const howAreYou = async (perform: Perform) => {
  const { text } = await perform("chat", { initialMessage: "How are you?", maxTokens: "1024" });
  return text;
};

/** Gives Claude a role, and inserts data from an earlier step. */
export const findAnomalies = async (perform: Perform, dataset: unknown) => {
  const { text } = await perform("chat", {
    systemPrompt: "You are a seasoned data scientist at a Fortune 500 company.",
    initialMessage: "Analyze this dataset for anomalies: <dataset>{{DATASET}}</dataset>",
    variables: [{ key: "DATASET", value: dataset }],
    maxTokens: "2048",
  });
  return text;
};
