import type { Message } from "@anthropic-ai/sdk/resources/messages";
import type {
  ChatCompletion,
  ChatCompletionMessageFunctionToolCall,
} from "openai/resources/chat/completions";
import type { CompletionUsage } from "openai/resources/completions";
import { asStopReason } from "./message";
import { asCount, asToolInput } from "./values";

/** Whether a response is a chat completion of OpenAI, which some hosts return on Claude's own path. */
export const isChatCompletion = (response: unknown): response is ChatCompletion =>
  typeof response === "object" &&
  response !== null &&
  Array.isArray((response as { choices?: unknown }).choices) &&
  typeof (response as ChatCompletion).choices[0]?.message === "object";

/**
 * Converts a chat completion of OpenAI to the Message that Claude's API would have returned. Counts
 * keep the meaning that they have there: cached tokens are not part of the input tokens.
 *
 * @see https://platform.openai.com/docs/api-reference/chat/object
 */
export const fromChatCompletion = ({ id, model, choices, usage }: ChatCompletion): Message => {
  const { message, finish_reason } = choices[0] ?? {};
  const refusal = typeof message?.refusal === "string" ? message.refusal : "";
  const text = textOf(message?.content) || refusal;
  return {
    id,
    type: "message",
    role: "assistant",
    model,
    content: [...(text ? [{ type: "text", text, citations: null }] : []), ...toolUses(message)],
    stop_reason: refusal ? "refusal" : asStopReason(finish_reason),
    stop_sequence: null,
    usage: usage && usageOf(usage),
  } as unknown as Message;
};

/** The text of a message, which some hosts send as a list of parts. */
const textOf = (content: unknown): string => {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  const texts = content.map((part: { text?: unknown } | null) => part?.text);
  return texts.filter((text) => typeof text === "string").join("");
};

const toolUses = (message: ChatCompletion.Choice["message"] | undefined) => {
  const calls: unknown = message?.tool_calls ?? [];
  const legacy = message?.function_call;
  return [
    ...(Array.isArray(calls) ? calls : []),
    ...(legacy ? [{ id: "call_0", function: legacy }] : []),
  ].flatMap((call: Partial<ChatCompletionMessageFunctionToolCall> | null) =>
    typeof call?.function?.name === "string"
      ? [
          {
            type: "tool_use",
            id: call.id,
            name: call.function.name,
            input: asToolInput(call.function.arguments ?? ""),
          },
        ]
      : [],
  );
};

/** Token counts as Claude's API reports them. Some hosts do not include cached tokens in the prompt. */
const usageOf = (usage: Partial<CompletionUsage>) => {
  const prompt = asCount(usage.prompt_tokens);
  const completion = asCount(usage.completion_tokens);
  const cached = asCount(usage.prompt_tokens_details?.cached_tokens);
  const isIncluded = prompt !== undefined && cached !== undefined && cached <= prompt;
  return {
    ...(prompt === undefined ? {} : { input_tokens: isIncluded ? prompt - cached : prompt }),
    ...(completion === undefined ? {} : { output_tokens: completion }),
    ...(cached === undefined ? {} : { cache_read_input_tokens: cached }),
  };
};
