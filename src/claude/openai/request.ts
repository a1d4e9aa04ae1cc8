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
import { InvalidInput } from "../InvalidInput";
import {
  bytesBlock,
  fileBlock,
  fromDataUrl,
  isBase64,
  isDataUrl,
  urlBlock,
} from "../messages/attachment";
import type { Reasoning } from "../messages/reasoning";
import type { Sampling } from "../messages/sampling";
import { type AnswerSchema, answerSchema, apiSchema } from "../messages/structured";
import { readToolDefinitions } from "../messages/tools";
import { checkShape } from "./shape";

/** A request of OpenAI's Chat Completions API. The model is another matter. */
export type ChatRequest = Omit<ChatCompletionCreateParamsNonStreaming, "model">;

/** The messages of a chat request, in the terms of Claude's Messages API. */
export interface FromMessages {
  system?: string | TextBlockParam[];
  turns: { role: "user" | "assistant"; content: string | ContentBlockParam[] }[];
  /** What has no counterpart and was left out, or was changed on the way. */
  warnings: string[];
}

/** Everything else of a chat request, in the terms of Claude's Messages API. */
export interface FromParameters {
  /** Undefined where the request sets no limit: OpenAI's models have none, Claude's need one. */
  maxTokens?: number;
  sampling: Sampling;
  tools: Tool[];
  toolChoice?: ToolChoice;
  schema?: AnswerSchema;
  /** What the system prompt is to say besides. */
  instruction?: string;
  stopSequences?: string[];
  userId?: string;
  reasoning: Reasoning;
  webSearch: boolean;
  warnings: string[];
}

/**
 * Translates what a chat request asks for besides its messages. Pure: nothing is looked up or sent.
 *
 * @throws InvalidInput for what no request may ask for.
 * @see https://platform.openai.com/docs/api-reference/chat/create
 */
export const fromParameters = (request: Partial<ChatRequest>): FromParameters => {
  checkShape("parameters", request);
  const warnings: string[] = [];
  const tools = within("tools", () => fromTools(request, warnings));
  const format = within("response_format", () => fromResponseFormat(request, warnings));
  for (const [name, value] of Object.entries(request)) {
    if (translated.includes(name) || value == null || harmless(name, value)) continue;
    warnings.push(`${name} has no counterpart: it was left out.`);
  }
  return {
    maxTokens: request.max_completion_tokens ?? request.max_tokens ?? undefined,
    sampling: fromSampling(request, warnings),
    tools,
    toolChoice: within("tool_choice", () => fromToolChoice(request, tools, warnings)),
    ...format,
    stopSequences: fromStop(request, warnings),
    userId: request.safety_identifier ?? request.user,
    reasoning: fromEffort(request),
    webSearch: fromWebSearch(request, tools, warnings),
    warnings,
  };
};

/** Names the parameter that a fault is in. */
const within = <T>(parameter: string, translate: () => T): T => {
  try {
    return translate();
  } catch (error) {
    throw error instanceof InvalidInput
      ? new InvalidInput(`(${parameter}) ${error.message}`)
      : error;
  }
};

