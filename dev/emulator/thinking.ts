import { createHash } from "node:crypto";
import { thinksByDefault } from "../../src/claude/models/modelInfo";
import { type EmulatorResponse, errorResponse } from "./response";

/** What the emulator reads of a request for a message. */
export interface MessagesBody {
  model: string;
  system?: unknown;
  tools?: unknown;
  messages: { role: string; content: unknown }[];
  thinking?: { type?: string; display?: string; block_binding?: Record<string, unknown> };
}

/** Thinking that does not fit the conversation any more, as the API reports it. */
export interface DroppedThinking {
  type: "thinking_dropped";
  path: string;
  reason: "prefix_mismatch";
}

/** Whether the reply to a request has thinking. */
export const thinks = ({ model, thinking }: MessagesBody): boolean =>
  thinksByDefault(model) && thinking?.type !== "disabled";

/** The signature of thinking: a hash of all that comes before it. */
export const signatureOf = ({ system, tools, messages }: MessagesBody, turns: number): string => {
  const prefix = [asBlocks(system), tools, messages.slice(0, turns).map(withBlocks)];
  return createHash("sha256").update(JSON.stringify(prefix, withoutMarks)).digest("base64");
};

/**
 * Compares each thinking block with the conversation before it. Those that do not fit are dropped if
 * the request asks for it, else the request is refused.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/preserved-thinking/prefix-checks
 */
export const checkThinking = (
  body: MessagesBody,
  betas: string,
): { dropped: DroppedThinking[] } | { refused: EmulatorResponse } => {
  const paths = thinks(body)
    ? body.messages.flatMap(({ content }, turn) =>
        (Array.isArray(content) ? content : []).flatMap((block, index) =>
          block?.type === "thinking" && block.signature !== signatureOf(body, turn)
            ? `messages.${turn}.content.${index}`
            : [],
        ),
      )
    : [];
  const isDropping =
    betas.includes("thinking-binding-controls-2026-08-01") &&
    body.thinking?.block_binding?.prefix_mismatch_behavior === "drop_block";
  if (paths.length > 0 && !isDropping) {
    const message = `${paths[0]}: Invalid \`signature\` in \`thinking\` block. The block is bound to a different conversation.`;
    return { refused: errorResponse(400, "invalid_request_error", message) };
  }
  return {
    dropped: paths.map((path) => ({ type: "thinking_dropped", path, reason: "prefix_mismatch" })),
  };
};

const asBlocks = (content: unknown): unknown =>
  typeof content === "string" ? [{ type: "text", text: content }] : content;

const withBlocks = ({ role, content }: MessagesBody["messages"][number]) => ({
  role,
  content: asBlocks(content),
});

/** Cache breakpoints are not part of the conversation. */
const withoutMarks = (key: string, value: unknown) => (key === "cache_control" ? undefined : value);
