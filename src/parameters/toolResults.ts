import type { ToolResultBlockParam } from "@anthropic-ai/sdk/resources/messages";
import { isFile, readFileValue } from "../claude/files/fileValue";
import { bytesBlock } from "../claude/messages/attachment";
import { describeNotice } from "../wording/notices";
import type { Binary } from "./binary";
import { keyValueList } from "./define";
import { asInput, InputError } from "./InputError";
import { isBlank, parsedIfJson, type Reader, toJsonText } from "./read";

/** The result of a tool as the API accepts it, and what was adjusted. */
type Result = Pick<ToolResultBlockParam, "content" | "is_error"> & { warning?: string };

const readResult: Reader<Result> = (label) => (value) => {
  if (isBlank(value)) return {};
  if (typeof value === "string") {
    const file = isFile(parsedIfJson(value)) ? readFileValue(value) : undefined;
    return file && "bytes" in file ? fileResult(label, file) : { content: value };
  }
  const file = isFile(value) ? asInput(label, () => readFileValue(value)) : undefined;
  if (file && "bytes" in file) return fileResult(label, file);
  const { is_error, content, error, ...rest } = value as Record<string, unknown>;
  const hasNothingElse = Object.keys(rest).length === 0;
  if (typeof is_error === "boolean" && hasNothingElse && error === undefined) {
    return { ...readResult(label)(content), is_error };
  }
  if (!isBlank(error) && hasNothingElse && content === undefined) {
    return { ...readResult(label)(error), is_error: true };
  }
  // The API itself accepts a list of blocks.
  if (Array.isArray(value) && value.length > 0 && value.every(isBlock)) {
    return { content: value as Result["content"] };
  }
  return { content: toJsonText(label, value) };
};

const isBlock = (value: unknown): boolean => {
  const { type, text, source } = (value ?? {}) as Record<string, unknown>;
  if (type === "text") return typeof text === "string";
  return (type === "image" || type === "document") && typeof source === "object";
};

const fileResult = (label: string, { bytes, contentType }: Binary): Result => {
  const { block, notice } = asInput(label, () => bytesBlock("result", bytes, contentType));
  if (block.type !== "image" && block.type !== "document") {
    throw new InputError(label, "must be an image, a PDF or a text if it is a file.");
  }
  return { content: [block], warning: notice && `${label}: ${describeNotice(notice, {})}` };
};

const results = keyValueList("Tool Results", readResult, {
  keyLabel: "Tool Call ID",
  comments:
    'Results of the tool calls that Claude made in Conversation. Key: id from toolCalls. Value: the result as text, data or a file, or {"error": "why"} if the tool failed.',
  placeholder: "Reference the result of the tool",
  example: "toolu_01A09q90qw90lq917835lq9: 21 °C, sunny",
});

export const toolResults = {
  ...results,
  clean: (value: unknown): { block: ToolResultBlockParam; warning?: string }[] =>
    results.clean(value).map(({ key, value: { warning, ...result } }) => ({
      block: { type: "tool_result", tool_use_id: key.trim(), ...result },
      warning,
    })),
};
