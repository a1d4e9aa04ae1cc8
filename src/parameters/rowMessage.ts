import { custom, text } from "./define";
import { optionalText, type Reader } from "./read";

const wholeItem = "{{item}}";

const readTemplate: Reader<string> = (label) => (value) => optionalText(label)(value) ?? wholeItem;

/** The message of each item. */
export const rowMessage = custom("Message", "text", readTemplate, {
  default: wholeItem,
  comments:
    "The message for each item. {{field}} is replaced by a field of the item, {{customer.name}} by a nested field, {{item}} by the whole item, and {{{{field}}}} by {{field}} itself.",
  placeholder: "Enter a message with {{field}}",
  example: "Summarize this review in one sentence: {{review}}",
});

export const rowSystemPrompt = text("System Prompt", {
  comments:
    "Context and instructions for all requests. {{field}} works as in Message; without it, the prompt is the same for every item and can be cached.",
  placeholder: "Enter a system prompt",
  example: "Answer in the language of the review.",
});
