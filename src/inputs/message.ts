import { input } from "@prismatic-io/spectral";
import { optionalInteger, optionalNumber, optionalText } from "./read";

/** Not required by itself: attachments or results of tools may say it all. */
export const message = input({
  label: "Message",
  type: "text",
  required: false,
  comments: "What to say to Claude. May be empty beside Attachments or Tool Results.",
  placeholder: "Enter a message",
  example: "Write a haiku about a paper clip.",
  clean: optionalText("Message"),
});

export const systemPrompt = input({
  label: "System Prompt",
  type: "text",
  required: false,
  comments: "Background and rules for the answer: who Claude is, what it knows, how it answers.",
  placeholder: "Enter a system prompt",
  example: "Answer in one sentence, for readers who are new to the subject.",
  clean: optionalText("System Prompt"),
});

export const defaultMaxTokens = 4096;

export const maxTokens = input({
  label: "Max Tokens",
  type: "string",
  required: false,
  default: String(defaultMaxTokens),
  comments: `Maximum tokens in the answer, thinking included (default: ${defaultMaxTokens}). A longer answer is cut off and marked as truncated.`,
  placeholder: "Enter a whole number",
  example: String(defaultMaxTokens),
  clean: (value) => optionalInteger("Max Tokens", { min: 1 })(value) ?? defaultMaxTokens,
});

export const temperature = input({
  label: "Temperature",
  type: "string",
  required: false,
  default: "1",
  comments:
    "Randomness of the answer, from 0 to 1 (default: 1). Newer models take only 1: for them another value is left out, with a warning in the output.",
  placeholder: "Enter a number from 0 to 1",
  example: "0.5",
  clean: optionalNumber("Temperature", { min: 0, max: 1 }),
});
