import type {
  ContentBlockParam,
  TextBlockParam,
  Tool,
  ToolChoice,
  ToolResultBlockParam,
} from "@anthropic-ai/sdk/resources/messages";
import type {
  ChatCompletionContentPart,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessageParam,
  ChatCompletionMessageToolCall,
} from "openai/resources/chat/completions";
import { isDataUrl } from "../files/encoding";
import { readFileValue } from "../files/fileValue";
import { bytesBlock, fileBlock, urlBlock } from "../messages/attachment";
import type { Reasoning } from "../messages/reasoning";
import { type ReplySchema, replySchema, toApiSchema } from "../messages/replySchema";
import type { Sampling } from "../messages/sampling";
import { readToolDefinitions } from "../messages/tools";
import type { Notice } from "../notice";
import { InvalidInput } from "../problem";
import { checkShape } from "./shape";

/** A request of OpenAI's Chat Completions API, without its model. */
export type ChatRequest = Omit<ChatCompletionCreateParamsNonStreaming, "model">;

/** The messages of a chat request, converted to Claude's Messages API. */
export interface FromMessages {
  system?: string | TextBlockParam[];
  turns: { role: "user" | "assistant" | "system"; content: string | ContentBlockParam[] }[];
  /** What has no counterpart and was left out, or was changed. */
  notices: Notice[];
}

/** The other parameters of a chat request, converted to Claude's Messages API. */
export interface FromParameters {
  sampling: Sampling;
  tools: Tool[];
  toolChoice?: ToolChoice;
  schema?: ReplySchema;
  /** Added to the system prompt. */
  instruction?: string;
  stopSequences?: string[];
  userId?: string;
  reasoning: Reasoning;
  webSearch: boolean;
  notices: Notice[];
}

/**
 * Converts the parameters of a chat request other than its messages.
 *
 * @throws InvalidInput for invalid parameters.
 * @see https://platform.openai.com/docs/api-reference/chat/create
 */
export const fromParameters = (request: Partial<ChatRequest>): FromParameters => {
  checkShape("parameters", request);
  const notices: Notice[] = [];
  const tools = inParameter("tools", () => fromTools(request, notices));
  const format = inParameter("response_format", () => fromResponseFormat(request, notices));
  for (const [name, value] of Object.entries(request)) {
    if (converted.includes(name) || value == null || isDefault(name, value)) continue;
    notices.push({ code: "parameter_without_counterpart", name });
  }
  return {
    sampling: fromSampling(request, notices),
    tools,
    toolChoice: inParameter("tool_choice", () => fromToolChoice(request, tools, notices)),
    ...format,
    stopSequences: fromStop(request, notices),
    userId: request.safety_identifier ?? request.user,
    reasoning: fromEffort(request),
    webSearch: fromWebSearch(request, tools, notices),
    notices,
  };
};

/** Adds the name of the parameter to a problem. */
const inParameter = <T>(parameter: string, convert: () => T): T => {
  try {
    return convert();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidInput({ code: "openai_parameter", parameter, problem: error.problem });
  }
};

const converted = [
  "messages",
  "model",
  "max_completion_tokens",
  "max_tokens",
  "temperature",
  "top_p",
  "tools",
  "functions",
  "tool_choice",
  "function_call",
  "parallel_tool_calls",
  "response_format",
  "stop",
  "safety_identifier",
  "user",
  "reasoning_effort",
  "web_search_options",
];

/** Values that change nothing. */
const isDefault = (name: string, value: unknown): boolean =>
  (name === "n" && value === 1) ||
  (name === "service_tier" && value === "auto") ||
  (["stream", "logprobs", "store"].includes(name) && value === false) ||
  (["frequency_penalty", "presence_penalty", "top_logprobs"].includes(name) && value === 0);

/**
 * Converts the messages of a chat request.
 *
 * @throws InvalidInput for invalid messages, and for content that Claude does not support.
 * @see https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages
 */
