import { action, input, outputSchema } from "@prismatic-io/spectral";
import { toResult } from "../../claude/messages/result";
import { messageResultExample, messageResultSchema } from "../../claude/messages/schema";
import { type MessageRequest, sendMessage } from "../../claude/messages/send";
import { usableTemperature } from "../../claude/messages/temperature";
import { connection } from "../../inputs/connection";
import { continueConversation, conversation } from "../../inputs/conversation";
import { InputError } from "../../inputs/InputError";
import { message } from "../../inputs/message";
import { model } from "../../inputs/model";
import { optionalInteger, optionalNumber, optionalText } from "../../inputs/read";
import { requestOptions, stepClient } from "../../inputs/requestOptions";
import { fillInVariables, variables } from "../../inputs/variables";

const defaultMaxTokens = 4096;

const systemPrompt = input({
  label: "System Prompt",
  type: "text",
  required: false,
  comments: "Background and rules for the answer: who Claude is, what it knows, how it answers.",
  placeholder: "Enter a system prompt",
  example: "Answer in one sentence, for readers who are new to the subject.",
  clean: optionalText("System Prompt"),
});

const maxTokens = input({
  label: "Max Tokens",
  type: "string",
  required: false,
  default: String(defaultMaxTokens),
  comments: `Maximum tokens in the answer, thinking included (default: ${defaultMaxTokens}). A longer answer is cut off and marked as truncated.`,
  placeholder: "Enter a whole number",
  example: String(defaultMaxTokens),
  clean: (value) => optionalInteger("Max Tokens", { min: 1 })(value) ?? defaultMaxTokens,
});

const temperature = input({
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

/** @see https://platform.claude.com/docs/en/api/messages/create */
export const chat = action({
  display: {
    label: "Chat",
    description: "Send a message to Claude and get its answer",
    important: true,
  },
  inputs: {
    connection,
    model,
    initialMessage: message,
    systemPrompt,
    maxTokens,
    temperature,
    conversation,
    variables,
    requestOptions,
  },
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const client = stepClient(context, params);
    const filled = fillInVariables(params.variables, params.initialMessage, params.systemPrompt);
    const [message, systemPrompt] = filled.texts;
    const before = params.conversation;
    if (systemPrompt && before.system) {
      throw new InputError(
        "System Prompt",
        "cannot go together with a system turn in Conversation: there is one system prompt.",
      );
    }
    const { temperature, warnings } = await usableTemperature(
      client,
      params.model,
      params.temperature,
    );
    const request: MessageRequest = {
      model: params.model,
      max_tokens: params.maxTokens,
      messages: continueConversation(before, message),
      system: systemPrompt ?? before.system,
      temperature,
    };
    const answer = await sendMessage(client, request);
    return {
      data: toResult(answer, request, [...before.warnings, ...filled.warnings, ...warnings]),
    };
  },
  examplePerform: async () => ({ data: messageResultExample }),
  examplePayload: { data: messageResultExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: messageResultSchema }),
});
