import type { TextBlockParam } from "@anthropic-ai/sdk/resources/messages";
import type { MessageRequest } from "./send";

/** A request with one more instruction at the end of its system prompt. */
export const withInstruction = (request: MessageRequest, text: string): MessageRequest => {
  const { system } = request;
  const block: TextBlockParam = { type: "text", text };
  return {
    ...request,
    system: Array.isArray(system) ? [...system, block] : system ? `${system}\n\n${text}` : text,
  };
};

/**
 * A request with the schema of its reply in the system prompt instead of structured output, and with
 * tools that are not strict. Undefined if it has neither.
 */
export const withSchemaAsText = (request: MessageRequest): MessageRequest | undefined => {
  const { output_config: config, tools } = request;
  const isStrict = tools?.some((tool) => "strict" in tool && tool.strict);
  if (!config?.format && !isStrict) return undefined;
  const { format, ...rest } = config ?? {};
  const changed = format
    ? withInstruction(
        request,
        `Reply with JSON only, without a code fence. It must match this JSON Schema: ${JSON.stringify(format.schema)}`,
      )
    : request;
  return {
    ...changed,
    output_config: Object.values(rest).some((value) => value != null) ? rest : undefined,
    ...(isStrict
      ? { tools: tools?.map((tool) => ("strict" in tool ? { ...tool, strict: false } : tool)) }
      : {}),
  };
};
