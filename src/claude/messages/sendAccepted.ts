import type { MessageParam, TextBlockParam } from "@anthropic-ai/sdk/resources/messages";
import type { ApiResponse, Client } from "../../client/client";
import { ApiError } from "../../client/errors";
import type { Notice } from "../notice";
import { type MessageRequest, type Reply, sendMessage } from "./send";

/** A response, and the request that it is the response to. */
export interface AcceptedResponse {
  response: ApiResponse<Reply>;
  request: MessageRequest;
}

/** What to send instead of a request that is refused. */
interface Alternative {
  request: MessageRequest;
  notice: Notice;
}

/**
 * Sends a Message request. If the model or the host refuses a part of it that can be said in another
 * way, it is sent once more in that way: no capability tells beforehand what is accepted.
 *
 * @returns The response, with a notice for each change, and the request that was accepted.
 * @throws ApiError or ConnectionError, see Client.
 */
export const sendAccepted = async (
  client: Client,
  given: MessageRequest,
  betas: readonly string[],
): Promise<AcceptedResponse> => {
  let request = given;
  const notices: Notice[] = [];
  for (;;) {
    try {
      const response = await sendMessage(client, request, betas);
      const data = {
        ...response.data,
        notices: [...notices, ...droppedByApi(response.data)],
        // Otherwise the next step would be refused for the same thinking.
        messages: notices.some(({ code }) => code === "old_thinking_dropped")
          ? request.messages
          : undefined,
      };
      return { response: { ...response, data }, request };
    } catch (error) {
      const alternative = alternativeTo(request, error);
      // Each alternative leaves out what it is about, so that there are only a few.
      if (!alternative) throw error;
      request = alternative.request;
      if (!notices.some(({ code }) => code === alternative.notice.code)) {
        notices.push(alternative.notice);
      }
    }
  }
};

/** Thinking that the API itself dropped because the conversation before it has changed. */
const droppedByApi = ({ message }: Reply): Notice[] => {
  const { input_transformations: changes } = message as { input_transformations?: unknown };
  return Array.isArray(changes) && changes.length > 0 ? [{ code: "old_thinking_dropped" }] : [];
};

const alternativeTo = (request: MessageRequest, error: unknown): Alternative | undefined => {
  if (!(error instanceof ApiError) || error.status !== 400) return undefined;
  const { message } = error;
  if (/bound to a different conversation|invalid.{0,20}signature/i.test(message)) {
    return withoutOldThinking(request);
  }
  if (/forced tool use|forces tool use|tool_choice.{0,40}not support/i.test(message))
    return withoutForcedTool(request);
  if (/too complex|grammar is too large/i.test(message)) return withSchemaAsText(request);
  if (/role/i.test(message) && /system/i.test(message)) return withSystemTurnsFirst(request);
  return undefined;
};

/**
 * The request without the thinking of earlier turns, or of all turns if there is none in these.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/preserved-thinking
 */
const withoutOldThinking = (request: MessageRequest): Alternative | undefined => {
  const { messages } = request;
  const lastPrompt = messages.findLastIndex(
    ({ role, content }) =>
      role === "user" &&
      (typeof content === "string" || !content.some(({ type }) => type === "tool_result")),
  );
  const isThinking = (type: string) => type === "thinking" || type === "redacted_thinking";
  const without = (until: number): MessageParam[] =>
    messages.flatMap((turn, index) => {
      if (turn.role !== "assistant" || typeof turn.content === "string" || index > until)
        return turn;
      const content = turn.content.filter(({ type }) => !isThinking(type));
      if (content.length === turn.content.length) return turn;
      return content.length > 0 ? { ...turn, content } : [];
    });
  const isSame = (changed: MessageParam[]) =>
    changed.length === messages.length && changed.every((turn, index) => turn === messages[index]);
  const changed = [without(lastPrompt), without(messages.length)].find((list) => !isSame(list));
  return (
    changed && {
      request: { ...request, messages: changed },
      notice: { code: "old_thinking_dropped" },
    }
  );
};

/** The request with tool_choice auto and an instruction to use the tool. */
const withoutForcedTool = (request: MessageRequest): Alternative | undefined => {
  const { tool_choice: choice, tools = [] } = request;
  if (choice?.type !== "any" && choice?.type !== "tool") return undefined;
  const name = choice.type === "tool" ? choice.name : undefined;
  const { disable_parallel_tool_use } = choice;
  return {
    request: {
      ...withInstruction(
        request,
        name ? `Reply by calling the tool ${name}.` : "Reply by calling one of the tools.",
      ),
      tools: name ? tools.filter((tool) => "name" in tool && tool.name === name) : tools,
      tool_choice: {
        type: "auto",
        ...(disable_parallel_tool_use === undefined ? {} : { disable_parallel_tool_use }),
      },
    },
    notice: { code: "tool_not_forced", tool: name },
  };
};

/** The request with the schema of the reply in the system prompt, and tools that are not strict. */
const withSchemaAsText = (request: MessageRequest): Alternative | undefined => {
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
    request: {
      ...changed,
      output_config: Object.values(rest).some((value) => value != null) ? rest : undefined,
      ...(tools
        ? { tools: tools.map((tool) => ("strict" in tool ? { ...tool, strict: false } : tool)) }
        : {}),
    },
    notice: { code: "schema_sent_as_text" },
  };
};

/** The request with the system turns of the conversation in the system prompt. */
const withSystemTurnsFirst = (request: MessageRequest): Alternative | undefined => {
  const isSystem = ({ role }: MessageParam) => (role as string) === "system";
  const turns = request.messages.filter(isSystem);
  if (turns.length === 0) return undefined;
  const texts = turns.flatMap(({ content }) =>
    typeof content === "string"
      ? content
      : content.flatMap((block) => (block.type === "text" ? block.text : [])),
  );
  return {
    request: {
      ...withInstruction(request, texts.join("\n\n")),
      messages: request.messages.filter((turn) => !isSystem(turn)),
    },
    notice: { code: "system_turns_moved" },
  };
};

const withInstruction = (request: MessageRequest, text: string): MessageRequest => {
  const { system } = request;
  const block: TextBlockParam = { type: "text", text };
  return {
    ...request,
    system: Array.isArray(system) ? [...system, block] : system ? `${system}\n\n${text}` : text,
  };
};