const translated = [
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

/** Values that ask for what happens anyway. */
const harmless = (name: string, value: unknown): boolean =>
  (name === "n" && value === 1) ||
  (name === "service_tier" && value === "auto") ||
  (["stream", "logprobs", "store"].includes(name) && value === false) ||
  (["frequency_penalty", "presence_penalty", "top_logprobs"].includes(name) && value === 0);

/**
 * Translates the messages of a chat request. Pure: nothing is looked up or sent.
 *
 * @throws InvalidInput for what is no list of messages, and for content that Claude cannot be given.
 * @see https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages
 */
export const fromMessages = (messages: unknown): FromMessages => {
  checkShape("messages", { messages: messages ?? null });
  const warnings: string[] = [];
  const system: TextBlockParam[] = [];
  const turns: FromMessages["turns"] = [];
  /** Calls that a message of the tool is still to answer, by their id. */
  let open = new Map<string, string>();
  for (const [index, message] of (messages as ChatCompletionMessageParam[]).entries()) {
    const where = `message ${index + 1}`;
    if ("name" in message && message.name && message.role !== "function") {
      warnings.push(`name of ${where} has no counterpart: it was left out.`);
    }
    if (message.role !== "tool" && message.role !== "function") refuseOpen(open, where);
    switch (message.role) {
      case "system":
      case "developer":
        system.push(...texts(message.content, where));
        break;
      case "user": {
        const content = parts(message.content, where, warnings);
        if (content.length > 0) turns.push({ role: "user", content });
        else warnings.push(`${where} was left out: it has no content.`);
        break;
      }
      case "assistant": {
        const calls = callsOf(message, index);
        open = new Map(calls.map(({ id, function: { name } }) => [id, name]));
        if (open.size < calls.length) {
          throw new InvalidInput(`has two tool calls with one id in ${where}.`);
        }
        const said = message.content ? texts(message.content, where) : [];
        const refusal = message.refusal ? texts(message.refusal, where) : [];
        const content = [...said, ...refusal, ...calls.map((call) => toolUse(call, where))];
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
          throw new InvalidInput(
            `has a tool message for ${JSON.stringify(id ?? (message as { name?: string }).name)} in ${where}, which the assistant did not call before.`,
          );
        }
        turns.push({ role: "user", content: [toolResult(id, message.content, where)] });
        break;
      }
      default:
        throw new InvalidInput(
          `has a role that is none in ${where}: it takes system, developer, user, assistant and tool.`,
        );
    }
  }
  refuseOpen(open, "its end");
  if (turns.at(-1)?.role !== "user") {
    throw new InvalidInput(
      "ends without a message of the user or of a tool: Claude has nothing to answer.",
    );
  }
  return { system: joined(system), turns, warnings };
};

const refuseOpen = (open: ReadonlyMap<string, string>, where: string): void => {
  for (const [id, name] of open) {
    throw new InvalidInput(
      `has a call of the tool ${name} (${id}) that no tool message answers before ${where}.`,
    );
  }
};

/** One text, or blocks where they hold more than text, such as a mark for the cache. */
const joined = (blocks: TextBlockParam[]): FromMessages["system"] => {
  if (blocks.length === 0) return undefined;
  return blocks.every((block) => !block.cache_control)
    ? blocks.map(({ text }) => text).join("\n\n")
    : blocks;
};

/** Marks for the cache are Anthropic's own; gateways let them through, and so is it here. */
const cacheOf = (part: object): Pick<TextBlockParam, "cache_control"> => {
  const { cache_control } = part as Pick<TextBlockParam, "cache_control">;
  return cache_control ? { cache_control } : {};
};

/** Content that is text alone. Empty texts, which Claude's API refuses, are left out. */
const texts = (content: unknown, where: string): TextBlockParam[] => {
  const list = typeof content === "string" ? [{ type: "text", text: content }] : content;
  if (!Array.isArray(list)) {
    throw new InvalidInput(`has no content in ${where}: it takes text, or a list of parts.`);
  }
  return list.flatMap((part: { type?: string; text?: unknown; refusal?: unknown } | null) => {
    const text = part?.text ?? part?.refusal;
    if (typeof text !== "string" || !part) {
      throw new InvalidInput(`has a part that is no text in ${where}.`);
    }
    return text.trim() === "" ? [] : [{ type: "text", text, ...cacheOf(part) } as const];
  });
};

const parts = (
  content: unknown,
  where: string,
  warnings: string[],
): string | ContentBlockParam[] => {
  if (typeof content === "string" && content.trim() !== "") return content;
  if (!Array.isArray(content)) return texts(content, where);
  return content.flatMap((part: ChatCompletionContentPart) => onePart(part, where, warnings));
};

