import type { Tool } from "@anthropic-ai/sdk/resources/messages";

/** A function as OpenAI's Chat Completions API takes it, or its Responses API (without the inner object). */
interface OpenAiFunction {
  name: string;
  description?: string;
  parameters?: Tool["input_schema"];
  strict?: boolean | null;
}

/** Whether a tool is written in one of OpenAI's forms. */
export const isOpenAiTool = (tool: Record<string, unknown>): boolean => tool.type === "function";

/**
 * A tool of OpenAI's as Claude takes it.
 *
 * @see https://platform.openai.com/docs/api-reference/chat/create#chat-create-tools
 */
export const fromOpenAiTool = (tool: Record<string, unknown>): Tool => {
  const { name, description, parameters, strict } = (tool.function ?? tool) as OpenAiFunction;
  return {
    name,
    ...(description ? { description } : {}),
    input_schema: parameters ?? { type: "object", properties: {} },
    ...(strict ? { strict } : {}),
  };
};
