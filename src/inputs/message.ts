import { input } from "@prismatic-io/spectral";
import { requiredText } from "./read";

export const message = input({
  label: "Message",
  type: "text",
  required: true,
  comments: "What to say to Claude.",
  placeholder: "Enter a message",
  example: "Write a haiku about a paper clip.",
  clean: requiredText("Message"),
});