export const fromMessages = (messages: unknown): FromMessages => {
  checkShape("messages", { messages: messages ?? null });
  const notices: Notice[] = [];
  const system: TextBlockParam[] = [];
  const turns: FromMessages["turns"] = [];
  /** Calls that still need a tool message, by their ID. */
  let open = new Map<string, string>();
  for (const [index, message] of (messages as ChatCompletionMessageParam[]).entries()) {
    const position = index + 1;
    if ("name" in message && message.name && message.role !== "function") {
      notices.push({ code: "parameter_without_counterpart", name: "name", message: position });
    }
    if (message.role !== "tool" && message.role !== "function") refuseOpen(open, position);
    switch (message.role) {
      case "system":
      case "developer": {
        const content = texts(message.content, position);
        if (turns.length === 0) system.push(...content);
        // Later instructions stay in place: as a system prompt, they would change the turns before.
        else if (content.length > 0)
          turns.push({ role: "system", content: joinTexts(content) ?? [] });
        break;
      }
      case "user": {
        const content = parts(message.content, position, notices);
        if (content.length > 0) turns.push({ role: "user", content });
        else notices.push({ code: "message_empty", message: position });
        break;
      }
      case "assistant": {
        const calls = callsOf(message, index);
        open = new Map(calls.map(({ id, function: { name } }) => [id, name]));
        if (open.size < calls.length) {
          throw new InvalidInput({ code: "tool_call_id_repeated", message: position });
        }
        const text = message.content ? texts(message.content, position) : [];
        const refusal = message.refusal ? texts(message.refusal, position) : [];
        const content = [...text, ...refusal, ...calls.map((call) => toolUse(call, position))];
        if (content.length > 0) turns.push({ role: "assistant", content });
        break;
      }
      case "tool":
      case "function": {
        const id =
          message.role === "tool"
            ? message.tool_call_id
            : [...open].find(([, name]) => name === message.name)?.[0];
        if (id === undefined || !open.delete(id)) {
          throw new InvalidInput({
            code: "tool_result_without_call",
            message: position,
            id: String(id ?? (message as { name?: string }).name),
          });
        }
        turns.push({ role: "user", content: [toolResult(id, message.content, position)] });
        break;
      }
      default:
        throw new InvalidInput({ code: "role_invalid", message: position });
    }
  }
  refuseOpen(open, undefined);
  if (turns.findLast(({ role }) => role !== "system")?.role !== "user") {
    throw new InvalidInput({ code: "last_message_not_user" });
  }
  return { system: joinTexts(system), turns, notices };
};

/** @param before Position of the message that comes next, undefined at the end. */
const refuseOpen = (open: ReadonlyMap<string, string>, before: number | undefined): void => {
  for (const [id, tool] of open) {
    throw new InvalidInput({ code: "tool_call_without_result", tool, id, before });
  }
};

/** One text, or blocks if one has a cache breakpoint. */
const joinTexts = (blocks: TextBlockParam[]): FromMessages["system"] => {
  if (blocks.length === 0) return undefined;
  return blocks.every((block) => !block.cache_control)
    ? blocks.map(({ text }) => text).join("\n\n")
    : blocks;
};

/** Cache breakpoints are Anthropic's own; gateways accept them in OpenAI's format too. */
const cacheOf = (part: object): Pick<TextBlockParam, "cache_control"> => {
  const { cache_control } = part as Pick<TextBlockParam, "cache_control">;
  return cache_control ? { cache_control } : {};
};

/** Content that is only text. Blank texts, which Claude's API refuses, are left out. */
const texts = (content: unknown, position: number): TextBlockParam[] => {
  const list = typeof content === "string" ? [{ type: "text", text: content }] : content;
  if (!Array.isArray(list)) {
    throw new InvalidInput({ code: "content_missing", message: position });
  }
  return list.flatMap((part: { type?: string; text?: unknown; refusal?: unknown } | null) => {
    const text = part?.text ?? part?.refusal;
    if (typeof text !== "string" || !part) {
      throw new InvalidInput({ code: "part_not_text", message: position });
    }
    return text.trim() === "" ? [] : [{ type: "text", text, ...cacheOf(part) } as const];
  });
};

const parts = (
  content: unknown,
  position: number,
  notices: Notice[],
): string | ContentBlockParam[] => {
  if (typeof content === "string" && content.trim() !== "") return content;
  if (!Array.isArray(content)) return texts(content, position);
  return content.flatMap((part: ChatCompletionContentPart) => fromPart(part, position, notices));
};

