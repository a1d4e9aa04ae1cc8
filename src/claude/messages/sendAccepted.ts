import type { MessageParam } from "@anthropic-ai/sdk/resources/messages";
import type { ApiResponse, Client } from "../../client/client";
import { ApiError } from "../../client/errors";
import type { Notice } from "../notice";
import { droppedThinking, withDroppableThinking, withoutOldThinking } from "./preservedThinking";
import { withInstruction, withSchemaAsText } from "./schemaAsText";
import { type MessageRequest, type Reply, sendMessage } from "./send";

/** A response, and the request that it is the response to. */
export interface AcceptedResponse {
  response: ApiResponse<Reply>;
  request: MessageRequest;
  betas: readonly string[];
}

/** A request as it was asked for, or as it is sent instead. */
interface Sent {
  request: MessageRequest;
  betas: readonly string[];
}

/** What to send instead of a request that is refused. */
interface Alternative {
  request: MessageRequest;
  betas?: readonly string[];
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
  givenBetas: readonly string[],
): Promise<AcceptedResponse> => {
  const asked: Sent = { request: given, betas: givenBetas };
  let sent = client.isAnthropic ? withDroppableThinking(given, givenBetas) : asked;
  const notices: Notice[] = [];
  for (;;) {
    const { request, betas } = sent;
    try {
      const response = await sendMessage(client, request, betas);
      const { input_transformations: changes } = response.data.message as {
        input_transformations?: unknown;
      };
      const data = {
        ...response.data,
        notices: [...notices, ...droppedThinking(request, changes)],
        // Otherwise the next step would be refused for the same thinking.
        messages: notices.some(({ code }) => code === "old_thinking_dropped")
          ? request.messages
          : undefined,
      };
      return { response: { ...response, data }, request, betas };
    } catch (error) {
      const alternative = alternativeTo(sent, asked, error);
      // Each alternative leaves out what it is about, so that there are only a few.
      if (!alternative) throw error;
      const { notice } = alternative;
      sent = { betas, ...alternative };
      if (!notices.some(({ code }) => code === notice.code)) notices.push(notice);
    }
  }
};

const alternativeTo = ({ request }: Sent, asked: Sent, error: unknown): Alternative | undefined => {
  if (!(error instanceof ApiError) || error.status !== 400) return undefined;
  const { message } = error;
  if (
    /bound to a different conversation|invalid.{0,20}signature|block_binding|thinking-binding/i.test(
      message,
    )
  ) {
    const messages = withoutOldThinking(request.messages);
    return (
      messages && {
        request: { ...request, thinking: asked.request.thinking, messages },
        betas: asked.betas,
        notice: { code: "old_thinking_dropped", cause: "conversation" },
      }
    );
  }
  if (/forced tool use|forces tool use|tool_choice.{0,40}not support/i.test(message))
    return withoutForcedTool(request);
  if (/too complex|grammar is too large/i.test(message)) return asText(request, "complexity");
  if (/output_config|output_format|structured output/i.test(message))
    return asText(request, "host");
  if (/role/i.test(message) && /system/i.test(message)) return withSystemTurnsFirst(request);
  return undefined;
};

const asText = (
  request: MessageRequest,
  cause: Extract<Notice, { code: "schema_sent_as_text" }>["cause"],
): Alternative | undefined => {
  const changed = withSchemaAsText(request);
  return changed && { request: changed, notice: { code: "schema_sent_as_text", cause } };
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
