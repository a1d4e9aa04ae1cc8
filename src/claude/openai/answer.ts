import type { Message, StopReason } from "@anthropic-ai/sdk/resources/messages";
import type { ChatCompletion } from "openai/resources/chat/completions";

/** Whether an answer is a completion in OpenAI's format, as some hosts give on Claude's own path. */
export const isChatCompletion = (answer: unknown): answer is ChatCompletion =>
  typeof answer === "object" &&
  answer !== null &&
  Array.isArray((answer as { choices?: unknown }).choices);

const stopReasons: Record<string, StopReason> = {
  stop: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  function_call: "tool_use",
  content_filter: "refusal",
};

/**
 * A completion of OpenAI's as the Message that Claude's API would have answered. Its counts keep
 * their meaning: tokens read from the cache are no longer part of the input.
 *
 * @see https://platform.openai.com/docs/api-reference/chat/object
 */
export const fromChatCompletion = ({ id, model, choices, usage }: ChatCompletion): Message => {
  const { message, finish_reason } = choices[0] ?? {};
  const text = message?.content || message?.refusal;
  const cached = usage?.prompt_tokens_details?.cached_tokens;
  return {
    id,
    type: "message",
    role: "assistant",
    model,
    content: [
      ...(text ? [{ type: "text", text, citations: null }] : []),
      ...(message?.tool_calls ?? []).flatMap((call) =>
        call.type === "custom"
          ? []
          : [
              {
                type: "tool_use",
                id: call.id,
                name: call.function.name,
                input: parsed(call.function.arguments),
              },
            ],
      ),
    ],
    stop_reason: stopReasons[finish_reason ?? ""] ?? null,
    stop_sequence: null,
    usage: usage && {
      input_tokens: usage.prompt_tokens - (cached ?? 0),
      output_tokens: usage.completion_tokens,
      ...(cached === undefined ? {} : { cache_read_input_tokens: cached }),
    },
  } as unknown as Message;
};

/** What is no JSON stays the text it is: nothing is lost. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text || "{}");
  } catch {
    return text;
  }
};