const onePart = (
  part: ChatCompletionContentPart,
  where: string,
  warnings: string[],
): ContentBlockParam[] => {
  switch (part?.type) {
    case "text":
      return texts([part], where);
    case "image_url": {
      const { url, detail } = part.image_url ?? {};
      if (detail && detail !== "auto") {
        warnings.push(`detail of an image in ${where} has no counterpart: it was left out.`);
      }
      return [
        withCache(
          part,
          named(where, () => fromUrl("image.png", url)),
        ),
      ];
    }
    case "file": {
      const { file_data, file_id, filename } = part.file ?? {};
      const { file_url } = (part.file ?? {}) as { file_url?: string };
      const name = filename || "file";
      const block = named(where, () =>
        file_id
          ? fileBlock(filename || "file.pdf", file_id, undefined, false).block
          : file_url
            ? fromUrl(filename || "file.pdf", file_url)
            : fromData(name, file_data),
      );
      return [withCache(part, block)];
    }
    default:
      throw new InvalidInput(
        `has a part ${typeof part?.type === "string" ? `of the type ${JSON.stringify(part.type)}` : "without a type"} in ${where}, which Claude does not read. It reads text, image_url and file.`,
      );
  }
};

const withCache = (part: object, block: ContentBlockParam): ContentBlockParam =>
  ({ ...block, ...cacheOf(part) }) as ContentBlockParam;

/** Names the message that a file is in. */
const named = (where: string, read: () => ContentBlockParam): ContentBlockParam => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidInput(`has a file in ${where} that ${error.message}`);
  }
};

const fromUrl = (name: string, url: unknown): ContentBlockParam => {
  if (typeof url === "string" && isDataUrl(url)) return fromData(name, url);
  if (typeof url !== "string" || !/^https?:/i.test(url) || !URL.canParse(url)) {
    throw new InvalidInput("has no address that begins with https:// or http://.");
  }
  return urlBlock(/\.pdf$/i.test(new URL(url).pathname) ? "file.pdf" : name, url).block;
};

/** Base64, as it is or in a data URL. */
const fromData = (name: string, data: unknown): ContentBlockParam => {
  if (typeof data !== "string" || data === "") throw new InvalidInput("has no data.");
  if (isDataUrl(data)) {
    const { bytes, contentType } = fromDataUrl(data);
    return bytesBlock(name, bytes, contentType).block;
  }
  if (!isBase64(data)) throw new InvalidInput("is neither base64 nor a data URL.");
  return bytesBlock(name, Buffer.from(data, "base64")).block;
};

interface FunctionCall {
  id: string;
  function: { name: string; arguments: string };
}

/** The calls of an assistant's message, those of OpenAI's first form with an id of their own. */
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

const toolUse = ({ id, function: call }: FunctionCall, where: string): ContentBlockParam => {
  let input: unknown;
  try {
    input = JSON.parse(call.arguments || "{}");
  } catch {
    throw new InvalidInput(
      `has arguments that are no JSON in ${where}, in the call of the tool ${call.name}.`,
    );
  }
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    throw new InvalidInput(
      `has arguments that are no JSON object in ${where}, in the call of the tool ${call.name}.`,
    );
  }
  return { type: "tool_use", id, name: call.name, input };
};

const toolResult = (id: string, content: unknown, where: string): ToolResultBlockParam => ({
  type: "tool_result",
  tool_use_id: id,
  content: typeof content === "string" ? content : texts(content ?? "", where),
});

const fromSampling = (
  { temperature, top_p }: Partial<ChatRequest>,
  warnings: string[],
): Sampling => {
  const highest = 1;
  if (temperature && temperature > highest) {
    warnings.push(`temperature ${temperature} was sent as ${highest}, the most that Claude takes.`);
  }
  return {
    temperature: temperature == null ? undefined : Math.min(temperature, highest),
    topP: top_p ?? undefined,
  };
};