const fromPart = (
  part: ChatCompletionContentPart,
  position: number,
  notices: Notice[],
): ContentBlockParam[] => {
  switch (part?.type) {
    case "text":
      return texts([part], position);
    case "image_url": {
      const { url, detail } = part.image_url ?? {};
      if (detail && detail !== "auto") {
        notices.push({
          code: "parameter_without_counterpart",
          name: "image_url.detail",
          message: position,
        });
      }
      const block = inMessage(position, () => fromUrl("image.png", url));
      return [withCache(part, block)];
    }
    case "file": {
      const { file_data, file_id, filename } = part.file ?? {};
      const { file_url } = (part.file ?? {}) as { file_url?: string };
      const name = filename || "file";
      const block = inMessage(position, () =>
        file_id
          ? fileBlock(filename || "file.pdf", file_id, undefined, false).block
          : file_url
            ? fromUrl(filename || "file.pdf", file_url)
            : fromData(name, file_data),
      );
      return [withCache(part, block)];
    }
    default:
      throw new InvalidInput({
        code: "part_unsupported",
        message: position,
        type: typeof part?.type === "string" ? part.type : undefined,
      });
  }
};

const withCache = (part: object, block: ContentBlockParam): ContentBlockParam =>
  ({ ...block, ...cacheOf(part) }) as ContentBlockParam;

/** Adds the position of the message to a problem with a file. */
const inMessage = (message: number, read: () => ContentBlockParam): ContentBlockParam => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidInput({ code: "openai_file", message, problem: error.problem });
  }
};

const fromUrl = (name: string, url: unknown): ContentBlockParam => {
  if (typeof url === "string" && isDataUrl(url)) return fromData(name, url);
  if (typeof url !== "string" || !/^https?:/i.test(url) || !URL.canParse(url)) {
    throw new InvalidInput({ code: "url_invalid" });
  }
  return urlBlock(/\.pdf$/i.test(new URL(url).pathname) ? "file.pdf" : name, url).block;
};

/** Base64, plain or in a data URL, or bytes. */
const fromData = (name: string, data: unknown): ContentBlockParam => {
  if (data === undefined || data === null || data === "") {
    throw new InvalidInput({ code: "file_data_missing" });
  }
  const file = readFileValue({ file_data: data });
  if (!file || !("bytes" in file)) throw new InvalidInput({ code: "file_data_not_base64" });
  return bytesBlock(name, file.bytes, file.contentType).block;
};

interface FunctionCall {
  id: string;
  function: { name: string; arguments: string };
}

/** The tool calls of an assistant message. OpenAI's legacy function_call gets an ID. */
const callsOf = (
  { tool_calls, function_call }: Extract<ChatCompletionMessageParam, { role: "assistant" }>,
  index: number,
): FunctionCall[] => [
  ...(tool_calls ?? []).map((call: ChatCompletionMessageToolCall) =>
    call.type === "custom"
      ? {
          id: call.id,
          function: {
            name: call.custom.name,
            arguments: JSON.stringify({ input: call.custom.input }),
          },
        }
      : call,
  ),
  ...(function_call ? [{ id: `call_${index}`, function: function_call }] : []),
];

const toolUse = ({ id, function: call }: FunctionCall, message: number): ContentBlockParam => {
  let input: unknown;
  try {
    input = JSON.parse(call.arguments || "{}");
  } catch {
    const tool = call.name;
    throw new InvalidInput({ code: "tool_arguments_invalid", message, tool, isJson: false });
  }
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    const tool = call.name;
    throw new InvalidInput({ code: "tool_arguments_invalid", message, tool, isJson: true });
  }
  return { type: "tool_use", id, name: call.name, input };
};

const toolResult = (id: string, content: unknown, position: number): ToolResultBlockParam => ({
  type: "tool_result",
  tool_use_id: id,
  content: typeof content === "string" ? content : texts(content ?? "", position),
});

const fromSampling = (
  { temperature, top_p }: Partial<ChatRequest>,
  notices: Notice[],
): Sampling => {
  const limit = 1;
  if (temperature && temperature > limit) {
    notices.push({ code: "temperature_reduced", value: temperature, limit });
  }
  return {
    temperature: temperature == null ? undefined : Math.min(temperature, limit),
    topP: top_p ?? undefined,
  };
};

