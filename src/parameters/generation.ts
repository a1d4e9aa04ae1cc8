import { integer, number, parameter } from "./define";

export const defaultMaxTokens = 4096;

/** How the reply is generated. Shown after System Prompt, outside of the groups. */
export const generation = {
  maxTokens: parameter({
    input: integer("Max Tokens", {
      min: 1,
      default: defaultMaxTokens,
      comments: `Maximum tokens in the response, thinking included (default: ${defaultMaxTokens}). A longer response is truncated. At the default, models that think get room for it, 16,000 tokens in all.`,
      example: String(defaultMaxTokens),
    }),
    steps: ["chat", "countTokens", "createBatch"],
  }),
  temperature: parameter({
    input: number("Temperature", {
      min: 0,
      max: 1,
      default: 1,
      comments:
        "Randomness of the response, from 0 to 1 (default: 1). Newer models only accept 1; any other value is ignored and reported in warnings.",
      placeholder: "Enter a number from 0 to 1",
      example: "0.5",
    }),
    steps: ["chat", "createBatch"],
  }),
};
