import type { ChatCompletion } from "openai/resources/chat/completions";
import { tokensOf } from "../messages/cost";
import type { MessageResult } from "../messages/result";

/** A chat completion in OpenAI's format, and what that format has no member for. */
export interface ChatCompletionResult extends ChatCompletion {
  /** The reply as data if response_format has a schema, else null. */
  json: unknown;
  cost: MessageResult["cost"];
  /** What has no counterpart, was adjusted or could not be determined. */
  warnings: string[];
  requestId: string | null;
  rateLimit: MessageResult["rateLimit"];
  attempts: number;
}

type FinishReason = ChatCompletion.Choice["finish_reason"];

const finishReasons = new Map<string, FinishReason>([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["pause_turn", "stop"],
  ["tool_use", "tool_calls"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["refusal", "content_filter"],
]);

/**
 * Converts a reply of Claude to a chat completion of OpenAI.
 *
 * @param created Time of the reply, in seconds since the epoch.
 * @param refusal The text of `refusal` if Claude refused without an explanation.
 * @see https://platform.openai.com/docs/api-reference/chat/object
 */
export const toChatCompletion = (
  result: MessageResult,
  { created, refusal }: { created: number; refusal: string },
): ChatCompletionResult => {
  const { text, usage, toolCalls, truncated, refused, stop_details } = result;
  const { output, cacheRead } = tokensOf(usage);
  const finish = truncated ? "length" : (finishReasons.get(result.stop_reason ?? "") ?? "stop");
  return {
    id: result.id,
    object: "chat.completion",
    created,
    model: result.model,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: text === "" ? null : text,
          refusal: refused ? (stop_details?.explanation ?? refusal) : null,
          ...(toolCalls.length > 0 ? { tool_calls: toolCalls.map(toToolCall) } : {}),
          ...annotations(result),
        },
        finish_reason: finish,
        logprobs: null,
      },
    ],
    usage: {
      // OpenAI includes cached tokens in the prompt.
      prompt_tokens: usage.total_tokens - output,
      completion_tokens: output,
      total_tokens: usage.total_tokens,
      prompt_tokens_details: { cached_tokens: cacheRead },
      completion_tokens_details: {
        reasoning_tokens: usage.output_tokens_details?.thinking_tokens ?? 0,
      },
    },
    json: result.json,
    cost: result.cost,
    warnings: result.warnings,
    requestId: result.requestId,
    rateLimit: result.rateLimit,
    attempts: result.attempts,
  };
};

const toToolCall = ({ id, name, input }: MessageResult["toolCalls"][number]) => ({
  id,
  type: "function" as const,
  function: { name, arguments: JSON.stringify(input) },
});

/** Web citations, each with the position of the text that cites. */
const annotations = ({ content }: MessageResult) => {
  let at = 0;
  const all = content.flatMap((block) => {
    if (block.type !== "text") return [];
    const start_index = at;
    at += block.text.length;
    return (block.citations ?? []).flatMap((citation) =>
      citation.type === "web_search_result_location"
        ? {
            type: "url_citation" as const,
            url_citation: {
              url: citation.url,
              title: citation.title ?? "",
              start_index,
              end_index: at,
            },
          }
        : [],
    );
  });
  return all.length > 0 ? { annotations: all } : {};
};
