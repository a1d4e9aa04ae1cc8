/* What Extract Data and Classify and Branch ask Claude for: data of a shape, from texts and files. */
import { input } from "@prismatic-io/spectral";
import type { AnswerSchema } from "../claude/messages/structured";
import type { Attachment } from "./attachments";
import { InputError } from "./InputError";
import type { MessageDraft } from "./messageRequest";
import { isBlank, optionalText } from "./read";
import { readTools } from "./tools";

export const text = input({
  label: "Text",
  type: "text",
  required: false,
  comments: "The text to read. May be empty beside Attachments.",
  placeholder: "Enter a text or reference an earlier step",
  example: "Paid 18.50 EUR for 200 paper clips on November 20.",
  clean: optionalText("Text"),
});

export const instructions = input({
  label: "Instructions",
  type: "text",
  required: false,
  comments: "What to know about the text, and what to watch for.",
  placeholder: "Enter instructions",
  example: "Amounts are in euros unless the text says otherwise.",
  clean: optionalText("Instructions"),
});

/** What a person can do about an answer that is declined or cut off. */
export const dataAdvice = {
  refused: "Change Text or Instructions, or choose another model.",
  cutOff: "Hand over less at a time.",
};

/** Room for records and for what the model thinks: only what is used is paid for. */
const maxTokens = 16_000;

/** @throws InputError when there is nothing to read. */
export const dataDraft = (
  { text, attachments }: { text: string | undefined; attachments: Attachment[] },
  system: string,
  schema: AnswerSchema,
): MessageDraft => {
  if (isBlank(text) && attachments.length === 0) {
    throw new InputError("Text", "is required where there are no Attachments.");
  }
  return {
    message: text ?? "Read the attached files.",
    system,
    maxTokens,
    sampling: {},
    attachments,
    conversation: { turns: [], warnings: [] },
    schema,
    answerTool: "answer",
    reasoning: { thinking: "default", showThinking: false },
    tools: readTools(undefined),
    plain: {},
    betas: [],
    secrets: [],
    warnings: schema.warnings,
  };
};
