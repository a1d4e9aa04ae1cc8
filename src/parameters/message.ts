import { text } from "./define";

/** Not required: attachments or tool results may be enough. */
export const message = text("Message", {
  comments: "The message for Claude. Optional if Attachments or Tool Results are provided.",
  placeholder: "Enter a message",
  example: "Write a haiku about a paper clip.",
});

export const systemPrompt = text("System Prompt", {
  comments: "Context and instructions for Claude, such as its role, background and style.",
  placeholder: "Enter a system prompt",
  example: "Answer in one sentence, for readers who are new to the subject.",
});