const fromTools = ({ tools, functions }: Partial<ChatRequest>, warnings: string[]): Tool[] => {
  const all = [
    ...(tools ?? []),
    ...(functions ?? []).map((definition) => ({ type: "function", function: definition })),
  ];
  const usable = all.filter((tool) => {
    if (tool.type === "function") return true;
    warnings.push(`A tool of the type ${tool.type} has no counterpart: it was left out.`);
    return false;
  });
  if (usable.length === 0) return [];
  return (readToolDefinitions(usable) as Tool[]).map((tool) => {
    if (!tool.strict) return tool;
    // A strict tool keeps to the part of JSON Schema that a strict answer keeps to.
    const schema = apiSchema(tool.input_schema);
    warnings.push(...schema.warnings.map((warning) => `Tool ${tool.name}: ${warning}`));
    return { ...tool, input_schema: schema.sent as Tool["input_schema"] };
  });
};

const fromToolChoice = (
  { tool_choice, function_call, parallel_tool_calls }: Partial<ChatRequest>,
  tools: readonly Tool[],
  warnings: string[],
): ToolChoice | undefined => {
  if (tools.length === 0) {
    if (tool_choice && tool_choice !== "auto" && tool_choice !== "none") {
      throw new InvalidInput("asks for a tool, but the request has none.");
    }
    return undefined;
  }
  const oneAtATime = parallel_tool_calls === false ? { disable_parallel_tool_use: true } : {};
  const choice = tool_choice ?? function_call;
  if (choice === "none") return { type: "none" };
  if (choice === "required") return { type: "any", ...oneAtATime };
  if (typeof choice === "string" && choice !== "auto") {
    throw new InvalidInput(
      `is ${JSON.stringify(choice)}: it takes auto, none, required or a function.`,
    );
  }
  const name =
    typeof choice !== "object"
      ? undefined
      : "function" in choice
        ? choice.function?.name
        : (choice as { name?: string }).name;
  if (name !== undefined) {
    if (!tools.some((tool) => tool.name === name)) {
      throw new InvalidInput(`names ${name}, which is no tool of the request.`);
    }
    return { type: "tool", name, ...oneAtATime };
  }
  if (typeof choice === "object" && "type" in choice) {
    warnings.push(`tool_choice of the type ${choice.type} has no counterpart: auto was sent.`);
  }
  return choice || parallel_tool_calls === false ? { type: "auto", ...oneAtATime } : undefined;
};

const fromResponseFormat = (
  { response_format }: Partial<ChatRequest>,
  warnings: string[],
): Pick<FromParameters, "schema" | "instruction"> => {
  switch (response_format?.type) {
    case "json_schema": {
      const schema = answerSchema(response_format.json_schema?.schema ?? {});
      warnings.push(...schema.warnings);
      return { schema };
    }
    case "json_object":
      warnings.push(
        "response_format json_object has no counterpart: the system prompt asks for JSON instead.",
      );
      return { instruction: "Answer with one JSON object and nothing else." };
    default:
      return {};
  }
};

const fromStop = ({ stop }: Partial<ChatRequest>, warnings: string[]): string[] | undefined => {
  const all = [stop ?? []].flat();
  const usable = all.filter((text) => text.trim() !== "");
  if (usable.length < all.length) {
    warnings.push("stop: blank texts were left out, Claude's API takes none.");
  }
  return usable.length > 0 ? usable : undefined;
};

const fromWebSearch = (
  { web_search_options: options }: Partial<ChatRequest>,
  tools: readonly Tool[],
  warnings: string[],
): boolean => {
  if (!options) return false;
  if (tools.some(({ name }) => name === "web_search")) {
    throw new InvalidInput("(tools) holds a tool named web_search beside web_search_options.");
  }
  for (const name of Object.keys(options)) {
    warnings.push(`${name} of web_search_options was left out.`);
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
