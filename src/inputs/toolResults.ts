import type { ToolResultBlockParam } from "@anthropic-ai/sdk/resources/messages";
import { input } from "@prismatic-io/spectral";
import { bytesBlock } from "../claude/messages/attachment";
import { asBinary } from "./binary";
import { asInput, InputError } from "./InputError";
import { asJson, isBlank, keyValues } from "./read";

/** What a tool gave, as the API takes it, and what was adjusted. */
type Result = Pick<ToolResultBlockParam, "content" | "is_error"> & { warning?: string };

const label = "Tool Results";

const readResult =
  (label: string) =>
  (value: unknown): Result => {
    if (isBlank(value)) return {};
    if (typeof value === "string") return { content: value };
    const file = asBinary(label)(value);
    if (file) return fileResult(label, file);
    const { is_error, content, error, ...rest } = value as Record<string, unknown>;
    const isAlone = Object.keys(rest).length === 0;
    if (typeof is_error === "boolean" && isAlone && error === undefined) {
      return { ...readResult(label)(content), is_error };
    }
    if (!isBlank(error) && isAlone && content === undefined) {
      return { ...readResult(label)(error), is_error: true };
    }
    // A list of blocks is what the API itself takes.
    if (Array.isArray(value) && value.length > 0 && value.every(isBlock)) {
      return { content: value as Result["content"] };
    }
    return { content: asJson(label, value) };
  };

const isBlock = (value: unknown): boolean => {
  const { type, text, source } = (value ?? {}) as Record<string, unknown>;
  if (type === "text") return typeof text === "string";
  return (type === "image" || type === "document") && typeof source === "object";
};

const fileResult = (
  label: string,
  { bytes, contentType }: { bytes: Buffer; contentType?: string },
): Result => {
  const { block, warning } = asInput(label, () => bytesBlock("result", bytes, contentType));
  if (block.type !== "image" && block.type !== "document") {
    throw new InputError(label, "takes an image, a PDF or a text as file.");
  }
  return { content: [block], warning };
};

export const toolResults = input({
  label,
  type: "string",
  collection: "keyvaluelist",
  required: false,
  comments:
    'What the tools gave that Claude asked for in Conversation. Key: the id from toolCalls. Value: the result, as text, data or a file; {"error": "why"} for a tool that failed.',
  placeholder: "Reference the result of the tool",
  example: "toolu_01A09q90qw90lq917835lq9: 21 °C, sunny",
  clean: (value: unknown): { block: ToolResultBlockParam; warning?: string }[] =>
    keyValues(
      label,
      readResult,
    )(value).map(({ key, value: { warning, ...result } }) => ({
      block: { type: "tool_result", tool_use_id: key.trim(), ...result },
      warning,
    })),
});