const fromTools = ({ tools, functions }: Partial<ChatRequest>, notices: Notice[]): Tool[] => {
  const all = [
    ...(tools ?? []),
    ...(functions ?? []).map((definition) => ({ type: "function", function: definition })),
  ];
  const usable = all.filter((tool) => {
    if (tool.type === "function") return true;
    notices.push({ code: "tool_without_counterpart", type: tool.type });
    return false;
  });
  if (usable.length === 0) return [];
  return (readToolDefinitions(usable) as Tool[]).map((tool) => {
    if (!tool.strict) return tool;
    // Strict tools support the same part of JSON Schema as structured output.
    const schema = toApiSchema(tool.input_schema);
    for (const notice of schema.notices) {
      notices.push({ code: "tool_schema", tool: tool.name, notice });
    }
    if (schema.isTooComplex) {
      notices.push({ code: "tool_not_strict", tool: tool.name });
      return { ...tool, strict: false };
    }
    return { ...tool, input_schema: schema.sent as Tool["input_schema"] };
  });
};

const fromToolChoice = (
  { tool_choice, function_call, parallel_tool_calls }: Partial<ChatRequest>,
  tools: readonly Tool[],
  notices: Notice[],
): ToolChoice | undefined => {
  if (tools.length === 0) {
    if (tool_choice && tool_choice !== "auto" && tool_choice !== "none") {
      throw new InvalidInput({ code: "tool_choice_without_tools" });
    }
    return undefined;
  }
  const sequential = parallel_tool_calls === false ? { disable_parallel_tool_use: true } : {};
  const choice = tool_choice ?? function_call;
  if (choice === "none") return { type: "none" };
  if (choice === "required") return { type: "any", ...sequential };
  if (typeof choice === "string" && choice !== "auto") {
    throw new InvalidInput({ code: "tool_choice_invalid", choice });
  }
  const name =
    typeof choice !== "object"
      ? undefined
      : "function" in choice
        ? choice.function?.name
        : (choice as { name?: string }).name;
  if (name !== undefined) {
    if (!tools.some((tool) => tool.name === name)) {
      const names = tools.flatMap((tool) => tool.name ?? []);
      throw new InvalidInput({ code: "tool_choice_unknown", name, names });
    }
    return { type: "tool", name, ...sequential };
  }
  if (typeof choice === "object" && "type" in choice) {
    notices.push({ code: "tool_choice_without_counterpart", type: String(choice.type) });
  }
  return choice || parallel_tool_calls === false ? { type: "auto", ...sequential } : undefined;
};

const fromResponseFormat = (
  { response_format }: Partial<ChatRequest>,
  notices: Notice[],
): Pick<FromParameters, "schema" | "instruction"> => {
  switch (response_format?.type) {
    case "json_schema": {
      const schema = replySchema(response_format.json_schema?.schema ?? {});
      notices.push(...schema.notices);
      return { schema };
    }
    case "json_object":
      notices.push({ code: "json_object_as_instruction" });
      return { instruction: "Answer with one JSON object and nothing else." };
    default:
      return {};
  }
};

const fromStop = ({ stop }: Partial<ChatRequest>, notices: Notice[]): string[] | undefined => {
  const all = [stop ?? []].flat();
  const usable = all.filter((text) => text.trim() !== "");
  if (usable.length < all.length) notices.push({ code: "blank_stop_sequences" });
  return usable.length > 0 ? usable : undefined;
};

const fromWebSearch = (
  { web_search_options: options }: Partial<ChatRequest>,
  tools: readonly Tool[],
  notices: Notice[],
): boolean => {
  if (!options) return false;
  if (tools.some(({ name }) => name === "web_search")) {
    throw new InvalidInput({ code: "web_search_repeated" });
  }
  for (const name of Object.keys(options)) {
    notices.push({
      code: "parameter_without_counterpart",
      name: `web_search_options.${name}`,
    });
  }
  return true;
};

const fromEffort = ({ reasoning_effort: effort }: Partial<ChatRequest>): Reasoning => {
  if (effort === "none") return { thinking: "off", showThinking: false };
  return {
    thinking: "default",
    effort: effort === "minimal" ? "low" : (effort ?? undefined),
    showThinking: false,
  };
};
