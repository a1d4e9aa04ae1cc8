import type { Tool } from "@anthropic-ai/sdk/resources/messages";

/** A function of OpenAI's Chat Completions API, or of its Responses API (without the inner object). */
interface OpenAiFunction {
  name: string;
  description?: string;
  parameters?: Partial<Tool["input_schema"]>;
  strict?: boolean | null;
}

/** Whether a tool is in one of OpenAI's formats. */
export const isOpenAiTool = (tool: Record<string, unknown>): boolean => tool.type === "function";

/**
 * Converts a tool from OpenAI's format to Claude's.
 *
 * @see https://platform.openai.com/docs/api-reference/chat/create#chat-create-tools
 */
export const fromOpenAiTool = (tool: Record<string, unknown>): Tool => {
  const { name, description, parameters, strict } = (tool.function ?? tool) as OpenAiFunction;
  const { cache_control } = tool as Pick<Tool, "cache_control">;
  return {
    name,
    ...(description ? { description } : {}),
    // OpenAI accepts a function without parameters, and parameters without a type.
    input_schema: { type: "object", ...(parameters ?? { properties: {} }) },
    ...(strict ? { strict } : {}),
    ...(cache_control ? { cache_control } : {}),
  };
};
